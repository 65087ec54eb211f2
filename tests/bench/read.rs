//! How fast captures are read, beside the programs that are installed:
//! `cargo bench --bench read -- FILE` on a capture of yours, or without one on a capture of 50,000
//! segments that is made up here. Each runs three times, in turns, and the shortest time counts;
//! memory is the most that was resident at once (getrusage(2)).
#![expect(clippy::print_stdout, reason = "a benchmark's table")]
#![expect(clippy::unwrap_used, reason = "a failed run says where")]

#[path = "../support/capture_files.rs"]
#[expect(dead_code, reason = "the reader's tests need more of it")]
mod capture_files;
#[path = "../support/usage.rs"]
mod usage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use usage::peak_memory_of;

const RUNS: usize = 3;

/// What is measured: what it does, and how.
const PROGRAMS: [(&str, &str); 7] = [
    ("the floor: cat FILE | wc -c", "cat FILE | wc -c"),
    ("sockscope read FILE", "SOCKSCOPE read FILE"),
    ("tcptrace -n FILE", "tcptrace -n FILE"),
    ("tcptrace -nl FILE", "tcptrace -nl FILE"),
    ("sockscope read --format tsv FILE", "SOCKSCOPE read --format tsv FILE"),
    ("tcpdump -nr FILE", "tcpdump -nr FILE"),
    ("tshark -T fields FILE", "tshark -n -r FILE -Y tcp -T fields FIELDS"),
];

/// What tshark is asked for: what the rows have.
const FIELDS: [&str; 16] = [
    "frame.number",
    "frame.time_epoch",
    "tcp.stream",
    "ip.src",
    "ip.dst",
    "tcp.flags",
    "tcp.seq",
    "tcp.ack",
    "tcp.len",
    "tcp.window_size",
    "tcp.completeness",
    "tcp.analysis.initial_rtt",
    "tcp.analysis.bytes_in_flight",
    "tcp.analysis.acks_frame",
    "tcp.analysis.flags",
    "tcp.analysis.duplicate_ack_num",
];

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let given = std::env::args().skip(1).find(|argument| argument != "--bench");
    let file = given.map_or_else(|| made_up(folder.path()), PathBuf::from);
    let size = fs::metadata(&file).unwrap().len();
    println!("{}: {:.1} MB", file.display(), size as f64 / 1e6);
    let fields: String = FIELDS.iter().flat_map(|field| [" -e ", field]).collect();
    let here: Vec<(&str, String)> = PROGRAMS
        .into_iter()
        .filter(|(_, line)| is_installed(line.split(' ').next().unwrap()))
        .map(|(name, line)| {
            let line = line
                .replace("SOCKSCOPE", env!("CARGO_BIN_EXE_sockscope"))
                .replace("FILE", &format!("'{}'", file.display()))
                .replace("FIELDS", &fields);
            (name, line)
        })
        .collect();
    let mut best = vec![(f64::INFINITY, 0); here.len()];
    for _ in 0..RUNS {
        for ((_, line), best) in here.iter().zip(&mut best) {
            let (seconds, memory) = run(line);
            *best = (best.0.min(seconds), best.1.max(memory));
        }
    }
    println!("{:36} {:>8} {:>9} {:>7}", "", "seconds", "of floor", "MB");
    let floor = best[0].0;
    for ((name, _), (seconds, memory)) in here.iter().zip(best) {
        let megabytes = memory as f64 / 1e6;
        println!("{name:36} {seconds:8.3} {:9.1} {megabytes:7.0}", seconds / floor);
    }
}

fn is_installed(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap();
    program == "SOCKSCOPE" || found.status.success()
}

/// Seconds, and bytes that were resident at most.
fn run(line: &str) -> (f64, u64) {
    let start = Instant::now();
    let line = format!("exec >/dev/null 2>&1; {line}");
    let mut shell = Command::new("sh");
    let child = shell.args(["-c", &line]).stdin(Stdio::null()).spawn().unwrap();
    let memory = peak_memory_of(child);
    (start.elapsed().as_secs_f64(), memory)
}

/// A capture of conversations, one after the other: handshake, ten times data and ACK, teardown.
fn made_up(folder: &Path) -> PathBuf {
    const SYN: u8 = 2;
    const ACK: u8 = 16;
    const FIN: u8 = 1;
    let order = capture_files::Little;
    let mut bytes = order.classic(0xa1b2_c3d4, (2, 4), 101);
    let mut frames = 0;
    for port in 0..2_000_u16 {
        let ports = [10_000 + port, 80];
        let mut numbers = [u32::from(port) * 7_919, u32::from(port) * 104_729];
        let mut send = |from: usize, flags: u8, len: usize| {
            let mut packet = vec![b'x'; 40 + len];
            packet[..40].fill(0);
            (packet[0], packet[8], packet[9], packet[32], packet[33]) = (0x45, 64, 6, 0x50, flags);
            packet[2..4].copy_from_slice(&u16::try_from(40 + len).unwrap().to_be_bytes());
            (packet[15], packet[19]) = if from == 0 { (1, 2) } else { (2, 1) };
            packet[20..22].copy_from_slice(&ports[from].to_be_bytes());
            packet[22..24].copy_from_slice(&ports[1 - from].to_be_bytes());
            packet[24..28].copy_from_slice(&numbers[from].to_be_bytes());
            if flags & ACK != 0 {
                packet[28..32].copy_from_slice(&numbers[1 - from].to_be_bytes());
            }
            packet[34] = 0xff;
            let taken = len + usize::from(flags & (SYN | FIN) != 0);
            numbers[from] = numbers[from].wrapping_add(u32::try_from(taken).unwrap());
            let captured = u32::try_from(packet.len()).unwrap();
            bytes.extend(order.u32s(&[frames / 1_000, frames % 1_000 * 1_000, captured, captured]));
            bytes.extend(packet);
            frames += 1;
        };
        send(0, SYN, 0);
        send(1, SYN | ACK, 0);
        send(0, ACK, 0);
        for _ in 0..10 {
            send(1, ACK, 1_000);
            send(0, ACK, 0);
        }
        send(0, FIN | ACK, 0);
        send(1, FIN | ACK, 0);
        send(0, ACK, 0);
    }
    let file = folder.join("made-up.pcap");
    fs::write(&file, bytes).unwrap();
    file
}
