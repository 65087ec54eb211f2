//! What learners type as answers, and how it is graded.

use super::with_step;
use crate::lesson::{Answer, Asked, Fields, Item, Question, Truth, grade};
use crate::tcp::State;

fn question(words: &str, body: &str) -> Question {
    let lesson = with_step(&format!("```{words}\nWhat?\n{body}\n```\n"));
    match &lesson.steps[0].items[0] {
        Item::Ask(question) => question.clone(),
        other => panic!("{other:?}"),
    }
}

/// How each of these is read, or that it isn't.
fn read<'a>(asked: &Asked, typed: &[&'a str]) -> Vec<(&'a str, String)> {
    let one = |text: &&'a str| {
        let read = Answer::read(asked, text);
        (*text, read.map_or_else(|_| "-".to_owned(), |answer| answer.to_string()))
    };
    typed.iter().map(one).collect()
}

#[test]
fn answers_are_read_as_people_write_them() {
    let choice = question("ask", "- [x] a\n- [ ] b => no").asked;
    assert_eq!(
        read(&choice, &["a", "B", "b)", " a. ", "c", "ab", ""]),
        [("a", "a"), ("B", "b"), ("b)", "b"), (" a. ", "a"), ("c", "-"), ("ab", "-"), ("", "-")]
            .map(|(typed, read)| (typed, read.to_owned()))
    );
    let flags = Asked::Flags;
    for typed in ["SYN,ACK", "syn+ack", "ACK-SYN", "syn / ack", "SYN ACK", "synack"] {
        assert_eq!(read(&flags, &[typed])[0].1, "SYN,ACK", "{typed}");
    }
    assert_eq!(read(&flags, &["SYNCHRO"])[0].1, "-");
    for (typed, state) in [
        ("established", "ESTABLISHED"),
        ("SYN_RCVD", "SYN-RECEIVED"),
        ("syn recv", "SYN-RECEIVED"),
        ("fin_wait1", "FIN-WAIT-1"),
        ("Time-Wait", "TIME-WAIT"),
        ("open", "-"),
    ] {
        assert_eq!(read(&Asked::State("s".into()), &[typed])[0].1, state, "{typed}");
    }
    for (typed, returned) in [
        ("0", "0"),
        ("econnrefused", "ECONNREFUSED"),
        ("-1 EPIPE", "EPIPE"),
        ("Blocks", "blocks"),
        ("ENOSUCH", "-"),
    ] {
        assert_eq!(read(&Asked::Return, &[typed])[0].1, returned, "{typed}");
    }
    assert_eq!(read(&Asked::Number(None), &["1_000", "1,000", "-3", "1.5"])[0].1, "1000");
}

#[test]
fn a_segments_fields_come_in_any_order_with_or_without_signs() {
    let segment = Asked::Segment(None);
    for typed in [
        "SYN,ACK seq=0 ack=1 len=0",
        "flags=SYN,ACK ack=1 len=0 seq=0",
        "seq 0, ack 1, len 0, syn+ack",
        "flags SYN,ACK seq = 0 ack = 1 len = 0",
    ] {
        assert_eq!(read(&segment, &[typed])[0].1, "SYN,ACK seq=0 ack=1 len=0", "{typed}");
    }
    // The flag and the number have the same name.
    assert_eq!(read(&segment, &["ack ack 6"])[0].1, "ACK ack=6");
    assert_eq!(read(&segment, &["ACK seq=1"])[0].1, "ACK seq=1");
    assert_eq!(read(&segment, &["SYN ack=none"])[0].1, "SYN ack=none");
    assert_eq!(read(&segment, &["seq=x"])[0].1, "-");
    assert_eq!(read(&segment, &["connect client server"])[0].1, "-");
}

#[test]
fn a_mistake_about_one_field_is_known_whatever_the_others_are() {
    let question =
        question("ask segment", "= SYN,ACK seq=0 ack=1 len=0\n! ack=0 => The SYN counts.\n> next");
    let given = |text: &str| Answer::read(&question.asked, text).unwrap();
    let told = |text: &str| question.feedback_to(&given(text));
    assert_eq!(told("SYN,ACK seq=0 ack=0 len=0"), Some("The SYN counts."));
    assert_eq!(told("ACK seq=9 ack=0 len=3"), Some("The SYN counts."));
    assert_eq!(told("ACK seq=0 ack=1 len=0"), None);
}

#[test]
fn who_goes_by_a_listeners_name_may_be_meant() {
    let truth = Truth::State(vec![State::Listen, State::SynReceived]);
    let right = |state| {
        let marks = grade(&Answer::State(state), &truth, &Fields::default());
        marks.iter().all(|mark| mark.right)
    };
    assert!(right(State::Listen) && right(State::SynReceived) && !right(State::Established));
}
