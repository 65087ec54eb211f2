//! The conversations of a capture, one after the other, whatever its length.

use std::collections::HashSet;

use super::Decoded;
use crate::packet::Packet;
use crate::story::{Connection, ConnectionId, Story};
use crate::trace::Time;

/// Follows the conversations of a capture. Some thousands are kept at a time: of more, those that
/// are over and oldest are handed out first.
#[derive(Debug)]
pub struct Conversations {
    story: Story,
    /// Of which something is shown; `None` where everything is.
    shown: Option<HashSet<ConnectionId>>,
    counts: Counts,
    times: Option<[Time; 2]>,
}

/// What there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Frames.
    pub frames: u64,
    /// TCP segments among them.
    pub segments: u64,
    /// Pieces of packets among them that didn't complete theirs.
    pub fragments: u64,
    /// Those with a TCP header that is cut, or can't be one.
    pub broken: u64,
}

impl Conversations {
    /// With a filter only those of which it wants something are handed out.
    pub fn new(is_filtered: bool) -> Conversations {
        Conversations {
            story: Story::of_recording(1),
            shown: is_filtered.then(HashSet::new),
            counts: Counts::default(),
            times: None,
        }
    }

    /// Follows the next frame.
    pub fn take(&mut self, frame: &Decoded) {
        self.counts.frames += 1;
        if frame.time != Time(0) {
            self.times.get_or_insert([frame.time; 2])[1] = frame.time;
        }
        if let Packet::Other(other) = &frame.packet {
            self.counts.fragments += u64::from(other.is_fragment());
            self.counts.broken += u64::from(!other.is_fragment() && other.counted.is_some());
        }
        let (Packet::Tcp(segment), Some(found)) = (&frame.packet, frame.found) else { return };
        self.counts.segments += 1;
        let followed = self.story.follow(frame.number, frame.time, segment, found);
        if let (Some(shown), Some(followed), true) = (&mut self.shown, followed, frame.shown) {
            shown.insert(followed.connection);
        }
    }

    /// Those that had to leave the table since the last time, in order of first sight.
    pub fn gone(&mut self) -> Vec<Connection> {
        let mut gone = self.story.take_gone();
        if let Some(shown) = &mut self.shown {
            gone.retain(|connection| shown.remove(&connection.id));
        }
        gone
    }

    /// Those that are still kept.
    pub fn kept(&self) -> impl Iterator<Item = &Connection> {
        let is_shown = |connection: &&Connection| {
            self.shown.as_ref().is_none_or(|shown| shown.contains(&connection.id))
        };
        self.story.connections().iter().filter(is_shown)
    }

    /// What there was so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// When the first frame passed, and the latest.
    pub fn times(&self) -> Option<[Time; 2]> {
        self.times
    }

    /// When the first frame passed.
    pub fn first(&self) -> Time {
        self.times.map_or(Time(0), |[first, _]| first)
    }

    /// Hands out what is over without waiting for the table to be full.
    pub fn let_go(&mut self) {
        self.story.let_go(over_since(self.times.map_or(Time(0), |[_, latest]| latest)));
    }
}

/// What had no segment since then, and is over, stays so: its last ones may have been repeated.
pub fn over_since(latest: Time) -> Time {
    Time(latest.0.saturating_sub(1_000_000_000))
}
