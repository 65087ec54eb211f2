//! A lab without a kernel, for tests: calls and frames go in, the story folds them.

use std::net::SocketAddr;

use etherparse::PacketBuilder;

use crate::packet::Flags;
use crate::story::{Moment, Story};
use crate::trace::{
    Address, CallId, Effect, Event, EventId, Fact, Frame, FrameNumber, LinkType, Origin, Outcome,
    SocketId, SocketKind, Time,
};
use crate::view::look::Look;
use crate::view::specimen::START;

/// Calls and frames, each five microseconds after the last.
pub struct Lab {
    pub story: Story,
    /// Who puts the next frames on the wire.
    pub origin: Origin,
    micros: u64,
    events: u64,
    frames: u64,
    calls: u64,
    sockets: u32,
    shown: u64,
    names: Vec<String>,
}

impl Lab {
    pub fn new() -> Lab {
        Lab {
            story: Story::default(),
            origin: Origin::Stack,
            micros: 0,
            events: 0,
            frames: 0,
            calls: 0,
            sockets: 0,
            shown: 0,
            names: Vec::new(),
        }
    }

    /// Time passes.
    pub fn wait(&mut self, micros: u64) {
        self.micros += micros;
    }

    /// A fact, now.
    pub fn fact(&mut self, fact: Fact) {
        let time = Time(START.0 + self.micros * 1000);
        self.story.push(&Event { id: EventId(self.events), time, fact });
        self.story.settle(time);
        self.events += 1;
        self.micros += 5;
    }

    /// `name = socket kind`
    pub fn socket(&mut self, name: &str, kind: SocketKind) -> SocketId {
        let socket = SocketId(self.sockets);
        self.sockets += 1;
        self.names.push(name.to_owned());
        let call = self.call(socket, "socket", kind.word());
        let fd = 3 + socket.0 as i32;
        let effect = Effect::Opened { socket, kind, fd };
        self.returns(call, Outcome::Value(i64::from(fd)), effect);
        socket
    }

    /// A call begins.
    pub fn call(&mut self, socket: SocketId, function: &'static str, args: &str) -> CallId {
        self.calls += 1;
        let call = CallId(self.calls);
        let name = self.names[socket.0 as usize].clone();
        let args = args.to_owned();
        self.fact(Fact::Called { call, socket, name, function, args });
        call
    }

    /// A call returns.
    pub fn returns(&mut self, call: CallId, outcome: Outcome, effect: Effect) {
        let entered = Time(START.0 + self.micros * 1000);
        self.fact(Fact::Returned { call, entered, outcome, effect });
    }

    /// A call returns a value.
    pub fn value(&mut self, call: CallId, value: i64) {
        self.returns(call, Outcome::Value(value), Effect::None);
    }

    /// `getsockname` and `getpeername` say so.
    pub fn addressed(&mut self, socket: SocketId, local: SocketAddr, peer: Option<SocketAddr>) {
        let (local, peer) = (Some(Address::Ip(local)), peer.map(Address::Ip));
        self.fact(Fact::Addressed { socket, local, peer });
    }

    /// A listener at that address.
    pub fn listener(&mut self, name: &str, kind: SocketKind, at: SocketAddr) -> SocketId {
        let server = self.socket(name, kind);
        let call = self.call(server, "bind", &at.to_string());
        self.addressed(server, at, None);
        self.value(call, 0);
        let call = self.call(server, "listen", "5");
        self.returns(call, Outcome::Value(0), Effect::Listening { backlog: 5 });
        server
    }

    /// `name = accept server`, of a connection from `peer` to `local`.
    pub fn accept(
        &mut self,
        server: SocketId,
        name: &str,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> SocketId {
        let call = self.call(server, "accept", "");
        self.accepted(call, name, local, peer)
    }

    /// An `accept` that has been called returns.
    pub fn accepted(
        &mut self,
        call: CallId,
        name: &str,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> SocketId {
        let socket = SocketId(self.sockets);
        self.sockets += 1;
        self.names.push(name.to_owned());
        self.addressed(socket, local, Some(peer));
        let (fd, kind) = (3 + socket.0 as i32, SocketKind::Tcp);
        let peer = Some(Address::Ip(peer));
        let effect = Effect::Accepted { socket, name: name.to_owned(), kind, fd, peer };
        self.returns(call, Outcome::Value(i64::from(fd)), effect);
        socket
    }

    /// A TCP segment; sequence numbers count from the initial ones.
    pub fn tcp(
        &mut self,
        ends: (SocketAddr, SocketAddr),
        flags: Flags,
        seq: u32,
        ack: u32,
        data: &[u8],
    ) {
        let (src, dst) = ends;
        let initial = |end: SocketAddr| u32::from(end.port()) * 1000;
        let mut tcp =
            builder(src, dst).tcp(src.port(), dst.port(), initial(src).wrapping_add(seq), 512);
        if flags.has(Flags::SYN) {
            let options = [2, 4, 0x05, 0xb4, 1, 3, 3, 7];
            tcp = tcp.syn().options_raw(&options).unwrap();
        }
        for (flag, set) in [
            (Flags::FIN, etherparse::PacketBuilderStep::fin as fn(_) -> _),
            (Flags::RST, etherparse::PacketBuilderStep::rst),
            (Flags::PSH, etherparse::PacketBuilderStep::psh),
        ] {
            if flags.has(flag) {
                tcp = set(tcp);
            }
        }
        if flags.has(Flags::ACK) {
            tcp = tcp.ack(initial(dst).wrapping_add(ack));
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, data).unwrap();
        self.frame(bytes);
    }

    /// A UDP datagram.
    pub fn udp(&mut self, src: SocketAddr, dst: SocketAddr, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        builder(src, dst).udp(src.port(), dst.port()).write(&mut bytes, data).unwrap();
        self.frame(bytes.clone());
        bytes
    }

    /// `port unreachable`, about that frame.
    pub fn port_unreachable(&mut self, from: SocketAddr, to: SocketAddr, about: &[u8]) {
        let mut bytes = Vec::new();
        let icmp = builder(from, to).icmpv4_raw(3, 3, [0; 4]);
        icmp.write(&mut bytes, &about[14..]).unwrap();
        self.frame(bytes);
    }

    fn frame(&mut self, bytes: Vec<u8>) {
        self.frames += 1;
        let original_len = bytes.len() as u32;
        self.fact(Fact::Frame(Frame {
            number: FrameNumber(self.frames),
            link: LinkType::ETHERNET,
            bytes: bytes.into(),
            original_len,
            origin: self.origin,
        }));
    }

    /// What happened since this was last asked.
    pub fn news(&mut self) -> Vec<Moment> {
        let news = self.story.since(self.shown).cloned().collect();
        self.shown = self.story.cursor();
        news
    }

    /// That, as the learner sees it.
    pub fn drawn(&mut self, look: Look) -> String {
        let news = self.news();
        super::live(&news, &self.story, look)
    }
}

fn builder(
    src: SocketAddr,
    dst: SocketAddr,
) -> etherparse::PacketBuilderStep<etherparse::IpHeaders> {
    let ethernet = PacketBuilder::ethernet2([0; 6], [0; 6]);
    match (src, dst) {
        (SocketAddr::V4(src), SocketAddr::V4(dst)) => {
            ethernet.ipv4(src.ip().octets(), dst.ip().octets(), 64)
        }
        (SocketAddr::V6(src), SocketAddr::V6(dst)) => {
            ethernet.ipv6(src.ip().octets(), dst.ip().octets(), 64)
        }
        (SocketAddr::V4(_), SocketAddr::V6(_)) | (SocketAddr::V6(_), SocketAddr::V4(_)) => {
            panic!("one address family")
        }
    }
}

/// An address on 127.0.0.1.
pub fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// A client and a server that have shaken hands; `accept` has been called.
pub fn connected() -> (Lab, SocketId, SocketId) {
    let mut lab = Lab::new();
    let server = lab.listener("server", SocketKind::Tcp, at(8899));
    let client = lab.socket("client", SocketKind::Tcp);
    let call = lab.call(client, "connect", "127.0.0.1:8899");
    lab.addressed(client, at(40112), Some(at(8899)));
    let (there, back) = ((at(40112), at(8899)), (at(8899), at(40112)));
    lab.tcp(there, Flags::SYN, 0, 0, b"");
    lab.tcp(back, Flags::SYN.with(Flags::ACK), 0, 1, b"");
    lab.tcp(there, Flags::ACK, 1, 1, b"");
    lab.value(call, 0);
    lab.wait(4_200_000);
    let conn = lab.accept(server, "conn", at(8899), at(40112));
    (lab, client, conn)
}
