//! One call that is being made, from its first attempt to its return.

use std::os::fd::AsFd;
use std::time::Duration;

use super::Request;
use super::raw::{self, Errno};
use super::readiness::Interest;
use super::table::Table;
use crate::trace::{Address, CallId, Effect, Outcome, PollEvents, SocketId, SocketKind, Time};

/// A unix socket that waits for another's queue can't be polled: it is tried again this often.
const RECHECK: Duration = Duration::from_millis(20);

/// What a pending call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// `accept`: the queue of finished connections is empty.
    Connection,
    /// `connect`, or a `send` before it is done: the other end hasn't answered.
    Answer,
    /// `connect` on a unix socket: the listener's queue is full.
    Queue,
    /// `recv`: nothing has come, or not enough.
    Data,
    /// `send`: the buffers are full.
    Room,
    /// `poll`: none of the sockets is ready.
    Events,
    /// `close` with `SO_LINGER`: not everything is acknowledged.
    Linger,
}

/// A call that hasn't returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCall {
    /// Which.
    pub call: CallId,
    /// Its socket: the first of several.
    pub socket: SocketId,
    /// All its sockets.
    pub sockets: Vec<SocketId>,
    /// The function's name.
    pub function: &'static str,
    /// When it was called.
    pub since: Time,
    /// When it will give up.
    pub until: Option<Time>,
    /// What it waits for.
    pub waits: Wait,
    /// Where a `connect` is going.
    pub target: Option<Address>,
    /// Bytes that `send` has passed on, or `recv` has gathered.
    pub moved: usize,
    /// Bytes that `send` or a `recv` with `MSG_WAITALL` was asked for.
    pub asked: usize,
    /// The name of the socket that an `accept` will make.
    pub makes: Option<String>,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Step {
    Returned(Outcome, Effect),
    /// The kernel said this errno in place of waiting for that.
    Waits(Errno, Wait),
}

#[derive(Debug)]
pub(super) struct Work {
    pub call: CallId,
    pub request: Request,
    /// The socket that the call is on, or will make.
    pub socket: SocketId,
    /// Whether the call waits where it can't go on.
    pub blocking: bool,
    pub began: Time,
    pub deadline: Option<Time>,
    pub retry: Option<Time>,
    /// The first errno in place of waiting, which is what a timeout returns.
    pub errno: Errno,
    pub waits: Wait,
    /// Bytes that `send` has passed on.
    pub sent: usize,
    /// What `recv` has gathered.
    pub gathered: Vec<u8>,
}

impl Work {
    pub fn new(call: CallId, request: Request, socket: SocketId, table: &Table) -> Work {
        let nonblocking = table.get(socket).is_some_and(super::table::OpenSocket::nonblocking);
        let blocking = match &request {
            // Urgent data is never waited for (tcp_recv_urg in net/ipv4/tcp.c).
            Request::Recv { flags, .. } | Request::RecvFrom { flags, .. } => {
                !(nonblocking || flags.dontwait || flags.oob)
            }
            Request::Send { flags, .. } | Request::SendTo { flags, .. } => {
                !(nonblocking || flags.dontwait)
            }
            Request::Poll { timeout, .. } => *timeout != Some(Duration::ZERO),
            _ => !nonblocking,
        };
        Work {
            call,
            request,
            socket,
            blocking,
            began: Time::default(),
            deadline: None,
            retry: None,
            errno: Errno(libc::EAGAIN),
            waits: Wait::Answer,
            sent: 0,
            gathered: Vec::new(),
        }
    }

    /// Takes down that the call waits, from `now` on.
    pub fn wait(&mut self, errno: Errno, waits: Wait, now: Time, table: &Table) {
        self.errno = errno;
        self.waits = waits;
        self.deadline = self.patience(table).map(|time| self.began.after(time));
        self.recheck(now, table);
    }

    /// Sets when to try again what can't be polled.
    pub fn recheck(&mut self, now: Time, table: &Table) {
        self.retry = self.unpollable(table).then(|| now.after(RECHECK));
    }

    /// Whether no descriptor says when to try again.
    pub fn unpollable(&self, table: &Table) -> bool {
        let kind = table.get(self.socket).map(super::table::OpenSocket::kind);
        match kind {
            Some(SocketKind::Unix) => self.waits == Wait::Queue,
            Some(SocketKind::UnixDgram) => self.waits == Wait::Room,
            Some(SocketKind::Tcp | SocketKind::Udp | SocketKind::Tcp6 | SocketKind::Udp6)
            | None => false,
        }
    }

    /// How long the call waits: `SO_RCVTIMEO` or `SO_SNDTIMEO` (socket(7)), or poll's own time.
    fn patience(&self, table: &Table) -> Option<Duration> {
        let option = match self.waits {
            Wait::Connection | Wait::Data => libc::SO_RCVTIMEO,
            Wait::Answer | Wait::Queue | Wait::Room => libc::SO_SNDTIMEO,
            Wait::Events => {
                return match &self.request {
                    Request::Poll { timeout, .. } => *timeout,
                    _ => None,
                };
            }
            Wait::Linger => return None,
        };
        raw::timeout(table.get(self.socket)?.as_fd(), option)
    }

    /// For what its descriptors are watched.
    pub fn interest(&self) -> Interest {
        match self.waits {
            Wait::Connection | Wait::Data => Interest::READ,
            Wait::Answer | Wait::Room => Interest::WRITE,
            Wait::Events => match &self.request {
                Request::Poll { events: PollEvents::Out, .. } => Interest::WRITE,
                _ => Interest::READ,
            },
            Wait::Queue | Wait::Linger => Interest::default(),
        }
    }

    /// What the call returns when it is given up for this errno: what it has moved, if anything.
    pub fn give_up(&mut self, errno: Errno) -> Step {
        if self.sent > 0 {
            return self.sent_so_far();
        }
        if !self.gathered.is_empty() {
            return self.gathered_so_far(None);
        }
        Step::Returned(Outcome::Errno(errno.0), Effect::None)
    }

    /// Bytes that it has sent or gathered so far.
    pub fn moved(&self) -> usize {
        self.sent + self.gathered.len()
    }

    pub fn sent_so_far(&self) -> Step {
        let (asked, urgent) = match &self.request {
            Request::Send { data, flags, .. } | Request::SendTo { data, flags, .. } => {
                (data.len(), flags.oob)
            }
            _ => (self.sent, false),
        };
        let effect = Effect::Sent { taken: self.sent, asked, urgent };
        Step::Returned(Outcome::Value(self.sent as i64), effect)
    }

    pub fn gathered_so_far(&mut self, from: Option<Address>) -> Step {
        let peeked = match &self.request {
            Request::Recv { flags, .. } | Request::RecvFrom { flags, .. } => flags.peek,
            _ => false,
        };
        let data = std::mem::take(&mut self.gathered).into();
        received(data, from, peeked, None)
    }

    /// How it looks to those who ask what is pending.
    pub fn pending(&self) -> PendingCall {
        let (asked, target) = match &self.request {
            Request::Send { data, .. } => (data.len(), None),
            Request::SendTo { data, address, .. } => (data.len(), Some(address.clone())),
            Request::Recv { len, .. } | Request::RecvFrom { len, .. } => (*len, None),
            Request::Connect { address, .. } => (0, Some(address.clone())),
            _ => (0, None),
        };
        let makes = match &self.request {
            Request::Accept { name, .. } => Some(name.clone()),
            _ => None,
        };
        PendingCall {
            call: self.call,
            socket: self.socket,
            sockets: self.request.sockets(),
            function: self.request.function(),
            since: self.began,
            until: self.deadline,
            waits: self.waits,
            target,
            moved: self.moved(),
            asked,
            makes,
        }
    }
}

pub(super) fn received(
    data: std::sync::Arc<[u8]>,
    from: Option<Address>,
    peeked: bool,
    truncated_from: Option<usize>,
) -> Step {
    let outcome = Outcome::Value(data.len() as i64);
    Step::Returned(outcome, Effect::Received { data, from, peeked, truncated_from })
}
