use std::time::Duration;

use super::super::bench::{Bench, data, recv, send};
use super::super::{Request, Wait};
use crate::trace::{
    CallId, Effect, Outcome, PollEvents, RecvFlags, SendFlags, SocketId, SocketKind, clock,
};

fn poll(sockets: &[SocketId], events: PollEvents, timeout: Option<Duration>) -> Request {
    Request::Poll { sockets: sockets.into(), events, timeout }
}

fn polled((outcome, effect): (Outcome, Effect)) -> (Outcome, String) {
    match effect {
        Effect::Answer(text) => (outcome, text),
        other => panic!("{outcome:?}, {other:?}"),
    }
}

const AT_ONCE: Option<Duration> = Some(Duration::ZERO);

#[test]
fn an_interrupted_call_returns_eintr() {
    let mut bench = Bench::new();
    let (server, client, _) = bench.connection(SocketKind::Tcp);
    for request in [recv(client, 10), Request::Accept { socket: server, name: "c".into() }] {
        let call = bench.pend(request);
        assert!(bench.interrupt(call));
        assert_eq!(bench.returned(call).unwrap().0, Outcome::Errno(libc::EINTR));
    }
    assert!(!bench.interrupt(CallId(9999)));
    assert_eq!(bench.sockets.pending(), []);
}

#[test]
fn a_nonblocking_socket_and_dontwait_return_eagain() {
    let mut bench = Bench::new();
    let (server, client, _) = bench.connection(SocketKind::Tcp);
    let flags = RecvFlags { dontwait: true, ..RecvFlags::default() };
    assert_eq!(bench.errno(Request::Recv { socket: client, len: 1, flags }), libc::EAGAIN);
    bench.value(Request::NonBlock { socket: server, on: true });
    assert!(bench.sockets.get(server).unwrap().nonblocking());
    let accept = Request::Accept { socket: server, name: "c".into() };
    assert_eq!(bench.errno(accept.clone()), libc::EAGAIN);
    bench.value(Request::NonBlock { socket: server, on: false });
    bench.pend(accept);
}

#[test]
fn a_timeout_ends_each_kind_of_call_with_its_errno() {
    let mut bench = Bench::new();
    let (server, client, conn) = bench.connection(SocketKind::Tcp);
    for socket in [server, client, conn] {
        bench.timeout(socket, "20ms");
    }
    let began = clock::now();
    let accept = bench.pend(Request::Accept { socket: server, name: "c".into() });
    let reading = bench.pend(recv(conn, 10));
    let writing = bench.pend(send(client, &vec![0; 16 << 20]));
    assert_eq!(bench.wait(accept).0, Outcome::Errno(libc::EAGAIN));
    assert!(clock::now().since(began) >= Duration::from_millis(20));
    // What was written came before the time was up.
    assert!(matches!(bench.wait(reading).0, Outcome::Value(10)));
    let (Outcome::Value(taken), Effect::Sent { asked, .. }) = bench.wait(writing) else {
        panic!("{:#?}", bench.returned(writing))
    };
    assert!(taken > 0 && taken < asked as i64);
    // The buffers are still full: nothing at all goes.
    let again = bench.pend(send(client, b"more"));
    assert_eq!(bench.wait(again).0, Outcome::Errno(libc::EAGAIN));
    bench.timeout(server, "off");
    let accept = bench.pend(Request::Accept { socket: server, name: "c".into() });
    assert_eq!(bench.pending(accept).until, None);
}

#[test]
fn one_socket_wakes_a_reader_and_a_writer_apart() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    let size = 16 << 20;
    let writing = bench.pend(send(client, &vec![7; size]));
    let reading = bench.pend(recv(client, 10));
    bench.value(send(conn, b"back"));
    assert_eq!(&*data(bench.wait(reading)), b"back");
    assert!(bench.sockets.is_pending(writing));
    let mut read = 0;
    while read < size {
        read += data(bench.finish(recv(conn, 1 << 20))).len();
    }
    assert_eq!(bench.wait(writing).0, Outcome::Value(size as i64));
}

#[test]
fn poll_says_which_sockets_are_ready_for_what() {
    let mut bench = Bench::new();
    let (server, client, conn) = bench.connection(SocketKind::Tcp);
    assert_eq!(
        polled(bench.run(poll(&[server, client, conn], PollEvents::In, AT_ONCE))),
        (Outcome::Value(0), "none is ready".into())
    );
    assert_eq!(
        polled(bench.run(poll(&[client, conn], PollEvents::Out, None))),
        (Outcome::Value(2), "out: client, conn".into())
    );
    let call = bench.pend(poll(&[server, conn], PollEvents::In, None));
    assert_eq!(bench.pending(call).waits, Wait::Events);
    bench.value(send(client, b"x"));
    assert_eq!(polled(bench.wait(call)), (Outcome::Value(1), "in: conn".into()));
    let fresh = bench.socket("fresh", SocketKind::Tcp);
    assert_eq!(
        polled(bench.run(poll(&[conn, fresh], PollEvents::In, None))),
        (Outcome::Value(2), "in: conn; hup: fresh".into())
    );
}

#[test]
fn poll_ends_when_its_time_is_up_or_a_socket_is_closed() {
    let mut bench = Bench::new();
    let (server, client, _) = bench.connection(SocketKind::Tcp);
    let timeout = Some(Duration::from_millis(20));
    let call = bench.pend(poll(&[client], PollEvents::In, timeout));
    assert_eq!(polled(bench.wait(call)), (Outcome::Value(0), "none is ready".into()));
    let call = bench.pend(poll(&[client, server], PollEvents::In, None));
    bench.close(server);
    assert_eq!(polled(bench.wait(call)), (Outcome::Value(1), "nval: server".into()));
    let call = bench.pend(poll(&[client], PollEvents::In, None));
    assert!(bench.interrupt(call));
    assert_eq!(bench.wait(call).0, Outcome::Errno(libc::EINTR));
}

#[test]
fn urgent_data_that_nobody_reads_keeps_waking_nobody() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    let flags = SendFlags { oob: true, dontwait: false };
    bench.value(Request::Send { socket: client, data: b"!".into(), flags });
    // For poll a lone urgent byte is nothing to read.
    let timeout = Some(Duration::from_millis(50));
    let call = bench.pend(poll(&[conn], PollEvents::In, timeout));
    assert_eq!(polled(bench.wait(call)).0, Outcome::Value(0));
    assert!(bench.woken <= 2, "woken {} times", bench.woken);
    let urgent = RecvFlags { oob: true, ..RecvFlags::default() };
    let urgent = Request::Recv { socket: conn, len: 1, flags: urgent };
    assert_eq!(&*data(bench.run(urgent.clone())), b"!");
    assert_eq!(bench.errno(urgent), libc::EINVAL);
}

#[test]
fn a_plain_recv_that_waits_swallows_the_urgent_byte_and_waits_on() {
    let mut bench = Bench::new();
    let (_, client, conn) = bench.connection(SocketKind::Tcp);
    let reading = bench.pend(recv(conn, 10));
    let flags = SendFlags { oob: true, dontwait: false };
    bench.value(Request::Send { socket: client, data: b"!".into(), flags });
    bench.value(send(client, b"plain"));
    assert_eq!(&*data(bench.wait(reading)), b"plain");
}

#[test]
fn a_thousand_sockets_can_wait_at_once() {
    let mut bench = Bench::new();
    let sockets: Vec<_> =
        (0..1000).map(|n| bench.socket(&format!("u{n}"), SocketKind::Udp)).collect();
    let mut calls = Vec::new();
    for socket in &sockets {
        let address = crate::trace::Address::Ip(([127, 0, 0, 1], 0).into());
        bench.value(Request::Bind { socket: *socket, address });
        calls.push(bench.pend(recv(*socket, 10)));
    }
    let sender = bench.socket("sender", SocketKind::Udp);
    for socket in &sockets {
        let address = crate::trace::Address::Ip(bench.local(*socket));
        let (data, flags) = (b"x".into(), SendFlags::default());
        bench.value(Request::SendTo { socket: sender, address, data, flags });
    }
    for call in calls {
        assert_eq!(bench.wait(call).0, Outcome::Value(1));
    }
}
