//! `dissect N`: a frame's bytes, and what the story tells of it.

use super::{Session, Stop};
use crate::command::Spanned;
use crate::packet::{Decoder, Packet};
use crate::story::Moment;
use crate::trace::{Frame, FrameNumber, Time};
use crate::view;
use crate::view::dissect::{self, PutTogether};

impl Session {
    /// `dissect N`
    pub(super) fn dissect(&mut self, text: &str, number: &Spanned<u64>) -> Result<(), Stop> {
        self.lab.capture_missing();
        let trace = self.lab.trace();
        let Some((time, frame)) = trace.frame(FrameNumber(number.value)) else {
            let problem = match (trace.frames(), trace.forgotten_frames()) {
                (0, _) => "no frame has been captured yet".to_owned(),
                (newest, gone) if (1..=gone).contains(&number.value) => {
                    format!("it is no longer kept; there are frames {} to {newest}", gone + 1)
                }
                (newest, gone) => format!("there are frames {} to {newest}", gone + 1),
            };
            self.fail(text, &number.span, &problem)?;
            return Err(Stop::Failed);
        };
        let shown = self.dissected(time, frame);
        self.say(&shown.join("\n"))
    }

    /// A frame and what the story tells of it. One of a recording is shown as `sockscope read
    /// --frame` shows it, but for the comments: the trace doesn't keep them.
    fn dissected(&self, time: Time, frame: &Frame) -> Vec<String> {
        let (story, look) = (self.lab.story(), self.settings.look);
        let mut segments = story.moments().rev().filter_map(Moment::segment);
        let segment = segments.find(|segment| segment.frame == frame.number);
        let whole = self.put_together(frame);
        let put_together = whole.as_ref();
        if self.lab.is_recorded() {
            let connection = segment.and_then(|segment| story.connection(segment.connection));
            let stream = connection.and_then(|connection| connection.stream);
            let known = dissect::Recorded { segment, stream, comments: &[], put_together };
            return dissect::recorded(frame, time, &known, look);
        }
        let misleads: Vec<String> = segment
            .into_iter()
            .flat_map(view::deviation::sentences)
            .map(|(_, words)| words)
            .collect();
        let known = segment.map_or_else(dissect::Context::default, dissect::Context::of);
        let context = dissect::Context { misleads: &misleads, put_together, ..known };
        dissect::dissect(frame, time, &context, look.width, look.ascii)
    }

    /// The packet that a frame completes, if that came in fragments: found as the story has, from
    /// all frames before it that are still kept.
    fn put_together(&self, frame: &Frame) -> Option<PutTogether> {
        let decode = |decoder: &mut Decoder, frame: &Frame| {
            decoder.decode(frame.link, &frame.bytes, frame.original_len)
        };
        let alone = decode(&mut Decoder::default(), frame);
        if !matches!(alone, Packet::Other(what) if what.is_fragment()) {
            return None;
        }
        let mut frames: Vec<(Time, &Frame)> = self.lab.trace().kept_frames().collect();
        frames.sort_by_key(|(time, _)| *time);
        let mut decoder = Decoder::default();
        for (_, before) in frames {
            let packet = decode(&mut decoder, before);
            if before.number == frame.number {
                return PutTogether::by(&decoder, packet);
            }
        }
        None
    }
}
