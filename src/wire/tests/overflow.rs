//! More packets than there is room for.

use std::os::fd::AsFd;
use std::sync::Arc;

use crossbeam_channel::{Sender, unbounded};

use super::super::ingress::{self, Ingress};
use super::super::queue::{Queue, Reading, protocol};
use super::super::raw;
use super::super::reader::Reader;
use super::super::undecided::Undecided;
use super::*;

const SENT: u64 = 5000;

/// Nothing if this kernel has no such filters.
fn ingress_here(room: usize) -> Option<(Ingress, ingress::Reading)> {
    let opened = Ingress::open(room);
    opened.inspect_err(|obstacle| assert_eq!(*obstacle, absence(Method::Ingress))).ok()
}

#[test]
fn what_a_stopped_reader_has_no_room_for_passes_by_and_is_counted() {
    on_private_network(|_| {
        let Some(take) = take_here() else { return };
        let queue = Arc::new(protocol::open().unwrap());
        raw::set_receive_buffer(queue.as_fd(), 200 << 10).unwrap();
        let rules = Rules::prepare(take).unwrap();
        rules.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        let mut passed = 0;
        for _ in 0..SENT {
            socket.send_to(b"flood", to).unwrap();
            passed += u64::from(received(&socket).is_some());
        }
        let (sender, messages) = unbounded();
        let reader =
            Reader::start(Reading::new(queue, Undecided::with_room(1 << 20)), sender).unwrap();
        let (mut came, mut missed) = (0, 0);
        while came + missed < SENT {
            match messages.recv_timeout(PATIENCE).unwrap() {
                Message::Taken(_) => came += 1,
                Message::Missed(packets) => missed += packets,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((came + missed, missed), (SENT, passed));
        assert!(came > 50 && missed > 0, "{came} came");
        // Then it goes on as before.
        socket.send_to(b"one more", to).unwrap();
        assert!(matches!(messages.recv_timeout(PATIENCE).unwrap(), Message::Taken(_)));
        drop(reader);
    });
}

#[test]
fn what_the_ring_of_a_stopped_reader_has_no_room_for_is_lost_and_is_counted() {
    const SENT: u64 = 10_000;
    on_private_network(|_| {
        let Some((ingress, reading)) = ingress_here(1 << 20) else { return };
        ingress.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        for _ in 0..SENT {
            socket.send_to(b"flood", to).unwrap();
        }
        assert_eq!(received(&socket), None);
        let (sender, messages) = unbounded();
        let reader = Reader::start(reading, sender).unwrap();
        let (mut came, mut lost) = (0, 0);
        while came + lost < SENT {
            match messages.recv_timeout(PATIENCE).unwrap() {
                Message::Taken(_) => came += 1,
                Message::Lost(packets) => lost += packets,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(came + lost, SENT);
        assert!(came > 5000 && lost > 0, "{came} came");
        socket.send_to(b"one more", to).unwrap();
        assert!(matches!(messages.recv_timeout(PATIENCE).unwrap(), Message::Taken(_)));
        drop(reader);
    });
}

/// What a reader with room for three says of four datagrams.
fn three_of_four(start: impl FnOnce(Sender<Message>) -> Reader) {
    let (sender, messages) = unbounded();
    let reader = start(sender);
    let (socket, to) = datagram_socket("127.0.0.1:0");
    socket.set_nonblocking(false).unwrap();
    for text in ["1", "2", "3", "4"] {
        socket.send_to(text.as_bytes(), to).unwrap();
    }
    assert_eq!(received(&socket).as_deref(), Some("4"));
    reader.fence(1).unwrap();
    let mut seen: Vec<String> = Vec::new();
    loop {
        match messages.recv_timeout(PATIENCE).unwrap() {
            Message::Taken(taken) => seen.push(words(&taken)),
            Message::Missed(packets) => seen.push(format!("missed {packets}")),
            Message::Fence(_) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, ["1", "2", "3", "missed 1"]);
}

#[test]
fn no_more_are_held_than_there_is_room_for() {
    on_private_network(|_| {
        let Some(take) = take_here() else { return };
        let (queue, reading) = Queue::open(take, 3).unwrap();
        queue.engage().unwrap();
        three_of_four(|sender| Reader::start(reading, sender).unwrap());
    });
    on_private_network(|_| {
        let Some((ingress, reading)) = ingress_here(3) else { return };
        ingress.engage().unwrap();
        three_of_four(|sender| Reader::start(reading, sender).unwrap());
    });
}

#[test]
fn in_a_flood_what_is_not_held_is_counted_and_all_that_is_held_arrives() {
    const SENT: usize = 70_000;
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        let (mut held, mut missed, mut passed) = (Vec::new(), 0, 0);
        for sent in 1..=SENT {
            socket.send_to(b"flood", to).unwrap();
            if sent % 100 > 0 {
                continue;
            }
            let fence = wire.fence().unwrap();
            loop {
                match next(&wire) {
                    Message::Taken(taken) => held.push(taken.id),
                    Message::Missed(packets) => missed += packets,
                    Message::Fence(number) if number == fence => break,
                    other => panic!("{other:?}"),
                }
            }
            passed += std::iter::from_fn(|| received(&socket)).count();
        }
        assert_eq!((held.len() + passed, missed), (SENT, passed as u64));
        assert!(held.len() >= 50_000, "{} were held", held.len());
        for id in held {
            wire.decide(id, Verdict::Accept).unwrap();
            assert_eq!(received(&socket).as_deref(), Some("flood"));
        }
    });
}
