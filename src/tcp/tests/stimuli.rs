//! What segments mean to an end whose initial sequence number is 100 and whose peer's is 500.

use super::{ACK, FIN, RST, RST_ACK, SYN, SYN_ACK, segment};
use crate::packet::{Flags, Segment};
use crate::tcp::{Received, Sent, Space, received, sent};

fn after(sends: &[Segment], gets: &[Segment]) -> Space {
    let mut space = Space::default();
    for segment in sends {
        space.send(segment, 1000);
    }
    for segment in gets {
        space.receive(segment);
    }
    space
}

fn syn_sent() -> Space {
    after(&[segment(SYN, 100, 0, 0)], &[])
}

/// It opened; its next number is 101, and it expects 501.
fn open() -> Space {
    let mut space = syn_sent();
    space.receive(&segment(SYN_ACK, 500, 101, 0));
    space.send(&segment(ACK, 101, 501, 0), 1000);
    space
}

/// It answered a SYN, and that answer isn't acknowledged.
fn answered() -> Space {
    let mut space = after(&[], &[segment(SYN, 500, 0, 0)]);
    space.send(&segment(SYN_ACK, 100, 501, 0), 1000);
    space
}

/// RFC 9293, section 3.10.7.3: SND.UNA =< SEG.ACK =< SND.NXT, and beyond ISS.
#[test]
fn in_syn_sent_only_an_ack_of_the_syn_counts() {
    for (ack, means) in [
        (100, Received::StraySynAck),
        (101, Received::SynAck),
        (102, Received::StraySynAck),
        (u32::MAX, Received::StraySynAck),
    ] {
        assert_eq!(received(&syn_sent(), &segment(SYN_ACK, 500, ack, 0)), means, "{ack}");
    }
    for (ack, means) in
        [(100, Received::StrayReset), (101, Received::Reset), (102, Received::StrayReset)]
    {
        assert_eq!(received(&syn_sent(), &segment(RST_ACK, 0, ack, 0)), means, "{ack}");
    }
    assert_eq!(received(&syn_sent(), &segment(RST, 0, 0, 0)), Received::StrayReset);
    assert_eq!(received(&syn_sent(), &segment(SYN, 500, 0, 0)), Received::Syn);
}

#[test]
fn data_on_the_syn_may_be_acknowledged() {
    let space = after(&[segment(SYN, 100, 0, 7)], &[]);
    assert_eq!(received(&space, &segment(SYN_ACK, 500, 101, 0)), Received::SynAck);
    assert_eq!(received(&space, &segment(SYN_ACK, 500, 108, 0)), Received::SynAck);
    assert_eq!(received(&space, &segment(SYN_ACK, 500, 109, 0)), Received::StraySynAck);
}

/// RFC 9293, section 3.10.7.4.
#[test]
fn in_syn_received_an_ack_counts_beyond_the_initial_number() {
    assert_eq!(received(&answered(), &segment(ACK, 501, 100, 0)), Received::Unacceptable);
    assert_eq!(received(&answered(), &segment(ACK, 501, 101, 0)), Received::Ack);
    assert_eq!(received(&answered(), &segment(FIN, 501, 101, 0)), Received::Fin);
    assert_eq!(received(&answered(), &segment(RST, 501, 0, 0)), Received::ResetOfPassiveOpen);
    assert_eq!(received(&open(), &segment(RST, 501, 0, 0)), Received::Reset);
}

/// RFC 9293, section 3.10.7.4, first and second check; RFC 5961, section 3.2. The window is 1000.
#[test]
fn a_reset_is_exact_within_the_window_or_stray() {
    for (seq, means) in [
        (500, Received::StrayReset),
        (501, Received::Reset),
        (502, Received::InexactReset),
        (1500, Received::InexactReset),
        (1501, Received::StrayReset),
    ] {
        assert_eq!(received(&open(), &segment(RST, seq, 0, 0)), means, "{seq}");
    }
}

/// `tcp_reset_check`: the number of a FIN that has come counts too.
#[test]
fn a_reset_with_the_number_of_the_fin_is_exact() {
    let mut space = open();
    space.receive(&segment(FIN, 501, 101, 0));
    assert_eq!(received(&space, &segment(RST, 501, 0, 0)), Received::Reset);
    assert_eq!(received(&space, &segment(RST, 502, 0, 0)), Received::Reset);
}

#[test]
fn after_lost_frames_a_reset_within_the_window_counts() {
    let mut space = open();
    space.unsure = true;
    assert_eq!(received(&space, &segment(RST, 700, 0, 0)), Received::Reset);
    space.send(&segment(ACK, 101, 501, 0), 1000);
    assert_eq!(received(&space, &segment(RST, 700, 0, 0)), Received::InexactReset);
}

#[test]
fn a_fin_counts_in_order() {
    let mut space = open();
    assert_eq!(received(&space, &segment(FIN, 506, 101, 0)), Received::Ack);
    space.receive(&segment(FIN, 506, 101, 0));
    let filling = segment(ACK, 501, 101, 5);
    assert_eq!(received(&space, &filling), Received::Fin);
    space.receive(&filling);
    assert_eq!(space.peer_fin.map(|fin| fin.0), Some(506));
    assert_eq!(received(&space, &segment(FIN, 506, 101, 0)), Received::Fin, "the same again");
}

#[test]
fn a_fin_and_the_ack_of_ones_own_may_come_together() {
    let mut space = open();
    space.send(&segment(FIN, 101, 501, 0), 1000);
    assert_eq!(received(&space, &segment(ACK, 501, 101, 0)), Received::Ack);
    assert_eq!(received(&space, &segment(ACK, 501, 102, 0)), Received::AckOfFin);
    assert_eq!(received(&space, &segment(FIN, 501, 101, 0)), Received::Fin);
    assert_eq!(received(&space, &segment(FIN, 501, 102, 0)), Received::FinWithAckOfFin);
}

/// RFC 9293, section 3.10.7.4, fifth check: without ACK it is dropped.
#[test]
fn a_segment_without_ack_is_dropped() {
    assert_eq!(received(&open(), &segment(Flags::FIN, 501, 0, 3)), Received::Unacceptable);
    assert_eq!(received(&open(), &segment(Flags(0), 501, 0, 3)), Received::Unacceptable);
}

#[test]
fn a_fin_again_may_carry_the_data_before_it() {
    let mut space = open();
    space.send(&segment(ACK, 101, 501, 5), 1000);
    assert_eq!(sent(&space, &segment(FIN, 106, 501, 0)), Sent::Fin);
    space.send(&segment(FIN, 106, 501, 0), 1000);
    assert_eq!(sent(&space, &segment(FIN, 106, 501, 0)), Sent::FinAgain);
    assert_eq!(sent(&space, &segment(FIN, 101, 501, 5)), Sent::FinAgain);
}

#[test]
fn a_fin_tells_whether_its_sender_knows_of_the_peers() {
    let mut space = open();
    space.receive(&segment(FIN, 501, 101, 0));
    assert_eq!(sent(&space, &segment(FIN, 101, 502, 0)), Sent::Fin);
    assert_eq!(sent(&space, &segment(FIN, 101, 501, 0)), Sent::FinUnaware);
    space.send(&segment(FIN, 101, 502, 0), 1000);
    assert_eq!(sent(&space, &segment(FIN, 101, 501, 0)), Sent::FinAgainUnaware);
}

#[test]
fn what_else_is_sent_is_named_by_its_flags() {
    let space = open();
    for (flags, means) in [
        (SYN, Sent::Syn),
        (SYN_ACK, Sent::SynAck),
        (RST, Sent::BareReset),
        (RST_ACK, Sent::Reset),
        (ACK, Sent::Ack),
        (Flags(0), Sent::Ack),
        (RST.with(Flags::FIN), Sent::BareReset),
        (SYN.with(Flags::FIN), Sent::Syn),
    ] {
        assert_eq!(sent(&space, &segment(flags, 101, 501, 0)), means, "{flags}");
    }
}
