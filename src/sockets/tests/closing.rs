use super::super::bench::{Bench, data, recv, send};
use super::super::{Progress, Request, Wait};
use crate::trace::{Effect, Fact, Outcome, SocketKind, clock};

#[test]
fn closing_wakes_the_calls_that_wait_on_the_socket() {
    let mut bench = Bench::new();
    let (server, client, conn) = bench.connection(SocketKind::Tcp);
    let accept = bench.pend(Request::Accept { socket: server, name: "c".into() });
    let reading = bench.pend(recv(client, 10));
    let writing = bench.pend(send(client, &vec![0; 16 << 20]));
    bench.facts.clear();
    bench.close(server);
    let order: Vec<_> = bench.facts.iter().map(|(_, fact)| fact.clone()).collect();
    let [
        Fact::Called { function: "close", .. },
        Fact::Returned { call, outcome: Outcome::Errno(libc::EBADF), .. },
        Fact::Returned { outcome: Outcome::Value(0), effect: Effect::Closed, .. },
    ] = &order[..]
    else {
        panic!("{order:#?}")
    };
    assert_eq!(*call, accept);
    bench.close(client);
    assert_eq!(bench.wait(reading).0, Outcome::Errno(libc::EBADF));
    assert!(matches!(bench.wait(writing).0, Outcome::Value(taken) if taken > 0));
    assert_eq!(bench.sockets.pending(), []);
    assert!(!data(bench.finish(recv(conn, 1))).is_empty());
}

#[test]
fn the_fin_leaves_at_once_though_a_call_was_waiting() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.pend(recv(client, 10));
    bench.close(client);
    assert_eq!(&*data(bench.finish(recv(conn, 10))), b"");
}

#[test]
fn a_lingering_close_waits_and_keeps_nobody_else_waiting() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.value(Request::NonBlock { socket: client, on: true });
    bench.value(send(client, &vec![0; 16 << 20]));
    bench.set(client, "SO_LINGER", "on:1");
    let call = bench.pend(Request::Close { socket: client });
    assert_eq!(bench.pending(call).waits, Wait::Linger);
    assert_eq!(bench.errno(recv(client, 1)), libc::EBADF);
    // The thread that closes sleeps in the kernel; this one goes on.
    assert_eq!(data(bench.finish(recv(conn, 10))).len(), 10);
    assert!(bench.sockets.is_pending(call));
    let (outcome, effect) = bench.wait(call);
    assert_eq!((outcome, effect), (Outcome::Value(0), Effect::Closed));
}

#[test]
fn a_lingering_close_returns_once_everything_is_acknowledged() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.set(client, "SO_LINGER", "on:60");
    bench.value(send(client, b"hello"));
    let (call, _) = bench.start(Request::Close { socket: client });
    assert_eq!(bench.wait(call), (Outcome::Value(0), Effect::Closed));
    assert_eq!(&*data(bench.finish(recv(conn, 10))), b"hello");
}

#[test]
fn an_interrupted_lingering_close_returns_and_the_kernel_goes_on() {
    let mut bench = Bench::new();
    let (_, client, _) = bench.connection(SocketKind::Tcp);
    bench.value(Request::NonBlock { socket: client, on: true });
    bench.value(send(client, &vec![0; 16 << 20]));
    bench.set(client, "SO_LINGER", "on:1");
    let call = bench.pend(Request::Close { socket: client });
    assert!(bench.interrupt(call));
    assert_eq!(bench.wait(call), (Outcome::Value(0), Effect::Closed));
}

#[test]
fn linger_zero_resets() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.set(client, "SO_LINGER", "on:0");
    let (_, progress) = bench.start(Request::Close { socket: client });
    assert_eq!(progress, Progress::Returned);
    assert_eq!(bench.finish(recv(conn, 10)).0, Outcome::Errno(libc::ECONNRESET));
}

#[test]
fn the_end_of_the_lab_closes_every_socket_and_waits_for_none() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    bench.value(Request::NonBlock { socket: client, on: true });
    bench.value(send(client, &vec![0; 16 << 20]));
    bench.set(client, "SO_LINGER", "on:600");
    bench.finish(recv(conn, 10));
    let began = clock::now();
    drop(bench);
    assert!(clock::now().since(began).as_secs() < 600);
}

#[test]
fn no_more_descriptors_is_emfile_as_data() {
    crate::network::testing::in_child(|| {
        let mut bench = Bench::new();
        let (server, address) = bench.listener(SocketKind::Tcp, 5);
        let client = bench.socket("client", SocketKind::Tcp);
        bench.value(Request::Connect { socket: client, address });
        let next = bench.sockets.get(client).unwrap().fd() as u64 + 1;
        super::super::raw::set_descriptor_limit(next, next).unwrap();
        let more = Request::Socket { name: "more".into(), kind: SocketKind::Udp };
        assert_eq!(bench.errno(more), libc::EMFILE);
        let accept = Request::Accept { socket: server, name: "c".into() };
        assert_eq!(bench.errno(accept.clone()), libc::EMFILE);
        bench.close(client);
        bench.value(accept);
    });
}
