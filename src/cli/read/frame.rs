//! One frame, byte by byte.

use super::Reading;
use crate::cli::complain;
use crate::cli::exit::Exit;
use crate::packet::Packet;
use crate::reading::Decoded;
use crate::story::{Story, What};
use crate::trace::FrameNumber;
use crate::view::dissect::{self, Recorded};

/// Follows the capture up to that frame: what it means depends on what came before.
pub(super) fn dissect(mut reading: Reading, wanted: FrameNumber) -> Exit {
    let mut story = Story::of_recording(1);
    let mut last = FrameNumber(0);
    while let Some(batch) = reading.next() {
        for frame in batch {
            last = frame.number;
            if frame.number == wanted {
                show(&mut reading, &mut story, frame);
                return reading.end(Ok(()));
            }
            match &frame.packet {
                Packet::Tcp(segment) => {
                    story.follow(frame.number, frame.time, segment);
                }
                Packet::Udp(_) | Packet::Icmp(_) | Packet::Other(_) => story.pass(&frame.packet),
            }
        }
    }
    let name = reading.name.clone();
    let ended = reading.end(Ok(()));
    let frames = last.0;
    complain(&format!("sockscope: {name}: there is no frame {}, only {frames}", wanted.0));
    if ended == Exit::Success { Exit::Usage } else { ended }
}

fn show(reading: &mut Reading, story: &mut Story, frame: Decoded) {
    let Some(raw) = frame.raw else { return };
    let bytes = raw.frame(frame.number);
    if let Packet::Tcp(segment) = frame.packet
        && let Some(followed) = story.follow(frame.number, frame.time, &segment)
    {
        story.tell_of(&bytes, frame.time, segment, followed);
    }
    let moment = story.moments().next_back().and_then(|moment| match &moment.what {
        What::Segment(segment) => Some(&**segment),
        _ => None,
    });
    let recorded = Recorded { moment, comment: raw.comment.as_deref() };
    for line in dissect::recorded(&bytes, frame.time, &recorded, reading.look) {
        reading.out.bytes.extend_from_slice(line.as_bytes());
        reading.out.bytes.push(b'\n');
    }
}
