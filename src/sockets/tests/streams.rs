use super::super::bench::{Bench, data, recv, send};
use super::super::{Request, Wait};
use crate::trace::{Effect, Fact, HowShut, Outcome, RecvFlags, SocketId, SocketKind};

const BIG: usize = 12 << 20;

fn pattern() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..251).collect::<Vec<u8>>().repeat(BIG / 251 + 1);
    bytes.truncate(BIG);
    bytes
}

fn waitall(socket: SocketId, len: usize) -> Request {
    let flags = RecvFlags { waitall: true, ..RecvFlags::default() };
    Request::Recv { socket, len, flags }
}

#[test]
fn a_big_send_waits_until_everything_is_taken() {
    for kind in [SocketKind::Tcp, SocketKind::Unix] {
        let mut bench = Bench::new();
        let (client, conn) = if kind == SocketKind::Unix {
            super::datagrams::unix_pair(&mut bench)
        } else {
            let (_, client, conn) = bench.connection(kind);
            (client, conn)
        };
        let call = bench.pend(send(client, &pattern()));
        let pending = bench.pending(call);
        assert_eq!((pending.waits, pending.asked), (Wait::Room, BIG));
        assert!(pending.moved > 0 && pending.moved < BIG);
        let mut read = Vec::new();
        while read.len() < BIG {
            read.extend_from_slice(&data(bench.finish(recv(conn, 1 << 20))));
        }
        let (outcome, effect) = bench.wait(call);
        assert_eq!(outcome, Outcome::Value(BIG as i64));
        assert_eq!(effect, Effect::Sent { taken: BIG, asked: BIG, urgent: false });
        assert!(read == pattern());
        let resumed: Vec<_> = bench
            .facts
            .iter()
            .filter_map(|(time, fact)| match fact {
                Fact::Resumed { call: resumed, from } if *resumed == call => Some((*from, *time)),
                _ => None,
            })
            .collect();
        assert!(!resumed.is_empty());
        assert!(resumed.iter().all(|(from, until)| from < until));
    }
}

#[test]
fn an_interrupted_send_returns_what_was_taken() {
    let mut bench = Bench::new();
    let (_, client, _) = bench.connection(SocketKind::Tcp);
    let call = bench.pend(send(client, &pattern()));
    let moved = bench.pending(call).moved;
    assert!(bench.interrupt(call));
    assert_eq!(bench.wait(call).0, Outcome::Value(moved as i64));
}

#[test]
fn a_reset_in_the_middle_of_a_send_gives_the_part_and_then_the_error() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    let call = bench.pend(send(client, &pattern()));
    // Its peer closes with unread data: RST.
    bench.close(conn);
    let (Outcome::Value(taken), _) = bench.wait(call) else {
        panic!("{:#?}", bench.returned(call))
    };
    assert!(taken > 0 && taken < BIG as i64);
    assert_eq!(bench.errno(send(client, b"x")), libc::ECONNRESET);
    assert_eq!(bench.errno(send(client, b"x")), libc::EPIPE);
}

#[test]
fn sending_after_shutdown_is_epipe_and_no_signal() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    assert_eq!(
        bench.run(Request::Shutdown { socket: client, how: HowShut::Wr }).1,
        Effect::ShutDown { read: false, write: true }
    );
    assert_eq!(bench.errno(send(client, b"x")), libc::EPIPE);
    assert_eq!(&*data(bench.finish(recv(conn, 10))), b"");
}

#[test]
fn shutdown_ends_a_recv_that_waits() {
    let mut bench = Bench::new();
    let (_, client, _) = bench.connection(SocketKind::Tcp);
    let call = bench.pend(recv(client, 10));
    bench.value(Request::Shutdown { socket: client, how: HowShut::Rd });
    assert_eq!(&*data(bench.wait(call)), b"");
}

#[test]
fn waitall_gathers_until_it_has_all() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    let call = bench.pend(waitall(conn, 10));
    bench.value(send(client, b"0123"));
    bench.until("four bytes", |bench| bench.pending(call).moved == 4);
    bench.value(send(client, b"456789ab"));
    assert_eq!(&*data(bench.wait(call)), b"0123456789");
    assert_eq!(&*data(bench.run(recv(conn, 10))), b"ab");
}

#[test]
fn waitall_ends_early_at_a_signal_a_timeout_and_the_end() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.value(send(client, b"abc"));
    let call = bench.pend(waitall(conn, 10));
    assert!(bench.interrupt(call));
    assert_eq!(&*data(bench.wait(call)), b"abc");
    bench.timeout(conn, "20ms");
    bench.value(send(client, b"def"));
    let call = bench.pend(waitall(conn, 10));
    assert_eq!(&*data(bench.wait(call)), b"def");
    bench.timeout(conn, "off");
    bench.value(send(client, b"ghi"));
    let call = bench.pend(waitall(conn, 10));
    bench.close(client);
    assert_eq!(&*data(bench.wait(call)), b"ghi");
}

#[test]
fn waitall_ends_early_at_a_reset_and_leaves_the_error() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.value(send(client, b"abc"));
    let call = bench.pend(waitall(conn, 10));
    bench.set(client, "SO_LINGER", "on:0");
    bench.close(client);
    assert_eq!(&*data(bench.wait(call)), b"abc");
    assert_eq!(bench.errno(recv(conn, 10)), libc::ECONNRESET);
    assert_eq!(&*data(bench.run(recv(conn, 10))), b"");
}

#[test]
fn waitall_ends_early_at_the_urgent_mark() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.value(send(client, b"abc"));
    let flags = crate::trace::SendFlags { oob: true, dontwait: false };
    bench.value(Request::Send { socket: client, data: b"!".into(), flags });
    bench.value(send(client, b"defghi"));
    assert_eq!(&*data(bench.finish(waitall(conn, 9))), b"abc");
    assert_eq!(&*data(bench.finish(waitall(conn, 6))), b"defghi");
}

#[test]
fn peek_looks_and_leaves() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    let flags = RecvFlags { peek: true, ..RecvFlags::default() };
    let call = bench.pend(Request::Recv { socket: conn, len: 3, flags });
    bench.value(send(client, b"hello"));
    let (_, effect) = bench.wait(call);
    let seen = Effect::Received {
        data: b"hel".as_slice().into(),
        from: None,
        peeked: true,
        truncated_from: None,
    };
    assert_eq!(effect, seen);
    let flags = RecvFlags { peek: true, waitall: true, ..RecvFlags::default() };
    let call = bench.pend(Request::Recv { socket: conn, len: 7, flags });
    bench.value(send(client, b"!!"));
    assert_eq!(&*data(bench.wait(call)), b"hello!!");
    assert_eq!(&*data(bench.run(recv(conn, 100))), b"hello!!");
}

#[test]
fn one_end_can_close_its_half_and_still_read() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.value(Request::Shutdown { socket: client, how: HowShut::Wr });
    assert_eq!(&*data(bench.finish(recv(conn, 10))), b"");
    bench.value(send(conn, b"late"));
    assert_eq!(&*data(bench.finish(recv(client, 10))), b"late");
}

#[test]
fn more_than_memory_can_be_asked_for() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.value(send(client, b"x"));
    assert_eq!(&*data(bench.finish(recv(conn, usize::MAX))), b"x");
}
