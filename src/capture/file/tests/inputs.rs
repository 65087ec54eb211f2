//! Where files come from, and what is none.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// A file of three packets.
fn capture() -> Vec<u8> {
    let packet = Little.packet((1, 2), b"packet", &[]);
    [Little.classic(0xa1b2_3c4d, (2, 4), 101), packet.repeat(3)].concat()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing.write_all(bytes).unwrap();
    packing.finish().unwrap()
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn what_gzip_has_packed_reads_as_before() {
    let capture = capture();
    let wanted = frames(&capture);
    assert_eq!(frames(&packed(&capture)), wanted);
    let members = [packed(&capture[..30]), packed(&[]), packed(&capture[30..])].concat();
    assert_eq!(frames(&members), wanted);
    assert_eq!(frames(&[&packed(&capture)[..], b"garbage"].concat()), wanted);
}

#[test]
fn what_gzip_can_not_unpack_ends_the_frames_before() {
    let whole = packed(&capture());
    let at = capture().len() as u64;
    let (frames_before, broken) = frames(&whole[..whole.len() - 4]);
    assert_eq!((frames_before.len(), broken), (3, Some(Broken::Truncated { at })));
    let mut wrong = whole.clone();
    wrong[whole.len() - 8] ^= 1;
    let (frames_before, broken) = frames(&wrong);
    let why = Damage::Packing;
    assert_eq!((frames_before.len(), broken), (3, Some(Broken::Damaged { at, why })));
}

#[test]
fn a_gzip_bomb_is_read_in_constant_memory() {
    let zeros = Little.block(0x7777, &vec![0; 100_000_000]);
    let file = [Little.section(&[]), zeros].concat();
    let packed = packed(&file);
    assert!(packed.len() < 200_000);
    assert_eq!(frames(&packed), (vec![], None));
}

#[test]
fn what_is_no_capture_says_what_it_is_and_what_to_do() {
    let unknown = "it is no capture (unknown file format); `read` takes .pcap";
    assert!(refused(&[1, 2, 3, 4, 5]).starts_with(unknown));
    assert!(refused(&packed(&[1, 2, 3, 4])).starts_with("it is compressed by gzip, and inside it"));
    let xz = refused(b"\xfd7zXZ\0 and so on");
    assert!(xz.ends_with("something that xz has compressed; unpack it first: `unxz`"), "{xz}");
    assert!(refused(b"<!doctype html>").contains("a web page"));
    assert!(refused(b"12:00:01.5 IP 10.0.0.1 > 10.0.0.2").contains("but text; "));
    assert!(refused(b"snoop\0\0\0\0\0\0\x02").contains("editcap"));
    assert!(refused(b"").starts_with("it is empty"));
    assert!(refused(b"\xd4").starts_with("it ends after 1 bytes"));
    assert!(refused(&[0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9]).contains("gzip can't unpack it"));
    let open = |path: &str| Reader::open(Path::new(path)).err().unwrap().to_string();
    assert_eq!(open("/nonexistent"), "can't read it: No such file or directory (os error 2)");
    assert_eq!(open("/"), "can't read it: is a directory");
    assert!(open("/dev/null").starts_with("it is empty"));
}

#[test]
fn the_position_is_the_files() {
    let packed = packed(&capture());
    let file = written(&packed);
    let mut reader = Reader::open(file.path()).unwrap();
    while reader.next_frame().unwrap().is_some() {}
    assert_eq!(reader.position(), packed.len() as u64);
}

#[test]
fn a_growing_file_gives_each_frame_once_it_is_whole() {
    let whole = capture();
    for step in [1, 7, 22, 1000] {
        let file = written(&[]);
        let mut growing = file.reopen().unwrap();
        let (bytes, mut written) = (whole.clone(), 0);
        let wait = move || {
            let next = bytes.len().min(written + step);
            growing.write_all(&bytes[written..next]).unwrap();
            let grew = next > written;
            written = next;
            grew
        };
        let reader = Reader::follow(file.path(), wait).unwrap();
        assert_eq!(frames_of(reader), frames(&whole), "{step}");
    }
}

#[test]
fn half_a_packet_at_the_end_of_a_growing_file_is_no_error() {
    for bytes in [&capture()[..], &packed(&capture())] {
        let file = written(&bytes[..bytes.len() - 9]);
        let (frames, broken) = frames_of(Reader::follow(file.path(), || false).unwrap());
        assert!(!frames.is_empty());
        assert_eq!(broken, None);
    }
    let file = written(&capture()[..7]);
    let unreadable = Reader::follow(file.path(), || false).err().unwrap();
    assert!(matches!(unreadable, Unreadable::CutOff { bytes: 7 }), "{unreadable}");
}
