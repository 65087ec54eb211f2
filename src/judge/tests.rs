//! Verdicts on short stories.

use super::{Answer, Asked, Evidence, Holds, Verdict, judge, told};
use crate::command::{Command, Quantity, parse};
use crate::packet::Flags;
use crate::story::tests::tale::Tale;
use crate::story::{ReturnMoment, What};
use crate::tcp::State;
use crate::trace::{Effect, SocketId, SocketKind};

/// A story, and where its mark stands.
struct Case {
    tale: Tale,
    mark: u64,
    waiting: Vec<(String, &'static str)>,
    asked: Asked,
}

impl Case {
    fn of(tale: Tale) -> Case {
        Case { tale, mark: 0, waiting: Vec::new(), asked: Asked::default() }
    }

    fn mark(&mut self) {
        self.mark = self.tale.story.cursor();
    }

    fn judge(&self, line: &str) -> Verdict {
        let Command::Expect { what, .. } = parse(line).unwrap().remove(0).command else {
            panic!("{line} is no expectation")
        };
        let returns: Vec<&ReturnMoment> = self
            .tale
            .story
            .moments()
            .rev()
            .filter_map(|moment| match &moment.what {
                What::Return(returned) => Some(returned),
                _ => None,
            })
            .take(1)
            .collect();
        let (story, mark) = (&self.tale.story, self.mark);
        judge(
            &Evidence {
                story,
                mark,
                returns: &returns,
                waiting: &self.waiting,
                asked: &self.asked,
            },
            &what,
        )
    }

    fn holds(&self, line: &str) -> Holds {
        self.judge(line).holds
    }
}

/// A client that has connected to a listener; nobody has accepted.
fn connected() -> (Tale, SocketId, SocketId) {
    let mut tale = Tale::new();
    let server = tale.listener("server", "127.0.0.1:8899");
    let (client, call) = tale.connecting("client");
    tale.handshake();
    tale.returned(call, 0, Effect::None);
    (tale, server, client)
}

fn received(data: &[u8]) -> Effect {
    Effect::Received { data: data.into(), from: None, peeked: false, truncated_from: None }
}

#[test]
fn a_handshake_is_seen_in_its_order() {
    let case = Case::of(connected().0);
    let seen = "expect sees client>server SYN, server>client SYN,ACK, client>server ACK";
    assert_eq!(case.holds(seen), Holds::Yes);
    assert_eq!(case.holds("expect sees client>server SYN, client>server ACK"), Holds::Yes);
    assert_eq!(case.holds("expect sees *>* SYN, *>client SYN,ACK"), Holds::Yes);
    assert_eq!(case.holds("expect sees client>server ACK, client>server SYN"), Holds::NotYet);
    assert_eq!(case.holds("expect sees server>client SYN"), Holds::NotYet);
}

#[test]
fn flags_are_exact_unless_a_plus_says_at_least() {
    let case = Case::of(connected().0);
    assert_eq!(case.holds("expect sees server>client SYN+"), Holds::Yes);
    assert_eq!(case.holds("expect count SYN 1"), Holds::Yes);
    assert_eq!(case.holds("expect count SYN+ 2"), Holds::Yes);
    assert_eq!(case.holds("expect never RST+"), Holds::Yes);
}

#[test]
fn exactly_means_nothing_between() {
    let case = Case::of(connected().0);
    let run = "expect exactly client>server SYN, server>client SYN,ACK, client>server ACK";
    assert_eq!(case.holds(run), Holds::Yes);
    assert_eq!(case.holds("expect exactly server>client SYN,ACK, client>server ACK"), Holds::Yes);
    assert_eq!(case.holds("expect exactly client>server SYN, client>server ACK"), Holds::NotYet);
}

#[test]
fn what_was_before_the_mark_does_not_count() {
    let mut case = Case::of(connected().0);
    case.mark();
    assert_eq!(case.holds("expect sees client>server SYN"), Holds::NotYet);
    assert_eq!(case.holds("expect count SYN 0"), Holds::Yes);
    case.tale.client().data(b"hello");
    assert_eq!(case.holds("expect sees client>server PSH,ACK"), Holds::Yes);
}

#[test]
fn an_accepted_socket_answers_to_its_name_and_to_its_listeners() {
    let (mut tale, server, _) = connected();
    tale.accept(server, "conn");
    tale.client().data(b"hello");
    let case = Case::of(tale);
    for name in ["conn", "server"] {
        assert_eq!(case.holds(&format!("expect sees client>{name} PSH,ACK")), Holds::Yes, "{name}");
        // The handshake passed before it had its name.
        assert_eq!(case.holds(&format!("expect sees client>{name} SYN")), Holds::Yes, "{name}");
    }
    assert_eq!(case.holds("expect sees client>nobody SYN"), Holds::NotYet);
}

#[test]
fn a_count_that_is_too_low_may_still_come_right_and_one_too_high_may_not() {
    let case = Case::of(connected().0);
    assert_eq!(case.holds("expect count client>server ACK 2"), Holds::NotYet);
    assert_eq!(case.holds("expect count SYN+ 1"), Holds::No);
    let verdict = case.judge("expect never SYN");
    assert_eq!((verdict.holds, &*verdict.found), (Holds::No, "#1 client>server SYN"));
}

#[test]
fn a_verdict_lists_the_segments_that_were_seen() {
    let verdict = Case::of(connected().0).judge("expect sees client>server SYN, *>* RST");
    assert_eq!(verdict.seen.len(), 3);
    assert_eq!(verdict.seen[1], "#2 server>client SYN,ACK");
    assert!(verdict.found.contains("*>* RST"), "{}", verdict.found);
}

#[test]
fn states_are_found_by_socket_and_before_accept_by_listener() {
    let (mut tale, server, _) = connected();
    let case = Case::of(tale);
    assert_eq!(case.holds("expect state client ESTABLISHED"), Holds::Yes);
    assert_eq!(case.holds("expect state server LISTEN"), Holds::Yes);
    assert_eq!(case.holds("expect state server ESTABLISHED"), Holds::Yes);
    assert_eq!(case.holds("expect state client CLOSED"), Holds::NotYet);
    assert_eq!(case.judge("expect state nobody CLOSED").found, "nobody is called nobody");
    tale = case.tale;
    tale.accept(server, "conn");
    tale.client().fin();
    let case = Case::of(tale);
    assert_eq!(case.holds("expect state conn CLOSE-WAIT"), Holds::Yes);
    assert_eq!(case.holds("expect state client FIN-WAIT-1"), Holds::Yes);
}

#[test]
fn a_closed_socket_keeps_its_state_and_the_kernels_word_comes_first() {
    let (mut tale, _, client) = connected();
    tale.call(client, "close", Effect::Closed, |tale| {
        tale.client().fin();
        tale.server().ack();
    });
    tale.server().fin();
    tale.client().ack();
    let mut case = Case::of(tale);
    assert_eq!(case.holds("expect state client TIME-WAIT"), Holds::Yes);
    case.tale.kernel_of_client(None);
    assert_eq!(case.holds("expect state client CLOSED"), Holds::Yes);
}

#[test]
fn a_socket_that_the_kernel_does_not_know_is_closed() {
    let mut case = Case::of(connected().0);
    case.tale.kernel_of_client(None);
    assert_eq!(case.holds("expect state client CLOSED"), Holds::Yes);
    assert_eq!(case.holds("expect state client ESTABLISHED"), Holds::NotYet);
}

#[test]
fn results_are_those_of_the_last_call() {
    let (mut tale, _, client) = connected();
    let call = tale.called(client, "recv", "1024");
    tale.returned(call, 5, received(b"hello"));
    let mut case = Case::of(tale);
    assert_eq!(case.holds("expect return 5"), Holds::Yes);
    assert_eq!(case.holds("expect data \"hello\""), Holds::Yes);
    assert_eq!(case.holds("expect data \"hell\""), Holds::No);
    assert_eq!(case.holds("expect eof"), Holds::No);
    let verdict = case.judge("expect errno ECONNRESET");
    assert_eq!(verdict.found, "recv(client) = 5 \"hello\"");
    let call = case.tale.called(client, "recv", "1024");
    case.tale.failed(call, libc::ECONNRESET);
    assert_eq!(case.holds("expect errno ECONNRESET"), Holds::Yes);
    assert_eq!(case.holds("expect return 5"), Holds::No);
    assert_eq!(case.holds("expect return -1"), Holds::Yes);
}

#[test]
fn where_no_segment_was_seen_the_kernel_tells_the_state() {
    let mut tale = Tale::new();
    tale.socket("client", SocketKind::Tcp);
    let mut case = Case::of(tale);
    assert_eq!(case.holds("expect state client CLOSED"), Holds::Yes);
    case.asked.unseen = vec![State::Established];
    assert_eq!(case.holds("expect state client ESTABLISHED"), Holds::Yes);
    assert_eq!(case.holds("expect state client CLOSED"), Holds::NotYet);
}

#[test]
fn the_end_of_a_stream_is_no_empty_datagram_and_no_empty_request() {
    let (mut tale, _, client) = connected();
    let call = tale.called(client, "recv", "1024");
    tale.returned(call, 0, received(b""));
    let mut case = Case::of(tale);
    assert_eq!(case.holds("expect eof"), Holds::Yes);
    let call = case.tale.called(client, "recv", "0");
    case.tale.returned(call, 0, received(b""));
    assert_eq!(case.holds("expect eof"), Holds::No);
    let other = case.tale.socket("udp", SocketKind::Udp);
    let call = case.tale.called(other, "recv", "1024");
    case.tale.returned(call, 0, received(b""));
    assert_eq!(case.holds("expect eof"), Holds::No);
}

#[test]
fn a_result_may_still_come_while_a_call_waits() {
    let mut case = Case::of(connected().0);
    assert_eq!(case.holds("expect blocked server"), Holds::NotYet);
    assert_eq!(case.holds("expect return 7"), Holds::No);
    case.waiting.push(("server".into(), "accept"));
    assert_eq!(case.holds("expect blocked server"), Holds::Yes);
    assert_eq!(case.holds("expect blocked client"), Holds::NotYet);
    assert_eq!(case.holds("expect return 7"), Holds::NotYet);
}

#[test]
fn a_counter_must_have_grown_by_just_so_much() {
    let mut case = Case::of(Tale::new());
    for (grown, holds) in [(0, Holds::NotYet), (1, Holds::NotYet), (2, Holds::Yes), (3, Holds::No)]
    {
        case.asked.counted = Some(grown);
        assert_eq!(case.holds("expect counter TcpRetransSegs 2"), holds, "{grown}");
    }
}

#[test]
fn results_by_a_function_are_all_its_since_the_mark() {
    let (mut tale, server, client) = connected();
    let (conn, _) = tale.accept(server, "conn");
    let call = tale.called(conn, "recv", "1024");
    tale.returned(call, 5, received(b"hello"));
    let call = tale.called(client, "recv", "1024");
    tale.failed(call, libc::EAGAIN);
    let mut case = Case::of(tale);
    // The last call was another.
    assert_eq!(case.holds("expect return 5"), Holds::No);
    for (line, holds) in [
        ("expect return 0 by connect", Holds::Yes),
        ("expect return 0 by connect client", Holds::Yes),
        ("expect return 0 by connect conn", Holds::No),
        ("expect return 5 by recv", Holds::Yes),
        ("expect return 5 by recv conn", Holds::Yes),
        // A listener's name stands for those accepted from it too.
        ("expect data \"hello\" by recv server", Holds::Yes),
        ("expect data \"hello\" by recvfrom conn", Holds::No),
        ("expect errno EAGAIN by recv client", Holds::Yes),
        ("expect errno EAGAIN by recv conn", Holds::No),
        ("expect eof by recv", Holds::No),
    ] {
        assert_eq!(case.holds(line), holds, "{line}");
    }
    assert_eq!(case.judge("expect return 7 by recv").found, "recv(client) = -1 EAGAIN");
    let found = case.judge("expect return 7 by send client").found;
    assert_eq!(found, "no send(client) has returned");
    case.waiting.push(("conn".into(), "recv"));
    assert_eq!(case.holds("expect eof by recv conn"), Holds::NotYet);
    assert_eq!(case.holds("expect eof by recv client"), Holds::No);
    assert_eq!(case.holds("expect eof by send conn"), Holds::No);
    case.mark();
    assert_eq!(case.holds("expect return 5 by recv conn"), Holds::NotYet);
    assert_eq!(case.judge("expect return 5 by recv").found, "no recv() has returned");
}

#[test]
fn roles_are_what_segments_are_whatever_their_flags() {
    let (mut tale, ..) = connected();
    let first = tale.client.next;
    let ack = tale.client.expects;
    tale.client().data(b"hello");
    tale.client().segment(Flags::PSH.with(Flags::ACK), first, ack, b"hello");
    let mut case = Case::of(tale);
    for (line, holds) in [
        ("expect role syn-ack", Holds::Yes),
        ("expect role server>client syn-ack", Holds::Yes),
        ("expect role client>server syn-ack", Holds::NotYet),
        ("expect role spurious-retransmission", Holds::NotYet),
        ("expect role retransmission", Holds::Yes),
        ("expect role client>server retransmission 1+", Holds::Yes),
        ("expect role retransmission 2", Holds::NotYet),
        ("expect role data 0", Holds::Yes),
    ] {
        assert_eq!(case.holds(line), holds, "{line}");
    }
    let verdict = case.judge("expect role retransmission 2");
    assert_eq!(verdict.found, "1");
    assert_eq!(verdict.seen[0], "#1 client>server SYN syn");
    case.mark();
    assert_eq!(case.holds("expect role retransmission"), Holds::NotYet);
}

#[test]
fn a_quantity_that_the_kernel_tells_may_still_come_right_either_way() {
    let mut case = Case::of(Tale::new());
    for (measured, exact, least) in [
        (4, Holds::NotYet, Holds::NotYet),
        (5, Holds::Yes, Holds::Yes),
        (6, Holds::NotYet, Holds::Yes),
    ] {
        case.asked.measured = Some(Ok(measured));
        assert_eq!(case.holds("expect unread conn 5"), exact, "{measured}");
        assert_eq!(case.holds("expect info conn snd_cwnd 5+"), least, "{measured}");
    }
    case.asked.measured = Some(Err("conn is closed".into()));
    let verdict = case.judge("expect queue conn 0");
    assert_eq!((verdict.holds, &*verdict.found), (Holds::NotYet, "conn is closed"));
}

#[test]
fn packets_are_counted_between_whom_and_since_when() {
    let mut case = Case::of(connected().0);
    let count = |case: &Case, text: &str| {
        told(&case.tale.story, case.mark, &Quantity::parse(text).unwrap())
    };
    assert_eq!(count(&case, "segments"), Some(3));
    assert_eq!(count(&case, "segments client>server"), Some(2));
    assert_eq!(count(&case, "segments client>* ACK"), Some(1));
    assert_eq!(count(&case, "segments SYN+"), Some(2));
    assert_eq!(count(&case, "datagrams"), Some(0));
    assert_eq!(count(&case, "port client"), None);
    case.mark();
    assert_eq!(count(&case, "segments"), Some(0));
    assert_eq!(case.holds("expect datagrams 0"), Holds::Yes);
    assert_eq!(case.holds("expect datagrams *>* 1+"), Holds::NotYet);
}

#[test]
fn what_the_kernel_answers_decides_and_may_change() {
    let mut case = Case::of(Tale::new());
    for (is_wanted, holds) in [(true, Holds::Yes), (false, Holds::NotYet)] {
        case.asked.answer = Some(Answer { is_wanted, found: "127.0.0.1:80".into() });
        for line in ["expect sockname s :80", "expect peername s :80", "expect option s IP_TTL 1"] {
            let verdict = case.judge(line);
            assert_eq!((verdict.holds, &*verdict.found), (holds, "127.0.0.1:80"), "{line}");
        }
    }
}
