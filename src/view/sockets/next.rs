//! What will happen next, in a sentence.

use std::time::Duration;

use super::end::{End, Known};
use crate::tcp::State;
use crate::tcp::outlook::{Act, GivenUp, Holder, Outlook, Sent};
use crate::view::ladder::duration;
use crate::view::look::Look;

/// The sentence about an end. `peer` is what the other end is called.
pub fn sentence(end: &End, peer: &str, look: Look) -> String {
    let Some(known) = &end.known else {
        return if end.has_been {
            "It is over here: the kernel knows nothing of this end any more.".to_owned()
        } else {
            "There is no such end yet: nobody has answered.".to_owned()
        };
    };
    match known.outlook() {
        Some(outlook) => acts(&outlook, known, end, peer, look),
        None => waits(known, end, peer, look),
    }
}

/// What it will do when its timer ends.
fn acts(next: &Outlook, known: &Known, end: &End, peer: &str, look: Look) -> String {
    let time = |time: Duration| duration(time, look);
    let in_time = within(next.after, look);
    let what = |sent: &Sent| words(*sent, end, look);
    match &next.act {
        Act::Resend { what: sent, then } => {
            let waited = known.standing.sender.as_ref().map(|sender| sender.rto);
            let then = then.map(|then| match waited {
                Some(waited) if then > waited => {
                    format!("; the wait then doubles to {}", time(then))
                }
                Some(_) => format!("; then it waits another {}", time(then)),
                None => format!("; then it waits {}", time(then)),
            });
            let closed = known.standing.sender.as_ref().is_some_and(|s| s.window == Some(0));
            let why = match (closed, known.standing.state) {
                (_, State::SynSent | State::SynReceived) | (false, _) => String::new(),
                (true, _) => format!(", to see whether {peer}'s window is open by then"),
            };
            format!("{in_time} it sends {} again{why}{}.", what(sent), then.unwrap_or_default())
        }
        Act::ProbeTail { what: sent, then } => {
            let again = if matches!(sent, Sent::New(_)) { "" } else { " again" };
            format!(
                "{in_time} it sends {}{again}, to probe for a lost tail; the retransmission \
                 timeout follows {} later.",
                what(sent),
                time(*then)
            )
        }
        Act::TakeForLost { what: sent } => {
            format!(
                "{in_time}, without better news, it takes {0} for lost and sends {0} again.",
                what(sent)
            )
        }
        Act::ProbeWindow { number, then } => format!(
            "{in_time} it asks whether {peer}'s window is open again (probe {number}); the next \
             wait is {}.",
            time(*then)
        ),
        Act::SendHeld { bytes } => {
            format!("{in_time} it sends {} that it holds back.", plural(*bytes, "byte"))
        }
        Act::KeepAlive { number, of, then } => {
            let nothing = if *number == 1 { "If nothing comes, " } else { "Without an answer, " };
            format!(
                "{nothing}{} it asks whether {peer} is still there (keep-alive {number} of {of}); \
                 it waits {} for an answer.",
                in_time.to_lowercase(),
                time(*then)
            )
        }
        Act::Defer => format!(
            "It has its ACK and waits for data (TCP_DEFER_ACCEPT); {} it looks again.",
            in_time.to_lowercase()
        ),
        Act::GiveUp(GivenUp::TimedOut) => {
            let call =
                if known.standing.state == State::SynSent { "connect()" } else { "the call" };
            format!("{in_time} it gives up: {call} fails with ETIMEDOUT, and nothing is sent.")
        }
        Act::GiveUp(GivenUp::TimedOutWithReset) => format!(
            "Without an answer, {} it gives up: it sends RST, and calls fail with ETIMEDOUT.",
            in_time.to_lowercase()
        ),
        Act::GiveUp(GivenUp::Forgotten) => {
            let whom = if known.standing.half_open { peer } else { "nobody" };
            let told = if known.standing.half_open { "isn't told" } else { "is told" };
            format!("{in_time} the kernel gives this end up; {whom} {told}.")
        }
        Act::EndTimeWait => {
            format!("{in_time} TIME-WAIT ends, and its addresses are free for a new connection.")
        }
        Act::EndFinWait2 => {
            format!("{in_time} it stops waiting for {peer}'s FIN, and forgets the connection.")
        }
    }
}

/// What it waits for when no timer of its runs.
fn waits(known: &Known, end: &End, peer: &str, look: Look) -> String {
    let standing = &known.standing;
    if let Some(ato) = known.owes_ack {
        return format!(
            "It owes {peer} an ACK, and holds it back for data to carry it, {} or so.",
            duration(ato, look)
        );
    }
    let call = end.calls.first();
    let waits = match standing.state {
        State::Established | State::FinWait1 | State::SynReceived
            if standing.holder == Holder::Listener =>
        {
            format!("it waits for accept({})", end.name)
        }
        State::Established | State::FinWait2 | State::CloseWait
            if known.unread_data() > 0 && standing.holder == Holder::Program =>
        {
            let verb = if known.unread_data() == 1 { "waits" } else { "wait" };
            format!("{} {verb} for recv()", plural(known.unread_data(), "byte"))
        }
        State::Established => match call {
            Some(call) => format!("{call} waits for {peer}"),
            None => format!("it waits for {peer}, or for its own program"),
        },
        State::FinWait2 => format!("it waits for {peer}'s FIN, however long"),
        State::CloseWait => {
            format!("{peer} has closed; it waits for its own program to close, however long")
        }
        State::SynSent => format!("it waits for {peer}'s answer"),
        State::SynReceived => format!("it waits for {peer}'s ACK"),
        State::FinWait1 | State::Closing | State::LastAck => {
            format!("it waits for {peer} to acknowledge its FIN")
        }
        State::TimeWait => "TIME-WAIT is about to end".to_owned(),
        State::Closed => "it is closed".to_owned(),
        State::Listen => "it waits for a SYN".to_owned(),
    };
    format!("No timer runs: {waits}.")
}

/// What a listener does about a half-open connection: `in 992 ms SYN,ACK again`.
pub fn half_open(next: &Outlook, look: Look) -> String {
    let act = match next.act {
        Act::Defer => "it looks whether data has come",
        Act::GiveUp(_) => "it is forgotten",
        Act::Resend { .. }
        | Act::ProbeTail { .. }
        | Act::TakeForLost { .. }
        | Act::ProbeWindow { .. }
        | Act::SendHeld { .. }
        | Act::KeepAlive { .. }
        | Act::EndTimeWait
        | Act::EndFinWait2 => "SYN,ACK again",
    };
    format!("{} {act}", within(next.after, look).to_lowercase())
}

/// `In 340 ms`
pub fn within(time: Duration, look: Look) -> String {
    if time.is_zero() { "At any moment".to_owned() } else { format!("In {}", duration(time, look)) }
}

/// What is sent: `bytes 1 to 5`.
fn words(sent: Sent, end: &End, look: Look) -> String {
    let number = |n: u32| match end.isn {
        Some(isn) if look.raw_seq => isn.wrapping_add(n),
        Some(_) | None => n,
    };
    match sent {
        Sent::Syn => "its SYN".to_owned(),
        Sent::SynAck => "its SYN,ACK".to_owned(),
        Sent::Bytes { from, to, fin } => {
            let bytes = if from == to {
                format!("byte {}", number(from))
            } else {
                format!("bytes {} to {}", number(from), number(to))
            };
            bytes + if fin { " and its FIN" } else { "" }
        }
        Sent::From(from) => format!("a segment from byte {} on", number(from)),
        Sent::Fin => "its FIN".to_owned(),
        Sent::New(bytes) => format!("{}, new ones", plural(bytes, "byte")),
        Sent::Unknown(0) => "what isn't acknowledged".to_owned(),
        Sent::Unknown(bytes) => {
            format!("what isn't acknowledged ({})", plural(bytes, "byte"))
        }
    }
}

/// `1 byte`, `5 bytes`
pub fn plural(count: u32, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
