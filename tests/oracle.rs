//! tshark as the judge. Needs tshark and the folder that SOCKSCOPE_SHARED names, with public
//! captures and the script that asks tshark about them; run with `cargo test -- --ignored`.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use sockscope::packet::{Packet, decode};
use sockscope::tcp::analysis::Streams;
use sockscope::trace::{LinkType, Time};

/// What is said of a segment: its stream and its flags.
type Verdict = (u32, String);

#[test]
#[ignore = "needs tshark and the shared captures"]
fn every_flag_is_the_one_that_wireshark_shows() {
    let shared = PathBuf::from(std::env::var("SOCKSCOPE_SHARED").expect("SOCKSCOPE_SHARED"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(shared.join("captures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let (mut segments, mut wrong) = (0, Vec::new());
    for file in &files {
        let (theirs, ours) = (theirs(&shared, file), ours(file));
        segments += theirs.len();
        for (frame, wanted) in &theirs {
            let found = ours.get(frame);
            if found != Some(wanted) {
                wrong.push(format!("{} {frame}: {wanted:?}, not {found:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {segments}:\n{}", wrong.len(), wrong.join("\n"));
}

fn theirs(shared: &Path, file: &Path) -> BTreeMap<u64, Verdict> {
    let said = Command::new(shared.join("oracle/segments.sh")).arg(file).output().unwrap();
    assert!(said.status.success());
    let said = String::from_utf8(said.stdout).unwrap();
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        (columns[0].parse().unwrap(), (columns[2].parse().unwrap(), columns[17].to_owned()))
    };
    said.lines().map(row).collect()
}

fn ours(file: &Path) -> BTreeMap<u64, Verdict> {
    let nano = pcap::Precision::Nano;
    let mut capture = pcap::Capture::from_file_with_precision(file, nano).unwrap();
    let link = LinkType(capture.get_datalink().0 as u16);
    let mut streams = Streams::default();
    let mut verdicts = BTreeMap::new();
    for frame in 1.. {
        let Ok(packet) = capture.next_packet() else { break };
        let stamp = packet.header.ts;
        let time = Time(stamp.tv_sec as u64 * 1_000_000_000 + stamp.tv_usec as u64);
        match decode(link, packet.data, packet.header.len) {
            Packet::Tcp(segment) => {
                let found = streams.segment(&segment, time);
                verdicts.insert(frame, (found.stream, found.findings.names().join(",")));
            }
            Packet::Icmp(message) => {
                if let Some(about) = message.about.filter(|about| about.protocol == 6) {
                    streams.quoted(about.src, about.dst);
                }
            }
            Packet::Udp(_) | Packet::Other(_) => {}
        }
    }
    verdicts
}
