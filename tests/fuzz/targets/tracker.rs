//! Any segments make a story, and it is the same one whether it is told bit by bit or at once.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::story::Story;
use sockscope::trace::{Bounds, Deed, Fact, FrameNumber, LinkType, Time, Trace};

/// TCP options that change what a tracker thinks: an MSS, a window scale, a SACK block.
const OPTIONS: [&[u8]; 4] =
    [&[], &[2, 4, 5, 180], &[3, 3, 7, 1], &[1, 1, 5, 10, 0, 0, 0, 9, 0, 0, 0, 19]];

fuzz_target!(|input: &[u8]| {
    let mut trace = Trace::new(Bounds::default());
    let (mut live, mut whole) = (Story::default(), Story::default());
    let mut time = Time(0);
    for piece in input.as_chunks::<9>().0.iter().take(200) {
        let (pause, bytes) = segment(*piece);
        // Later than all that has been told: what happens at one time is told in an order of its own.
        time = Time(time.0 + pause + 1);
        let len = bytes.len() as u32;
        let event = trace.append_frame(time, LinkType(101), bytes.into(), len).clone();
        let mut facts = vec![event];
        facts.extend(wire(*piece, trace.frames()).map(|fact| trace.append(time, fact).clone()));
        for event in &facts {
            live.push(event);
            whole.push(event);
        }
        live.settle(time);
    }
    whole.settle(time);
    let moments = |story: &Story| story.moments().map(|m| format!("{m:?}")).collect::<Vec<_>>();
    assert_eq!(moments(&live), moments(&whole));
    assert_eq!(format!("{:?}", live.connections()), format!("{:?}", whole.connections()));
});

/// What the wire does to one of the last frames, if it does anything; it comes and goes.
fn wire(piece: [u8; 9], frames: u64) -> Option<Fact> {
    let which = FrameNumber(frames.saturating_sub(u64::from(piece[4] % 8)));
    let deed = match piece[8] >> 4 {
        0..=3 => return None,
        4 => return Some(Fact::Interposed { on: piece[4] & 1 == 0 }),
        5 => Deed::Held,
        6 => Deed::Dropped,
        7 => Deed::Corrupted,
        8 => Deed::Reordered,
        9 => Deed::Absorbed { held: FrameNumber(which.0.saturating_sub(1)) },
        10 => Deed::Duplicated,
        _ => Deed::Delivered,
    };
    Some(Fact::Wire { frame: which, deed })
}

/// A segment behind an IPv4 header from 127.0.0.1 to itself, and the nanoseconds before it. Ports
/// and numbers are few and near each other, so that segments meet.
fn segment(piece: [u8; 9]) -> (u64, Vec<u8>) {
    let [ports, flags, seq, ack, window, options, data, pause, scale] = piece;
    let options = OPTIONS[usize::from(options) % OPTIONS.len()];
    let len = 40 + options.len() + usize::from(data) % 9;
    let mut bytes = vec![0x45, 0, 0, len as u8, 0, 0, 0, 0, 64, 6, 0, 0];
    bytes.extend([127, 0, 0, 1, 127, 0, 0, 1]);
    bytes.extend([0, ports & 3, 0, ports >> 2 & 3]);
    for number in [seq, ack] {
        bytes.extend(i32::from(number as i8 / 4).to_be_bytes());
    }
    bytes.extend([(5 + options.len() as u8 / 4) << 4, flags, 0, window & 0x3f, 0, 0, 0, 0]);
    bytes.extend(options);
    bytes.resize(len, b'x');
    (u64::from(pause) << (scale % 32), bytes)
}
