//! The fifteen flags.

use super::*;

#[test]
fn an_ordinary_conversation_shows_nothing() {
    let mut wire = Wire::open();
    assert!(wire.a(ACK, 101, 501, 10).is_empty());
    assert!(wire.b(ACK, 501, 111, 0).is_empty());
    assert!(wire.a(FIN_ACK, 111, 501, 0).is_empty());
    assert!(wire.b(FIN_ACK, 501, 112, 0).is_empty());
    assert!(wire.a(ACK, 112, 502, 0).is_empty());
}

#[test]
fn data_sent_again_is_a_retransmission_and_a_spurious_one_once_acknowledged() {
    let mut wire = Wire::open();
    wire.a(ACK, 101, 501, 10);
    wire.wait(200);
    assert_eq!(wire.a(ACK, 101, 501, 10), ["retransmission"]);
    wire.b(ACK, 501, 111, 0);
    assert_eq!(wire.a(ACK, 101, 501, 10), ["retransmission", "spurious_retransmission"]);
}

#[test]
fn two_duplicates_make_a_retransmission_fast() {
    let mut wire = Wire::open();
    wire.b(ACK, 501, 101, 0);
    for seq in [111, 121] {
        wire.a(ACK, seq, 501, 10);
        assert_eq!(wire.b(ACK, 501, 101, 0), ["duplicate_ack"]);
    }
    assert_eq!(wire.a(ACK, 101, 501, 10), ["retransmission", "fast_retransmission"]);
}

#[test]
fn a_gap_is_a_lost_segment_and_its_filling_is_out_of_order_or_a_retransmission() {
    let mut wire = Wire::open();
    assert_eq!(wire.a(ACK, 111, 501, 10), ["lost_segment"]);
    assert_eq!(wire.a(ACK, 101, 501, 10), ["out_of_order"]);
    wire.wait(200);
    assert_eq!(wire.a(ACK, 101, 501, 10), ["retransmission"]);
    assert_eq!(wire.b(ACK, 501, 131, 0), ["ack_lost_segment"]);
}

#[test]
fn a_window_is_filled_closed_probed_and_opened() {
    let mut wire = Wire::open();
    assert_eq!(wire.a(ACK, 101, 501, 100), ["window_full"]);
    wire.window = 0;
    assert_eq!(wire.b(ACK, 501, 201, 0), ["zero_window"]);
    wire.window = 100;
    assert_eq!(wire.a(ACK, 201, 501, 1), ["zero_window_probe"]);
    wire.window = 0;
    assert_eq!(wire.b(ACK, 501, 201, 0), ["zero_window", "zero_window_probe_ack"]);
    wire.window = 100;
    assert_eq!(wire.b(ACK, 501, 201, 0), ["window_update"]);
}

#[test]
fn a_keep_alive_and_its_answer_know_each_other() {
    let mut wire = Wire::open();
    wire.b(ACK, 501, 101, 0);
    assert_eq!(wire.a(ACK, 100, 501, 0), ["keep_alive"]);
    assert_eq!(wire.b(ACK, 501, 101, 0), ["keep_alive_ack"]);
}

#[test]
fn a_new_initial_number_is_a_new_stream() {
    let mut wire = Wire::open();
    assert_eq!(wire.a(SYN, 9000, 0, 0), ["reused_ports"]);
    assert_eq!(wire.b_sends(SYN_ACK, 500, 9001, 0).found.stream, 1);
}
