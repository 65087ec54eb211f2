//! Any bytes: nothing panics, and no frame is more than its file.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Reads all of it, and holds what must hold of any file.
fn read(file: &[u8]) {
    let Ok(mut reader) = opened(file) else { return };
    let mut taken = 0;
    while let Ok(Some(frame)) = reader.next_frame() {
        taken += frame.bytes.len() + 4;
        assert!(taken <= file.len() + 4);
        assert!(frame.comment.unwrap_or_default().len() <= file.len());
    }
    assert_eq!(reader.next_frame(), Ok(None));
}

/// A file of both kinds with these bytes put over it.
fn damaged(bytes: &[u8], at: usize, is_classic: bool) -> Vec<u8> {
    let options = [Little.option(1, b"note"), Little.option(2, &[0; 4])].concat();
    let mut file = if is_classic {
        let packet = Big.packet((1, 2), b"packet", &[]);
        [Big.classic(0xa1b2_c3d4, (2, 4), 1), packet.repeat(4)].concat()
    } else {
        let packet = Little.enhanced(0, 1, b"packet", &options);
        let start = [Little.section(&options), Little.interface(1, 0, &options)].concat();
        [start, packet.repeat(3), Little.simple(3, b"abc"), Big.section(&[])].concat()
    };
    let at = at % file.len();
    let end = file.len().min(at + bytes.len());
    file[at..end].copy_from_slice(&bytes[..end - at]);
    file
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..400), magic in 0..6_usize) {
        let magics: [&[u8]; 6] = [
            b"",
            b"\xd4\xc3\xb2\xa1\x02\0\x04\0",
            b"\xa1\xb2\xcd\x34\0\x02\0\x04",
            b"\x4d\x3c\xb2\xa1\x02\0\x02\0",
            b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0",
            b"\x1f\x8b\x08\0",
        ];
        read(&[magics[magic], &bytes].concat());
    }

    #[test]
    fn no_damage_panics(bytes in vec(any::<u8>(), 0..9), at in any::<usize>(), is_classic: bool) {
        read(&damaged(&bytes, at, is_classic));
    }
}
