//! The facts themselves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Address, CallId, EventId, FrameNumber, SocketId, SocketKind, Time};

/// One fact, when it happened, and its place in the trace.
#[derive(Debug, Clone)]
pub struct Event {
    /// Place in order of arrival.
    pub id: EventId,
    /// When it happened by the kernel's real-time clock. Arrival order is not time order.
    pub time: Time,
    /// What was observed.
    pub fact: Fact,
}

/// Something that was observed. Never a conclusion.
#[derive(Debug, Clone)]
pub enum Fact {
    /// The learner typed a call; the system call is about to be made.
    Called {
        /// Which call; its [`Fact::Returned`] carries the same.
        call: CallId,
        /// The socket it is made on. `socket()` itself names the socket that it will make.
        socket: SocketId,
        /// The learner's name of that socket.
        name: String,
        /// The function's name as in section 2 of the manual.
        function: &'static str,
        /// Its arguments after the socket, as the learner wrote them, normalised.
        args: String,
    },
    /// The call hasn't returned and now waits.
    Blocked {
        /// Which call.
        call: CallId,
    },
    /// The call was tried again in the kernel since it had waited and something became ready.
    /// Segments between `from` and the event's time belong to it.
    Resumed {
        /// Which call.
        call: CallId,
        /// When the system call was entered.
        from: Time,
    },
    /// The call returned.
    Returned {
        /// Which call.
        call: CallId,
        /// When the system call that returned was entered (later than `Called` for one that waited).
        entered: Time,
        /// What it returned.
        outcome: Outcome,
        /// What else the call brought about, as the kernel says.
        effect: Effect,
    },
    /// The addresses of a socket, as `getsockname` and `getpeername` say, after a call that may
    /// have changed them. The event's time is that at which the call was entered: the kernel gave
    /// the address before the call's first segment left.
    Addressed {
        /// Whose.
        socket: SocketId,
        /// `getsockname`.
        local: Option<Address>,
        /// `getpeername`, or where an unanswered `connect` is going.
        peer: Option<Address>,
    },
    /// A frame that passed the capture's tap.
    Frame(Frame),
    /// The wire stands between the tap and the receivers from now on: a frame arrives when a
    /// [`Fact::Wire`] says so. Or it no longer does: frames arrive as they pass.
    Interposed {
        /// Whether it does.
        on: bool,
    },
    /// What the wire did with a frame that it had taken.
    Wire {
        /// Which.
        frame: FrameNumber,
        /// What.
        deed: Deed,
    },
    /// What the kernel says of one end of a TCP connection.
    KernelState(KernelEnd),
    /// This many frames could not be kept up with.
    FramesLost {
        /// How many.
        frames: u64,
    },
    /// No capture: why.
    CaptureUnavailable {
        /// The step that failed and why.
        why: String,
    },
    /// The learner's `mark`: expectations count from here.
    Mark,
}

/// One captured frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Counted from 1.
    pub number: FrameNumber,
    /// What the bytes start with.
    pub link: LinkType,
    /// The captured bytes.
    pub bytes: Arc<[u8]>,
    /// Length on the wire in bytes; more than captured if cut by the snap length.
    pub original_len: u32,
    /// Who put it on the wire.
    pub origin: Origin,
}

/// Who put a frame on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// A kernel's stack, for a socket of its own.
    #[default]
    Stack,
    /// The wire: a copy of that frame.
    Copy {
        /// The frame that was there first.
        of: FrameNumber,
    },
    /// The learner: a forged segment, of which its seeming sender knows nothing.
    Forged,
}

/// What the wire does with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It waits until the learner decides.
    Held,
    /// It waits for so long.
    Delayed(Duration),
    /// It waits until the one behind it has gone.
    Reordered,
    /// It goes on to its receiver now.
    Delivered,
    /// It is lost.
    Dropped,
    /// It is lost: it is a copy of a frame that is still held, and is counted there.
    Absorbed {
        /// The frame that is held.
        held: FrameNumber,
    },
    /// A copy of it follows.
    Duplicated,
    /// One bit of it is changed.
    Corrupted,
}

/// What a frame's bytes start with: a `LINKTYPE_` value of the pcap registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// `LINKTYPE_NULL`: BSD and macOS loopback.
    pub const NULL: LinkType = LinkType(0);
    /// `LINKTYPE_ETHERNET`; Linux loopback too.
    pub const ETHERNET: LinkType = LinkType(1);
    /// `LINKTYPE_RAW`: the IP header comes first.
    pub const RAW: LinkType = LinkType(101);
}

/// What a call returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A value of 0 or more: a count of bytes, a new descriptor, or 0.
    Value(i64),
    /// −1 and this errno.
    Errno(i32),
}

/// What else a call brought about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Effect {
    /// Nothing to add.
    #[default]
    None,
    /// `socket()` made this socket.
    Opened {
        /// The new socket.
        socket: SocketId,
        /// What it is.
        kind: SocketKind,
        /// Its file descriptor.
        fd: i32,
    },
    /// `accept()` made this socket.
    Accepted {
        /// The new socket.
        socket: SocketId,
        /// The learner's name for it.
        name: String,
        /// What it is.
        kind: SocketKind,
        /// Its file descriptor.
        fd: i32,
        /// The address that accept filled in.
        peer: Option<Address>,
    },
    /// `recv()` brought these bytes, from this address if it was `recvfrom`.
    Received {
        /// The bytes.
        data: Arc<[u8]>,
        /// Where from.
        from: Option<Address>,
        /// Whether it only looked (`MSG_PEEK`).
        peeked: bool,
        /// Length of the datagram if that was longer than the buffer (`MSG_TRUNC`).
        truncated_from: Option<usize>,
    },
    /// `send()` passed on this many bytes of so many: equal unless it was cut short.
    Sent {
        /// Bytes that the kernel took.
        taken: usize,
        /// Bytes that were asked for.
        asked: usize,
        /// Whether they were sent as urgent data (`MSG_OOB`).
        urgent: bool,
    },
    /// `listen()` with this backlog.
    Listening {
        /// As passed to the call.
        backlog: i32,
    },
    /// `shutdown()` of this direction.
    ShutDown {
        /// Nothing more will be read.
        read: bool,
        /// Nothing more will be written: a FIN follows.
        write: bool,
    },
    /// `close()`; unread bytes make the kernel send RST.
    Closed,
    /// `getsockopt()` or `getsockname()` or `poll()`: the answer, ready to read.
    Answer(String),
}

/// What the kernel says of one end of a TCP connection (`sock_diag(7)`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelEnd {
    /// This end's address.
    pub local: SocketAddr,
    /// The other end's address; `None` for a listener.
    pub peer: Option<SocketAddr>,
    /// Its state; `None` when the kernel knows of no such socket.
    pub state: Option<KernelCode>,
    /// Milliseconds until the pending timer of TIME-WAIT or an orphaned FIN-WAIT-2 ends.
    pub expires_ms: Option<u32>,
}

/// A TCP state as the kernel numbers it (`include/net/tcp_states.h`): 1 is ESTABLISHED.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KernelCode(pub u8);
