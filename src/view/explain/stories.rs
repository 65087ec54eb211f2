//! What a session would say, told as short stories.

use std::net::SocketAddr;

use super::{Last, Pending, Told, after, blocked, lines, standstill, why};
use crate::story::{CallMoment, Moment, ReturnMoment, What};
use crate::trace::{Address, CallId, Effect, Outcome, SocketId, SocketKind};
use crate::view::ladder::test_lab::{Lab, at, connected};
use crate::view::ladder::test_moments::{ACK, FIN_ACK, LOOK, PSH_ACK, RST, RST_ACK, SYN, SYN_ACK};

pub(super) fn there() -> (SocketAddr, SocketAddr) {
    (at(40112), at(8899))
}

pub(super) fn back() -> (SocketAddr, SocketAddr) {
    (at(8899), at(40112))
}

fn last(news: &[Moment]) -> ReturnMoment {
    let returned = news.iter().rev().find_map(|moment| match &moment.what {
        What::Return(ret) => Some(ret.clone()),
        _ => None,
    });
    returned.expect("a call returned")
}

/// What is said of the last call, to somebody who has heard nothing yet.
pub(super) fn said(lab: &mut Lab) -> String {
    said_of_queue(lab, None)
}

fn said_of_queue(lab: &mut Lab, queue: Option<(u32, u32)>) -> String {
    let news = lab.news();
    let moments: Vec<&Moment> = news.iter().collect();
    after(&last(&news), &moments, &lab.story, queue, &mut Told::default()).join(" ")
}

pub(super) fn sends(lab: &mut Lab, socket: SocketId, bytes: usize) -> CallId {
    lab.call(socket, "send", &format!("#{bytes}"))
}

pub(super) fn took(lab: &mut Lab, call: CallId, bytes: usize) {
    let effect = Effect::Sent { taken: bytes, asked: bytes, urgent: false };
    lab.returns(call, Outcome::Value(bytes as i64), effect);
}

fn recv(lab: &mut Lab, socket: SocketId, asked: usize, data: &[u8]) {
    let call = lab.call(socket, "recv", &asked.to_string());
    let effect =
        Effect::Received { data: data.into(), from: None, peeked: false, truncated_from: None };
    lab.returns(call, Outcome::Value(data.len() as i64), effect);
}

pub(super) fn close(lab: &mut Lab, socket: SocketId, segments: impl FnOnce(&mut Lab)) {
    let call = lab.call(socket, "close", "");
    segments(lab);
    lab.returns(call, Outcome::Value(0), Effect::Closed);
}

pub(super) fn fails(
    lab: &mut Lab,
    socket: SocketId,
    function: &'static str,
    args: &str,
    errno: i32,
) {
    let call = lab.call(socket, function, args);
    lab.returns(call, Outcome::Errno(errno), Effect::None);
}

#[test]
fn a_connection_that_nobody_has_accepted_is_queued() {
    let mut lab = Lab::new();
    lab.listener("server", SocketKind::Tcp, at(8899));
    let client = lab.socket("client", SocketKind::Tcp);
    let call = lab.call(client, "connect", "127.0.0.1:8899");
    lab.addressed(client, at(40112), Some(at(8899)));
    lab.tcp(there(), SYN, 0, 0, b"");
    lab.tcp(back(), SYN_ACK, 0, 1, b"");
    lab.tcp(there(), ACK, 1, 1, b"");
    lab.value(call, 0);
    insta::assert_snapshot!(said_of_queue(&mut lab, Some((1, 6))), @r"
    No accept() yet: the kernel finished the handshake and queued it (queue 1 of 6). client had no port, so the kernel chose 40112: Linux takes them from 32768 to 60999, unless ip_local_port_range says otherwise.
    ");
}

#[test]
fn a_call_that_sends_nothing_says_so_once() {
    let mut lab = Lab::new();
    let mut told = Told::default();
    let mut hears = |lab: &mut Lab| {
        let news = lab.news();
        let moments: Vec<&Moment> = news.iter().collect();
        after(&last(&news), &moments, &lab.story, None, &mut told)
    };
    lab.socket("one", SocketKind::Tcp);
    assert_eq!(hears(&mut lab).len(), 1);
    lab.socket("two", SocketKind::Tcp);
    assert_eq!(hears(&mut lab), Vec::<String>::new());
}

#[test]
fn accept_takes_what_was_ready() {
    let (mut lab, _, _) = connected();
    insta::assert_snapshot!(said(&mut lab), @r"
    accept() sent no segment: the handshake was over. It only takes the connection out of the queue.
    ");
}

#[test]
fn accept_is_woken_by_a_handshake() {
    let mut lab = Lab::new();
    let server = lab.listener("server", SocketKind::Tcp, at(8899));
    let accept = lab.call(server, "accept", "");
    lab.tcp(there(), SYN, 0, 0, b"");
    lab.tcp(back(), SYN_ACK, 0, 1, b"");
    lab.tcp(there(), ACK, 1, 1, b"");
    lab.accepted(accept, "conn", at(8899), at(40112));
    insta::assert_snapshot!(said(&mut lab), @r"
    The kernel shook hands by itself; accept() only took the connection out of the queue.
    ");
}

#[test]
fn a_delayed_ack_is_announced() {
    let (mut lab, client, _) = connected();
    let call = sends(&mut lab, client, 5);
    lab.tcp(there(), PSH_ACK, 1, 1, b"hello");
    took(&mut lab, call, 5);
    insta::assert_snapshot!(said(&mut lab), @r"
    No ACK yet: the receiver may wait for data to send it with, on Linux about 40 ms.
    ");
}

#[test]
fn sending_to_one_that_had_closed_brings_a_reset_and_then_epipe() {
    let (mut lab, client, conn) = connected();
    close(&mut lab, conn, |lab| {
        lab.tcp(back(), FIN_ACK, 1, 1, b"");
        lab.tcp(there(), ACK, 1, 2, b"");
    });
    insta::assert_snapshot!(said(&mut lab), @r"
    The kernel took the FIN for client, which stays in CLOSE-WAIT until its program closes too.
    ");
    let call = sends(&mut lab, client, 5);
    lab.tcp(there(), PSH_ACK, 1, 2, b"hello");
    lab.tcp(back(), RST, 2, 0, b"");
    took(&mut lab, call, 5);
    insta::assert_snapshot!(said(&mut lab), @r"
    conn had closed: its kernel answered the data with RST. The next send() gives EPIPE.
    ");
    fails(&mut lab, client, "send", "\"again\"", libc::EPIPE);
    insta::assert_snapshot!(said(&mut lab), @r"
    The RST from conn has ended the connection: nobody is there to send to. A program gets SIGPIPE too.
    ");
    recv(&mut lab, client, 1024, b"");
    insta::assert_snapshot!(said(&mut lab), @r"
    0 is the end: conn has sent its FIN and nothing more will come. It is no error.
    ");
}

#[test]
fn the_end_of_file_is_the_peers_fin() {
    let (mut lab, client, conn) = connected();
    close(&mut lab, client, |lab| {
        lab.tcp(there(), FIN_ACK, 1, 1, b"");
        lab.tcp(back(), ACK, 1, 2, b"");
    });
    insta::assert_snapshot!(said(&mut lab), @r"
    The kernel took the FIN for conn, which stays in CLOSE-WAIT until its program closes too.
    ");
    recv(&mut lab, conn, 1024, b"");
    insta::assert_snapshot!(said(&mut lab), @r"
    0 is the end: client has sent its FIN and nothing more will come. It is no error.
    ");
    close(&mut lab, conn, |lab| {
        lab.tcp(back(), FIN_ACK, 1, 2, b"");
        lab.tcp(there(), ACK, 2, 2, b"");
    });
    insta::assert_snapshot!(said(&mut lab), @r"
    client closed first, so it stays in TIME-WAIT, 60 s on Linux: to answer a lost last ACK, and to let old segments die.
    ");
}

#[test]
fn three_segments_close_when_the_ack_rides_on_the_fin() {
    let (mut lab, client, conn) = connected();
    close(&mut lab, client, |lab| lab.tcp(there(), FIN_ACK, 1, 1, b""));
    close(&mut lab, conn, |lab| {
        lab.tcp(back(), FIN_ACK, 1, 2, b"");
        lab.tcp(there(), ACK, 2, 2, b"");
    });
    insta::assert_snapshot!(said(&mut lab), @r"
    One segment says both: FIN, and the ACK of the FIN of client. So three segments close the connection, not four. client closed first, so it stays in TIME-WAIT, 60 s on Linux: to answer a lost last ACK, and to let old segments die.
    ");
}

#[test]
fn closing_with_unread_bytes_resets() {
    let (mut lab, client, conn) = connected();
    let call = sends(&mut lab, client, 5);
    lab.tcp(there(), PSH_ACK, 1, 1, b"hello");
    lab.tcp(back(), ACK, 1, 6, b"");
    took(&mut lab, call, 5);
    recv(&mut lab, conn, 2, b"he");
    insta::assert_snapshot!(said(&mut lab), @r"
    3 bytes more can be read at once: one recv() need not take all that one send() gave.
    ");
    close(&mut lab, conn, |lab| lab.tcp(back(), RST_ACK, 1, 6, b""));
    insta::assert_snapshot!(said(&mut lab), @r"
    3 bytes had not been read: then close() sends RST in place of FIN, so that the peer knows (RFC 2525, 2.17).
    ");
    fails(&mut lab, client, "recv", "1024", libc::ECONNRESET);
    insta::assert_snapshot!(said(&mut lab), @r"
    conn has reset the connection (RST in frame 6). This is reported once.
    ");
    recv(&mut lab, client, 1024, b"");
    insta::assert_snapshot!(said(&mut lab), @r"
    A reset is reported once; after that recv() gives 0.
    ");
}

#[test]
fn closing_with_linger_zero_resets() {
    let (mut lab, client, _) = connected();
    let call = lab.call(client, "setsockopt", "SO_LINGER, on:0");
    lab.value(call, 0);
    close(&mut lab, client, |lab| lab.tcp(there(), RST_ACK, 1, 1, b""));
    insta::assert_snapshot!(said(&mut lab), @r"
    SO_LINGER with 0 seconds: close() sends RST in place of FIN, throws away what is unsent, and leaves no TIME-WAIT.
    ");
}

#[test]
fn one_recv_can_take_what_several_sends_gave() {
    let (mut lab, client, conn) = connected();
    for (seq, data) in [(1, b"abc"), (4, b"def")] {
        let call = sends(&mut lab, client, 3);
        lab.tcp(there(), PSH_ACK, seq, 1, data);
        took(&mut lab, call, 3);
    }
    recv(&mut lab, conn, 1024, b"abcdef");
    insta::assert_snapshot!(said(&mut lab), @r"
    These bytes came from 2 send() calls: TCP keeps no boundaries between them.
    ");
}

#[test]
fn a_refusal_names_who_refused() {
    let mut lab = Lab::new();
    let client = lab.socket("client", SocketKind::Tcp);
    let call = lab.call(client, "connect", "127.0.0.1:8899");
    lab.addressed(client, at(40112), Some(at(8899)));
    lab.tcp(there(), SYN, 0, 0, b"");
    lab.tcp(back(), RST_ACK, 0, 1, b"");
    lab.returns(call, Outcome::Errno(libc::ECONNREFUSED), Effect::None);
    let news = lab.news();
    insta::assert_snapshot!(why(Last::Returned(&last(&news)), &lab.story, LOOK).join("\n"), @r"
    connect(client, 127.0.0.1:8899) = -1 ECONNREFUSED: Connection refused
    Nobody listens at 127.0.0.1:8899: the kernel there answered the SYN with RST,ACK.
    frame 1: client > 127.0.0.1:8899 SYN; client: CLOSED to SYN-SENT
    frame 2: 127.0.0.1:8899 > client RST,ACK; 127.0.0.1:8899: ? to CLOSED; client: SYN-SENT to CLOSED
    now client is CLOSED (inferred), 127.0.0.1:8899 is CLOSED (inferred)
    read on: man 2 connect; man 7 tcp; RFC 9293, 3.10.1, 3.10.7.1, 3.10.7.3
    ");
}

#[test]
fn udp_hears_of_a_closed_port_late() {
    let mut lab = Lab::new();
    let client = lab.socket("client", SocketKind::Udp);
    let call = lab.call(client, "connect", "127.0.0.1:9999");
    lab.addressed(client, at(53211), Some(at(9999)));
    lab.value(call, 0);
    insta::assert_snapshot!(said(&mut lab), @r"
    connect() on a datagram socket sends nothing: it only notes the peer, for send() and as a filter for recv(). client had no port, so the kernel chose 53211: Linux takes them from 32768 to 60999, unless ip_local_port_range says otherwise.
    ");
    let call = sends(&mut lab, client, 5);
    let sent = lab.udp(at(53211), at(9999), b"hello");
    lab.port_unreachable(at(9999), at(53211), &sent);
    took(&mut lab, call, 5);
    insta::assert_snapshot!(said(&mut lab), @r"
    Nobody is at port 9999: ICMP says so. The socket is connected, so its next call will give ECONNREFUSED.
    ");
    fails(&mut lab, client, "send", "\"again\"", libc::ECONNREFUSED);
    let news = lab.news();
    insta::assert_snapshot!(why(Last::Returned(&last(&news)), &lab.story, LOOK).join("\n"), @r#"
    send(client, "again") = -1 ECONNREFUSED: Connection refused
    An earlier datagram found nobody: ICMP port unreachable (frame 2). It is reported now, and nothing was sent now.
    frame 2: ICMP port unreachable, about frame 1
    read on: man 2 send; man 7 udp; RFC 768
    "#);
}

#[test]
fn an_address_in_use_says_by_whom() {
    let (mut lab, _, conn) = connected();
    let other = lab.socket("other", SocketKind::Tcp);
    fails(&mut lab, other, "bind", "127.0.0.1:8899", libc::EADDRINUSE);
    insta::assert_snapshot!(said(&mut lab), @r"
    server listens there, and only one may, SO_REUSEADDR or not (SO_REUSEPORT on both allows more).
    ");
    let server = lab.story.socket_named("server").map(|socket| socket.id).unwrap();
    close(&mut lab, server, |_| {});
    close(&mut lab, conn, |lab| {
        lab.tcp(back(), FIN_ACK, 1, 1, b"");
        lab.tcp(there(), FIN_ACK, 1, 2, b"");
        lab.tcp(back(), ACK, 2, 2, b"");
    });
    fails(&mut lab, other, "bind", "*:8899", libc::EADDRINUSE);
    insta::assert_snapshot!(said(&mut lab), @r"
    An end of an earlier connection is in TIME-WAIT at 127.0.0.1:8899, 60 s on Linux. With SO_REUSEADDR set on the old socket and on the new one, bind() succeeds.
    ");
    fails(&mut lab, other, "bind", "127.0.0.1:7", libc::EADDRINUSE);
    insta::assert_snapshot!(said(&mut lab), @r"
    Another socket holds the address, or an earlier connection's end there is in TIME-WAIT.
    ");
}

#[test]
fn an_errno_with_several_causes_is_explained_by_what_happened() {
    let (mut lab, client, conn) = connected();
    let fresh = lab.socket("fresh", SocketKind::Tcp);
    let server = lab.story.socket_named("server").map(|socket| socket.id).unwrap();
    let udp = lab.socket("udp", SocketKind::Udp);
    let mut said_of = |socket, function, args: &str, errno| {
        fails(&mut lab, socket, function, args, errno);
        said(&mut lab)
    };
    let told = [
        said_of(fresh, "send", "\"x\"", libc::EPIPE),
        said_of(fresh, "recv", "1024", libc::ENOTCONN),
        said_of(server, "recv", "1024", libc::ENOTCONN),
        said_of(fresh, "accept", "", libc::EINVAL),
        said_of(client, "bind", "127.0.0.1:1", libc::EINVAL),
        said_of(server, "bind", "127.0.0.1:1", libc::EINVAL),
        said_of(client, "listen", "5", libc::EINVAL),
        said_of(client, "connect", "127.0.0.1:8899", libc::EISCONN),
        said_of(server, "connect", "127.0.0.1:8899", libc::EISCONN),
        said_of(udp, "listen", "5", libc::EOPNOTSUPP),
        said_of(udp, "send", "\"x\"", libc::EDESTADDRREQ),
        said_of(udp, "sendto", "127.0.0.1:1, #70000", libc::EMSGSIZE),
        said_of(udp, "sendto", "255.255.255.255:1, \"x\"", libc::EACCES),
        said_of(fresh, "bind", "127.0.0.1:80", libc::EACCES),
        said_of(fresh, "bind", "8.8.8.8:1", libc::EADDRNOTAVAIL),
        said_of(conn, "recv", "1024", libc::EAGAIN),
        said_of(server, "accept", "", libc::EAGAIN),
        said_of(fresh, "connect", "127.0.0.1:1", libc::EINTR),
        said_of(conn, "recv", "1024", libc::EINTR),
        said_of(conn, "recv", "1, oob", libc::EINVAL),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    fresh isn't connected. For send() on TCP, Linux says EPIPE rather than ENOTCONN.
    fresh isn't connected.
    server listens. Data goes through the sockets that accept() makes.
    fresh doesn't listen: listen() comes first.
    client is connected: too late for bind().
    server has its address already: 127.0.0.1:8899. bind() works once.
    client is connected: too late for listen().
    client is connected already. A TCP socket is good for one connection.
    server listens: it takes connections and can't make one.
    listen() is for connections; udp has none.
    send() has no destination: connect first, or use sendto().
    One datagram holds at most 65507 bytes here, and isn't split.
    A broadcast address: set SO_BROADCAST first.
    Port 80 is below net.ipv4.ip_unprivileged_port_start: binding it takes CAP_NET_BIND_SERVICE.
    No interface here has that address. In the private network there are 127.0.0.0/8 and ::1.
    There is nothing to read, and the call was not to wait, or not longer.
    No connection waits in the queue, and the call was not to wait, or not longer.
    The call was interrupted, but the kernel goes on with the handshake: poll for writing, then getsockopt SO_ERROR.
    The call was interrupted before anything happened: it can simply be made again.
    There is no urgent byte to read.
    ");
}

/// The call that began last.
pub(super) fn pending(lab: &Lab, call: CallId) -> CallMoment {
    let begun = lab.story.moments().find_map(|moment| match &moment.what {
        What::Call(begun) if begun.call == call => Some(begun.clone()),
        _ => None,
    });
    begun.expect("it began")
}

#[test]
fn a_blocked_call_says_what_it_waits_for() {
    let (mut lab, client, conn) = connected();
    let server = lab.story.socket_named("server").map(|socket| socket.id).unwrap();
    let mut says = |socket, function, args: &str, went, queue| {
        let call = lab.call(socket, function, args);
        let call = pending(&lab, call);
        blocked(&Pending { call: &call, went, queue }, &lab.story)
    };
    let told = [
        says(server, "accept", "", None, None),
        says(conn, "recv", "1024", None, None),
        says(client, "send", "#5000000", Some((2_600_000, 5_000_000)), None),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    accept(server) is blocked: its queue is empty. A real program would stand still here.
    recv(conn) is blocked: client has sent nothing that is unread. A real program would stand still here.
    send(client) is blocked: the buffers are full until conn reads. 2600000 of 5000000 bytes went.
    ");
}

#[test]
fn a_syn_that_a_full_queue_drops_is_waited_for() {
    let mut lab = Lab::new();
    lab.listener("server", SocketKind::Tcp, at(8899));
    let client = lab.socket("client", SocketKind::Tcp);
    let call = lab.call(client, "connect", "127.0.0.1:8899");
    lab.addressed(client, at(40112), Some(at(8899)));
    lab.tcp(there(), SYN, 0, 0, b"");
    let call = pending(&lab, call);
    let full = Pending { call: &call, went: None, queue: Some((6, 6)) };
    insta::assert_snapshot!(blocked(&full, &lab.story), @r"
    connect(client) is blocked: the queue of server is full (6 of 6). Linux drops the SYN without a word; it will be sent again after 1 s.
    ");
    let unknown = Pending { queue: None, ..full };
    insta::assert_snapshot!(why(Last::Blocked(unknown), &lab.story, LOOK).join("\n"), @r"
    connect(client) is blocked: its SYN has no answer, and will be sent again after 1 s.
    frame 1: client > server SYN; client: CLOSED to SYN-SENT; server: LISTEN to SYN-RECEIVED
    now client is SYN-SENT (inferred), server is SYN-RECEIVED (inferred)
    read on: man 2 connect; man 7 tcp; RFC 9293, 3.10.1, 3.10.7.2
    ");
}

#[test]
fn two_that_wait_for_each_other_stand_still() {
    let (mut lab, client, conn) = connected();
    let one = lab.call(client, "recv", "1024");
    let one = pending(&lab, one);
    let one = Pending { call: &one, went: None, queue: None };
    assert_eq!(standstill(&[one], &lab.story), None);
    let other = lab.call(conn, "recv", "1024");
    let other = pending(&lab, other);
    let other = Pending { call: &other, ..one };
    insta::assert_snapshot!(standstill(&[one, other], &lab.story).unwrap(), @r"
    client waits in recv for data from conn; conn waits in recv for data from client: a deadlock. Nothing will happen by itself.
    ");
    lab.tcp(there(), PSH_ACK, 1, 1, b"on its way");
    assert_eq!(standstill(&[one, other], &lab.story), None);
}

#[test]
fn sentences_wrap_below_their_command() {
    let (mut lab, _, _) = connected();
    let sentence = said(&mut lab);
    insta::assert_snapshot!(lines(&[sentence], crate::view::look::Look { width: 50, ..LOOK }), @r"
    accept() sent no segment: the handshake was
    over. It only takes the connection out of the
    queue.
    ");
}

#[test]
fn datagrams_have_ends_of_their_own() {
    let mut lab = Lab::new();
    let one = lab.socket("one", SocketKind::Udp);
    let call = lab.call(one, "recvfrom", "4");
    let from = Some(Address::Ip(at(5002)));
    let effect =
        Effect::Received { data: b"and "[..].into(), from, peeked: false, truncated_from: Some(8) };
    lab.returns(call, Outcome::Value(4), effect);
    insta::assert_snapshot!(said(&mut lab), @r"
    The datagram had 8 bytes. What didn't fit into the buffer is gone.
    ");
    recv(&mut lab, one, 1024, b"");
    insta::assert_snapshot!(said(&mut lab), @r"
    An empty datagram: with datagrams 0 is a message without bytes, not the end.
    ");
}

#[test]
fn a_shutdown_leaves_the_other_direction_open() {
    let (mut lab, client, conn) = connected();
    let call = lab.call(client, "shutdown", "wr");
    lab.tcp(there(), FIN_ACK, 1, 1, b"");
    lab.tcp(back(), ACK, 1, 2, b"");
    let effect = Effect::ShutDown { read: false, write: true };
    lab.returns(call, Outcome::Value(0), effect);
    insta::assert_snapshot!(said(&mut lab), @r"
    FIN: nothing more comes from this side. It can still receive.
    ");
    let call = sends(&mut lab, conn, 5);
    lab.tcp(back(), PSH_ACK, 1, 2, b"later");
    lab.tcp(there(), ACK, 2, 6, b"");
    took(&mut lab, call, 5);
    insta::assert_snapshot!(said(&mut lab), @r"
    client has sent its FIN, but still takes data: the connection is half closed.
    ");
    fails(&mut lab, client, "send", "\"x\"", libc::EPIPE);
    insta::assert_snapshot!(said(&mut lab), @r"
    client has been shut down for writing: its FIN has said that nothing follows. A program gets SIGPIPE too.
    ");
}

#[test]
fn what_is_sent_before_accept_waits_in_the_kernel() {
    let mut lab = Lab::new();
    let server = lab.listener("server", SocketKind::Tcp, at(8899));
    let client = lab.socket("client", SocketKind::Tcp);
    let call = lab.call(client, "connect", "127.0.0.1:8899");
    lab.addressed(client, at(40112), Some(at(8899)));
    lab.tcp(there(), SYN, 0, 0, b"");
    lab.tcp(back(), SYN_ACK, 0, 1, b"");
    lab.tcp(there(), ACK, 1, 1, b"");
    lab.value(call, 0);
    let call = sends(&mut lab, client, 5);
    lab.tcp(there(), PSH_ACK, 1, 1, b"early");
    lab.tcp(back(), ACK, 1, 6, b"");
    took(&mut lab, call, 5);
    insta::assert_snapshot!(said(&mut lab), @r"
    Nobody has called accept() yet. The kernel takes the bytes and acknowledges them all the same.
    ");
    lab.accept(server, "conn", at(8899), at(40112));
    insta::assert_snapshot!(said(&mut lab), @r"
    5 bytes from client came before accept(): the kernel had taken and acknowledged them. accept() sent no segment: the handshake was over. It only takes the connection out of the queue.
    ");
}

#[test]
fn closing_a_listener_resets_its_queue() {
    let mut lab = Lab::new();
    let server = lab.listener("server", SocketKind::Tcp, at(8899));
    let client = lab.socket("client", SocketKind::Tcp);
    let call = lab.call(client, "connect", "127.0.0.1:8899");
    lab.addressed(client, at(40112), Some(at(8899)));
    lab.tcp(there(), SYN, 0, 0, b"");
    lab.tcp(back(), SYN_ACK, 0, 1, b"");
    lab.tcp(there(), ACK, 1, 1, b"");
    lab.value(call, 0);
    close(&mut lab, server, |lab| lab.tcp(back(), RST_ACK, 1, 1, b""));
    insta::assert_snapshot!(said(&mut lab), @r"
    A connection was waiting for accept(): the kernel reset it.
    ");
}

#[test]
fn a_socket_can_connect_to_itself() {
    let mut lab = Lab::new();
    let client = lab.socket("client", SocketKind::Tcp);
    lab.addressed(client, at(8899), None);
    let call = lab.call(client, "connect", "127.0.0.1:8899");
    lab.addressed(client, at(8899), Some(at(8899)));
    let itself = (at(8899), at(8899));
    lab.tcp(itself, SYN, 0, 0, b"");
    lab.tcp(itself, SYN_ACK, 0, 1, b"");
    lab.tcp(itself, ACK, 1, 1, b"");
    lab.value(call, 0);
    insta::assert_snapshot!(said(&mut lab), @r"
    The socket has connected to itself: it called its own port. One socket, both ends.
    ");
}

#[test]
fn sending_nothing_or_less_than_all_is_explained() {
    let (mut lab, client, conn) = connected();
    let call = sends(&mut lab, client, 0);
    took(&mut lab, call, 0);
    insta::assert_snapshot!(said(&mut lab), @r"
    Sending no bytes over TCP sends no segment: a stream has no empty messages.
    ");
    let call = sends(&mut lab, client, 10);
    lab.tcp(there(), PSH_ACK, 1, 1, b"abcd");
    lab.tcp(back(), ACK, 1, 5, b"");
    let effect = Effect::Sent { taken: 4, asked: 10, urgent: false };
    lab.returns(call, Outcome::Value(4), effect);
    insta::assert_snapshot!(said(&mut lab), @r"
    4 of 10 bytes went: the send buffer had no room for more.
    ");
    let call = sends(&mut lab, client, 1);
    lab.tcp(there(), PSH_ACK, 5, 1, b"x");
    took(&mut lab, call, 1);
    lab.news();
    let call = sends(&mut lab, client, 1);
    took(&mut lab, call, 1);
    insta::assert_snapshot!(said(&mut lab), @r"
    Nothing left yet: the bytes wait for the ACK of earlier ones (Nagle's algorithm; TCP_NODELAY turns it off).
    ");
    recv(&mut lab, conn, 0, b"");
    insta::assert_snapshot!(said(&mut lab), @r"
    0, since 0 bytes were asked for.
    ");
}

#[test]
fn wildcards_and_low_ports_are_told_at_bind() {
    let mut lab = Lab::new();
    let server = lab.socket("server", SocketKind::Tcp);
    let call = lab.call(server, "bind", "0.0.0.0:80");
    lab.addressed(server, "0.0.0.0:80".parse().unwrap(), None);
    lab.value(call, 0);
    insta::assert_snapshot!(said(&mut lab), @"bind() takes the port on every address of this machine: 0.0.0.0 is a wildcard, not an address of its own. Port 80 is below 1024: outside a private network, binding it usually takes CAP_NET_BIND_SERVICE.");
}

#[test]
fn a_backlog_of_one_place_and_one_beyond_the_kernels() {
    let listens = |backlog: i32| {
        let mut lab = Lab::new();
        let server = lab.socket("server", SocketKind::Tcp);
        let call = lab.call(server, "listen", &backlog.to_string());
        lab.returns(call, Outcome::Value(0), Effect::Listening { backlog });
        said(&mut lab)
    };
    insta::assert_snapshot!(listens(0), @"listen() sends nothing. From now on the kernel shakes hands by itself; up to 1 connection can wait for accept() (Linux: backlog + 1).");
    insta::assert_snapshot!(listens(-1), @"listen() sends nothing. A negative backlog counts as a huge one, which the kernel cuts to net.core.somaxconn.");
    insta::assert_snapshot!(listens(10_000), @"listen() sends nothing. The kernel cuts a backlog above net.core.somaxconn to that (4096 by default).");
}

#[test]
fn a_call_to_the_wildcard_reaches_this_machine() {
    let mut lab = Lab::new();
    lab.listener("server", SocketKind::Tcp, at(8899));
    let client = lab.socket("client", SocketKind::Tcp);
    let call = lab.call(client, "connect", "0.0.0.0:8899");
    lab.addressed(client, at(40112), Some(at(8899)));
    lab.tcp(there(), SYN, 0, 0, b"");
    lab.tcp(back(), SYN_ACK, 0, 1, b"");
    lab.tcp(there(), ACK, 1, 1, b"");
    lab.value(call, 0);
    let news = lab.news();
    let moments: Vec<&Moment> = news.iter().collect();
    let mut told = Told::default();
    let mut hear = || after(&last(&news), &moments, &lab.story, None, &mut told).join(" ");
    insta::assert_snapshot!(hear(), @"No accept() yet: the kernel finished the handshake and queued it. 0.0.0.0 is no address to call. Linux takes it as this machine: the call went to 127.0.0.1.");
    // What there was no room for comes the next time.
    insta::assert_snapshot!(hear(), @"No accept() yet: the kernel finished the handshake and queued it. client had no port, so the kernel chose 40112: Linux takes them from 32768 to 60999, unless ip_local_port_range says otherwise.");
}

#[test]
fn a_cork_and_a_full_buffer_are_told_from_nagle_and_delayed_acks() {
    let (mut lab, client, _) = connected();
    let call = lab.call(client, "setsockopt", "TCP_CORK 1");
    lab.value(call, 0);
    let call = sends(&mut lab, client, 3);
    took(&mut lab, call, 3);
    insta::assert_snapshot!(said(&mut lab), @"Nothing left yet: TCP_CORK holds back what doesn't fill a segment, until it is off, but at most 200 ms.");

    let (mut lab, client, _) = connected();
    let call = sends(&mut lab, client, 1000);
    lab.tcp(there(), ACK, 1, 1, &[b'x'; 400]);
    took(&mut lab, call, 1000);
    insta::assert_snapshot!(said(&mut lab), @"send() has only copied the bytes into the kernel's buffer. 600 bytes of them wait there until conn has room.");
}

#[test]
fn urgent_data_is_one_byte_apart() {
    let (mut lab, client, conn) = connected();
    let call = lab.call(client, "send", "\"!\" oob");
    lab.tcp(there(), PSH_ACK, 1, 1, b"!");
    let effect = Effect::Sent { taken: 1, asked: 1, urgent: true };
    lab.returns(call, Outcome::Value(1), effect);
    insta::assert_snapshot!(said(&mut lab), @"Urgent data is a single byte, the last one. It travels in the stream, but recv() gives it apart: with oob.");
    let call = lab.call(conn, "recv", "1024 oob");
    let effect = Effect::Received {
        data: b"!".as_slice().into(),
        from: None,
        peeked: false,
        truncated_from: None,
    };
    lab.returns(call, Outcome::Value(1), effect);
    insta::assert_snapshot!(said(&mut lab), @"The urgent byte, taken out of turn: what was sent before it can still be read.");
}

#[test]
fn shutting_down_both_ways_is_not_closing() {
    let (mut lab, client, _) = connected();
    let call = lab.call(client, "shutdown", "rdwr");
    lab.tcp(there(), FIN_ACK, 1, 1, b"");
    lab.tcp(back(), ACK, 1, 2, b"");
    lab.returns(call, Outcome::Value(0), Effect::ShutDown { read: true, write: true });
    insta::assert_snapshot!(said(&mut lab), @"shutdown() ends the connection, but client stays open: only close() gives the descriptor back.");
}

#[test]
fn an_ipv4_address_on_an_ipv6_socket_is_told_how_to_write_it() {
    let mut lab = Lab::new();
    let client = lab.socket("client", SocketKind::Tcp6);
    fails(&mut lab, client, "connect", "127.0.0.1:8899", libc::EINVAL);
    insta::assert_snapshot!(said(&mut lab), @"The socket is IPv6 and 127.0.0.1:8899 is IPv4: it is written [::ffff:127.0.0.1]:8899 here.");
}

#[test]
fn a_fast_open_connect_waits_for_data() {
    let mut lab = Lab::new();
    let client = lab.socket("client", SocketKind::Tcp);
    let call = lab.call(client, "setsockopt", "TCP_FASTOPEN_CONNECT 1");
    lab.value(call, 0);
    let call = lab.call(client, "connect", "127.0.0.1:8899");
    lab.value(call, 0);
    insta::assert_snapshot!(said(&mut lab), @"connect() sent nothing: with TCP_FASTOPEN_CONNECT and a cookie from before, the SYN leaves with the first data.");
}
