//! What is foretold comes true: when, and what is sent. Each waits for it in a real network, and
//! compares.

use std::time::Duration;

use super::{Desk, at_a_desk};
use crate::packet::Flags;
use crate::story::SegmentMoment;
use crate::tcp::State;
use crate::tcp::outlook::{Act, GivenUp, Sent};
use crate::trace::clock;

/// How far a timer may be off: Linux rounds up by up to an eighth.
fn check_time(foretold: Duration, came: Duration, what: &str) {
    let slack = (foretold / 10).max(Duration::from_millis(20));
    let off = came.abs_diff(foretold);
    assert!(off <= slack, "{what}: foretold {foretold:?}, came after {came:?}");
}

fn check_sent(sent: Sent, segment: &SegmentMoment) {
    let (flags, len) = (segment.segment.flags, segment.segment.payload.len);
    let came = format!("{sent:?}, but came {flags} seq {} len {len}", segment.seq);
    let is_so = match sent {
        Sent::Syn => flags == Flags::SYN,
        Sent::SynAck => flags == Flags::SYN.with(Flags::ACK),
        Sent::Bytes { from, to, fin } => {
            segment.seq == from && len == to - from + 1 && flags.has(Flags::FIN) == fin
        }
        Sent::From(from) => segment.seq == from && len > 0,
        Sent::Fin => flags.has(Flags::FIN) && len == 0,
        Sent::New(bytes) => len <= bytes && len > 0,
        Sent::Unknown(_) => false,
    };
    assert!(is_so, "{came}");
}

impl Desk {
    /// What that end will do next comes true.
    fn comes_true(&mut self, name: &str) -> Act {
        let port = self.port(name);
        let cursor = self.session.lab.story().cursor();
        let asked = clock::now();
        let next = self.known(name).outlook().expect("a timer runs");
        let (time, segment) = self.next_from(port, cursor);
        check_time(next.after, time.since(asked), &format!("{:?}", next.act));
        match &next.act {
            Act::Resend { what, .. } | Act::ProbeTail { what, .. } | Act::TakeForLost { what } => {
                check_sent(*what, &segment);
            }
            Act::ProbeWindow { .. } | Act::KeepAlive { .. } => {
                assert_eq!(segment.segment.payload.len, 0);
                // RFC 9293, section 3.8.4: a number that the peer has acknowledged already.
                assert_eq!(segment.seq + 1, self.known(name).standing.flight.unwrap().next);
            }
            Act::SendHeld { bytes } => assert_eq!(segment.segment.payload.len, *bytes),
            Act::Defer | Act::GiveUp(_) | Act::EndTimeWait | Act::EndFinWait2 => {
                panic!("something was sent: {segment:?}")
            }
        }
        next.act
    }

    /// The wait that is foretold to follow is the next one's.
    fn waits_then(&mut self, name: &str, then: Duration) {
        let left = self.known(name).outlook().unwrap().after;
        check_time(then, left, "the wait after that");
    }
}

#[test]
fn lost_data_is_sent_again_when_and_as_foretold() {
    at_a_desk(|desk| {
        desk.connection();
        desk.deaf("conn", true);
        desk.types(r#"send client "hello""#);
        let hello = Sent::Bytes { from: 1, to: 5, fin: false };
        let probe = desk.comes_true("client");
        let Act::ProbeTail { what, then } = probe else { panic!("{probe:?}") };
        assert_eq!(what, hello);
        desk.waits_then("client", then);
        for _ in 0..3 {
            let again = desk.comes_true("client");
            let Act::Resend { what, then: Some(then) } = again else { panic!("{again:?}") };
            assert_eq!(what, hello);
            desk.waits_then("client", then);
        }
    });
}

#[test]
fn without_a_tail_loss_probe_the_timeout_comes_first() {
    for setting in ["tcp_early_retrans 0", "tcp_sack 0"] {
        at_a_desk(|desk| {
            desk.types(&format!("kernel {setting}"));
            desk.connection();
            desk.deaf("conn", true);
            desk.types(r#"send client "hello""#);
            let again = desk.comes_true("client");
            assert!(matches!(again, Act::Resend { .. }), "{setting}: {again:?}");
        });
    }
}

#[test]
fn of_several_lost_segments_the_tail_is_probed_and_the_head_resent() {
    at_a_desk(|desk| {
        desk.connection();
        desk.deaf("conn", true);
        desk.types("send client #5000");
        // The probe is over before a person could look.
        let again = desk.comes_true("client");
        assert!(matches!(again, Act::Resend { what: Sent::From(1), .. }), "{again:?}");
        desk.comes_true("client");
    });
}

#[test]
fn what_nagle_holds_back_goes_with_the_probe_and_the_rest_with_the_timeout() {
    at_a_desk(|desk| {
        desk.connection();
        desk.deaf("conn", true);
        desk.types(r#"send client "hello"; send client "again""#);
        let probe = desk.comes_true("client");
        assert!(matches!(probe, Act::ProbeTail { what: Sent::New(5), .. }), "{probe:?}");
        let again = desk.comes_true("client");
        assert!(matches!(again, Act::Resend { what: Sent::From(1), .. }), "{again:?}");
    });
}

#[test]
fn a_lost_fin_is_sent_again_by_an_orphan() {
    at_a_desk(|desk| {
        desk.connection();
        desk.deaf("conn", true);
        desk.types("close client");
        let probe = desk.comes_true("client");
        assert!(matches!(probe, Act::ProbeTail { what: Sent::Fin, .. }), "{probe:?}");
        let again = desk.comes_true("client");
        assert!(matches!(again, Act::Resend { what: Sent::Fin, .. }), "{again:?}");
    });
}

#[test]
fn an_unanswered_syn_is_sent_again_and_then_given_up() {
    at_a_desk(|desk| {
        desk.types("kernel tcp_syn_retries 1");
        desk.listener(5);
        desk.deaf("server", true);
        desk.types("client = socket tcp; connect client server &");
        for _ in 0..2 {
            let again = desk.comes_true("client");
            let second = Some(Duration::from_secs(1));
            assert_eq!(again, Act::Resend { what: Sent::Syn, then: second });
        }
        let asked = clock::now();
        let next = desk.known("client").outlook().unwrap();
        assert_eq!(next.act, Act::GiveUp(GivenUp::TimedOut));
        desk.until("connect() returns", |desk| desk.session.lab.jobs().waiting().count() == 0);
        check_time(next.after, clock::now().since(asked), "giving up");
        desk.session.catch_up().unwrap();
        desk.types("expect errno ETIMEDOUT");
    });
}

#[test]
fn an_unanswered_syn_ack_is_sent_again() {
    at_a_desk(|desk| {
        desk.listener(5);
        desk.types("client = socket tcp");
        desk.deaf("client", true);
        desk.types("connect client server &");
        let asked = clock::now();
        let cursor = desk.session.lab.story().cursor();
        let crate::view::sockets::Shown::Listener(listener) = desk.look_at("server") else {
            panic!("no listener")
        };
        let next = crate::tcp::outlook::outlook(&listener.half_open[0].standing).unwrap();
        let two = Some(Duration::from_secs(2));
        assert_eq!(next.act, Act::Resend { what: Sent::SynAck, then: two });
        let (time, segment) = desk.next_from(listener.local.port(), cursor);
        check_sent(Sent::SynAck, &segment);
        check_time(next.after, time.since(asked), "SYN,ACK");
    });
}

#[test]
fn lost_data_is_given_up_when_foretold() {
    at_a_desk(|desk| {
        desk.types("kernel tcp_retries2 1");
        desk.connection();
        desk.deaf("conn", true);
        desk.types(r#"send client "hello"; recv client &"#);
        let mut resent = 0;
        let next = loop {
            let next = desk.known("client").outlook().unwrap();
            if matches!(next.act, Act::GiveUp(_)) {
                break next;
            }
            desk.comes_true("client");
            resent += 1;
        };
        let asked = clock::now();
        assert_eq!((next.act, resent), (Act::GiveUp(GivenUp::TimedOut), 3));
        desk.until("recv() returns", |desk| desk.session.lab.jobs().waiting().count() == 0);
        check_time(next.after, clock::now().since(asked), "giving up");
    });
}

#[test]
fn a_closed_window_is_probed_when_foretold() {
    at_a_desk(|desk| {
        // Small from the start: a window that shrinks loses what is in flight.
        desk.types("server = socket tcp; setsockopt server SO_RCVBUF 4096");
        desk.types("bind server 127.0.0.1:8899; listen server; client = socket tcp");
        desk.types("connect client server; conn = accept server; send client #20000 dontwait");
        desk.until("nothing is in flight", |desk| {
            let sender = desk.known("client").standing.sender.unwrap();
            (sender.window, sender.in_flight) == (Some(0), 0)
        });
        for wanted in 1..=3 {
            let probe = desk.comes_true("client");
            let Act::ProbeWindow { number, then } = probe else { panic!("{probe:?}") };
            assert_eq!(number, wanted);
            desk.session.lab.refresh();
            desk.waits_then("client", then);
        }
    });
}

#[test]
fn what_is_corked_is_sent_when_foretold() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types(r#"setsockopt client TCP_CORK 1; send client "hello""#);
        assert_eq!(desk.comes_true("client"), Act::SendHeld { bytes: 5 });
    });
}

#[test]
fn keep_alives_come_when_foretold_and_end_with_reset() {
    at_a_desk(|desk| {
        desk.connection();
        for option in ["TCP_KEEPIDLE 1", "TCP_KEEPINTVL 1", "TCP_KEEPCNT 1", "SO_KEEPALIVE 1"] {
            desk.types(&format!("setsockopt client {option}"));
        }
        desk.deaf("conn", true);
        let asks = desk.comes_true("client");
        let second = Duration::from_secs(1);
        assert_eq!(asks, Act::KeepAlive { number: 1, of: 1, then: second });
        desk.waits_then("client", second);
        let (port, cursor) = (desk.port("client"), desk.session.lab.story().cursor());
        let asked = clock::now();
        let next = desk.known("client").outlook().unwrap();
        assert_eq!(next.act, Act::GiveUp(GivenUp::TimedOutWithReset));
        let (time, segment) = desk.next_from(port, cursor);
        assert!(segment.segment.flags.has(Flags::RST));
        check_time(next.after, time.since(asked), "giving up");
        let (_, shown) = desk.tries("recv client");
        assert!(shown.contains("ETIMEDOUT"), "{shown}");
    });
}

#[test]
fn an_orphans_fin_wait_2_ends_when_foretold() {
    at_a_desk(|desk| {
        desk.types("kernel tcp_fin_timeout 2");
        desk.connection();
        desk.types("close client");
        let asked = clock::now();
        let next = desk.known("client").outlook().unwrap();
        assert_eq!(next.act, Act::EndFinWait2);
        desk.until("it has ended", |desk| desk.end("client").known.is_none());
        check_time(next.after, clock::now().since(asked), "FIN-WAIT-2");
    });
}

#[test]
fn time_wait_is_foretold_to_last_its_minute() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("close client; close conn");
        let known = desk.known("client");
        let next = known.outlook().unwrap();
        assert_eq!((known.standing.state, next.act), (State::TimeWait, Act::EndTimeWait));
        check_time(Duration::from_mins(1), next.after, "TIME-WAIT");
    });
}

#[test]
fn an_acknowledgement_that_is_held_back_is_known_of() {
    at_a_desk(|desk| {
        desk.connection();
        // The first segments are acknowledged at once.
        for _ in 0..20 {
            desk.types(r#"send client "x"; recv conn; send conn "y"; recv client"#);
        }
        let port = desk.port("conn");
        let cursor = desk.session.lab.story().cursor();
        desk.types(r#"send client "x" &"#);
        let known = desk.known("conn");
        let owes = known.owes_ack.expect("it owes an ACK");
        let asked = clock::now();
        let (time, segment) = desk.next_from(port, cursor);
        assert!(segment.segment.is_pure_ack());
        check_time(owes, time.since(asked), "delayed ACK");
    });
}
