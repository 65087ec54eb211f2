//! The path that an end has taken: one line a state, with what led there and by which rule.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use super::Look;
use crate::story::{CallMoment, Connection, Moment, SegmentMoment, Side, Step, What};
use crate::tcp::State;
use crate::trace::{CallId, FrameNumber};
use crate::view::lines::{GAP, Lines};

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
        let widths = widths(sides.iter().flatten(), look.width);
        for (side, rows) in [Side::A, Side::B].into_iter().zip(&sides) {
            out += &heading(connection, side);
            rows.iter().for_each(|row| out += &row.line(widths, look));
        }
    }
    out
}

fn heading(connection: &Connection, side: Side) -> String {
    let end = connection.end(side);
    let mut heading = match &end.name.name {
        Some(name) => format!("{name}{GAP}{}", end.address),
        None => end.address.to_string(),
    };
    if let Some(kernel) = end.kernel_differs {
        let says = kernel.map_or("it knows of no such socket", State::name);
        heading += &format!("{GAP}(the kernel: {says})");
    }
    heading + "\n"
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
                | What::Lost { .. }
                | What::CaptureUnavailable { .. }
                | What::Mark => {}
            }
        }
        known
    }

    /// One row a state: the one it began in, then one for each step.
    fn rows(&self, connection: &Connection, side: Side, look: &Look) -> Vec<Row> {
        let end = connection.end(side);
        let began = end.path.first().map_or(end.state, |step| step.change.before);
        let first = Row { state: state(began), ..Row::default() };
        let steps = end.path.iter().map(|step| self.row(step, connection, side, look));
        std::iter::once(first).chain(steps).collect()
    }

    fn row(&self, step: &Step, connection: &Connection, side: Side, look: &Look) -> Row {
        let segment = step.frame.and_then(|frame| self.segments.get(&frame));
        let sent = segment.filter(|segment| segment.from == side);
        let call = sent.and_then(|segment| self.calls.get(&segment.cause?)).filter(|call| {
            let name = &connection.end(side).name;
            name.name.as_ref() == Some(&call.name) || name.listener.as_ref() == Some(&call.name)
        });
        let what = match (segment, sent.is_some()) {
            (Some(segment), true) => format!("snd {}", segment.segment.flags),
            (Some(segment), false) => format!("rcv {}", segment.segment.flags),
            (None, _) if step.change.before == Some(State::TimeWait) => "2 MSL over".to_owned(),
            (None, _) => String::new(),
        };
        let section = if look.ascii { "" } else { "§" };
        Row {
            comes: true,
            state: state(step.change.after),
            facts: [
                step.frame.map(|frame| format!("#{}", frame.0)).unwrap_or_default(),
                what,
                call.map(|call| format!("{}()", call.function)).unwrap_or_default(),
                step.change.rfc.map(|rfc| format!("{section}{rfc}")).unwrap_or_default(),
                step.change.confidence.word().to_owned(),
            ],
        }
    }
}

/// One state of a path.
#[derive(Default)]
struct Row {
    /// Whether it came from the one above.
    comes: bool,
    state: &'static str,
    /// The frame, what it did, the call, the rule, how sure.
    facts: [String; 5],
}

impl Row {
    fn line(&self, widths: [usize; 6], look: &Look) -> String {
        let arrow = match (self.comes, look.ascii) {
            (false, _) => " ",
            (true, false) => "→",
            (true, true) => ">",
        };
        let [state, facts @ ..] = widths;
        let mut lines = Lines::new(format!("  {arrow} {:<state$}", self.state), look.width);
        for (fact, width) in self.facts.iter().zip(facts) {
            lines.put(fact, width);
        }
        lines.finish()
    }
}

/// The widths of the columns; 0, to be folded, where they don't fit.
fn widths<'a>(rows: impl Iterator<Item = &'a Row> + Clone, width: usize) -> [usize; 6] {
    const INDENT: usize = 4;
    let fact = |i: usize| rows.clone().map(|row| row.facts[i].width()).max().unwrap_or(0);
    let state = rows.clone().map(|row| row.state.len()).max().unwrap_or(0);
    let facts: [usize; 5] = std::array::from_fn(fact);
    let gaps = facts.iter().filter(|fact| **fact > 0).count() * GAP.len();
    let fits = INDENT + state + facts.iter().sum::<usize>() + gaps <= width;
    let [a, b, c, d, e] = if fits { facts } else { [0; 5] };
    [state, a, b, c, d, e]
}

fn state(state: Option<State>) -> &'static str {
    state.map_or("?", State::name)
}
