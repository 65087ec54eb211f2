//! The numbers beside the flags.

use super::*;
use crate::packet::SackBlock;

#[test]
fn numbers_are_counted_from_the_first_one() {
    let mut wire = Wire::new();
    let syn = wire.a_sends(SYN, 100, 7, 0).found;
    assert_eq!((syn.seq, syn.ack), (0, 7));
    let answer = wire.b_sends(SYN_ACK, 500, 101, 0).found;
    assert_eq!((answer.seq, answer.ack), (0, 1));
    let data = wire.a_sends(ACK, 111, 501, 5).found;
    assert_eq!((data.seq, data.ack), (11, 1));
}

#[test]
fn in_the_middle_of_a_conversation_the_first_number_is_1() {
    let found = Wire::new().a_sends(ACK, 5000, 9000, 10).found;
    assert_eq!((found.seq, found.ack), (1, 1));
}

#[test]
fn windows_are_scaled_once_both_syns_have_offered_it() {
    // RFC 7323, section 2.2.
    let mut wire = Wire::new();
    wire.options = vec![TcpOption::WindowScale(3)];
    assert_eq!(wire.a_sends(SYN, 100, 0, 0).found.window, 100);
    assert_eq!(wire.b_sends(SYN_ACK, 500, 101, 0).found.window, 100);
    wire.options.clear();
    assert_eq!(wire.a_sends(ACK, 101, 501, 0).found.window, 800);
}

#[test]
fn completeness_is_what_was_seen_before() {
    let mut wire = Wire::new();
    let steps = [
        wire.a_sends(SYN, 100, 0, 0),
        wire.b_sends(SYN_ACK, 500, 101, 0),
        wire.a_sends(ACK, 101, 501, 0),
        wire.a_sends(ACK, 101, 501, 5),
        wire.b_sends(FIN_ACK, 501, 106, 5),
        wire.a_sends(Flags::RST, 106, 0, 0),
    ];
    assert_eq!(steps.map(|step| step.found.completeness.0), [0, 1, 3, 7, 15, 31]);
    assert_eq!(steps[5].found.completeness_after.0, 63);
    let refused = [Wire::new().b_sends(Flags::RST.with(ACK), 0, 101, 0)];
    assert_eq!(refused.map(|step| step.found.completeness_after.0), [0]);
}

#[test]
fn the_handshake_tells_the_round_trip_time_where_anything_is_shown() {
    let mut wire = Wire::open();
    assert_eq!(wire.a_sends(ACK, 101, 501, 0).initial_rtt, Some(2_000_000));
    let nothing_to_show = wire.a_sends(ACK, 101, 500, 0);
    assert_eq!(nothing_to_show.initial_rtt, None);
    assert_eq!(nothing_to_show.found.initial_rtt, Some(2_000_000));
}

#[test]
fn a_clock_that_is_set_back_makes_the_round_trip_time_negative() {
    let mut wire = Wire::new();
    wire.time = 5_000_000;
    wire.a(SYN, 100, 0, 0);
    wire.b(SYN_ACK, 500, 101, 0);
    wire.time = 1_000_000;
    assert_eq!(wire.a_sends(ACK, 101, 501, 0).found.initial_rtt, Some(-4_000_000));
}

#[test]
fn an_acknowledgement_names_the_frame_that_ends_there() {
    let mut wire = Wire::open();
    wire.a(ACK, 101, 501, 10);
    wire.a(ACK, 111, 501, 10);
    let acks = |analysis: Analysis| analysis.acks_frame.map(|frame| frame.0);
    assert_eq!(acks(wire.b_sends(ACK, 501, 105, 0)), None);
    assert_eq!(acks(wire.b_sends(ACK, 501, 121, 0)), Some(5));
    assert_eq!(acks(wire.b_sends(ACK, 501, 121, 0)), None);
}

#[test]
fn what_is_in_flight_is_what_was_sent_and_not_acknowledged() {
    let mut wire = Wire::open();
    assert_eq!(wire.a_sends(ACK, 101, 501, 10).bytes_in_flight, Some(10));
    assert_eq!(wire.a_sends(ACK, 111, 501, 20).bytes_in_flight, Some(30));
    wire.b(ACK, 501, 105, 0);
    assert_eq!(wire.a_sends(ACK, 131, 501, 1).bytes_in_flight, Some(27));
    wire.b(ACK, 501, 132, 0);
    assert_eq!(wire.a_sends(FIN_ACK, 132, 501, 5).bytes_in_flight, Some(5));
}

#[test]
fn after_a_gap_nothing_is_known_to_be_in_flight_until_the_peer_speaks() {
    let mut wire = Wire::open();
    assert_eq!(wire.a_sends(ACK, 201, 501, 10).bytes_in_flight, None);
    assert_eq!(wire.a_sends(ACK, 211, 501, 10).bytes_in_flight, None);
    wire.b(ACK, 501, 101, 0);
    assert_eq!(wire.a_sends(ACK, 221, 501, 10).bytes_in_flight, Some(30));
}

#[test]
fn what_is_acknowledged_selectively_is_not_in_flight() {
    // RFC 2018. Of four blocks the first three count.
    let mut wire = Wire::open();
    wire.a(ACK, 101, 501, 90);
    let block = |left| SackBlock { left: SeqNumber(left), right: SeqNumber(left + 10) };
    wire.options = vec![TcpOption::Sack([111, 131, 151, 171].map(block).to_vec())];
    wire.b(ACK, 501, 101, 0);
    wire.options.clear();
    assert_eq!(wire.a_sends(ACK, 191, 501, 10).bytes_in_flight, Some(70));
}

#[test]
fn a_retransmission_was_waited_for_since_the_oldest_that_is_not_acknowledged() {
    let mut wire = Wire::open();
    wire.a(ACK, 101, 501, 10);
    wire.a(ACK, 111, 501, 10);
    wire.wait(200);
    assert_eq!(wire.a_sends(ACK, 111, 501, 10).rto_frame, Some(FrameNumber(4)));
}

#[test]
fn duplicates_are_counted_from_the_first_with_that_acknowledgement() {
    let mut wire = Wire::open();
    wire.a(ACK, 101, 501, 10);
    wire.b(ACK, 501, 105, 0);
    for number in 1..4 {
        let duplicate = wire.b_sends(ACK, 501, 105, 0).duplicate;
        assert_eq!(duplicate, Some(Duplicate { number, of: FrameNumber(5) }));
    }
}

#[test]
fn multipath_tcp_repeats_itself_for_its_options() {
    // RFC 8684, section 4.
    let mut wire = Wire::open();
    wire.options = vec![TcpOption::Other { kind: 30, data: vec![0x40, 1] }];
    assert_eq!(wire.a(ACK, 101, 501, 0), ["duplicate_ack"]);
    assert!(wire.a(ACK, 101, 501, 0).is_empty());
    assert_eq!(wire.a(ACK, 101, 501, 0), ["duplicate_ack"]);
}

#[test]
fn a_segment_of_unknown_length_is_not_judged_but_seen() {
    let mut wire = Wire::open();
    let fragment = wire.send(false, ACK, [101, 501, 0], Known::NoLength);
    assert_eq!((fragment.found.seq, fragment.found.ack), (101, 501));
    assert!(fragment.found.findings.is_empty());
    let mut wire = Wire::new();
    wire.send(false, SYN, [100, 0, 0], Known::NoLength);
    assert_eq!(wire.b_sends(SYN_ACK, 500, 101, 0).found.completeness.0, 1);
}

#[test]
fn an_end_between_the_same_endpoints_as_before_forgets_what_was_sent() {
    let mut wire = Wire::open();
    wire.a(ACK, 101, 501, 50);
    wire.a(SYN, 9000, 0, 0);
    assert_eq!(wire.b_sends(SYN_ACK, 500, 9001, 0).acks_frame, Some(FrameNumber(5)));
    assert_eq!(wire.ledgers.kept, 1);
}
