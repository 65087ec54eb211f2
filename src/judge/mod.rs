//! (story, expectation) → verdict, with the evidence for it. Pure: whoever asks waits and asks
//! again.

mod quantities;
mod results;
mod segments;
mod states;
#[cfg(test)]
mod tests;

use crate::command::{Amount, Expectation};
use crate::story::{ReturnMoment, Story};
use crate::tcp::State;

use results::Results;

pub use quantities::told;
pub use results::returns_since;
pub use states::states_of;

/// What a verdict is founded on.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// What has happened.
    pub story: &'a Story,
    /// Moments count from this cursor: the last `mark`.
    pub mark: u64,
    /// The calls whose results count, newest first, unless an expectation says by which call: those
    /// are looked for since the mark.
    pub returns: &'a [&'a ReturnMoment],
    /// The calls that wait: the socket's name and the function.
    pub waiting: &'a [(String, &'static str)],
    /// What the kernel was asked, and says.
    pub asked: &'a Asked,
}

/// What the kernel was asked for the sake of an expectation, and says now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Of the ends that a state is asked of, where no segment of theirs has been seen.
    pub unseen: Vec<State>,
    /// By how much the counter that is asked of has grown since the mark.
    pub counted: Option<u64>,
    /// How much there is of the quantity that is asked of, or why it can't be said.
    pub measured: Option<Result<u64, String>>,
    /// Of an address or an option.
    pub answer: Option<Answer>,
}

/// What the kernel says of an open socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is what is wanted.
    pub is_wanted: bool,
    /// What it is, in words.
    pub found: String,
}

/// Whether an expectation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    Yes,
    /// It doesn't, but may in a moment.
    NotYet,
    /// It doesn't and won't.
    No,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it holds.
    pub holds: Holds,
    /// What was found, in a few words.
    pub found: String,
    /// The segments that were looked at, one line each.
    pub seen: Vec<String>,
}

impl Verdict {
    fn new(holds: Holds, found: impl Into<String>) -> Verdict {
        Verdict { holds, found: found.into(), seen: Vec::new() }
    }
}

/// Judges an expectation.
pub fn judge(evidence: &Evidence, expectation: &Expectation) -> Verdict {
    match expectation {
        Expectation::Return { value, by } => {
            results::returned(&Results::of(evidence, by.as_ref()), *value)
        }
        Expectation::Errno { number, by, .. } => {
            results::errno(&Results::of(evidence, by.as_ref()), *number)
        }
        Expectation::Data { data, by } => results::data(&Results::of(evidence, by.as_ref()), data),
        Expectation::Eof { by } => results::eof(&Results::of(evidence, by.as_ref())),
        Expectation::Blocked { socket } => results::blocked(evidence, &socket.value),
        Expectation::State { socket, state } => states::state(evidence, &socket.value, *state),
        Expectation::Address { .. } | Expectation::Option { .. } => {
            answered(evidence.asked.answer.as_ref())
        }
        Expectation::Sees(patterns) => segments::sees(evidence, patterns),
        Expectation::Exactly(patterns) => segments::exactly(evidence, patterns),
        Expectation::Never(pattern) => segments::never(evidence, pattern),
        Expectation::Count { pattern, count } => segments::count(evidence, pattern, *count),
        Expectation::Role { direction, role, least } => {
            segments::role(evidence, direction.as_ref(), *role, *least)
        }
        Expectation::Quantity { quantity, wanted } => {
            quantities::quantity(evidence, quantity, *wanted)
        }
        Expectation::Counter { by, .. } => counter(evidence.asked.counted.unwrap_or_default(), *by),
    }
}

/// What the kernel says now may change.
fn answered(answer: Option<&Answer>) -> Verdict {
    match answer {
        Some(Answer { is_wanted: true, found }) => Verdict::new(Holds::Yes, found),
        Some(Answer { is_wanted: false, found }) => Verdict::new(Holds::NotYet, found),
        None => Verdict::new(Holds::NotYet, "no answer"),
    }
}

/// What has been counted can only grow.
fn counter(grown: u64, wanted: Amount) -> Verdict {
    let holds = match wanted.admits(grown) {
        true => Holds::Yes,
        false if grown > wanted.number => Holds::No,
        false => Holds::NotYet,
    };
    Verdict::new(holds, grown.to_string())
}
