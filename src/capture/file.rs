//! Capture files, read by libpcap: the classic format and pcapng, of either byte order.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pcap::{Error, Offline, Precision};

use super::live::time;
use crate::trace::{LinkType, Time};

/// `DLT_RAW` as Linux numbers it; in files and in the trace it is [`LinkType::RAW`].
const DLT_RAW: i32 = 12;

/// A file that is being read: an iterator over its frames, in the file's order. The first error is
/// the last item.
pub struct Recording {
    frames: pcap::Capture<Offline>,
    link: LinkType,
    is_over: bool,
}

/// A frame of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When it passed, by the clock of whoever captured it.
    pub time: Time,
    /// What the bytes start with.
    pub link: LinkType,
    /// The captured bytes.
    pub bytes: std::sync::Arc<[u8]>,
    /// Length on the wire in bytes.
    pub original_len: u32,
}

/// Why a file can't be read as a capture.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system says so.
    #[error("can't read it: {0}")]
    System(#[from] io::Error),
    /// A pipe or a device may never end.
    #[error("it is no regular file; save the capture into one first")]
    NoFile,
    /// Nothing is in it.
    #[error("it is empty: nothing was captured into it, or it was not written yet")]
    Empty,
    /// Packed by gzip.
    #[error("it is compressed; `gunzip` it first")]
    Compressed,
    /// Its name is no text, which libpcap's crate asks for.
    #[error("its name is no UTF-8; rename it first")]
    Name,
    /// It is something else.
    #[error(
        "it is no capture ({0}); `read` takes .pcap and .pcapng, as `save`, tcpdump -w and \
         Wireshark write them"
    )]
    NoCapture(String),
}

/// Why a file's frames end before the file's end should have come, in libpcap's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Its end is missing.
    #[error("the file was cut off in the middle of a packet")]
    Truncated,
    /// Something in it can't be understood.
    #[error("the file is damaged ({0})")]
    Damaged(String),
}

impl Recording {
    /// Opens a file. Its first bytes say whether it is a capture, not its name.
    pub fn open(path: &Path) -> Result<Recording, Unreadable> {
        let mut file = File::open(path)?;
        let about = file.metadata()?;
        if about.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
        }
        if !about.is_file() {
            return Err(Unreadable::NoFile);
        }
        let mut start = [0; 2];
        let read = file.read(&mut start)?;
        match (read, start) {
            (0, _) => return Err(Unreadable::Empty),
            (2, [0x1f, 0x8b]) => return Err(Unreadable::Compressed),
            _ => {}
        }
        let path = path.to_str().ok_or(Unreadable::Name)?;
        // libpcap takes `-` for standard input.
        let path = if path == "-" { "./-" } else { path };
        let frames = pcap::Capture::from_file_with_precision(path, Precision::Nano)
            .map_err(|error| Unreadable::NoCapture(words(error)))?;
        let link = match frames.get_datalink().0 {
            DLT_RAW => LinkType::RAW,
            other => LinkType(u16::try_from(other).unwrap_or(u16::MAX)),
        };
        Ok(Recording { frames, link, is_over: false })
    }
}

impl Iterator for Recording {
    type Item = Result<Recorded, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        match self.frames.next_packet() {
            Ok(packet) => Some(Ok(Recorded {
                time: time(packet.header),
                link: self.link,
                bytes: packet.data.into(),
                original_len: packet.header.len,
            })),
            Err(error) => {
                self.is_over = true;
                match error {
                    Error::NoMorePackets => None,
                    error => Some(Err(broken(&words(error)))),
                }
            }
        }
    }
}

fn broken(words: &str) -> Broken {
    if words.contains("truncated") { Broken::Truncated } else { Broken::Damaged(words.to_owned()) }
}

fn words(error: Error) -> String {
    match error {
        Error::PcapError(message) => message,
        error => error.to_string(),
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
            assert!(matches!(&frames[..], [Ok(_), Err(Broken::Truncated)]), "{frames:?}");
        }
    }

    #[test]
    fn damage_is_told_from_the_end() {
        let mut file = capture(&[b"one"]);
        file.extend([0xff; 16]);
        let frames: Vec<_> = opened(&file).unwrap().collect();
        assert!(matches!(&frames[..], [Ok(_), Err(Broken::Damaged(_))]), "{frames:?}");
    }

    #[test]
    fn what_is_no_capture_says_what_it_is() {
        let refused = |bytes: &[u8]| opened(bytes).err().unwrap().to_string();
        assert!(refused(b"hello, world").starts_with("it is no capture (unknown file format); "));
        assert!(refused(&capture(&[])[..10]).starts_with("it is no capture (truncated"));
        assert!(refused(b"").starts_with("it is empty"));
        assert!(refused(&[0x1f, 0x8b, 8, 0]).contains("gunzip"));
        let refused = |path: &str| Recording::open(Path::new(path)).err().unwrap().to_string();
        assert_eq!(
            refused("/nonexistent"),
            "can't read it: No such file or directory (os error 2)"
        );
        assert_eq!(refused("/"), "can't read it: is a directory");
        assert!(refused("/dev/null").contains("no regular file"));
    }
}
