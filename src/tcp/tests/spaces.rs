//! An end's sequence space, as its segments and its peer's draw it.

use proptest::prelude::*;

use super::{ACK, FIN, SYN, SYN_ACK, segment};
use crate::packet::Flags;
use crate::tcp::{Space, Spoken, received, sent};

fn open() -> Space {
    let mut space = Space::default();
    space.send(&segment(SYN, 100, 0, 0), 1000);
    space.receive(&segment(SYN_ACK, 500, 101, 0));
    space.send(&segment(ACK, 101, 501, 0), 1000);
    space
}

#[test]
fn the_variables_of_the_rfc() {
    let mut space = open();
    assert_eq!(space.send(&segment(ACK, 101, 501, 10), 1000), 10);
    assert!(space.outline().waits_for_ack());
    space.receive(&segment(ACK, 501, 106, 3));
    let number = |n: Option<crate::packet::SeqNumber>| n.map(|n| n.0);
    assert_eq!(number(space.iss), Some(100));
    assert_eq!(number(space.una), Some(106));
    assert_eq!(number(space.next()), Some(111));
    assert_eq!(number(space.expects()), Some(504));
    assert_eq!(space.spoken, Spoken::More);
    assert!(space.active);
    space.receive(&segment(ACK, 504, 111, 0));
    assert!(!space.outline().waits_for_ack());
}

#[test]
fn an_ack_says_that_what_the_capture_missed_has_come() {
    let mut space = open();
    space.send(&segment(ACK, 101, 900, 0), 1000);
    assert_eq!(space.expects().map(|n| n.0), Some(900));
}

#[test]
fn an_old_ack_moves_nothing_back() {
    let mut space = open();
    space.send(&segment(ACK, 101, 501, 10), 1000);
    space.receive(&segment(ACK, 501, 111, 0));
    space.receive(&segment(ACK, 501, 105, 0));
    assert_eq!(space.una.map(|n| n.0), Some(111));
}

#[test]
fn a_syn_in_the_middle_moves_nothing() {
    let mut space = open();
    space.receive(&segment(SYN, 77_777, 0, 0));
    assert_eq!(space.expects().map(|n| n.0), Some(501));
}

#[test]
fn what_it_sends_beyond_any_window_moves_nothing() {
    let mut space = open();
    space.send(&segment(ACK, 101 + (1 << 31), 501, 5), 1000);
    assert_eq!(space.next().map(|n| n.0), Some(101));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever passes, nothing panics, and RCV.NXT and SND.NXT only move forwards, unless a new
    /// SYN begins another space.
    #[test]
    fn any_segments_at_all(
        segments in prop::collection::vec(
            (any::<bool>(), 0u16..0x40, any::<u32>(), any::<u32>(), 0usize..40), 0..40),
    ) {
        let mut space = open();
        for (sends, flags, seq, ack, len) in segments {
            let flags = Flags(flags & !(Flags::SYN.0));
            let segment = segment(flags, seq % 2000, ack % 2000, len);
            let before = (space.next(), space.expects());
            let _ = (sent(&space, &segment), received(&space, &segment));
            if sends {
                space.send(&segment, 1000);
            } else {
                space.receive(&segment);
            }
            let ahead = |new: Option<crate::packet::SeqNumber>, old: Option<crate::packet::SeqNumber>| {
                new.zip(old).is_none_or(|(new, old)| new.is_at_or_after(old))
            };
            prop_assert!(ahead(space.next(), before.0));
            prop_assert!(ahead(space.expects(), before.1));
        }
    }

    #[test]
    fn any_numbers_at_all(
        segments in prop::collection::vec(
            (any::<bool>(), 0u16..0x40, any::<u32>(), any::<u32>(), 0usize..40), 0..40),
    ) {
        let mut space = Space::default();
        for (sends, flags, seq, ack, len) in segments {
            let segment = segment(Flags(flags), seq, ack, len);
            let _ = (sent(&space, &segment), received(&space, &segment));
            if sends {
                space.send(&segment, 1000);
            } else {
                space.receive(&segment);
            }
        }
    }
}

#[test]
fn a_fin_counts_as_one() {
    let mut space = open();
    space.send(&segment(FIN, 101, 501, 5), 1000);
    assert_eq!(space.fin.map(|n| n.0), Some(106));
    assert_eq!(space.next().map(|n| n.0), Some(107));
}
