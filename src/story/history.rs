//! What came before a segment, as far as it says what the segment answers or repeats.

use super::heard::Heard;
use super::role::Context;
use super::sighting::Sightings;
use super::{Role, Roles, Side};
use crate::packet::{Flags, Segment};
use crate::tcp::analysis::Finding;
use crate::tcp::{Received, State};
use crate::trace::Time;

/// Of one connection.
#[derive(Debug, Default)]
pub(super) struct History {
    /// What each end has sent in the last moment.
    recent: [Sightings; 2],
    /// What each end has to answer.
    asked: [Asked; 2],
    /// What has been acknowledged to each end.
    heard: [Option<Heard>; 2],
}

/// What the peer's latest segment asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Asked {
    /// Nothing in particular.
    #[default]
    Nothing,
    /// Whether anybody is there, or has room.
    Probe,
    /// The acknowledgement of a SYN or FIN that was sent again.
    Again,
    /// Proof: it was an unacceptable SYN or an inexact RST (RFC 5961).
    Challenge,
}

impl History {
    /// The roles of the next segment, the most telling first. What it asks for is asked only if it
    /// also `arrives` now.
    pub fn roles(&mut self, context: &Context<'_>, arrives: bool) -> Roles {
        let from = context.from.index();
        if self.recent[from].of(context.segment, context.frame, context.time).is_some() {
            return Role::CaptureDuplicate.into();
        }
        let asked = std::mem::take(&mut self.asked[from]);
        let roles = if context.segment.flags.has(Flags::SYN) {
            context.opening()
        } else {
            context.roles(asked, self.is_fast(context, arrives))
        };
        if arrives {
            let Context { segment, states, received, .. } = context;
            self.comes(context.from, segment, roles, states.to.before, *received);
            self.hears(context.from, segment, roles, (context.time, false));
        }
        roles
    }

    /// A segment of these roles has come to the other end, which was in that state.
    pub fn comes(
        &mut self,
        from: Side,
        segment: &Segment,
        roles: Roles,
        before: Option<State>,
        received: Received,
    ) {
        self.asked[from.other().index()] = asked_by(segment, roles, before, received);
    }

    /// The other end hears what a segment of these roles acknowledges: when, and whether by the
    /// wire.
    pub fn hears(
        &mut self,
        from: Side,
        segment: &Segment,
        roles: Roles,
        (time, by_wire): (Time, bool),
    ) {
        if segment.flags.has(Flags::ACK) && !segment.flags.has(Flags::RST) {
            let heard = &mut self.heard[from.other().index()];
            *heard = Some(Heard::after(*heard, segment, roles, (time, by_wire)));
        }
    }

    /// Whether a segment, if it is sent again, is so because duplicates ask for it. What Wireshark
    /// takes for their coming is their being sent: the wire may stand between.
    fn is_fast(&self, context: &Context<'_>, arrives: bool) -> bool {
        let heard = self.heard[context.from.index()];
        if arrives && heard.is_none_or(|heard| !heard.by_wire) {
            return context.found.has(Finding::FastRetransmission);
        }
        heard.is_some_and(|heard| heard.asks_for(context.segment.seq, context.time))
    }
}

/// What a segment asks its receiver for.
fn asked_by(segment: &Segment, roles: Roles, before: Option<State>, received: Received) -> Asked {
    let flags = segment.flags;
    if roles.has_any(Roles::of(&[Role::KeepAlive, Role::ZeroWindowProbe])) {
        return Asked::Probe;
    }
    let again = roles.contains(Role::Retransmission);
    if again && (flags.has(Flags::FIN) || flags.has(Flags::SYN.with(Flags::ACK))) {
        return Asked::Again;
    }
    let synchronized = match before {
        None | Some(State::Closed | State::Listen | State::SynSent | State::SynReceived) => false,
        Some(
            State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck
            | State::TimeWait,
        ) => true,
    };
    let unacceptable = flags.has(Flags::SYN) || received == Received::InexactReset;
    if synchronized && unacceptable { Asked::Challenge } else { Asked::Nothing }
}
