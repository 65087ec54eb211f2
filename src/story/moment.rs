//! What the story tells: one [`Moment`] after another.

use std::sync::Arc;

use super::{Deviation, Later, Passage, Roles};
use crate::packet::{Datagram, IcmpMessage as Icmp, Segment};
use crate::tcp::State;
use crate::trace::{Address, CallId, Deed, Effect, EventId, FrameNumber, Outcome, SocketId, Time};

/// Something that happened, and what it means.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The event that it is about.
    pub event: EventId,
    /// When.
    pub time: Time,
    /// What.
    pub what: What,
}

impl Moment {
    /// The segment that passed, if it is one.
    pub fn segment(&self) -> Option<&SegmentMoment> {
        match &self.what {
            What::Segment(segment) => Some(segment),
            What::Call(_)
            | What::Blocked(_)
            | What::Return(_)
            | What::Datagram(_)
            | What::Icmp(_)
            | What::State(_)
            | What::Kernel(_)
            | What::Undecoded { .. }
            | What::Wire(_)
            | What::Interposed { .. }
            | What::Lost { .. }
            | What::CaptureUnavailable { .. }
            | What::Mark => None,
        }
    }
}

impl Moment {
    /// How the frame that it tells of fared on its way.
    pub fn passage(&self) -> Option<&Passage> {
        match &self.what {
            What::Segment(segment) => Some(&segment.passage),
            What::Datagram(datagram) => Some(&datagram.passage),
            What::Icmp(message) => Some(&message.passage),
            What::Undecoded { passage, .. } => Some(passage),
            What::Call(_)
            | What::Blocked(_)
            | What::Return(_)
            | What::Wire(_)
            | What::Interposed { .. }
            | What::State(_)
            | What::Kernel(_)
            | What::Lost { .. }
            | What::CaptureUnavailable { .. }
            | What::Mark => None,
        }
    }

    pub(super) fn passage_mut(&mut self) -> Option<&mut Passage> {
        match &mut self.what {
            What::Segment(segment) => Some(&mut segment.passage),
            What::Datagram(datagram) => Some(&mut datagram.passage),
            What::Icmp(message) => Some(&mut message.passage),
            What::Undecoded { passage, .. } => Some(passage),
            What::Call(_)
            | What::Blocked(_)
            | What::Return(_)
            | What::Wire(_)
            | What::Interposed { .. }
            | What::State(_)
            | What::Kernel(_)
            | What::Lost { .. }
            | What::CaptureUnavailable { .. }
            | What::Mark => None,
        }
    }
}

/// The kinds of moments.
#[derive(Debug, Clone)]
pub enum What {
    /// A call began.
    Call(CallMoment),
    /// A call now waits.
    Blocked(BlockedMoment),
    /// A call returned.
    Return(ReturnMoment),
    /// A TCP segment passed.
    Segment(Box<SegmentMoment>),
    /// A UDP datagram passed.
    Datagram(Box<DatagramMoment>),
    /// An ICMP message passed.
    Icmp(Box<IcmpMoment>),
    /// A frame that had to wait on the wire has come, or was lost.
    Wire(WireMoment),
    /// The wire stands between from now on, or no longer does.
    Interposed {
        /// Whether it does.
        on: bool,
    },
    /// An end changed its state without a segment: listen(), a timer's end, the kernel's word.
    State(StateMoment),
    /// The kernel was asked about an end and disagrees with what the segments say, or agreed
    /// again afterwards.
    Kernel(KernelMoment),
    /// A frame without anything to say about it here: ARP, a protocol without a decoder, malformed.
    Undecoded {
        /// The frame.
        frame: FrameNumber,
        /// The layer that could not be read and why.
        what: crate::packet::Undecoded,
        /// How it fared on its way.
        passage: Passage,
    },
    /// Frames were lost: everything said of open connections is now less sure.
    Lost {
        /// How many.
        frames: u64,
    },
    /// No capture: why.
    CaptureUnavailable {
        /// The step that failed and why.
        why: String,
    },
    /// The learner's `mark`.
    Mark,
}

/// A connection: one incarnation of a pair of endpoints, counted from 0 in order of first sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// One of a connection's two ends. `A` is the one whose segment was seen first: the opener where
/// the capture saw the opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The sender of the first segment seen.
    A,
    /// The other.
    B,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }

    /// 0 or 1, to index pairs.
    pub fn index(self) -> usize {
        match self {
            Side::A => 0,
            Side::B => 1,
        }
    }
}

/// How sure a state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// The kernel was asked and said so.
    Kernel,
    /// It follows from the segments by the RFC's rules.
    Inferred,
    /// It is supposed, for lack of evidence: a capture that began in mid-connection.
    Assumed,
}

impl Confidence {
    /// As CONTRACT JSON spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Inferred => "inferred",
            Self::Assumed => "assumed",
        }
    }
}

/// What the learner calls an end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct EndName {
    /// The socket at this end, once it has one of the learner's.
    pub socket: Option<SocketId>,
    /// Its name; a listener's for a connection that nobody has accepted; `None` if nobody here
    /// owns it.
    pub name: Option<Arc<str>>,
    /// The listener it was accepted from, if any: its name stands for it in expectations.
    pub listener: Option<Arc<str>>,
}

impl EndName {
    /// The name, or `?`.
    pub fn text(&self) -> &str {
        self.name.as_deref().unwrap_or("?")
    }

    /// Whether an expectation's `name` means this end.
    pub fn answers_to(&self, name: &str) -> bool {
        name == "*" || self.name.as_deref() == Some(name) || self.listener.as_deref() == Some(name)
    }
}

/// A call began.
#[derive(Debug, Clone)]
pub struct CallMoment {
    /// Which.
    pub call: CallId,
    /// On which socket.
    pub socket: SocketId,
    /// The learner's name of it.
    pub name: Arc<str>,
    /// The function.
    pub function: &'static str,
    /// Its arguments after the socket.
    pub args: String,
}

/// A call now waits.
#[derive(Debug, Clone, Copy)]
pub struct BlockedMoment {
    /// Which.
    pub call: CallId,
}

/// A call returned.
#[derive(Debug, Clone)]
pub struct ReturnMoment {
    /// Which, as it began.
    pub call: CallMoment,
    /// When it began.
    pub began: Time,
    /// What it returned.
    pub outcome: Outcome,
    /// What else it brought.
    pub effect: Effect,
    /// Where the socket is connected to or was going, if known.
    pub peer: Option<Address>,
}

/// A state before and after, and how sure the one after is. `None` is an end that has said
/// nothing yet: `?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Before.
    pub before: Option<State>,
    /// After.
    pub after: Option<State>,
    /// How sure `after` is.
    pub confidence: Confidence,
    /// The rule, as a section of RFC 9293: `3.10.7.3`. None when nothing changed.
    pub rfc: Option<&'static str>,
}

impl Change {
    /// Whether the state moved.
    pub fn moved(&self) -> bool {
        self.before != self.after
    }
}

/// What a segment did to its sender and to its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SideStates {
    /// The end that sent it.
    pub from: Change,
    /// The end that it goes to.
    pub to: Change,
}

/// A TCP segment, with everything that is known about it.
#[derive(Debug, Clone)]
pub struct SegmentMoment {
    /// Its frame.
    pub frame: FrameNumber,
    /// As on the wire.
    pub segment: Segment,
    /// The captured payload's start, for one line of text: at most 64 bytes.
    pub preview: Arc<[u8]>,
    /// Whose conversation.
    pub connection: ConnectionId,
    /// Which end sent it.
    pub from: Side,
    /// The names of sender and receiver, as they were when it passed.
    pub names: [EndName; 2],
    /// Sequence number from the sender's initial one.
    pub seq: u32,
    /// Acknowledgement number from the receiver's initial one; `None` without ACK. Raw where the
    /// receiver's was never seen.
    pub ack: Option<u32>,
    /// The window in bytes, scaled where the scale is known.
    pub window: u32,
    /// What it is.
    pub roles: Roles,
    /// The flags that Wireshark's analysis would show, as `retransmission`.
    pub analysis: Vec<&'static str>,
    /// Where its roles differ from one of these flags, and why.
    pub deviation: Option<Deviation>,
    /// Where that of an earlier segment did, as only this one shows.
    pub shows: Option<Later>,
    /// The call that caused it.
    pub cause: Option<CallId>,
    /// What it did to both ends.
    pub states: SideStates,
    /// States that a sight of this segment disproved and took back (rules K1 to K6): the end, and
    /// from what to what.
    pub corrections: Vec<(Side, Change)>,
    /// The segment of which this is another copy or which it acknowledges first, for arithmetic:
    /// `ack 6 = seq 1 + 5 bytes`.
    pub acknowledges: Option<FrameNumber>,
    /// How it fared on its way.
    pub passage: Passage,
}

/// A UDP datagram.
#[derive(Debug, Clone)]
pub struct DatagramMoment {
    /// Its frame.
    pub frame: FrameNumber,
    /// As on the wire.
    pub datagram: Datagram,
    /// The captured payload's start: at most 64 bytes.
    pub preview: Arc<[u8]>,
    /// The names of sender and receiver.
    pub names: [EndName; 2],
    /// The call that caused it.
    pub cause: Option<CallId>,
    /// How it fared on its way.
    pub passage: Passage,
}

/// An ICMP message.
#[derive(Debug, Clone)]
pub struct IcmpMoment {
    /// Its frame.
    pub frame: FrameNumber,
    /// As on the wire.
    pub message: Icmp,
    /// The names of the two ends of the packet that it is about, sender first.
    pub about: Option<[EndName; 2]>,
    /// The frame that it is about, if that was captured.
    pub about_frame: Option<FrameNumber>,
    /// The call that caused it.
    pub cause: Option<CallId>,
    /// How it fared on its way.
    pub passage: Passage,
}

/// What became of a frame that had to wait on the wire.
#[derive(Debug, Clone)]
pub struct WireMoment {
    /// The frame.
    pub frame: FrameNumber,
    /// What became of it: delivered, dropped, absorbed.
    pub deed: Deed,
    /// When it was sent.
    pub sent: Time,
    /// The number of the moment at which it was sent: [`Story::at`](super::Story::at) gives it.
    pub moment: u64,
    /// Whose conversation it belongs to, and which end sent it; `None` for what isn't TCP.
    pub connection: Option<(ConnectionId, Side)>,
    /// What the learner calls its receiver.
    pub receiver: EndName,
    /// The states of both ends: what its arrival did to its receiver; its sender, who knows nothing
    /// of it, stays. `None` for what isn't TCP.
    pub states: Option<SideStates>,
}

/// Why a state changed without a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateCause {
    /// A call: listen(), close() of a listener.
    Call(CallId),
    /// The kernel said so: a timer ended, a socket was closed before it spoke.
    Kernel,
    /// The kernel said so: the SYN-ACK was a cookie, and its listener remembers nothing (RFC 4987,
    /// section 3.6).
    SynCookie,
}

/// An end, or a listener, changed its state without a segment.
#[derive(Debug, Clone)]
pub struct StateMoment {
    /// Whose conversation; `None` for a listener.
    pub connection: Option<(ConnectionId, Side)>,
    /// The end.
    pub end: EndName,
    /// From what to what.
    pub change: Change,
    /// Why.
    pub because: StateCause,
}

/// What the kernel says of an end, held against what the segments say.
#[derive(Debug, Clone)]
pub struct KernelMoment {
    /// Whose conversation.
    pub connection: ConnectionId,
    /// Which end.
    pub side: Side,
    /// Its name.
    pub end: EndName,
    /// What the segments say.
    pub inferred: Option<State>,
    /// What the kernel says; `None`: it knows of no such socket.
    pub kernel: Option<State>,
}

/// How a connection ended, or that it hasn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Termination {
    /// Still open, or nobody has said otherwise.
    Open,
    /// FINs both ways; this side closed first.
    Orderly(Side),
    /// Reset by this side.
    Reset(Side),
    /// A SYN that was refused by RST.
    Refused,
}
