//! Rounds of connect, accept, send, recv, close: is each command's ladder complete, and how soon
//! after its call has returned is it there? Run with `cargo bench --bench rounds`, or
//! `cargo bench --bench rounds -- 20000 load` for so many rounds with every processor kept busy.
//! ACKs are immediate (`quickack on`), for a delayed one costs a round 40 ms; with `delayed` they
//! are Linux's own. `crowd` opens 1,000 other sockets first, 500 connections.
//!
//! Three independent counts are held against each other: what each command's moments show, what
//! the trace captured, and what the kernel says it sent (`OutSegs` and `RetransSegs` of
//! `/proc/net/snmp` in the lab's own network).
#![expect(clippy::print_stdout, reason = "a benchmark's table")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sockscope::lab::Lab;
use sockscope::network::{self, Choice};
use sockscope::sockets::{Request, Reserve};
use sockscope::story::{Moment, What};
use sockscope::trace::{Address, RecvFlags, SendFlags, SocketId, SocketKind};
use sockscope::view::{self, Look};

/// What each phase of a round must show, as `>` client's and `<` server's segments. A reply may
/// acknowledge late by Linux's delayed-ACK timer: then its ACK is in the same picture, or on the
/// next segment.
const PHASES: [(&str, &[&str]); 7] = [
    ("connect", &[">SYN <SYN,ACK >ACK"]),
    ("accept", &[""]),
    ("send", &[">PSH,ACK <ACK"]),
    ("recv", &[""]),
    ("answer", &["<PSH,ACK >ACK"]),
    ("close client", &[">FIN,ACK <ACK"]),
    ("close server", &["<FIN,ACK >ACK"]),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let rounds: u32 = arguments.first().and_then(|n| n.parse().ok()).unwrap_or(200);
    let loaded = arguments.iter().any(|a| a == "load");
    let network = network::enter(Choice::Private);
    if !network.is_private() {
        println!("needs the private network");
        return ExitCode::from(3);
    }
    let mut lab = match Lab::open(network, Reserve::default()) {
        Ok(lab) => lab,
        Err(error) => {
            println!("no lab: {error}");
            return ExitCode::from(3);
        }
    };
    if let Some(why) = lab.capture_missing() {
        println!("no capture: {why}");
        return ExitCode::from(3);
    }
    let delayed = arguments.iter().any(|a| a == "delayed");
    if !delayed && let Err(error) = network::quickack(lab.network(), true) {
        println!("no immediate ACKs: {error}");
        return ExitCode::from(3);
    }
    let busy = loaded.then(Busy::start);
    let mut bench = Bench::new(&mut lab);
    if arguments.iter().any(|a| a == "crowd") {
        bench.crowd();
    }
    let sent_before = segments_sent();
    let captured_before = bench.lab.trace().frames();
    bench.shown = 0;
    bench.stray = 0;
    for _ in 0..rounds {
        bench.round();
    }
    let sent = segments_sent() - sent_before;
    drop(busy);
    let captured = bench.lab.trace().frames() - captured_before;
    bench.report(rounds, loaded, sent, captured)
}

struct Bench<'a> {
    lab: &'a mut Lab,
    server: SocketId,
    patterns: [BTreeMap<String, u64>; 7],
    to_picture: Vec<Duration>,
    shown: u64,
    cursor: u64,
    stray: u64,
    wrong_cause: u64,
}

impl<'a> Bench<'a> {
    fn new(lab: &'a mut Lab) -> Bench<'a> {
        let mut bench = Bench {
            lab,
            server: SocketId(0),
            patterns: Default::default(),
            to_picture: Vec::new(),
            shown: 0,
            cursor: 0,
            stray: 0,
            wrong_cause: 0,
        };
        bench.server = bench.open("server");
        let server = bench.server;
        let address = Address::Ip(([127, 0, 0, 1], 8899).into());
        bench.quiet(Request::Bind { socket: server, address });
        bench.quiet(Request::Listen { socket: server, backlog: 64 });
        bench
    }

    fn round(&mut self) {
        let client = self.open("client");
        let address = Address::Ip(([127, 0, 0, 1], 8899).into());
        let (server, flags) = (self.server, SendFlags::default());
        self.phase(0, Request::Connect { socket: client, address });
        self.phase(1, Request::Accept { socket: server, name: "conn".into() });
        let conn = self.named("conn");
        let recv = RecvFlags::default();
        self.phase(2, Request::Send { socket: client, data: b"hello".into(), flags });
        self.phase(3, Request::Recv { socket: conn, len: 64, flags: recv });
        self.phase(4, Request::Send { socket: conn, data: b"world".into(), flags });
        self.quiet(Request::Recv { socket: client, len: 64, flags: recv });
        self.phase(5, Request::Close { socket: client });
        self.phase(6, Request::Close { socket: conn });
    }

    /// 500 connections that stay open.
    fn crowd(&mut self) {
        for n in 0..500 {
            let client = self.open(&format!("client{n}"));
            let address = Address::Ip(([127, 0, 0, 1], 8899).into());
            self.quiet(Request::Connect { socket: client, address });
            let (socket, name) = (self.server, format!("conn{n}"));
            self.quiet(Request::Accept { socket, name });
        }
    }

    fn open(&mut self, name: &str) -> SocketId {
        self.quiet(Request::Socket { name: name.into(), kind: SocketKind::Tcp });
        self.named(name)
    }

    fn named(&self, name: &str) -> SocketId {
        self.lab.story().socket_named(name).expect("opened").id
    }

    fn quiet(&mut self, request: Request) {
        self.lab.call(request);
        self.lab.settle(self.cursor, None);
        let strays = segments(self.lab.story().since(self.cursor)).count() as u64;
        self.stray += strays;
        self.shown += strays;
        self.cursor = self.lab.story().cursor();
    }

    fn phase(&mut self, phase: usize, request: Request) {
        let socket = request.socket();
        let (call, _) = self.lab.call(request);
        let returned = Instant::now();
        self.lab.settle(self.cursor, socket);
        let story = self.lab.story();
        let moments: Vec<&Moment> = story.since(self.cursor).collect();
        let picture = view::ladder::live(moments.iter().copied(), story, LOOK);
        std::hint::black_box(picture);
        self.to_picture.push(returned.elapsed());
        let mut pattern = Vec::new();
        for segment in segments(moments.iter().copied()) {
            let arrow = if segment.names[0].text() == "client" { '>' } else { '<' };
            pattern.push(format!("{arrow}{}", segment.segment.flags));
            self.wrong_cause += u64::from(segment.cause != Some(call));
        }
        self.shown += pattern.len() as u64;
        *self.patterns[phase].entry(pattern.join(" ")).or_default() += 1;
        self.cursor = story.cursor();
    }

    fn report(mut self, rounds: u32, loaded: bool, sent: u64, captured: u64) -> ExitCode {
        let tenth = (self.to_picture.len() / 10).max(1);
        let first = median(&self.to_picture[..tenth]);
        let last = median(&self.to_picture[self.to_picture.len() - tenth..]);
        self.to_picture.sort();
        let at = |share: f64| {
            let index = ((self.to_picture.len() - 1) as f64 * share) as usize;
            self.to_picture[index].as_secs_f64() * 1e6
        };
        println!("{rounds} rounds{}", if loaded { ", every processor busy" } else { "" });
        println!("from a call's return to its ladder, µs:");
        println!(
            "  median {:.0}   p90 {:.0}   p99 {:.0}   max {:.0}",
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        );
        println!("  median of the first tenth {first:.0}, of the last tenth {last:.0}");
        println!("memory at its most: {}", peak_memory());
        println!("segments: kernel sent {sent}, captured {captured}, shown {}", self.shown);
        let mut odd = 0;
        for ((phase, expected), found) in PHASES.iter().zip(&self.patterns) {
            println!("  {phase}");
            for (pattern, count) in found {
                let is_expected = expected.contains(&pattern.as_str());
                odd += if is_expected { 0 } else { *count };
                println!("    {count:>7}  {pattern}{}", if is_expected { "" } else { "   (!)" });
            }
        }
        println!(
            "under another command: {}; outside any: {}; unexpected pictures: {odd}",
            self.wrong_cause, self.stray
        );
        let is_whole = sent == self.shown && sent == captured;
        println!("{}", if is_whole { "none missing, none doubled" } else { "NOT WHOLE" });
        if is_whole && self.wrong_cause == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn median(durations: &[Duration]) -> f64 {
    let mut sorted = durations.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2].as_secs_f64() * 1e6
}

/// `VmHWM` of proc(5).
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "?".to_owned(), |line| line.trim().to_owned())
}

const LOOK: Look =
    Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: true };

fn segments<'a>(
    moments: impl Iterator<Item = &'a Moment>,
) -> impl Iterator<Item = &'a sockscope::story::SegmentMoment> {
    moments.filter_map(|moment| match &moment.what {
        What::Segment(segment) => Some(&**segment),
        _ => None,
    })
}

/// Segments that the kernel has sent in this network, retransmissions included.
fn segments_sent() -> u64 {
    let snmp = std::fs::read_to_string("/proc/net/snmp").unwrap_or_default();
    let mut tcp = snmp.lines().filter(|line| line.starts_with("Tcp:"));
    let (names, values) = (tcp.next().unwrap_or_default(), tcp.next().unwrap_or_default());
    names
        .split_whitespace()
        .zip(values.split_whitespace())
        .filter(|(name, _)| ["OutSegs", "RetransSegs"].contains(name))
        .filter_map(|(_, value)| value.parse::<u64>().ok())
        .sum()
}

/// Threads that keep every processor busy.
struct Busy {
    stop: Arc<AtomicBool>,
}

impl Busy {
    fn start() -> Busy {
        let stop = Arc::new(AtomicBool::new(false));
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..processors {
            let stop = stop.clone();
            std::thread::spawn(move || {
                let mut x = 1u64;
                while !stop.load(Ordering::Relaxed) {
                    x = std::hint::black_box(x.wrapping_mul(3).wrapping_add(1));
                }
            });
        }
        Busy { stop }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
