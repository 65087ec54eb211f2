//! Wireshark says that ports are used again as soon as a SYN comes. Whether a new connection
//! follows, only later segments show (D8).

use super::connections::Connections;
use super::deviation::{Deviation, Evidence, Later, Unanswered};
use super::story::Story;
use super::{ConnectionId, Role, Side, What};
use crate::packet::Flags;
use crate::packet::Segment;
use crate::tcp::analysis::Finding;
use crate::trace::FrameNumber;

/// A SYN on addresses whose old connection still lives, while nothing has answered it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reuse {
    pub frame: FrameNumber,
    /// The number of its moment, if that was kept.
    pub moment: Option<u64>,
}

impl Story {
    /// The capture ends: of SYNs whose fate it doesn't show it can only be said that no new
    /// connection followed.
    pub fn end(&mut self) -> Vec<Later> {
        let open: Vec<Reuse> = self
            .connections
            .each()
            .filter(|(_, inner)| inner.predecessor.is_some_and(|old| old.lives))
            .filter_map(|(_, inner)| inner.reuse.take())
            .collect();
        open.into_iter().map(|reuse| self.decide(reuse, Unanswered::Unknown)).collect()
    }

    /// What became of a SYN is known now: its moment is told anew.
    pub(super) fn decide(&mut self, reuse: Reuse, fate: Unanswered) -> Later {
        let role = match fate {
            Unanswered::Reset(_) | Unanswered::Unknown => Role::HalfOpen,
            Unanswered::WentOn(_) => Role::Forged,
        };
        let because = Evidence::NoNewConnection(fate);
        let deviation = Deviation { flag: Finding::ReusedPorts, role, because };
        if let Some(moment) = reuse.moment.and_then(|number| self.moment_mut(number))
            && let What::Segment(syn) = &mut moment.what
            && syn.frame == reuse.frame
        {
            syn.roles.insert(role);
            syn.deviation = Some(deviation);
        }
        Later { frame: reuse.frame, deviation }
    }
}

impl Connections {
    /// The SYN whose fate this segment of the new connection shows: its sender resets the old
    /// connection, which it doesn't know.
    pub fn reuse_ended_by(
        &mut self,
        id: ConnectionId,
        from: Side,
        segment: &Segment,
    ) -> Option<Reuse> {
        let resets = from == Side::A && segment.flags.has(Flags::RST);
        let (_, inner) = self.parts(id)?;
        let lives = inner.predecessor.is_some_and(|old| old.lives);
        inner.reuse.take_if(|_| resets && lives)
    }

    /// A segment of a new connection has come; `reuses` is its frame if it begins that, on
    /// addresses that Wireshark knows.
    pub fn note_reuse(
        &mut self,
        id: ConnectionId,
        from: Side,
        segment: &Segment,
        reuses: Option<FrameNumber>,
    ) {
        let Some((_, inner)) = self.parts(id) else { return };
        let lives = inner.predecessor.is_some_and(|old| old.lives);
        let synchronizes = segment.flags.has(Flags::SYN);
        let begins = synchronizes && !segment.flags.has_any(Flags::ACK.with(Flags::RST));
        if !lives || (synchronizes && (from == Side::B || !begins)) {
            inner.reuse = None;
        } else if begins && let Some(frame) = reuses {
            inner.reuse = Some(Reuse { frame, moment: None });
        }
    }

    /// The SYN that began this connection, if nothing has answered it.
    pub fn reuse_of(&mut self, id: ConnectionId) -> Option<Reuse> {
        self.parts(id)?.1.reuse.take()
    }
}
