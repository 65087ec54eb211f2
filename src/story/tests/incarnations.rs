//! The same two addresses again: rule K6, TIME-WAIT and what follows it.

use insta::assert_snapshot;

use super::tale::{ACK, RST, RST_ACK, SYN, Tale};
use crate::story::{Contradiction, Side, Termination};
use crate::tcp::State;

/// RFC 9293, section 3.5.1, figure 9: half-open connection discovery.
#[test]
fn k6_an_end_that_starts_anew_finds_the_other_half_open() {
    let mut tale = Tale::open();
    tale.client().data(b"x");
    tale.server().ack();
    let (old_client, old_server) = (tale.client, tale.server);
    tale.restart_client(3_900_000_000);
    tale.client().forged().segment(SYN, 3_900_000_000, 0, b"");
    tale.server().ack();
    tale.client().forged().segment(RST, old_client.next, 0, b"");
    tale.restart_server(9_000_000);
    tale.client().syn();
    tale.server().syn_ack();
    tale.client().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED                ──▶ PSH,ACK  1:1    ──▶ ESTABLISHED
    ESTABLISHED                ◀── ACK      1:2    ◀── ESTABLISHED
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ESTABLISHED
    SYN-SENT                   ◀── ACK      1:2    ◀── ESTABLISHED
    SYN-SENT                   ──▶ RST      2      ──▶ ESTABLISHED → CLOSED
    SYN-SENT                   ──▶ SYN      0      ──▶ CLOSED
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── CLOSED → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ");

    let [old, new] = tale.story.connections() else { panic!("two connections") };
    assert_eq!(old.ends[0].visited(), [State::SynSent, State::Established, State::Closed]);
    assert_eq!(old.ends[1].visited(), [State::SynReceived, State::Established, State::Closed]);
    assert_eq!(old.termination, Termination::Reset(Side::A));
    assert_eq!(new.ends[1].visited(), [State::SynReceived, State::Established]);
    assert_eq!(new.termination, Termination::Open);
    let numbers: Vec<_> = tale.segments().iter().map(|s| (s.seq, s.ack)).collect();
    assert_eq!(numbers[6], (1, Some(2)), "the challenge counts as the old connection did");
    assert_eq!(numbers[7], (2, None), "and so does the reset that answers it");
    assert_eq!(old_server.next, 501);
}

#[test]
fn k6_a_syn_whose_sender_goes_on_as_before_was_forged() {
    let mut tale = Tale::open();
    let server = tale.server;
    tale.server().forged().segment(SYN, 700_000_000, 0, b"");
    assert_eq!(tale.story.connections().len(), 2);
    tale.client().ack();
    tale.client().data(b"still");
    tale.server().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED                ◀── SYN      0      ◀── ? → SYN-SENT
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-SENT
    ESTABLISHED                ──▶ PSH,ACK  1:1    ──▶ SYN-SENT
    ESTABLISHED                ◀── ACK      1:6    ◀── ESTABLISHED  sender not CLOSED
    ");
    assert_eq!(tale.last().connection, tale.story.connections()[0].id);
    assert_eq!(tale.last().acknowledges, Some(crate::trace::FrameNumber(6)));
    let old = &tale.story.connections()[0];
    assert_eq!(old.ends[1].visited(), [State::SynReceived, State::Established]);
    assert_eq!(old.ends[1].path.last().unwrap().undoes, Some(Contradiction::NewIncarnation));
    assert_eq!(old.ends[0].bytes, 5);
    let forged = &tale.story.connections()[1];
    assert!(forged.ends.iter().all(|end| end.visited().is_empty() && end.state.is_none()));
    assert_eq!(server.next, 501);
}

#[test]
fn k6_an_old_end_that_is_gone_answers_the_new_syn() {
    let mut tale = Tale::open();
    tale.restart_client(3_900_000_000);
    tale.restart_server(9_000_000);
    tale.handshake();
    let [old, new] = tale.story.connections() else { panic!("two connections") };
    assert_eq!(old.ends[1].state, Some(State::Closed));
    assert_eq!(new.ends[1].visited(), [State::SynReceived, State::Established]);
}

#[test]
fn k6_a_refused_new_syn_ends_the_old_end() {
    let mut tale = Tale::open();
    tale.restart_client(3_900_000_000);
    tale.client().syn();
    tale.server().segment(RST_ACK, 0, 3_900_000_001, b"");
    let [old, new] = tale.story.connections() else { panic!("two connections") };
    assert!(old.is_over() && new.is_over());
}

/// RFC 9293, section 3.6.1: TIME-WAIT may be reopened by a SYN beyond what was used; Linux does.
#[test]
fn a_time_wait_takes_a_later_syn() {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.handshake();
    tale.server().fin();
    tale.client().ack();
    tale.client().fin();
    tale.server().ack();
    assert_eq!(tale.states(), (Some(State::Closed), Some(State::TimeWait)));
    tale.restart_client(3_900_000_000);
    tale.restart_server(9_000_000);
    tale.handshake();
    assert_snapshot!(tale.told(), @r"
    server CLOSED → LISTEN Call(CallId(3))
    ? → SYN-SENT               ──▶ SYN      0      ──▶ LISTEN → SYN-RECEIVED
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED → CLOSE-WAIT   ◀── FIN,ACK  1:1    ◀── ESTABLISHED → FIN-WAIT-1
    CLOSE-WAIT                 ──▶ ACK      1:2    ──▶ FIN-WAIT-1 → FIN-WAIT-2
    CLOSE-WAIT → LAST-ACK      ──▶ FIN,ACK  1:2    ──▶ FIN-WAIT-2 → TIME-WAIT
    LAST-ACK → CLOSED          ◀── ACK      2:2    ◀── TIME-WAIT
    ? → SYN-SENT               ──▶ SYN      0      ──▶ LISTEN → SYN-RECEIVED
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ");
    let [old, _] = tale.story.connections() else { panic!("two connections") };
    assert_eq!(old.ends[1].state, Some(State::Closed));
    assert_eq!(old.ends[1].path.last().unwrap().change.rfc, Some("3.6.1"));
    assert_eq!(old.termination, Termination::Orderly(Side::B));
}

#[test]
fn a_time_wait_keeps_its_state_against_an_earlier_syn() {
    let mut tale = Tale::open();
    tale.server().fin();
    tale.client().ack();
    tale.client().fin();
    tale.server().ack();
    let old = tale.client;
    tale.restart_client(2_900_000_000);
    tale.client().syn();
    assert_eq!(tale.states(), (Some(State::SynSent), Some(State::TimeWait)));
    let server = tale.server;
    tale.server().segment(ACK, server.next, old.next, b"");
    tale.client().forged().segment(RST, old.next, 0, b"");
    assert_eq!(tale.states(), (Some(State::SynSent), Some(State::Closed)));
}

#[test]
fn after_a_reset_the_addresses_are_free() {
    let mut tale = Tale::open();
    tale.client().abort();
    tale.restart_client(3_900_000_000);
    tale.restart_server(9_000_000);
    tale.handshake();
    let [old, new] = tale.story.connections() else { panic!("two connections") };
    assert_eq!(old.termination, Termination::Reset(Side::A));
    assert_eq!(new.ends[1].visited(), [State::SynReceived, State::Established]);
    assert_eq!(old.segments, 4);
    assert_eq!(new.segments, 3);
}

#[test]
fn a_listener_that_starts_between_two_syns_takes_the_second() {
    let mut tale = Tale::new();
    tale.client().syn();
    assert_eq!(tale.states().1, None);
    tale.listener("server", "127.0.0.1:8899");
    tale.client().again();
    assert_eq!(tale.states().1, Some(State::SynReceived));
    assert_eq!(tale.last().names[1].text(), "server");
    assert_eq!(tale.story.connections().len(), 1);
}

/// A capture in which the answer stands before the question.
#[test]
fn a_syn_after_its_own_syn_ack_is_the_same_connection() {
    let mut tale = Tale::new();
    tale.server.expects = tale.client.next + 1;
    tale.server().syn_ack();
    tale.client().syn();
    tale.client().ack();
    assert_eq!(tale.story.connections().len(), 1);
    assert_eq!(tale.states(), (Some(State::Established), Some(State::Established)));
}

#[test]
fn after_a_forged_syn_the_sockets_are_still_those_of_the_old_connection() {
    let mut tale = Tale::new();
    let server = tale.listener("server", "127.0.0.1:8899");
    let (client, connect) = tale.connecting("client");
    tale.handshake();
    tale.returned(connect, 0, crate::trace::Effect::None);
    let (conn, _) = tale.accept(server, "conn");
    let old = tale.connection().id;
    tale.server().forged().segment(SYN, 700_000_000, 0, b"");
    tale.client().ack();
    tale.server().data(b"on");
    let owner = |socket| tale.story.socket(socket).unwrap().connection.map(|c| c.0);
    assert_eq!(owner(client), Some(old));
    assert_eq!(owner(conn), Some(old));
    assert_eq!(tale.last().names[0].text(), "conn");
}
