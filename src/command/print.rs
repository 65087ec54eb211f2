//! A command → its text, which the parser reads back to the same.

use std::fmt::{self, Display, Formatter};

use super::address::path_bytes;
use super::argument::{Argument, Need};
use super::catalogue::{Entry, Makes};
use super::{
    AddressArg, AddressOf, Command, Expectation, LessonArg, Name, RuleAction, RuleArg,
    SegmentPattern, Spanned, Statement, WireArg,
};
use super::{address, bytes, duration};
use crate::packet::Selection;
use crate::trace::{HowShut, PollEvents, RecvFlags, SendFlags};

/// A command's form: `[NAME =] accept NAME`.
pub fn usage(entry: &Entry) -> String {
    let made = match entry.makes {
        Makes::Nothing => "",
        Makes::Socket => "[NAME =] ",
        Makes::NamedSocket => "NAME = ",
    };
    format!("{made}{} {}", entry.name, labels(entry.arguments)).trim_end().to_owned()
}

/// Arguments as usage lines show them: `NAME [N]`.
pub(super) fn labels<'a>(arguments: impl IntoIterator<Item = &'a Argument>) -> String {
    let label = |argument: &Argument| match argument.need {
        Need::Maybe | Need::Loose if !argument.label.starts_with('[') => {
            format!("[{}]", argument.label)
        }
        Need::Many => format!("{}...", argument.label),
        Need::One | Need::Maybe | Need::Loose => argument.label.to_owned(),
    };
    arguments.into_iter().map(label).collect::<Vec<_>>().join(" ")
}

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.command, if self.background { " &" } else { "" })
    }
}

impl Display for AddressArg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&address::text(self))
    }
}

impl Display for LessonArg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            LessonArg::List => f.write_str("lessons"),
            LessonArg::Take { name, step } => {
                let name = name.as_ref().map(|name| word(&name.value));
                write!(f, "lesson{}{}", maybe(name.as_ref()), maybe(step.as_ref()))
            }
            LessonArg::Answer { text } => write!(f, "answer {}", word(text)),
            LessonArg::Hint => f.write_str("hint"),
            LessonArg::Solution => f.write_str("solution"),
            LessonArg::Again => f.write_str("again"),
            LessonArg::Skip => f.write_str("skip"),
            LessonArg::Leave => f.write_str("leave"),
            LessonArg::Progress => f.write_str("progress"),
        }
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Command::Socket { name, kind } => write!(f, "{} = socket {}", name.value, kind.word()),
            Command::Bind { socket, address } => {
                write!(f, "bind {} {}", socket.value, address.value)
            }
            Command::Listen { socket, backlog } => {
                write!(f, "listen {}{}", socket.value, maybe(backlog.as_ref()))
            }
            Command::Connect { socket, address } => {
                write!(f, "connect {} {}", socket.value, address.value)
            }
            Command::Disconnect { socket } => write!(f, "disconnect {}", socket.value),
            Command::Accept { name: Some(name), socket } => {
                write!(f, "{} = accept {}", name.value, socket.value)
            }
            Command::Accept { name: None, socket } => write!(f, "accept {}", socket.value),
            Command::Send { socket, data, flags } => {
                write!(f, "send {} {}{}", socket.value, bytes::text(data), send_flags(*flags))
            }
            Command::Recv { socket, len, flags } => {
                write!(f, "recv {} {len}{}", socket.value, recv_flags(*flags))
            }
            Command::SendTo { socket, address, data, flags } => {
                let (data, flags) = (bytes::text(data), send_flags(*flags));
                write!(f, "sendto {} {} {data}{flags}", socket.value, address.value)
            }
            Command::RecvFrom { socket, len, flags } => {
                write!(f, "recvfrom {} {len}{}", socket.value, recv_flags(*flags))
            }
            Command::Shutdown { socket, how } => {
                let how = match how {
                    HowShut::Rd => "rd",
                    HowShut::Wr => "wr",
                    HowShut::RdWr => "rdwr",
                };
                write!(f, "shutdown {} {how}", socket.value)
            }
            Command::Close { socket } => write!(f, "close {}", socket.value),
            Command::SetSockOpt { socket, option, value } => {
                write!(f, "setsockopt {} {} {}", socket.value, option.value, word(&value.value))
            }
            Command::GetSockOpt { socket, option } => {
                write!(f, "getsockopt {} {}", socket.value, option.value)
            }
            Command::GetSockName { socket } => write!(f, "getsockname {}", socket.value),
            Command::GetPeerName { socket } => write!(f, "getpeername {}", socket.value),
            Command::NonBlock { socket, on } => {
                write!(f, "nonblock {} {}", socket.value, switch(*on))
            }
            Command::Timeout { socket, after } => {
                let after = after.map_or_else(|| "off".to_owned(), duration::text);
                write!(f, "timeout {} {after}", socket.value)
            }
            Command::Poll { sockets, events, timeout } => {
                let events = match events {
                    PollEvents::In => "in",
                    PollEvents::Out => "out",
                };
                let timeout = timeout.map(duration::text);
                write!(f, "poll{} {events}{}", names(sockets), maybe(timeout.as_ref()))
            }
            Command::Lesson { what } => what.fmt(f),
            Command::Jobs => f.write_str("jobs"),
            Command::Wait { job, timeout } => {
                let timeout = timeout.map(duration::text);
                write!(f, "wait{}{}", maybe(job.as_ref()), maybe(timeout.as_ref()))
            }
            Command::Interrupt { job } => write!(f, "interrupt {job}"),
            Command::Sockets { name } => write!(f, "sockets{}", names(name)),
            Command::Counters => f.write_str("counters"),
            Command::Watch { socket } => write!(f, "watch {}", socket.value),
            Command::Trace { name } => write!(f, "trace{}", names(name)),
            Command::Packets => f.write_str("packets"),
            Command::Dissect { frame } => write!(f, "dissect {}", frame.value),
            Command::Why => f.write_str("why"),
            Command::States { name } => write!(f, "states{}", names(name)),
            Command::Kernel { setting, value } => {
                let value = value.as_deref().map(word);
                write!(f, "kernel{}{}", names(setting), maybe(value.as_ref()))
            }
            Command::QuickAck { on } => write!(f, "quickack {}", switch(*on)),
            Command::Expire => f.write_str("expire"),
            Command::ResetConnection { socket } => {
                write!(f, "reset-connection {}", socket.value)
            }
            Command::Step { on: Some(on) } => write!(f, "step {}", switch(*on)),
            Command::Step { on: None } => f.write_str("step"),
            Command::Next { count } => write!(f, "next{}", maybe(count.as_ref())),
            Command::Flow => f.write_str("flow"),
            Command::Drop { frame } => write!(f, "drop{}", number(frame.as_ref())),
            Command::Dup { frame } => write!(f, "dup{}", number(frame.as_ref())),
            Command::Swap { frame } => write!(f, "swap{}", number(frame.as_ref())),
            Command::Corrupt { frame } => write!(f, "corrupt{}", number(frame.as_ref())),
            Command::Hold { frame, time } => {
                write!(f, "hold{} {}", number(frame.as_ref()), duration::text(*time))
            }
            Command::Forge { socket, flags, seq, ack, data } => {
                write!(f, "forge {} {flags}", socket.value)?;
                for (word, offset) in [("seq", seq), ("ack", ack)] {
                    if *offset != 0 {
                        write!(f, " {word} {offset:+}")?;
                    }
                }
                if data.is_empty() { Ok(()) } else { write!(f, " data {}", bytes::text(data)) }
            }
            Command::Wire { what: WireArg::List } => f.write_str("wire"),
            Command::Wire { what: WireArg::Clear } => f.write_str("wire clear"),
            Command::Wire { what: WireArg::Rule(rule) } => write!(f, "wire {rule}"),
            Command::Save { file } => write!(f, "save {}", bytes::quote(path_bytes(&file.value))),
            Command::Read { file } => write!(f, "read {}", bytes::quote(path_bytes(&file.value))),
            Command::Set { key, value } => {
                let value = value.as_ref().map(|value| word(&value.value));
                write!(f, "set{}{}", names(key), maybe(value.as_ref()))
            }
            Command::Source { file } => {
                write!(f, "source {}", bytes::quote(path_bytes(&file.value)))
            }
            Command::Reset => f.write_str("reset"),
            Command::Mark => f.write_str("mark"),
            Command::Sleep { time } => write!(f, "sleep {}", duration::text(*time)),
            Command::Help { word: topic } => {
                let topic = topic.as_ref().map(|topic| word(&topic.value));
                write!(f, "help{}", maybe(topic.as_ref()))
            }
            Command::Apropos { word: topic } => write!(f, "apropos {}", word(topic)),
            Command::History => f.write_str("history"),
            Command::Quit => f.write_str("quit"),
            Command::Expect { what, within } => {
                write!(f, "expect {what}")?;
                within.map_or(Ok(()), |span| write!(f, " within {}", duration::text(span)))
            }
        }
    }
}

impl Display for Expectation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Expectation::Return { value, by } => write!(f, "return {value}{}", maybe(by.as_ref())),
            Expectation::Errno { name, by, .. } => write!(f, "errno {name}{}", maybe(by.as_ref())),
            Expectation::Data { data, by } => {
                write!(f, "data {}{}", bytes::text(data), maybe(by.as_ref()))
            }
            Expectation::Eof { by } => write!(f, "eof{}", maybe(by.as_ref())),
            Expectation::Blocked { socket } => write!(f, "blocked {}", socket.value),
            Expectation::State { socket, state } => write!(f, "state {} {state}", socket.value),
            Expectation::Address { of, socket, address } => {
                let which = match of {
                    AddressOf::Socket => "sockname",
                    AddressOf::Peer => "peername",
                };
                write!(f, "{which} {} {}", socket.value, address.value)
            }
            Expectation::Option { socket, option, value } => {
                write!(f, "option {} {} {}", socket.value, option.value, word(&value.value))
            }
            Expectation::Sees(patterns) => write!(f, "sees {}", segments(patterns)),
            Expectation::Exactly(patterns) => write!(f, "exactly {}", segments(patterns)),
            Expectation::Never(pattern) => write!(f, "never {pattern}"),
            Expectation::Count { pattern, count } => write!(f, "count {pattern} {count}"),
            Expectation::Role { direction, role, least } => {
                f.write_str("role ")?;
                direction.as_ref().map_or(Ok(()), |direction| write!(f, "{direction} "))?;
                f.write_str(role.word())?;
                if *least == 1 { Ok(()) } else { write!(f, " {least}") }
            }
            Expectation::Quantity { quantity, wanted } => write!(f, "{quantity} {wanted}"),
            Expectation::Counter { name, by } => write!(f, "counter {} {by}", word(&name.value)),
        }
    }
}

/// `drop next 2 SYN from client`
impl Display for RuleArg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.action.fmt(f)?;
        self.from.as_ref().map_or(Ok(()), |from| write!(f, " from {}", from.value))
    }
}

/// `drop next 2 SYN`
impl Display for RuleAction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let counted = |f: &mut Formatter<'_>, deed, count: u64, what| match count {
            1 => write!(f, "{deed} next {what}"),
            _ => write!(f, "{deed} next {count} {what}"),
        };
        let seeded = |f: &mut Formatter<'_>, seed: Option<u64>, what: Option<Selection>| {
            seed.map_or(Ok(()), |seed| write!(f, " seed {seed}"))?;
            what.map_or(Ok(()), |what| write!(f, " {what}"))
        };
        match *self {
            RuleAction::Drop { count, what } => counted(f, "drop", count, what),
            RuleAction::Dup { count, what } => counted(f, "dup", count, what),
            RuleAction::Reorder { count, what } => counted(f, "reorder", count, what),
            RuleAction::Corrupt { count, what } => counted(f, "corrupt", count, what),
            RuleAction::Delay { by, jitter, seed, what } => {
                write!(f, "delay {}", duration::text(by))?;
                jitter.map_or(Ok(()), |by| write!(f, " jitter {}", duration::text(by)))?;
                seeded(f, seed, what)
            }
            RuleAction::Loss { percent, seed, what } => {
                write!(f, "loss {percent}%")?;
                seeded(f, seed, what)
            }
        }
    }
}

/// `a>b SYN, b>a SYN,ACK`
pub fn segments(patterns: &[SegmentPattern]) -> String {
    patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn maybe(value: Option<&impl Display>) -> String {
    value.map(|value| format!(" {value}")).unwrap_or_default()
}

fn names<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    names.into_iter().flat_map(|name| [" ", &name.value]).collect()
}

fn number(frame: Option<&Spanned<u64>>) -> String {
    maybe(frame.map(|frame| &frame.value))
}

fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// A word as it is if the lexer leaves it whole, else in quotes.
fn word(text: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | ',' | '+' | '/');
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        text.to_owned()
    } else {
        bytes::quote(text.as_bytes())
    }
}

fn send_flags(flags: SendFlags) -> String {
    marks(&[(flags.oob, "oob"), (flags.dontwait, "dontwait")])
}

fn recv_flags(flags: RecvFlags) -> String {
    marks(&[
        (flags.peek, "peek"),
        (flags.waitall, "waitall"),
        (flags.oob, "oob"),
        (flags.dontwait, "dontwait"),
    ])
}

fn marks(marks: &[(bool, &str)]) -> String {
    marks.iter().filter(|(set, _)| *set).flat_map(|(_, word)| [" ", word]).collect()
}
