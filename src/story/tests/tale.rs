//! A builder that makes each test a short story: who says what, and what the fold tells of it.

use std::net::SocketAddr;

use etherparse::PacketBuilder;

use crate::packet::Flags;
use crate::story::{Change, Connection, Contradiction, SegmentMoment, Story, What};
use crate::tcp::State;
use crate::trace::{
    Address, Bounds, CallId, Effect, Fact, FrameNumber, KernelCode, KernelEnd, LinkType, Origin,
    Outcome, SocketId, SocketKind, Time, Trace,
};

pub const SYN: Flags = Flags::SYN;
pub const SYN_ACK: Flags = Flags::SYN.with(Flags::ACK);
pub const ACK: Flags = Flags::ACK;
pub const FIN: Flags = Flags::FIN.with(Flags::ACK);
pub const RST: Flags = Flags::RST;
pub const RST_ACK: Flags = Flags::RST.with(Flags::ACK);

/// A capture of two ends, their calls, and the story told of it.
pub struct Tale {
    pub story: Story,
    trace: Trace,
    pub time: u64,
    pub client: Party,
    pub server: Party,
    /// Who puts the next frames on the wire.
    pub origin: Origin,
    next_call: u64,
    next_socket: u32,
}

/// One end, as it really is: what it has sent, and what has come to it.
#[derive(Clone, Copy)]
pub struct Party {
    pub address: SocketAddr,
    pub next: u32,
    pub expects: u32,
    pub window: u16,
    last: Option<(Flags, u32)>,
}

/// One end, about to speak.
pub struct Voice<'a> {
    tale: &'a mut Tale,
    client: bool,
    lost: bool,
    raw: bool,
}

impl Tale {
    pub fn new() -> Tale {
        let party = |port, iss| Party {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            next: iss,
            expects: 0,
            window: 64240,
            last: None,
        };
        Tale {
            story: Story::default(),
            trace: Trace::new(Bounds::default()),
            time: 1_000_000,
            client: party(40112, 3_000_000_000),
            server: party(8899, 500),
            origin: Origin::Stack,
            next_call: 0,
            next_socket: 0,
        }
    }

    /// A connection that is open, both ends of which are learned from the wire.
    pub fn open() -> Tale {
        let mut tale = Tale::new();
        tale.handshake();
        tale
    }

    pub fn handshake(&mut self) {
        self.client().syn();
        self.server().syn_ack();
        self.client().ack();
    }

    pub fn client(&mut self) -> Voice<'_> {
        Voice { tale: self, client: true, lost: false, raw: false }
    }

    pub fn server(&mut self) -> Voice<'_> {
        Voice { tale: self, client: false, lost: false, raw: false }
    }

    /// The client starts anew: it forgets everything and has this initial sequence number.
    pub fn restart_client(&mut self, iss: u32) {
        self.client.next = iss;
        self.client.expects = 0;
    }

    pub fn restart_server(&mut self, iss: u32) {
        self.server.next = iss;
        self.server.expects = 0;
    }

    pub fn wait(&mut self, nanos: u64) {
        self.time += nanos;
    }

    /// A fact, now; then the story is told up to here.
    pub fn fact(&mut self, fact: Fact) {
        self.time += 1000;
        let event = self.trace.append(Time(self.time), fact).clone();
        self.story.push(&event);
        self.story.settle(Time(self.time));
    }

    pub fn frame(&mut self, bytes: Vec<u8>) -> FrameNumber {
        self.time += 1000;
        let len = u32::try_from(bytes.len()).unwrap();
        let (origin, time) = (self.origin, Time(self.time));
        let event =
            self.trace.append_frame_of(origin, time, LinkType::ETHERNET, bytes.into(), len).clone();
        self.story.push(&event);
        self.story.settle(Time(self.time));
        FrameNumber(self.trace.frames())
    }

    /// A call begins.
    pub fn called(&mut self, socket: SocketId, function: &'static str, args: &str) -> CallId {
        self.next_call += 1;
        let call = CallId(self.next_call);
        let name = self.story.socket(socket).map_or("?".to_owned(), |s| s.name.to_string());
        let args = args.to_owned();
        self.fact(Fact::Called { call, socket, name, function, args });
        call
    }

    pub fn returned(&mut self, call: CallId, value: i64, effect: Effect) {
        let entered = Time(self.time);
        self.returned_since(call, entered, value, effect);
    }

    pub fn returned_since(&mut self, call: CallId, entered: Time, value: i64, effect: Effect) {
        self.fact(Fact::Returned { call, entered, outcome: Outcome::Value(value), effect });
    }

    pub fn failed(&mut self, call: CallId, errno: i32) {
        let entered = Time(self.time);
        let outcome = Outcome::Errno(errno);
        self.fact(Fact::Returned { call, entered, outcome, effect: Effect::None });
    }

    /// A call that does this and returns 0 with that effect.
    pub fn call(
        &mut self,
        socket: SocketId,
        function: &'static str,
        effect: Effect,
        meanwhile: impl FnOnce(&mut Tale),
    ) -> CallId {
        let call = self.called(socket, function, "");
        let entered = Time(self.time);
        meanwhile(self);
        self.returned_since(call, entered, 0, effect);
        call
    }

    /// `NAME = socket tcp`
    pub fn socket(&mut self, name: &str, kind: SocketKind) -> SocketId {
        self.next_socket += 1;
        let socket = SocketId(self.next_socket);
        self.next_call += 1;
        let call = CallId(self.next_call);
        let (function, args) = ("socket", kind.word().to_owned());
        self.fact(Fact::Called { call, socket, name: name.to_owned(), function, args });
        self.returned(call, 3, Effect::Opened { socket, kind, fd: 3 });
        socket
    }

    pub fn addressed(&mut self, socket: SocketId, local: Option<&str>, peer: Option<&str>) {
        let address = |text: Option<&str>| text.map(|text| Address::Ip(text.parse().unwrap()));
        self.fact(Fact::Addressed { socket, local: address(local), peer: address(peer) });
    }

    /// A bound socket that listens.
    pub fn listener(&mut self, name: &str, at: &str) -> SocketId {
        let socket = self.socket(name, SocketKind::Tcp);
        let call = self.called(socket, "bind", at);
        self.addressed(socket, Some(at), None);
        self.returned(call, 0, Effect::None);
        self.call(socket, "listen", Effect::Listening { backlog: 5 }, |_| {});
        socket
    }

    /// A client's socket, about to connect to the server.
    pub fn connecting(&mut self, name: &str) -> (SocketId, CallId) {
        let socket = self.socket(name, SocketKind::Tcp);
        let (local, peer) = (self.client.address.to_string(), self.server.address.to_string());
        let call = self.called(socket, "connect", &peer);
        self.addressed(socket, Some(&local), Some(&peer));
        (socket, call)
    }

    pub fn accept(&mut self, listener: SocketId, name: &str) -> (SocketId, CallId) {
        self.next_socket += 1;
        let socket = SocketId(self.next_socket);
        let (local, peer) = (self.server.address.to_string(), self.client.address.to_string());
        let call = self.called(listener, "accept", "");
        self.addressed(socket, Some(&local), Some(&peer));
        let effect = Effect::Accepted {
            socket,
            name: name.to_owned(),
            kind: SocketKind::Tcp,
            fd: 5,
            peer: Some(Address::Ip(self.client.address)),
        };
        self.returned(call, 5, effect);
        (socket, call)
    }

    /// The kernel says this of the end at that address.
    pub fn kernel(&mut self, local: SocketAddr, peer: SocketAddr, state: Option<u8>) {
        let state = state.map(KernelCode);
        self.fact(Fact::KernelState(KernelEnd {
            local,
            peer: Some(peer),
            state,
            expires_ms: None,
        }));
    }

    pub fn kernel_of_client(&mut self, state: Option<u8>) {
        self.kernel(self.client.address, self.server.address, state);
    }

    pub fn kernel_of_server(&mut self, state: Option<u8>) {
        self.kernel(self.server.address, self.client.address, state);
    }

    pub fn segments(&self) -> Vec<&SegmentMoment> {
        self.story
            .moments()
            .filter_map(|moment| match &moment.what {
                What::Segment(segment) => Some(&**segment),
                _ => None,
            })
            .collect()
    }

    pub fn last(&self) -> &SegmentMoment {
        self.segments().last().unwrap()
    }

    pub fn connection(&self) -> &Connection {
        self.story.connections().last().unwrap()
    }

    /// The states of client and server now.
    pub fn states(&self) -> (Option<State>, Option<State>) {
        let connection = self.connection();
        let of = |address| {
            connection.ends.iter().find(|end| end.address == address).and_then(|end| end.state)
        };
        (of(self.client.address), of(self.server.address))
    }

    /// The last correction: by which rule, of the end at that address.
    pub fn correction(&self, address: SocketAddr) -> Option<Contradiction> {
        let end = self.connection().ends.iter().find(|end| end.address == address)?;
        end.path.iter().rev().find_map(|step| step.undoes)
    }

    /// What was told: a line for each segment and each state that changed without one, the client
    /// on the left.
    pub fn told(&self) -> String {
        let lines: Vec<String> = self
            .story
            .moments()
            .filter_map(|moment| match &moment.what {
                What::Segment(segment) => Some(self.line(segment)),
                What::State(state) => Some(format!(
                    "{} {} {:?}",
                    state.end.text(),
                    change(&state.change),
                    state.because
                )),
                What::Kernel(kernel) => Some(format!(
                    "{} is {} and the kernel says {}",
                    kernel.end.text(),
                    name(kernel.inferred),
                    name(kernel.kernel)
                )),
                _ => None,
            })
            .collect();
        lines.join("\n")
    }

    fn line(&self, segment: &SegmentMoment) -> String {
        let by_client = segment.segment.src == self.client.address;
        let (client, server) = if by_client {
            (&segment.states.from, &segment.states.to)
        } else {
            (&segment.states.to, &segment.states.from)
        };
        let arrow = if by_client { "──▶" } else { "◀──" };
        let numbers = match segment.ack {
            Some(ack) => format!("{}:{ack}", segment.seq),
            None => segment.seq.to_string(),
        };
        let corrections: Vec<String> = segment
            .corrections
            .iter()
            .map(|(side, change_)| {
                let end = if *side == segment.from { "sender" } else { "receiver" };
                format!("  {end} not {}", name(change_.before))
            })
            .collect();
        let flags = segment.segment.flags.to_string();
        let (client, server) = (change(client), change(server));
        format!(
            "{client:<26} {arrow} {flags:<8} {numbers:<6} {arrow} {server}{}",
            corrections.concat()
        )
        .trim_end()
        .to_owned()
    }
}

fn name(state: Option<State>) -> &'static str {
    state.map_or("?", State::name)
}

fn change(change: &Change) -> String {
    if change.moved() {
        format!("{} → {}", name(change.before), name(change.after))
    } else {
        name(change.after).to_owned()
    }
}

impl Voice<'_> {
    /// What it says next is captured and doesn't arrive.
    pub fn lost(mut self) -> Self {
        self.lost = true;
        self
    }

    /// What it says next it doesn't remember: somebody else says it in its name.
    pub fn forged(mut self) -> Self {
        self.raw = true;
        self
    }

    pub fn syn(self) {
        self.say(SYN, 0, b"");
    }

    pub fn syn_ack(self) {
        self.say(SYN_ACK, 0, b"");
    }

    pub fn ack(self) {
        self.say(ACK, 0, b"");
    }

    pub fn data(self, data: &[u8]) {
        self.say(ACK.with(Flags::PSH), 0, data);
    }

    pub fn fin(self) {
        self.say(FIN, 0, b"");
    }

    /// RST and ACK: it aborts.
    pub fn abort(self) {
        self.say(RST_ACK, 0, b"");
    }

    /// RST without ACK: it answers what it doesn't know.
    pub fn reset(self) {
        let own = *self.own();
        self.segment(RST, own.next, 0, b"");
    }

    /// Its SYN, SYN-ACK or FIN again, with what it has received by now.
    pub fn again(self) {
        let (flags, seq) = self.own().last.unwrap();
        let ack = self.own().expects;
        self.segment(flags, seq, ack, b"");
    }

    /// RST and ACK in answer to a SYN.
    pub fn refuse(self) {
        let ack = self.peer().next;
        self.segment(RST_ACK, 0, ack, b"");
    }

    fn say(self, flags: Flags, back: u32, data: &[u8]) {
        let own = *self.own();
        self.segment(flags, own.next.wrapping_sub(back), own.expects, data);
    }

    fn own(&self) -> &Party {
        if self.client { &self.tale.client } else { &self.tale.server }
    }

    fn peer(&self) -> &Party {
        if self.client { &self.tale.server } else { &self.tale.client }
    }

    /// Any segment at all.
    pub fn segment(self, flags: Flags, seq: u32, ack: u32, data: &[u8]) {
        let takes =
            data.len() as u32 + u32::from(flags.has(Flags::SYN)) + u32::from(flags.has(Flags::FIN));
        let end = seq.wrapping_add(takes);
        let (lost, raw) = (self.lost, self.raw);
        let Tale { client, server, .. } = self.tale;
        let (own, peer) = if self.client { (client, server) } else { (server, client) };
        if !raw && takes > 0 {
            own.next = if end.wrapping_sub(own.next) < 1 << 30 { end } else { own.next };
            if flags.has_any(Flags::SYN.with(Flags::FIN)) {
                own.last = Some((flags, seq));
            }
        }
        let begins = flags.has(Flags::SYN) && peer.expects == 0;
        if !raw && !lost && (begins || peer.expects == seq) && !flags.has(Flags::RST) {
            peer.expects = end;
        }
        let bytes = bytes(own, peer, flags, (seq, ack), data);
        self.tale.frame(bytes);
    }
}

fn bytes(own: &Party, peer: &Party, flags: Flags, (seq, ack): (u32, u32), data: &[u8]) -> Vec<u8> {
    let (SocketAddr::V4(src), SocketAddr::V4(dst)) = (own.address, peer.address) else {
        unreachable!("tales are told over IPv4")
    };
    let mut builder = PacketBuilder::ethernet2([0; 6], [0; 6])
        .ipv4(src.ip().octets(), dst.ip().octets(), 64)
        .tcp(src.port(), dst.port(), seq, own.window);
    if flags.has(Flags::SYN) {
        builder = builder.syn();
    }
    if flags.has(Flags::FIN) {
        builder = builder.fin();
    }
    if flags.has(Flags::RST) {
        builder = builder.rst();
    }
    if flags.has(Flags::PSH) {
        builder = builder.psh();
    }
    if flags.has(Flags::ACK) {
        builder = builder.ack(ack);
    }
    let mut frame = Vec::new();
    builder.write(&mut frame, data).unwrap();
    frame
}
