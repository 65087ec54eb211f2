//! Any frame can be shown, in lines that a terminal only prints.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::trace::{Frame, FrameNumber, LinkType, Time};
use sockscope::view::dissect::{Context, dissect};

/// The link types that have a decoder, and one that has none.
const LINKS: [u16; 11] = [0, 1, 12, 14, 101, 108, 113, 147, 228, 229, 276];

fuzz_target!(|input: (u8, u16, u8, bool, &[u8])| {
    let (link, cut, width, ascii, bytes) = input;
    let link = LinkType(LINKS[usize::from(link) % LINKS.len()]);
    let original_len = bytes.len() as u32 + u32::from(cut);
    let frame = Frame { number: FrameNumber(1), link, bytes: bytes.into(), original_len };
    let width = usize::from(width);
    for line in dissect(&frame, Time(0), &Context::default(), width, ascii) {
        assert!(!line.chars().any(char::is_control));
        assert!(!ascii || line.is_ascii());
    }
});
