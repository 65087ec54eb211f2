//! A file that is read frame by frame, each with bytes of its own.

use std::path::Path;
use std::sync::Arc;

use super::error::{Broken, Unreadable};
use super::reader::Reader;
use crate::trace::{LinkType, Time};

/// A regular file that is being read: an iterator over its frames, in the file's order. The first
/// error is the last item.
pub struct Recording(Reader);

/// A frame of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When it passed, by the clock of whoever captured it.
    pub time: Time,
    /// What the bytes start with.
    pub link: LinkType,
    /// The captured bytes.
    pub bytes: Arc<[u8]>,
    /// Length on the wire in bytes.
    pub original_len: u32,
}

impl Recording {
    /// Opens a file. Its first bytes say whether it is a capture, not its name.
    pub fn open(path: &Path) -> Result<Recording, Unreadable> {
        // A FIFO would wait for its writer before it says that it is one.
        let about = path.metadata()?;
        if !about.is_file() && !about.is_dir() {
            return Err(Unreadable::NoFile);
        }
        Reader::open(path).map(Recording)
    }
}

impl Iterator for Recording {
    type Item = Result<Recorded, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.0.next_frame().transpose()?;
        Some(frame.map(|frame| Recorded {
            time: frame.time,
            link: frame.link,
            bytes: frame.bytes.into(),
            original_len: frame.original_len,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A classic file of nanoseconds and IP packets, with these frames.
    fn capture(frames: &[&[u8]]) -> Vec<u8> {
        let number = |number: u32| number.to_le_bytes();
        let header =
            [number(0xa1b2_3c4d), [2, 0, 4, 0], [0; 4], [0; 4], number(65535), number(101)];
        let mut file = header.concat();
        for (second, frame) in frames.iter().enumerate() {
            let len = number(frame.len() as u32);
            file.extend([number(second as u32), number(123_456_789), len, len].concat());
            file.extend_from_slice(frame);
        }
        file
    }

    fn opened(bytes: &[u8]) -> Result<Recording, Unreadable> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Recording::open(file.path())
    }

    #[test]
    fn frames_come_in_order_with_their_nanoseconds_and_what_they_start_with() {
        let frames: Vec<Recorded> =
            opened(&capture(&[b"one", b"three"])).unwrap().map(Result::unwrap).collect();
        let [first, second] = &frames[..] else { panic!("{frames:?}") };
        assert_eq!((&*first.bytes, first.original_len), (&b"one"[..], 3));
        assert_eq!((&*second.bytes, second.time), (&b"three"[..], Time(1_123_456_789)));
        assert_eq!(second.link, LinkType::RAW);
    }

    #[test]
    fn a_file_that_was_cut_off_gives_what_came_before_and_says_so_once() {
        let whole = capture(&[b"one", b"three"]);
        for end in [whole.len() - 1, whole.len() - 5 - 7] {
            let frames: Vec<_> = opened(&whole[..end]).unwrap().collect();
            assert!(
                matches!(&frames[..], [Ok(_), Err(Broken::Truncated { at: 43 })]),
                "{frames:?}"
            );
        }
    }

    #[test]
    fn damage_is_told_from_the_end() {
        let mut file = capture(&[b"one"]);
        file.extend([0xff; 16]);
        let frames: Vec<_> = opened(&file).unwrap().collect();
        assert!(matches!(&frames[..], [Ok(_), Err(Broken::Damaged { at: 43, .. })]), "{frames:?}");
    }

    #[test]
    fn what_is_no_capture_says_what_it_is() {
        let refused = |bytes: &[u8]| opened(bytes).err().unwrap().to_string();
        assert!(
            refused(b"\x01\x02\x03\x04").starts_with("it is no capture (unknown file format); ")
        );
        assert!(refused(&capture(&[])[..10]).starts_with("it ends after 10 bytes, "));
        let refused = |path: &str| Recording::open(Path::new(path)).err().unwrap().to_string();
        assert_eq!(
            refused("/nonexistent"),
            "can't read it: No such file or directory (os error 2)"
        );
        assert_eq!(refused("/"), "can't read it: is a directory");
        assert!(refused("/dev/null").contains("no regular file"));
    }
}
