//! Any segments make a story, and it is the same one whether it is told bit by bit or at once.

#![no_main]

#[path = "../segments.rs"]
mod segments;

use libfuzzer_sys::fuzz_target;
use segments::segment;
use sockscope::story::Story;
use sockscope::trace::{Bounds, Deed, Fact, FrameNumber, LinkType, Time, Trace};

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
