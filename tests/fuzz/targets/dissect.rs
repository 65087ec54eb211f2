//! Any frame can be shown, in lines that a terminal only prints.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::trace::{Frame, FrameNumber, LinkType, Origin, Time};
use sockscope::view::dissect::{Context, dissect};

/// The link types that have a decoder, and one that has none.
const LINKS: [u16; 15] = [0, 1, 9, 12, 14, 50, 51, 101, 108, 113, 147, 204, 228, 229, 276];

fuzz_target!(|input: (u8, u16, u8, bool, &[u8])| {
    let (link, cut, width, ascii, bytes) = input;
    let link = LinkType(LINKS[usize::from(link) % LINKS.len()]);
    let original_len = bytes.len() as u32 + u32::from(cut);
    let (number, origin) = (FrameNumber(1), Origin::Stack);
    let frame = Frame { number, link, bytes: bytes.into(), original_len, origin };
    let width = usize::from(width);
    for line in dissect(&frame, Time(0), &Context::default(), width, ascii) {
        assert!(!line.chars().any(char::is_control));
        assert!(!ascii || line.is_ascii());
    }
});
