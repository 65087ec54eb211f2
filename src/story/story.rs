//! The fold itself.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::net::SocketAddr;

use super::cause::Causes;
use super::connections::Connections;
use super::names::{SocketStory, Sockets, on_the_wire};
use super::wire::{Aloft, InFlight};
use super::{BlockedMoment, Connection, ConnectionId, Moment, ReturnMoment, What};
use crate::packet::{self, Decoder, Packet};
use crate::tcp::Space;
use crate::trace::{CallId, Effect, Event, EventId, Fact, Frame, FrameNumber, SocketId, Time};

/// Most bytes of received data that are kept whole.
const RECEIVED: usize = 64 << 20;
/// What is kept of data that was received longer ago.
const RECEIVED_START: usize = 1024;

/// The fold: events in, [moments](Moment) out.
#[derive(Debug)]
pub struct Story {
    /// Most moments that are kept.
    most: usize,
    waiting: BinaryHeap<Reverse<Waiting>>,
    decoder: Decoder,
    moments: VecDeque<Moment>,
    first_moment: u64,
    /// Moments that hold much received data, oldest first, and how many bytes in all.
    received: (VecDeque<(u64, usize)>, usize),
    pub(super) connections: Connections,
    /// The sequence spaces of the latest segment's sender and receiver, before it passed.
    pub(super) before: [Space; 2],
    pub(super) sockets: Sockets,
    pub(super) causes: Causes,
    pub(super) in_flight: InFlight,
}

/// The event that is being told.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub event: EventId,
    pub time: Time,
}

/// An event that hasn't been told yet.
#[derive(Debug)]
struct Waiting(Event);

impl Waiting {
    /// In order of time; at the same time what causes comes before what is caused, and the
    /// kernel's word on it last; then in order of arrival.
    fn order(&self) -> (Time, u8, EventId) {
        let rank = match &self.0.fact {
            Fact::Called { .. } => 0,
            Fact::Addressed { .. } | Fact::Interposed { .. } => 1,
            Fact::Frame(_) | Fact::FramesLost { .. } | Fact::CaptureUnavailable { .. } => 2,
            Fact::Wire { .. } | Fact::Blocked { .. } | Fact::Resumed { .. } => 3,
            Fact::Returned { .. } => 4,
            Fact::Mark => 5,
            Fact::KernelState(_) => 6,
        };
        (self.0.time, rank, self.0.id)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl Default for Story {
    fn default() -> Story {
        Story {
            most: Story::MOST_MOMENTS,
            waiting: BinaryHeap::new(),
            decoder: Decoder::default(),
            moments: VecDeque::new(),
            first_moment: 0,
            received: Default::default(),
            connections: Connections::default(),
            before: Default::default(),
            sockets: Sockets::default(),
            causes: Causes::default(),
            in_flight: InFlight::default(),
        }
    }
}

impl Story {
    /// Most moments that are kept.
    pub const MOST_MOMENTS: usize = 150_000;

    /// The story of a recording, of which so many moments are kept at most: one at
    /// least, [`Story::MOST_MOMENTS`] at most. Connections that have to go are to be [asked for](Self::take_gone).
    pub fn of_recording(moments: usize) -> Story {
        let mut story = Story { most: moments.clamp(1, Self::MOST_MOMENTS), ..Story::default() };
        story.connections.gone = Some(Vec::new());
        story
    }

    /// Lets go of the connections that are over and had no segment since that time.
    pub fn let_go(&mut self, before: Time) {
        self.connections.forget_over(before);
    }

    /// The connections that had to make room for others since the last time, in order of first
    /// sight.
    pub fn take_gone(&mut self) -> Vec<Connection> {
        self.connections.gone.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Takes an event in order of arrival. It is told by the next [`Story::settle`] that reaches
    /// its time.
    pub fn push(&mut self, event: &Event) {
        self.waiting.push(Reverse(Waiting(event.clone())));
    }

    /// Tells every event up to `until`, in order of time: the caller knows that none before is
    /// still on its way.
    pub fn settle(&mut self, until: Time) {
        while self.waiting.peek().is_some_and(|Reverse(next)| next.0.time <= until) {
            if let Some(Reverse(Waiting(event))) = self.waiting.pop() {
                self.tell(event);
            }
        }
    }

    /// The number of the next moment: what [`Story::since`] takes to ask for what comes after now.
    pub fn cursor(&self) -> u64 {
        self.first_moment + self.moments.len() as u64
    }

    /// The moments from that cursor on, that are still kept.
    pub fn since(&self, cursor: u64) -> impl DoubleEndedIterator<Item = &Moment> + Clone {
        let skip = usize::try_from(cursor.saturating_sub(self.first_moment)).unwrap_or(usize::MAX);
        self.moments.range(skip.min(self.moments.len())..)
    }

    /// Every moment that is still kept.
    pub fn moments(&self) -> impl DoubleEndedIterator<Item = &Moment> + Clone {
        self.moments.iter()
    }

    /// The moment of that number, if it is still kept.
    pub fn at(&self, number: u64) -> Option<&Moment> {
        self.moments.get(usize::try_from(number.checked_sub(self.first_moment)?).ok()?)
    }

    /// The frames that were taken by the wire and have neither arrived nor been lost, in the order
    /// in which they were sent: each with the number of its moment.
    pub fn in_flight(&self) -> impl Iterator<Item = (FrameNumber, u64)> + '_ {
        self.in_flight.frames()
    }

    /// How many moments have gone because the story was full.
    pub fn forgotten(&self) -> u64 {
        self.first_moment
    }

    /// The connections, in order of first sight.
    pub fn connections(&self) -> &[Connection] {
        self.connections.list()
    }

    /// That connection.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(id)
    }

    /// The latest connection between those two addresses, whoever opened it.
    pub fn connection_between(&self, one: SocketAddr, other: SocketAddr) -> Option<&Connection> {
        let id = self.connections.newest(on_the_wire(one), on_the_wire(other))?;
        self.connections.get(id)
    }

    /// The learner's sockets, closed ones too, in the order in which they were opened.
    pub fn sockets(&self) -> Vec<&SocketStory> {
        self.sockets.all().collect()
    }

    /// That socket.
    pub fn socket(&self, id: SocketId) -> Option<&SocketStory> {
        self.sockets.get(id)
    }

    /// The latest socket of that name, open or closed.
    pub fn socket_named(&self, name: &str) -> Option<&SocketStory> {
        self.sockets.named(name)
    }

    /// The call that caused that frame, for those who ask about one by hand.
    pub fn cause_of(&self, frame: FrameNumber) -> Option<CallId> {
        self.moments.iter().rev().find_map(|moment| match &moment.what {
            What::Segment(segment) => segment.cause.filter(|_| segment.frame == frame),
            What::Datagram(datagram) => datagram.cause.filter(|_| datagram.frame == frame),
            What::Icmp(message) => message.cause.filter(|_| message.frame == frame),
            What::Call(_)
            | What::Blocked(_)
            | What::Return(_)
            | What::State(_)
            | What::Kernel(_)
            | What::Undecoded { .. }
            | What::Wire(_)
            | What::Interposed { .. }
            | What::Lost { .. }
            | What::CaptureUnavailable { .. }
            | What::Mark => None,
        })
    }

    fn tell(&mut self, event: Event) {
        let Event { id, time, fact } = event;
        let at = At { event: id, time };
        match fact {
            Fact::Called { call, socket, name, function, args } => {
                self.called(at, call, socket, name.into(), function, args);
            }
            Fact::Blocked { call } => {
                self.causes.blocked(call);
                self.add(at, What::Blocked(BlockedMoment { call }));
            }
            Fact::Resumed { call, from } => self.resumed(call, from),
            Fact::Returned { call, entered, outcome, effect } => {
                self.returned(at, call, entered, outcome, effect);
            }
            Fact::Addressed { socket, local, peer } => self.addressed(socket, local, peer),
            Fact::Frame(frame) => self.frame(at, &frame),
            Fact::Interposed { on } => self.interposed(at, on),
            Fact::Wire { frame, deed } => self.wire_does(at, frame, deed),
            Fact::KernelState(end) => self.kernel_says(at, &end),
            Fact::FramesLost { frames } => {
                self.connections.each().for_each(|(_, inner)| inner.tracker.doubt());
                self.add(at, What::Lost { frames });
            }
            Fact::CaptureUnavailable { why } => {
                self.add(at, What::CaptureUnavailable { why });
            }
            Fact::Mark => {
                self.add(at, What::Mark);
            }
        }
    }

    /// Decodes and tells a frame. Fragments come together, unless the wire is between: there each of
    /// them fares in its own way.
    fn frame(&mut self, at: At, frame: &Frame) {
        let (link, original_len) = (frame.link, frame.original_len);
        if self.in_flight.interposed() {
            return self.packet(at, frame, packet::decode(link, &frame.bytes, original_len));
        }
        let packet = self.decoder.decode(link, &frame.bytes, original_len);
        match self.decoder.put_together().map(Into::into) {
            None => self.packet(at, frame, packet),
            Some(bytes) => self.packet(at, &Frame { bytes, ..frame.clone() }, packet),
        }
    }

    /// Tells a decoded frame. Its bytes are those in which the packet's ranges count.
    pub(super) fn packet(&mut self, at: At, frame: &Frame, packet: Packet) {
        if packet.counted().is_some() {
            // No segment that came to anybody; Wireshark takes note of its stream.
            self.connections.streams.packet(&packet, at.time);
        }
        match packet {
            Packet::Tcp(segment) => self.segment(at, frame, segment),
            Packet::Udp(datagram) => self.datagram(at, frame, datagram),
            Packet::Icmp(message) => self.icmp(at, frame, message),
            Packet::Other(what) => {
                let passage = self.in_flight.passage(frame.origin);
                let number = self.add(at, What::Undecoded { frame: frame.number, what, passage });
                self.in_flight.sent(frame.number, at.time, number, Aloft::Else);
            }
        }
    }

    /// Adds a moment; says its number.
    pub(super) fn add(&mut self, at: At, what: What) -> u64 {
        if self.moments.len() >= self.most {
            self.moments.pop_front();
            self.first_moment += 1;
        }
        let bytes = match &what {
            What::Return(ReturnMoment { effect: Effect::Received { data, .. }, .. }) => data.len(),
            _ => 0,
        };
        self.moments.push_back(Moment { event: at.event, time: at.time, what });
        let number = self.cursor() - 1;
        if bytes > RECEIVED_START {
            self.received.0.push_back((number, bytes));
            self.received.1 += bytes;
            self.forget_received();
        }
        number
    }

    /// Of the data that was received first only the start stays when there is too much of it.
    fn forget_received(&mut self) {
        while self.received.1 > RECEIVED && self.received.0.len() > 1 {
            let Some((oldest, bytes)) = self.received.0.pop_front() else { return };
            self.received.1 -= bytes;
            if let Some(moment) = self.moment_mut(oldest)
                && let What::Return(returned) = &mut moment.what
                && let Effect::Received { data, .. } = &mut returned.effect
            {
                *data = data[..RECEIVED_START].into();
            }
        }
    }

    /// The moment of that number, if it is still kept.
    pub(super) fn moment_mut(&mut self, number: u64) -> Option<&mut Moment> {
        let at = usize::try_from(number.checked_sub(self.first_moment)?).ok()?;
        self.moments.get_mut(at)
    }

    /// The moments from that time on, the latest first.
    pub(super) fn moments_since(&mut self, time: Time) -> impl Iterator<Item = &mut Moment> {
        self.moments.iter_mut().rev().take_while(move |moment| moment.time >= time)
    }
}
