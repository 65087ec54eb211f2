//! Why a segment is as it is, told to whoever predicted another.

use super::super::{Answer, Asked, Course, Fields, Language, Truth, grade};
use crate::packet::Flags;
use crate::story::tests::tale::{Party, Tale};

/// What is said to each wrong field of this prediction of the last segment: `field: reason`.
fn told(tale: &Tale, prediction: &str) -> Vec<String> {
    let messages = Course::new(Language::english()).messages();
    let given = Answer::read(&Asked::Segment(None), prediction).expect("a prediction");
    let asked = match &given {
        Answer::Segment(fields) => fields.clone(),
        _ => Fields::default(),
    };
    let truth = Truth::of_segment(&tale.story, tale.last(), &messages);
    let marks = grade(&given, &truth, &asked).into_iter().filter(|mark| !mark.right);
    marks.map(|mark| format!("{} {}: {}", mark.field, mark.really, mark.reason)).collect()
}

/// A client that is about to connect to a server.
fn connecting() -> Tale {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.connecting("client");
    tale
}

#[test]
fn of_the_handshake() {
    let mut tale = connecting();
    tale.client().syn();
    assert_eq!(
        told(&tale, "SYN,ACK seq=1 ack=1 len=1"),
        [
            "flags SYN: client opens: a SYN, and nothing to acknowledge yet.",
            "seq 0: Numbers are counted from the SYN's, so that is 0.",
            "ack none: Without the ACK flag the field means nothing.",
            "len 0: It carries no data.",
        ]
    );
    tale.server().syn_ack();
    assert_eq!(
        told(&tale, "SYN seq=0 ack=0 len=0"),
        [
            "flags SYN,ACK: It answers the SYN, and opens server's own direction.",
            "ack 1: 0 of frame 1 + 1 for the SYN = 1: what it expects next.",
        ]
    );
    tale.client().ack();
    assert_eq!(
        told(&tale, "SYN seq=0 ack=2"),
        [
            "flags ACK: It carries nothing; it acknowledges frame 2.",
            "seq 1: client's SYN took number 0.",
            "ack 1: 0 of frame 2 + 1 for the SYN = 1: what it expects next.",
        ]
    );
}

#[test]
fn of_data_and_the_end() {
    let mut tale = connecting();
    tale.handshake();
    tale.client().data(b"hello");
    assert_eq!(
        told(&tale, "ACK seq=0 len=4"),
        [
            "flags PSH,ACK: It carries data; PSH marks the end of what was there to send.",
            "seq 1: client's SYN took number 0.",
            "len 5: It carries 5 bytes.",
        ]
    );
    tale.server().ack();
    assert_eq!(
        told(&tale, "seq=2 ack=5"),
        [
            "seq 1: server's SYN took number 0.",
            "ack 6: 1 of frame 4 + 5 bytes = 6: what it expects next.",
        ]
    );
    tale.client().fin();
    assert_eq!(
        told(&tale, "ACK seq=5"),
        [
            "flags FIN,ACK: FIN: client will send nothing more; ACK is set in every segment but \
             the first.",
            "seq 6: client's SYN took 0, its 5 bytes the numbers from 1.",
        ]
    );
    tale.server().ack();
    assert_eq!(
        told(&tale, "ack=6"),
        ["ack 7: 6 of frame 6 + 1 for the FIN = 7: what it expects next."]
    );
    tale.server().fin();
    tale.client().ack();
    assert_eq!(
        told(&tale, "seq=6"),
        ["seq 7: client's SYN took 0, its 5 bytes the numbers from 1, its FIN one more."]
    );
}

#[test]
fn of_what_is_sent_again_and_what_refuses() {
    let mut tale = connecting();
    tale.handshake();
    let Party { next, expects, .. } = tale.client;
    tale.client().data(b"x");
    tale.wait(300_000_000);
    tale.client().segment(Flags::PSH.with(Flags::ACK), next, expects, b"x");
    assert_eq!(
        told(&tale, "FIN,ACK seq=2"),
        [
            "flags PSH,ACK: It repeats what wasn't acknowledged.",
            "seq 1: The same number as the first time.",
        ]
    );
    let mut tale = Tale::new();
    tale.client().syn();
    tale.server().refuse();
    assert_eq!(
        told(&tale, "SYN,ACK"),
        ["flags RST,ACK: Nobody listens there, so the SYN is refused."]
    );
}
