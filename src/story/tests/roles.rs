//! What a segment really is, where its flags and Wireshark's analysis say less, or something else.

use etherparse::PacketBuilder;

use super::tale::{ACK, FIN, RST, SYN, SYN_ACK, Tale};
use crate::story::Role;

/// The roles of the last segment, and Wireshark's flags beside them.
fn last(tale: &Tale) -> (Vec<&'static str>, Vec<&'static str>) {
    let last = tale.last();
    (last.roles.iter().map(Role::word).collect(), last.analysis.clone())
}

fn roles(tale: &Tale) -> Vec<Vec<&'static str>> {
    tale.segments().iter().map(|s| s.roles.iter().map(Role::word).collect()).collect()
}

#[test]
fn an_ordinary_conversation_has_ordinary_roles() {
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    tale.server().ack();
    tale.client().fin();
    tale.server().ack();
    tale.server().fin();
    tale.client().ack();
    let expected: [&[&str]; 9] = [
        &["syn"],
        &["syn-ack"],
        &["handshake-ack"],
        &["data"],
        &["ack"],
        &["fin"],
        &["ack-of-fin"],
        &["fin"],
        &["ack-of-fin"],
    ];
    assert_eq!(roles(&tale), expected);
    assert!(tale.segments().iter().all(|segment| segment.analysis.is_empty()));
}

#[test]
fn a_fin_can_carry_the_ack_of_the_other() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().fin();
    assert_eq!(last(&tale).0, ["fin", "ack-of-fin"]);
}

#[test]
fn an_rst_to_a_syn_is_a_refusal_and_any_other_a_reset() {
    let mut tale = Tale::new();
    tale.client().syn();
    tale.server().refuse();
    assert_eq!(last(&tale).0, ["refusal"]);
    let mut tale = Tale::open();
    tale.server().abort();
    assert_eq!(last(&tale).0, ["reset"]);
}

#[test]
fn data_comes_again_needlessly_or_fast() {
    let mut tale = Tale::open();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.client().data(b"hello");
    tale.wait(200_000_000);
    tale.client().segment(ACK, seq, ack, b"hello");
    assert_eq!(last(&tale), (vec!["retransmission"], vec!["retransmission"]));
    tale.server().ack();
    tale.client().segment(ACK, seq, ack, b"hello");
    assert_eq!(last(&tale).0, ["spurious-retransmission"]);

    let mut tale = Tale::open();
    tale.server().ack();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.client().lost().data(b"one");
    for _ in 0..3 {
        tale.client().data(b"more");
        let expects = seq;
        tale.server().segment(ACK, ack, expects, b"");
        assert_eq!(last(&tale).0, ["duplicate-ack"]);
    }
    tale.client().segment(ACK, seq, ack, b"one");
    assert_eq!(last(&tale).0, ["fast-retransmission"]);
}

#[test]
fn one_byte_that_is_not_acknowledged_is_sent_again_and_no_keep_alive() {
    let mut tale = Tale::open();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.client().data(b"x");
    tale.wait(200_000_000);
    tale.client().segment(ACK, seq, ack, b"x");
    assert_eq!(last(&tale), (vec!["retransmission"], vec!["keep_alive"]));
}

#[test]
fn a_keep_alive_and_its_answer() {
    let mut tale = Tale::open();
    tale.server().ack();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.client().segment(ACK, seq - 1, ack, b"");
    assert_eq!(last(&tale), (vec!["keep-alive"], vec!["keep_alive"]));
    tale.server().ack();
    assert_eq!(last(&tale), (vec!["probe-answer"], vec!["keep_alive_ack"]));
}

/// D1
#[test]
fn below_a_closed_window_a_keep_alive_is_a_probe() {
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    tale.server.window = 0;
    tale.server().ack();
    assert_eq!(last(&tale).0, ["ack", "zero-window"]);
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.wait(200_000_000);
    tale.client().segment(ACK, seq - 1, ack, b"");
    assert_eq!(last(&tale), (vec!["zero-window-probe"], vec!["keep_alive"]));
    tale.server().ack();
    assert_eq!(last(&tale).0, ["probe-answer", "zero-window"]);
    tale.server.window = 64240;
    tale.server().ack();
    assert_eq!(last(&tale), (vec!["window-update"], vec!["window_update"]));
}

/// D2
#[test]
fn a_syn_ack_that_repeats_its_senders_syn_is_a_simultaneous_open() {
    let mut tale = Tale::new();
    tale.client().syn();
    tale.server().syn();
    assert_eq!(last(&tale).0, ["simultaneous-open", "syn"]);
    let (seq, ack) = (tale.client.next - 1, tale.server.next);
    tale.client().segment(SYN_ACK, seq, ack, b"");
    assert_eq!(last(&tale).0, ["simultaneous-open", "syn-ack"]);
    assert!(last(&tale).1.contains(&"retransmission") || last(&tale).1.contains(&"out_of_order"));
}

/// D3
#[test]
fn bytes_that_were_captured_before_are_no_reordering() {
    let mut tale = Tale::open();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.client().data(b"one");
    tale.client().data(b"two");
    tale.client().segment(ACK, seq, ack, b"one");
    assert_eq!(last(&tale), (vec!["retransmission"], vec!["out_of_order"]));
}

#[test]
fn bytes_that_come_late_for_the_first_time_are_out_of_order() {
    let mut tale = Tale::open();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.client().segment(ACK, seq + 3, ack, b"two");
    tale.client().segment(ACK, seq, ack, b"one");
    assert_eq!(last(&tale), (vec!["out-of-order", "data"], vec!["out_of_order"]));
}

/// D4
#[test]
fn a_segment_that_was_captured_twice_is_no_retransmission() {
    let frame = |id: u16| {
        let ip = etherparse::Ipv4Header::new(
            25,
            64,
            etherparse::IpNumber::TCP,
            [127, 0, 0, 1],
            [127, 0, 0, 1],
        );
        let ip = etherparse::Ipv4Header { identification: id, ..ip.unwrap() };
        let mut bytes = Vec::new();
        PacketBuilder::ethernet2([0; 6], [0; 6])
            .ip(etherparse::IpHeaders::Ipv4(ip, etherparse::Ipv4Extensions::default()))
            .tcp(40112, 8899, 3_000_000_001, 64240)
            .ack(501)
            .write(&mut bytes, b"hello")
            .unwrap();
        bytes
    };
    let mut tale = Tale::open();
    tale.frame(frame(7));
    tale.frame(frame(7));
    assert_eq!(last(&tale).0, ["capture-duplicate"]);
    tale.frame(frame(8));
    assert_eq!(last(&tale).0, ["retransmission"]);
    tale.wait(2_000_000);
    tale.frame(frame(8));
    assert_eq!(last(&tale).0, ["retransmission"], "2 ms later it is sent again");
}

/// D5
#[test]
fn a_window_that_is_only_scaled_now_is_not_updated() {
    let mut tale = Tale::open();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.server.window = 500;
    tale.client().segment(ACK, seq - 1, ack, b"");
    tale.server().ack();
    assert_eq!(last(&tale), (vec!["probe-answer"], vec!["window_update"]));
}

/// D6
#[test]
fn the_ack_of_a_fin_that_came_again_is_no_duplicate() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().lost().ack();
    tale.wait(200_000_000);
    tale.client().again();
    assert_eq!(last(&tale).0, ["retransmission", "fin"]);
    tale.server().ack();
    assert_eq!(last(&tale), (vec!["ack-of-fin"], vec!["duplicate_ack"]));
}

/// D7
#[test]
fn an_ack_after_an_inexact_rst_is_a_challenge() {
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    tale.server().ack();
    let seq = tale.client.next + 10;
    tale.client().forged().segment(RST, seq, 0, b"");
    tale.server().ack();
    assert_eq!(last(&tale), (vec!["challenge-ack"], vec!["duplicate_ack"]));
}

#[test]
fn a_repeated_ack_with_nothing_on_its_way_is_just_an_ack() {
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    tale.server().ack();
    tale.server().ack();
    assert_eq!(last(&tale), (vec!["ack"], vec!["duplicate_ack"]));
}

#[test]
fn data_on_a_syn_is_fast_open() {
    let mut tale = Tale::new();
    tale.client().segment(SYN, 3_000_000_000, 0, b"hello");
    assert_eq!(last(&tale).0, ["syn", "fast-open"]);
}

#[test]
fn a_fin_with_data_is_both() {
    let mut tale = Tale::open();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.client().segment(FIN, seq, ack, b"bye");
    assert_eq!(last(&tale).0, ["data", "fin"]);
    assert!(!tale.last().roles.contains(Role::Retransmission));
}
