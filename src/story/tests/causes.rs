//! Which call caused what.

use super::tale::{ACK, RST, SYN, Tale};
use crate::story::What;
use crate::trace::{CallId, Effect, Fact, SocketId, SocketKind, Time};

/// Three sockets of one connection: listener, client, accepted.
fn open(tale: &mut Tale) -> (SocketId, SocketId, SocketId) {
    let server = tale.listener("server", "127.0.0.1:8899");
    let (client, connect) = tale.connecting("client");
    tale.handshake();
    tale.returned(connect, 0, Effect::None);
    let (conn, _) = tale.accept(server, "conn");
    (server, client, conn)
}

fn sent(bytes: usize) -> Effect {
    Effect::Sent { taken: bytes, asked: bytes, urgent: false }
}

fn received(data: &[u8]) -> Effect {
    Effect::Received { data: data.into(), from: None, peeked: false, truncated_from: None }
}

fn causes(tale: &Tale) -> Vec<Option<CallId>> {
    tale.segments().iter().map(|segment| segment.cause).collect()
}

#[test]
fn connect_causes_the_whole_handshake() {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    let (_, connect) = tale.connecting("client");
    tale.handshake();
    tale.returned(connect, 0, Effect::None);
    assert_eq!(causes(&tale), [Some(connect); 3]);
    assert_eq!(tale.story.cause_of(crate::trace::FrameNumber(2)), Some(connect));
}

#[test]
fn send_causes_its_data_and_the_ack_that_comes_later() {
    let mut tale = Tale::new();
    let (_, client, _) = open(&mut tale);
    let send = tale.call(client, "send", sent(5), |tale| tale.client().data(b"hello"));
    tale.wait(40_000_000);
    tale.server().ack();
    assert_eq!(causes(&tale)[3..], [Some(send), Some(send)]);
}

/// The ACK is due to the first send, and passes while another call waits.
#[test]
fn a_delayed_ack_isnt_the_waiting_calls() {
    let mut tale = Tale::new();
    let (_, client, _) = open(&mut tale);
    let send = tale.call(client, "send", sent(5), |tale| tale.client().data(b"hello"));
    let recv = tale.called(client, "recv", "");
    tale.wait(40_000_000);
    tale.server().ack();
    tale.fact(Fact::Blocked { call: recv });
    assert_eq!(causes(&tale)[3..], [Some(send), Some(send)]);
}

/// `tcp_cleanup_rbuf`: reading sends the ACK that was held back.
#[test]
fn an_ack_that_recv_sends_is_recvs() {
    let mut tale = Tale::new();
    let (_, client, conn) = open(&mut tale);
    let send = tale.call(client, "send", sent(5), |tale| tale.client().data(b"hello"));
    let recv = tale.call(conn, "recv", received(b"hello"), |tale| tale.server().ack());
    assert_eq!(causes(&tale)[3..], [Some(send), Some(recv)]);
}

#[test]
fn what_is_sent_again_has_the_first_copys_cause() {
    let mut tale = Tale::new();
    let (_, client, _) = open(&mut tale);
    let start = tale.client;
    let first = tale.call(client, "send", sent(5), |tale| tale.client().lost().data(b"hello"));
    let second = tale.call(client, "send", sent(5), |tale| tale.client().lost().data(b"world"));
    tale.wait(200_000_000);
    tale.client().segment(ACK, start.next, 501, b"hello");
    tale.client().segment(ACK, start.next + 5, 501, b"world");
    assert_eq!(causes(&tale)[3..], [Some(first), Some(second), Some(first), Some(second)]);
}

#[test]
fn data_that_waited_is_its_sends_even_within_another_call() {
    let mut tale = Tale::new();
    let (_, client, conn) = open(&mut tale);
    let start = tale.client;
    let send = tale.call(client, "send", sent(10), |tale| {
        tale.client().segment(ACK, start.next, 501, b"hello");
    });
    tale.call(conn, "recv", received(b"hello"), |tale| {
        tale.server().segment(ACK, 501, start.next + 5, b"");
        tale.client().segment(ACK, start.next + 5, 501, b"world");
    });
    assert_eq!(tale.last().cause, Some(send));
}

#[test]
fn data_of_a_send_that_waits_is_that_sends() {
    let mut tale = Tale::new();
    let (_, client, conn) = open(&mut tale);
    let start = tale.client;
    let send = tale.called(client, "send", "#100000");
    tale.client().segment(ACK, start.next, 501, b"hello");
    tale.fact(Fact::Blocked { call: send });
    let recv = tale.call(conn, "recv", received(b"hello"), |tale| {
        tale.server().segment(ACK, 501, start.next + 5, b"");
        tale.client().segment(ACK, start.next + 5, 501, b"world");
    });
    assert_eq!(causes(&tale)[3..], [Some(send), Some(recv), Some(send)]);
}

#[test]
fn close_causes_the_fin_and_its_ack() {
    let mut tale = Tale::new();
    let (_, client, conn) = open(&mut tale);
    let close = tale.call(client, "close", Effect::Closed, |tale| tale.client().fin());
    tale.wait(4_000_000);
    tale.server().ack();
    let second = tale.call(conn, "close", Effect::Closed, |tale| {
        tale.server().fin();
        tale.client().ack();
    });
    assert_eq!(causes(&tale)[3..], [Some(close), Some(close), Some(second), Some(second)]);
}

#[test]
fn a_fin_that_was_held_back_is_the_closes() {
    let mut tale = Tale::new();
    let (_, client, _) = open(&mut tale);
    let close = tale.call(client, "close", Effect::Closed, |_| {});
    tale.wait(1_000_000_000);
    tale.client().fin();
    assert_eq!(tale.last().cause, Some(close));
    tale.client().again();
    assert_eq!(tale.last().cause, Some(close));
}

#[test]
fn a_reset_that_answers_has_the_cause_of_what_it_answers() {
    let mut tale = Tale::new();
    let (_, client, conn) = open(&mut tale);
    let server = tale.server;
    tale.call(conn, "close", Effect::Closed, |tale| tale.server().fin());
    tale.client().ack();
    let send = tale.call(client, "send", sent(1), |tale| tale.client().data(b"x"));
    tale.server().segment(RST, server.next + 1, 0, b"");
    assert_eq!(causes(&tale)[5..], [Some(send), Some(send)]);
}

/// RFC 1122, section 4.2.3.6: the kernel gives up when nothing answers its probes. What answers a
/// segment looks otherwise (RFC 9293, section 3.10.7.1).
#[test]
fn a_reset_by_a_timer_is_nobodys() {
    let mut tale = Tale::new();
    let (_, client, _) = open(&mut tale);
    let start = tale.client;
    let recv = tale.called(client, "recv", "");
    tale.fact(Fact::Blocked { call: recv });
    tale.wait(7_200_000_000_000);
    tale.client().lost().segment(ACK, start.next - 1, 501, b"");
    tale.wait(75_000_000_000);
    tale.client().abort();
    tale.wait(1000);
    tale.failed(recv, libc::ETIMEDOUT);
    assert_eq!(causes(&tale)[3..], [None, None]);
}

#[test]
fn closing_a_listener_resets_what_nobody_accepted() {
    let mut tale = Tale::new();
    let server = tale.listener("server", "127.0.0.1:8899");
    tale.handshake();
    let close = tale.call(server, "close", Effect::Closed, |tale| tale.server().abort());
    assert_eq!(tale.last().cause, Some(close));
}

#[test]
fn a_syn_again_is_the_connects_that_still_waits() {
    let mut tale = Tale::new();
    let (_, connect) = tale.connecting("client");
    tale.client().syn();
    tale.fact(Fact::Blocked { call: connect });
    tale.wait(1_000_000_000);
    tale.client().again();
    assert_eq!(causes(&tale), [Some(connect); 2]);
}

#[test]
fn a_window_update_is_the_last_recvs_and_a_probe_nobodys() {
    let mut tale = Tale::new();
    let (_, client, conn) = open(&mut tale);
    let start = tale.client;
    tale.call(client, "send", sent(5), |tale| tale.client().data(b"hello"));
    tale.server().ack();
    let recv = tale.called(conn, "recv", "");
    let entered = Time(tale.time);
    tale.returned_since(recv, entered, 5, received(b"hello"));
    tale.client().segment(ACK, start.next + 4, 501, b"");
    assert_eq!(tale.last().cause, None);
    tale.server().ack();
    assert_eq!(tale.last().cause, None, "it answers the probe");
}

#[test]
fn another_connections_segments_are_not_this_calls() {
    let mut tale = Tale::new();
    tale.handshake();
    let other = tale.socket("other", SocketKind::Tcp);
    tale.call(other, "connect", Effect::None, |tale| {
        tale.client().data(b"unrelated");
        tale.client().segment(SYN, 1, 0, b"");
    });
    assert_eq!(causes(&tale)[3..], [None, None]);
}

#[test]
fn a_datagram_and_the_icmp_about_it_are_the_sendtos() {
    use crate::packet::sample;
    let mut tale = Tale::new();
    let udp = tale.socket("u", SocketKind::Udp);
    let call = tale.called(udp, "sendto", "127.0.0.1:9000");
    let entered = Time(tale.time);
    tale.addressed(udp, Some("0.0.0.0:5353"), None);
    let frame = sample::udp();
    let number = tale.frame(frame.clone());
    tale.frame(sample::icmp_about(3, 3, &frame[14..]));
    tale.returned_since(call, entered, 5, sent(5));
    let told: Vec<_> = tale
        .story
        .moments()
        .filter_map(|moment| match &moment.what {
            What::Datagram(d) => Some((d.cause, d.names[0].text().to_owned(), None)),
            What::Icmp(i) => {
                Some((i.cause, i.about.as_ref().unwrap()[0].text().to_owned(), i.about_frame))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [(Some(call), "u".to_owned(), None), (Some(call), "u".to_owned(), Some(number))]
    );
}
