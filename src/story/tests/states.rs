//! The states of both ends, by RFC 9293.

use insta::assert_snapshot;

use super::tale::{ACK, FIN, RST, RST_ACK, SYN, SYN_ACK, Tale};
use crate::story::{Confidence, Termination};
use crate::story::{Side, StateCause, What};
use crate::tcp::State;

/// RFC 9293, section 3.5, figure 6, and section 3.6, figure 12.
#[test]
fn a_connection_opens_and_closes_in_the_order_of_the_book() {
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    tale.server().ack();
    tale.client().fin();
    tale.server().ack();
    tale.server().fin();
    tale.client().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED                ──▶ PSH,ACK  1:1    ──▶ ESTABLISHED
    ESTABLISHED                ◀── ACK      1:6    ◀── ESTABLISHED
    ESTABLISHED → FIN-WAIT-1   ──▶ FIN,ACK  6:1    ──▶ ESTABLISHED → CLOSE-WAIT
    FIN-WAIT-1 → FIN-WAIT-2    ◀── ACK      1:7    ◀── CLOSE-WAIT
    FIN-WAIT-2 → TIME-WAIT     ◀── FIN,ACK  1:7    ◀── CLOSE-WAIT → LAST-ACK
    TIME-WAIT                  ──▶ ACK      7:2    ──▶ LAST-ACK → CLOSED
    ");
    let connection = tale.connection();
    assert_eq!(connection.termination, Termination::Orderly(Side::A));
    assert_eq!(connection.opener, Some(Side::A));
    assert_eq!(connection.ends[0].visited().last(), Some(&State::TimeWait));
    assert_eq!(connection.ends[0].bytes, 5);
}

#[test]
fn three_segments_close_when_the_ack_rides_on_the_fin() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().fin();
    tale.client().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED → FIN-WAIT-1   ──▶ FIN,ACK  1:1    ──▶ ESTABLISHED → CLOSE-WAIT
    FIN-WAIT-1 → TIME-WAIT     ◀── FIN,ACK  1:2    ◀── CLOSE-WAIT → LAST-ACK
    TIME-WAIT                  ──▶ ACK      2:2    ──▶ LAST-ACK → CLOSED
    ");
    let path = tale.connection().ends[0].visited();
    assert_eq!(path[2..], [State::FinWait1, State::FinWait2, State::TimeWait]);
}

/// RFC 9293, section 3.6.1.
#[test]
fn an_end_that_has_closed_still_receives() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().ack();
    tale.server().data(b"more");
    tale.client().ack();
    tale.server().fin();
    tale.client().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED → FIN-WAIT-1   ──▶ FIN,ACK  1:1    ──▶ ESTABLISHED → CLOSE-WAIT
    FIN-WAIT-1 → FIN-WAIT-2    ◀── ACK      1:2    ◀── CLOSE-WAIT
    FIN-WAIT-2                 ◀── PSH,ACK  1:2    ◀── CLOSE-WAIT
    FIN-WAIT-2                 ──▶ ACK      2:5    ──▶ CLOSE-WAIT
    FIN-WAIT-2 → TIME-WAIT     ◀── FIN,ACK  5:2    ◀── CLOSE-WAIT → LAST-ACK
    TIME-WAIT                  ──▶ ACK      2:6    ──▶ LAST-ACK → CLOSED
    ");
}

/// RFC 9293, section 3.5, figure 7.
#[test]
fn both_open_at_once() {
    let mut tale = Tale::new();
    tale.client().syn();
    tale.server().syn();
    tale.client().segment(SYN_ACK, 3_000_000_000, 501, b"");
    tale.server().segment(SYN_ACK, 500, 3_000_000_001, b"");
    tale.client().ack();
    tale.server().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → SYN-RECEIVED    ◀── SYN      0      ◀── ? → SYN-SENT
    SYN-RECEIVED               ──▶ SYN,ACK  0:1    ──▶ SYN-SENT → ESTABLISHED
    SYN-RECEIVED → ESTABLISHED ◀── SYN,ACK  0:1    ◀── SYN-RECEIVED  sender not ESTABLISHED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED                ◀── ACK      1:1    ◀── ESTABLISHED
    ");
    assert!(tale.connection().simultaneous_open);
    assert_eq!(tale.connection().opener, Some(Side::A));
    assert_eq!(
        tale.connection().ends[1].visited(),
        [State::SynSent, State::SynReceived, State::Established]
    );
}

/// RFC 9293, section 3.6, figure 13: the kernel takes the same way (FIN-WAIT-1, CLOSING,
/// TIME-WAIT), whichever acknowledges first.
#[test]
fn both_close_at_once() {
    let mut tale = Tale::open();
    let (client, server) = (tale.client, tale.server);
    tale.client().fin();
    tale.server().segment(FIN, server.next, client.next, b"");
    tale.server().ack();
    tale.client().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED → FIN-WAIT-1   ──▶ FIN,ACK  1:1    ──▶ ESTABLISHED → CLOSE-WAIT
    FIN-WAIT-1 → CLOSING       ◀── FIN,ACK  1:1    ◀── ESTABLISHED → FIN-WAIT-1  sender not CLOSE-WAIT
    CLOSING → TIME-WAIT        ◀── ACK      2:2    ◀── FIN-WAIT-1 → CLOSING
    TIME-WAIT                  ──▶ ACK      2:2    ──▶ CLOSING → TIME-WAIT
    ");
    let closing = [State::FinWait1, State::Closing, State::TimeWait];
    assert_eq!(tale.connection().ends[0].visited()[2..], closing);
    assert_eq!(tale.connection().ends[1].visited()[2..], closing);
}

#[test]
fn both_close_at_once_and_the_first_acknowledges_first() {
    let mut tale = Tale::open();
    let (client, server) = (tale.client, tale.server);
    tale.client().fin();
    tale.server().segment(FIN, server.next, client.next, b"");
    tale.client().ack();
    tale.server().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED → FIN-WAIT-1   ──▶ FIN,ACK  1:1    ──▶ ESTABLISHED → CLOSE-WAIT
    FIN-WAIT-1 → CLOSING       ◀── FIN,ACK  1:1    ◀── ESTABLISHED → FIN-WAIT-1  sender not CLOSE-WAIT
    CLOSING                    ──▶ ACK      2:2    ──▶ FIN-WAIT-1 → TIME-WAIT
    CLOSING → TIME-WAIT        ◀── ACK      2:2    ◀── TIME-WAIT
    ");
    let closing = [State::FinWait1, State::Closing, State::TimeWait];
    assert_eq!(tale.connection().ends[0].visited()[2..], closing);
    assert_eq!(tale.connection().ends[1].visited()[2..], closing);
}

/// RFC 9293, section 3.5.3.
#[test]
fn a_port_where_nobody_listens_refuses() {
    let mut tale = Tale::new();
    tale.client().syn();
    tale.server().refuse();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → CLOSED          ◀── RST,ACK  1:1    ◀── ? → CLOSED
    ");
    assert_eq!(tale.connection().termination, Termination::Refused);
}

#[test]
fn a_listener_takes_the_syn_before_it_has_said_anything() {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.client().syn();
    tale.server().syn_ack();
    tale.client().ack();
    assert_snapshot!(tale.told(), @r"
    server CLOSED → LISTEN Call(CallId(3))
    ? → SYN-SENT               ──▶ SYN      0      ──▶ LISTEN → SYN-RECEIVED
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ");
}

/// RFC 9293, section 3.10.7.4: a passive OPEN returns to LISTEN, an active one to CLOSED.
#[test]
fn a_reset_handshake_returns_a_listener_to_listen() {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.client().syn();
    tale.server().syn_ack();
    tale.client().reset();
    assert_eq!(tale.states().1, Some(State::Listen));
    assert_eq!(tale.connection().termination, Termination::Reset(Side::A));
}

#[test]
fn one_end_talks_to_itself() {
    let mut tale = Tale::new();
    let own = tale.client.address;
    tale.server.address = own;
    let iss = tale.client.next;
    tale.client().segment(SYN, iss, 0, b"");
    tale.client().segment(SYN_ACK, iss, iss + 1, b"");
    tale.client().segment(ACK, iss + 1, iss + 1, b"");
    tale.client().segment(ACK, iss + 1, iss + 1, b"me");
    tale.client().segment(ACK, iss + 3, iss + 3, b"");
    tale.client().segment(FIN, iss + 3, iss + 3, b"");
    tale.client().segment(ACK, iss + 4, iss + 4, b"");
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ SYN-SENT → SYN-RECEIVED
    SYN-RECEIVED               ──▶ SYN,ACK  0:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ ESTABLISHED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ ESTABLISHED
    ESTABLISHED                ──▶ ACK      3:3    ──▶ ESTABLISHED
    ESTABLISHED → FIN-WAIT-1   ──▶ FIN,ACK  3:3    ──▶ FIN-WAIT-1 → CLOSING
    CLOSING                    ──▶ ACK      4:4    ──▶ CLOSING → TIME-WAIT
    ");
    let connection = tale.connection();
    assert!(connection.self_connected);
    assert_eq!(connection.ends[0].state, connection.ends[1].state);
    assert_eq!(connection.termination, Termination::Orderly(Side::A));
}

/// RFC 7413: the data changes no state.
#[test]
fn data_on_a_syn_changes_no_state() {
    let mut tale = Tale::new();
    tale.client().segment(SYN, 3_000_000_000, 0, b"GET /");
    tale.server().syn_ack();
    tale.client().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:6    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      6:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ");
    assert_eq!(tale.connection().ends[0].bytes, 5);
}

#[test]
fn data_on_a_syn_that_is_not_taken_is_sent_again_and_counts_once() {
    let mut tale = Tale::new();
    tale.client().segment(SYN, 3_000_000_000, 0, b"GET /");
    tale.server().segment(SYN_ACK, 500, 3_000_000_001, b"");
    tale.client().segment(ACK, 3_000_000_001, 501, b"GET /");
    assert_eq!(tale.connection().ends[0].bytes, 5);
    assert_eq!(tale.states(), (Some(State::Established), Some(State::Established)));
}

/// RFC 9293, sections 3.5.3 and 3.10.7.4.
#[test]
fn an_exact_reset_closes_in_every_synchronized_state() {
    type Way = fn(&mut Tale);
    let ways: [(State, Way); 7] = [
        (State::Established, |_| {}),
        (State::FinWait1, |tale| tale.server().fin()),
        (State::FinWait2, |tale| {
            tale.server().fin();
            tale.client().ack();
        }),
        (State::CloseWait, |tale| tale.client().fin()),
        (State::Closing, |tale| {
            let (client, server) = (tale.client, tale.server);
            tale.server().fin();
            tale.client().segment(FIN, client.next, server.next, b"");
        }),
        (State::LastAck, |tale| {
            tale.client().fin();
            tale.server().ack();
            tale.server().fin();
        }),
        (State::TimeWait, |tale| {
            tale.server().fin();
            tale.client().ack();
            tale.client().fin();
        }),
    ];
    for (state, way) in ways {
        let mut tale = Tale::open();
        way(&mut tale);
        assert_eq!(tale.states().1, Some(state));
        let (client, server) = (tale.client, tale.server);
        tale.client().segment(RST, client.next, 0, b"");
        assert_eq!(tale.states(), (Some(State::Closed), Some(State::Closed)), "{state}");

        let mut tale = Tale::open();
        way(&mut tale);
        tale.client().forged().segment(RST, client.next + 10, 0, b"");
        assert_eq!(tale.states().1, Some(state), "an inexact one is challenged in {state}");
        tale.client().forged().segment(RST_ACK, client.next.wrapping_sub(100), server.next, b"");
        assert_eq!(tale.states().1, Some(state), "an old one is ignored in {state}");
    }
}

/// RFC 9293, section 3.10.7.4 (RFC 5961, section 4).
#[test]
fn a_syn_in_a_live_connection_is_challenged() {
    let mut tale = Tale::open();
    tale.client().again();
    tale.server().ack();
    assert_eq!(tale.states(), (Some(State::Established), Some(State::Established)));
    assert_eq!(tale.story.connections().len(), 1);
}

/// RFC 9293, section 3.10.7.3.
#[test]
fn a_syn_sent_end_answers_a_bad_ack_with_rst_and_waits_on() {
    let mut tale = Tale::new();
    tale.client().syn();
    tale.server().segment(ACK, 77, 4711, b"");
    tale.client().segment(RST, 4711, 0, b"");
    assert_eq!(tale.states().0, Some(State::SynSent));
    tale.server().segment(RST_ACK, 0, 4711, b"");
    assert_eq!(tale.states().0, Some(State::SynSent), "a reset for another's SYN is ignored");
}

#[test]
fn a_fin_beyond_a_gap_waits_for_the_gap_to_close() {
    let mut tale = Tale::open();
    let (client, server) = (tale.client, tale.server);
    tale.client().segment(FIN, client.next + 5, server.next, b"");
    assert_eq!(tale.states().1, Some(State::Established));
    tale.client().segment(ACK, client.next, server.next, b"hello");
    assert_eq!(tale.states().1, Some(State::CloseWait));
    tale.server().segment(ACK, server.next, client.next + 6, b"");
    assert_eq!(tale.states(), (Some(State::FinWait2), Some(State::CloseWait)));
}

#[test]
fn a_fin_behind_what_the_capture_missed_counts_once_it_is_acknowledged() {
    let mut tale = Tale::open();
    let (client, server) = (tale.client, tale.server);
    tale.client().segment(FIN, client.next + 5, server.next, b"");
    tale.server().segment(ACK, server.next, client.next + 6, b"");
    assert_eq!(tale.states(), (Some(State::FinWait2), Some(State::CloseWait)));
}

#[test]
fn time_wait_stays_when_the_fin_comes_again() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().ack();
    tale.server().fin();
    tale.client().lost().ack();
    tale.server().again();
    assert_eq!(tale.states(), (Some(State::TimeWait), Some(State::LastAck)));
    tale.client().ack();
    assert_eq!(tale.states(), (Some(State::TimeWait), Some(State::Closed)));
}

#[test]
fn in_mid_connection_states_are_assumed() {
    let mut tale = Tale::new();
    tale.client.expects = 500;
    tale.server.expects = tale.client.next;
    tale.client().data(b"hello");
    assert_snapshot!(tale.told(), @"? → ESTABLISHED            ──▶ PSH,ACK  1:1    ──▶ ? → ESTABLISHED");
    assert_eq!(tale.last().states.from.confidence, Confidence::Assumed);
    assert_eq!(tale.connection().opener, None);
    tale.server().fin();
    tale.client().ack();
    tale.client().fin();
    tale.server().ack();
    assert_eq!(tale.states(), (Some(State::Closed), Some(State::TimeWait)));
    assert_eq!(tale.last().states.from.confidence, Confidence::Inferred);
}

#[test]
fn a_syn_ack_seen_first_says_that_the_other_end_opened() {
    let mut tale = Tale::new();
    tale.server.expects = tale.client.next;
    tale.server().syn_ack();
    assert_snapshot!(tale.told(), @"? → ESTABLISHED            ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED");
    assert_eq!(tale.connection().opener, Some(Side::B));
}

#[test]
fn listen_and_the_close_of_a_listener_are_told() {
    let mut tale = Tale::new();
    let server = tale.listener("server", "127.0.0.1:8899");
    let close = tale.call(server, "close", crate::trace::Effect::Closed, |_| {});
    assert_snapshot!(tale.told(), @r"
    server CLOSED → LISTEN Call(CallId(3))
    server LISTEN → CLOSED Call(CallId(4))
    ");
    let mut told = tale.story.moments().rev().filter_map(|moment| match &moment.what {
        What::State(state) => Some((state.change.rfc, state.because)),
        _ => None,
    });
    assert_eq!(told.next(), Some((Some("3.10.4"), StateCause::Call(close))));
}

/// A closed port is not a listener, and a bound socket isn't one either.
#[test]
fn a_bound_socket_that_does_not_listen_is_closed() {
    let mut tale = Tale::new();
    let server = tale.socket("server", crate::trace::SocketKind::Tcp);
    tale.addressed(server, Some("127.0.0.1:8899"), None);
    tale.connecting("client");
    tale.client().syn();
    assert_snapshot!(tale.told(), @"CLOSED → SYN-SENT          ──▶ SYN      0      ──▶ CLOSED");
    assert_eq!(tale.last().names[1].text(), "server");
}

#[test]
fn a_connect_that_is_closed_in_syn_sent_leaves_no_segment() {
    let mut tale = Tale::new();
    let (client, connect) = tale.connecting("client");
    tale.client().syn();
    tale.failed(connect, libc::EINTR);
    tale.call(client, "close", crate::trace::Effect::Closed, |_| {});
    assert_snapshot!(tale.told(), @r"
    CLOSED → SYN-SENT          ──▶ SYN      0      ──▶ ?
    client SYN-SENT → CLOSED Call(CallId(3))
    ");
}

#[test]
fn a_connect_that_times_out_is_closed() {
    let mut tale = Tale::new();
    let (_, connect) = tale.connecting("client");
    tale.client().syn();
    tale.failed(connect, libc::ETIMEDOUT);
    assert_eq!(tale.states().0, Some(State::Closed));
}

/// RFC 9293, section 3.10.4: FIN-WAIT-1 in any case, also while data holds the FIN back.
#[test]
fn a_fin_that_is_held_back_changes_the_state_all_the_same() {
    let mut tale = Tale::new();
    let (client, connect) = tale.connecting("client");
    tale.handshake();
    tale.returned(connect, 0, crate::trace::Effect::None);
    tale.client().data(b"fills the window");
    tale.call(client, "close", crate::trace::Effect::Closed, |_| {});
    assert_eq!(tale.states().0, Some(State::FinWait1));
    tale.server().ack();
    assert_eq!(tale.states().0, Some(State::FinWait1));
    tale.client().fin();
    tale.server().ack();
    assert_eq!(tale.states(), (Some(State::FinWait2), Some(State::CloseWait)));
}
