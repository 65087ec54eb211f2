//! tshark as the judge of what is a segment: run with `cargo test -- --ignored`. Each link layer,
//! tag, extension header, fragmentation and damage that is built here gives the same segments by
//! both. SOCKSCOPE_SHARED names the folder that has the script that asks tshark, under `oracle/`.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use sockscope::packet::{Decoder, Packet, Segment};
use sockscope::trace::LinkType;

const IP4: [u8; 2] = [0x08, 0x00];
const IP6: [u8; 2] = [0x86, 0xdd];

/// Source, destination, flags and length, as the script prints them.
type Row = [String; 4];

fn theirs(link: u16, frames: &[Vec<u8>]) -> BTreeMap<usize, Row> {
    let shared = PathBuf::from(std::env::var("SOCKSCOPE_SHARED").expect("SOCKSCOPE_SHARED"));
    let number = |number: u32| number.to_le_bytes();
    let header =
        [number(0xa1b2_c3d4), [2, 0, 4, 0], [0; 4], [0; 4], number(1 << 18), number(link.into())];
    let mut capture = header.concat();
    for (second, frame) in frames.iter().enumerate() {
        let len = number(frame.len() as u32);
        capture.extend([number(second as u32), [0; 4], len, len].concat());
        capture.extend(frame);
    }
    let mut file = tempfile::Builder::new().suffix(".pcap").tempfile().unwrap();
    file.write_all(&capture).unwrap();
    let said = Command::new(shared.join("oracle/segments.sh")).arg(file.path()).output().unwrap();
    assert!(said.status.success());
    let said = String::from_utf8(said.stdout).unwrap();
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        (columns[0].parse().unwrap(), [3, 4, 5, 8].map(|column| columns[column].to_owned()))
    };
    said.lines().map(row).collect()
}

fn ours(link: u16, frames: &[Vec<u8>]) -> BTreeMap<usize, Row> {
    let mut decoder = Decoder::headers_only();
    let mut rows = BTreeMap::new();
    for (n, frame) in frames.iter().enumerate() {
        let packet = decoder.decode(LinkType(link), frame, frame.len() as u32);
        let row = match (&packet, packet.counted()) {
            (Packet::Tcp(segment), _) => row(segment),
            (_, Some(counted)) if !counted.quoted => {
                let mut row = row(&counted.segment);
                if let Some([src, dst]) = counted.outer {
                    row[0] = format!("{src}:{}", counted.segment.src.port());
                    row[1] = format!("{dst}:{}", counted.segment.dst.port());
                }
                if !counted.has_flags() {
                    row[2].clear();
                }
                if !counted.length_is_known() {
                    row[3].clear();
                }
                row
            }
            _ => continue,
        };
        rows.insert(n + 1, row);
    }
    rows
}

fn row(segment: &Segment) -> Row {
    [
        format!("{}:{}", segment.ip.src, segment.src.port()),
        format!("{}:{}", segment.ip.dst, segment.dst.port()),
        format!("{:#06x}", segment.flags.0),
        segment.payload.len.to_string(),
    ]
}

/// Both say the same of these frames, and find so many segments in them.
fn agree(link: u16, segments: usize, frames: &[Vec<u8>]) {
    let (theirs, ours) = (theirs(link, frames), ours(link, frames));
    assert_eq!(ours, theirs, "link type {link}");
    assert_eq!(ours.len(), segments, "link type {link}: {ours:?}");
}

/// A segment with 100 bytes of data.
fn tcp() -> Vec<u8> {
    let mut bytes = vec![0x9c, 0xb0, 0, 80, 0, 0, 0, 9, 0, 0, 0, 5, 0x50, 0x18, 2, 0, 0, 0, 0, 0];
    bytes.extend(0..100);
    bytes
}

/// A piece of an IPv4 packet; `pieces` are the flags and the fragment offset.
fn ip4(protocol: u8, id: u16, pieces: u16, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let words = 5 + options.len() / 4;
    let len = (words * 4 + payload.len()) as u16;
    let mut bytes = vec![0x40 | words as u8, 0];
    bytes.extend([len.to_be_bytes(), id.to_be_bytes(), pieces.to_be_bytes()].concat());
    bytes.extend([64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    [&bytes, options, payload].concat()
}

fn ip6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend((payload.len() as u16).to_be_bytes());
    bytes.extend([next, 64]);
    for last in [1, 2] {
        bytes.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    [&bytes, payload].concat()
}

fn plain4() -> Vec<u8> {
    ip4(6, 1, 0, &[], &tcp())
}

fn plain6() -> Vec<u8> {
    ip6(6, &tcp())
}

fn ethernet(kind: [u8; 2], payload: &[u8]) -> Vec<u8> {
    [&[0; 12][..], &kind, payload].concat()
}

fn both(before4: &[u8], before6: &[u8]) -> Vec<Vec<u8>> {
    vec![[before4, &plain4()].concat(), [before6, &plain6()].concat()]
}

#[test]
#[ignore = "needs tshark and the shared script"]
fn every_link_type() {
    agree(1, 2, &both(&ethernet(IP4, &[]), &ethernet(IP6, &[])));
    for link in [12, 14, 101, 228] {
        agree(link, 2, &both(&[], &[]));
    }
    agree(229, 1, &both(&[], &[]));
    for family in [24, 28, 30] {
        agree(0, 2, &both(&[2, 0, 0, 0], &[family, 0, 0, 0]));
        agree(0, 2, &both(&[0, 0, 0, 2], &[0, 0, 0, family]));
        agree(108, 2, &both(&[0, 0, 0, 2], &[0, 0, 0, family]));
        agree(108, 0, &both(&[2, 0, 0, 0], &[family, 0, 0, 0]));
    }
    for link in [9, 50] {
        agree(link, 2, &both(&[0, 0x21], &[0, 0x57]));
        agree(link, 2, &both(&[0xff, 3, 0, 0x21], &[0xff, 3, 0, 0x57]));
        agree(link, 2, &both(&[0x21], &[0x57]));
    }
    agree(51, 2, &both(&[0x11, 0, 0, 5, 0, 142, 0, 0x21], &[0x11, 0, 0, 5, 0, 162, 0, 0x57]));
    let cooked = |protocol: [u8; 2]| [&[0, 0, 0, 1, 0, 6][..], &[0; 8], &protocol].concat();
    agree(113, 2, &both(&cooked(IP4), &cooked(IP6)));
    let cooked =
        |protocol: [u8; 2]| [&protocol[..], &[0, 0, 0, 0, 0, 1, 0, 1, 0, 6], &[0; 8]].concat();
    agree(276, 2, &both(&cooked(IP4), &cooked(IP6)));
}

#[test]
#[ignore = "needs tshark and the shared script"]
fn every_tag_and_every_way_to_say_ip() {
    let mut frames = Vec::new();
    for tag in [[0x81, 0], [0x88, 0xa8], [0x91, 0], [0x92, 0], [0x93, 0]] {
        let tags = [&[0, 5][..], &IP4].concat();
        frames.push([ethernet(tag, &tags), plain4()].concat());
        let tags = [&[0, 5, 0x81, 0, 0, 6][..], &IP6].concat();
        frames.push([ethernet(tag, &tags), plain6()].concat());
    }
    let (len, snap) = ([0, 148], [&[0xaa, 0xaa, 3, 0, 0, 0][..], &IP4, &plain4()].concat());
    frames.push(ethernet(len, &snap));
    frames.push([ethernet(len, &snap), vec![7; 9]].concat());
    frames.push(ethernet([0, 40], &snap));
    frames.push(ethernet([0, 143], &[&[6, 6, 3][..], &plain4()].concat()));
    let session = |len: u8, code| [&[0x11, code, 0, 5, 0, len, 0, 0x21][..], &plain4()].concat();
    for (len, code) in [(142, 0), (142, 9), (40, 0), (200, 0)] {
        frames.push(ethernet([0x88, 0x64], &session(len, code)));
    }
    frames.push(ethernet([0x88, 0x63], &session(142, 0)));
    frames.push(ethernet([0x88, 0x47], &[&[0, 0, 1, 0x40][..], &plain4()].concat()));
    frames.push(ethernet(IP4, &plain6()));
    frames.push(ethernet(IP6, &plain4()));
    agree(1, 14, &frames);
}

#[test]
#[ignore = "needs tshark and the shared script"]
fn every_extension_header_and_every_length() {
    let mut frames: Vec<Vec<u8>> = Vec::new();
    let options = [6, 0, 1, 4, 0, 0, 0, 0];
    for kind in [0, 43, 44, 51, 60, 135, 139, 140, 253] {
        frames.push(ip6(kind, &[&options[..], &tcp()].concat()));
    }
    frames.push(ip6(60, &[&[0, 0, 1, 4, 0, 0, 0, 0][..], &options, &tcp()].concat()));
    frames.push(ip6(60, &[&[6, 20, 1, 4, 0, 0, 0, 0][..], &tcp()].concat()));
    for len in [0_u32, 128, 70_028, 80_000] {
        let segment = [tcp(), vec![7; 69_900]].concat();
        let jumbo = [&[6, 0, 0xc2, 4][..], &len.to_be_bytes(), &segment].concat();
        let mut frame = ip6(0, &jumbo);
        frame[4..6].fill(0);
        frames.push(frame);
    }
    for total in [0_u16, 19, 20, 35, 36, 39, 40, 139, 140, 141, 2000] {
        let mut frame = [plain4(), vec![7; 6]].concat();
        frame[2..4].copy_from_slice(&total.to_be_bytes());
        frames.push(frame);
        let mut frame = [plain6(), vec![7; 6]].concat();
        frame[4..6].copy_from_slice(&total.saturating_sub(20).to_be_bytes());
        frames.push(frame);
    }
    for words in 0..16 {
        let mut frame = plain4();
        frame[0] = 0x40 | words;
        frames.push(frame);
        let mut frame = plain4();
        frame[32] = words << 4;
        frames.push(frame);
    }
    for (kind, next) in [(131, 4), (131, 8), (131, 12), (137, 4), (7, 4)] {
        let route = [kind, 11, next, 7, 7, 7, 7, 8, 8, 8, 8, 0];
        frames.push(ip4(6, 1, 0, &route, &tcp()));
    }
    frames.push(ip4(6, 1, 0, &[130, 2, 0, 0], &tcp()));
    for protocol in [4, 41, 47, 51] {
        frames.push(ip4(protocol, 1, 0, &[], &plain4()));
        frames.push(ip4(protocol, 1, 0, &[], &plain6()));
        frames.push(ip6(protocol, &plain4()));
        frames.push(ip6(protocol, &plain6()));
    }
    let (theirs, ours) = (theirs(101, &frames), ours(101, &frames));
    assert_eq!(ours, theirs);
    assert!(ours.len() > 50);
}

/// Pieces of a segment, each from one byte to another, and whether more follow.
fn pieces(id: u16, of: &[(usize, usize, bool)]) -> Vec<Vec<u8>> {
    let piece = |&(from, to, more): &(usize, usize, bool)| {
        let field = (from / 8) as u16 | if more { 0x2000 } else { 0 };
        ip4(6, id, field, &[], &tcp()[from..to])
    };
    of.iter().map(piece).collect()
}

fn pieces6(id: u8, of: &[(usize, usize, bool)]) -> Vec<Vec<u8>> {
    let piece = |&(from, to, more): &(usize, usize, bool)| {
        let [high, low] = (from as u16 | u16::from(more)).to_be_bytes();
        ip6(44, &[&[6, 0, high, low, 0, 0, 0, id][..], &tcp()[from..to]].concat())
    };
    of.iter().map(piece).collect()
}

#[test]
#[ignore = "needs tshark and the shared script"]
fn fragments_in_every_order_and_overlap() {
    let (first, second, third) = ((0, 40, true), (40, 80, true), (80, 120, false));
    let cases: [&[(usize, usize, bool)]; 16] = [
        &[first, second, third],
        &[third, second, first],
        &[second, third, first],
        &[first, first, second, third],
        &[first, second, third, third],
        &[first, second, third, first, second, third],
        &[first, (40, 120, false), second],
        &[(0, 48, true), second, third],
        &[third, (0, 96, true)],
        &[third, (0, 120, true)],
        &[first, (40, 80, false), third],
        &[(40, 80, false), third, first],
        &[first, third, (64, 104, false), second],
        &[(0, 8, true), (8, 120, false)],
        &[(0, 44, true), (40, 120, false)],
        &[first, third],
    ];
    let mut frames = Vec::new();
    for (id, case) in (1_u8..).zip(cases) {
        frames.extend(pieces(u16::from(id) + 100, case));
        frames.extend(pieces6(id, case));
    }
    // Atomic: alone and whole (RFC 6946).
    frames.extend(pieces6(99, &[(0, 120, false)]));
    agree(101, 33, &frames);
}
