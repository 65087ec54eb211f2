//! What came before a segment, as far as it says what the segment answers or repeats.

use super::asked::Asked;
use super::deviation::{contradiction, role_of};
use super::heard::Heard;
use super::role::{Context, Past};
use super::sighting::Sightings;
use super::stretch::Stretches;
use super::{Deviation, Evidence, Role, Roles, Side};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::tcp::analysis::Finding;
use crate::tcp::{Received, State};
use crate::trace::{FrameNumber, Origin, Time};

/// Of one connection.
#[derive(Debug, Default)]
pub(super) struct History {
    /// What each end has sent in the last moment.
    recent: [Sightings; 2],
    /// Which frames had what each end has sent of late.
    stretches: [Stretches; 2],
    /// The first number that was captured of each end: its SYN's, if that was.
    begins: [Option<SeqNumber>; 2],
    /// The latest SYN without ACK of each end.
    syns: [Option<FrameNumber>; 2],
    /// The byte with which each end has probed a closed window.
    probed: [Option<SeqNumber>; 2],
    /// The frame that closed each end's window, while it is closed.
    closed: [Option<FrameNumber>; 2],
    /// What each end has to answer.
    asked: [Asked; 2],
    /// What has been acknowledged to each end.
    heard: [Option<Heard>; 2],
    /// Whether the wire has stood between.
    by_wire: bool,
}

impl History {
    /// The roles of the next segment, and where they differ from a flag. What it asks for is asked
    /// only if it also `arrives` now.
    pub fn tell(
        &mut self,
        context: &Context<'_>,
        origin: Origin,
        arrives: bool,
    ) -> (Roles, Option<Deviation>) {
        let Context { segment, frame, time, states, received, .. } = *context;
        let from = context.from.index();
        self.by_wire |= !arrives;
        if let Some(first) = self.recent[from].of(segment, frame, time)
            && origin == Origin::Stack
        {
            let (flag, role) = (
                contradiction(context.found, Role::CaptureDuplicate.into()),
                Role::CaptureDuplicate,
            );
            let because = Evidence::SameFrame { first: first.frame, apart: time.since(first.time) };
            return (role.into(), flag.map(|flag| Deviation { flag, role, because }));
        }
        let asked = std::mem::take(&mut self.asked[from]);
        let past = Past {
            asked,
            peer_syn: self.syn_to(context),
            closed: self.closed[context.from.other().index()],
            is_acked: self.heard[from].is_some_and(|heard| heard.ack.is_after(segment.seq)),
            has_bytes: self.has_bytes(context),
            is_fast: self.is_fast(context, arrives),
            probed: self.probed[from],
        };
        let opens = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::RST);
        let mut roles = if opens { context.opening(past) } else { context.roles(past) };
        let deviation = self.deviation(context, &mut roles, asked);
        self.note(context, roles, origin);
        if arrives {
            self.comes(context.from, segment, (frame, roles), states.to.before, received);
            self.hears(context.from, segment, (frame, roles), (time, false));
        }
        match origin {
            Origin::Stack => (roles, deviation),
            Origin::Copy { .. } => {
                let role = Role::Copied;
                let because = Evidence::OnTheWire;
                let flag = contradiction(context.found, role.into());
                (role.into(), flag.map(|flag| Deviation { flag, role, because }))
            }
            Origin::Forged => {
                roles.insert(Role::Forged);
                (roles, None)
            }
        }
    }

    /// A segment of these roles has come to the other end, which was in that state.
    pub fn comes(
        &mut self,
        from: Side,
        segment: &Segment,
        (frame, roles): (FrameNumber, Roles),
        before: Option<State>,
        received: Received,
    ) {
        let again = roles.has_any(Roles::RESENT)
            && self.stretches[from.index()].came_before(segment, frame);
        self.asked[from.other().index()] =
            Asked::by(segment, (frame, roles, again), before, received);
    }

    /// The other end hears what a segment of these roles acknowledges, and how much room there is:
    /// when, and whether by the wire.
    pub fn hears(
        &mut self,
        from: Side,
        segment: &Segment,
        (frame, roles): (FrameNumber, Roles),
        (time, by_wire): (Time, bool),
    ) {
        if segment.flags.has(Flags::ACK) && !segment.flags.has(Flags::RST) {
            let heard = &mut self.heard[from.other().index()];
            *heard = Some(Heard::after(*heard, segment, roles, (time, by_wire)));
            if !segment.flags.has(Flags::SYN) {
                let closed = &mut self.closed[from.index()];
                *closed = (segment.window == 0).then(|| closed.unwrap_or(frame));
            }
        }
    }

    /// Another connection between the same addresses came between: what its ends have sent there
    /// isn't known here.
    pub fn resume(&mut self) {
        self.begins = [None; 2];
    }

    /// What its sender has said with it.
    fn note(&mut self, context: &Context<'_>, roles: Roles, origin: Origin) {
        let Context { segment, frame, .. } = *context;
        let from = context.from.index();
        if origin == Origin::Forged || segment.flags.has(Flags::RST) {
            return;
        }
        self.stretches[from].add(segment, frame);
        if context.sender.next.is_none() || segment.flags.has(Flags::SYN) {
            self.begins[from] = Some(segment.seq);
        }
        if segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK) {
            self.syns[from] = Some(frame);
        }
        if segment.payload.len == 1 && roles.contains(Role::ZeroWindowProbe) {
            self.probed[from] = Some(segment.seq);
        }
    }

    /// Whether some of its bytes were captured before. Of what lies before the capture's beginning
    /// only the latest segments are known.
    fn has_bytes(&self, context: &Context<'_>) -> bool {
        let Context { segment, sender, new_bytes, .. } = *context;
        let behind = sender.next.is_some_and(|next| next.is_after(segment.seq));
        match self.begins[context.from.index()] {
            _ if !behind => false,
            Some(begins) if !begins.is_after(segment.seq) => new_bytes < segment.payload.len,
            Some(_) | None => self.stretches[context.from.index()].had(segment).is_some(),
        }
    }

    /// Whether all that the peer has sent was acknowledged before.
    fn nothing_is_missing(&self, context: &Context<'_>) -> bool {
        let Context { segment, receiver, .. } = *context;
        let una = receiver.una.filter(|una| una.is_after(segment.ack)).unwrap_or(segment.ack);
        !receiver.waits_for_ack() && self.stretches[context.from.other().index()].end_by(una)
    }

    /// The peer's SYN; its own if it calls itself.
    fn syn_to(&self, context: &Context<'_>) -> Option<FrameNumber> {
        let calls_itself = context.segment.src == context.segment.dst;
        let peer = if calls_itself { context.from } else { context.from.other() };
        self.syns[peer.index()]
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

    /// Where the roles differ from a flag. Where nothing shows that it misleads, it is believed.
    fn deviation(
        &self,
        context: &Context<'_>,
        roles: &mut Roles,
        asked: Asked,
    ) -> Option<Deviation> {
        while let Some(flag) = contradiction(context.found, *roles) {
            if let Some(role) = roles.first()
                && let Some(because) = self.evidence(context, flag, *roles, asked)
            {
                return Some(Deviation { flag, role, because });
            }
            roles.insert(role_of(flag)?);
        }
        None
    }

    /// What shows that a flag misleads.
    fn evidence(
        &self,
        context: &Context<'_>,
        flag: Finding,
        roles: Roles,
        asked: Asked,
    ) -> Option<Evidence> {
        let Context { segment, sender, .. } = *context;
        let (from, to) = (context.from.index(), context.from.other().index());
        let had = || self.stretches[from].had(segment);
        let resent = roles.has_any(Roles::RESENT);
        let on_the_wire = self.by_wire.then_some(Evidence::OnTheWire);
        if segment.flags.has(Flags::RST) {
            return Some(Evidence::Reset);
        }
        match flag {
            Finding::KeepAlive if resent => {
                Some(Evidence::Unacknowledged { frame: had().map(|had| had.frame) })
            }
            Finding::KeepAlive if roles.contains(Role::ZeroWindowProbe) => {
                Some(Evidence::ClosedWindow { since: self.closed[to] })
            }
            Finding::OutOfOrder if resent => {
                let (start, end) = (segment.seq, segment.end());
                let whole = Evidence::CapturedBefore { start, end, frame: None };
                Some(had().map_or(whole, |had| Evidence::CapturedBefore {
                    start: had.start,
                    end: had.end,
                    frame: Some(had.frame),
                }))
            }
            Finding::OutOfOrder | Finding::Retransmission
                if roles.contains(Role::SimultaneousOpen) && roles.contains(Role::SynAck) =>
            {
                Some(Evidence::CrossedSyns { syn: self.syn_to(context) })
            }
            Finding::OutOfOrder | Finding::Retransmission if roles.contains(Role::SynAck) => {
                let before = sender.iss.filter(|iss| *iss != segment.seq)?;
                Some(Evidence::AnotherNumber { before })
            }
            Finding::WindowUpdate if context.is_only_scaled() => {
                Some(Evidence::OnlyScaled { syn: sender.window, now: context.window })
            }
            Finding::WindowUpdate if context.is_no_larger() => {
                Some(Evidence::NotLarger { before: sender.window, now: context.window })
            }
            Finding::DuplicateAck
            | Finding::KeepAliveAck
            | Finding::ZeroWindowProbeAck
            | Finding::WindowUpdate => asked
                .evidence(flag)
                .or((flag == Finding::DuplicateAck && self.nothing_is_missing(context))
                    .then_some(Evidence::NothingMissing))
                .or(on_the_wire),
            Finding::FastRetransmission
            | Finding::SpuriousRetransmission
            | Finding::OutOfOrder
            | Finding::Retransmission
            | Finding::KeepAlive
            | Finding::ZeroWindowProbe
            | Finding::ZeroWindow => on_the_wire,
            Finding::ReusedPorts
            | Finding::LostSegment
            | Finding::AckLostSegment
            | Finding::WindowFull => None,
        }
    }
}
