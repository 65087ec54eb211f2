//! Wireshark says that ports are used again as soon as a SYN comes. Whether a new connection
//! follows, only later segments show (D8).

use super::connections::Connections;
use super::deviation::{Deviation, Later, Unanswered};
use super::story::Story;
use super::{ConnectionId, Side, What};
use crate::packet::Flags;
use crate::packet::Segment;
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
    /// connection followed. Each with the connection that it would have begun.
    pub fn end(&mut self) -> Vec<(ConnectionId, Later)> {
        let open: Vec<(ConnectionId, Reuse)> = self
            .connections
            .each()
            .filter(|(_, inner)| inner.predecessor.is_some_and(|old| old.lives))
            .filter_map(|(connection, inner)| Some((connection.id, inner.reuse.take()?)))
            .collect();
        let decide = |(id, reuse)| (id, self.decide(reuse, Unanswered::Unknown));
        open.into_iter().map(decide).collect()
    }

    /// What became of a SYN is known now: its moment is told anew.
    pub(super) fn decide(&mut self, reuse: Reuse, fate: Unanswered) -> Later {
        let deviation = Deviation::of_reuse(fate);
        if let Some(moment) = reuse.moment.and_then(|number| self.moment_mut(number))
            && let What::Segment(syn) = &mut moment.what
            && syn.frame == reuse.frame
        {
            syn.roles.insert(deviation.role);
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
