//! What a segment really is. Wireshark's flags say how it looks; where they mislead (D1 to D8), the
//! sequence spaces of both ends know better.

use std::collections::VecDeque;
use std::time::Duration;

use super::heard::Heard;
use super::{Role, Side, SideStates};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::tcp::analysis::{Finding, Findings};
use crate::tcp::{Received, Space, Spoken, State};
use crate::trace::Time;

/// What is known when a segment passes.
pub(super) struct Context<'a> {
    /// The segment.
    pub segment: &'a Segment,
    /// When it passed.
    pub time: Time,
    /// Which end sent it.
    pub from: Side,
    /// The sender's sequence space before it sent this.
    pub sender: &'a Space,
    /// The receiver's before it came.
    pub receiver: &'a Space,
    /// What it did to both.
    pub states: SideStates,
    /// What it meant to the receiver.
    pub received: Received,
    /// Bytes of data that weren't captured before.
    pub new_bytes: u32,
    /// The window that it offers, in bytes.
    pub window: u32,
    /// The flags that Wireshark shows.
    pub found: Findings,
}

/// What came before, as far as it says what a segment answers or repeats.
#[derive(Debug, Default)]
pub(super) struct History {
    /// What each end has sent in the last moment.
    recent: [VecDeque<(Seen, Time)>; 2],
    /// What each end has to answer.
    asked: [Asked; 2],
    /// What has been acknowledged to each end.
    heard: [Option<Heard>; 2],
}

/// What tells a segment from its copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    id: u32,
    seq: SeqNumber,
    ack: SeqNumber,
    flags: Flags,
    window: u16,
    len: u32,
}

/// What the peer's latest segment asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Asked {
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

/// Copies of one segment in a capture are no further apart than this.
const COPIES: Duration = Duration::from_millis(1);
/// Most segments among which a copy is looked for.
const RECENT: usize = 16;

impl History {
    /// The roles of the next segment, the most telling first. What it asks for is asked only if it
    /// also `arrives` now.
    pub fn roles(&mut self, context: &Context<'_>, arrives: bool) -> Vec<Role> {
        let from = context.from.index();
        if self.is_copy(context) {
            return vec![Role::CaptureDuplicate];
        }
        let asked = std::mem::take(&mut self.asked[from]);
        let roles = if context.segment.flags.has(Flags::SYN) {
            context.opening()
        } else {
            context.roles(asked, self.is_fast(context, arrives))
        };
        if arrives {
            let Context { segment, states, received, .. } = context;
            self.comes(context.from, segment, &roles, states.to.before, *received);
            self.hears(context.from, segment, &roles, (context.time, false));
        }
        roles
    }

    /// A segment of these roles has come to the other end, which was in that state.
    pub fn comes(
        &mut self,
        from: Side,
        segment: &Segment,
        roles: &[Role],
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
        roles: &[Role],
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

    /// D4: the same segment captured twice. Linux gives no identification, 0, to some segments
    /// outside a connection: those can't be told from new ones.
    fn is_copy(&mut self, context: &Context<'_>) -> bool {
        let Context { segment, time, from, .. } = context;
        let Some(id) = segment.ip.id.filter(|id| *id != 0) else { return false };
        let Segment { seq, ack, flags, window, .. } = **segment;
        let seen = Seen { id, seq, ack, flags, window, len: segment.payload.len };
        let recent = &mut self.recent[from.index()];
        while recent.len() >= RECENT
            || recent.front().is_some_and(|(_, then)| time.since(*then) > COPIES)
        {
            recent.pop_front();
        }
        if recent.iter().any(|(other, _)| *other == seen) {
            return true;
        }
        recent.push_back((seen, *time));
        false
    }
}

impl Context<'_> {
    /// Of a segment with SYN.
    fn opening(&self) -> Vec<Role> {
        let Context { segment, sender, states, .. } = self;
        let mut roles = Vec::new();
        let again = sender.iss == Some(segment.seq);
        let answers = segment.flags.has(Flags::ACK);
        // D2: a SYN-ACK that repeats the SYN's number is new if its sender has only said SYN.
        let crossed = if answers {
            again && sender.spoken == Spoken::Syn
        } else {
            states.to.before == Some(State::SynSent) && self.received == Received::Syn
        };
        if crossed {
            roles.push(Role::SimultaneousOpen);
        } else if again {
            roles.push(Role::Retransmission);
        }
        roles.push(if answers { Role::SynAck } else { Role::Syn });
        if segment.payload.len > 0 {
            roles.push(Role::FastOpen);
        }
        roles
    }

    /// Of any other.
    fn roles(&self, asked: Asked, is_fast: bool) -> Vec<Role> {
        let flags = self.segment.flags;
        if flags.has(Flags::RST) {
            let refuses =
                self.states.to.before == Some(State::SynSent) && self.received == Received::Reset;
            return vec![if refuses { Role::Refusal } else { Role::Reset }];
        }
        let mut roles = Vec::new();
        if let Some(probe) = self.probe() {
            roles.push(probe);
        } else {
            roles.extend(self.repeats(is_fast));
            if self.new_bytes > 0 {
                roles.push(Role::Data);
            }
            if flags.has(Flags::FIN) {
                roles.push(Role::Fin);
            }
            if flags.has(Flags::ACK) {
                roles.extend(self.acknowledges(asked));
            }
        }
        if self.found.has(Finding::WindowFull) && self.new_bytes > 0 {
            roles.push(Role::WindowFull);
        }
        if self.found.has(Finding::ZeroWindow) {
            roles.push(Role::ZeroWindow);
        }
        if flags.has(Flags::URG) {
            roles.push(Role::Urgent);
        }
        roles
    }

    /// At most a byte, below what is next or beyond a closed window.
    fn probe(&self) -> Option<Role> {
        let one_byte_again = self.segment.payload.len > 0 && self.sender.waits_for_ack();
        if self.found.has(Finding::ZeroWindowProbe) {
            return Some(Role::ZeroWindowProbe);
        }
        if !self.found.has(Finding::KeepAlive) || one_byte_again {
            return None;
        }
        // D1: with a closed window it is that which is probed.
        Some(if self.sender.sees_closed_window() { Role::ZeroWindowProbe } else { Role::KeepAlive })
    }

    /// Data or FIN that was sent before, or comes late.
    fn repeats(&self, is_fast: bool) -> Option<Role> {
        let Context { segment, sender, found, .. } = self;
        let len = segment.payload.len;
        let fin_again = segment.flags.has(Flags::FIN)
            && sender.fin.is_some_and(|f| f.advance(1) == segment.end());
        let sent = sender.next().is_some_and(|next| next.is_after(segment.seq));
        // D3: bytes that were captured before are no reordering.
        let again = if len > 0 { sent && self.new_bytes < len } else { fin_again };
        if again {
            return Some(if found.has(Finding::SpuriousRetransmission) {
                Role::SpuriousRetransmission
            } else if is_fast {
                Role::FastRetransmission
            } else {
                Role::Retransmission
            });
        }
        match (found.has(Finding::OutOfOrder), found.has(Finding::Retransmission)) {
            (true, _) => Some(Role::OutOfOrder),
            (false, true) if is_fast => Some(Role::FastRetransmission),
            (false, true) => Some(Role::Retransmission),
            (false, false) => None,
        }
    }

    fn acknowledges(&self, asked: Asked) -> Option<Role> {
        let Context { segment, sender, receiver, .. } = self;
        let ends = receiver.fin_is_acked_by(segment.ack);
        if ends && receiver.una.is_none_or(|una| !receiver.fin_is_acked_by(una)) {
            return Some(Role::AckOfFin);
        }
        if receiver.una.is_none() && sender.active && receiver.iss.is_some() {
            return Some(Role::HandshakeAck);
        }
        if !segment.is_pure_ack() {
            return None;
        }
        // D5: a window that was unscaled in the SYN isn't updated by being scaled.
        let updates = self.found.has(Finding::WindowUpdate)
            && sender.raw_window.is_some()
            && self.window > sender.window;
        // One that was lost before is still news to whoever asks.
        let tells = asked == Asked::Probe && receiver.sees_closed_window() && self.window > 0;
        let opens = updates || (tells && receiver.una == Some(segment.ack));
        Some(match asked {
            _ if opens => Role::WindowUpdate,
            Asked::Probe => Role::ProbeAnswer,
            Asked::Challenge => Role::ChallengeAck,
            // D6: repeated because it was asked for again, not because something is missing.
            Asked::Again if ends => Role::AckOfFin,
            Asked::Again => Role::HandshakeAck,
            Asked::Nothing if self.is_duplicate() => Role::DuplicateAck,
            Asked::Nothing => Role::Ack,
        })
    }

    /// RFC 5681, section 2: nothing new, while something is on its way; RFC 6675 lets one with
    /// SACK blocks differ in its window.
    fn is_duplicate(&self) -> bool {
        let same = self.receiver.una == Some(self.segment.ack);
        let sacks = same && !self.segment.options.sack_blocks().is_empty();
        (self.found.has(Finding::DuplicateAck) || sacks) && self.receiver.waits_for_ack()
    }
}

/// What a segment asks its receiver for.
fn asked_by(segment: &Segment, roles: &[Role], before: Option<State>, received: Received) -> Asked {
    let flags = segment.flags;
    if roles.iter().any(|role| matches!(role, Role::KeepAlive | Role::ZeroWindowProbe)) {
        return Asked::Probe;
    }
    let again = roles.contains(&Role::Retransmission);
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
