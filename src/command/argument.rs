//! What a command takes, as data: kinds of arguments, and which of them may be left out.

use super::caller::{BY, Caller, ITS_SOCKET};
use super::{AddressArg, Amount, Direction, INFO_FIELDS, SegmentPattern, Spanned};
use crate::packet::{Flags, Selection};
use crate::tcp::{Role, State};
use crate::trace::{SocketKind, errno};
use std::path::PathBuf;
use std::time::Duration;

/// One argument of a command.
#[derive(Debug)]
pub struct Argument {
    /// As usage lines show it: `NAME`, `rd|wr|rdwr`.
    pub label: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// How often it may stand.
    pub need: Need,
}

/// How often an argument may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Once.
    One,
    /// Once or not at all.
    Maybe,
    /// Once or not at all, in any order with its neighbours that are loose too.
    Loose,
    /// Once or more.
    Many,
}

/// What an argument may be.
#[derive(Debug)]
pub enum Kind {
    /// The name of a socket.
    SocketName,
    /// `127.0.0.1:8899` and its likes.
    Address,
    /// A string, `0x…` or `#1000`.
    Bytes,
    /// A socket option by its C name.
    Option,
    /// A socket option's value.
    OptionValue,
    /// A file's path.
    File,
    /// A TCP state.
    State,
    /// An errno by name.
    Errno,
    /// `by`, a function, and perhaps the name of a socket.
    Caller,
    /// From whom to whom, as `client>server`.
    Direction,
    /// What a segment is.
    Role,
    /// A number of `TCP_INFO`.
    InfoField,
    /// A number, or with a `+` at least that.
    Amount,
    /// TCP flags, perhaps with a direction before them.
    Flags,
    /// The TCP flags of one segment.
    FlagSet,
    /// Packets of one kind, by flags, `DATA` or `ANY`.
    Selection,
    /// A list of directions and TCP flags.
    FlagsList,
    /// A span of time.
    Duration,
    /// A span of time, or `off`.
    DurationOrOff,
    /// A share, as `30%`: more than none, at most all.
    Percent,
    /// A distance between sequence numbers, with its sign.
    Offset,
    /// A whole number in this range, both ends included.
    Number(i64, i64),
    /// The number of a job.
    Job,
    /// The number of a frame.
    Frame,
    /// The number of a frame that the wire holds.
    Held,
    /// This word.
    Word(&'static Choice),
    /// This word, and one of that kind after it.
    After(&'static Choice, &'static Kind),
    /// `on` or `off`.
    Switch,
    /// A kind of socket.
    SocketKind,
    /// One of these words.
    Choice(&'static [Choice]),
    /// Any of these words, each at most once.
    Marks(&'static [Choice]),
    /// A setting of the session.
    Setting,
    /// A setting's value.
    SettingValue,
    /// A setting of the kernel by its sysctl name.
    Sysctl,
    /// One of the kernel's counters by its name in `nstat`.
    Counter,
    /// A lesson by its name, its number, or its file's path.
    Lesson,
    /// Whatever follows.
    Rest,
    /// A word that there is help for: whatever follows.
    Topic,
}

/// A word that stands for itself.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// As typed.
    pub word: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// `on` and `off`.
pub static SWITCH: [Choice; 2] =
    [Choice { word: "on", help: "" }, Choice { word: "off", help: "" }];

impl Kind {
    /// What one is and what it looks like, for "expected …".
    pub fn wanted(&self) -> String {
        self.noun() + self.looks()
    }

    /// What one is: `an address`.
    pub fn noun(&self) -> String {
        match self {
            Kind::SocketName => "the name of a socket".into(),
            Kind::Address => "an address".into(),
            Kind::Bytes => "data".into(),
            Kind::Option => "a socket option".into(),
            Kind::OptionValue => "the option's value".into(),
            Kind::File => "a file name".into(),
            Kind::State => "a state".into(),
            Kind::Errno => "an errno".into(),
            Kind::Caller => "by and a call".into(),
            Kind::Direction => "a direction".into(),
            Kind::Role => "a segment's role".into(),
            Kind::InfoField => "a field of TCP_INFO".into(),
            Kind::Amount => "a number".into(),
            Kind::Flags | Kind::FlagSet => "TCP flags".into(),
            Kind::FlagsList => "a list of segments".into(),
            Kind::Duration => "a duration".into(),
            Kind::DurationOrOff => "off or a duration".into(),
            Kind::Selection => "flags, DATA or ANY".into(),
            Kind::Percent => "a percentage".into(),
            Kind::Offset => "a distance".into(),
            Kind::Number(i64::MIN, i64::MAX) => "a whole number".into(),
            Kind::Number(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Job => "a job's number".into(),
            Kind::Frame => "a frame's number".into(),
            Kind::Held => "a held frame's number".into(),
            Kind::Word(word) => word.word.into(),
            Kind::After(word, kind) => format!("{} and {}", word.word, kind.noun()),
            Kind::Setting => "a setting".into(),
            Kind::SettingValue | Kind::Rest => "a value".into(),
            Kind::Sysctl => "a sysctl's name".into(),
            Kind::Counter => "a counter's name".into(),
            Kind::Topic => "a command or another word".into(),
            Kind::Lesson => "a lesson's name".into(),
            Kind::Switch | Kind::SocketKind | Kind::Choice(_) | Kind::Marks(_) => {
                let words: Vec<_> = self.choices().into_iter().map(|(word, _)| word).collect();
                alternatives(&words)
            }
        }
    }

    /// What one looks like, to follow its noun.
    fn looks(&self) -> &'static str {
        match self {
            Kind::Address => ": 127.0.0.1:8899, [::1]:8899, *:8899, a /path or a socket's name",
            Kind::Bytes => ": \"text\", 0x00ff, or #1000 for that many bytes",
            Kind::Option => " by its C name, as SO_REUSEADDR",
            Kind::State => ", as ESTABLISHED or TIME-WAIT",
            Kind::Errno => ", as ECONNREFUSED",
            Kind::Caller => ", as by recv or by connect client",
            Kind::Direction => ", as client>server or *>*",
            Kind::Role => ", as retransmission or keep-alive",
            Kind::InfoField => " that is a number, as snd_cwnd",
            Kind::Amount => ", as 5 (just that) or 5+ (at least)",
            Kind::Flags => ", as SYN,ACK (exactly these) or SYN+ (at least)",
            Kind::FlagsList => ", as client>server SYN, server>client SYN,ACK",
            Kind::FlagSet => ", as RST or SYN,ACK",
            Kind::Selection => ", as SYN or SYN,ACK",
            Kind::Duration | Kind::DurationOrOff => ", as 200ms or 1.5s",
            Kind::Percent => " above 0% and up to 100%, as 30%",
            Kind::Offset => ", as +0 or -1",
            Kind::Job => ", as `jobs` shows it",
            Kind::Frame => ", as `packets` shows it",
            Kind::Held => ", as `step` shows it",
            Kind::After(_, kind) => kind.looks(),
            Kind::Sysctl => ", as tcp_sack",
            Kind::Counter => ", as TcpRetransSegs",
            Kind::SocketName
            | Kind::OptionValue
            | Kind::File
            | Kind::Number(..)
            | Kind::Switch
            | Kind::SocketKind
            | Kind::Choice(_)
            | Kind::Marks(_)
            | Kind::Word(_)
            | Kind::Setting
            | Kind::SettingValue
            | Kind::Rest
            | Kind::Lesson
            | Kind::Topic => "",
        }
    }

    /// The words that it may be, when they are few and known: with what each does.
    pub fn choices(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Kind::Choice(choices) | Kind::Marks(choices) => {
                choices.iter().map(|choice| (choice.word, choice.help)).collect()
            }
            Kind::Switch => SWITCH.iter().map(|choice| (choice.word, choice.help)).collect(),
            Kind::SocketKind => {
                SocketKind::ALL.iter().map(|kind| (kind.word(), kind_help(*kind))).collect()
            }
            Kind::State => State::ALL.iter().map(|state| (state.name(), "")).collect(),
            Kind::Errno => errno::TABLE.iter().map(|errno| (errno.name, errno.text)).collect(),
            Kind::Role => Role::ALL.iter().map(|role| (role.word(), role.help())).collect(),
            Kind::InfoField => INFO_FIELDS.iter().map(|field| (field.word, field.help)).collect(),
            Kind::Caller => vec![(BY.word, BY.help)],
            Kind::DurationOrOff => vec![("off", "for ever")],
            Kind::Word(word) | Kind::After(word, _) => vec![(word.word, word.help)],
            Kind::Selection => vec![
                ("SYN", "opens: SYN without ACK"),
                ("SYN,ACK", "opens the other way"),
                ("ACK", "acknowledges and does nothing else"),
                ("DATA", "carries data, TCP's or UDP's"),
                ("FIN", "closes one direction, whatever else is set"),
                ("RST", "resets, whatever else is set"),
                ("ANY", "every packet, ICMP too"),
            ],
            Kind::Flags | Kind::FlagsList | Kind::FlagSet => vec![
                ("SYN", "opens"),
                ("SYN,ACK", "opens the other way and acknowledges"),
                ("ACK", "acknowledges"),
                ("PSH,ACK", "data"),
                ("FIN,ACK", "closes one direction"),
                ("RST", "resets"),
                ("RST,ACK", "refuses, or resets"),
            ],
            Kind::SocketName
            | Kind::Address
            | Kind::Bytes
            | Kind::Option
            | Kind::OptionValue
            | Kind::File
            | Kind::Duration
            | Kind::Direction
            | Kind::Amount
            | Kind::Number(..)
            | Kind::Job
            | Kind::Frame
            | Kind::Held
            | Kind::Percent
            | Kind::Offset
            | Kind::Setting
            | Kind::SettingValue
            | Kind::Sysctl
            | Kind::Counter
            | Kind::Rest
            | Kind::Lesson
            | Kind::Topic => Vec::new(),
        }
    }
}

/// `a, b or c`
pub(super) fn alternatives(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

fn kind_help(kind: SocketKind) -> &'static str {
    match kind {
        SocketKind::Tcp => "AF_INET, SOCK_STREAM",
        SocketKind::Udp => "AF_INET, SOCK_DGRAM",
        SocketKind::Tcp6 => "AF_INET6, SOCK_STREAM",
        SocketKind::Udp6 => "AF_INET6, SOCK_DGRAM",
        SocketKind::Unix => "AF_UNIX, SOCK_STREAM",
        SocketKind::UnixDgram => "AF_UNIX, SOCK_DGRAM",
    }
}

/// An argument that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Absent,
    Word(Spanned<String>),
    Words(Vec<Spanned<String>>),
    Address(Spanned<AddressArg>),
    Bytes(Vec<u8>),
    Path(Spanned<PathBuf>),
    Number(Spanned<i64>),
    Duration(Duration),
    Switch(bool),
    SocketKind(SocketKind),
    Choice(&'static str),
    Marks(Vec<&'static str>),
    State(State),
    Errno { number: i32, name: String },
    Segments(Vec<SegmentPattern>),
    Selection(Selection),
    Flags(Flags),
    Percent(f64),
    Caller(Caller),
    Direction(Direction),
    Role(Role),
    Amount(Amount),
}

impl Value {
    /// What may still follow it, as a part of it.
    pub fn goes_on(&self) -> Option<&'static Argument> {
        let Value::Caller(Caller { socket: None, .. }) = self else { return None };
        Some(&ITS_SOCKET)
    }
}

/// The arguments of one command in order, to build the command from.
#[derive(Debug)]
pub(super) struct Values(std::vec::IntoIter<Value>);

impl Values {
    pub fn new(values: Vec<Value>) -> Values {
        Values(values.into_iter())
    }

    /// The next argument. `None` if it isn't of the asked type: the catalogue contradicts itself,
    /// which a test excludes.
    pub fn take<T: FromValue>(&mut self) -> Option<T> {
        T::from_value(self.0.next()?)
    }
}

/// What an argument is turned into.
pub(super) trait FromValue: Sized {
    fn from_value(value: Value) -> Option<Self>;
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Absent => Some(None),
            present => T::from_value(present).map(Some),
        }
    }
}

macro_rules! from_value {
    ($($pattern:pat => $type:ty, $result:expr;)*) => {
        $(impl FromValue for $type {
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    $pattern => $result,
                    _ => None,
                }
            }
        })*
    };
}

from_value! {
    Value::Word(word) => Spanned<String>, Some(word);
    Value::Word(word) => String, Some(word.value);
    Value::Words(words) => Vec<Spanned<String>>, Some(words);
    Value::Address(address) => Spanned<AddressArg>, Some(address);
    Value::Bytes(bytes) => Vec<u8>, Some(bytes);
    Value::Path(path) => Spanned<PathBuf>, Some(path);
    Value::Number(number) => i64, Some(number.value);
    Value::Number(number) => i32, number.value.try_into().ok();
    Value::Number(number) => u32, number.value.try_into().ok();
    Value::Number(number) => u64, number.value.try_into().ok();
    Value::Number(number) => usize, number.value.try_into().ok();
    Value::Number(number) => Spanned<u64>,
        Some(Spanned { value: number.value.try_into().ok()?, span: number.span });
    Value::Duration(duration) => Duration, Some(duration);
    Value::Switch(on) => bool, Some(on);
    Value::SocketKind(kind) => SocketKind, Some(kind);
    Value::Choice(word) => &'static str, Some(word);
    Value::Marks(words) => Vec<&'static str>, Some(words);
    Value::State(state) => State, Some(state);
    Value::Errno { number, name } => (i32, String), Some((number, name));
    Value::Segments(segments) => Vec<SegmentPattern>, Some(segments);
    Value::Segments(segments) => SegmentPattern, segments.into_iter().next();
    Value::Selection(what) => Selection, Some(what);
    Value::Flags(flags) => Flags, Some(flags);
    Value::Percent(percent) => f64, Some(percent);
    Value::Caller(caller) => Caller, Some(caller);
    Value::Direction(direction) => Direction, Some(direction);
    Value::Role(role) => Role, Some(role);
    Value::Amount(amount) => Amount, Some(amount);
}
