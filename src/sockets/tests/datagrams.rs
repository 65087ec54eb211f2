use super::super::bench::{Bench, data, loopback, recv, send};
use super::super::{Request, Wait};
use crate::trace::{Address, Effect, Outcome, RecvFlags, SendFlags, SocketId, SocketKind};

fn send_to(socket: SocketId, address: &Address, data: &[u8]) -> Request {
    let flags = SendFlags::default();
    Request::SendTo { socket, address: address.clone(), data: data.into(), flags }
}

fn recv_from(socket: SocketId, len: usize) -> Request {
    Request::RecvFrom { socket, len, flags: RecvFlags::default() }
}

fn bound(bench: &mut Bench, kind: SocketKind) -> (SocketId, Address) {
    let socket = bench.socket("receiver", kind);
    bench.value(Request::Bind { socket, address: Address::Ip(loopback(kind, 0)) });
    let address = Address::Ip(bench.local(socket));
    assert_eq!(bench.addressed(socket), (Some(address.clone()), None));
    (socket, address)
}

/// A path that nobody else has, gone with the test.
fn path(folder: &tempfile::TempDir) -> Address {
    Address::Path(folder.path().join("socket"))
}

/// Two unix stream sockets that are connected.
pub(super) fn unix_pair(bench: &mut Bench) -> (SocketId, SocketId) {
    let folder = tempfile::tempdir().unwrap();
    let server = bench.socket("server", SocketKind::Unix);
    bench.value(Request::Bind { socket: server, address: path(&folder) });
    bench.value(Request::Listen { socket: server, backlog: 1 });
    let client = bench.socket("client", SocketKind::Unix);
    bench.value(Request::Connect { socket: client, address: path(&folder) });
    (client, bench.accept(server))
}

#[test]
fn datagrams_go_there_and_back_over_both_kinds_of_udp() {
    for kind in [SocketKind::Udp, SocketKind::Udp6] {
        let mut bench = Bench::new();
        let (receiver, address) = bound(&mut bench, kind);
        let sender = bench.socket("sender", kind);
        let call = bench.pend(recv_from(receiver, 10));
        assert_eq!(bench.value(send_to(sender, &address, b"hello")), 5);
        // An unbound socket was given a port.
        let (from, _) = bench.addressed(sender);
        assert!(from.as_ref().and_then(Address::ip).unwrap().port() != 0);
        let (outcome, effect) = bench.wait(call);
        let Effect::Received { data, from: Some(from), truncated_from: None, .. } = effect else {
            panic!("{effect:?}")
        };
        assert_eq!((outcome, &*data), (Outcome::Value(5), b"hello".as_slice()));
        bench.value(send_to(receiver, &from, b""));
        assert_eq!(bench.finish(recv(sender, 10)).0, Outcome::Value(0));
    }
}

#[test]
fn a_datagram_longer_than_the_buffer_is_cut_and_its_length_told() {
    let mut bench = Bench::new();
    let (receiver, address) = bound(&mut bench, SocketKind::Udp);
    let sender = bench.socket("sender", SocketKind::Udp);
    bench.value(send_to(sender, &address, b"0123456789"));
    bench.value(send_to(sender, &address, b"next"));
    let (outcome, effect) = bench.finish(recv_from(receiver, 4));
    let Effect::Received { data: cut, truncated_from, .. } = effect else { panic!("{effect:?}") };
    assert_eq!((outcome, &*cut), (Outcome::Value(4), b"0123".as_slice()));
    assert_eq!(truncated_from, Some(10));
    assert_eq!(&*data(bench.finish(recv(receiver, 4))), b"next");
}

#[test]
fn only_a_connected_udp_socket_learns_that_nobody_is_there() {
    let mut bench = Bench::new();
    let (nobody, address) = bound(&mut bench, SocketKind::Udp);
    bench.close(nobody);
    let client = bench.socket("client", SocketKind::Udp);
    bench.value(send_to(client, &address, b"x"));
    bench.value(send_to(client, &address, b"x"));
    bench.value(Request::Connect { socket: client, address: address.clone() });
    assert_eq!(bench.addressed(client).1, Some(address));
    let reading = bench.pend(recv(client, 10));
    bench.value(send(client, b"x"));
    assert_eq!(bench.wait(reading).0, Outcome::Errno(libc::ECONNREFUSED));
    bench.value(send(client, b"x"));
    assert_eq!(bench.errno(send(client, b"x")), libc::ECONNREFUSED);
    bench.value(Request::Disconnect { socket: client });
    assert_eq!(bench.addressed(client).1, None);
    assert_eq!(bench.errno(send(client, b"x")), libc::EDESTADDRREQ);
}

#[test]
fn unix_sockets_talk_by_path() {
    let mut bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let server = bench.socket("server", SocketKind::Unix);
    bench.value(Request::Bind { socket: server, address: path(&folder) });
    assert_eq!(bench.addressed(server), (Some(path(&folder)), None));
    let other = bench.socket("other", SocketKind::Unix);
    assert_eq!(
        bench.errno(Request::Bind { socket: other, address: path(&folder) }),
        libc::EADDRINUSE
    );
    bench.value(Request::Listen { socket: server, backlog: 5 });
    let accept = bench.pend(Request::Accept { socket: server, name: "conn".into() });
    bench.value(Request::Connect { socket: other, address: path(&folder) });
    assert_eq!(bench.addressed(other), (Some(Address::Unnamed), Some(path(&folder))));
    let (_, Effect::Accepted { socket: conn, peer, .. }) = bench.wait(accept) else {
        panic!("{:#?}", bench.facts)
    };
    assert_eq!(peer, Some(Address::Unnamed));
    bench.value(send(other, b"hello"));
    assert_eq!(&*data(bench.finish(recv(conn, 10))), b"hello");
    bench.close(server);
    // The path stays, as it does for every program.
    assert!(folder.path().join("socket").exists());
}

#[test]
fn a_unix_connect_to_a_full_queue_waits_until_somebody_is_accepted() {
    let mut bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let server = bench.socket("server", SocketKind::Unix);
    bench.value(Request::Bind { socket: server, address: path(&folder) });
    bench.value(Request::Listen { socket: server, backlog: 0 });
    let first = bench.socket("first", SocketKind::Unix);
    bench.value(Request::Connect { socket: first, address: path(&folder) });
    let second = bench.socket("second", SocketKind::Unix);
    let call = bench.pend(Request::Connect { socket: second, address: path(&folder) });
    assert_eq!(bench.pending(call).waits, Wait::Queue);
    assert!(bench.sockets.next_deadline().is_some());
    bench.accept(server);
    assert_eq!(bench.returned(call).unwrap().0, Outcome::Value(0));
}

#[test]
fn a_unix_datagram_waits_for_room_at_its_receiver() {
    let mut bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let receiver = bench.socket("receiver", SocketKind::UnixDgram);
    bench.value(Request::Bind { socket: receiver, address: path(&folder) });
    let sender = bench.socket("sender", SocketKind::UnixDgram);
    let dontwait = SendFlags { dontwait: true, oob: false };
    let full = (0..100_000).any(|_| {
        let request = Request::SendTo {
            socket: sender,
            address: path(&folder),
            data: b"x".into(),
            flags: dontwait,
        };
        bench.run(request).0 == Outcome::Errno(libc::EAGAIN)
    });
    assert!(full);
    let call = bench.pend(send_to(sender, &path(&folder), b"last"));
    let (_, effect) = bench.run(recv_from(receiver, 10));
    let Effect::Received { from, .. } = effect else { panic!("{effect:?}") };
    assert_eq!(from, None);
    assert_eq!(bench.wait(call).0, Outcome::Value(4));
}

#[test]
fn paths_that_do_not_fit_or_lead_nowhere_are_refused() {
    let mut bench = Bench::new();
    let socket = bench.socket("a", SocketKind::Unix);
    let long = Address::Path("x".repeat(200).into());
    assert_eq!(bench.errno(Request::Bind { socket, address: long }), libc::EINVAL);
    let nowhere = Address::Path("/nonexistent/socket".into());
    assert_eq!(bench.errno(Request::Bind { socket, address: nowhere.clone() }), libc::ENOENT);
    assert_eq!(bench.errno(Request::Connect { socket, address: nowhere }), libc::ENOENT);
}
