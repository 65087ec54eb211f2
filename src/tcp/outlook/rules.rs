//! The rules of Linux's timers, one after another.

use std::time::Duration;

use super::{
    Act, Congestion, Flight, GivenUp, Holder, Limits, Outlook, Sender, Sent, Standing, Timer,
    TimerKind,
};
use crate::tcp::State;

/// The first wait for an answer to SYN and SYN,ACK (RFC 6298, section 2.1; `TCP_TIMEOUT_INIT`).
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The shortest wait in the kernel's model of `tcp_retries2` (`TCP_RTO_MIN`), whatever
/// `tcp_rto_min_us` says.
const MODEL_WAIT: Duration = Duration::from_millis(200);
/// `TCP_TIMEWAIT_LEN`
const TIME_WAIT: Duration = Duration::from_mins(1);
/// `TCP_TIMEOUT_MIN`, which a tail loss probe adds to two round trips.
const LEAST_WAIT: Duration = Duration::from_millis(2);
/// The kernel counts in jiffies, of up to 10 ms.
const JIFFY: Duration = Duration::from_millis(10);

/// What the end will do next by itself; `None` if no timer of its runs: then it waits for its peer
/// or its program.
pub fn outlook(standing: &Standing) -> Option<Outlook> {
    let timer = standing.timer?;
    let here = |act| Outlook { after: timer.left, act };
    Some(match timer.kind {
        TimerKind::TimeWait if standing.state == State::FinWait2 => here(Act::EndFinWait2),
        TimerKind::TimeWait => here(Act::EndTimeWait),
        TimerKind::KeepAlive => keep_alive(standing, timer),
        TimerKind::Persist => here(persist(standing, timer)),
        TimerKind::Retransmit => here(retransmit(standing, timer)),
    })
}

/// `tcp_keepalive_timer()`
fn keep_alive(standing: &Standing, timer: Timer) -> Outlook {
    let limits = &standing.limits;
    if standing.state == State::FinWait2 && standing.holder == Holder::Nobody {
        // What is longer than TIME-WAIT is waited for as a socket, the same again without one.
        let rest = limits.fin_timeout.saturating_sub(TIME_WAIT);
        return Outlook { after: timer.left + rest, act: Act::EndFinWait2 };
    }
    // The timer isn't set anew when something comes: when it ends, it looks.
    let silence = standing.sender.as_ref().map_or(Duration::ZERO, |sender| sender.since_heard);
    let idle = limits.keepalive_idle.saturating_sub(silence);
    let after = if timer.retransmits == 0 { timer.left.max(idle) } else { timer.left };
    let asked = u32::from(timer.retransmits);
    let is_over = match limits.user_timeout {
        Some(limit) => asked > 0 && silence + timer.left >= limit,
        None => asked >= limits.keepalive_probes,
    };
    let act = if is_over {
        Act::GiveUp(GivenUp::TimedOutWithReset)
    } else {
        Act::KeepAlive {
            number: asked + 1,
            of: limits.keepalive_probes,
            then: limits.keepalive_interval,
        }
    };
    Outlook { after, act }
}

/// `tcp_probe_timer()`
fn persist(standing: &Standing, timer: Timer) -> Act {
    let limits = &standing.limits;
    let Some(sender) = &standing.sender else { return Act::SendHeld { bytes: 0 } };
    let retries = match standing.holder {
        Holder::Nobody => orphan_retries(limits, sender),
        Holder::Program | Holder::Listener => limits.retries,
    };
    if u32::from(timer.retransmits) >= retries {
        return Act::GiveUp(give_up(standing.holder));
    }
    match sender.window {
        Some(window) if window > 0 => {
            Act::SendHeld { bytes: sender.not_sent.min(window).min(sender.mss.max(1)) }
        }
        Some(_) | None => {
            let number = u32::from(sender.backoff) + 1;
            // `tcp_probe0_when()`
            let most = (limits.rto_max.as_millis() / limits.rto_min.as_millis().max(1)).max(1);
            let doubled = number.min(most.ilog2() + 1);
            let base = sender.rto.max(limits.rto_min);
            let then = base.saturating_mul(1 << doubled.min(20)).min(limits.rto_max);
            Act::ProbeWindow { number, then }
        }
    }
}

/// `reqsk_timer_handler()`, `tcp_retransmit_timer()`, `tcp_send_loss_probe()` and
/// `tcp_rack_reo_timeout()`: the kernel shows the four as one.
fn retransmit(standing: &Standing, timer: Timer) -> Act {
    if standing.half_open {
        return half_open(standing, timer);
    }
    let Some(sender) = &standing.sender else {
        return Act::Resend { what: Sent::Unknown(0), then: None };
    };
    match standing.state {
        State::SynSent => return syn_sent(standing, sender, timer),
        State::SynReceived => {
            let then = Some((sender.rto * 2).min(standing.limits.rto_max));
            return Act::Resend { what: Sent::SynAck, then };
        }
        State::Closed
        | State::Listen
        | State::Established
        | State::FinWait1
        | State::FinWait2
        | State::CloseWait
        | State::Closing
        | State::LastAck
        | State::TimeWait => {}
    }
    let flight = standing.flight.as_ref();
    if probes_tail(&standing.limits, sender, flight, timer) {
        return Act::ProbeTail { what: tail(sender, flight), then: sender.rto };
    }
    let what = head(sender, flight);
    if is_over(standing, sender, timer) {
        return Act::GiveUp(give_up(standing.holder));
    }
    let by_acks = matches!(sender.congestion, Congestion::Disorder | Congestion::Recovery);
    if by_acks && sender.timeouts == 0 {
        return Act::TakeForLost { what };
    }
    let then = standing.limits.user_timeout.is_none();
    let then = then.then(|| (sender.rto * 2).min(standing.limits.rto_max));
    Act::Resend { what, then }
}

/// `reqsk_timer_handler()`. The kernel tells how often the SYN was answered again, and not how many
/// of these answers were its timer's: a repeated SYN is answered too, and starts the same wait
/// anew. But the wait tells: 1 s, doubled each time that it has ended.
fn half_open(standing: &Standing, timer: Timer) -> Act {
    if standing.deferred {
        return Act::Defer;
    }
    let Some(answered) = standing.answered else {
        return Act::Resend { what: Sent::SynAck, then: None };
    };
    let waits = (timer.left + answered).as_secs_f64() / FIRST_WAIT.as_secs_f64();
    let timeouts = waits.max(1.0).log2().round() as u32;
    if timeouts >= standing.limits.synack_retries {
        return Act::GiveUp(GivenUp::Forgotten);
    }
    let then = FIRST_WAIT.saturating_mul(1 << (timeouts + 1).min(20));
    Act::Resend { what: Sent::SynAck, then: Some(then.min(standing.limits.rto_max)) }
}

fn syn_sent(standing: &Standing, sender: &Sender, timer: Timer) -> Act {
    let limits = &standing.limits;
    let done = u32::from(sender.timeouts);
    let first = standing.flight.as_ref().and_then(|flight| flight.sent.last().copied());
    let allowed = match limits.user_timeout {
        Some(limit) => limit,
        None => limits.lasts(limits.syn_retries, FIRST_WAIT),
    };
    let is_over = done >= limits.syn_retries + limits.syn_linear
        || (done > 0 && first.is_some_and(|first| first + timer.left + JIFFY >= allowed));
    if is_over {
        return Act::GiveUp(give_up(standing.holder));
    }
    let doubles = done + 1 > limits.syn_linear;
    let then = if doubles { (sender.rto * 2).min(limits.rto_max) } else { sender.rto };
    Act::Resend { what: Sent::Syn, then: limits.user_timeout.is_none().then_some(then) }
}

/// Whether the timer is that of a tail loss probe (`tcp_schedule_loss_probe()`), which is sent once
/// before the retransmission timeout.
fn probes_tail(limits: &Limits, sender: &Sender, flight: Option<&Flight>, timer: Timer) -> bool {
    let may = limits.probes_tail
        && sender.sack
        && sender.segments > 0
        && sender.timeouts == 0
        && sender.backoff == 0
        && matches!(sender.congestion, Congestion::Open | Congestion::Cwr);
    let has_been = flight.map_or(sender.ever_resent > 0, |flight| flight.last_again);
    if !may || has_been {
        return false;
    }
    let round_trips = sender.rtt * 2;
    if sender.segments == 1 || round_trips + LEAST_WAIT >= sender.rto {
        return true;
    }
    // It comes so early that its time tells it from the timeout.
    let whole = timer.left + sender.since_progress;
    whole < (round_trips + LEAST_WAIT + sender.rto) / 2
}

/// What a tail loss probe sends: new data if there is some and the window takes it, else the last
/// segment again.
fn tail(sender: &Sender, flight: Option<&Flight>) -> Sent {
    let room = sender.window.map_or(0, |window| window.saturating_sub(sender.in_flight));
    let new = sender.not_sent.min(sender.mss.max(1));
    if new > 0 && room >= new {
        return Sent::New(new);
    }
    if sender.segments == 1 {
        return head(sender, flight);
    }
    match flight {
        Some(flight) => part(flight.last, flight),
        None => Sent::Unknown(sender.in_flight),
    }
}

/// What a timeout sends: the first segment. Small neighbours may go with it
/// (`tcp_retrans_try_collapse()`), so its end is only sure if it is the only one.
fn head(sender: &Sender, flight: Option<&Flight>) -> Sent {
    match flight {
        Some(flight) if sender.segments <= 1 => part(flight.first, flight),
        Some(flight) => Sent::From(flight.first),
        None => Sent::Unknown(sender.in_flight),
    }
}

/// All that is in flight from that number on.
fn part(from: u32, flight: &Flight) -> Sent {
    let to = flight.next.wrapping_sub(1 + u32::from(flight.fin));
    if flight.fin && from == flight.next.wrapping_sub(1) {
        Sent::Fin
    } else {
        Sent::Bytes { from, to, fin: flight.fin }
    }
}

/// Whether the timeout will be the last (`retransmits_timed_out()`): the time since the first
/// retransmission is what the model gives to so many.
fn is_over(standing: &Standing, sender: &Sender, timer: Timer) -> bool {
    let limits = &standing.limits;
    let timeouts = usize::from(sender.timeouts);
    let Some(flight) = standing.flight.as_ref().filter(|_| timeouts > 0) else { return false };
    let Some(since) = flight.sent.get(timeouts - 1) else { return false };
    let retries = match standing.holder {
        Holder::Nobody => orphan_retries(limits, sender),
        Holder::Program | Holder::Listener => limits.retries,
    };
    let allowed = match limits.user_timeout {
        Some(limit) => limit,
        None => limits.lasts(retries, MODEL_WAIT),
    };
    *since + timer.left + JIFFY >= allowed
}

/// `tcp_orphan_retries()`: 0 means 8, as long as the wait hasn't reached its longest.
fn orphan_retries(limits: &Limits, sender: &Sender) -> u32 {
    match limits.orphan_retries {
        0 if sender.rto < limits.rto_max => 8,
        retries => retries,
    }
}

fn give_up(holder: Holder) -> GivenUp {
    match holder {
        Holder::Program => GivenUp::TimedOut,
        Holder::Listener | Holder::Nobody => GivenUp::Forgotten,
    }
}
