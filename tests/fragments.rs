//! A capture whose packets came in fragments: `read` in the REPL tells what `sockscope read` tells.

#![expect(clippy::unwrap_used, reason = "a failed test says where")]

#[path = "support/capture_files.rs"]
#[expect(dead_code, reason = "the reader's own tests need more of it")]
mod capture_files;
#[path = "support/segments.rs"]
mod segments;
#[path = "support/run.rs"]
mod support;

use std::path::{Path, PathBuf};

use segments::{Ip, Tcp, recording};
use serde_json::Value;
use support::{Ended, sockscope};

/// A connection in which the client sends 100 bytes in three fragments that come in another order,
/// and another 50 of which one fragment is missing; its FIN comes in two.
fn capture(folder: &Path, ip: Ip) -> PathBuf {
    let digits = b"0123456789".repeat(10);
    let data = ip.in_fragments(&ip.client(1001, |tcp| tcp.ack(501).psh(), &digits), 48, 1);
    let lost = ip.in_fragments(&ip.client(1101, |tcp| tcp.ack(501).psh(), &[b'x'; 50]), 40, 2);
    let fin = ip.in_fragments(&ip.client(1151, |tcp| tcp.ack(501).fin(), b""), 16, 3);
    let packets = [
        ip.client(1000, Tcp::syn, b""),
        ip.server(500, |tcp| tcp.syn().ack(1001), b""),
        ip.client(1001, |tcp| tcp.ack(501), b""),
        data[2].clone(),
        data[0].clone(),
        data[1].clone(),
        ip.server(501, |tcp| tcp.ack(1101), b""),
        lost[0].clone(),
        fin[0].clone(),
        fin[1].clone(),
    ];
    let path = folder.join(format!("{ip:?}.pcap"));
    std::fs::write(&path, recording(&packets)).unwrap();
    path
}

/// `sockscope read FILE ARGUMENTS`
fn outside(file: &Path, arguments: &[&str]) -> Ended {
    let file = file.to_str().unwrap();
    sockscope(&[&["read", file], arguments].concat()).env("COLUMNS", "80").run().status(0)
}

/// The REPL, which reads that file and then runs those commands.
fn inside(file: &Path, arguments: &[&str], commands: &str) -> Ended {
    let script = format!("read \"{}\"\n{commands}\n", file.display());
    sockscope(arguments).env("COLUMNS", "80").input(script).run().status(0)
}

/// What both tell of a segment.
fn told(segment: &Value) -> Value {
    const KEYS: [&str; 16] = [
        "frame",
        "time",
        "src",
        "dst",
        "flags",
        "seq",
        "ack",
        "seq_raw",
        "ack_raw",
        "len",
        "win",
        "options",
        "role",
        "analysis",
        "deviation",
        "state",
    ];
    KEYS.iter().map(|key| ((*key).to_owned(), segment[key].clone())).collect()
}

#[test]
fn a_segment_that_came_in_fragments_is_one_segment_inside_and_outside() {
    let folder = tempfile::tempdir().unwrap();
    for ip in [Ip::V4, Ip::V6] {
        let file = capture(folder.path(), ip);
        let segments = |events: Vec<Value>| -> Vec<Value> {
            events.iter().filter(|event| event["event"] == "segment").map(told).collect()
        };
        let read = segments(outside(&file, &["--format", "jsonl"]).events());
        assert_eq!(read, segments(inside(&file, &["--json"], "").events()));
        let frames: Vec<u64> = read.iter().map(|event| event["frame"].as_u64().unwrap()).collect();
        assert_eq!(frames, [1, 2, 3, 6, 7, 10]);
        let (data, fin) = (&read[3], &read[5]);
        assert_eq!((&data["len"], &data["seq"]), (&100.into(), &1.into()));
        assert_eq!(fin["flags"], "FIN,ACK");
        assert_eq!(fin["analysis"], serde_json::json!(["lost_segment"]), "50 bytes are missing");
        assert_eq!(fin["state"]["from"]["after"], "FIN-WAIT-1");
    }
}

#[test]
fn what_the_repl_shows_of_fragments_is_what_the_command_line_shows() {
    let folder = tempfile::tempdir().unwrap();
    for ip in [Ip::V4, Ip::V6] {
        let file = capture(folder.path(), ip);
        for frame in 1..=10 {
            let commanded = outside(&file, &["--frame", &frame.to_string()]).out;
            let typed = inside(&file, &["-q"], &format!("dissect {frame}")).out;
            assert!(typed.ends_with(&commanded), "{typed}\n{commanded}");
        }
        for (frame, len) in [(6, "120 bytes"), (10, "20 bytes")] {
            let shown = outside(&file, &["--frame", &frame.to_string()]);
            shown
                .says(&format!("Put together · {len}"))
                .says("TCP · 20 bytes, 0 to 19")
                .says(": right");
        }
        let data = "\"0123456";
        outside(&file, &["--ladder"]).says("len=100").says(data);
        outside(&file, &[]).says("6 segments, 4 fragments ·");
        inside(&file, &[], "").says("6 TCP segments of 1 connection, 4 fragments");
        inside(&file, &["-q"], "trace").says("len=100").says(data);
        inside(&file, &["-q"], "packets").says("len 100").says(data);
        inside(&file, &["-q"], "states").says("FIN-WAIT-1");
        inside(&file, &["-q"], "expect sees *>* PSH,ACK, *>* FIN,ACK; expect count PSH,ACK 1");
    }
}
