//! What a segment is while the wire is stepped: that depends on what has come to its sender, not on
//! what was sent there.

use etherparse::{PacketBuilder, TcpOptionElement};

use super::tale::{ACK, Tale};
use crate::story::Role;
use crate::trace::{Deed, Fact, FrameNumber};

/// As long as a learner may look at a screen: nanoseconds.
const WHILE: u64 = 300_000_000;

fn wire(tale: &mut Tale, frame: u64, deed: Deed) {
    tale.fact(Fact::Wire { frame: FrameNumber(frame), deed });
}

fn hold(tale: &mut Tale, frames: impl IntoIterator<Item = u64>) {
    for frame in frames {
        wire(tale, frame, Deed::Held);
    }
}

/// A learner takes a look, then lets it go.
fn next(tale: &mut Tale, frame: u64) {
    tale.wait(WHILE);
    wire(tale, frame, Deed::Delivered);
}

/// The roles of the last segment, and Wireshark's flags beside them.
fn last(tale: &Tale) -> (Vec<&'static str>, Vec<&'static str>) {
    let last = tale.last();
    (last.roles.iter().map(Role::word).collect(), last.analysis.clone())
}

/// An acknowledgement of the server's that says which bytes above a gap have come (RFC 2018).
fn sack(tale: &mut Tale, ack: u32, (left, right): (u32, u32)) {
    let (own, peer) = (tale.server, tale.client);
    let options = [TcpOptionElement::SelectiveAcknowledgement((left, right), [None; 3])];
    let mut frame = Vec::new();
    PacketBuilder::ethernet2([0; 6], [0; 6])
        .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .tcp(own.address.port(), peer.address.port(), own.next, own.window)
        .ack(ack)
        .options(&options)
        .unwrap()
        .write(&mut frame, b"")
        .unwrap();
    tale.frame(frame);
}

/// The first of five segments, frames 4 to 8, is lost; the others come. Where it begins, and what
/// it acknowledges.
fn with_a_gap() -> (Tale, u32, u32) {
    let mut tale = Tale::open();
    tale.server().ack();
    tale.fact(Fact::Interposed { on: true });
    let (seq, ack) = (tale.client.next, tale.client.expects);
    for data in [b"1", b"2", b"3", b"4", b"5"] {
        tale.client().lost().data(data);
    }
    hold(&mut tale, 5..=9);
    wire(&mut tale, 5, Deed::Dropped);
    for frame in 6..=9 {
        next(&mut tale, frame);
    }
    (tale, seq, ack)
}

/// RFC 5681, section 3.2: what counts is when the duplicates come, not when they were sent.
#[test]
fn a_retransmission_is_fast_if_the_duplicates_have_just_come() {
    let (mut tale, seq, ack) = with_a_gap();
    for frame in 10..=12 {
        tale.server().segment(ACK, ack, seq, b"");
        assert_eq!(last(&tale).0, ["duplicate-ack"]);
        wire(&mut tale, frame, Deed::Held);
    }
    for frame in 10..=12 {
        next(&mut tale, frame);
    }
    tale.client().segment(ACK, seq, ack, b"1");
    assert_eq!(last(&tale), (vec!["fast-retransmission"], vec!["retransmission"]));
}

/// RFC 8985, section 6.2: with SACK one is enough once time has passed.
#[test]
fn one_duplicate_with_sack_makes_a_retransmission_fast() {
    let (mut tale, seq, ack) = with_a_gap();
    sack(&mut tale, seq, (seq + 1, seq + 2));
    wire(&mut tale, 10, Deed::Held);
    next(&mut tale, 10);
    tale.client().segment(ACK, seq, ack, b"1");
    assert_eq!(last(&tale), (vec!["fast-retransmission"], vec!["retransmission"]));
}

/// Duplicates that are still on the wire tell nobody: it was a timeout. Nor do those that came
/// long ago.
#[test]
fn a_retransmission_before_the_duplicates_come_or_long_after_is_not_fast() {
    let (mut tale, seq, ack) = with_a_gap();
    for frame in 10..=12 {
        tale.server().segment(ACK, ack, seq, b"");
        wire(&mut tale, frame, Deed::Held);
    }
    tale.client().segment(ACK, seq, ack, b"1");
    let flags = vec!["retransmission", "fast_retransmission"];
    assert_eq!(last(&tale), (vec!["retransmission"], flags));
    wire(&mut tale, 13, Deed::Dropped);
    for frame in 10..=12 {
        next(&mut tale, frame);
    }
    tale.wait(WHILE);
    tale.client().segment(ACK, seq, ack, b"1");
    assert_eq!(last(&tale).0, ["retransmission"]);
}

/// What goes again after a timeout, when an ACK of a part has come, isn't asked for by duplicates.
#[test]
fn an_ack_of_something_new_makes_no_retransmission_fast() {
    let (mut tale, seq, ack) = with_a_gap();
    tale.client().segment(ACK, seq, ack, b"1");
    wire(&mut tale, 10, Deed::Held);
    next(&mut tale, 10);
    sack(&mut tale, seq + 1, (seq + 2, seq + 3));
    wire(&mut tale, 11, Deed::Held);
    next(&mut tale, 11);
    tale.client().segment(ACK, seq + 1, ack, b"2");
    assert_eq!(last(&tale).0, ["retransmission"]);
}

/// The client's five bytes have closed the server's window; then it opens, and nobody hears of it.
/// The client's number then, and what it acknowledges.
fn with_a_lost_update() -> (Tale, u32, u32) {
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    tale.server.window = 0;
    tale.server().ack();
    assert_eq!(last(&tale).0, ["ack", "zero-window"]);
    tale.fact(Fact::Interposed { on: true });
    tale.server.window = 64240;
    tale.server().ack();
    assert_eq!(last(&tale).0, ["window-update"]);
    wire(&mut tale, 6, Deed::Dropped);
    let (seq, ack) = (tale.client.next, tale.client.expects);
    (tale, seq, ack)
}

/// D1. RFC 9293, section 3.8.6.1: whoever hasn't heard that the window is open asks.
#[test]
fn a_probe_is_of_the_window_that_has_come_to_its_sender() {
    let (mut tale, seq, ack) = with_a_lost_update();
    tale.client().segment(ACK, seq - 1, ack, b"");
    assert_eq!(last(&tale), (vec!["zero-window-probe"], vec!["keep_alive"]));
    next(&mut tale, 7);
    tale.server().ack();
    assert_eq!(last(&tale), (vec!["window-update"], vec!["keep_alive_ack"]));
    next(&mut tale, 8);
    tale.client().segment(ACK, seq - 1, ack, b"");
    assert_eq!(last(&tale).0, ["keep-alive"]);
    next(&mut tale, 9);
    tale.server().ack();
    assert_eq!(last(&tale).0, ["probe-answer"]);
}

/// RFC 9293, section 3.10.7.4: SND.WL1 and SND.WL2 keep an old segment from changing the window.
#[test]
fn a_window_that_comes_late_is_old() {
    let (mut tale, seq, ack) = with_a_lost_update();
    tale.server.window = 0;
    tale.server().segment(ACK, ack, seq, b"x");
    tale.server.window = 64240;
    tale.server().segment(ACK, ack + 1, seq, b"y");
    for frame in [8, 7] {
        next(&mut tale, frame);
    }
    tale.client().segment(ACK, seq - 1, ack + 2, b"");
    assert_eq!(last(&tale).0, ["keep-alive"]);
}
