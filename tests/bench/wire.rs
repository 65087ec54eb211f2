//! What the wire costs. Run with `cargo bench --bench wire`, or `cargo bench --bench wire -- 32 2000`
//! for transfers of so many megabytes and so many rounds.
//!
//! First the ladder: how soon after a call it is there, where the wire was never used and after
//! `step on; step off`. Then a TCP stream and UDP datagrams, with
//! nothing in between and with a rule that matches nothing (`wire drop next 1 RST`): how many
//! segments pass in a second, and whether each that was captured has arrived.
#![expect(clippy::print_stdout, reason = "a benchmark's table")]

use std::io::{self, BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use sockscope::lab::Lab;
use sockscope::network::{self, Choice};
use sockscope::packet::{Flags, Selection};
use sockscope::sockets::{Progress, Request, Reserve};
use sockscope::story::{Fate, Moment, Passage, Story, What};
use sockscope::trace::{
    Address, CallId, Effect, RecvFlags, SendFlags, SocketId, SocketKind, clock,
};
use sockscope::view::{self, Look};
use sockscope::wire::{Action, Wire};

/// Segments a second that must pass the queue.
const ENOUGH: f64 = 20_000.0;
/// What one datagram carries, and how many are sent before they are read: as many as a receive
/// buffer holds.
const DATAGRAM: usize = 512;
const BURST: usize = 64;
/// As many as the story remembers, with the calls that sent and read them.
const MOST_DATAGRAMS: usize = 16_384;
/// In how many turns each measures ladders.
const TURNS: usize = 9;
/// How often each transfer is made: the best counts.
const TIMES: usize = 3;
/// A transfer that takes longer stands still.
const PATIENCE: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let role = arguments.iter().find_map(|word| Role::of(word));
    let numbers: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let megabytes = numbers.first().copied().unwrap_or(8);
    let rounds = numbers.get(1).copied().unwrap_or(100);
    let done = match role {
        None => compare_ladders(rounds).and_then(|()| measure_transfers(megabytes)),
        Some(role) => measure_ladders(role),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            println!("{why}");
            ExitCode::from(3)
        }
    }
}

/// Two processes take turns in measuring ladders, so that whatever else the machine does slows
/// both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It never uses the wire.
    Bare,
    /// It has used it: `step on; step off`.
    Stepped,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Role::Bare => "ladders-bare",
            Role::Stepped => "ladders-stepped",
        }
    }

    fn of(word: &str) -> Option<Role> {
        [Role::Bare, Role::Stepped].into_iter().find(|role| role.word() == word)
    }
}

/// Has both kinds of processes measure in turns, and prints how they compare.
fn compare_ladders(rounds: usize) -> Result<(), String> {
    let start = |role: Role| -> io::Result<(ChildStdin, BufReader<ChildStdout>)> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(role.word())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok((input, BufReader::new(output)))
    };
    let turn = |(input, output): &mut (ChildStdin, BufReader<ChildStdout>)| -> io::Result<f64> {
        writeln!(input, "{rounds}")?;
        let mut line = String::new();
        output.read_line(&mut line)?;
        line.trim().parse().map_err(|_| io::Error::other(line))
    };
    let compare = || -> io::Result<[Vec<f64>; 2]> {
        let (mut bare, mut stepped) = (start(Role::Bare)?, start(Role::Stepped)?);
        let mut took = [Vec::new(), Vec::new()];
        for _ in 0..TURNS {
            took[0].push(turn(&mut bare)?);
            took[1].push(turn(&mut stepped)?);
        }
        Ok(took)
    };
    let took = compare().map_err(|error| error.to_string())?;
    println!("from a call's return to its ladder, median µs of {rounds} rounds, in turns:");
    for (what, took) in ["the wire was never used", "after step on; step off"].iter().zip(&took) {
        let turns: Vec<String> = took.iter().map(|micros| format!("{micros:.0}")).collect();
        println!("  {what}  {}", turns.join(" "));
    }
    let [bare, stepped] = took.map(median);
    println!("  ratio of the medians {:.2}", stepped / bare);
    Ok(())
}

/// For each number of rounds that is asked for, tells how long a ladder took.
fn measure_ladders(role: Role) -> Result<bool, String> {
    let mut bench = Bench::open()?;
    if role == Role::Stepped {
        bench.lab.step(true).map_err(|error| error.to_string())?;
        bench.lab.step(false).map_err(|error| error.to_string())?;
    }
    for line in io::stdin().lines() {
        let rounds = line.ok().and_then(|line| line.parse().ok()).unwrap_or(1);
        println!("{}", median(bench.rounds(rounds)));
    }
    Ok(true)
}

/// Measures and prints transfers with and without the wire; whether all is well.
fn measure_transfers(megabytes: usize) -> Result<bool, String> {
    let mut bench = Bench::open()?;
    let mut whole = true;
    for (name, transfer) in [
        ("TCP", Bench::stream as fn(&mut Bench, usize) -> Transfer),
        ("UDP", Bench::datagrams as fn(&mut Bench, usize) -> Transfer),
    ] {
        let mut best = [0.0_f64; 2];
        for _ in 0..TIMES {
            let bare = transfer(&mut bench, megabytes << 20);
            let wired = bench.wired(|bench| transfer(bench, megabytes << 20))?;
            for (best, transfer) in best.iter_mut().zip([&bare, &wired]) {
                *best = best.max(transfer.rate());
                if let Some(why) = &transfer.trouble {
                    println!("  {name}: {why}");
                    whole = false;
                }
            }
        }
        let [bare, wired] = best;
        println!(
            "{name}, {megabytes} MB: {bare:.0} packets/s bare, {wired:.0} through the queue, \
             ratio {:.2}",
            wired / bare
        );
        // A build for debugging is slower; nobody measures it.
        let fast = wired >= ENOUGH || cfg!(debug_assertions);
        println!("  {}", if fast { "fast enough" } else { "TOO SLOW" });
        whole &= fast;
    }
    println!("{}", if whole { "each packet that was captured has arrived" } else { "NOT WELL" });
    Ok(whole)
}

struct Bench {
    lab: Lab,
    server: SocketId,
    cursor: u64,
}

/// One transfer.
struct Transfer {
    packets: u64,
    took: Duration,
    /// What didn't arrive as it was sent.
    trouble: Option<String>,
}

impl Transfer {
    fn rate(&self) -> f64 {
        self.packets as f64 / self.took.as_secs_f64()
    }
}

impl Bench {
    fn open() -> Result<Bench, String> {
        let network = network::enter(Choice::Private);
        if !network.is_private() {
            return Err("needs the private network".into());
        }
        let lab = Lab::open(network, Reserve::default());
        let mut lab = lab.map_err(|error| format!("no lab: {error}"))?;
        if let Some(why) = lab.capture_missing() {
            return Err(format!("no capture: {why}"));
        }
        lab.quickack(true).map_err(|error| error.to_string())?;
        let mut bench = Bench { lab, server: SocketId(0), cursor: 0 };
        bench.server = bench.socket("server", SocketKind::Tcp);
        bench.call(Request::Bind { socket: bench.server, address: at(8899) });
        bench.call(Request::Listen { socket: bench.server, backlog: 64 });
        Ok(bench)
    }

    /// How many µs each ladder took, from its call's return.
    fn rounds(&mut self, rounds: usize) -> Vec<f64> {
        let mut took = Vec::new();
        for _ in 0..rounds {
            let (client, conn) = self.connected();
            let (len, flags) = (64, RecvFlags::default());
            for request in [
                Request::Send {
                    socket: client,
                    data: b"hello".into(),
                    flags: SendFlags::default(),
                },
                Request::Recv { socket: conn, len, flags },
                Request::Send { socket: conn, data: b"world".into(), flags: SendFlags::default() },
                Request::Recv { socket: client, len, flags },
                Request::Close { socket: client },
                Request::Close { socket: conn },
            ] {
                took.push(self.call(request).as_secs_f64() * 1e6);
            }
        }
        took
    }

    /// Makes a call and draws its ladder; how long that took after its return.
    fn call(&mut self, request: Request) -> Duration {
        let socket = request.socket();
        self.lab.call(request);
        let returned = Instant::now();
        self.lab.settle(self.cursor, socket);
        let story = self.lab.story();
        let moments: Vec<&Moment> = story.since(self.cursor).collect();
        std::hint::black_box(view::ladder::live(moments, story, LOOK));
        self.cursor = story.cursor();
        returned.elapsed()
    }

    fn socket(&mut self, name: &str, kind: SocketKind) -> SocketId {
        self.call(Request::Socket { name: name.into(), kind });
        self.named(name)
    }

    fn named(&self, name: &str) -> SocketId {
        self.lab.story().socket_named(name).expect("opened").id
    }

    fn connected(&mut self) -> (SocketId, SocketId) {
        let client = self.socket("client", SocketKind::Tcp);
        self.call(Request::Connect { socket: client, address: at(8899) });
        self.call(Request::Accept { socket: self.server, name: "conn".into() });
        (client, self.named("conn"))
    }

    /// The same with a rule in place that matches nothing of it.
    fn wired(&mut self, transfer: impl FnOnce(&mut Self) -> Transfer) -> Result<Transfer, String> {
        let rst = Selection::Flags { flags: Flags::RST, at_least: false };
        let rule = self.lab.add_rule(Action::Drop { next: 1 }, rst, None);
        rule.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let counts = |bench: &Self| {
            let decided = bench.lab.wire().map_or(0, Wire::decided);
            (decided, bench.lab.trace().frames())
        };
        let before = counts(self);
        let mut done = transfer(self);
        let after = counts(self);
        let (verdicts, captured) = (after.0 - before.0, after.1 - before.1);
        let hits: u64 = self.lab.wire().map_or(0, |wire| wire.rules().list()[0].hits);
        let mut troubles = self.lab.wire_troubles();
        if hits > 0 {
            troubles.push(format!("the rule matched {hits}"));
        }
        if verdicts != captured {
            troubles.push(format!("{captured} captured, {verdicts} let through"));
        }
        if !troubles.is_empty() {
            done.trouble =
                Some(format!("{}; {}", troubles.join("; "), done.trouble.unwrap_or_default()));
        }
        self.lab.clear_rules().map_err(|error| error.to_string())?;
        Ok(done)
    }

    /// So many bytes from a client to a server that reads all the while.
    fn stream(&mut self, bytes: usize) -> Transfer {
        let (client, conn) = self.connected();
        let (from, start) = (self.start(), Instant::now());
        let flags = RecvFlags { waitall: true, ..RecvFlags::default() };
        let recv = self.begin(Request::Recv { socket: conn, len: bytes, flags });
        let (data, flags) = (vec![b'x'; bytes], SendFlags::default());
        let send = self.begin(Request::Send { socket: client, data, flags });
        let stands_still = self.wait_for(&[recv, send]);
        let took = start.elapsed();
        let read = self.read(from.0, recv);
        let mut transfer = self.judge(from, took);
        if stands_still || read != bytes {
            transfer.trouble = Some(format!("{read} of {bytes} bytes came"));
        }
        for socket in [client, conn] {
            self.call(Request::Close { socket });
        }
        transfer
    }

    /// So many bytes in datagrams, read after each burst.
    fn datagrams(&mut self, bytes: usize) -> Transfer {
        let datagrams = (bytes / DATAGRAM).min(MOST_DATAGRAMS);
        let bursts = datagrams.div_ceil(BURST);
        let receiver = self.socket("box", SocketKind::Udp);
        self.call(Request::Bind { socket: receiver, address: at(5353) });
        let sender = self.socket("sender", SocketKind::Udp);
        self.call(Request::Connect { socket: sender, address: at(5353) });
        let (from, start) = (self.start(), Instant::now());
        let mut missing = 0;
        for _ in 0..bursts {
            let (data, flags) = (vec![b'x'; DATAGRAM], SendFlags::default());
            for _ in 0..BURST {
                self.lab.call(Request::Send { socket: sender, data: data.clone(), flags });
            }
            for _ in 0..BURST {
                let flags = RecvFlags::default();
                let recv = self.begin(Request::Recv { socket: receiver, len: DATAGRAM, flags });
                missing += u64::from(self.wait_for(&[recv]));
            }
        }
        let took = start.elapsed();
        let mut transfer = self.judge(from, took);
        if missing > 0 {
            transfer.trouble = Some(format!("{missing} datagrams never came"));
        }
        for socket in [sender, receiver] {
            self.call(Request::Close { socket });
        }
        transfer
    }

    /// Where the story and the trace stand.
    fn start(&mut self) -> (u64, u64) {
        self.lab.settle(self.cursor, None);
        self.cursor = self.lab.story().cursor();
        (self.cursor, self.lab.trace().frames())
    }

    fn begin(&mut self, request: Request) -> CallId {
        let (call, progress) = self.lab.call(request);
        if progress == Progress::Pending {
            self.lab.park(call);
        }
        call
    }

    /// Waits until these calls have returned; whether they stand still.
    fn wait_for(&mut self, calls: &[CallId]) -> bool {
        let end = clock::now().after(PATIENCE);
        while calls.iter().any(|call| self.lab.is_pending(*call)) {
            if clock::now() >= end {
                for call in calls {
                    self.lab.interrupt(*call);
                }
                return true;
            }
            self.lab.wait(end, &never::<()>());
        }
        false
    }

    /// How much that call has read.
    fn read(&mut self, from: u64, call: CallId) -> usize {
        self.lab.settle(from, None);
        let story = self.lab.story();
        let read = story.moments().rev().find_map(|moment| match &moment.what {
            What::Return(ret) if ret.call.call == call => match &ret.effect {
                Effect::Received { data, .. } => Some(data.len()),
                _ => None,
            },
            _ => None,
        });
        read.unwrap_or(0)
    }

    /// What was captured since then, and whether all of it has arrived.
    fn judge(&mut self, (cursor, frames): (u64, u64), took: Duration) -> Transfer {
        self.lab.settle(cursor, None);
        let story = self.lab.story();
        let packets = self.lab.trace().frames() - frames;
        let arrived = arrivals(story, cursor);
        let trouble = if story.forgotten() > cursor {
            Some("too much to remember: transfer less".to_owned())
        } else {
            (arrived != packets).then(|| format!("{packets} captured, {arrived} arrived"))
        };
        self.cursor = story.cursor();
        Transfer { packets, took, trouble }
    }
}

/// How many packets have arrived as they were sent.
fn arrivals(story: &Story, cursor: u64) -> u64 {
    let arrived = |passage: &Passage| {
        passage.fate() == Fate::Delivered && !passage.in_flight && !passage.held
    };
    story.since(cursor).filter_map(Moment::passage).filter(|passage| arrived(passage)).count()
        as u64
}

fn at(port: u16) -> Address {
    Address::Ip(([127, 0, 0, 1], port).into())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

const LOOK: Look =
    Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: true };
