//! Which call caused a segment.
//!
//! One thread makes all calls, so what passes between a call and its return, on a connection of
//! its socket, is that call's. Data is its `send`'s whenever it passes; what answers a segment has
//! that segment's cause; what is sent again has the first copy's.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use super::CallMoment;
use super::names::Owner;
use crate::packet::{Flags, Segment, SeqNumber};
use crate::tcp::Space;
use crate::trace::{Address, CallId, FrameNumber, SocketId, Time};

/// Most segments on their way that are remembered of one end.
const IN_FLIGHT: usize = 8192;
/// Most `send` calls whose bytes are remembered of one socket.
const SENDS: usize = 1024;
/// Most pairs of addresses whose last datagram is remembered.
const DATAGRAMS: usize = 4096;
/// Most calls that are remembered as waiting.
const CALLS: usize = 65_536;

/// The calls, and what each socket's calls have brought about.
#[derive(Debug, Default)]
pub(super) struct Causes {
    pending: HashMap<CallId, Pending>,
    by_socket: HashMap<SocketId, Doings>,
    /// The call that was made last and has neither returned nor been said to wait.
    active: Option<CallId>,
    datagrams: HashMap<(SocketAddr, SocketAddr), (FrameNumber, Option<CallId>)>,
}

/// A call that hasn't returned.
#[derive(Debug)]
pub(super) struct Pending {
    pub moment: CallMoment,
    pub began: Time,
    /// Where a connect is going.
    pub going: Option<Address>,
}

/// What the calls on one socket have done.
#[derive(Debug, Default)]
struct Doings {
    /// Calls that haven't returned, in the order in which they were made.
    pending: Vec<CallId>,
    /// Which bytes of its stream which call sent, counted from the first.
    sent: VecDeque<(u64, u64, CallId)>,
    /// How many bytes calls have sent in all.
    queued: u64,
    last_recv: Option<CallId>,
    last_close: Option<CallId>,
}

/// What a call may bring about on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Opens,
    Sends,
    Receives,
    Closes,
    Else,
}

/// What one end has sent and why.
#[derive(Debug, Default)]
pub(super) struct Flight {
    /// Segments that took sequence numbers and aren't acknowledged, in the order in which they
    /// passed.
    unacked: VecDeque<Unacked>,
    syn: Option<CallId>,
    fin: Option<CallId>,
    /// The cause of its latest segment, and its frame.
    last: Option<(FrameNumber, Option<CallId>)>,
    /// How far its stream has come, counted from the first byte, to tell one turn of the circle
    /// from the next.
    offset: u64,
}

#[derive(Debug, Clone, Copy)]
struct Unacked {
    end: SeqNumber,
    frame: FrameNumber,
    cause: Option<CallId>,
}

/// A segment, and what is known of both ends before it.
pub(super) struct Passing<'a> {
    pub segment: &'a Segment,
    pub frame: FrameNumber,
    pub sender: &'a Space,
    pub receiver: &'a Space,
    pub owners: [&'a Owner; 2],
}

/// What the peer's segments so far say about this one.
#[derive(Debug, Clone, Copy)]
struct Before {
    /// What it acknowledges for the first time.
    acked: Option<Acked>,
    /// The cause of the segment that came just before, the other way.
    answered: Option<CallId>,
    /// The cause of the peer's SYN.
    peers_syn: Option<CallId>,
}

/// What a segment acknowledges for the first time.
#[derive(Debug, Clone, Copy)]
struct Acked {
    /// The cause of the last of it.
    cause: Option<CallId>,
    /// The latest frame that ends there.
    frame: Option<FrameNumber>,
}

/// Why a segment was sent.
pub(super) struct Because {
    pub cause: Option<CallId>,
    /// The frame whose end it acknowledges for the first time.
    pub acknowledges: Option<FrameNumber>,
}

impl Because {
    /// Nobody's call.
    pub const NOTHING: Because = Because { cause: None, acknowledges: None };
}

impl Causes {
    pub fn called(&mut self, moment: CallMoment, began: Time) {
        if self.pending.len() >= CALLS {
            return;
        }
        let (call, socket) = (moment.call, moment.socket);
        let doings = self.by_socket.entry(socket).or_default();
        doings.pending.push(call);
        match kind(moment.function) {
            Kind::Receives => doings.last_recv = Some(call),
            Kind::Closes => doings.last_close = Some(call),
            Kind::Opens | Kind::Sends | Kind::Else => {}
        }
        self.active = Some(call);
        self.pending.insert(call, Pending { moment, began, going: None });
    }

    /// A socket has this peer, or its connect is going there: kept for the call that is being made.
    pub fn addressed(&mut self, socket: SocketId, peer: &Address) {
        let calls = self.by_socket.get(&socket).map(|doings| doings.pending.as_slice());
        for call in calls.unwrap_or_default() {
            if let Some(pending) = self.pending.get_mut(call) {
                pending.going = Some(peer.clone());
            }
        }
    }

    pub fn blocked(&mut self, call: CallId) {
        if self.active == Some(call) {
            self.active = None;
        }
    }

    pub fn returned(&mut self, call: CallId) -> Option<Pending> {
        self.blocked(call);
        let pending = self.pending.remove(&call)?;
        if let Some(doings) = self.by_socket.get_mut(&pending.moment.socket) {
            doings.pending.retain(|other| *other != call);
        }
        Some(pending)
    }

    /// The socket that a call that hasn't returned was made on.
    pub fn socket_of(&self, call: CallId) -> Option<SocketId> {
        self.pending.get(&call).map(|pending| pending.moment.socket)
    }

    /// A call passed on so many bytes to a socket's stream.
    pub fn sent(&mut self, call: CallId, socket: SocketId, bytes: usize) {
        let doings = self.by_socket.entry(socket).or_default();
        let start = doings.queued;
        doings.queued += bytes as u64;
        doings.sent.push_back((start, doings.queued, call));
        if doings.sent.len() > SENDS {
            doings.sent.pop_front();
        }
    }

    /// A socket is at the start of a new stream.
    pub fn starts_stream(&mut self, socket: SocketId) {
        if let Some(doings) = self.by_socket.get_mut(&socket) {
            doings.sent.clear();
            doings.queued = 0;
        }
    }

    /// A socket that is closed sends no more of its own accord than what it had queued.
    pub fn forget(&mut self, socket: SocketId) {
        self.by_socket.remove(&socket);
    }

    /// Why that segment was sent; notes it. `own` and `peer` say which flight is the sender's and
    /// which the receiver's: the same, if the two are one.
    pub fn of(
        &mut self,
        passing: &Passing<'_>,
        flights: &mut [Flight; 2],
        own: usize,
        peer: usize,
    ) -> Because {
        let segment = passing.segment;
        let acked = flights[peer].acked_by(segment, passing.receiver);
        let before = Before {
            acked,
            answered: flights[peer].last.and_then(|(_, cause)| cause),
            peers_syn: flights[peer].syn,
        };
        let own = &mut flights[own];
        let cause = self.cause(passing, own, before);
        if segment.flags.has(Flags::SYN) {
            own.syn = own.syn.or(cause);
        }
        if segment.flags.has(Flags::FIN) {
            own.fin = own.fin.or(cause);
        }
        if segment.sequence_len() > 0 && !segment.flags.has(Flags::RST) {
            own.unacked.push_back(Unacked { end: segment.end(), frame: passing.frame, cause });
            if own.unacked.len() > IN_FLIGHT {
                own.unacked.pop_front();
            }
        }
        own.last = Some((passing.frame, cause));
        Because { cause, acknowledges: acked.and_then(|acked| acked.frame) }
    }

    fn cause(&self, passing: &Passing<'_>, own: &mut Flight, before: Before) -> Option<CallId> {
        let Passing { segment, sender, owners, .. } = passing;
        let Before { acked, answered, peers_syn } = before;
        let flags = segment.flags;
        let sender_socket = owners[0].socket;
        if flags.has(Flags::RST) {
            let answered = answered.filter(|_| !is_by_timer(segment, owners[0]));
            return self.active_on(owners).or(answered);
        }
        if flags.has(Flags::SYN) {
            if let Some(first) = own.syn.filter(|_| sender.iss == Some(segment.seq)) {
                return Some(first);
            }
            if flags.has(Flags::ACK) {
                return peers_syn.or(own.syn).or(answered);
            }
            let opens = |kind| matches!(kind, Kind::Opens | Kind::Sends);
            return self.pending_on(sender_socket, opens).or_else(|| self.active_on(owners));
        }
        if flags.has(Flags::FIN) {
            let closer = || self.pending_on(sender_socket, |kind| kind == Kind::Closes);
            let listener = || self.pending_on(owners[0].listener, |kind| kind == Kind::Closes);
            let earlier = || self.doings(sender_socket).and_then(|doings| doings.last_close);
            return own
                .fin
                .or_else(closer)
                .or_else(listener)
                .or_else(earlier)
                .or_else(|| self.active_on(owners));
        }
        if is_probe(sender, segment) {
            return None;
        }
        if segment.payload.len > 0 {
            return self.of_data(passing, own).or_else(|| self.active_on(owners));
        }
        if let Some(acked) = acked {
            return acked.cause;
        }
        if window_grows(sender, segment)
            && let Some(doings) = self.doings(sender_socket)
        {
            let recv = self.pending_on(sender_socket, |kind| kind == Kind::Receives);
            return recv.or(doings.last_recv).or(answered);
        }
        answered
    }

    /// The call that queued the first byte of a segment.
    fn of_data(&self, passing: &Passing<'_>, own: &mut Flight) -> Option<CallId> {
        let socket = passing.owners[0].socket;
        let doings = self.doings(socket)?;
        if let Some(iss) = passing.sender.iss {
            let offset = own.offset_of(passing.segment.seq.relative_to(iss.advance(1)));
            if offset < doings.queued {
                let after = doings.sent.partition_point(|(_, end, _)| *end <= offset);
                let range = doings.sent.get(after).filter(|(start, ..)| *start <= offset);
                return range.map(|(.., call)| *call);
            }
        }
        self.pending_on(socket, |kind| kind == Kind::Sends)
    }

    /// Why a datagram between these addresses was sent; notes it.
    pub fn of_datagram(
        &mut self,
        frame: FrameNumber,
        addresses: (SocketAddr, SocketAddr),
        owners: [&Owner; 2],
    ) -> Option<CallId> {
        let cause = self
            .pending_on(owners[0].socket, |kind| kind == Kind::Sends)
            .or_else(|| self.active_on(&[owners[0], owners[0]]));
        if self.datagrams.len() >= DATAGRAMS {
            self.datagrams.clear();
        }
        self.datagrams.insert(addresses, (frame, cause));
        cause
    }

    /// The latest datagram between these addresses, and its cause.
    pub fn datagram(
        &self,
        addresses: (SocketAddr, SocketAddr),
    ) -> Option<(FrameNumber, Option<CallId>)> {
        self.datagrams.get(&addresses).copied()
    }

    /// The first call on that socket that hasn't returned and is of that kind.
    fn pending_on(&self, socket: Option<SocketId>, of: impl Fn(Kind) -> bool) -> Option<CallId> {
        let pending = &self.doings(socket)?.pending;
        pending.iter().copied().find(|call| {
            self.pending.get(call).is_some_and(|pending| of(kind(pending.moment.function)))
        })
    }

    /// The call that is being made, if it is made on one of these.
    fn active_on(&self, owners: &[&Owner; 2]) -> Option<CallId> {
        let call = self.active?;
        let socket = self.socket_of(call)?;
        owners.iter().any(|owner| owner.is(socket)).then_some(call)
    }

    fn doings(&self, socket: Option<SocketId>) -> Option<&Doings> {
        socket.and_then(|socket| self.by_socket.get(&socket))
    }
}

impl Flight {
    /// Its latest segment's frame and cause.
    pub fn last(&self) -> Option<(FrameNumber, Option<CallId>)> {
        self.last
    }

    /// A segment that seems to be this end's passes, and isn't.
    pub fn note_stranger(&mut self, frame: FrameNumber) {
        self.last = Some((frame, None));
    }

    /// What a segment of the peer's acknowledges for the first time.
    fn acked_by(&mut self, segment: &Segment, space: &Space) -> Option<Acked> {
        let ack = segment.ack;
        let news = segment.flags.has(Flags::ACK)
            && space.accepts_ack(ack)
            && space.una.is_none_or(|una| ack.is_after(una));
        if !news {
            return None;
        }
        let again = self.unacked.iter().rev().take(16).find(|sent| sent.end == ack).copied();
        let mut last = None;
        while let Some(sent) = self.unacked.pop_front_if(|sent| ack.is_at_or_after(sent.end)) {
            last = Some(sent);
        }
        let ends_there = again.or(last.filter(|sent| sent.end == ack));
        let cause = last.or(again)?.cause;
        Some(Acked { cause, frame: ends_there.map(|sent| sent.frame) })
    }

    /// A place in the stream, from its place on the circle: the nearest to where it has come.
    fn offset_of(&mut self, on_circle: u32) -> u64 {
        let ahead = on_circle.wrapping_sub(self.offset as u32) as i32;
        let offset = self.offset.saturating_add_signed(i64::from(ahead));
        self.offset = self.offset.max(offset);
        offset
    }
}

fn kind(function: &str) -> Kind {
    match function {
        "connect" => Kind::Opens,
        "send" | "sendto" => Kind::Sends,
        "recv" | "recvfrom" => Kind::Receives,
        "close" | "shutdown" => Kind::Closes,
        _ => Kind::Else,
    }
}

/// Whether an RST of a socket here, outside a call, is the kernel's giving up: keep-alive, a timeout.
/// One that answers has no ACK, or counts from 0 (RFC 9293, section 3.10.7.1); others' kernels may
/// do otherwise.
fn is_by_timer(segment: &Segment, owner: &Owner) -> bool {
    let is_ours = owner.socket.is_some() || owner.listener.is_some();
    is_ours && segment.flags.has(Flags::ACK) && segment.seq != SeqNumber(0)
}

/// Whether it only asks: a keep-alive or window probe is one below what comes next. One with a byte
/// repeats what is acknowledged; else that byte is sent again.
fn is_probe(sender: &Space, segment: &Segment) -> bool {
    let is_below = sender.next() == Some(segment.seq.advance(1));
    is_below
        && (segment.payload.len == 0 || segment.payload.len == 1 && sender.una == sender.next())
}

/// Whether a segment that acknowledges nothing new offers more than the one before.
fn window_grows(sender: &Space, segment: &Segment) -> bool {
    sender.raw_window.is_some_and(|before| segment.window > before)
}
