//! The trace: events in order of arrival, bounded.

use std::collections::VecDeque;

use super::{Event, EventId, Fact, Frame, FrameNumber, LinkType, Origin, Time};

/// How much a trace keeps before the oldest events go.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Most events.
    pub events: usize,
    /// Most bytes of frames and received data.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { events: 400_000, bytes: 128 << 20 }
    }
}

/// Events in order of arrival. Appending is the only way to change it; when it is full the oldest
/// events go, and [`Trace::forgotten_frames`] counts them.
#[derive(Debug, Default)]
pub struct Trace {
    bounds: Bounds,
    events: VecDeque<Event>,
    bytes: usize,
    next: u64,
    frames: u64,
    forgotten_frames: u64,
}

impl Trace {
    /// An empty trace that keeps at most so much.
    pub fn new(bounds: Bounds) -> Trace {
        Trace { bounds, ..Trace::default() }
    }

    /// Appends a fact and returns the event made of it.
    pub fn append(&mut self, time: Time, fact: Fact) -> &Event {
        self.bytes += weight(&fact);
        let id = EventId(self.next);
        self.next += 1;
        self.events.push_back(Event { id, time, fact });
        while self.events.len() > self.bounds.events
            || (self.bytes > self.bounds.bytes && self.events.len() > 1)
        {
            if let Some(gone) = self.events.pop_front() {
                self.bytes -= weight(&gone.fact);
                self.forgotten_frames += u64::from(matches!(gone.fact, Fact::Frame(_)));
            }
        }
        &self.events[self.events.len() - 1]
    }

    /// Appends a captured frame and gives it the next number.
    pub fn append_frame(
        &mut self,
        time: Time,
        link: LinkType,
        bytes: std::sync::Arc<[u8]>,
        original_len: u32,
    ) -> &Event {
        self.append_frame_of(Origin::Stack, time, link, bytes, original_len)
    }

    /// The same of a frame that a stack did not send by itself.
    pub fn append_frame_of(
        &mut self,
        origin: Origin,
        time: Time,
        link: LinkType,
        bytes: std::sync::Arc<[u8]>,
        original_len: u32,
    ) -> &Event {
        self.frames += 1;
        let number = FrameNumber(self.frames);
        self.append(time, Fact::Frame(Frame { number, link, bytes, original_len, origin }))
    }

    /// Whether a frame of so many bytes can be appended without the oldest events going.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.events.len() < self.bounds.events && self.bytes + bytes <= self.bounds.bytes
    }

    /// The events that are kept, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    /// The frames that are kept, with their times, oldest first.
    pub fn kept_frames(&self) -> impl Iterator<Item = (Time, &Frame)> {
        self.events.iter().filter_map(|event| match &event.fact {
            Fact::Frame(frame) => Some((event.time, frame)),
            _ => None,
        })
    }

    /// The frame of that number, with its time, if it is still kept.
    pub fn frame(&self, number: FrameNumber) -> Option<(Time, &Frame)> {
        self.kept_frames().find(|(_, frame)| frame.number == number)
    }

    /// How many frames were captured in all.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// How many frames have gone because the trace was full.
    pub fn forgotten_frames(&self) -> u64 {
        self.forgotten_frames
    }
}

fn weight(fact: &Fact) -> usize {
    match fact {
        Fact::Frame(frame) => frame.bytes.len(),
        Fact::Returned { effect: super::Effect::Received { data, .. }, .. } => data.len(),
        _ => 0,
    }
}
