//! `sockscope read`: files, standard input, files that grow, and what is said of bad ones.

#![expect(clippy::unwrap_used, reason = "a failed test says where")]

#[path = "support/capture_files.rs"]
#[expect(dead_code, reason = "the reader's own tests need more of it")]
mod capture_files;
#[path = "support/segments.rs"]
mod segments;
#[path = "support/run.rs"]
mod support;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use segments::{Ip, Tcp};
use serde_json::json;
use support::{Ended, sockscope};

/// A recording of the lab's that lessons use.
fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/captures").join(name)
}

/// `sockscope read FILE ARGUMENTS`, on 80 columns.
fn read(file: &Path, arguments: &[&str]) -> Ended {
    let file = file.to_str().unwrap();
    sockscope(&[&["read", file], arguments].concat()).env("COLUMNS", "80").run()
}

const QUEUE: &str = "  no  client                 segs   bytes sent  state          start  opening
   →  server                             again                  took  ending
   0  127.0.0.2:40001           2     0 B       ESTABLISHED     0 µs  SYN
   →  127.0.0.1:8899            1     0 B       ESTABLISHED    25 µs  still open
   1  127.0.0.3:40002           2     0 B       ESTABLISHED    80 ms  SYN
   →  127.0.0.1:8899            1     0 B       ESTABLISHED   1.6 ms  still open
   2  127.0.0.4:40003           5    12 B       ESTABLISHED    81 ms  SYN
   →  127.0.0.1:8899            4     3 B    1  ESTABLISHED   1.90 s  still open
  3 conversations, 15 segments · 1.98 s from 2026-11-26 18:23:22.871379 UTC
";

#[test]
fn a_file_is_told_a_conversation_at_a_time() {
    let ended = read(&recorded("queue.pcap"), &[]).status(0);
    assert_eq!((ended.out.as_str(), ended.err.as_str()), (QUEUE, ""));
}

#[test]
fn packed_or_on_standard_input_it_is_the_same() {
    let bytes = fs::read(recorded("queue.pcap")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(&bytes).unwrap();
    for input in [bytes, packer.finish().unwrap()] {
        let ended = sockscope(&["read", "-"]).env("COLUMNS", "80").input(input).run().status(0);
        assert_eq!(ended.out, QUEUE);
    }
}

#[test]
fn a_conversation_can_be_drawn_alone_and_in_part() {
    let queue = recorded("queue.pcap");
    let all = read(&queue, &["--ladder"]).status(0);
    assert_eq!(all.out.matches("SYN seen").count(), 3, "{}", all.out);
    let one = read(&queue, &["--ladder", "--stream", "2"]).status(0);
    let title = "stream 2 · 127.0.0.4:40003 → 127.0.0.1:8899 · SYN seen";
    assert!(one.out.starts_with(title), "{}", one.out);
    assert!(all.out.ends_with(&one.out), "{}", all.out);
    one.says("again: SYN,ACK seq=0 ack=1").says("len=12 \"");
    let part = read(&queue, &["--ladder", "--stream", "2", "--first", "3"]).status(0);
    part.says("SYN,ACK seq=0").says("6 more segments not shown");
    read(&queue, &["--ladder", "--stream", "7"]).status(2).complains("no conversation 7");
}

#[test]
fn segments_come_as_rows_and_as_json() {
    let half = recorded("half.pcap");
    let rows = read(&half, &["--format", "tsv"]).status(0).out;
    let first =
        "1\t1795717422.887435014\t0\t127.0.0.2:40001\t127.0.0.1:8899\t0x0002\t0\t0\t0\t64240";
    assert!(rows.starts_with(&first[..2]), "{rows}");
    assert_eq!(rows.lines().count(), 12);
    assert!(rows.lines().all(|row| row.split('\t').count() == 18), "{rows}");
    let events = read(&half, &["--format", "jsonl"]).status(0).events();
    let (conversation, segments) = events.split_last().unwrap();
    assert_eq!(segments.len(), 12);
    for (segment, row) in segments.iter().zip(rows.lines()) {
        let row: Vec<&str> = row.split('\t').collect();
        assert_eq!(segment["event"], "segment");
        assert_eq!(segment["frame"].to_string(), row[0]);
        assert_eq!(segment["time"], row[1]);
        assert_eq!(segment["stream"].to_string(), row[2]);
        assert_eq!((&segment["src"], &segment["dst"]), (&row[3].into(), &row[4].into()));
        assert_eq!(segment["seq"].to_string(), row[6]);
        assert_eq!(segment["len"].to_string(), row[8]);
        assert!(segment.get("cause").is_none());
    }
    assert_eq!(conversation["event"], "conversation");
    assert_eq!(conversation["ending"], "reset");
    assert_eq!(conversation["ends"][0]["state"], "CLOSED");
    let path = ["SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSED"];
    assert_eq!(conversation["ends"][0]["path"], serde_json::json!(path));
}

/// Ports that are used again, twice: the first SYN was forged, of the second the capture doesn't
/// show what it was. Before, an ACK is repeated.
fn misleading(folder: &Path) -> PathBuf {
    let ip = Ip::V4;
    let packets = [
        ip.client(1000, Tcp::syn, b""),
        ip.server(500, |tcp| tcp.syn().ack(1001), b""),
        ip.client(1001, |tcp| tcp.ack(501), b""),
        ip.client(1001, |tcp| tcp.ack(501), b""),
        ip.client(900_000, Tcp::syn, b""),
        ip.client(1001, |tcp| tcp.ack(501).psh(), b"hello"),
        ip.client(2_000_000, Tcp::syn, b""),
    ];
    let path = folder.join("misleading.pcap");
    fs::write(&path, segments::recording(&packets)).unwrap();
    path
}

#[test]
fn where_wireshark_misleads_json_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = misleading(folder.path());
    let events = read(&file, &["--format", "jsonl"]).status(0).events();
    let at = |frame: u64| events.iter().find(|event| event["frame"] == frame).unwrap();
    let deviation = r#""analysis":["duplicate_ack"],"deviation":{"id":"D9","wireshark":"duplicate_ack","role":"ack","because":"all that the peer had sent was acknowledged: nothing is missing"},"fate""#;
    read(&file, &["--format", "jsonl"]).says(deviation);
    assert_eq!(at(5).get("deviation"), None, "only later segments show it");
    let because = "no SYN,ACK came: its sender went on in the old connection, in frame 6";
    let forged = json!({
        "frame": 5, "id": "D8", "wireshark": "reused_ports", "role": "forged", "because": because
    });
    assert_eq!(at(6)["shows"], forged);
    assert_eq!(at(7).get("deviation"), None, "only the end shows it");
    let because = "the old one lived and no SYN,ACK follows: half-open or forged";
    let unknown = json!({
        "frame": 7, "id": "D8", "wireshark": "reused_ports", "role": "half-open", "because": because
    });
    let (last, others) = events.split_last().unwrap();
    assert_eq!((&last["event"], &last["stream"]), (&"conversation".into(), &2.into()));
    assert_eq!(last["shows"], unknown);
    let conversations = others.iter().filter(|event| event["event"] == "conversation");
    assert!(conversations.into_iter().all(|event| event.get("shows").is_none()));
    // A ladder tells it at the SYN, and so does the REPL, that reads a file to its end.
    read(&file, &["--ladder", "--stream", "2"])
        .status(0)
        .says("Frame 7: Wireshark says reused_ports");
    let script = format!("read \"{}\"\n", file.display());
    let events = sockscope(&["--json"]).input(script).run().status(0).events();
    let syn = events.iter().find(|event| event["frame"] == 7).unwrap();
    assert_eq!(syn["deviation"]["because"], unknown["because"]);
}

#[test]
fn a_filter_shows_less_and_changes_nothing_of_what_is_shown() {
    let queue = recorded("queue.pcap");
    let shown = read(&queue, &["--filter", "tcp port 40003"]).status(0).out;
    let line = QUEUE.lines().nth(6).unwrap();
    assert!(shown.contains(line) && !shown.contains(":40001"), "{shown}");
    let all = read(&queue, &["--format", "tsv"]).out;
    let filter = ["--format", "tsv", "--filter", "tcp port 40003 and host 127.0.0.4"];
    let some = read(&queue, &filter).status(0).out;
    let wanted: Vec<&str> = all.lines().filter(|row| row.contains(":40003")).collect();
    assert_eq!(some.lines().collect::<Vec<_>>(), wanted);
    read(&queue, &["--filter", "udp"]).status(0).says("0 conversations, 0 segments · 1.98 s");
    read(&queue, &["--filter", "tcp prt 80"]).status(2).complains("syntax error");
}

#[test]
fn one_frame_is_taken_apart() {
    let queue = recorded("queue.pcap");
    read(&queue, &["--frame", "11"])
        .status(0)
        .says("Frame 11 · ")
        .says("stream 2: ")
        .says("duplicate_ack")
        .says("Acknowledgment Number");
    read(&queue, &["--frame", "1", "--format", "jsonl"]).status(2);
    read(&queue, &["--frame", "16"]).status(2).complains("no frame 16, only 15");
    read(&recorded("letters.pcap"), &["--frame", "1"]).status(0).says("UDP");
}

#[test]
fn what_is_noted_on_frames_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let script = "s = socket tcp; bind s 127.0.0.1:8899; listen s; c = socket tcp; connect c s\n\
                  save \"saved.pcapng\"\n";
    sockscope(&[]).current_dir(folder.path()).input(script).run().status(0);
    let saved = folder.path().join("saved.pcapng");
    read(&saved, &["--frame", "1"]).status(0).says("comment: \"").says("connect(c");
    read(&saved, &[]).status(0).says("1 conversation, 3 segments");
}

#[test]
fn what_can_not_be_read_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let whole = fs::read(recorded("queue.pcap")).unwrap();
    read(Path::new("/nonexistent.pcap"), &[]).status(3).complains("No such file");
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/captures/Queue.pcp");
    read(&near, &[])
        .status(3)
        .complains(
            "Queue.pcp: can't read it: No such file or directory (os error 2); did you mean ",
        )
        .complains("lessons/captures/queue.pcap?");
    read(folder.path(), &[]).status(3).complains("is a directory");
    read(&file("empty", b""), &[]).status(3).complains("it is empty");
    read(&file("text", b"hello, world\n"), &[]).status(3).complains("tcpdump -w");
    // A name may do nothing to the terminal.
    let ended = read(&file("\x1b[31m.pcap", b"x"), &[]).status(3);
    assert!(!ended.err.contains('\x1b'), "{}", ended.err);
    // What isn't held against Wireshark is counted on request.
    let mut snapped = whole[..24 + 16 + 40].to_vec();
    snapped[24 + 8..24 + 12].copy_from_slice(&40_u32.to_le_bytes());
    for format in ["text", "tsv", "jsonl"] {
        let ended = read(&file("snapped.pcap", &snapped), &["--excluded", "--format", format]);
        ended.status(0).complains("E1      1  TCP header or options cut or malformed: 1\n");
    }
    // What came before damage is shown.
    let cut = read(&file("cut.pcap", &whole[..whole.len() - 5]), &[]).status(3);
    cut.says("14 segments").complains("cut.pcap: the file was cut off in the middle of a packet");
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.pcap");
    fs::write(&path, openings(20_000)).unwrap();
    for format in ["text", "tsv", "jsonl"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sockscope"))
            .args(["read", "--format", format])
            .arg(&path)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ended = Ended::of(&child.wait_with_output().unwrap()).status(0);
        assert_eq!(ended.err, "");
    }
}

#[test]
fn of_many_conversations_none_is_forgotten_or_told_twice() {
    const MANY: usize = 20_000;
    let ended = sockscope(&["read", "-"]).input(openings(MANY)).run().status(0);
    let mut numbers: Vec<usize> = ended
        .out
        .lines()
        .filter(|line| line.contains(" SYN seen "))
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..MANY).collect::<Vec<_>>());
    ended.says("20,000 conversations, 20,000 segments");
}

#[test]
fn a_file_that_grows_is_followed_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.pcap");
    let whole = fs::read(recorded("half.pcap")).unwrap();
    // All but the last packet, and a part of that.
    let (begun, rest) = whole.split_at(whole.len() - 30);
    let mut file = File::create(&path).unwrap();
    file.write_all(begun).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sockscope"))
        .args(["read", "--follow", "--format", "tsv"])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut rows = BufReader::new(child.stdout.take().unwrap()).lines();
    for frame in 1..=11 {
        assert!(rows.next().unwrap().unwrap().starts_with(&format!("{frame}\t")));
    }
    file.write_all(rest).unwrap();
    assert!(rows.next().unwrap().unwrap().starts_with("12\t"));
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    assert!(rows.next().is_none());
    Ended::of(&child.wait_with_output().unwrap()).status(0);
}

#[test]
fn an_interface_needs_to_be_there_and_the_right_to_it() {
    let ended = sockscope(&["read", "--interface", "nosuch0"]).run().status(3);
    assert!(ended.err.starts_with("sockscope: nosuch0: "), "{}", ended.err);
    let is_told = ended.err.contains("CAP_NET_RAW") || ended.err.contains("No such device");
    assert!(is_told, "{}", ended.err);
    sockscope(&["read", "x.pcap", "--interface", "lo"]).run().status(2);
    sockscope(&["read"]).run().status(2);
}

/// A capture of so many SYNs, each between other endpoints.
fn openings(many: usize) -> Vec<u8> {
    let order = capture_files::Little;
    let mut file = order.classic(0xa1b2_c3d4, (2, 4), 101);
    for number in 0..u32::try_from(many).unwrap() {
        let mut packet = vec![0; 40];
        (packet[0], packet[3], packet[8], packet[9]) = (0x45, 40, 64, 6);
        packet[12..16].copy_from_slice(&(0x0a00_0000 + number).to_be_bytes());
        packet[16..20].copy_from_slice(&[192, 0, 2, 80]);
        packet[20..24].copy_from_slice(&[0x9c, 0x40, 0, 80]);
        (packet[32], packet[33]) = (0x50, 2);
        file.extend(order.u32s(&[number, 0, 40, 40]));
        file.extend(packet);
    }
    file
}

#[test]
fn why_tells_what_brought_each_end_of_a_recording_where_it_stands() {
    let script = format!("read {}\nwhy\n", recorded("half.pcap").display());
    let told = sockscope(&["-q"]).env("COLUMNS", "80").input(script).run().status(0);
    told.says("connection 1: reset by :40001")
        .says("frame 1: :40001 > :8899 SYN; :40001: ? to SYN-SENT")
        .says("FIN-WAIT-2 to CLOSED")
        .says("now :40001 is CLOSED (inferred), :8899 is CLOSED (inferred)")
        .says("read on: man 7 tcp; RFC 9293, 3.10.1");
}

#[test]
fn why_says_where_wireshark_misleads() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("read \"{}\"\nwhy\n", misleading(folder.path()).display());
    let told = sockscope(&["-q"]).env("COLUMNS", "80").input(script).run().status(0);
    told.says("Wireshark says duplicate_ack, in truth a plain ACK").says("(D9)").says("(D8)");
}
