//! Relative numbers, windows, counts.

use etherparse::PacketBuilder;

use super::tale::{ACK, SYN, SYN_ACK, Tale};
use crate::story::Role;

#[test]
fn numbers_count_from_the_initial_ones_across_the_end_of_the_circle() {
    let mut tale = Tale::new();
    tale.client.next = u32::MAX;
    tale.handshake();
    tale.client().data(b"hello");
    tale.server().ack();
    let numbers: Vec<_> = tale.segments().iter().map(|s| (s.seq, s.ack)).collect();
    assert_eq!(numbers, [(0, None), (0, Some(1)), (1, Some(1)), (1, Some(1)), (1, Some(6))]);
    assert_eq!(tale.connection().ends[0].bytes, 5);
}

#[test]
fn in_mid_connection_both_count_from_one() {
    let mut tale = Tale::new();
    tale.client().segment(ACK, 70_000, 90_000, b"hello");
    tale.server().segment(ACK, 90_000, 70_005, b"");
    let numbers: Vec<_> = tale.segments().iter().map(|s| (s.seq, s.ack)).collect();
    assert_eq!(numbers, [(1, Some(1)), (1, Some(6))]);
}

#[test]
fn an_ack_names_the_frame_that_ends_there_the_first_time() {
    let mut tale = Tale::open();
    tale.client().data(b"one");
    tale.client().data(b"two");
    tale.server().ack();
    tale.server().ack();
    let acknowledges: Vec<_> =
        tale.segments().iter().map(|s| s.acknowledges.map(|frame| frame.0)).collect();
    assert_eq!(acknowledges, [None, Some(1), Some(2), None, None, Some(5), None]);
}

#[test]
fn bytes_that_are_sent_again_count_once() {
    let mut tale = Tale::open();
    let client = tale.client;
    tale.client().lost().data(b"hello");
    tale.client().segment(ACK, client.next, 501, b"hello");
    tale.client().segment(ACK, client.next, 501, b"hello world");
    let end = &tale.connection().ends[0];
    assert_eq!((end.bytes, end.retransmissions, end.segments), (11, 2, 5));
    assert!(tale.segments()[4].roles.contains(Role::Retransmission));
    assert_eq!(end.next_seq.unwrap().0, client.next + 11);
}

/// RFC 7323, section 2.2.
#[test]
fn windows_are_scaled_only_if_both_syns_say_so_and_never_in_a_syn() {
    let scaled = |client: Option<u8>, server: Option<u8>| {
        let mut tale = Tale::new();
        syn(&mut tale, true, client);
        syn(&mut tale, false, server);
        tale.client().segment(ACK, 3_000_000_001, 501, b"");
        tale.segments().iter().map(|s| s.window).collect::<Vec<_>>()
    };
    assert_eq!(scaled(Some(3), Some(9)), [1000, 1000, 64240 << 3]);
    assert_eq!(scaled(Some(3), None), [1000, 1000, 64240]);
    assert_eq!(scaled(None, Some(9)), [1000, 1000, 64240]);
    assert_eq!(scaled(Some(15), Some(0)), [1000, 1000, 64240 << 14], "14 at most");
}

#[test]
fn an_end_that_talks_to_itself_has_agreed_with_itself() {
    let mut tale = Tale::new();
    tale.server.address = tale.client.address;
    let iss = tale.client.next;
    for flags in [SYN, SYN_ACK] {
        let mut builder = PacketBuilder::ethernet2([0; 6], [0; 6])
            .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
            .tcp(40112, 40112, iss, 1000)
            .syn();
        if flags == SYN_ACK {
            builder = builder.ack(iss + 1);
        }
        let mut frame = Vec::new();
        builder.options_raw(&[1, 3, 3, 7]).unwrap().write(&mut frame, b"").unwrap();
        tale.frame(frame);
    }
    tale.client().segment(ACK, iss + 1, iss + 1, b"");
    assert_eq!(tale.last().window, 64240 << 7);
}

/// A SYN, or its SYN-ACK, with this window scale.
fn syn(tale: &mut Tale, client: bool, scale: Option<u8>) {
    let (source, destination) = if client { (40112, 8899) } else { (8899, 40112) };
    let options: Vec<u8> = scale.map_or(vec![], |shift| vec![1, 3, 3, shift]);
    let iss = if client { 3_000_000_000 } else { 500 };
    let mut builder = PacketBuilder::ethernet2([0; 6], [0; 6])
        .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .tcp(source, destination, iss, 1000)
        .syn();
    if !client {
        builder = builder.ack(3_000_000_001);
    }
    let mut frame = Vec::new();
    builder.options_raw(&options).unwrap().write(&mut frame, b"").unwrap();
    tale.frame(frame);
}

#[test]
fn a_preview_is_the_start_of_the_payload() {
    let mut tale = Tale::open();
    tale.client().data(&[b'x'; 100]);
    assert_eq!(&*tale.last().preview, &[b'x'; 64]);
    assert_eq!(tale.last().segment.payload.len, 100);
}

#[test]
fn a_syn_ack_with_a_new_number_counts_from_there() {
    let mut tale = Tale::new();
    tale.client().segment(SYN, 1000, 0, b"");
    tale.server().segment(SYN_ACK, 5000, 1001, b"");
    tale.client().segment(SYN, 1000, 0, b"");
    tale.server().segment(SYN_ACK, 9000, 1001, b"");
    tale.client().segment(ACK, 1001, 9001, b"");
    assert_eq!((tale.last().seq, tale.last().ack), (1, Some(1)));
    assert_eq!(tale.story.connections().len(), 1);
}
