//! Whatever comes.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;

fn any_number() -> impl Strategy<Value = u32> {
    let edge = prop::sample::select(vec![0u32, 1, 100, 1 << 31, u32::MAX]);
    (edge, 0..200u32).prop_map(|(edge, more)| edge.wrapping_add(more).wrapping_sub(100))
}

prop_compose! {
    fn any_segment()(
        back: bool, flags in 0..0x1000u16,
        seq in any_number(), ack in any_number(), len in 0..100u32,
        window in prop::sample::select(vec![0u16, 1, 100, 65535]),
        option in prop::collection::vec(any::<u8>(), 0..12), time in 0..50_000_000u64, part in 0..9u8,
    ) -> (Segment, Time, Known) {
        let mut segment = segment(back, Flags(flags), [seq, ack, len], window, &[]);
        segment.options = Options::from_bytes(&option);
        let known = match part {
            0 => Known::NoLength,
            1 => Known::NoFlags,
            _ => Known::All,
        };
        (segment, Time(time), known)
    }
}

proptest! {
    #[test]
    fn any_segments_are_judged_alike_with_and_without_the_books(
        segments in prop::collection::vec(any_segment(), 0..60),
    ) {
        let (mut ledgers, mut streams) = (Ledgers::default(), Streams::default());
        for (at, (segment, time, known)) in segments.iter().enumerate() {
            let frame = FrameNumber(at as u64 + 1);
            let full = ledgers.part(frame, segment, *time, *known);
            let found = streams.part(segment, *time, *known);
            let is_shown = *known != Known::NoFlags && !segment.options_are_cut();
            if is_shown {
                prop_assert_eq!(full.found, found);
            }
            for earlier in [full.acks_frame, full.rto_frame].into_iter().flatten() {
                prop_assert!(earlier < frame);
            }
            prop_assert!(ledgers.kept <= at + 1);
        }
    }
}

#[test]
fn one_way_traffic_keeps_ten_thousand_segments() {
    let mut ledgers = Ledgers::default();
    for frame in 1..=20_000u32 {
        let segment = segment(false, ACK, [frame * 10, 1, 10], 100, &[]);
        ledgers.segment(FrameNumber(frame.into()), &segment, Time(frame.into()));
    }
    assert_eq!(ledgers.kept, 10_000);
}

#[test]
fn the_silent_are_forgotten_when_there_are_too_many() {
    let mut streams = Streams::default();
    let mut syn = segment(false, SYN, [100, 0, 0], 100, &[]);
    let most = 1 << 17;
    for port in 0..=most {
        syn.dst = SocketAddr::new(syn.dst.ip(), (port & 0xffff) as u16);
        syn.src = SocketAddr::new([10, 0, 0, (port >> 16) as u8].into(), 1);
        streams.segment(&syn, Time(0));
    }
    assert_eq!((streams.count(), streams.forgotten()), (most + 1, u64::from(most / 4)));
    // The latest is still known.
    assert_eq!(streams.segment(&syn, Time(9)).stream, most);
}

#[test]
fn a_stream_is_two_cache_lines() {
    assert_eq!(size_of::<table::Entry<()>>(), 128);
}
