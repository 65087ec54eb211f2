//! Segments of the last moment: whether the next one is the same again, captured twice.

use std::time::Duration;

use crate::packet::{Flags, Segment, SeqNumber};
use crate::trace::{FrameNumber, Time};

/// Copies of one segment in a capture are no further apart than this.
const COPIES: Duration = Duration::from_millis(1);
/// Most segments among which a copy is looked for.
const RECENT: usize = 16;

/// What an end has sent in the last moment.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    list: Vec<Sighting>,
    /// Which one goes next, once there are many.
    oldest: usize,
    latest: Time,
}

/// A segment that was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sighting {
    pub frame: FrameNumber,
    pub time: Time,
    what: Seen,
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

impl Sightings {
    /// The first sight of this segment, if this is the second (D4). Linux gives no identification,
    /// 0, to some segments outside a connection: those can't be told from new ones.
    pub fn of(&mut self, segment: &Segment, frame: FrameNumber, time: Time) -> Option<Sighting> {
        let id = segment.ip.id.filter(|id| *id != 0)?;
        let Segment { seq, ack, flags, window, .. } = *segment;
        let what = Seen { id, seq, ack, flags, window, len: segment.payload.len };
        if !near(self.latest, time) {
            self.list.clear();
            self.oldest = 0;
        }
        let same = |other: &&Sighting| other.what == what && near(other.time, time);
        if let Some(first) = self.list.iter().find(same) {
            return Some(*first);
        }
        self.latest = time;
        let sighting = Sighting { frame, time, what };
        if self.list.is_empty() {
            self.list.reserve(RECENT / 2);
        }
        if self.list.len() < RECENT {
            self.list.push(sighting);
        } else {
            self.list[self.oldest] = sighting;
            self.oldest = (self.oldest + 1) % RECENT;
        }
        None
    }
}

/// Whether both may be of one segment: a capture's clock may also go backwards.
fn near(one: Time, other: Time) -> bool {
    one.since(other).max(other.since(one)) <= COPIES
}
