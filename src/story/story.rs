//! The fold itself.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use super::connections::{Connections, Inner};
use super::names::{Owner, SocketStory, Sockets, Transport, on_the_wire};
use super::role::{self, Context};
use super::tracker::{Machine, Place, Tracker};
use super::{
    BlockedMoment, CallMoment, Change, Confidence, Connection, ConnectionId, DatagramMoment,
    EndName, IcmpMoment, Moment, ReturnMoment, Role, SegmentMoment, Side, StateCause, StateMoment,
    What,
};
use crate::packet::{self, Datagram, Flags, IcmpMessage, Packet, Payload, Segment, SeqNumber};
use crate::tcp::State;
use crate::trace::{
    Address, CallId, Effect, Event, EventId, Fact, Frame, FrameNumber, Outcome, SocketId, Time,
};

/// Most moments that are kept.
const MOMENTS: usize = 200_000;

/// Bytes of a payload that a moment shows.
const PREVIEW: usize = 64;

/// The fold: events in, [moments](Moment) out.
#[derive(Debug, Default)]
pub struct Story {
    waiting: BinaryHeap<Reverse<Waiting>>,
    moments: VecDeque<Moment>,
    first_moment: u64,
    connections: Connections,
    sockets: Sockets,
    calls: HashMap<CallId, (CallMoment, Time)>,
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
            Fact::Addressed { .. } => 1,
            Fact::Frame(_) | Fact::FramesLost { .. } | Fact::CaptureUnavailable { .. } => 2,
            Fact::Blocked { .. } | Fact::Resumed { .. } => 3,
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

impl Story {
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

    /// The call that caused the segments at that time, for those who ask about a frame by hand.
    pub fn cause_of(&self, frame: FrameNumber) -> Option<CallId> {
        self.moments.iter().rev().find_map(|m| match &m.what {
            What::Segment(s) if s.frame == frame => s.cause,
            What::Datagram(d) if d.frame == frame => d.cause,
            What::Icmp(i) if i.frame == frame => i.cause,
            _ => None,
        })
    }

    fn tell(&mut self, event: Event) {
        let Event { id, time, fact } = event;
        let at = At { event: id, time };
        match fact {
            Fact::Called { call, socket, name, function, args } => {
                let name = name.into();
                let moment = CallMoment { call, socket, name, function, args };
                self.calls.insert(call, (moment.clone(), time));
                self.add(at, What::Call(moment));
            }
            Fact::Blocked { call } => self.add(at, What::Blocked(BlockedMoment { call })),
            Fact::Resumed { .. } => {}
            Fact::Returned { call, entered: _, outcome, effect } => {
                self.returned(at, call, outcome, effect);
            }
            Fact::Addressed { socket, local, peer } => self.sockets.address(socket, local, peer),
            Fact::Frame(frame) => self.frame(at, &frame),
            Fact::KernelState(_) => {}
            Fact::FramesLost { frames } => self.add(at, What::Lost { frames }),
            Fact::CaptureUnavailable { why } => self.add(at, What::CaptureUnavailable { why }),
            Fact::Mark => self.add(at, What::Mark),
        }
    }

    fn add(&mut self, at: At, what: What) {
        if self.moments.len() == MOMENTS {
            self.moments.pop_front();
            self.first_moment += 1;
        }
        self.moments.push_back(Moment { event: at.event, time: at.time, what });
    }

    fn returned(&mut self, at: At, call: CallId, outcome: Outcome, effect: Effect) {
        let Some((moment, began)) = self.calls.remove(&call) else { return };
        let socket = moment.socket;
        match &effect {
            Effect::Opened { socket, kind, fd } => self.sockets.open(SocketStory {
                id: *socket,
                name: Arc::clone(&moment.name),
                kind: *kind,
                fd: *fd,
                accepted_from: None,
                local: None,
                peer: None,
                backlog: None,
                closed: false,
                connection: None,
            }),
            Effect::Accepted { socket: new, name, kind, fd, peer } => {
                self.sockets.open(SocketStory {
                    id: *new,
                    name: name.as_str().into(),
                    kind: *kind,
                    fd: *fd,
                    accepted_from: Some(socket),
                    local: None,
                    peer: peer.clone(),
                    backlog: None,
                    closed: false,
                    connection: None,
                });
                self.accepted(*new);
            }
            Effect::Listening { backlog } => self.listens(at, call, socket, Some(*backlog)),
            Effect::Closed => {
                self.listens(at, call, socket, None);
                self.sockets.close(socket);
            }
            Effect::ShutDown { read: true, .. } => self.listens(at, call, socket, None),
            Effect::None
            | Effect::Received { .. }
            | Effect::Sent { .. }
            | Effect::ShutDown { read: false, .. }
            | Effect::Answer(_) => {}
        }
        let peer = self.sockets.get(socket).and_then(|socket| socket.peer.clone());
        let what = What::Return(ReturnMoment { call: moment, began, outcome, effect, peer });
        self.add(at, what);
    }

    /// A socket listens, with this backlog, or no longer does. On Linux shutdown() of a listener's
    /// reading side ends it too.
    fn listens(&mut self, at: At, call: CallId, socket: SocketId, backlog: Option<i32>) {
        let Some(story) = self.sockets.get_mut(socket) else { return };
        let (was, is) = (story.backlog.is_some(), backlog.is_some());
        story.backlog = backlog;
        if was == is || !story.kind.is_tcp() {
            return;
        }
        let state = |listens| Some(if listens { State::Listen } else { State::Closed });
        let change = Change {
            before: state(was),
            after: state(is),
            confidence: Confidence::Inferred,
            rfc: Some(if is { "3.10.1" } else { "3.10.4" }),
        };
        let end = self.sockets.end_name(&Owner { socket: Some(socket), listener: None });
        let because = StateCause::Call(call);
        self.add(at, What::State(StateMoment { connection: None, end, change, because }));
    }

    /// An accepted socket takes over the end that its listener answered for.
    fn accepted(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get(id) else { return };
        let ip =
            |address: &Option<Address>| address.as_ref().and_then(Address::ip).map(on_the_wire);
        let (Some(local), Some(peer)) = (ip(&socket.local), ip(&socket.peer)) else { return };
        let listener = socket.accepted_from;
        let Some(connection) = self.connections.newest(local, peer) else { return };
        let Some(side) = self.connections.side(connection, local) else { return };
        self.own(connection, side, Owner { socket: Some(id), listener });
    }

    /// That end is that owner's.
    fn own(&mut self, id: ConnectionId, side: Side, owner: Owner) {
        if let Some(socket) = owner.socket.and_then(|socket| self.sockets.get_mut(socket)) {
            socket.connection = Some((id, side));
        }
        let name = self.sockets.end_name(&owner);
        if let Some((connection, inner)) = self.connections.parts(id) {
            connection.ends[side.index()].name = name;
            inner.owners[side.index()] = owner;
        }
    }

    fn frame(&mut self, at: At, frame: &Frame) {
        let packet = packet::decode(frame.link, &frame.bytes, frame.original_len);
        self.packet(at, frame, packet);
    }

    /// Tells a decoded frame.
    fn packet(&mut self, at: At, frame: &Frame, packet: Packet) {
        match packet {
            Packet::Tcp(segment) => self.segment(at, frame, segment),
            Packet::Udp(datagram) => self.datagram(at, frame, datagram),
            Packet::Icmp(message) => self.icmp(at, frame, message),
            Packet::Other(what) => self.add(at, What::Undecoded { frame: frame.number, what }),
        }
    }

    fn segment(&mut self, at: At, frame: &Frame, segment: Segment) {
        let id = self.connection_of(at.time, &segment);
        let Some(from) = self.connections.side(id, segment.src) else { return };
        let Some((connection, inner)) = self.connections.parts(id) else { return };
        let to = from.other();
        let space = |inner: &Inner, connection: &Connection, side| {
            inner.tracker.machine(connection, side).space.clone()
        };
        let (sender, receiver) = (space(inner, connection, from), space(inner, connection, to));
        let place = Place { frame: frame.number, time: at.time };
        let told = inner.tracker.segment(connection, from, &segment, place);
        let roles = role::roles(&Context {
            segment: &segment,
            time: at.time,
            sender: &sender,
            receiver: &receiver,
            states: told.states,
            sent: told.sent,
            received: told.received,
            new_bytes: told.new_bytes,
        });
        let (seq, ack) = relative(connection, from, &segment);
        connection.last = at.time;
        connection.segments += 1;
        let resent = [Role::Retransmission, Role::FastRetransmission, Role::SpuriousRetransmission];
        let next_seq = inner.tracker.machine(connection, from).space.next();
        let end = &mut connection.ends[from.index()];
        end.segments += 1;
        end.bytes += u64::from(told.new_bytes);
        end.retransmissions += u64::from(roles.iter().any(|role| resent.contains(role)));
        end.window = told.window;
        end.next_seq = next_seq;
        end.fin_sent |= segment.flags.has(Flags::FIN);
        if segment.flags.has(Flags::ACK) {
            end.last_ack = Some(segment.ack);
        }
        let names = [from, to].map(|side| connection.end(side).name.clone());
        let moment = SegmentMoment {
            frame: frame.number,
            preview: preview(frame, &segment.payload),
            connection: id,
            from,
            names,
            seq,
            ack,
            window: told.window,
            roles,
            analysis: Vec::new(),
            cause: None,
            states: told.states,
            corrections: told.corrections,
            acknowledges: None,
            segment,
        };
        self.add(at, What::Segment(Box::new(moment)));
    }

    /// The connection that a segment belongs to; a new one if there is none yet, or if a SYN starts
    /// another one between the same addresses.
    fn connection_of(&mut self, time: Time, segment: &Segment) -> ConnectionId {
        if let Some(id) = self.connections.newest(segment.src, segment.dst)
            && let Some(side) = self.connections.side(id, segment.src)
            && let Some((connection, inner)) = self.connections.parts(id)
        {
            let opens = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
            let iss = inner.tracker.machine(connection, side).space.iss;
            if !opens || iss == Some(segment.seq) || (iss.is_none() && !connection.is_over()) {
                return id;
            }
        }
        self.open(time, segment)
    }

    fn open(&mut self, time: Time, segment: &Segment) -> ConnectionId {
        let (src, dst) = (segment.src, segment.dst);
        let opens = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
        let (sender, sender_state) = self.sockets.sender(Transport::Tcp, src, dst);
        let (receiver, receiver_state) = self.sockets.receiver(Transport::Tcp, dst, src);
        let known = |state: Option<State>| Machine::new(state.filter(|_| opens));
        let machines = [known(sender_state), known(receiver_state)];
        let id = self.connections.next_id();
        let mut connection = Connection::new(id, [src, dst], time);
        connection.opener = opens.then_some(Side::A);
        for (end, machine) in connection.ends.iter_mut().zip(&machines) {
            end.state = machine.state;
            end.confidence = machine.confidence;
        }
        let owners = [Owner::default(), Owner::default()];
        self.connections.add(connection, Inner { tracker: Tracker::new(machines), owners });
        self.own(id, Side::B, receiver);
        self.own(id, Side::A, sender);
        id
    }

    fn datagram(&mut self, at: At, frame: &Frame, datagram: Datagram) {
        let names = self.udp_names(datagram.src, datagram.dst);
        let moment = DatagramMoment {
            frame: frame.number,
            preview: preview(frame, &datagram.payload),
            names,
            cause: None,
            datagram,
        };
        self.add(at, What::Datagram(Box::new(moment)));
    }

    fn udp_names(&self, src: SocketAddr, dst: SocketAddr) -> [EndName; 2] {
        let (sender, _) = self.sockets.sender(Transport::Udp, src, dst);
        let (receiver, _) = self.sockets.receiver(Transport::Udp, dst, src);
        [self.sockets.end_name(&sender), self.sockets.end_name(&receiver)]
    }

    fn icmp(&mut self, at: At, frame: &Frame, message: IcmpMessage) {
        let about = message.about.as_ref().map(|quoted| self.udp_names(quoted.src, quoted.dst));
        let moment =
            IcmpMoment { frame: frame.number, message, about, about_frame: None, cause: None };
        self.add(at, What::Icmp(Box::new(moment)));
    }
}

/// The event that is being told.
#[derive(Debug, Clone, Copy)]
struct At {
    event: EventId,
    time: Time,
}

/// Sequence and acknowledgement number from the initial ones of sender and receiver. In
/// mid-connection both count from one below the first that is seen.
fn relative(connection: &mut Connection, from: Side, segment: &Segment) -> (u32, Option<u32>) {
    let end = &mut connection.ends[from.index()];
    if segment.flags.has(Flags::SYN) {
        end.isn = Some(segment.seq);
    }
    let base = *end.isn.get_or_insert(SeqNumber(segment.seq.0.wrapping_sub(1)));
    let seq = segment.seq.relative_to(base);
    if connection.self_connected {
        connection.ends[from.other().index()].isn = Some(base);
    }
    let ack = segment.flags.has(Flags::ACK).then(|| {
        let end = &mut connection.ends[from.other().index()];
        let base = *end.isn.get_or_insert(SeqNumber(segment.ack.0.wrapping_sub(1)));
        segment.ack.relative_to(base)
    });
    (seq, ack)
}

fn preview(frame: &Frame, payload: &Payload) -> Arc<[u8]> {
    let bytes = payload.of(&frame.bytes);
    bytes[..bytes.len().min(PREVIEW)].into()
}
