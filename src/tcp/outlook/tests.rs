use super::*;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// "hello" is in flight, sent just now.
fn hello() -> Standing {
    Standing {
        state: State::Established,
        timer: Some(Timer { kind: TimerKind::Retransmit, left: ms(196), retransmits: 0 }),
        holder: Holder::Program,
        half_open: false,
        answered: None,
        deferred: false,
        sender: Some(Sender {
            rto: ms(204),
            backoff: 0,
            timeouts: 0,
            rtt: Duration::from_micros(24),
            segments: 1,
            in_flight: 5,
            not_sent: 0,
            mss: 1448,
            window: Some(65536),
            sack: true,
            congestion: Congestion::Open,
            ever_resent: 0,
            since_progress: ms(8),
            since_heard: ms(100),
        }),
        flight: Some(Flight {
            first: 1,
            next: 6,
            last: 1,
            fin: false,
            sent: vec![ms(8)],
            last_again: false,
        }),
        limits: Limits::default(),
    }
}

fn with(change: impl FnOnce(&mut Standing, &mut Sender, &mut Flight)) -> Act {
    let mut standing = hello();
    let (mut sender, mut flight) =
        (standing.sender.take().unwrap(), standing.flight.take().unwrap());
    change(&mut standing, &mut sender, &mut flight);
    (standing.sender, standing.flight) = (Some(sender), Some(flight));
    outlook(&standing).unwrap().act
}

const HELLO: Sent = Sent::Bytes { from: 1, to: 5, fin: false };

#[test]
fn first_the_tail_is_probed_then_it_times_out_then_the_wait_doubles() {
    assert_eq!(with(|_, _, _| {}), Act::ProbeTail { what: HELLO, then: ms(204) });
    let after_the_probe = with(|_, sender, flight| {
        sender.ever_resent = 1;
        flight.last_again = true;
        flight.sent = vec![ms(4), ms(212)];
    });
    assert_eq!(after_the_probe, Act::Resend { what: HELLO, then: Some(ms(408)) });
    let after_the_timeout = with(|_, sender, flight| {
        (sender.rto, sender.backoff, sender.timeouts) = (ms(408), 1, 1);
        sender.congestion = Congestion::Loss;
        flight.last_again = true;
        flight.sent = vec![ms(4), ms(208), ms(412)];
    });
    assert_eq!(after_the_timeout, Act::Resend { what: HELLO, then: Some(ms(816)) });
}

#[test]
fn without_sack_or_by_setting_no_tail_is_probed() {
    let resend = Act::Resend { what: HELLO, then: Some(ms(408)) };
    assert_eq!(with(|_, sender, _| sender.sack = false), resend);
    assert_eq!(with(|standing, _, _| standing.limits.probes_tail = false), resend);
}

#[test]
fn of_several_segments_the_tail_is_probed_early_and_the_head_resent_late() {
    let several = |left, since| {
        with(|standing, sender, flight| {
            (sender.segments, sender.in_flight, sender.since_progress) = (4, 5000, since);
            (flight.next, flight.last) = (5001, 4345);
            standing.timer.as_mut().unwrap().left = left;
        })
    };
    let last = Sent::Bytes { from: 4345, to: 5000, fin: false };
    assert_eq!(several(ms(4), ms(0)), Act::ProbeTail { what: last, then: ms(204) });
    assert_eq!(several(ms(100), ms(104)), Act::Resend { what: Sent::From(1), then: Some(ms(408)) },);
}

#[test]
fn a_probe_carries_what_nagle_has_held_back() {
    let act = with(|_, sender, _| sender.not_sent = 6);
    assert_eq!(act, Act::ProbeTail { what: Sent::New(6), then: ms(204) });
    let closed = with(|_, sender, _| (sender.not_sent, sender.window) = (6, Some(5)));
    assert_eq!(closed, Act::ProbeTail { what: HELLO, then: ms(204) });
}

#[test]
fn a_fin_is_resent_alone_or_behind_its_data() {
    let fin = |first| {
        with(|standing, _, flight| {
            standing.state = State::FinWait1;
            (flight.first, flight.last, flight.next, flight.fin) = (first, first, 7, true);
        })
    };
    assert_eq!(fin(6), Act::ProbeTail { what: Sent::Fin, then: ms(204) });
    let both = Sent::Bytes { from: 1, to: 5, fin: true };
    assert_eq!(fin(1), Act::ProbeTail { what: both, then: ms(204) });
}

/// RFC 6298 has the wait double at once; Linux does after four retries, since 6.5.
#[test]
fn syns_come_a_second_apart_at_first() {
    let syn = |done: u8, rto| {
        with(|standing, sender, flight| {
            standing.state = State::SynSent;
            (sender.timeouts, sender.rto) = (done, ms(rto));
            flight.sent = (0..=u64::from(done)).map(|n| ms(n * 1000 + 4)).collect();
        })
    };
    let again = |then| Act::Resend { what: Sent::Syn, then: Some(ms(then)) };
    assert_eq!(syn(0, 1000), again(1000));
    assert_eq!(syn(3, 1000), again(1000));
    assert_eq!(syn(4, 1000), again(2000));
    assert_eq!(syn(5, 2000), again(4000));
    assert_eq!(syn(10, 64000), Act::GiveUp(GivenUp::TimedOut));
}

/// Measured on Linux 6.18: with `tcp_syn_retries=1` connect() fails after 3 s, as with doubling.
#[test]
fn syns_give_up_after_the_time_that_doubling_would_take() {
    let act = with(|standing, sender, flight| {
        standing.state = State::SynSent;
        standing.limits.syn_retries = 1;
        standing.timer.as_mut().unwrap().left = ms(500);
        (sender.timeouts, sender.rto) = (2, ms(1000));
        flight.sent = vec![ms(500), ms(1510), ms(2520)];
    });
    assert_eq!(act, Act::GiveUp(GivenUp::TimedOut));
}

/// Measured on Linux 6.18, `tcp_retries2=3`: sent at 0.2 (probe), 0.4, 0.8, 1.7, 3.3; ETIMEDOUT
/// at 6.7 s.
#[test]
fn data_is_given_up_by_the_time_since_the_first_timeout() {
    let after = |timeouts: u8, left, sent: &[u64]| {
        with(|standing, sender, flight| {
            standing.limits.retries = 3;
            standing.timer.as_mut().unwrap().left = ms(left);
            (sender.timeouts, sender.backoff, sender.rto) =
                (timeouts, timeouts, ms(204 << timeouts));
            sender.congestion = Congestion::Loss;
            flight.last_again = true;
            flight.sent = sent.iter().map(|ago| ms(*ago)).collect();
        })
    };
    let third = after(3, 1532, &[100, 932, 1340, 1552, 1758]);
    assert_eq!(third, Act::Resend { what: HELLO, then: Some(ms(3264)) });
    let fourth = after(4, 3264, &[100, 1764, 2596, 3008, 3216, 3422]);
    assert_eq!(fourth, Act::GiveUp(GivenUp::TimedOut));
}

#[test]
fn a_listener_answers_again_and_forgets() {
    let mut standing = Standing {
        state: State::SynReceived,
        holder: Holder::Listener,
        half_open: true,
        sender: None,
        ..hello()
    };
    let again = |then| Act::Resend { what: Sent::SynAck, then: Some(ms(then)) };
    let mut act = |left, answered: Option<u64>| {
        // How often it has answered is more than how often its timer has ended.
        let timer = Timer { kind: TimerKind::Retransmit, left: ms(left), retransmits: 9 };
        (standing.timer, standing.answered) = (Some(timer), answered.map(ms));
        outlook(&standing).unwrap().act
    };
    assert_eq!(act(992, Some(10)), again(2000));
    assert_eq!(act(10, Some(1990)), again(4000));
    assert_eq!(act(992, None), Act::Resend { what: Sent::SynAck, then: None });
    assert_eq!(act(31_000, Some(1100)), Act::GiveUp(GivenUp::Forgotten));
    standing.deferred = true;
    assert_eq!(outlook(&standing).unwrap().act, Act::Defer);
}

#[test]
fn a_closed_window_is_probed_and_what_is_held_back_is_sent() {
    let persist = |window, backoff| {
        with(|standing, sender, _| {
            standing.timer =
                Some(Timer { kind: TimerKind::Persist, left: ms(200), retransmits: 0 });
            (sender.window, sender.backoff, sender.not_sent) = (Some(window), backoff, 3000);
        })
    };
    assert_eq!(persist(0, 0), Act::ProbeWindow { number: 1, then: ms(408) });
    assert_eq!(persist(0, 2), Act::ProbeWindow { number: 3, then: ms(1632) });
    assert_eq!(persist(0, 15), Act::ProbeWindow { number: 16, then: ms(120_000) });
    assert_eq!(persist(100, 0), Act::SendHeld { bytes: 100 });
}

#[test]
fn keep_alives_start_after_silence_and_end_with_reset() {
    let asked = |count, left, heard| {
        let mut standing = hello();
        standing.timer =
            Some(Timer { kind: TimerKind::KeepAlive, left: ms(left), retransmits: count });
        standing.limits.keepalive_idle = ms(2000);
        standing.limits.keepalive_interval = ms(1000);
        standing.limits.keepalive_probes = 2;
        standing.sender.as_mut().unwrap().since_heard = ms(heard);
        outlook(&standing).unwrap()
    };
    let keep = |number| Act::KeepAlive { number, of: 2, then: ms(1000) };
    assert_eq!(asked(0, 1500, 500), Outlook { after: ms(1500), act: keep(1) });
    // Something has come since the timer was set.
    assert_eq!(asked(0, 100, 500), Outlook { after: ms(1500), act: keep(1) });
    assert_eq!(asked(1, 900, 2100), Outlook { after: ms(900), act: keep(2) });
    assert_eq!(asked(2, 900, 3100).act, Act::GiveUp(GivenUp::TimedOutWithReset));
}

#[test]
fn an_orphan_in_fin_wait_2_ends_after_its_timeout() {
    let end = |kind, left, fin_timeout| {
        let mut standing = hello();
        (standing.state, standing.holder) = (State::FinWait2, Holder::Nobody);
        standing.timer = Some(Timer { kind, left: ms(left), retransmits: 0 });
        standing.limits.fin_timeout = ms(fin_timeout);
        outlook(&standing).unwrap()
    };
    let ends = |after| Outlook { after: ms(after), act: Act::EndFinWait2 };
    assert_eq!(end(TimerKind::TimeWait, 59_000, 60_000), ends(59_000));
    assert_eq!(end(TimerKind::KeepAlive, 1900, 62_000), ends(3900));
}

#[test]
fn no_timer_no_outlook() {
    assert_eq!(outlook(&Standing { timer: None, ..hello() }), None);
}

#[test]
fn nothing_that_the_kernel_could_say_makes_it_overflow() {
    let sizes = [0, 1, 20, u64::from(u32::MAX)];
    for kind in
        [TimerKind::Retransmit, TimerKind::KeepAlive, TimerKind::TimeWait, TimerKind::Persist]
    {
        for state in State::ALL {
            for size in sizes {
                for count in [0, 1, 127, 255] {
                    let mut standing = hello();
                    standing.state = state;
                    standing.timer = Some(Timer { kind, left: ms(size), retransmits: count });
                    let number = u32::try_from(size).unwrap();
                    let sender = standing.sender.as_mut().unwrap();
                    (sender.rto, sender.rtt, sender.backoff) = (ms(size), ms(size), count);
                    (sender.timeouts, sender.segments, sender.mss) = (count, number, number);
                    (sender.in_flight, sender.not_sent) = (number, number);
                    (sender.window, sender.since_heard) = (Some(number), ms(size));
                    let flight = standing.flight.as_mut().unwrap();
                    (flight.first, flight.next, flight.fin) = (number, number, true);
                    standing.limits.rto_max = ms(size);
                    outlook(&standing);
                    standing.limits.rto_min = ms(size);
                    standing.half_open = true;
                    outlook(&standing);
                }
            }
        }
    }
}
