//! A recording in the lab's place: what a capture file holds is what was observed.
//!
//! While it is there nothing live is noted. Its times and ours don't mix, and of its ends our
//! kernel knows nothing, even if they have addresses of loopback.

use super::Lab;
use crate::capture::{Broken, Recording};
use crate::story::Story;
use crate::trace::Time;

/// Why not everything that is in a file was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// The file can't be read on.
    #[error("{0}: what came before is here")]
    Broken(Broken),
    /// More isn't kept.
    #[error("more is in the file than is kept: the rest was left out")]
    Full,
}

impl Lab {
    /// Closes everything and forgets what was observed, as [`Lab::reset`]; then takes a recording's
    /// frames, as many as are kept. Why it took no more, if there was more.
    pub fn take_recording(&mut self, recording: Recording) -> Option<Cut> {
        self.reset();
        let mut last = Time::default();
        let mut cut = None;
        for frame in recording {
            let frame = match frame {
                Ok(frame) => frame,
                Err(why) => {
                    cut = Some(Cut::Broken(why));
                    break;
                }
            };
            let is_full = self.trace.frames() >= Story::MOST_MOMENTS as u64;
            if is_full || !self.trace.has_room(frame.bytes.len()) {
                cut = Some(Cut::Full);
                break;
            }
            last = last.max(frame.time);
            let (link, len) = (frame.link, frame.original_len);
            self.story.push(self.trace.append_frame(frame.time, link, frame.bytes, len));
        }
        self.story.settle(last);
        self.story.end();
        self.recorded = Some(last);
        cut
    }

    /// Whether it shows a recording.
    pub fn is_recorded(&self) -> bool {
        self.recorded.is_some()
    }
}
