//! A capture whose packets came in fragments: `read` in the REPL tells what `sockscope read` tells.

#![expect(clippy::unwrap_used, reason = "a failed test says where")]

#[path = "support/capture_files.rs"]
#[expect(dead_code, reason = "the reader's own tests need more of it")]
mod capture_files;
#[path = "support/run.rs"]
mod support;

use std::path::{Path, PathBuf};

use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};
use serde_json::Value;
use support::{Ended, sockscope};

/// IPv4, or IPv6 where its packets come in fragments.
#[derive(Clone, Copy)]
enum Ip {
    V4,
    V6,
}

type Tcp = PacketBuilderStep<TcpHeader>;

impl Ip {
    /// A packet of the client's, or of the server's.
    fn packet(self, is_client: bool, seq: u32, more: fn(Tcp) -> Tcp, payload: &[u8]) -> Vec<u8> {
        let (src, dst) = if is_client { (7, 80) } else { (80, 7) };
        let ports = if is_client { (40112, 80) } else { (80, 40112) };
        let tcp = match self {
            Ip::V4 => PacketBuilder::ipv4([192, 0, 2, src], [192, 0, 2, dst], 64),
            Ip::V6 => PacketBuilder::ipv6([src; 16], [dst; 16], 64),
        };
        let mut packet = Vec::new();
        more(tcp.tcp(ports.0, ports.1, seq, 64240)).write(&mut packet, payload).unwrap();
        packet
    }

    /// A packet in pieces of so many bytes each.
    fn in_pieces(self, packet: &[u8], size: usize) -> Vec<Vec<u8>> {
        let (header, data) = packet.split_at(if matches!(self, Ip::V4) { 20 } else { 40 });
        let pieces = data.chunks(size).enumerate().map(|(n, piece)| {
            let more = (n + 1) * size < data.len();
            let offset = (n * size) as u16;
            let len = piece.len() as u16;
            let mut fragment = header.to_vec();
            match self {
                Ip::V4 => {
                    fragment[2..4].copy_from_slice(&(20 + len).to_be_bytes());
                    fragment[4..6].copy_from_slice(&[0x77, 0x77]);
                    let flags = if more { 0x2000 } else { 0 };
                    fragment[6..8].copy_from_slice(&(offset / 8 | flags).to_be_bytes());
                }
                Ip::V6 => {
                    fragment[4..6].copy_from_slice(&(8 + len).to_be_bytes());
                    fragment[6] = 44;
                    let [high, low] = (offset | u16::from(more)).to_be_bytes();
                    fragment.extend([6, 0, high, low, 0, 0, 0x77, 0x77]);
                }
            }
            [&fragment, piece].concat()
        });
        pieces.collect()
    }
}

/// A connection in which the client sends 100 bytes in three fragments that come in another order,
/// and another 50 of which one fragment is missing; its FIN comes in two.
fn capture(folder: &Path, ip: Ip) -> PathBuf {
    let long = b"0123456789".repeat(10);
    let data = ip.in_pieces(&ip.packet(true, 1001, |tcp| tcp.ack(501).psh(), &long), 48);
    let lost = ip.in_pieces(&ip.packet(true, 1101, |tcp| tcp.ack(501).psh(), &[b'x'; 50]), 40);
    let fin = ip.in_pieces(&ip.packet(true, 1151, |tcp| tcp.ack(501).fin(), b""), 16);
    let frames = [
        ip.packet(true, 1000, Tcp::syn, b""),
        ip.packet(false, 500, |tcp| tcp.syn().ack(1001), b""),
        ip.packet(true, 1001, |tcp| tcp.ack(501), b""),
        data[2].clone(),
        data[0].clone(),
        data[1].clone(),
        ip.packet(false, 501, |tcp| tcp.ack(1101), b""),
        // Else its pieces would be the same packet's.
        if matches!(ip, Ip::V4) { renamed(&lost[0], 4) } else { renamed(&lost[0], 46) },
        fin[0].clone(),
        fin[1].clone(),
    ];
    let order = capture_files::Little;
    let mut file = order.classic(0xa1b2_c3d4, (2, 4), 101);
    for (n, frame) in frames.iter().enumerate() {
        let len = frame.len() as u32;
        file.extend(order.u32s(&[100, 1000 * n as u32, len, len]));
        file.extend(frame);
    }
    let path = folder.join(if matches!(ip, Ip::V4) { "four.pcap" } else { "six.pcap" });
    std::fs::write(&path, file).unwrap();
    path
}

/// A fragment whose identification, at that byte, is another.
fn renamed(fragment: &[u8], at: usize) -> Vec<u8> {
    let mut fragment = fragment.to_vec();
    fragment[at] ^= 0xff;
    fragment
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
        let data = "\"0123456";
        outside(&file, &["--ladder"]).says("len=100").says(data);
        inside(&file, &["-q"], "trace").says("len=100").says(data);
        inside(&file, &["-q"], "packets").says("len 100").says(data);
        inside(&file, &["-q"], "states").says("FIN-WAIT-1");
        inside(&file, &["-q"], "expect sees *>* PSH,ACK, *>* FIN,ACK; expect count PSH,ACK 1");
    }
}
