use super::super::bench::{Bench, data, recv, send};
use super::super::{Request, Wait};
use crate::trace::{Address, Effect, Fact, HowShut, Outcome, SocketId, SocketKind};

fn connect(socket: SocketId, address: &Address) -> Request {
    Request::Connect { socket, address: address.clone() }
}

#[test]
fn two_ends_talk_over_both_kinds_of_tcp() {
    for kind in [SocketKind::Tcp, SocketKind::Tcp6] {
        let mut bench = Bench::new();
        let (server, client, conn) = bench.connection(kind);
        assert_eq!(bench.value(send(client, b"hello")), 5);
        assert_eq!(&*data(bench.finish(recv(conn, 1024))), b"hello");
        bench.close(client);
        assert_eq!(&*data(bench.finish(recv(conn, 1024))), b"");
        bench.close(conn);
        bench.close(server);
        assert_eq!(bench.sockets.open().count(), 0);
    }
}

#[test]
fn facts_come_in_order_with_the_times_of_the_call() {
    let mut bench = Bench::new();
    let (_, address) = bench.listener(SocketKind::Tcp, 5);
    let client = bench.socket("client", SocketKind::Tcp);
    bench.facts.clear();
    bench.value(connect(client, &address));
    let [
        (t0, Fact::Called { name, function: "connect", args, .. }),
        (t1, Fact::Addressed { socket, local: Some(_), peer }),
        (t2, Fact::Returned { entered, outcome: Outcome::Value(0), .. }),
    ] = &bench.facts[..]
    else {
        panic!("{:#?}", bench.facts)
    };
    assert_eq!((name.as_str(), args), ("client", &address.to_string()));
    assert_eq!((*socket, peer.as_ref()), (client, Some(&address)));
    assert!(t0 == t1 && t0 == entered && t0 < t2);
}

#[test]
fn a_blocked_accept_returns_when_somebody_connects() {
    let mut bench = Bench::new();
    let (server, address) = bench.listener(SocketKind::Tcp, 5);
    let accept = bench.pend(Request::Accept { socket: server, name: "conn".into() });
    assert_eq!(bench.pending(accept).waits, Wait::Connection);
    let client = bench.socket("client", SocketKind::Tcp);
    bench.value(connect(client, &address));
    let (Outcome::Value(fd), Effect::Accepted { socket, name, peer, .. }) = bench.wait(accept)
    else {
        panic!("{:#?}", bench.facts)
    };
    let conn = bench.sockets.get(socket).unwrap();
    assert_eq!((name.as_str(), i64::from(conn.fd())), ("conn", fd));
    assert!(conn.accepted() && !conn.nonblocking());
    assert_eq!(peer, Some(Address::Ip(bench.local(client))));
    assert_eq!(bench.addressed(socket), (Some(address), peer));
}

#[test]
fn two_blocked_accepts_are_served_in_the_order_they_were_made() {
    let mut bench = Bench::new();
    let (server, address) = bench.listener(SocketKind::Tcp, 5);
    let first = bench.pend(Request::Accept { socket: server, name: "a".into() });
    let second = bench.pend(Request::Accept { socket: server, name: "b".into() });
    let one = bench.socket("one", SocketKind::Tcp);
    bench.value(connect(one, &address));
    bench.wait(first);
    assert!(bench.sockets.is_pending(second));
    let two = bench.socket("two", SocketKind::Tcp);
    bench.value(connect(two, &address));
    assert!(matches!(bench.wait(second).1, Effect::Accepted { name, .. } if name == "b"));
}

#[test]
fn a_refused_connect_had_a_port_until_it_returned() {
    let mut bench = Bench::new();
    let (server, address) = bench.listener(SocketKind::Tcp, 5);
    bench.close(server);
    let client = bench.socket("client", SocketKind::Tcp);
    bench.facts.clear();
    assert_eq!(bench.finish(connect(client, &address)).0, Outcome::Errno(libc::ECONNREFUSED));
    let Some((_, Fact::Addressed { local: Some(Address::Ip(local)), peer, .. })) =
        bench.facts.get(1)
    else {
        panic!("{:#?}", bench.facts)
    };
    assert!(local.port() != 0);
    assert_eq!(peer.as_ref(), Some(&address));
}

#[test]
fn a_connect_to_a_full_queue_waits_and_knows_its_port() {
    let mut bench = Bench::new();
    let (server, _, address) = bench.full_listener();
    let client = bench.socket("client", SocketKind::Tcp);
    let call = bench.pend(connect(client, &address));
    let pending = bench.pending(call);
    assert_eq!((pending.waits, pending.target), (Wait::Answer, Some(address.clone())));
    let (local, peer) = bench.addressed(client);
    assert!(local.unwrap().ip().unwrap().port() != 0);
    assert_eq!(peer, Some(address));
    // Room in the queue: the next SYN, after a second, is answered.
    bench.accept(server);
    assert_eq!(bench.wait(call).0, Outcome::Value(0));
}

#[test]
fn an_interrupted_connect_goes_on_and_the_next_one_joins_it() {
    let mut bench = Bench::new();
    let (server, _, address) = bench.full_listener();
    let client = bench.socket("client", SocketKind::Tcp);
    let first = bench.pend(connect(client, &address));
    assert!(bench.interrupt(first));
    assert_eq!(bench.wait(first).0, Outcome::Errno(libc::EINTR));
    assert!(!bench.interrupt(first));
    let second = bench.pend(connect(client, &address));
    let third = bench.pend(connect(client, &address));
    bench.accept(server);
    assert_eq!(bench.wait(second).0, Outcome::Value(0));
    assert_eq!(bench.wait(third).0, Outcome::Value(0));
    assert_eq!(bench.errno(connect(client, &address)), libc::EISCONN);
}

#[test]
fn a_nonblocking_connect_is_in_progress_then_already_then_done() {
    let mut bench = Bench::new();
    let (server, _, address) = bench.full_listener();
    let client = bench.socket("client", SocketKind::Tcp);
    bench.value(Request::NonBlock { socket: client, on: true });
    assert_eq!(bench.errno(connect(client, &address)), libc::EINPROGRESS);
    assert_eq!(bench.errno(connect(client, &address)), libc::EALREADY);
    bench.value(Request::NonBlock { socket: client, on: false });
    bench.accept(server);
    assert_eq!(bench.finish(connect(client, &address)).0, Outcome::Value(0));
}

#[test]
fn what_ends_a_connect_that_waits() {
    let mut bench = Bench::new();
    let (_server, _, address) = bench.full_listener();
    let shut = bench.socket("shut", SocketKind::Tcp);
    let call = bench.pend(connect(shut, &address));
    bench.value(Request::Shutdown { socket: shut, how: HowShut::RdWr });
    assert_eq!(bench.wait(call).0, Outcome::Errno(libc::ECONNRESET));

    let unspec = bench.socket("unspec", SocketKind::Tcp);
    let call = bench.pend(connect(unspec, &address));
    bench.value(Request::Disconnect { socket: unspec });
    assert_eq!(bench.wait(call).0, Outcome::Errno(libc::EPIPE));

    let late = bench.socket("late", SocketKind::Tcp);
    bench.timeout(late, "30ms");
    let call = bench.pend(connect(late, &address));
    assert_eq!(bench.wait(call).0, Outcome::Errno(libc::EINPROGRESS));
}

#[test]
fn of_two_connects_that_fail_together_one_gets_the_error() {
    let mut bench = Bench::new();
    let (server, _, address) = bench.full_listener();
    let client = bench.socket("client", SocketKind::Tcp);
    let first = bench.pend(connect(client, &address));
    let second = bench.pend(connect(client, &address));
    bench.close(server);
    assert_eq!(bench.wait(first).0, Outcome::Errno(libc::ECONNREFUSED));
    assert_eq!(bench.wait(second).0, Outcome::Errno(libc::EPIPE));
    assert_eq!(bench.sockets.pending(), []);
}

#[test]
fn the_wildcard_as_target_is_this_host() {
    let mut bench = Bench::new();
    let (_server, _, address) = bench.full_listener();
    let client = bench.socket("client", SocketKind::Tcp);
    let wildcard = Address::Ip(([0, 0, 0, 0], address.ip().unwrap().port()).into());
    bench.pend(connect(client, &wildcard));
    assert_eq!(bench.addressed(client).1, Some(address));
}

#[test]
fn a_socket_can_connect_to_itself() {
    let mut bench = Bench::new();
    let narcissus = bench.socket("narcissus", SocketKind::Tcp);
    let address = Address::Ip(([127, 0, 0, 1], 0).into());
    bench.value(Request::Bind { socket: narcissus, address });
    let own = Address::Ip(bench.local(narcissus));
    bench.value(connect(narcissus, &own));
    assert_eq!(bench.addressed(narcissus), (Some(own.clone()), Some(own)));
    bench.value(send(narcissus, b"echo"));
    assert_eq!(&*data(bench.finish(recv(narcissus, 10))), b"echo");
}

#[test]
fn with_fast_open_the_first_send_makes_the_connection() {
    crate::network::testing::on_private_network(|_| {
        std::fs::write("/proc/sys/net/ipv4/tcp_fastopen", "3").unwrap();
        let mut bench = Bench::new();
        let (server, address) = bench.listener(SocketKind::Tcp, 5);
        bench.set(server, "TCP_FASTOPEN", "5");
        // The first connection brings the cookie, the second uses it.
        for name in ["first", "second"] {
            let client = bench.socket(name, SocketKind::Tcp);
            bench.set(client, "TCP_FASTOPEN_CONNECT", "on");
            bench.value(connect(client, &address));
            assert_eq!(bench.addressed(client).1, Some(address.clone()));
            bench.value(send(client, b"hello"));
            let conn = bench.accept(server);
            assert_eq!(&*data(bench.finish(recv(conn, 10))), b"hello");
        }
    });
}

#[test]
fn a_send_before_the_answer_waits_for_it() {
    let mut bench = Bench::new();
    let (server, _, address) = bench.full_listener();
    let client = bench.socket("client", SocketKind::Tcp);
    bench.pend(connect(client, &address));
    let call = bench.pend(send(client, b"early"));
    assert_eq!(bench.pending(call).waits, Wait::Answer);
    bench.accept(server);
    assert_eq!(bench.wait(call).0, Outcome::Value(5));
}

#[test]
fn a_listener_without_a_port_is_given_one() {
    let mut bench = Bench::new();
    let server = bench.socket("server", SocketKind::Tcp);
    bench.value(Request::Listen { socket: server, backlog: 1 });
    let (local, peer) = bench.addressed(server);
    assert!(local.unwrap().ip().unwrap().port() != 0 && peer.is_none());
}

#[test]
fn calls_on_what_is_not_there_are_refused_by_number() {
    let mut bench = Bench::new();
    let socket = bench.socket("a", SocketKind::Tcp);
    assert_eq!(bench.errno(recv(socket, 1)), libc::ENOTCONN);
    assert_eq!(bench.errno(Request::GetPeerName { socket }), libc::ENOTCONN);
    bench.close(socket);
    assert_eq!(bench.errno(send(socket, b"x")), libc::EBADF);
    assert_eq!(bench.errno(Request::Close { socket }), libc::EBADF);
    assert_eq!(bench.errno(Request::Accept { socket, name: "c".into() }), libc::EBADF);
    assert_eq!(bench.errno(connect(socket, &Address::Unnamed)), libc::EBADF);
}
