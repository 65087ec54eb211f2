//! The kernel's word beside what the segments say.

use insta::assert_snapshot;

use super::tale::{ACK, Tale};
use crate::story::{Confidence, Contradiction, What};
use crate::tcp::State;
use crate::trace::Effect;

const ESTABLISHED: u8 = 1;
const SYN_RECEIVED: u8 = 12;
const FIN_WAIT_1: u8 = 4;
const CLOSE: u8 = 7;
const CLOSE_WAIT: u8 = 8;

#[test]
fn agreement_makes_a_state_sure_where_it_is_shown() {
    let mut tale = Tale::open();
    tale.kernel_of_client(Some(ESTABLISHED));
    tale.kernel_of_server(Some(ESTABLISHED));
    let segments = tale.segments();
    assert_eq!(segments[1].states.to.confidence, Confidence::Kernel, "it came to this there");
    assert_eq!(segments[2].states.from.confidence, Confidence::Kernel);
    assert_eq!(segments[2].states.to.confidence, Confidence::Kernel);
    assert_eq!(segments[0].states.from.confidence, Confidence::Inferred, "SYN-SENT was not asked");
    assert!(tale.connection().ends.iter().all(|end| end.confidence == Confidence::Kernel));
    tale.client().fin();
    assert_eq!(tale.last().states.from.confidence, Confidence::Inferred);
}

#[test]
fn a_difference_is_told_once_and_when_it_ends() {
    let mut tale = Tale::open();
    tale.client().data(b"hello");
    tale.server().ack();
    tale.kernel_of_server(Some(CLOSE_WAIT));
    tale.kernel_of_server(Some(CLOSE_WAIT));
    assert_eq!(tale.connection().ends[1].kernel_differs, Some(Some(State::CloseWait)));
    assert_eq!(tale.states().1, Some(State::Established));
    tale.kernel_of_server(Some(ESTABLISHED));
    tale.kernel_of_server(Some(ESTABLISHED));
    assert_eq!(tale.connection().ends[1].kernel_differs, None);
    let told = tale.told();
    let words: Vec<_> = told.lines().filter(|line| line.contains("kernel")).collect();
    assert_eq!(
        words,
        [
            "? is ESTABLISHED and the kernel says CLOSE-WAIT",
            "? is ESTABLISHED and the kernel says ESTABLISHED"
        ]
    );
}

/// No segment says that 60 seconds have passed.
#[test]
fn the_end_of_time_wait_is_the_kernels_to_tell() {
    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().fin();
    tale.client().ack();
    tale.kernel_of_server(None);
    tale.kernel_of_client(Some(CLOSE));
    assert_eq!(tale.states().0, Some(State::TimeWait), "an open descriptor says CLOSE all along");
    tale.kernel_of_client(None);
    assert_eq!(tale.states(), (Some(State::Closed), Some(State::Closed)));
    let last = tale.story.moments().last().unwrap();
    let What::State(state) = &last.what else { panic!("a state") };
    assert_eq!(state.change.before, Some(State::TimeWait));
    assert_eq!(state.change.confidence, Confidence::Kernel);
    assert_eq!(state.because, crate::story::StateCause::Kernel);
}

#[test]
fn the_kernel_tells_what_no_segment_can() {
    let mut tale = Tale::new();
    tale.client().syn();
    tale.kernel_of_server(None);
    tale.kernel_of_client(None);
    assert_snapshot!(tale.told(), @r"
    ? → SYN-SENT               ──▶ SYN      0      ──▶ ?
    ? ? → CLOSED Kernel
    ? SYN-SENT → CLOSED Kernel
    ");

    let mut tale = Tale::open();
    tale.client().fin();
    tale.server().ack();
    tale.kernel_of_client(None);
    assert_eq!(tale.states().0, Some(State::Closed), "an orphaned FIN-WAIT-2 has ended");
}

/// Linux drops a SYN to a full queue without a word.
#[test]
fn a_syn_that_a_full_queue_dropped_leaves_the_listener_listening() {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.client().syn();
    assert_eq!(tale.states().1, Some(State::SynReceived));
    tale.kernel_of_server(None);
    assert_eq!(tale.states().1, Some(State::Listen));
    tale.client().again();
    assert_eq!(tale.states().1, Some(State::SynReceived));
    tale.server().syn_ack();
    tale.client().ack();
    assert_eq!(tale.states(), (Some(State::Established), Some(State::Established)));
}

/// Only the last ACK met a full queue: the client is ESTABLISHED, the server isn't.
#[test]
fn an_ack_that_a_full_queue_dropped_leaves_the_server_in_syn_received() {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.handshake();
    tale.kernel_of_server(Some(SYN_RECEIVED));
    assert_eq!(tale.states(), (Some(State::Established), Some(State::SynReceived)));
    assert_eq!(tale.correction(tale.server.address), Some(Contradiction::KernelKnowsBetter));
    tale.server().again();
    assert_eq!(tale.states().1, Some(State::SynReceived));
    tale.client().ack();
    assert_eq!(tale.states().1, Some(State::Established));
    assert_eq!(tale.connection().ends[1].visited(), [State::SynReceived, State::Established]);
}

/// A SYN cookie: the kernel knows nothing of what was answered just now, and the ACK opens all the
/// same. So does data, if the ACK was lost.
#[test]
fn the_ack_of_a_syn_cookie_opens_what_the_listener_had_forgotten() {
    for lost in [false, true] {
        let mut tale = Tale::new();
        tale.listener("server", "127.0.0.1:8899");
        tale.client().syn();
        tale.server().syn_ack();
        tale.kernel_of_server(None);
        assert_eq!(tale.states(), (Some(State::Established), Some(State::Listen)));
        let last = tale.story.moments().last().unwrap();
        let What::State(state) = &last.what else { panic!("a state") };
        assert_eq!(state.because, crate::story::StateCause::SynCookie);
        if lost {
            tale.client().data(b"hello");
        } else {
            tale.client().ack();
        }
        assert_eq!(tale.states().1, Some(State::Established), "{lost}");
        assert_eq!(tale.last().states.to.before, Some(State::Listen));
        tale.kernel_of_server(Some(ESTABLISHED));
        assert_eq!(tale.connection().ends[1].kernel_differs, None);
    }
}

#[test]
fn a_syn_cookie_may_meet_a_full_queue_and_only_its_own_ack_counts() {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.client().syn();
    tale.server().syn_ack();
    tale.kernel_of_server(None);
    let (client, server) = (tale.client, tale.server);
    tale.client().forged().segment(ACK, client.next, server.next + 1, b"");
    assert_eq!(tale.states().1, Some(State::Listen));
    tale.client().ack();
    tale.kernel_of_server(None);
    assert_eq!(tale.states().1, Some(State::Listen), "the accept queue was full");
    tale.client().data(b"hello");
    assert_eq!(tale.states().1, Some(State::Established));
}

/// Who has answered for longer than a timeout, or no longer listens, has given up.
#[test]
fn an_old_answer_that_the_kernel_does_not_know_was_no_cookie() {
    let half_open = || {
        let mut tale = Tale::new();
        let server = tale.listener("server", "127.0.0.1:8899");
        tale.client().syn();
        tale.server().syn_ack();
        (tale, server)
    };
    let (mut tale, _) = half_open();
    tale.wait(2_000_000_000);
    tale.kernel_of_server(None);
    assert_eq!(tale.states().1, Some(State::Listen));
    tale.client().ack();
    assert_eq!(tale.states().1, Some(State::Listen));
    let (mut tale, server) = half_open();
    tale.call(server, "close", Effect::Closed, |_| {});
    tale.kernel_of_server(None);
    assert_eq!(tale.states().1, Some(State::Closed));
}

#[test]
fn a_fin_that_a_filter_dropped_leaves_its_receiver_established() {
    let mut tale = Tale::open();
    tale.client().lost().fin();
    tale.kernel_of_server(Some(ESTABLISHED));
    assert_eq!(tale.states(), (Some(State::FinWait1), Some(State::Established)));
    tale.client().again();
    assert_eq!(tale.states().1, Some(State::CloseWait));
}

#[test]
fn a_close_that_data_holds_back_is_the_kernels_to_tell() {
    let mut tale = Tale::open();
    tale.client().data(b"fills the window");
    tale.kernel_of_client(Some(FIN_WAIT_1));
    assert_eq!(tale.states().0, Some(State::FinWait1));
}

#[test]
fn a_listener_that_is_found_in_place_of_a_closed_connection_agrees() {
    let mut tale = Tale::new();
    tale.listener("server", "127.0.0.1:8899");
    tale.handshake();
    tale.client().abort();
    tale.kernel_of_server(Some(10));
    tale.kernel_of_client(None);
    assert_eq!(tale.states(), (Some(State::Closed), Some(State::Closed)));
    assert_eq!(tale.connection().ends[1].kernel_differs, None);
    assert_eq!(tale.last().states.to.confidence, Confidence::Kernel);
}

#[test]
fn an_unknown_code_or_connection_is_no_word_at_all() {
    let mut tale = Tale::open();
    let before = tale.story.cursor();
    tale.kernel_of_client(Some(99));
    tale.kernel("127.0.0.1:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap(), Some(1));
    assert_eq!(tale.story.cursor(), before);
}

#[test]
fn a_kernel_that_gave_up_a_connection_has_timed_out() {
    let mut tale = Tale::new();
    let (client, connect) = tale.connecting("client");
    tale.handshake();
    tale.returned(connect, 0, Effect::None);
    tale.call(client, "send", Effect::None, |tale| tale.client().lost().data(b"x"));
    tale.kernel_of_client(None);
    assert_eq!(tale.states().0, Some(State::Closed));

    let mut tale = Tale::open();
    tale.kernel_of_client(None);
    assert_eq!(tale.states().0, Some(State::Established), "without a reason it is a difference");
    assert_eq!(tale.connection().ends[0].kernel_differs, Some(None));
}
