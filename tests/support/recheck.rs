//! The condition of every deviation, once more from the raw segments: plain and slow, and sharing
//! nothing with the fold that found it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use sockscope::packet::{Flags, SeqNumber};
use sockscope::story::{Deviation, Evidence, Moment, Role, SegmentMoment, Story, Unanswered, What};
use sockscope::trace::{FrameNumber, Time};

/// A segment and when it passed.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub time: Time,
    pub moment: &'a SegmentMoment,
}

impl Seen<'_> {
    fn has(&self, flags: Flags) -> bool {
        self.moment.segment.flags.has(flags)
    }

    fn seq(&self) -> SeqNumber {
        self.moment.segment.seq
    }

    fn end(&self) -> SeqNumber {
        self.moment.segment.end()
    }

    fn len(&self) -> u32 {
        self.moment.segment.payload.len
    }

    fn opens(&self) -> bool {
        self.has(Flags::SYN) && !self.has(Flags::ACK)
    }
}

/// Every segment of a story, in its order.
pub fn seen(story: &Story) -> Vec<Seen<'_>> {
    let of = |moment: &'_ Moment| moment.time;
    story
        .moments()
        .filter_map(|moment| match &moment.what {
            What::Segment(segment) => Some(Seen { time: of(moment), moment: segment }),
            _ => None,
        })
        .collect()
}

/// What is wrong with what the story says of these segments: nothing.
pub fn complaints(all: &[Seen<'_>]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut pairs: HashMap<[SocketAddr; 2], Vec<Seen<'_>>> = HashMap::new();
    for seen in all {
        let segment = &seen.moment.segment;
        let mut ends = [segment.src, segment.dst];
        ends.sort_unstable();
        pairs.entry(ends).or_default().push(*seen);
    }
    for pair in pairs.values() {
        for (at, seen) in pair.iter().enumerate() {
            let moment = seen.moment;
            if let Some(deviation) = &moment.deviation {
                if !moment.analysis.contains(&deviation.flag.name()) {
                    complaints.push(told(seen, "its flag isn't shown"));
                }
                if !moment.roles.contains(deviation.role) {
                    complaints.push(told(seen, "its role isn't had"));
                }
                if !holds(&pair[..at], seen, &pair[at + 1..], deviation) {
                    complaints.push(told(seen, "its condition doesn't hold"));
                }
            } else if let Some(flag) = moment.analysis.iter().find(|flag| !agrees(flag, seen)) {
                complaints.push(told(seen, &format!("{flag} is contradicted without an id")));
            }
        }
    }
    complaints
}

pub fn told(seen: &Seen<'_>, what: &str) -> String {
    let moment = seen.moment;
    let roles: Vec<&str> = moment.roles.iter().map(Role::word).collect();
    let segment = &moment.segment;
    format!(
        "frame {} of connection {}, {:?}: {what}: {:?} {} seq {} ack {:?} len {} win {} {:?} {roles:?}",
        moment.frame.0,
        moment.connection.0,
        moment.from,
        moment.deviation.map(|deviation| (deviation.id(), deviation)),
        segment.flags,
        moment.seq,
        moment.ack,
        segment.payload.len,
        moment.window,
        moment.analysis,
    )
}

/// Whether some role says the same as a flag.
fn agrees(flag: &str, seen: &Seen<'_>) -> bool {
    let roles = seen.moment.roles;
    let has = |words: &[&str]| roles.iter().any(|role| words.contains(&role.word()));
    match flag {
        "retransmission" => {
            has(&["retransmission", "fast-retransmission", "spurious-retransmission"])
        }
        "fast_retransmission" => has(&["fast-retransmission"]),
        "spurious_retransmission" => has(&["spurious-retransmission"]),
        "out_of_order" => has(&["out-of-order"]),
        "window_update" => has(&["window-update"]),
        "keep_alive" => has(&["keep-alive"]),
        "keep_alive_ack" | "zero_window_probe_ack" => has(&["probe-answer"]),
        "duplicate_ack" => has(&["duplicate-ack"]),
        "zero_window_probe" => has(&["zero-window-probe"]),
        "zero_window" => has(&["zero-window", "capture-duplicate"]),
        // They say nothing of the segment itself.
        "reused_ports" | "lost_segment" | "ack_lost_segment" | "window_full" => true,
        other => panic!("{other}"),
    }
}

fn holds(before: &[Seen<'_>], seen: &Seen<'_>, after: &[Seen<'_>], deviation: &Deviation) -> bool {
    let segment = &seen.moment.segment;
    let own = |other: &&Seen<'_>| other.moment.segment.src == segment.src;
    let peers = |other: &&Seen<'_>| other.moment.segment.dst == segment.src;
    let here = |other: &&Seen<'_>| other.moment.connection == seen.moment.connection;
    let counts = |other: &&Seen<'_>| !other.has(Flags::RST);
    let frame = |number: FrameNumber| before.iter().find(|other| other.moment.frame == number);
    let had = |number: SeqNumber| {
        before
            .iter()
            .filter(own)
            .filter(counts)
            .any(|other| number.is_at_or_after(other.seq()) && other.end().is_after(number))
    };
    // An end may play on from an older connection between the same addresses.
    let last = before.iter().filter(own).filter(here).rfind(counts);
    let last = last.or_else(|| before.iter().filter(own).rfind(counts));
    match deviation.because {
        Evidence::ClosedWindow { since } => {
            let heard = |other: &&Seen<'_>| other.has(Flags::ACK) && !other.has(Flags::SYN);
            let last = before.iter().filter(peers).filter(counts).filter(here).rfind(heard);
            let closed = since.is_none_or(|since| {
                frame(since).is_some_and(|since| since.moment.segment.window == 0)
            });
            seen.len() <= 1 && closed && last.is_some_and(|l| l.moment.segment.window == 0)
        }
        Evidence::CrossedSyns { .. } => {
            let syn_ack = Flags::SYN.with(Flags::ACK);
            let mine = |other: &&Seen<'_>| {
                other.seq() == segment.seq && other.has(Flags::SYN) && !other.has(Flags::RST)
            };
            // What it said last with that number was only SYN.
            let last = before.iter().filter(own).rfind(mine);
            let said = last.is_some_and(|other| !other.has(Flags::ACK));
            let peer_opened = before
                .iter()
                .filter(|other| other.opens())
                .any(|other| other.moment.segment.src == segment.dst);
            seen.has(syn_ack) && said && peer_opened
        }
        Evidence::CapturedBefore { start, end, frame: number } => {
            let inside = start.is_at_or_after(segment.seq) && seen.end().is_at_or_after(end);
            let there = number.and_then(frame).is_some_and(|other| {
                start.is_at_or_after(other.seq()) && other.end().is_at_or_after(end)
            });
            let any = (0..segment.sequence_len()).any(|n| had(segment.seq.advance(n)));
            inside && (there || (number.is_none() && any))
        }
        Evidence::SameFrame { first, apart } => frame(first).is_some_and(|first| {
            let other = &first.moment.segment;
            let same = (other.ip.id, other.seq, other.ack, other.payload.len)
                == (segment.ip.id, segment.seq, segment.ack, segment.payload.len);
            let between = seen.time.since(first.time);
            same && between == apart && apart <= Duration::from_millis(1)
        }),
        Evidence::OnlyScaled { syn, now } => {
            let is_syn = last.is_some_and(|l| l.has(Flags::SYN) && l.moment.window == syn);
            is_syn && now == seen.moment.window && now < syn + (1 << 14)
        }
        Evidence::SentAgain { frame: number, fin } => frame(number).is_some_and(|again| {
            let flags = if fin { Flags::FIN } else { Flags::SYN.with(Flags::ACK) };
            let first = before.iter().filter(peers).any(|other| {
                other.moment.frame != number && other.has(flags) && other.end() == again.end()
            });
            again.has(flags) && first
        }),
        Evidence::Challenged { frame: number, reset } => frame(number).is_some_and(|bad| {
            let flags = if reset { Flags::RST } else { Flags::SYN };
            bad.moment.segment.dst == segment.src && bad.has(flags)
        }),
        Evidence::NoNewConnection(fate) => {
            let answered = |other: &Seen<'_>| {
                other.has(Flags::SYN.with(Flags::ACK))
                    && other.moment.segment.dst == segment.src
                    && other.moment.segment.ack == segment.seq.advance(1)
            };
            let later = |number: FrameNumber| {
                let found = after.iter().position(|other| other.moment.frame == number);
                found.map(|at| (&after[at], &after[..at]))
            };
            let no_answer = |until: &[Seen<'_>]| !until.iter().any(answered);
            let own_later = |other: &Seen<'_>| other.moment.segment.src == segment.src;
            seen.opens()
                && before.iter().any(|other| !other.opens())
                && match fate {
                    Unanswered::Reset(number) => later(number).is_some_and(|(other, until)| {
                        other.has(Flags::RST) && own_later(other) && no_answer(until)
                    }),
                    Unanswered::WentOn(number) => later(number).is_some_and(|(other, until)| {
                        !other.has(Flags::SYN) && own_later(other) && no_answer(until)
                    }),
                    Unanswered::Unknown => no_answer(after),
                }
        }
        Evidence::NothingMissing => {
            let acked = |other: &&Seen<'_>| other.moment.segment.ack;
            let highest = before.iter().filter(own).filter(counts).map(|o| acked(&o));
            let highest = highest.fold(segment.ack, |a, b| if b.is_after(a) { b } else { a });
            let sent = before.iter().filter(peers).filter(counts).filter(here);
            let mut sent = sent.filter(|other| other.moment.segment.sequence_len() > 0);
            seen.len() == 0 && sent.all(|other| highest.is_at_or_after(other.end()))
        }
        Evidence::NotLarger { before: was, now } => {
            // Where a SYN was forged, its connection's other end went on from before that.
            let reused = before.iter().any(|other| other.moment.analysis.contains(&"reused_ports"));
            let had = |other: &Seen<'_>| other.moment.window == was;
            let offered =
                if reused { before.iter().filter(own).any(had) } else { last.is_some_and(had) };
            now <= was && now == seen.moment.window && offered
        }
        Evidence::Unacknowledged { frame: number } => {
            if seen.len() == 0 {
                return number.and_then(frame).is_some_and(|again| {
                    again.moment.segment.dst == segment.src && again.len() == 1
                });
            }
            let acks = before.iter().filter(peers).filter(|other| other.has(Flags::ACK));
            let mut acks = acks.filter(counts).filter(here).map(|other| other.moment.segment.ack);
            had(segment.seq) && !acks.any(|ack| ack.is_after(segment.seq))
        }
        // Nothing stands between a capture's ends.
        Evidence::OnTheWire => before.iter().any(|other| other.moment.passage.lost),
        Evidence::Reset => seen.has(Flags::RST),
        Evidence::AnotherNumber { before: number } => {
            let mut own = before.iter().filter(own).filter(|other| other.has(Flags::SYN));
            number != segment.seq && seen.has(Flags::SYN) && own.any(|o| o.seq() == number)
        }
    }
}
