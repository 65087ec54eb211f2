//! Expectations on what calls returned.

use super::{Evidence, Holds, Verdict};
use crate::story::ReturnMoment;
use crate::trace::{Effect, Outcome, SocketKind, errno};

/// How much received data a verdict quotes, in bytes.
const QUOTED: usize = 60;

/// A call that fails returns −1 and sets errno.
pub(super) fn returned(evidence: &Evidence, value: i64) -> Verdict {
    any(evidence, |returned| match returned.outcome {
        Outcome::Value(returned) => returned == value,
        Outcome::Errno(_) => value == -1,
    })
}

pub(super) fn errno(evidence: &Evidence, number: i32) -> Verdict {
    any(evidence, |returned| returned.outcome == Outcome::Errno(number))
}

pub(super) fn data(evidence: &Evidence, wanted: &[u8]) -> Verdict {
    any(evidence, |returned| match &returned.effect {
        Effect::Received { data, .. } => **data == *wanted,
        _ => false,
    })
}

/// End of file: a recv on a stream that asked for bytes and returned 0. A datagram can be empty.
pub(super) fn eof(evidence: &Evidence) -> Verdict {
    any(evidence, |returned| {
        let is_stream = evidence.story.socket(returned.call.socket).is_none_or(|socket| {
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

fn any(evidence: &Evidence, wanted: impl Fn(&ReturnMoment) -> bool) -> Verdict {
    let newest = evidence.returns.first();
    if let Some(returned) = evidence.returns.iter().find(|returned| wanted(returned)) {
        return Verdict::new(Holds::Yes, words(returned));
    }
    // A call that still waits may yet return it.
    let holds = if evidence.waiting.is_empty() { Holds::No } else { Holds::NotYet };
    match newest {
        Some(returned) => Verdict::new(holds, words(returned)),
        None => Verdict::new(holds, "the call hasn't returned"),
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
