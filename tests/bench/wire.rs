//! How many packets go through the wire in a second, taken and decided one by one by one thread,
//! and how long one takes. Run with `cargo bench --bench wire`, or `cargo bench --bench wire --
//! 200000` for so many datagrams.
#![expect(clippy::print_stdout, reason = "a benchmark's table")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sockscope::network::{self, Choice};
use sockscope::wire::{Interposer, Message, Method, Verdict};

/// Bytes of the TCP transfer.
const TRANSFER: usize = 200 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let datagrams: u32 = arguments.first().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let network = network::enter(Choice::Private);
    if !network.is_private() {
        println!("needs the private network");
        return ExitCode::from(3);
    }
    println!(
        "{:22} {:12} {:>9} {:>10} {:>8} {:>8}",
        "method", "load", "packets", "packets/s", "missed", "lost"
    );
    for method in Method::ALL {
        let start = Instant::now();
        match Interposer::open_with(&network, method) {
            Ok(mut wire) => {
                if let Err(error) = switching(&mut wire, start.elapsed()) {
                    println!("{method}: {error}");
                    return ExitCode::FAILURE;
                }
                if let Err(error) = loads(&mut wire, datagrams) {
                    println!("{method}: {error}");
                    return ExitCode::FAILURE;
                }
            }
            Err(obstacle) => println!("{:22} {obstacle}", method.to_string()),
        }
    }
    ExitCode::SUCCESS
}

fn loads(wire: &mut Interposer, datagrams: u32) -> std::io::Result<()> {
    alone(wire, datagrams.min(20_000))?;
    flood(wire, datagrams)?;
    transfer(wire)
}

/// How long it takes to open it, and to switch it on and off.
fn switching(wire: &mut Interposer, opened: Duration) -> std::io::Result<()> {
    const TIMES: u32 = 100;
    let (mut on, mut off) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..TIMES {
        let start = Instant::now();
        wire.engage()?;
        on += start.elapsed();
        let start = Instant::now();
        wire.release()?;
        off += start.elapsed();
    }
    let method = wire.method().to_string();
    println!(
        "{method:22} opened in {opened:.1?}, on in {:.1?}, off in {:.1?}",
        on / TIMES,
        off / TIMES
    );
    Ok(())
}

fn row(wire: &Interposer, load: &str, tally: Tally, took: Duration) {
    let rate = f64::from(tally.packets) / took.as_secs_f64();
    let method = wire.method().to_string();
    let Tally { packets, missed, lost } = tally;
    println!("{method:22} {load:12} {packets:>9} {rate:>10.0} {missed:>8} {lost:>8}");
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    packets: u32,
    missed: u64,
    lost: u64,
}

/// Accepts what comes until `done` says so and nothing comes any more.
fn accept_all(wire: &Interposer, done: impl Fn() -> bool) -> std::io::Result<Tally> {
    let mut tally = Tally::default();
    loop {
        match wire.messages().recv_timeout(Duration::from_millis(5)) {
            Ok(Message::Taken(taken)) => {
                wire.decide(taken.id, Verdict::Accept)?;
                tally.packets += 1;
            }
            Ok(Message::Missed(packets)) => tally.missed += packets,
            Ok(Message::Lost(packets)) => tally.lost += packets,
            Ok(Message::Failed(why)) => return Err(std::io::Error::other(why)),
            Err(_) if done() => return Ok(tally),
            Ok(Message::Gone(_) | Message::Fence(_)) | Err(_) => {}
        }
    }
}

/// One datagram at a time: sent, taken, decided, received.
fn alone(wire: &mut Interposer, count: u32) -> std::io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let to = socket.local_addr()?;
    wire.engage()?;
    let mut tally = Tally::default();
    let start = Instant::now();
    while tally.packets < count {
        socket.send_to(b"hello", to)?;
        if let Ok(Message::Taken(taken)) = wire.messages().recv() {
            wire.decide(taken.id, Verdict::Accept)?;
            socket.recv(&mut [0; 16])?;
            tally.packets += 1;
        }
    }
    row(wire, "udp, alone", tally, start.elapsed());
    wire.release()
}

/// As many datagrams as another thread can send.
fn flood(wire: &mut Interposer, count: u32) -> std::io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let to = socket.local_addr()?;
    let sender = socket.try_clone()?;
    wire.engage()?;
    let done = Arc::new(AtomicBool::new(false));
    let sent = Arc::clone(&done);
    let start = Instant::now();
    let thread = thread::spawn(move || {
        for _ in 0..count {
            // A full receive buffer is the receiver's loss, not the wire's.
            let _ = sender.send_to(&[7; 1000], to);
        }
        sent.store(true, Ordering::Release);
    });
    let tally = accept_all(wire, || done.load(Ordering::Acquire))?;
    row(wire, "udp, flood", tally, start.elapsed());
    let _ = thread.join();
    wire.release()
}

/// A TCP transfer.
fn transfer(wire: &mut Interposer) -> std::io::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let to = server.local_addr()?;
    wire.engage()?;
    let done = Arc::new(AtomicBool::new(false));
    let arrived = Arc::clone(&done);
    let start = Instant::now();
    let receiver = thread::spawn(move || -> std::io::Result<usize> {
        let (mut conn, _) = server.accept()?;
        let mut buffer = vec![0; 1 << 16];
        let mut total = 0;
        loop {
            match conn.read(&mut buffer)? {
                0 => break,
                length => total += length,
            }
        }
        arrived.store(true, Ordering::Release);
        Ok(total)
    });
    let sender = thread::spawn(move || -> std::io::Result<()> {
        let mut client = TcpStream::connect(to)?;
        let chunk = vec![7; 1 << 16];
        for _ in 0..TRANSFER / chunk.len() {
            client.write_all(&chunk)?;
        }
        Ok(())
    });
    let tally = accept_all(wire, || done.load(Ordering::Acquire))?;
    row(wire, "tcp, 200 MB", tally, start.elapsed());
    let whole = matches!(receiver.join(), Ok(Ok(total)) if total == TRANSFER);
    let sent = matches!(sender.join(), Ok(Ok(())));
    if !whole || !sent {
        return Err(std::io::Error::other("the transfer did not arrive whole"));
    }
    wire.release()
}
