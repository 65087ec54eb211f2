//! Long runs of data, folded: `37 segments, 52 kB, all ACKed`.

use crate::packet::{Flags, SeqNumber};
use crate::story::{Change, Fate, Moment, Role, SegmentMoment, What};
use crate::trace::Deed;

use super::label::is_surprising;
use super::shape::GAP;

/// A run no longer than this is shown as it is.
const SHORT: usize = 6;
/// The same of a run with segments in it that wait for the learner: each can be called by its
/// number.
const SHORT_HELD: usize = 24;
/// How many of a longer run's first rows stay.
const HEAD: usize = 2;
/// How many of its last.
const TAIL: usize = 1;
/// The same in a recording, of which nobody has seen the rest.
const TAIL_RECORDED: usize = 2;

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
    /// How many of them had not been acknowledged by the end of what is shown.
    pub unacknowledged: u64,
    /// How many of its segments still wait for the learner.
    pub held: usize,
    /// How many segments arrived in it that had waited.
    pub arrivals: usize,
}

/// Folds runs of ordinary data and acknowledgements. What moves a state, is sent again or is
/// otherwise out of the ordinary is never folded, and ends a run.
pub fn fold<'a>(moments: &[&'a Moment]) -> Vec<Item<'a>> {
    fold_by(moments, TAIL, |one, next| is_ordinary(one) && is_ordinary(next))
}

/// The same of a recording: what Wireshark would remark on isn't folded either, and a run doesn't
/// hide a silence.
pub fn fold_recorded<'a>(moments: &[&'a Moment]) -> Vec<Item<'a>> {
    fold_by(moments, TAIL_RECORDED, |one, next| {
        is_unremarkable(one) && is_unremarkable(next) && next.time.since(one.time) < GAP
    })
}

fn fold_by<'a>(
    moments: &[&'a Moment],
    tail: usize,
    goes_on: impl Fn(&Moment, &Moment) -> bool,
) -> Vec<Item<'a>> {
    let mut items = Vec::with_capacity(moments.len());
    let acks = highest_acks(moments);
    for run in moments.chunk_by(|one, next| goes_on(one, next)) {
        let waits = run.iter().any(|moment| fate(moment) == Some(Fate::Held));
        if run.len() <= if waits { SHORT_HELD } else { SHORT } {
            items.extend(run.iter().copied().map(Item::One));
            continue;
        }
        let (head, rest) = run.split_at(HEAD);
        let (middle, tail) = rest.split_at(rest.len() - tail);
        items.extend(head.iter().copied().map(Item::One));
        items.push(Item::Run(Run::of(middle, acks)));
        items.extend(tail.iter().copied().map(Item::One));
    }
    items
}

impl Run {
    fn of(moments: &[&Moment], acks: [Option<SeqNumber>; 2]) -> Run {
        let mut run = Run { moments: moments.len(), ..Run::default() };
        run.held = moments.iter().filter(|moment| fate(moment) == Some(Fate::Held)).count();
        run.arrivals = moments.iter().filter(|moment| matches!(moment.what, What::Wire(_))).count();
        for segment in moments.iter().filter_map(|moment| segment(moment)) {
            run.segments += 1;
            let len = segment.segment.payload.len;
            let reached = acks[segment.from.other().index()];
            run.bytes += u64::from(len);
            run.unacknowledged += u64::from(match reached {
                Some(ack) if ack.is_at_or_after(segment.segment.end()) => 0,
                Some(ack) if ack.is_after(segment.segment.seq) => {
                    segment.segment.end().relative_to(ack)
                }
                Some(_) | None => len,
            });
        }
        run
    }

    /// In words.
    pub fn words(&self) -> String {
        let Run { segments, bytes, unacknowledged, held, arrivals, .. } = self;
        let fared = match held {
            0 if *unacknowledged == 0 => "all ACKed",
            0 if unacknowledged == bytes => "not ACKed here",
            0 => &format!("{} not ACKed here", size(*unacknowledged)),
            held if held == segments => "held",
            held => &format!("{held} held"),
        };
        match bytes {
            0 if *segments == 0 => format!("{arrivals} segments arrive"),
            0 if *held > 0 => format!("{segments} ACKs, {fared}"),
            0 => format!("{segments} ACKs"),
            bytes => format!("{segments} segments, {}, {fared}", size(*bytes)),
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0 | 2..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
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

/// Ordinary also to Wireshark: new data in order, or an acknowledgement of it.
fn is_unremarkable(moment: &Moment) -> bool {
    is_ordinary(moment)
        && segment(moment).is_some_and(|segment| {
            let plain = |role: Role| matches!(role, Role::Data | Role::Ack);
            segment.analysis.is_empty() && segment.roles.iter().all(plain)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::story::{Roles, Side};
    use crate::tcp::State;
    use crate::view::specimen;

    /// What can happen to a segment.
    #[derive(Debug, Clone, Copy)]
    enum Kind {
        Data(u16),
        Ack,
        Remarked,
        Again,
        Moves,
        Fin,
        /// Data, after so many milliseconds.
        Late(u16),
    }

    fn any_kind() -> impl Strategy<Value = Kind> {
        prop_oneof![
            12 => (1..2000u16).prop_map(Kind::Data),
            12 => Just(Kind::Ack),
            1 => Just(Kind::Remarked),
            1 => Just(Kind::Again),
            1 => Just(Kind::Moves),
            1 => Just(Kind::Fin),
            1 => (0..3000u16).prop_map(Kind::Late),
        ]
    }

    fn moments(kinds: &[(Kind, u32)]) -> Vec<Moment> {
        let (mut seq, mut micros) = (1, 0);
        let make = |(number, (kind, behind)): (usize, &(Kind, u32))| {
            micros += 10;
            let frame = number as u64 + 1;
            let data = |seq: &mut u32, len: u16, micros| {
                let moment = specimen::segment(frame, Side::A, micros, Flags::ACK, *seq, 1);
                *seq += u32::from(len);
                specimen::with(moment, |m| {
                    m.segment.payload.len = u32::from(len);
                    m.roles = Roles::of(&[Role::Data]);
                })
            };
            match kind {
                Kind::Data(len) => data(&mut seq, *len, micros),
                Kind::Late(millis) => {
                    micros += u64::from(*millis) * 1000;
                    data(&mut seq, 10, micros)
                }
                Kind::Ack => {
                    let ack = seq.saturating_sub(*behind).max(1);
                    let moment = specimen::segment(frame, Side::B, micros, Flags::ACK, 1, ack);
                    specimen::with(moment, |m| m.roles = Roles::of(&[Role::Ack]))
                }
                Kind::Remarked => specimen::with(data(&mut seq, 10, micros), |m| {
                    m.analysis = vec!["window_full"];
                }),
                Kind::Again => specimen::with(data(&mut seq, 10, micros), |m| {
                    m.roles = Roles::of(&[Role::Retransmission]);
                }),
                Kind::Moves => specimen::with(data(&mut seq, 10, micros), |m| {
                    m.states.to = specimen::change(State::SynReceived, State::Established);
                }),
                Kind::Fin => specimen::with(data(&mut seq, 10, micros), |m| {
                    m.segment.flags = Flags::FIN.with(Flags::ACK);
                }),
            }
        };
        kinds.iter().enumerate().map(make).collect()
    }

    proptest! {
        #[test]
        fn what_is_folded_adds_up_and_is_nothing_special(
            kinds in prop::collection::vec((any_kind(), 0..4000u32), 0..80),
        ) {
            let moments = moments(&kinds);
            let shown: Vec<&Moment> = moments.iter().collect();
            let last_ack = highest_acks(&shown)[Side::B.index()];
            let mut place = 0;
            for item in fold_recorded(&shown) {
                let run = match item {
                    Item::One(moment) => {
                        prop_assert_eq!(moment.event, shown[place].event);
                        place += 1;
                        continue;
                    }
                    Item::Run(run) => run,
                };
                let folded = &shown[place..place + run.moments];
                prop_assert!(run.moments > SHORT - HEAD - TAIL_RECORDED);
                prop_assert_eq!(run.segments, folded.len());
                let mut bytes = 0;
                let mut unacknowledged = 0;
                for (kind, _) in &kinds[place..place + run.moments] {
                    prop_assert!(matches!(kind, Kind::Data(_) | Kind::Ack | Kind::Late(_)));
                }
                for segment in folded.iter().filter_map(|moment| segment(moment)) {
                    let len = segment.segment.payload.len;
                    bytes += u64::from(len);
                    unacknowledged += (0..len)
                        .filter(|byte| {
                            let number = segment.segment.seq.0 + byte;
                            !last_ack.is_some_and(|ack| ack.is_after(SeqNumber(number)))
                        })
                        .count() as u64;
                }
                prop_assert_eq!((run.bytes, run.unacknowledged), (bytes, unacknowledged));
                // The rows around it are of the same run: no silence is hidden.
                for pair in shown[place - HEAD..place + run.moments + TAIL_RECORDED].windows(2) {
                    prop_assert!(pair[1].time.since(pair[0].time) < GAP);
                }
                place += run.moments;
            }
            prop_assert_eq!(place, shown.len());
        }
    }

    #[test]
    fn a_run_says_how_much_of_it_was_acknowledged() {
        let run = |bytes, unacknowledged| Run {
            moments: 37,
            segments: 37,
            bytes,
            unacknowledged,
            ..Run::default()
        };
        assert_eq!(run(52_000, 0).words(), "37 segments, 52 kB, all ACKed");
        assert_eq!(run(52_000, 3_000).words(), "37 segments, 52 kB, 3 kB not ACKed here");
        assert_eq!(run(52_000, 52_000).words(), "37 segments, 52 kB, not ACKed here");
        assert_eq!(run(0, 0).words(), "37 ACKs");
    }
}
