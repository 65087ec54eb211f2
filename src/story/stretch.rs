//! Which frames had which numbers, of late: to say where something was captured before.

use crate::packet::{Flags, Segment, SeqNumber};
use crate::trace::FrameNumber;

/// Most stretches that are remembered of an end.
const RECENT: usize = 32;

/// What an end has sent of late that takes sequence numbers.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    list: Vec<Stretch>,
    /// Which one goes next, once there are many.
    oldest: usize,
}

/// The numbers of one segment: the first, and the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub start: SeqNumber,
    pub end: SeqNumber,
    pub frame: FrameNumber,
    flags: Flags,
}

impl Stretches {
    /// Takes note of a segment.
    pub fn add(&mut self, segment: &Segment, frame: FrameNumber) {
        if segment.sequence_len() == 0 {
            return;
        }
        let stretch =
            Stretch { start: segment.seq, end: segment.end(), frame, flags: segment.flags };
        if self.list.is_empty() {
            self.list.reserve(RECENT / 2);
        }
        if self.list.len() < RECENT {
            self.list.push(stretch);
        } else {
            self.list[self.oldest] = stretch;
            self.oldest = (self.oldest + 1) % RECENT;
        }
    }

    /// Whether another frame ended where this one does: its FIN, or all of it, came again.
    pub fn came_before(&self, segment: &Segment, frame: FrameNumber) -> bool {
        let kind = Flags::SYN.with(Flags::FIN).with(Flags::ACK);
        let own = segment.flags.0 & kind.0;
        let same = |other: &Stretch| other.flags.0 & kind.0 == own;
        let mut others = self.list.iter().filter(|other| other.frame != frame);
        others.any(|other| other.end == segment.end() && same(other))
    }

    /// Whether none goes beyond that number.
    pub fn end_by(&self, number: SeqNumber) -> bool {
        self.list.iter().all(|stretch| number.is_at_or_after(stretch.end))
    }

    /// What of this segment the latest frame had that had any of it.
    pub fn had(&self, segment: &Segment) -> Option<Stretch> {
        let (newer, older) = self.list.split_at(self.oldest);
        let latest_first = newer.iter().rev().chain(older.iter().rev());
        let shared = latest_first.map(|other| Stretch {
            start: if other.start.is_after(segment.seq) { other.start } else { segment.seq },
            end: if segment.end().is_after(other.end) { other.end } else { segment.end() },
            ..*other
        });
        shared.into_iter().find(|shared| shared.end.is_after(shared.start))
    }
}
