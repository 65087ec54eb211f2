//! The rows of the picture: a name, what each end has there, and what it means.

use std::time::Duration;

use super::end::{End, Known, Numbers};
use super::next::plural;
use crate::tcp::State;
use crate::tcp::outlook::{Act, Holder, Sender, TimerKind};
use crate::view::ladder::duration;
use crate::view::look::Look;
use crate::view::paint::Meaning;

/// One row.
pub struct Line {
    /// What stands before it.
    pub label: &'static str,
    /// What it means.
    pub gloss: &'static str,
    /// When it is left out where there are too few rows: the highest first; 0 never is.
    pub rank: u8,
    /// What each end has there, the longest wording first.
    pub cells: Vec<Cell>,
}

/// What one end has in one row.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// What it is.
    pub meaning: Option<Meaning>,
    /// Ways to say it, the longest first.
    pub ways: Vec<String>,
}

impl Cell {
    fn of(meaning: Meaning, ways: impl IntoIterator<Item = String>) -> Cell {
        Cell { meaning: Some(meaning), ways: ways.into_iter().collect() }
    }

    fn plain(text: impl Into<String>) -> Cell {
        Cell::of(Meaning::Plain, [text.into()])
    }

    fn quiet(text: impl Into<String>) -> Cell {
        Cell::of(Meaning::Quiet, [text.into()])
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.ways.iter().all(String::is_empty)
    }

    /// The longest way to say it that fits, or the shortest.
    pub fn fitting(&self, columns: usize) -> &str {
        use unicode_width::UnicodeWidthStr;
        let fits = self.ways.iter().find(|way| way.width() <= columns);
        fits.or(self.ways.last()).map_or("", String::as_str)
    }
}

type Rule = fn(&End, Look) -> Cell;

/// Label, meaning, rank, and what stands there.
#[rustfmt::skip]
const RULES: [(&str, &str, u8, Rule); 17] = [
    ("state", "by the kernel", 0, state),
    ("timer", "what it will do by itself", 0, timer),
    ("", "how much of the wait is left", 0, bar),
    ("in flight", "sent, and not acknowledged yet", 0, in_flight),
    ("not sent", "written, and still to be sent", 2, not_sent),
    ("send window", "what the peer is ready to take", 0, send_window),
    ("cwnd", "segments that it may have in flight", 1, cwnd),
    ("ssthresh", "slow start ends at this cwnd", 5, ssthresh),
    ("control", "congestion control, and its state", 4, control),
    ("RTO", "wait for an ACK; doubled when in vain", 0, rto),
    ("RTT", "round-trip time, and how it varies", 3, rtt),
    ("resent", "segments in flight again; ever", 2, resent),
    ("lost", "believed lost; acknowledged by SACK", 2, lost),
    ("unread", "bytes that wait for recv()", 0, unread),
    ("receive window", "what this end is ready to take", 1, receive_window),
    ("acked, received", "bytes of data, ever", 6, totals),
    ("agreed", "largest segment, handshake's options", 7, agreed),
];

/// The rows about these ends; those that are empty at each are left out.
pub fn rows(ends: &[End], look: Look) -> Vec<Line> {
    let lines = RULES.iter().map(|(label, gloss, rank, rule)| Line {
        label,
        gloss,
        rank: *rank,
        cells: ends.iter().map(|end| rule(end, look)).collect(),
    });
    lines.filter(|line| line.cells.iter().any(|cell| !cell.is_empty())).collect()
}

fn known(end: &End, cell: impl FnOnce(&Known) -> Cell) -> Cell {
    end.known.as_ref().map(cell).unwrap_or_default()
}

fn sender(end: &End, cell: impl FnOnce(&Sender) -> Cell) -> Cell {
    known(end, |known| known.standing.sender.as_ref().map(cell).unwrap_or_default())
}

fn numbers(end: &End, cell: impl FnOnce(&Numbers) -> Cell) -> Cell {
    known(end, |known| known.numbers.as_ref().map(cell).unwrap_or_default())
}

fn state(end: &End, _: Look) -> Cell {
    let Some(known) = &end.known else {
        let word = if end.has_been { State::Closed.name() } else { "not there" };
        return Cell::of(Meaning::State, [word.to_owned()]);
    };
    let state = known.standing.state.name();
    let held = match known.standing.holder {
        Holder::Program => "",
        Holder::Listener if known.standing.half_open => ", half-open",
        Holder::Listener => ", not accepted",
        Holder::Nobody if known.standing.state == State::TimeWait => "",
        Holder::Nobody => ", orphan",
    };
    Cell::of(Meaning::State, [format!("{state}{held}"), state.to_owned()])
}

fn timer(end: &End, look: Look) -> Cell {
    known(end, |known| {
        let Some(next) = known.outlook() else {
            return match known.owes_ack {
                Some(_) => Cell::plain("delayed ACK"),
                None => Cell::quiet("none"),
            };
        };
        let (word, short, meaning) = match next.act {
            Act::Resend { .. } => ("retransmission", "resend", Meaning::Warning),
            Act::TakeForLost { .. } => ("loss detection", "loss", Meaning::Warning),
            Act::ProbeTail { .. } => ("tail loss probe", "probe", Meaning::Warning),
            Act::ProbeWindow { .. } => ("window probe", "probe", Meaning::Warning),
            Act::SendHeld { .. } => ("send what is held", "send", Meaning::Plain),
            Act::KeepAlive { .. } => ("keep-alive", "keep-alive", Meaning::Plain),
            Act::Defer => ("defer accept", "look", Meaning::Plain),
            Act::GiveUp(_) => ("giving up", "give up", Meaning::Bad),
            Act::EndTimeWait => ("end of TIME-WAIT", "end", Meaning::Plain),
            Act::EndFinWait2 => ("end of FIN-WAIT-2", "end", Meaning::Plain),
        };
        let left = duration(next.after, look);
        Cell::of(meaning, [format!("{word} in {left}"), format!("{short} in {left}"), left])
    })
}

fn bar(end: &End, look: Look) -> Cell {
    known(end, |known| {
        let Some(next) = known.outlook() else { return Cell::default() };
        let gauge = |columns| gauge(next.after, whole(known), columns, look);
        Cell::of(Meaning::Quiet, [20, 16, 8].map(gauge))
    })
}

/// How long the timer that runs is in all, as far as is known: never less than what is left.
fn whole(known: &Known) -> Duration {
    let standing = &known.standing;
    let Some(timer) = standing.timer else { return Duration::ZERO };
    let limits = &standing.limits;
    let sender = standing.sender.as_ref();
    match (timer.kind, standing.state) {
        (TimerKind::TimeWait, State::TimeWait) => Duration::from_mins(1),
        (TimerKind::KeepAlive | TimerKind::TimeWait, State::FinWait2) => limits.fin_timeout,
        (TimerKind::KeepAlive, _) if timer.retransmits > 0 => limits.keepalive_interval,
        (TimerKind::KeepAlive | TimerKind::TimeWait, _) => limits.keepalive_idle,
        (TimerKind::Retransmit, _) if standing.half_open => {
            timer.left + standing.answered.unwrap_or_default()
        }
        (TimerKind::Retransmit, _) => {
            sender.map_or(Duration::ZERO, |sender| timer.left + sender.since_progress)
        }
        (TimerKind::Persist, _) => sender.map_or(Duration::ZERO, |sender| {
            sender.rto.saturating_mul(1 << sender.backoff.min(10)).min(limits.rto_max)
        }),
    }
}

/// `███████░░░░░`: how much of it is left.
pub fn gauge(left: Duration, whole: Duration, columns: usize, look: Look) -> String {
    let (full, empty) = if look.ascii { ("#", ".") } else { ("█", "░") };
    let share = left.as_secs_f64() / whole.max(left).as_secs_f64().max(f64::MIN_POSITIVE);
    let filled = ((share * columns as f64).ceil() as usize).min(columns);
    full.repeat(filled) + &empty.repeat(columns - filled)
}

fn rto(end: &End, look: Look) -> Cell {
    known(end, |known| {
        let Some(sender) = &known.standing.sender else { return Cell::default() };
        let rto = duration(sender.rto, look);
        // Window probes are counted there too, and leave the timeout as it is.
        let probing = known.standing.timer.is_some_and(|timer| timer.kind == TimerKind::Persist);
        match sender.backoff {
            0 => Cell::plain(rto),
            _ if probing => Cell::plain(rto),
            n => {
                let times = if n == 1 { "once".to_owned() } else { format!("{n} times") };
                let (long, short) =
                    (format!("{rto}, doubled {times}"), format!("{rto}, {n}x doubled"));
                Cell::of(Meaning::Warning, [long, short, rto])
            }
        }
    })
}

fn rtt(end: &End, look: Look) -> Cell {
    sender(end, |sender| {
        if sender.rtt.is_zero() {
            return Cell::quiet("not measured");
        }
        let (rtt, plus) = (duration(sender.rtt, look), if look.ascii { "+/-" } else { "±" });
        numbers(end, |numbers| {
            Cell::plain(format!("{rtt} {plus} {}", duration(numbers.rtt_variation, look)))
        })
    })
}

fn in_flight(end: &End, _: Look) -> Cell {
    sender(end, |sender| {
        if sender.segments == 0 {
            return Cell::quiet("nothing");
        }
        let fin = known_fin(end);
        let bytes = sender.in_flight.saturating_sub(u32::from(fin));
        let what = match (bytes, fin) {
            _ if is_opening(end) => "SYN".to_owned(),
            (0, true) => "FIN".to_owned(),
            (bytes, true) => format!("{} and FIN", plural(bytes, "byte")),
            (bytes, false) => plural(bytes, "byte"),
        };
        Cell::of(Meaning::Data, [format!("{what} in {}", plural(sender.segments, "segment")), what])
    })
}

fn known_fin(end: &End) -> bool {
    let flight = end.known.as_ref().and_then(|known| known.standing.flight.as_ref());
    flight.is_some_and(|flight| flight.fin)
}

fn is_opening(end: &End) -> bool {
    let state = end.known.as_ref().map(|known| known.standing.state);
    matches!(state, Some(State::SynSent | State::SynReceived))
}

fn not_sent(end: &End, _: Look) -> Cell {
    sender(end, |sender| match sender.not_sent {
        0 => Cell::default(),
        bytes => Cell::plain(plural(bytes, "byte")),
    })
}

fn send_window(end: &End, _: Look) -> Cell {
    if is_opening(end) {
        return Cell::default();
    }
    sender(end, |sender| match sender.window {
        None => Cell::quiet("not told"),
        Some(0) => Cell::of(Meaning::Warning, ["0: closed".to_owned()]),
        Some(window) => Cell::plain(plural(window, "byte")),
    })
}

fn receive_window(end: &End, _: Look) -> Cell {
    numbers(end, |numbers| match numbers.own_window {
        None => Cell::quiet("not told"),
        Some(0) => Cell::of(Meaning::Warning, ["0: closed".to_owned()]),
        Some(window) => Cell::plain(plural(window, "byte")),
    })
}

fn cwnd(end: &End, _: Look) -> Cell {
    numbers(end, |numbers| Cell::plain(plural(numbers.cwnd, "segment")))
}

fn ssthresh(end: &End, _: Look) -> Cell {
    numbers(end, |numbers| match numbers.ssthresh {
        Some(segments) => Cell::plain(plural(segments, "segment")),
        None => Cell::of(Meaning::Quiet, ["none: nothing was lost".to_owned(), "none".to_owned()]),
    })
}

fn control(end: &End, _: Look) -> Cell {
    sender(end, |sender| {
        numbers(end, |numbers| {
            let state = sender.congestion.name();
            Cell::plain(match &numbers.control {
                Some(name) => format!("{name}, {state}"),
                None => state.to_owned(),
            })
        })
    })
}

fn resent(end: &End, _: Look) -> Cell {
    sender(end, |sender| {
        numbers(end, |numbers| match (numbers.resent, sender.ever_resent) {
            (_, 0) => Cell::default(),
            (now, ever) => Cell::of(Meaning::Warning, [format!("{now} now, {ever} ever")]),
        })
    })
}

fn lost(end: &End, _: Look) -> Cell {
    numbers(end, |numbers| match (numbers.lost, numbers.sacked) {
        (0, 0) => Cell::default(),
        (lost, sacked) => Cell::of(Meaning::Warning, [format!("{lost} lost, {sacked} SACKed")]),
    })
}

fn unread(end: &End, _: Look) -> Cell {
    known(end, |known| {
        if known.standing.sender.is_none() || is_opening(end) {
            return Cell::default();
        }
        match known.unread_data() {
            0 => Cell::quiet("nothing"),
            bytes => {
                let bytes = plural(bytes, "byte");
                let full = known.buffers.map(|buffers| {
                    let share = u64::from(buffers.received) * 100;
                    format!("{bytes}, buffer {} % full", share / u64::from(buffers.receive.max(1)))
                });
                Cell::of(Meaning::Data, full.into_iter().chain([bytes]))
            }
        }
    })
}

fn totals(end: &End, _: Look) -> Cell {
    if is_opening(end) {
        return Cell::default();
    }
    numbers(end, |numbers| {
        let (acked, received) = numbers.uncounted;
        let acked = numbers.acked.saturating_sub(acked);
        let received = numbers.received.saturating_sub(received);
        Cell::of(
            Meaning::Plain,
            [format!("{acked} and {received} bytes"), format!("{acked}, {received}")],
        )
    })
}

fn agreed(end: &End, _: Look) -> Cell {
    if is_opening(end) {
        return Cell::default();
    }
    sender(end, |sender| {
        numbers(end, |numbers| {
            let mut words = vec![format!("MSS {}", sender.mss)];
            for option in &numbers.options {
                words.push(match *option {
                    "ws" => format!("ws {}/{}", numbers.scales.0, numbers.scales.1),
                    other => other.to_owned(),
                });
            }
            let bare = format!("{} {}", sender.mss, numbers.options.join(" "));
            Cell::of(Meaning::Plain, [words.join(", "), words.join(" "), bare])
        })
    })
}
