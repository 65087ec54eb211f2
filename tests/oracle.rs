//! tshark as the judge: run with `cargo test -- --ignored`. What we save it reads as we do, and of
//! public captures it says what we say. Those aren't part of the project: SOCKSCOPE_SHARED names
//! the folder that has them under `captures/`, and the script that asks tshark under `oracle/`.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use sockscope::packet::Flags;
use sockscope::tcp::analysis::Finding;

#[test]
#[ignore = "needs tshark and the shared captures"]
fn every_row_is_the_one_that_wireshark_shows() {
    let shared = PathBuf::from(std::env::var("SOCKSCOPE_SHARED").expect("SOCKSCOPE_SHARED"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(shared.join("captures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let (mut rows, mut wrong) = (0, Vec::new());
    for file in &files {
        let theirs = said(Command::new(shared.join("oracle/segments.sh")).arg(file));
        let sockscope = env!("CARGO_BIN_EXE_sockscope");
        let ours = said(Command::new(sockscope).arg("read").arg(file).args(["--format", "tsv"]));
        rows += theirs.lines().count();
        if ours != theirs {
            let lines = theirs.lines().zip(ours.lines());
            let first = lines.into_iter().find(|(theirs, ours)| theirs != ours);
            wrong.push(format!("{}: {first:#?}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "of {rows} rows:\n{}", wrong.join("\n"));
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What is said of a frame: time, flags, sequence and acknowledgement number, length, analysis; of
/// a datagram its length, of an ICMP message type and code.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    time: String,
    what: String,
}

#[test]
#[ignore = "needs tshark"]
fn what_is_saved_reads_in_wireshark_as_in_json() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let (mut wrong, mut compared) = (Vec::new(), 0);
    let scripts = [folder.clone(), folder.join("wire")].map(|folder| folder.read_dir().unwrap());
    let scripts = scripts.into_iter().flatten().map(|script| script.unwrap().path());
    // Wireshark can't know that a segment was forged, and counts on from it.
    let forges = |script: &PathBuf| {
        std::fs::read_to_string(script).unwrap().lines().any(|l| l.starts_with("forge "))
    };
    for script in scripts.filter(|path| path.is_file()).filter(|path| !forges(path)) {
        let folder = tempfile::tempdir().unwrap();
        let saved = folder.path().join("saved.pcapng");
        let driver = folder.path().join("driver.scope");
        let text = format!("source \"{}\"\nsave \"{}\"\n", script.display(), saved.display());
        std::fs::write(&driver, text).unwrap();
        let (json, tshark) = (json(&driver), tshark(&saved));
        let name = script.file_name().unwrap().display().to_string();
        compared += json.len();
        for frame in json.keys().chain(tshark.keys()) {
            if json.get(frame) != tshark.get(frame) {
                let (ours, theirs) = (json.get(frame), tshark.get(frame));
                wrong.push(format!("{name} {frame}: {ours:?}, in tshark {theirs:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The megabyte alone has more.
    assert!(compared > 700, "only {compared} frames");
}

fn json(script: &Path) -> BTreeMap<u64, Said> {
    let sockscope = env!("CARGO_BIN_EXE_sockscope");
    let output = Command::new(sockscope)
        .arg("--json")
        .arg(script)
        .current_dir(script.parent().unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut said = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let what = match line["event"].as_str().unwrap() {
            "segment" => {
                let analysis: Vec<&str> = line["analysis"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|f| f.as_str().unwrap())
                    .collect();
                let flags = line["flags"].as_str().unwrap();
                let ack = line["ack"].as_u64().map(|ack| ack.to_string()).unwrap_or_default();
                let (seq, len) = (&line["seq"], &line["len"]);
                format!("{flags} seq {seq} ack {ack} len {len} {}", analysis.join(","))
            }
            "datagram" => format!("udp {}", line["len"]),
            "icmp" => format!("icmp {} {}", line["type"], line["code"]),
            _ => continue,
        };
        let time = line["time"].as_str().unwrap().to_owned();
        said.insert(line["frame"].as_u64().unwrap(), Said { time, what });
    }
    said
}

fn tshark(file: &Path) -> BTreeMap<u64, Said> {
    const FIELDS: [&str; 12] = [
        "frame.number",
        "frame.time_epoch",
        "tcp.flags",
        "tcp.seq",
        "tcp.ack",
        "tcp.len",
        "udp.length",
        "icmp.type",
        "icmp.code",
        "icmpv6.type",
        "icmpv6.code",
        "frame.comment",
    ];
    let analysis: Vec<String> =
        Finding::ALL.iter().map(|f| format!("tcp.analysis.{}", f.name())).collect();
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-E", "occurrence=f", "-r"]).arg(file);
    for field in FIELDS.into_iter().chain(analysis.iter().map(String::as_str)) {
        command.args(["-e", field]);
    }
    let output = command.output().unwrap();
    let mut said = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let (fields, found) = columns.split_at(FIELDS.len());
        let fields: [&str; FIELDS.len()] = fields.try_into().unwrap();
        let [number, time, flags, seq, ack, len, udp, v4, v4_code, v6, v6_code, comment] = fields;
        let icmp = [(v4, v4_code), (v6, v6_code)].into_iter().find(|(kind, _)| !kind.is_empty());
        let what = if let Some((kind, code)) = icmp {
            format!("icmp {kind} {code}")
        } else if let Ok(udp) = udp.parse::<u32>() {
            format!("udp {}", udp - 8)
        } else {
            assert!(!comment.is_empty(), "frame {number} has no comment");
            let flags = Flags(u16::from_str_radix(&flags[2..], 16).unwrap());
            let ack = if flags.has(Flags::ACK) { ack } else { "" };
            let shown = Finding::ALL.iter().zip(found).filter(|(_, shown)| !shown.is_empty());
            let names: Vec<&str> = shown.map(|(finding, _)| finding.name()).collect();
            format!("{flags} seq {seq} ack {ack} len {len} {}", names.join(","))
        };
        said.insert(number.parse().unwrap(), Said { time: time.to_owned(), what });
    }
    said
}
