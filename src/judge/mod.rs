//! (story, expectation) → verdict, with the evidence for it. Pure: whoever asks waits and asks
//! again.

mod results;
mod segments;
mod states;
#[cfg(test)]
mod tests;

use crate::command::Expectation;
use crate::story::{ReturnMoment, Story};
use crate::tcp::State;

pub use states::states_of;

/// What a verdict is founded on.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// What has happened.
    pub story: &'a Story,
    /// Moments count from this cursor: the last `mark`.
    pub mark: u64,
    /// The call that was typed last and those that have returned since, newest first.
    pub returns: &'a [&'a ReturnMoment],
    /// The calls that wait: the socket's name and the function.
    pub waiting: &'a [(String, &'static str)],
    /// What the kernel says of the ends that a state is asked of, where no segment of theirs has
    /// been seen.
    pub unseen: &'a [State],
    /// By how much the counter that is asked of has grown since the mark.
    pub counted: Option<u64>,
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
        Expectation::Return(value) => results::returned(evidence, *value),
        Expectation::Errno { number, .. } => results::errno(evidence, *number),
        Expectation::Data(data) => results::data(evidence, data),
        Expectation::Eof => results::eof(evidence),
        Expectation::Blocked { socket } => results::blocked(evidence, &socket.value),
        Expectation::State { socket, state } => states::state(evidence, &socket.value, *state),
        Expectation::Sees(patterns) => segments::sees(evidence, patterns),
        Expectation::Exactly(patterns) => segments::exactly(evidence, patterns),
        Expectation::Never(pattern) => segments::never(evidence, pattern),
        Expectation::Count { pattern, count } => segments::count(evidence, pattern, *count),
        Expectation::Counter { by, .. } => counter(evidence.counted.unwrap_or_default(), *by),
    }
}

/// What has been counted can only grow.
fn counter(grown: u64, wanted: u64) -> Verdict {
    let holds = match grown.cmp(&wanted) {
        std::cmp::Ordering::Less => Holds::NotYet,
        std::cmp::Ordering::Equal => Holds::Yes,
        std::cmp::Ordering::Greater => Holds::No,
    };
    Verdict::new(holds, grown.to_string())
}
