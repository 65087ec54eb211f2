//! tshark as the judge of our reader: run with `cargo test -- --ignored`. Every variant of either
//! format is written, then read by both: number, time, original and captured length of each frame
//! must be the same, and so must be whether the file ends well. Public captures aren't part of the
//! project: SOCKSCOPE_SHARED names the folder that has them under `captures/`.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

#[path = "support/capture_files.rs"]
mod by_hand;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use by_hand::{Big, Little, Write};
use flate2::Compression;
use flate2::write::GzEncoder;
use sockscope::capture::Reader;

/// An IPv4 header and nothing in it.
const PACKET: &[u8] = b"\x45\0\0\x14\0\x01\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02";

/// What is said of a file: its frames, each number, time and two lengths, and whether it ends well.
type Said = (Vec<String>, bool);

fn ours(file: &Path) -> Said {
    let Ok(mut reader) = Reader::open(file) else { return (Vec::new(), false) };
    let mut frames = Vec::new();
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                let (number, captured) = (frames.len() + 1, frame.bytes.len());
                let time = if frame.time.0 == 0 { String::new() } else { frame.time.to_string() };
                frames.push(format!("{number}\t{time}\t{}\t{captured}", frame.original_len));
            }
            end => return (frames, end.is_ok()),
        }
    }
}

fn theirs(file: &Path) -> Said {
    let fields = ["frame.number", "frame.time_epoch", "frame.len", "frame.cap_len"];
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-r"]).arg(file);
    let output = command.args(fields.iter().flat_map(|field| ["-e", field])).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let frames = said.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    (frames, output.status.success())
}

/// A name, a magic number, a version, and what each packet's header has at its end.
type Variant<'a> = (&'a str, u32, (u16, u16), &'a [u8]);

fn classics(write: Write) -> Vec<(String, Vec<u8>)> {
    let modified = [&write.u32(2)[..], &write.u16(0x800), &[0, 0]].concat();
    let smp = [&modified[..], &[9; 4]].concat();
    let nokia = write.u32(0x9fbf_b601);
    let variants: [Variant<'_>; 9] = [
        ("microseconds", 0xa1b2_c3d4, (2, 4), &[]),
        ("nanoseconds", 0xa1b2_3c4d, (2, 4), &[]),
        ("swapped lengths", 0xa1b2_c3d4, (2, 2), &[]),
        ("perhaps swapped lengths", 0xa1b2_c3d4, (2, 3), &[]),
        ("version 543", 0xa1b2_c3d4, (543, 0), &[]),
        ("modified, of old magic", 0xa1b2_c3d4, (2, 4), &modified),
        ("modified", 0xa1b2_cd34, (2, 4), &modified),
        ("modified for SMP", 0xa1b2_cd34, (2, 4), &smp),
        ("Nokia's", 0xa1b2_c3d4, (2, 4), &nokia),
    ];
    let mut files = Vec::new();
    for (name, magic, version, more) in variants {
        let mut file = write.classic(magic, version, 101);
        for second in 1..5 {
            file.extend(write.packet((second, 123_456), PACKET, more));
        }
        files.push((format!("{name}, {write:?}"), file));
    }
    // Of those from hardware tshark 4.0 takes nanoseconds for microseconds.
    let mut ixia = write.classic(0x1c00_01ab, (2, 4), 12);
    ixia.extend([0; 4]);
    ixia.extend(write.packet((1, 123_456), PACKET, &[]));
    files.push((format!("Ixia's, {write:?}"), ixia));
    files
}

fn pcapngs(write: Write, other: Write) -> Vec<(String, Vec<u8>)> {
    let unit = |resolution: u8| write.option(9, &[resolution]);
    let note = [write.option(1, b"note"), write.option(2, &[0; 4])].concat();
    let mut file = [
        write.section(&note),
        write.interface(101, 0, &unit(9)),
        write.interface(1, 96, &unit(0x8a)),
        write.interface(14, 0, &[unit(3), write.option(14, &write.u64(1000))].concat()),
        write.enhanced(0, 1_000_000_001, PACKET, &note),
        write.enhanced(1, 5 * 1024 + 512, PACKET, &[]),
        write.enhanced(2, 7_001, PACKET, &[]),
        write.block(0x7777, b"unknown"),
        write.block(0xbad, b"\x01\0\0\0custom"),
        other.section(&[]),
        other.interface(101, 8, &[]),
        other.enhanced(0, 1_000_001, PACKET, &[]),
        other.obsolete(0, 1_000_002, PACKET),
        other.simple(20, &PACKET[..8]),
    ]
    .concat();
    let whole = (format!("two sections, {write:?} first"), file.clone());
    file.truncate(file.len() - 5);
    let mut files = vec![whole, (format!("cut off, {write:?}"), file)];
    let section = [write.section(&[]), write.interface(101, 0, &[])].concat();
    let good = write.enhanced(0, 1_000_000, PACKET, &[]);
    let bad: [(&str, Vec<u8>); 7] = [
        ("no such interface", write.enhanced(7, 1, PACKET, &[])),
        ("a short block", write.u32s(&[6, 16, 0, 16])),
        ("a long block", write.u32s(&[6, u32::MAX - 3])),
        ("an option too long", write.enhanced(0, 1, PACKET, &[1, 1, 200, 200])),
        ("a packet too long", write.enhanced(0, 1, &vec![0; 262_145], &[])),
        ("lengths that differ", [&good[..good.len() - 4], &[0; 4]].concat()),
        ("a name that does not end", write.block(4, &[&write.u16(1)[..], &write.u16(4)].concat())),
    ];
    for (name, block) in bad {
        let file = [&section[..], &good, &good, &block, &good].concat();
        files.push((format!("{name}, {write:?}"), file));
    }
    files
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing.write_all(bytes).unwrap();
    packing.finish().unwrap()
}

#[test]
#[ignore = "needs tshark"]
fn every_variant_reads_as_in_wireshark() {
    let mut files: Vec<(String, Vec<u8>)> =
        [classics(Little), classics(Big), pcapngs(Little, Big), pcapngs(Big, Little)].concat();
    let packed = files.iter().map(|(name, file)| (format!("gzip'd {name}"), packed(file)));
    let cut =
        files.iter().map(|(name, file)| (format!("cut {name}"), file[..file.len() - 3].to_vec()));
    let more: Vec<_> = packed.chain(cut).collect();
    files.extend(more);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    let mut wrong = Vec::new();
    for (name, file) in files {
        std::fs::write(&path, file).unwrap();
        let (ours, theirs) = (ours(&path), theirs(&path));
        if ours != theirs {
            wrong.push(format!("{name}: {ours:?}, in tshark {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs tshark and the shared captures"]
fn public_captures_read_as_in_wireshark() {
    let shared = PathBuf::from(std::env::var("SOCKSCOPE_SHARED").expect("SOCKSCOPE_SHARED"));
    let mut compared = 0;
    for entry in shared.join("captures").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "pcap" || end == "pcapng") {
            let ours = ours(&path);
            assert_eq!(ours, theirs(&path), "{}", path.display());
            compared += ours.0.len();
        }
    }
    assert!(compared > 0);
}
