//! A capture followed in constant memory is the story that the trace tells of it, and what
//! Wireshark finds doesn't hang on how much is kept.

#![no_main]

#[path = "../segments.rs"]
mod segments;

use libfuzzer_sys::fuzz_target;
use segments::segment;
use sockscope::packet::{Decoder, Packet};
use sockscope::story::Story;
use sockscope::tcp::analysis::{Ledgers, Streams};
use sockscope::trace::{Bounds, FrameNumber, LinkType, Time, Trace};

fuzz_target!(|input: &[u8]| {
    let mut trace = Trace::new(Bounds::default());
    let (mut told, mut followed) = (Story::default(), Story::of_recording(1));
    let (mut decoder, mut streams, mut ledgers) =
        (Decoder::headers_only(), Streams::default(), Ledgers::default());
    let mut time = Time(0);
    for piece in input.as_chunks::<9>().0.iter().take(200) {
        let (pause, bytes) = segment(*piece);
        time = Time(time.0 + pause + 1);
        let len = bytes.len() as u32;
        let packet = decoder.decode(LinkType(101), &bytes, len);
        told.push(trace.append_frame(time, LinkType(101), bytes.into(), len));
        let Packet::Tcp(segment) = packet else { continue };
        let frame = FrameNumber(trace.frames());
        let found = streams.segment(&segment, time);
        assert_eq!(found, ledgers.segment(frame, &segment, time).found);
        followed.follow(frame, time, &segment, found);
    }
    told.settle(time);
    assert_eq!(format!("{:?}", told.connections()), format!("{:?}", followed.connections()));
});
