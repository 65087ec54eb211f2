//! What a typed line means.

use std::net::IpAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use crate::trace::{HowShut, PollEvents, RecvFlags, SendFlags, SocketKind};

/// A place in the source text: byte offsets.
pub type Span = Range<usize>;

/// Something and where it was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// A learner's name for a socket.
pub type Name = Spanned<String>;

/// One command of a line, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What to do.
    pub command: Command,
    /// A trailing `&`: start it as a job at once.
    pub background: bool,
    /// The whole command in the source.
    pub span: Span,
}

/// An address as typed; what `*` and a name stand for is worked out when it is used.
#[derive(Debug, Clone, PartialEq)]
pub enum AddressArg {
    /// `127.0.0.1:8899`, `[::1]:8899`
    Ip(IpAddr, u16),
    /// `*:8899` and `:8899`: the wildcard of the socket's family.
    Any(u16),
    /// `localhost:8899`: 127.0.0.1 or ::1, by the socket's family.
    Localhost(u16),
    /// A path, for unix sockets: anything with a `/`, or quoted.
    Path(PathBuf),
    /// The name of a bound socket.
    Socket(String),
}

/// Every command of the language.
#[expect(missing_docs, reason = "each form is its own description")]
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `NAME = socket KIND`
    Socket { name: Name, kind: SocketKind },
    /// `bind NAME ADDR`
    Bind { socket: Name, address: Spanned<AddressArg> },
    /// `listen NAME [BACKLOG]`
    Listen { socket: Name, backlog: Option<i32> },
    /// `connect NAME ADDR`
    Connect { socket: Name, address: Spanned<AddressArg> },
    /// `disconnect NAME`: connect to AF_UNSPEC
    Disconnect { socket: Name },
    /// `[NAME =] accept NAME`
    Accept { name: Option<Name>, socket: Name },
    /// `send NAME DATA [oob] [dontwait]`
    Send { socket: Name, data: Vec<u8>, flags: SendFlags },
    /// `recv NAME [N] [peek] [waitall] [oob] [dontwait]`
    Recv { socket: Name, len: usize, flags: RecvFlags },
    /// `sendto NAME ADDR DATA [dontwait]`
    SendTo { socket: Name, address: Spanned<AddressArg>, data: Vec<u8>, flags: SendFlags },
    /// `recvfrom NAME [N] [peek] [dontwait]`
    RecvFrom { socket: Name, len: usize, flags: RecvFlags },
    /// `shutdown NAME rd|wr|rdwr`
    Shutdown { socket: Name, how: HowShut },
    /// `close NAME`
    Close { socket: Name },
    /// `setsockopt NAME OPTION VALUE`
    SetSockOpt { socket: Name, option: Spanned<String>, value: Spanned<String> },
    /// `getsockopt NAME OPTION`
    GetSockOpt { socket: Name, option: Spanned<String> },
    /// `getsockname NAME`
    GetSockName { socket: Name },
    /// `getpeername NAME`
    GetPeerName { socket: Name },
    /// `nonblock NAME on|off`
    NonBlock { socket: Name, on: bool },
    /// `timeout NAME 2s|off`
    Timeout { socket: Name, after: Option<Duration> },
    /// `poll NAME… [in|out] [2s]`
    Poll { sockets: Vec<Name>, events: PollEvents, timeout: Option<Duration> },
    /// `jobs`
    Jobs,
    /// `wait [JOB] [2s]`
    Wait { job: Option<u32>, timeout: Option<Duration> },
    /// `interrupt JOB`
    Interrupt { job: u32 },
    /// `sockets`
    Sockets,
    /// `trace [NAME]`
    Trace { name: Option<Name> },
    /// `packets`
    Packets,
    /// `dissect N`
    Dissect { frame: Spanned<u64> },
    /// `why`
    Why,
    /// `states [NAME]`
    States { name: Option<Name> },
    /// `kernel [SETTING [VALUE]]`
    Kernel { setting: Option<Spanned<String>>, value: Option<String> },
    /// `quickack on|off`
    QuickAck { on: bool },
    /// `expire`
    Expire,
    /// `save FILE`
    Save { file: Spanned<PathBuf> },
    /// `set [KEY VALUE]`
    Set { key: Option<Spanned<String>>, value: Option<Spanned<String>> },
    /// `source FILE`
    Source { file: Spanned<PathBuf> },
    /// `reset`
    Reset,
    /// `mark`
    Mark,
    /// `sleep 200ms`
    Sleep { time: Duration },
    /// `help [WORD]`
    Help { word: Option<Spanned<String>> },
    /// `apropos WORD`
    Apropos { word: String },
    /// `history`
    History,
    /// `quit`
    Quit,
    /// `expect …`
    Expect { what: Expectation, within: Option<Duration> },
}

#[expect(missing_docs, reason = "each form is its own description")]
/// What must be true. Each waits for it, up to a second unless told.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// `expect return VALUE`
    Return(i64),
    /// `expect errno NAME`: the number and the name
    Errno { number: i32, name: String },
    /// `expect data "…"`
    Data(Vec<u8>),
    /// `expect eof`
    Eof,
    /// `expect blocked NAME`
    Blocked { socket: Name },
    /// `expect state NAME STATE`
    State { socket: Name, state: crate::tcp::State },
    /// `expect sees A>B FLAGS, …`
    Sees(Vec<SegmentPattern>),
    /// `expect exactly A>B FLAGS, …`
    Exactly(Vec<SegmentPattern>),
    /// `expect never FLAGS`
    Never(SegmentPattern),
    /// `expect count FLAGS N`
    Count { pattern: SegmentPattern, count: usize },
}

/// From whom to whom; `*` is anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direction {
    /// The sender's name, or `*`.
    pub from: String,
    /// The receiver's.
    pub to: String,
}

/// One item of an expectation on segments: `client>server SYN,ACK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentPattern {
    /// Between whom; `None` is anyone.
    pub direction: Option<Direction>,
    /// Which flags.
    pub flags: FlagPattern,
}

/// Flags to look for: exact, or at least these (`SYN+`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlagPattern {
    /// The flags.
    pub flags: crate::packet::Flags,
    /// Whether others may be set too.
    pub at_least: bool,
}
