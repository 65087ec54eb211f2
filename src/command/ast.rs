//! What a typed line means.

use std::net::IpAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use super::{Amount, Caller, Quantity};
use crate::packet::{Flags, Selection};
use crate::tcp::Role;
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
    /// `sockets [NAME]`
    Sockets { name: Option<Name> },
    /// `counters`
    Counters,
    /// `watch NAME`
    Watch { socket: Name },
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
    /// `reset-connection NAME`
    ResetConnection { socket: Name },
    /// `step [on|off]`: alone it shows what is held
    Step { on: Option<bool> },
    /// `next [N]`
    Next { count: Option<u64> },
    /// `flow`: deliver until nothing is in flight
    Flow,
    /// `drop [FRAME]`
    Drop { frame: Option<Spanned<u64>> },
    /// `dup [FRAME]`
    Dup { frame: Option<Spanned<u64>> },
    /// `swap [FRAME]`: with the one behind it
    Swap { frame: Option<Spanned<u64>> },
    /// `corrupt [FRAME]`
    Corrupt { frame: Option<Spanned<u64>> },
    /// `hold [FRAME] TIME`
    Hold { frame: Option<Spanned<u64>>, time: Duration },
    /// `forge NAME FLAGS [seq ±N] [ack ±N] [data DATA]`: the numbers count from what that end
    /// would send next
    Forge { socket: Name, flags: Flags, seq: i64, ack: i64, data: Vec<u8> },
    /// `wire …`
    Wire { what: WireArg },
    /// `save FILE`
    Save { file: Spanned<PathBuf> },
    /// `read FILE`
    Read { file: Spanned<PathBuf> },
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
    /// `lesson …` and what belongs to it.
    Lesson { what: LessonArg },
    /// `expect …`
    Expect { what: Expectation, within: Option<Duration> },
}

impl Command {
    /// Whether it only looks, asks or waits, and leaves sockets, the wire and the kernel as they are.
    pub fn only_looks(&self) -> bool {
        matches!(
            self,
            Command::GetSockOpt { .. }
                | Command::GetSockName { .. }
                | Command::GetPeerName { .. }
                | Command::Jobs
                | Command::Wait { .. }
                | Command::Sleep { .. }
                | Command::Sockets { .. }
                | Command::Counters
                | Command::Watch { .. }
                | Command::Trace { .. }
                | Command::Packets
                | Command::Dissect { .. }
                | Command::Why
                | Command::States { .. }
                | Command::Kernel { value: None, .. }
                | Command::Step { on: None }
                | Command::Wire { what: WireArg::List }
                | Command::Save { .. }
                | Command::Set { .. }
                | Command::Mark
                | Command::Help { .. }
                | Command::Apropos { .. }
                | Command::History
                | Command::Lesson { .. }
                | Command::Expect { .. }
                | Command::Quit
        )
    }
}

/// What a learner asks of lessons.
#[derive(Debug, Clone, PartialEq)]
pub enum LessonArg {
    /// `lessons`
    List,
    /// `lesson [NAME [STEP]]`
    Take {
        /// Which; else the one that runs, or that comes next.
        name: Option<Spanned<String>>,
        /// From this step on, counted from 1.
        step: Option<usize>,
    },
    /// `answer ANSWER`
    Answer {
        /// As typed.
        text: String,
    },
    /// `hint`
    Hint,
    /// `solution`
    Solution,
    /// `again`
    Again,
    /// `skip`
    Skip,
    /// `leave`
    Leave,
    /// `progress`
    Progress,
}

/// What `wire` is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum WireArg {
    /// `wire`: show the rules.
    List,
    /// `wire clear`: forget them.
    Clear,
    /// `wire drop …` and its likes: one rule more.
    Rule(RuleArg),
}

/// A rule of the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleArg {
    /// What is done, to which packets.
    pub action: RuleAction,
    /// `from NAME`: only to what this socket sends.
    pub from: Option<Name>,
}

#[expect(missing_docs, reason = "each form is its own description")]
/// What a rule does, to which packets; none is any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RuleAction {
    /// `wire drop next [N] FLAGS`
    Drop { count: u64, what: Selection },
    /// `wire dup next [N] FLAGS`
    Dup { count: u64, what: Selection },
    /// `wire reorder next [N] FLAGS`
    Reorder { count: u64, what: Selection },
    /// `wire corrupt next [N] FLAGS`
    Corrupt { count: u64, what: Selection },
    /// `wire delay TIME [jitter TIME] [seed N] [FLAGS]`
    Delay { by: Duration, jitter: Option<Duration>, seed: Option<u64>, what: Option<Selection> },
    /// `wire loss P% [seed N] [FLAGS]`: 0 < percent <= 100
    Loss { percent: f64, seed: Option<u64>, what: Option<Selection> },
}

#[expect(missing_docs, reason = "each form is its own description")]
/// What must be true. Each waits for it, up to a second unless told.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// `expect return VALUE [by CALL [NAME]]`
    Return { value: i64, by: Option<Caller> },
    /// `expect errno NAME [by …]`: the number and the name
    Errno { number: i32, name: String, by: Option<Caller> },
    /// `expect data "…" [by …]`
    Data { data: Vec<u8>, by: Option<Caller> },
    /// `expect eof [by …]`
    Eof { by: Option<Caller> },
    /// `expect blocked NAME`
    Blocked { socket: Name },
    /// `expect state NAME STATE`
    State { socket: Name, state: crate::tcp::State },
    /// `expect sockname NAME ADDR` and `expect peername NAME ADDR`
    Address { of: AddressOf, socket: Name, address: Spanned<AddressArg> },
    /// `expect option NAME OPTION VALUE`
    Option { socket: Name, option: Spanned<String>, value: Spanned<String> },
    /// `expect sees A>B FLAGS, …`
    Sees(Vec<SegmentPattern>),
    /// `expect exactly A>B FLAGS, …`
    Exactly(Vec<SegmentPattern>),
    /// `expect never FLAGS`
    Never(SegmentPattern),
    /// `expect count FLAGS N`
    Count { pattern: SegmentPattern, count: usize },
    /// `expect role [A>B] ROLE [N]`: at least so many segments
    Role { direction: Option<Direction>, role: Role, least: u64 },
    /// `expect unread NAME N` and its likes
    Quantity { quantity: Quantity, wanted: Amount },
    /// `expect counter NAME N`: the kernel's counter has grown by so much
    Counter { name: Spanned<String>, by: Amount },
}

/// Which of a connection's two addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressOf {
    /// The socket's own: `getsockname(2)`.
    Socket,
    /// The other end's: `getpeername(2)`.
    Peer,
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
    pub flags: Flags,
    /// Whether others may be set too.
    pub at_least: bool,
}
