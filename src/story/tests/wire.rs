//! Frames that don't arrive as they are sent.

use super::tale::{ACK, Tale};
use crate::packet::Flags;
use crate::story::{Absorber, Fate, Harm, Role, SegmentMoment, Side, What};
use crate::tcp::State::{
    Closed, Closing, Established, FinWait1, LastAck, Listen, SynReceived, SynSent, TimeWait,
};
use crate::trace::{Address, Deed, Fact, FrameNumber, Origin, SocketKind};

fn stepped() -> Tale {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.fact(Fact::Interposed { on: true });
    tale
}

fn wire(tale: &mut Tale, frame: u64, deed: Deed) {
    tale.fact(Fact::Wire { frame: FrameNumber(frame), deed });
}

fn next(tale: &mut Tale, frame: u64) {
    wire(tale, frame, Deed::Held);
    wire(tale, frame, Deed::Delivered);
}

fn segment(tale: &Tale, frame: u64) -> SegmentMoment {
    tale.segments().into_iter().find(|segment| segment.frame.0 == frame).unwrap().clone()
}

fn states(tale: &Tale) -> (crate::tcp::State, crate::tcp::State) {
    let (client, server) = tale.states();
    (client.unwrap(), server.unwrap())
}

/// RFC 9293, section 3.5, figure 6: each state at each half-step.
#[test]
fn a_segment_moves_its_receiver_when_it_arrives() {
    let mut tale = stepped();
    tale.client().syn();
    wire(&mut tale, 1, Deed::Held);
    assert_eq!(states(&tale), (SynSent, Listen));
    assert_eq!(segment(&tale, 1).passage.fate(), Fate::Held);
    wire(&mut tale, 1, Deed::Delivered);
    assert_eq!(states(&tale), (SynSent, SynReceived));
    tale.server().syn_ack();
    assert_eq!(states(&tale), (SynSent, SynReceived));
    next(&mut tale, 2);
    assert_eq!(states(&tale), (Established, SynReceived));
    tale.client().ack();
    assert_eq!(states(&tale), (Established, SynReceived));
    next(&mut tale, 3);
    assert_eq!(states(&tale), (Established, Established));
    assert_eq!(segment(&tale, 3).passage.fate(), Fate::Delivered);
    assert_eq!(tale.story.in_flight().count(), 0);
    assert_eq!(tale.connection().ends[1].visited(), [SynReceived, Established]);
}

/// RFC 9293, section 3.6, figure 13: both FINs are on their way at once.
#[test]
fn two_fins_that_cross_lead_through_closing() {
    let mut tale = Tale::open();
    tale.fact(Fact::Interposed { on: true });
    let before = [tale.client.expects, tale.server.expects];
    tale.client().fin();
    tale.server.expects = before[1];
    tale.server().fin();
    tale.client.expects = before[0];
    next(&mut tale, 4);
    next(&mut tale, 5);
    assert_eq!(states(&tale), (Closing, Closing));
    tale.client.expects += 1;
    tale.server.expects += 1;
    tale.client().ack();
    tale.server().ack();
    assert_eq!(states(&tale), (Closing, Closing));
    next(&mut tale, 6);
    assert_eq!(states(&tale), (Closing, TimeWait));
    next(&mut tale, 7);
    assert_eq!(states(&tale), (TimeWait, TimeWait));
}

#[test]
fn what_is_lost_moves_nobody() {
    let mut tale = stepped();
    tale.client().syn();
    wire(&mut tale, 1, Deed::Dropped);
    assert_eq!(states(&tale), (SynSent, Listen));
    assert_eq!(segment(&tale, 1).passage.fate(), Fate::Dropped);
    assert!(!segment(&tale, 1).states.to.moved());
}

#[test]
fn what_is_damaged_arrives_and_moves_nobody() {
    let mut tale = stepped();
    tale.client().syn();
    wire(&mut tale, 1, Deed::Corrupted);
    wire(&mut tale, 1, Deed::Delivered);
    assert_eq!(states(&tale), (SynSent, Listen));
    assert_eq!(segment(&tale, 1).passage.fate(), Fate::Harmed(Harm::Corrupted));
}

#[test]
fn copies_of_what_is_held_are_counted_there() {
    let mut tale = stepped();
    tale.client().syn();
    wire(&mut tale, 1, Deed::Held);
    for frame in [2, 3] {
        tale.client().again();
        wire(&mut tale, frame, Deed::Absorbed { held: FrameNumber(1) });
    }
    let (copies, _) = segment(&tale, 1).passage.absorbed.unwrap();
    assert_eq!(copies, 2);
    for (frame, copies) in [(2, 1), (3, 2)] {
        let absorber = Absorber { frame: FrameNumber(1), copies };
        assert_eq!(segment(&tale, frame).passage.absorbed_by, Some(absorber));
    }
    assert_eq!(segment(&tale, 3).passage.fate(), Fate::Dropped);
    assert_eq!(states(&tale), (SynSent, Listen));
}

/// A FIN that overtakes data moves nobody until the data has come (RFC 9293, section 3.10.7.4).
#[test]
fn a_fin_before_its_data_waits_for_it() {
    let mut tale = Tale::open();
    tale.fact(Fact::Interposed { on: true });
    tale.client().data(b"hello");
    tale.client().fin();
    wire(&mut tale, 4, Deed::Reordered);
    next(&mut tale, 5);
    assert_eq!(states(&tale), (FinWait1, Established));
    wire(&mut tale, 4, Deed::Delivered);
    assert_eq!(states(&tale).1, crate::tcp::State::CloseWait);
}

#[test]
fn when_the_wire_goes_what_was_on_it_has_arrived() {
    let mut tale = stepped();
    tale.client().syn();
    tale.fact(Fact::Interposed { on: false });
    assert_eq!(states(&tale), (SynSent, SynReceived));
    tale.server().syn_ack();
    assert_eq!(states(&tale), (Established, SynReceived));
}

/// Whoever it seems to be from knows nothing of it.
#[test]
fn a_forged_reset_closes_only_its_receiver() {
    let mut tale = Tale::open();
    let (seq, ack) = (tale.client.next, tale.client.expects);
    tale.origin = Origin::Forged;
    tale.client().forged().segment(Flags::RST, seq, ack, b"");
    tale.origin = Origin::Stack;
    assert_eq!(states(&tale), (Established, Closed));
    assert_eq!(tale.last().roles.first(), Some(Role::Forged));
    assert_eq!(tale.connection().ends[0].segments, 2);
}

/// To what its seeming sender then really sends it makes no difference.
#[test]
fn after_forged_data_real_data_is_not_sent_again() {
    let mut tale = Tale::open();
    let (seq, ack) = (tale.client.next + 1_000_000, tale.client.expects);
    tale.origin = Origin::Forged;
    tale.client().forged().segment(ACK, seq, ack, b"nonsense");
    tale.client().forged().segment(Flags::RST, seq, ack, b"");
    tale.origin = Origin::Stack;
    tale.client().data(b"hello");
    assert_eq!((tale.last().roles, tale.last().analysis.len()), (Role::Data.into(), 0));
    tale.server().ack();
    tale.client().fin();
    assert_eq!(tale.last().roles, [Role::Fin]);
}

#[test]
fn a_copy_is_nothing_that_its_sender_sent() {
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    let (seq, ack) = (tale.client.next.wrapping_sub(5), tale.client.expects);
    tale.origin = Origin::Copy { of: FrameNumber(4) };
    tale.client().forged().segment(ACK, seq, ack, b"hello");
    assert_eq!(tale.last().roles, [Role::Copied]);
    let client = &tale.connection().ends[0];
    assert_eq!((client.segments, client.bytes, client.retransmissions), (3, 5, 0));
}

/// The last ACK is lost; the FIN comes again, and TIME-WAIT answers it.
#[test]
fn time_wait_answers_for_a_lost_ack() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().ack();
    tale.server().fin();
    tale.fact(Fact::Interposed { on: true });
    tale.client().ack();
    wire(&mut tale, 7, Deed::Dropped);
    assert_eq!(states(&tale), (TimeWait, LastAck));
    tale.server().again();
    next(&mut tale, 8);
    tale.client().ack();
    next(&mut tale, 9);
    assert_eq!(states(&tale), (TimeWait, Closed));
}

#[test]
fn what_had_to_wait_is_told_when_it_comes() {
    let mut tale = stepped();
    tale.client().syn();
    wire(&mut tale, 1, Deed::Delivered);
    tale.server().syn_ack();
    next(&mut tale, 2);
    let told: Vec<(u64, Deed)> = tale
        .story
        .moments()
        .filter_map(|moment| match &moment.what {
            What::Wire(wire) => Some((wire.frame.0, wire.deed)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(2, Deed::Delivered)]);
}

/// A wire's word about a frame that nobody knows, or twice about one, changes nothing.
#[test]
fn words_about_nothing_say_nothing() {
    let mut tale = stepped();
    tale.client().syn();
    for deed in [Deed::Delivered, Deed::Delivered, Deed::Dropped, Deed::Held] {
        wire(&mut tale, 1, deed);
        wire(&mut tale, 77, deed);
    }
    assert_eq!(states(&tale), (SynSent, SynReceived));
    assert_eq!(segment(&tale, 1).passage.fate(), Fate::Delivered);
}

/// Beside each arrival and each loss stand both ends' states at that time.
#[test]
fn an_arrival_tells_the_states_of_both_ends() {
    let mut tale = stepped();
    tale.client().syn();
    next(&mut tale, 1);
    tale.server().syn_ack();
    wire(&mut tale, 2, Deed::Held);
    wire(&mut tale, 2, Deed::Dropped);
    let told: Vec<_> = tale
        .story
        .moments()
        .filter_map(|moment| match &moment.what {
            What::Wire(wire) => wire.states,
            _ => None,
        })
        .map(|states| [states.from, states.to].map(|change| (change.before, change.after)))
        .collect();
    let (sent, heard) = (Some(SynSent), Some(SynReceived));
    assert_eq!(told, [[(sent, sent), (Some(Listen), heard)], [(heard, heard), (sent, sent)]]);
}

/// RFC 9293, section 3.5, figure 7. The one whose port was called before it calls back has its end
/// too.
#[test]
fn both_sockets_of_a_simultaneous_open_own_their_ends() {
    let mut tale = Tale::new();
    let (left, right) = (tale.client.address, tale.server.address);
    let [one, other] = ["left", "right"].map(|name| tale.socket(name, SocketKind::Tcp));
    for (socket, local) in [(one, left), (other, right)] {
        let call = tale.called(socket, "bind", &local.to_string());
        tale.fact(Fact::Addressed { socket, local: Some(Address::Ip(local)), peer: None });
        tale.returned(call, 0, crate::trace::Effect::None);
    }
    tale.fact(Fact::Interposed { on: true });
    for (socket, local, peer) in [(one, left, right), (other, right, left)] {
        tale.called(socket, "connect", &peer.to_string());
        tale.fact(Fact::Addressed {
            socket,
            local: Some(Address::Ip(local)),
            peer: Some(Address::Ip(peer)),
        });
        if socket == one {
            tale.client().syn();
            wire(&mut tale, 1, Deed::Held);
        }
    }
    tale.server().syn();
    wire(&mut tale, 2, Deed::Held);
    assert_eq!(states(&tale), (SynSent, SynSent));
    let id = tale.connection().id;
    for (socket, side) in [(one, Side::A), (other, Side::B)] {
        assert_eq!(tale.story.socket(socket).unwrap().connection, Some((id, side)));
    }
    wire(&mut tale, 1, Deed::Delivered);
    assert_eq!(states(&tale), (SynSent, SynReceived));
}

/// RFC 5961, section 3.2: only what has arrived is answered.
#[test]
fn an_answer_is_to_what_has_arrived() {
    let mut tale = Tale::open();
    tale.fact(Fact::Interposed { on: true });
    tale.client().data(b"hello");
    wire(&mut tale, 4, Deed::Held);
    tale.client().reset();
    wire(&mut tale, 5, Deed::Held);
    wire(&mut tale, 4, Deed::Delivered);
    tale.server().ack();
    assert_eq!(segment(&tale, 6).roles, [Role::Ack]);
}
