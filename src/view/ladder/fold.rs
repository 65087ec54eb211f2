//! Long runs of data, folded: `37 segments, 52 kB, all ACKed`.

use crate::packet::{Flags, SeqNumber};
use crate::story::{Change, Fate, Moment, SegmentMoment, What};
use crate::trace::Deed;

use super::label::is_surprising;

/// A run no longer than this is shown as it is.
const SHORT: usize = 6;
/// The same of a run with segments in it that wait for the learner: each can be called by its
/// number.
const SHORT_HELD: usize = 24;
/// How many of a longer run's first rows stay.
const HEAD: usize = 2;
/// How many of its last.
const TAIL: usize = 1;

/// A moment, or a run of segments in place of which one row stands.
#[derive(Debug)]
pub enum Item<'a> {
    /// One moment.
    One(&'a Moment),
    /// What is left out here.
    Run(Run),
}

/// What a folded run held.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// How many moments.
    pub moments: usize,
    /// How many segments.
    pub segments: usize,
    /// How many bytes of data.
    pub bytes: u64,
    /// Whether all its data had been acknowledged by the end of what is shown.
    pub acknowledged: bool,
    /// How many of its segments still wait for the learner.
    pub held: usize,
    /// How many segments arrived in it that had waited.
    pub arrivals: usize,
}

/// Folds runs of ordinary data and acknowledgements. What moves a state, is sent again or is
/// otherwise out of the ordinary is never folded, and ends a run.
pub fn fold<'a>(moments: &[&'a Moment]) -> Vec<Item<'a>> {
    let mut items = Vec::with_capacity(moments.len());
    let acks = highest_acks(moments);
    for run in moments.chunk_by(|one, next| is_ordinary(one) && is_ordinary(next)) {
        let waits = run.iter().any(|moment| fate(moment) == Some(Fate::Held));
        if run.len() <= if waits { SHORT_HELD } else { SHORT } {
            items.extend(run.iter().copied().map(Item::One));
            continue;
        }
        let (head, rest) = run.split_at(HEAD);
        let (middle, tail) = rest.split_at(rest.len() - TAIL);
        items.extend(head.iter().copied().map(Item::One));
        items.push(Item::Run(Run::of(middle, acks)));
        items.extend(tail.iter().copied().map(Item::One));
    }
    items
}

impl Run {
    fn of(moments: &[&Moment], acks: [Option<SeqNumber>; 2]) -> Run {
        let mut run = Run { moments: moments.len(), acknowledged: true, ..Run::default() };
        run.held = moments.iter().filter(|moment| fate(moment) == Some(Fate::Held)).count();
        run.arrivals = moments.iter().filter(|moment| matches!(moment.what, What::Wire(_))).count();
        for segment in moments.iter().filter_map(|moment| segment(moment)) {
            run.segments += 1;
            let len = segment.segment.payload.len;
            let reached = acks[segment.from.other().index()];
            run.bytes += u64::from(len);
            run.acknowledged &=
                len == 0 || reached.is_some_and(|ack| ack.is_at_or_after(segment.segment.end()));
        }
        run
    }

    /// In words.
    pub fn words(&self) -> String {
        let Run { segments, bytes, acknowledged, held, arrivals, .. } = self;
        let fared = match held {
            0 if *acknowledged => "all ACKed",
            0 => "not all ACKed",
            held if held == segments => "held",
            held => &format!("{held} held"),
        };
        let size = match bytes {
            0 if *segments == 0 => return format!("{arrivals} segments arrive"),
            0 if *held > 0 => return format!("{segments} ACKs, {fared}"),
            0 => return format!("{segments} ACKs"),
            1 => "1 byte".to_owned(),
            2..1_000 => format!("{bytes} bytes"),
            1_000..1_000_000 => format!("{} kB", bytes / 1_000),
            _ => format!("{:.1} MB", *bytes as f64 / 1e6),
        };
        format!("{segments} segments, {size}, {fared}")
    }
}

/// The furthest acknowledgement that each side has sent, by side.
fn highest_acks(moments: &[&Moment]) -> [Option<SeqNumber>; 2] {
    let mut highest = [None; 2];
    for segment in moments.iter().filter_map(|moment| segment(moment)) {
        if segment.segment.flags.has(Flags::ACK) {
            let (ack, so_far) = (segment.segment.ack, &mut highest[segment.from.index()]);
            if so_far.is_none_or(|so_far| ack.is_after(so_far)) {
                *so_far = Some(ack);
            }
        }
    }
    highest
}

fn is_ordinary(moment: &Moment) -> bool {
    if let What::Wire(wire) = &moment.what {
        return wire.deed == Deed::Delivered
            && wire.states.is_some_and(|states| !states.to.moved());
    }
    segment(moment).is_some_and(|segment| {
        let opens_or_ends = Flags::SYN.with(Flags::FIN).with(Flags::RST);
        let moved = [segment.states.from, segment.states.to].iter().any(Change::moved);
        !segment.segment.flags.has_any(opens_or_ends)
            && !moved
            && segment.corrections.is_empty()
            && matches!(segment.passage.fate(), Fate::Delivered | Fate::Held)
            && !segment.roles.iter().any(is_surprising)
    })
}

fn fate(moment: &Moment) -> Option<Fate> {
    segment(moment).map(|segment| segment.passage.fate())
}

fn segment(moment: &Moment) -> Option<&SegmentMoment> {
    match &moment.what {
        What::Segment(segment) => Some(segment),
        _ => None,
    }
}
