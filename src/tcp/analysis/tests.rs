//! What each rule says, in the field's words.

use super::*;
use crate::packet::{Flags, Options, SeqNumber, TcpOption, sample};

const ACK: Flags = Flags::ACK;
const SYN: Flags = Flags::SYN;

/// Segments between two ends, a millisecond apart unless told.
#[derive(Default)]
struct Wire {
    streams: Streams,
    time: u64,
    window: u16,
}

impl Wire {
    /// After a handshake: A's next sequence number is 101, B's 501.
    fn open() -> Wire {
        let mut wire = Wire { window: 100, ..Wire::default() };
        assert!(wire.a(SYN, 100, 0, 0).is_empty());
        assert!(wire.b(SYN.with(ACK), 500, 101, 0).is_empty());
        assert!(wire.a(ACK, 101, 501, 0).is_empty());
        wire
    }

    fn a(&mut self, flags: Flags, seq: u32, ack: u32, len: u32) -> Vec<&'static str> {
        self.send(false, flags, seq, ack, len)
    }

    fn b(&mut self, flags: Flags, seq: u32, ack: u32, len: u32) -> Vec<&'static str> {
        self.send(true, flags, seq, ack, len)
    }

    fn wait(&mut self, millis: u64) {
        self.time += millis * 1_000_000;
    }

    fn send(
        &mut self,
        back: bool,
        flags: Flags,
        seq: u32,
        ack: u32,
        len: u32,
    ) -> Vec<&'static str> {
        self.wait(1);
        let mut segment = sample::segment(&sample::syn());
        if back {
            std::mem::swap(&mut segment.src, &mut segment.dst);
        }
        (segment.seq, segment.ack, segment.flags) = (SeqNumber(seq), SeqNumber(ack), flags);
        segment.window = self.window;
        segment.payload.len = len;
        let scale = flags.has(SYN).then_some(TcpOption::WindowScale(0));
        segment.options = Options::from_iter(scale);
        self.streams.segment(&segment, Time(self.time)).findings.names()
    }
}

#[test]
fn an_ordinary_conversation_shows_nothing() {
    let mut wire = Wire::open();
    assert!(wire.a(ACK, 101, 501, 10).is_empty());
    assert!(wire.b(ACK, 501, 111, 0).is_empty());
    assert!(wire.a(Flags::FIN.with(ACK), 111, 501, 0).is_empty());
    assert!(wire.b(Flags::FIN.with(ACK), 501, 112, 0).is_empty());
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
    assert_eq!(wire.streams.count(), 2);
}
