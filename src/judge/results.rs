//! Expectations on what calls returned.

use super::{Evidence, Holds, Verdict};
use crate::command::Caller;
use crate::story::{CallMoment, ReturnMoment, Story, What};
use crate::trace::{Effect, Outcome, SocketKind, errno};

/// How much received data a verdict quotes, in bytes.
const QUOTED: usize = 60;

/// The calls whose results an expectation is about.
pub(super) struct Results<'a> {
    evidence: &'a Evidence<'a>,
    by: Option<&'a Caller>,
    /// Newest first.
    returns: Vec<&'a ReturnMoment>,
}

impl<'a> Results<'a> {
    /// With a caller all of its that have returned since the mark.
    pub fn of(evidence: &'a Evidence<'a>, by: Option<&'a Caller>) -> Results<'a> {
        let story = evidence.story;
        let returns = match by {
            None => evidence.returns.to_vec(),
            Some(by) => returns_since(story, evidence.mark)
                .filter(|returned| is_by(story, by, &returned.call))
                .collect(),
        };
        Results { evidence, by, returns }
    }

    /// Whether one of them is as wanted.
    fn any(&self, wanted: impl Fn(&ReturnMoment) -> bool) -> Verdict {
        if let Some(returned) = self.returns.iter().find(|returned| wanted(returned)) {
            return Verdict::new(Holds::Yes, words(returned));
        }
        // A call that still waits may yet return it.
        let may_come = self.evidence.waiting.iter().any(|(socket, function)| {
            self.by.is_none_or(|by| {
                by.function == *function
                    && by.socket.as_ref().is_none_or(|name| name.value == *socket)
            })
        });
        let holds = if may_come { Holds::NotYet } else { Holds::No };
        match (self.returns.first(), self.by) {
            (Some(returned), _) => Verdict::new(holds, words(returned)),
            (None, None) => Verdict::new(holds, "the call hasn't returned"),
            (None, Some(by)) => {
                let socket = by.socket.as_ref().map_or("", |name| name.value.as_str());
                Verdict::new(holds, format!("no {}({socket}) has returned", by.function))
            }
        }
    }
}

/// The calls that have returned since that cursor, newest first.
pub fn returns_since(story: &Story, cursor: u64) -> impl Iterator<Item = &ReturnMoment> {
    story.since(cursor).rev().filter_map(|moment| {
        let What::Return(returned) = &moment.what else { return None };
        Some(returned)
    })
}

/// A listener's name stands for the sockets accepted from it too, but for calls that mean the
/// listener itself.
fn is_by(story: &Story, by: &Caller, call: &CallMoment) -> bool {
    let is_own = matches!(by.function, "bind" | "listen" | "accept" | "close");
    let is_named = |name: &str| {
        let listener = || story.socket(story.socket(call.socket)?.accepted_from?);
        *call.name == *name || !is_own && listener().is_some_and(|listener| *listener.name == *name)
    };
    by.function == call.function && by.socket.as_ref().is_none_or(|name| is_named(&name.value))
}

/// A call that fails returns −1 and sets errno.
pub(super) fn returned(results: &Results, value: i64) -> Verdict {
    results.any(|returned| match returned.outcome {
        Outcome::Value(returned) => returned == value,
        Outcome::Errno(_) => value == -1,
    })
}

pub(super) fn errno(results: &Results, number: i32) -> Verdict {
    results.any(|returned| returned.outcome == Outcome::Errno(number))
}

pub(super) fn data(results: &Results, wanted: &[u8]) -> Verdict {
    results.any(|returned| match &returned.effect {
        Effect::Received { data, .. } => **data == *wanted,
        _ => false,
    })
}

/// End of file: a recv on a stream that asked for bytes and returned 0. A datagram can be empty.
pub(super) fn eof(results: &Results) -> Verdict {
    results.any(|returned| {
        let is_stream = results.evidence.story.socket(returned.call.socket).is_none_or(|socket| {
            matches!(socket.kind, SocketKind::Tcp | SocketKind::Tcp6 | SocketKind::Unix)
        });
        let asked = returned.call.args.split([',', ' ']).next() != Some("0");
        is_stream
            && asked
            && returned.outcome == Outcome::Value(0)
            && matches!(&returned.effect, Effect::Received { data, .. } if data.is_empty())
    })
}

pub(super) fn blocked(evidence: &Evidence, name: &str) -> Verdict {
    let mine: Vec<&str> = evidence
        .waiting
        .iter()
        .filter(|(socket, _)| socket == name)
        .map(|(_, function)| *function)
        .collect();
    if mine.is_empty() {
        Verdict::new(Holds::NotYet, format!("no call on {name} waits"))
    } else {
        Verdict::new(Holds::Yes, format!("{}({name}) waits", mine.join(", ")))
    }
}

/// `recv(conn) = 5 "hello"`
fn words(returned: &ReturnMoment) -> String {
    let call = format!("{}({})", returned.call.function, returned.call.name);
    let brought = match &returned.effect {
        Effect::Received { data, .. } => {
            let shown = &data[..data.len().min(QUOTED)];
            let more = if shown.len() < data.len() { "…" } else { "" };
            format!(" \"{}\"{more}", shown.escape_ascii())
        }
        _ => String::new(),
    };
    match returned.outcome {
        Outcome::Value(value) => format!("{call} = {value}{brought}"),
        Outcome::Errno(number) => format!("{call} = -1 {}", errno::name(number)),
    }
}
