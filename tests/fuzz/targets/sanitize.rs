//! Untrusted text is one plain line, as wide as asked at most.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::view::sanitize::{columns, escape, text};

fuzz_target!(|input: (bool, u8, &[u8])| {
    let (ascii, max, bytes) = input;
    let whole = escape(bytes, ascii);
    assert!(!whole.chars().any(char::is_control));
    assert!(!ascii || whole.is_ascii());
    let cut = text(bytes, usize::from(max), ascii);
    assert!(columns(&cut) <= usize::from(max));
    assert_eq!(cut == whole, columns(&whole) <= usize::from(max));
});
