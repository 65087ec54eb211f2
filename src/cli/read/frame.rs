//! One frame, byte by byte.

use super::Reading;
use crate::cli::complain;
use crate::cli::exit::Exit;
use crate::packet::{Decoder, Packet};
use crate::reading::Decoded;
use crate::story::{Moment, Story};
use crate::trace::FrameNumber;
use crate::view::dissect::{self, PutTogether, Recorded};

/// Follows the capture up to that frame: what it means depends on what came before.
pub(super) fn dissect(mut reading: Reading, wanted: FrameNumber) -> Exit {
    let mut story = Story::of_recording(1);
    let mut decoder = Decoder::default();
    let mut last = FrameNumber(0);
    while let Some(batch) = reading.next() {
        for frame in batch {
            last = frame.number;
            let whole = frame.raw.as_ref().and_then(|raw| {
                let packet = decoder.decode(raw.link, &raw.bytes, raw.original_len);
                PutTogether::by(&decoder, packet)
            });
            if frame.number == wanted {
                show(&mut reading, &mut story, frame, whole.as_ref());
                return reading.end(Ok(()));
            }
            if let (Packet::Tcp(segment), Some(found)) = (&frame.packet, frame.found) {
                story.follow(frame.number, frame.time, segment, found);
            }
        }
    }
    let name = reading.name.clone();
    let ended = reading.end(Ok(()));
    let frames = last.0;
    complain(&format!("sockscope: {name}: there is no frame {}, only {frames}", wanted.0));
    if ended == Exit::Success { Exit::Usage } else { ended }
}

fn show(
    reading: &mut Reading,
    story: &mut Story,
    frame: Decoded,
    put_together: Option<&PutTogether>,
) {
    let Some(raw) = frame.raw else { return };
    let bytes = raw.frame(frame.number);
    if let (Packet::Tcp(segment), Some(found)) = (frame.packet, frame.found) {
        story.record(&raw.put_together(frame.number), frame.time, segment, found);
    }
    let segment = story.moments().next_back().and_then(Moment::segment);
    let stream = frame.found.map(|found| found.stream);
    let comments: Vec<&[u8]> = raw.comment.as_deref().into_iter().collect();
    let recorded = Recorded { segment, stream, comments: &comments, put_together };
    for line in dissect::recorded(&bytes, frame.time, &recorded, reading.look) {
        reading.out.bytes.extend_from_slice(line.as_bytes());
        reading.out.bytes.push(b'\n');
    }
}
