//! Any file reads to its end, and its frames are not more than the file has, as far as nothing has
//! packed it.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use sockscope::capture::Reader;

/// A frame has at least a block's two lengths and its kind, or a packet's header.
const LEAST: usize = 12;

fuzz_target!(|file: &[u8]| {
    let Ok(mut reader) = Reader::new(Cursor::new(file.to_vec())) else { return };
    let is_packed = file.starts_with(&[0x1f, 0x8b]);
    let mut taken = 0;
    while let Ok(Some(frame)) = reader.next_frame() {
        taken += frame.bytes.len() + LEAST;
        assert!(is_packed || taken <= file.len());
    }
    assert_eq!(reader.next_frame(), Ok(None));
    assert!(reader.position() <= file.len() as u64 + 2);
});
