//! Pictures: what learners see.

use std::net::SocketAddr;

use super::live;
use super::test_lab::{Lab, at, connected};
use super::test_moments::*;
use crate::packet::{SackBlock, SeqNumber, TcpOption};
use crate::story::{
    Change, Confidence, ConnectionId, KernelMoment, Role, SegmentMoment, Side, StateCause,
    StateMoment, Story, What,
};
use crate::tcp::State;
use crate::trace::{Deed, Effect, Fact, FrameNumber, Outcome, SocketKind};
use crate::view::look::Look;
use crate::view::specimen::end;

fn drawn(scene: &Scene, look: Look) -> String {
    live(&scene.moments, &Story::default(), look)
}

fn is(role: Role) -> impl FnOnce(&mut SegmentMoment) {
    move |m| m.roles.insert(role)
}

#[test]
fn a_close_whose_ack_comes_alone_begins_four_segments() {
    let (mut lab, client, conn) = connected();
    lab.news();
    let close = lab.call(client, "close", "");
    lab.tcp((at(40112), at(8899)), FIN_ACK, 1, 1, b"");
    lab.tcp((at(8899), at(40112)), ACK, 1, 2, b"");
    lab.returns(close, Outcome::Value(0), Effect::Closed);
    insta::assert_snapshot!(lab.drawn(LOOK), @r"
    client :40112                                            conn :8899
    ESTABLISHED                                              ESTABLISHED
    FIN-WAIT-1   ── FIN,ACK seq=1 ack=1 ───────────────────▶ CLOSE-WAIT      +5 µs
    FIN-WAIT-2   ◀─ ACK     ack=2 of FIN ───────────────────                +10 µs
    close(client) = 0                                                        15 µs
    ");
    let close = lab.call(conn, "close", "");
    lab.tcp((at(8899), at(40112)), FIN_ACK, 1, 2, b"");
    lab.tcp((at(40112), at(8899)), ACK, 2, 2, b"");
    lab.returns(close, Outcome::Value(0), Effect::Closed);
    insta::assert_snapshot!(lab.drawn(LOOK), @r"
    client :40112                                            conn :8899
    FIN-WAIT-2                                               CLOSE-WAIT
    TIME-WAIT    ◀─ FIN,ACK seq=1 ack=2 ──────────────────── LAST-ACK        +5 µs
                 ── ACK     ack=2 of FIN ──────────────────▶ CLOSED         +10 µs
    close(conn) = 0                                                          15 µs
    ");
}

#[test]
fn a_second_close_in_time_makes_it_three() {
    let (mut lab, client, conn) = connected();
    lab.news();
    let close = lab.call(client, "close", "");
    lab.tcp((at(40112), at(8899)), FIN_ACK, 1, 1, b"");
    lab.returns(close, Outcome::Value(0), Effect::Closed);
    lab.news();
    let close = lab.call(conn, "close", "");
    lab.tcp((at(8899), at(40112)), FIN_ACK, 1, 2, b"");
    lab.tcp((at(40112), at(8899)), ACK, 2, 2, b"");
    lab.returns(close, Outcome::Value(0), Effect::Closed);
    insta::assert_snapshot!(lab.drawn(LOOK), @r"
    client :40112                                            conn :8899
    FIN-WAIT-1                                               CLOSE-WAIT
    TIME-WAIT    ◀─ FIN,ACK seq=1 ack=2 of FIN ───────────── LAST-ACK        +5 µs
                 ── ACK     ack=2 of FIN ──────────────────▶ CLOSED         +10 µs
    close(conn) = 0                                                          15 µs
    ");
}

#[test]
fn a_delayed_ack_says_whose_it_is() {
    let (mut lab, client, _) = connected();
    let send = lab.call(client, "send", "\"hello\"");
    lab.tcp((at(40112), at(8899)), PSH_ACK, 1, 1, b"hello");
    lab.value(send, 5);
    lab.news();
    lab.wait(41_000);
    lab.tcp((at(8899), at(40112)), ACK, 1, 6, b"");
    let late = lab.news();
    insta::assert_snapshot!(live(&late, &lab.story, LOOK), @r#"
    client       late, from send(client, "hello")            conn
    ESTABLISHED  ◀─ ACK     ack=6 ────────────────────────── ESTABLISHED    +41 ms
    "#);
    insta::assert_snapshot!(live(&late, &lab.story, Look { width: 44, ..LOOK }), @r"
    client       late, from send(… conn
    ESTABLISHED  ◀ ACK ack=6 ───── ESTABLISHED
    ");
}

#[test]
fn a_late_segment_does_not_mix_with_the_next_commands() {
    let (mut lab, client, conn) = connected();
    let send = lab.call(client, "send", "\"hello\"");
    lab.tcp((at(40112), at(8899)), PSH_ACK, 1, 1, b"hello");
    lab.value(send, 5);
    lab.news();
    lab.wait(41_000);
    lab.tcp((at(8899), at(40112)), ACK, 1, 6, b"");
    let mut both = lab.news();
    let next = lab.call(conn, "send", "\"hi\"");
    lab.tcp((at(8899), at(40112)), PSH_ACK, 1, 6, b"hi");
    lab.value(next, 2);
    let news = lab.news();
    both.extend(news);
    insta::assert_snapshot!(live(&both, &lab.story, LOOK), @r#"
    client       late, from send(client, "hello")            conn
    ESTABLISHED  ◀─ ACK     ack=6 ────────────────────────── ESTABLISHED    +41 ms

    client :40112                                            conn :8899
    ESTABLISHED  ◀─ PSH,ACK seq=1 ack=6 len=2 "hi" ───────── ESTABLISHED     +5 µs
    send(conn, "hi") = 2                                                     10 µs
    "#);
}

#[test]
fn what_a_command_and_a_running_job_bring_about_is_one_story() {
    let (mut lab, client, conn) = connected();
    let job = lab.call(client, "send", "#5000000");
    lab.news();
    let recv = lab.call(conn, "recv", "9");
    lab.tcp((at(8899), at(40112)), ACK, 1, 1, b"");
    lab.tcp((at(40112), at(8899)), PSH_ACK, 1, 1, b"the rest");
    lab.value(recv, 9);
    let mut news = lab.news();
    for (place, cause) in [(1, recv), (2, job)] {
        if let What::Segment(segment) = &mut news[place].what {
            segment.cause = Some(cause);
        }
    }
    insta::assert_snapshot!(live(&news, &lab.story, LOOK), @r#"
    client :40112                                            conn :8899
                         with send(client, #5000000)
    ESTABLISHED  ◀─ ACK     ack=1 ────────────────────────── ESTABLISHED     +5 µs
                 ── PSH,ACK seq=1 ack=1 len=8 "the rest" ──▶                +10 µs
    recv(conn, 9) = 9                                                        15 µs
    "#);
}

/// What `recv()` lets go comes after the window update that lets it go, though another call sent it.
#[test]
fn what_an_earlier_call_sends_while_a_command_runs_is_in_its_place() {
    let (mut lab, client, conn) = connected();
    let send = lab.call(client, "send", "#6000");
    lab.value(send, 6000);
    lab.news();
    let recv = lab.call(conn, "recv", "9");
    lab.tcp((at(8899), at(40112)), ACK, 1, 1, b"");
    lab.tcp((at(40112), at(8899)), PSH_ACK, 1, 1, b"the rest");
    lab.value(recv, 9);
    let mut news = lab.news();
    for (place, cause) in [(1, recv), (2, send)] {
        if let What::Segment(segment) = &mut news[place].what {
            segment.cause = Some(cause);
        }
    }
    insta::assert_snapshot!(live(&news, &lab.story, LOOK), @r#"
    client :40112                                            conn :8899
                          with send(client, #6000)
    ESTABLISHED  ◀─ ACK     ack=1 ────────────────────────── ESTABLISHED     +5 µs
                 ── PSH,ACK seq=1 ack=1 len=8 "the rest" ──▶                +10 µs
    recv(conn, 9) = 9                                                        15 µs
    "#);
}

#[test]
fn an_unanswered_syn_is_sent_again() {
    let scene = Scene::new(Some(State::Closed), Some(State::Listen))
        .call("client", "connect", "127.0.0.1:8899")
        .passes(Side::A, 4, SYN, 0, 0, &[(Side::A, State::SynSent)])
        .passes_with(Side::A, 1_024_004, SYN, 0, 0, &[], is(Role::Retransmission))
        .passes_with(Side::A, 3_072_004, SYN, 0, 0, &[], is(Role::Retransmission))
        .returns(7_104_000, Outcome::Errno(libc::EINTR), Effect::None);
    insta::assert_snapshot!(drawn(&scene, LOOK), @r"
    client :40112                                            server :8899
    CLOSED                                                   LISTEN
    SYN-SENT     ── SYN     seq=0 ─────────────────────────▶                 +4 µs
                 ── again: SYN seq=0 ──────────────────────▶               +1.02 s
                 ── again: SYN seq=0 ──────────────────────▶               +3.07 s
    connect(client, 127.0.0.1:8899) = -1 EINTR (Interrupted system call)    7.10 s
    ");
}

#[test]
fn a_silent_end_is_a_question_mark_and_a_supposed_one_has_one() {
    let assumed = |m: &mut SegmentMoment| {
        let established = |before| Change {
            before,
            after: Some(State::Established),
            confidence: Confidence::Assumed,
            rfc: None,
        };
        m.states.from = established(None);
        m.states.to = Change { before: None, after: None, ..established(None) };
    };
    let scene =
        Scene::new(None, None).passes_with(Side::A, 0, PSH_ACK, 1, 1, &[], assumed).passes_with(
            Side::B,
            20,
            RST,
            1,
            0,
            &[(Side::A, State::Closed), (Side::B, State::Closed)],
            is(Role::Reset),
        );
    insta::assert_snapshot!(drawn(&scene, LOOK), @r"
    client       not from a call                             server
    ?                                                        ?
    ESTABLISHED? ── PSH,ACK ack=1 ─────────────────────────▶                 +0 µs
    CLOSED       ✗─ RST     seq=1 ────────────────────────── CLOSED         +20 µs
    ");
}

#[test]
fn udp_has_no_states_and_a_closed_port_answers_by_icmp() {
    let mut lab = Lab::new();
    let client = lab.socket("client", SocketKind::Udp);
    lab.news();
    let call = lab.call(client, "sendto", "127.0.0.1:9999, \"anyone?\"");
    lab.addressed(client, at(53211), None);
    let sent = lab.udp(at(53211), at(9999), b"anyone?");
    lab.port_unreachable(at(9999), at(53211), &sent);
    lab.value(call, 7);
    let news = lab.news();
    insta::assert_snapshot!(live(&news, &lab.story, LOOK), @r#"
    client :53211                                            :9999
                 ── UDP len=7 "anyone?" ───────────────────▶                +10 µs
                 ◀─ ICMP port unreachable ──────────────────                +15 µs
    sendto(client, 127.0.0.1:9999, "anyone?") = 7                            20 µs
    "#);
    insta::assert_snapshot!(live(&news, &lab.story, Look { width: 44, ..LOOK }), @r#"
    client :53211                  :9999
                 ─ UDP len=7 ────▶
                 ◀ ICMP ──────────
      sendto(client, 127.0.0.1:9999, "anyon… = 7
    "#);
}

#[test]
fn udp_between_two_sockets_keeps_its_sides() {
    let mut lab = Lab::new();
    let one = lab.socket("one", SocketKind::Udp);
    let two = lab.socket("two", SocketKind::Udp);
    lab.addressed(one, at(5001), None);
    lab.addressed(two, at(5002), None);
    lab.udp(at(5001), at(5002), b"there");
    lab.news();
    let call = lab.call(two, "sendto", "127.0.0.1:5001, \"and back\"");
    lab.udp(at(5002), at(5001), b"and back");
    lab.value(call, 8);
    insta::assert_snapshot!(lab.drawn(LOOK), @r#"
    one :5001                                                two :5002
                 ◀─ UDP len=8 "and back" ───────────────────                 +5 µs
    sendto(two, 127.0.0.1:5001, "and back") = 8                              10 µs
    "#);
    let call = lab.call(one, "recvfrom", "4");
    let data = b"and ".as_slice().into();
    let from = Some(crate::trace::Address::Ip(at(5002)));
    let effect = Effect::Received { data, from, peeked: false, truncated_from: Some(8) };
    lab.returns(call, Outcome::Value(4), effect);
    insta::assert_snapshot!(lab.drawn(LOOK), @r#"
      recvfrom(one, 4) = 4  "and "  of 8 bytes  from 127.0.0.1:5002             5 µs
    "#);
    insta::assert_snapshot!(super::whole(&lab.story, None, LOOK), @r#"
    calls without packets
       0 µs socket(udp) = 3
      10 µs socket(udp) = 4

    datagrams · one 127.0.0.1:5001 → two 127.0.0.1:5002
            one                                                        two
       0 µs              ── UDP len=5 "there" ───────────────────────▶
       5 µs                       sendto(127.0.0.1:5001, "and back") ┐
      10 µs              ◀─ UDP len=8 "and back" ────────────────────┤
      15 µs                                               sendto = 8 ┘
      20 µs              ╶ recvfrom(4) = 4  "and "  of 8 bytes
    "#);
}

#[test]
fn ipv6_addresses_are_ports_where_there_is_one_host() {
    let v6 = |port: u16| SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port));
    let mut lab = Lab::new();
    lab.listener("server", SocketKind::Tcp6, v6(8899));
    let client = lab.socket("client", SocketKind::Tcp6);
    lab.news();
    let call = lab.call(client, "connect", "[::1]:8899");
    lab.addressed(client, v6(40112), Some(v6(8899)));
    lab.tcp((v6(40112), v6(8899)), SYN, 0, 0, b"");
    lab.tcp((v6(8899), v6(40112)), SYN_ACK, 0, 1, b"");
    lab.tcp((v6(40112), v6(8899)), ACK, 1, 1, b"");
    lab.value(call, 0);
    let news = lab.news();
    insta::assert_snapshot!(live(&news, &lab.story, LOOK), @r"
    client :40112                                            server :8899
    CLOSED                                                   LISTEN
    SYN-SENT     ── SYN     seq=0 mss=1460 ws=7 ───────────▶ SYN-RECEIVED   +10 µs
    ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 ──────                +15 µs
                 ── ACK     ack=1 ─────────────────────────▶ ESTABLISHED    +20 µs
    connect(client, [::1]:8899) = 0                                          25 µs
    ");
    insta::assert_snapshot!(live(&news, &lab.story, Look { width: 110, ..LOOK }), @r"
    client [::1]:40112                                                                     server [::1]:8899
    CLOSED                                                                                 LISTEN
    SYN-SENT     ── SYN     seq=0 mss=1460 ws=7 win=512 ─────────────────────────────────▶ SYN-RECEIVED   +10 µs
    ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 win=512 ────────────────────────────                +15 µs
                 ── ACK     ack=1 win=65536 ─────────────────────────────────────────────▶ ESTABLISHED    +20 µs
    connect(client, [::1]:8899) = 0                                                                        25 µs
    ");
}

#[test]
fn a_long_run_of_data_folds_but_not_what_is_surprising_in_it() {
    let mut scene = Scene::connected().call("client", "send", "#50000");
    let block: &'static [u8] = &[b'a'; 1448];
    for n in 0..20 {
        scene = scene.passes_with(Side::A, 3 + n, ACK, 1 + n as u32 * 1448, 1, &[], carries(block));
    }
    scene = scene.passes(Side::B, 60, ACK, 1, 28_961, &[]).passes_with(
        Side::B,
        61,
        ACK,
        1,
        28_961,
        &[],
        is(Role::DuplicateAck),
    );
    for n in 20..30 {
        scene =
            scene.passes_with(Side::A, 80 + n, ACK, 1 + n as u32 * 1448, 1, &[], carries(block));
    }
    let scene = scene.returns(
        120,
        Outcome::Value(43_440),
        Effect::Sent { taken: 43_440, asked: 50_000, urgent: false },
    );
    insta::assert_snapshot!(drawn(&scene, LOOK), @r#"
    client :40112                                            server :8899
    ESTABLISHED  ── ACK     seq=1 ack=1 len=1448 "aaaaa"… ─▶ ESTABLISHED     +3 µs
                 ── ACK     seq=1449 len=1448 "aaaaaaaa"… ─▶                 +4 µs
                       ⋮ 18 segments, 26 kB, all ACKed
                 ◀─ ACK     ack=28961 ──────────────────────                +60 µs
                 ◀─ duplicate: ACK ack=28961 ───────────────                +61 µs
                 ── ACK     seq=28961 len=1448 "aaaaaaa"… ─▶               +100 µs
                 ── ACK     seq=30409 len=1448 "aaaaaaa"… ─▶               +101 µs
                     ⋮ 7 segments, 10 kB, not ACKed here
                 ── ACK     seq=41993 len=1448 "aaaaaaa"… ─▶               +109 µs
    send(client, #50000) = 43440  of 50000 bytes                            120 µs
    "#);
}

#[test]
fn several_connections_are_several_ladders() {
    let mut lab = Lab::new();
    let server = lab.listener("server", SocketKind::Tcp, at(8899));
    for (name, port) in [("alice", 40001), ("bob", 40002)] {
        let client = lab.socket(name, SocketKind::Tcp);
        let call = lab.call(client, "connect", "127.0.0.1:8899");
        lab.addressed(client, at(port), Some(at(8899)));
        lab.tcp((at(port), at(8899)), SYN, 0, 0, b"");
        lab.tcp((at(8899), at(port)), SYN_ACK, 0, 1, b"");
        lab.tcp((at(port), at(8899)), ACK, 1, 1, b"");
        lab.value(call, 0);
    }
    lab.news();
    let close = lab.call(server, "close", "");
    lab.tcp((at(8899), at(40001)), RST_ACK, 1, 1, b"");
    lab.tcp((at(8899), at(40002)), RST_ACK, 1, 1, b"");
    lab.returns(close, Outcome::Value(0), Effect::Closed);
    insta::assert_snapshot!(lab.drawn(LOOK), @r"
    alice :40001                                             server :8899
    ESTABLISHED                                              ESTABLISHED
    CLOSED       ✗─ RST,ACK seq=1 ack=1 ──────────────────── CLOSED          +5 µs

    bob :40002                                               server :8899
    ESTABLISHED                                              ESTABLISHED
    CLOSED       ✗─ RST,ACK seq=1 ack=1 ──────────────────── CLOSED         +10 µs
    server: LISTEN → CLOSED
    close(server) = 0                                                        15 µs
    ");
}

#[test]
fn what_the_kernel_says_and_what_was_said_too_soon_stand_on_rows_of_their_own() {
    let mut scene = Scene::connected().call("client", "close", "").passes(
        Side::A,
        4,
        FIN_ACK,
        6,
        1,
        &[(Side::A, State::FinWait1), (Side::B, State::CloseWait)],
    );
    let taken_back = Change {
        before: Some(State::CloseWait),
        after: Some(State::Established),
        confidence: Confidence::Inferred,
        rfc: None,
    };
    scene = scene.passes_with(
        Side::B,
        20,
        FIN_ACK,
        1,
        6,
        &[(Side::A, State::Closing), (Side::B, State::FinWait1)],
        |m| m.corrections.push((Side::B, taken_back)),
    );
    scene.push(
        30,
        What::Kernel(KernelMoment {
            connection: ConnectionId(0),
            side: Side::B,
            end: end("server"),
            inferred: Some(State::FinWait1),
            kernel: Some(State::Closing),
        }),
    );
    scene.push(
        31,
        What::State(StateMoment {
            connection: Some((ConnectionId(0), Side::A)),
            end: end("client"),
            change: Change {
                before: Some(State::Closing),
                after: Some(State::TimeWait),
                confidence: Confidence::Kernel,
                rfc: None,
            },
            because: StateCause::Kernel,
        }),
    );
    insta::assert_snapshot!(drawn(&scene.returns(35, Outcome::Value(0), Effect::Closed), LOOK), @r"
    client :40112                                            server :8899
    ESTABLISHED                                              ESTABLISHED
    FIN-WAIT-1   ── FIN,ACK seq=6 ack=1 ───────────────────▶ CLOSE-WAIT      +4 µs
                                  not CLOSE-WAIT after all   ESTABLISHED
    CLOSING      ◀─ FIN,ACK seq=1 ack=6 ──────────────────── FIN-WAIT-1     +20 µs
                                 kernel: server is CLOSING                  +30 µs
    TIME-WAIT      says the kernel                                          +31 µs
    close(client) = 0                                                        35 µs
    ");
}

#[test]
fn a_state_that_changed_without_a_segment_is_one_line() {
    let mut lab = Lab::new();
    let server = lab.socket("server", SocketKind::Tcp);
    lab.news();
    let call = lab.call(server, "listen", "5");
    lab.returns(call, Outcome::Value(0), Effect::Listening { backlog: 5 });
    insta::assert_snapshot!(lab.drawn(LOOK), @r"
    server: CLOSED → LISTEN
    listen(server, 5) = 0                                                     5 µs
    ");
}

#[test]
fn the_arithmetic_stands_below_the_arrow() {
    let mut frames = Vec::new();
    let mut scene = Scene::connected()
        .call("client", "send", "\"hello\"")
        .passes_with(Side::A, 3, PSH_ACK, 1, 1, &[], carries(b"hello"))
        .passes_with(Side::B, 12, ACK, 1, 6, &[], |m| frames.push(m.frame));
    let sent = match &scene.moments[1].what {
        What::Segment(segment) => segment.frame,
        _ => unreachable!("a segment was sent"),
    };
    if let What::Segment(segment) = &mut scene.moments[2].what {
        segment.acknowledges = Some(sent);
    }
    let scene = scene.returns(20, Outcome::Value(5), Effect::None);
    insta::assert_snapshot!(drawn(&scene, Look { arithmetic: true, ..LOOK }), @r#"
    client :40112                                            server :8899
    ESTABLISHED  ── PSH,ACK seq=1 ack=1 len=5 "hello" ─────▶ ESTABLISHED     +3 µs
                 ◀─ ACK     ack=6 ──────────────────────────                +12 µs
                    ack 6 = seq 1 + 5 bytes
    send(client, "hello") = 5                                                20 µs
    "#);
    insta::assert_snapshot!(drawn(&scene, Look { arithmetic: true, raw_seq: true, ..LOOK }), @r#"
    client :40112                                            server :8899
    ESTABLISHED  ── PSH,ACK seq=1001 len=5 "hello" ────────▶ ESTABLISHED     +3 µs
                 ◀─ ACK     ack=1006 ───────────────────────                +12 µs
                    ack 1006 = seq 1001 + 5 bytes
    send(client, "hello") = 5                                                20 µs
    "#);
}

#[test]
fn what_is_out_of_the_ordinary_has_a_word() {
    let sack = |m: &mut SegmentMoment| {
        m.roles.insert(Role::DuplicateAck);
        let block = SackBlock { left: SeqNumber(1000 + 2897), right: SeqNumber(1000 + 4345) };
        m.segment.options = [TcpOption::Sack(vec![block])].into_iter().collect();
    };
    let window = |role, window| {
        move |m: &mut SegmentMoment| {
            m.roles.insert(role);
            m.window = window;
        }
    };
    let scene = Scene::connected()
        .passes_with(Side::B, 0, ACK, 1, 1449, &[], sack)
        .passes_with(Side::A, 20, PSH_ACK, 1, 1, &[], |m| {
            m.roles.insert(Role::FastRetransmission);
            carries(b"a line of text that is rather long")(m);
        })
        .passes_with(Side::B, 40, ACK, 1, 4345, &[], window(Role::ZeroWindow, 0))
        .passes_with(Side::A, 240_000, ACK, 4344, 1, &[], is(Role::ZeroWindowProbe))
        .passes_with(Side::B, 240_010, ACK, 1, 4345, &[], window(Role::WindowUpdate, 65536))
        .passes_with(Side::A, 300_000, ACK, 4344, 1, &[], is(Role::KeepAlive))
        .passes_with(Side::B, 300_020, ACK, 1, 4345, &[], is(Role::ProbeAnswer));
    insta::assert_snapshot!(drawn(&scene, LOOK), @r"
    client       not from a call                             server
    ESTABLISHED  ◀─ duplicate: ACK ack=1449 ──────────────── ESTABLISHED     +0 µs
                 ── again, fast: PSH,ACK seq=1 len=34 ─────▶                +20 µs
                 ◀─ zero window: ACK ack=4345 win=0 ────────                +40 µs
                 ── window probe: ACK seq=4344 ack=1 ──────▶               +240 ms
                 ◀─ window update: ACK ack=4345 win=65536 ──               +240 ms
                 ── keep-alive: ACK seq=4344 ack=1 ────────▶               +300 ms
                 ◀─ answer to probe: ACK ack=4345 ──────────               +300 ms
    ");
}

mod any {
    //! Every row fits, whatever happens.

    use proptest::prelude::*;

    use super::super::test_lab::{Lab, at};
    use super::super::{live, whole};
    use crate::packet::Flags;
    use crate::story::{Role, What};
    use crate::trace::{Effect, Outcome, SocketKind};
    use crate::view::look::Look;
    use unicode_width::UnicodeWidthStr;

    const ROLES: [Role; 8] = [
        Role::Retransmission,
        Role::SpuriousRetransmission,
        Role::ZeroWindow,
        Role::WindowUpdate,
        Role::AckOfFin,
        Role::ZeroWindowProbe,
        Role::Refusal,
        Role::DuplicateAck,
    ];

    /// One thing that happens: of which kind, and numbers to choose by.
    type Step = (u8, u16, u32, u32, Vec<u8>, u64);

    fn happens(lab: &mut Lab, step: &Step) {
        let (kind, flags, seq, ack, data, wait) = step;
        let sockets = ["client", "c\u{1b}[31m", "客户端", "a-very-long-name-for-a-socket"];
        let ends = (at(40112), at(8899));
        let ends = if kind % 2 == 0 { ends } else { (ends.1, ends.0) };
        let args = String::from_utf8_lossy(data).into_owned();
        match kind / 2 {
            0 => {
                let socket = lab.socket(sockets[usize::from(flags % 4)], SocketKind::Tcp);
                lab.addressed(socket, ends.0, Some(ends.1));
                let call = lab.call(socket, "connect", &args);
                lab.tcp(ends, Flags(*flags & 0x1f), *seq, *ack, data);
                lab.returns(call, Outcome::Errno((ack % 140) as i32), Effect::None);
            }
            1 => {
                let socket = lab.socket(sockets[usize::from(flags % 4)], SocketKind::Tcp);
                let call = lab.call(socket, "recv", &args);
                let truncated_from = (flags % 2 == 0).then_some(*seq as usize);
                let from = Some(crate::trace::Address::Path(args.into()));
                let data = data.as_slice().into();
                let effect = Effect::Received { data, from, peeked: false, truncated_from };
                lab.returns(call, Outcome::Value(i64::from(*ack)), effect);
            }
            2 => {
                let sent = lab.udp(ends.0, ends.1, data);
                lab.port_unreachable(ends.1, ends.0, &sent);
            }
            _ => lab.tcp(ends, Flags(*flags & 0x1f), *seq, *ack, data),
        }
        lab.wait(*wait);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn every_row_fits_and_ascii_is_ascii(
            steps in proptest::collection::vec(
                (0..20_u8, any::<u16>(), any::<u32>(), 0..100_000_u32,
                 proptest::collection::vec(any::<u8>(), 0..90), 0..9_000_000_u64),
                0..40,
            ),
            width in 40..200_usize,
            ascii: bool,
            raw_seq: bool,
            arithmetic: bool,
        ) {
            let look = Look { width, ascii, raw_seq, arithmetic, colour: false };
            let mut lab = Lab::new();
            for step in &steps {
                happens(&mut lab, step);
            }
            let mut news = lab.news();
            for (moment, step) in news.iter_mut().zip(&steps) {
                if let What::Segment(segment) = &mut moment.what {
                    segment.roles.insert(ROLES[usize::from(step.1 % 8)]);
                }
            }
            for drawn in [live(&news, &lab.story, look), whole(&lab.story, None, look)] {
                for line in drawn.lines() {
                    prop_assert!(line.width() <= width, "{}: {line}", line.width());
                    prop_assert!(!line.contains(char::is_control), "{line:?}");
                    prop_assert!(line.is_ascii() || !ascii, "{line}");
                }
            }
        }
    }
}

/// RFC 9293, section 3.6, figure 13: at each half-step both ends' states.
#[test]
fn two_fins_cross_on_the_wire() {
    let (mut lab, client, conn) = connected();
    lab.fact(Fact::Interposed { on: true });
    let (there, back) = ((at(40112), at(8899)), (at(8899), at(40112)));
    let wire =
        |lab: &mut Lab, frame, deed| lab.fact(Fact::Wire { frame: FrameNumber(frame), deed });
    let close = |lab: &mut Lab, socket, ends, frame| {
        let call = lab.call(socket, "close", "");
        lab.tcp(ends, FIN_ACK, 1, 1, b"");
        wire(lab, frame, Deed::Held);
        lab.returns(call, Outcome::Value(0), Effect::Closed);
    };
    close(&mut lab, client, there, 4);
    close(&mut lab, conn, back, 5);
    lab.news();
    wire(&mut lab, 4, Deed::Delivered);
    lab.tcp(back, ACK, 2, 2, b"");
    wire(&mut lab, 6, Deed::Held);
    wire(&mut lab, 5, Deed::Delivered);
    lab.tcp(there, ACK, 2, 2, b"");
    wire(&mut lab, 7, Deed::Held);
    insta::assert_snapshot!(lab.drawn(LOOK), @r"
    client :40112                                            conn :8899
    FIN-WAIT-1   ⏸─ FIN,ACK seq=1 ack=1 ───────────────────▶ CLOSING         +0 µs
    FIN-WAIT-1                 #6 ⏸─ ACK     ack=2 of FIN ── CLOSING         +5 µs
    CLOSING      ◀─ FIN,ACK seq=1 ack=1 ───────────────────⏸ CLOSING        +15 µs
                 ── ACK     ack=2 of FIN ─⏸ #7                              +20 µs
    ");
    wire(&mut lab, 6, Deed::Delivered);
    wire(&mut lab, 7, Deed::Delivered);
    insta::assert_snapshot!(lab.drawn(LOOK), @r"
    client :40112                                            conn :8899
    TIME-WAIT    ◀─ ACK     ack=2 of FIN ──────────────────⏸ CLOSING         +0 µs
    TIME-WAIT    ⏸─ ACK     ack=2 of FIN ──────────────────▶ TIME-WAIT       +5 µs
    ");
    let whole = super::whole(&lab.story, Some(client), Look { width: 200, ..LOOK });
    let title = whole.lines().find(|line| line.contains("connection 1")).unwrap();
    assert!(title.ends_with("both closed at once"), "{title}");
}

#[test]
fn a_loss_leaves_both_ends_where_they_are() {
    let (mut lab, client, _) = connected();
    lab.fact(Fact::Interposed { on: true });
    let call = lab.call(client, "send", "\"hello\"");
    lab.tcp((at(40112), at(8899)), PSH_ACK, 1, 1, b"hello");
    lab.fact(Fact::Wire { frame: FrameNumber(4), deed: Deed::Held });
    lab.value(call, 5);
    lab.news();
    lab.fact(Fact::Wire { frame: FrameNumber(4), deed: Deed::Dropped });
    insta::assert_snapshot!(lab.drawn(LOOK), @r#"
    client :40112                                            conn :8899
    ESTABLISHED  ── PSH,ACK seq=1 len=5 "hello" ─✗ lost      ESTABLISHED     +0 µs
    "#);
}
