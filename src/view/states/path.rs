//! The path that an end has taken: one line a state, with what led there and by which rule.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use super::Look;
use crate::story::{
    CallMoment, Connection, Contradiction, Moment, SegmentMoment, Side, Step, What,
};
use crate::tcp::State;
use crate::trace::{CallId, FrameNumber};
use crate::view::lines::{GAP, Lines};
use crate::view::paint::Meaning;
use crate::view::row::Row;

/// The paths of both ends of each connection. What happened is looked up in the moments.
pub fn paths<'a>(
    connections: &[&Connection],
    moments: impl IntoIterator<Item = &'a Moment>,
    look: &Look,
) -> String {
    let known = Known::of(moments);
    let mut out = String::new();
    for connection in connections {
        let sides = [Side::A, Side::B].map(|side| known.rows(connection, side, look));
        let widths = widths(&sides.iter().flatten().collect::<Vec<_>>(), look.width);
        for (side, rows) in [Side::A, Side::B].into_iter().zip(&sides) {
            out += &heading(connection, side, look);
            for row in rows {
                out += &row.line(widths, look);
            }
        }
    }
    out
}

fn heading(connection: &Connection, side: Side, look: &Look) -> String {
    let end = connection.end(side);
    let (name, address) = match end.name.name.as_deref() {
        Some(name) => (name.to_owned(), end.address.to_string()),
        None => (end.address.to_string(), String::new()),
    };
    let mut lines = Lines::new(Row::of(Meaning::Name(side), name), look);
    lines.put(Meaning::Quiet, &address, 0);
    if let Some(kernel) = end.kernel_differs {
        let says = kernel.map_or("no such socket", State::name);
        lines.put(Meaning::Warning, &format!("the kernel says: {says}"), 0);
    }
    lines.finish()
}

/// The segments and calls of a story, by number.
struct Known<'a> {
    segments: HashMap<FrameNumber, &'a SegmentMoment>,
    calls: HashMap<CallId, &'a CallMoment>,
}

impl<'a> Known<'a> {
    fn of(moments: impl IntoIterator<Item = &'a Moment>) -> Known<'a> {
        let mut known = Known { segments: HashMap::new(), calls: HashMap::new() };
        for moment in moments {
            match &moment.what {
                What::Call(call) => drop(known.calls.insert(call.call, call)),
                What::Segment(segment) => drop(known.segments.insert(segment.frame, segment)),
                What::Blocked(_)
                | What::Return(_)
                | What::Datagram(_)
                | What::Icmp(_)
                | What::State(_)
                | What::Kernel(_)
                | What::Undecoded { .. }
                | What::Wire(_)
                | What::Interposed { .. }
                | What::Lost { .. }
                | What::CaptureUnavailable { .. }
                | What::Mark => {}
            }
        }
        known
    }

    /// One row a state: the one it began in, then one for each step.
    fn rows(&self, connection: &Connection, side: Side, look: &Look) -> Vec<Stop> {
        let end = connection.end(side);
        let began = end.path.first().map_or(end.state, |step| step.change.before);
        let first = Stop { state: state(began), ..Stop::default() };
        let mut rows = vec![first];
        rows.extend(end.path.iter().map(|step| self.row(step, connection, side, look)));
        // What is known of where it is now may have grown since it came there.
        if let Some([.., sure]) = rows.last_mut().filter(|stop| stop.comes).map(|s| &mut s.facts) {
            end.confidence.word().clone_into(sure);
        }
        rows
    }

    fn row(&self, step: &Step, connection: &Connection, side: Side, look: &Look) -> Stop {
        let segment = step.frame.and_then(|frame| self.segments.get(&frame));
        let sent = segment.filter(|segment| segment.from == side);
        let call = sent.and_then(|segment| self.calls.get(&segment.cause?)).filter(|call| {
            let name = &connection.end(side).name;
            name.name.as_ref() == Some(&call.name) || name.listener.as_ref() == Some(&call.name)
        });
        let did = if sent.is_some() { "snd" } else { "rcv" };
        let what = match (step.undoes, segment) {
            (Some(Contradiction::KernelKnowsBetter), _) => "taken back".to_owned(),
            (Some(why), _) => format!("taken back: {}", why.rule()),
            (None, Some(segment)) => format!("{did} {}", segment.segment.flags),
            (None, None) if step.change.before == Some(State::TimeWait) => "2 MSL over".to_owned(),
            (None, None) => String::new(),
        };
        // The kernel may have been asked since.
        let told =
            segment.map(
                |segment| {
                    if segment.from == side { segment.states.from } else { segment.states.to }
                },
            );
        let told = told.filter(|change| change.after == step.change.after);
        let confidence = told.map_or(step.change.confidence, |change| change.confidence);
        let section = if look.ascii { "sec. " } else { "§" };
        Stop {
            comes: true,
            state: state(step.change.after),
            facts: [
                step.frame.map(|frame| format!("#{}", frame.0)).unwrap_or_default(),
                what,
                call.map(|call| format!("{}()", call.function)).unwrap_or_default(),
                step.change.rfc.map(|rfc| format!("{section}{rfc}")).unwrap_or_default(),
                confidence.word().to_owned(),
            ],
        }
    }
}

/// One state of a path.
#[derive(Default)]
struct Stop {
    /// Whether it came from the one above.
    comes: bool,
    state: &'static str,
    /// The frame, what it did, the call, the rule, how sure.
    facts: [String; 5],
}

impl Stop {
    fn line(&self, (state, facts): (usize, [usize; 5]), look: &Look) -> String {
        const MEANINGS: [Meaning; 5] =
            [Meaning::Number, Meaning::Flag, Meaning::Call, Meaning::Quiet, Meaning::Quiet];
        let arrow = match (self.comes, look.ascii) {
            (false, _) => " ",
            (true, false) => "→",
            (true, true) => ">",
        };
        let mut start = Row::of(Meaning::Quiet, format!("  {arrow} "));
        start.put(Meaning::State, self.state);
        start.pad_to(INDENT + state);
        let mut lines = Lines::new(start, look);
        for ((fact, width), meaning) in self.facts.iter().zip(facts).zip(MEANINGS) {
            lines.put(meaning, fact, width);
        }
        lines.finish()
    }
}

/// Columns before a state.
const INDENT: usize = 4;

/// The widths of states and facts; facts have 0, to be folded, where they don't fit.
fn widths(rows: &[&Stop], width: usize) -> (usize, [usize; 5]) {
    let fact = |i: usize| rows.iter().map(|row| row.facts[i].width()).max().unwrap_or(0);
    let state = rows.iter().map(|row| row.state.len()).max().unwrap_or(0);
    let facts: [usize; 5] = std::array::from_fn(fact);
    let gaps = facts.iter().filter(|fact| **fact > 0).count() * GAP.len();
    let fits = INDENT + state + facts.iter().sum::<usize>() + gaps <= width;
    (state, if fits { facts } else { [0; 5] })
}

fn state(state: Option<State>) -> &'static str {
    state.map_or("?", State::name)
}
