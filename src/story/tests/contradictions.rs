//! Captured is not received: rules K1 to K5, each with what proves it.

use insta::assert_snapshot;

use super::tale::{ACK, FIN, RST, Tale};
use crate::story::{Contradiction, Role, Termination};
use crate::tcp::State;

/// As a filter or a lossy wire makes it: the kernel's path of the server is FIN-WAIT-1, CLOSING,
/// TIME-WAIT, and the client's FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT.
#[test]
fn k1_a_fin_that_does_not_acknowledge_the_peers_never_saw_it() {
    let mut tale = Tale::open();
    tale.client().lost().fin();
    tale.server().lost().fin();
    tale.client().again();
    tale.server().ack();
    tale.server().again();
    tale.client().ack();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED → FIN-WAIT-1   ──▶ FIN,ACK  1:1    ──▶ ESTABLISHED → CLOSE-WAIT
    FIN-WAIT-1 → CLOSING       ◀── FIN,ACK  1:1    ◀── ESTABLISHED → FIN-WAIT-1  sender not CLOSE-WAIT
    FIN-WAIT-1                 ──▶ FIN,ACK  1:1    ──▶ FIN-WAIT-1 → CLOSING  sender not CLOSING
    FIN-WAIT-1 → FIN-WAIT-2    ◀── ACK      2:2    ◀── CLOSING
    FIN-WAIT-2 → TIME-WAIT     ◀── FIN,ACK  1:2    ◀── CLOSING
    TIME-WAIT                  ──▶ ACK      2:2    ──▶ CLOSING → TIME-WAIT
    ");
    assert_eq!(tale.correction(tale.server.address), Some(Contradiction::FinNotReceived));
    let connection = tale.connection();
    let path = |at: usize| connection.ends[at].visited()[2..].to_vec();
    assert_eq!(path(0), [State::FinWait1, State::FinWait2, State::TimeWait]);
    assert_eq!(path(1), [State::FinWait1, State::Closing, State::TimeWait]);
}

#[test]
fn k2_a_syn_again_never_saw_the_syn_ack() {
    let mut tale = Tale::new();
    tale.client().syn();
    tale.server().lost().syn_ack();
    tale.client().again();
    assert_eq!(tale.states(), (Some(State::SynSent), Some(State::SynReceived)));
    assert_eq!(tale.correction(tale.client.address), Some(Contradiction::SynAckNotReceived));
    tale.server().again();
    assert_eq!(tale.states().0, Some(State::Established));
}

#[test]
fn k3_a_syn_ack_again_never_saw_the_ack() {
    let mut tale = Tale::open();
    tale.server().again();
    assert_eq!(tale.states(), (Some(State::Established), Some(State::SynReceived)));
    assert_eq!(tale.correction(tale.server.address), Some(Contradiction::AckNotReceived));
    tale.client().ack();
    assert_eq!(tale.states().1, Some(State::Established));
}

#[test]
fn k3_data_and_fin_that_followed_a_lost_ack_had_not_come_either() {
    let mut tale = Tale::open();
    tale.client().lost().data(b"hello");
    tale.client().lost().fin();
    let expects = 3_000_000_001;
    tale.server.expects = expects;
    tale.server().again();
    assert_eq!(tale.states().1, Some(State::SynReceived));
    tale.client().segment(ACK, expects, 501, b"hello");
    assert_eq!(tale.states().1, Some(State::Established));
    tale.client().segment(FIN, expects + 5, 501, b"");
    assert_eq!(tale.states().1, Some(State::CloseWait));
}

/// The last ACK is lost: the kernel stays in LAST-ACK and sends its FIN again.
#[test]
fn k4_a_fin_again_after_its_ack_returns_to_last_ack() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().ack();
    tale.server().fin();
    tale.client().lost().ack();
    assert_eq!(tale.states().1, Some(State::Closed));
    tale.server().again();
    assert_eq!(tale.states(), (Some(State::TimeWait), Some(State::LastAck)));
    assert_eq!(tale.correction(tale.server.address), Some(Contradiction::AckOfFinNotReceived));
    assert_eq!(tale.connection().termination, Termination::Open);
    tale.client().ack();
    assert_eq!(tale.states(), (Some(State::TimeWait), Some(State::Closed)));
    assert!(matches!(tale.connection().termination, Termination::Orderly(_)));
}

#[test]
fn k4_a_fin_again_after_its_ack_returns_to_fin_wait_1() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().lost().ack();
    tale.client().again();
    assert_eq!(tale.states(), (Some(State::FinWait1), Some(State::CloseWait)));
    tale.server().ack();
    assert_eq!(tale.states(), (Some(State::FinWait2), Some(State::CloseWait)));
}

#[test]
fn k4_a_fin_again_that_has_the_peers_returns_to_closing() {
    let mut tale = Tale::open();
    let (client, server) = (tale.client, tale.server);
    tale.client().fin();
    tale.server().segment(FIN, server.next, client.next, b"");
    tale.server().lost().ack();
    tale.client().ack();
    assert_eq!(tale.states().0, Some(State::TimeWait));
    tale.client().again();
    assert_eq!(tale.states().0, Some(State::Closing));
}

#[test]
fn k4_a_fin_again_after_three_segments_has_seen_none_of_the_answer() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().lost().fin();
    assert_eq!(tale.states().0, Some(State::TimeWait));
    tale.client().again();
    assert_eq!(tale.states(), (Some(State::FinWait1), Some(State::LastAck)));
    tale.server().again();
    assert_eq!(tale.states(), (Some(State::TimeWait), Some(State::LastAck)));
}

/// RFC 9293, section 3.5.1: half-open.
#[test]
fn k5_an_end_that_goes_on_never_saw_the_reset() {
    let mut tale = Tale::open();
    let server = tale.server;
    tale.server().abort();
    assert_eq!(tale.states(), (Some(State::Closed), Some(State::Closed)));
    assert_eq!(tale.connection().termination, Termination::Reset(tale.last().from));
    tale.client().data(b"anybody there?");
    assert_eq!(tale.states(), (Some(State::Established), Some(State::Closed)));
    assert_eq!(tale.correction(tale.client.address), Some(Contradiction::ResetNotReceived));
    assert_eq!(tale.connection().termination, Termination::Open);
    tale.server().segment(RST, server.next, 0, b"");
    assert_eq!(tale.states(), (Some(State::Closed), Some(State::Closed)));
}

#[test]
fn k5_an_end_that_goes_on_after_a_reset_in_its_name_never_sent_it() {
    let mut tale = Tale::open();
    let server = tale.server;
    tale.server().forged().segment(RST, server.next + 10, 0, b"");
    tale.client().ack();
    assert_eq!(tale.states(), (Some(State::Established), Some(State::Closed)));
    tale.server().data(b"still here");
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED → ESTABLISHED
    ESTABLISHED                ◀── RST      11     ◀── ESTABLISHED → CLOSED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ CLOSED
    ESTABLISHED                ◀── PSH,ACK  1:1    ◀── ESTABLISHED  sender not CLOSED
    ");
    assert_eq!(tale.states(), (Some(State::Established), Some(State::Established)));
}

/// `tcp_abort_on_overflow`
#[test]
fn k7_a_bare_reset_in_answer_to_the_last_ack_shows_that_nothing_had_opened() {
    let mut tale = Tale::open();
    tale.server().reset();
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    SYN-SENT → ESTABLISHED     ◀── SYN,ACK  0:1    ◀── ? → SYN-RECEIVED
    ESTABLISHED                ──▶ ACK      1:1    ──▶ SYN-RECEIVED
    ESTABLISHED → CLOSED       ◀── RST      1      ◀── SYN-RECEIVED → CLOSED
    ");
    assert_eq!(tale.correction(tale.server.address), Some(Contradiction::NoRoom));
    assert!(tale.segments()[2].roles.contains(Role::NotTaken));
}

#[test]
fn a_reset_with_an_ack_or_at_data_comes_from_an_end_that_was_open() {
    let mut tale = Tale::open();
    tale.server().abort();
    assert_eq!(tale.last().states.from.before, Some(State::Established));
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    tale.server().reset();
    assert_eq!(tale.last().states.from.before, Some(State::Established));
    assert_eq!(tale.correction(tale.server.address), None);
}

#[test]
fn an_answer_from_a_closed_end_by_rst_takes_nothing_back() {
    let mut tale = Tale::open();
    tale.server().abort();
    let client = tale.client;
    tale.client().segment(RST, client.next, 0, b"");
    assert_eq!(tale.states(), (Some(State::Closed), Some(State::Closed)));
    assert_eq!(tale.correction(tale.client.address), None);
}

#[test]
fn the_path_without_what_was_disproved_is_what_really_happened() {
    let mut tale = Tale::new();
    tale.client().syn();
    tale.server().lost().syn_ack();
    tale.client().again();
    tale.server().again();
    tale.client().ack();
    let end = &tale.connection().ends[0];
    assert_eq!(end.visited(), [State::SynSent, State::Established]);
    let steps: Vec<_> = end.path.iter().map(|step| step.change.after.unwrap()).collect();
    let all = [State::SynSent, State::Established, State::SynSent, State::Established];
    assert_eq!(steps, all);
}
