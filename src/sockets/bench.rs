//! A lab bench for tests: sockets, a clock that waits, and the facts so far.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;

pub(crate) use super::raw::deafen;
use super::{PendingCall, Progress, Ready, Request, Sockets};
use crate::trace::{
    Address, CallId, Effect, Fact, Outcome, RecvFlags, SendFlags, SocketId, SocketKind, Time, clock,
};

/// The most that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Bench {
    pub sockets: Sockets,
    pub facts: Vec<(Time, Fact)>,
    ready: Receiver<Ready>,
    calls: u64,
    /// How often something was said to be ready.
    pub woken: usize,
}

impl Bench {
    pub fn new() -> Bench {
        let (sender, ready) = crossbeam_channel::unbounded();
        Bench {
            sockets: Sockets::new(sender).unwrap(),
            facts: Vec::new(),
            ready,
            calls: 0,
            woken: 0,
        }
    }

    pub fn start(&mut self, request: Request) -> (CallId, Progress) {
        self.calls += 1;
        let call = CallId(self.calls);
        let facts = &mut self.facts;
        let progress =
            self.sockets.start(call, request, &mut |time, fact| facts.push((time, fact)));
        (call, progress)
    }

    /// Makes a call that must wait.
    pub fn pend(&mut self, request: Request) -> CallId {
        let (call, progress) = self.start(request);
        assert_eq!(progress, Progress::Pending, "{:?}", self.facts.last());
        call
    }

    /// Makes a call that must return at once.
    pub fn run(&mut self, request: Request) -> (Outcome, Effect) {
        let (call, progress) = self.start(request);
        assert_eq!(progress, Progress::Returned);
        self.returned(call).unwrap()
    }

    /// Makes a call that must return a value.
    pub fn value(&mut self, request: Request) -> i64 {
        match self.finish(request) {
            (Outcome::Value(value), _) => value,
            (Outcome::Errno(errno), _) => panic!("errno {errno}: {:#?}", self.facts),
        }
    }

    /// Makes a call that must fail.
    pub fn errno(&mut self, request: Request) -> i32 {
        match self.finish(request) {
            (Outcome::Errno(errno), _) => errno,
            (Outcome::Value(value), _) => panic!("{value}: {:#?}", self.facts),
        }
    }

    /// Makes a call that answers.
    pub fn answer(&mut self, request: Request) -> String {
        match self.finish(request) {
            (_, Effect::Answer(text)) => text,
            other => panic!("{other:?}: {:#?}", self.facts),
        }
    }

    pub fn returned(&self, wanted: CallId) -> Option<(Outcome, Effect)> {
        self.facts.iter().find_map(|(_, fact)| match fact {
            Fact::Returned { call, outcome, effect, .. } if *call == wanted => {
                Some((outcome.clone(), effect.clone()))
            }
            _ => None,
        })
    }

    /// Waits until `done`, serving readiness and deadlines as the lab does.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&mut Bench) -> bool) {
        let end = clock::now().after(PATIENCE);
        while !done(self) {
            let now = clock::now();
            assert!(now < end, "waited in vain for {what}: {:#?}", self.sockets.pending());
            let next = self.sockets.next_deadline().unwrap_or(end).min(end);
            let ready = self.ready.recv_timeout(next.since(now));
            let facts = &mut self.facts;
            let mut sink = |time, fact| facts.push((time, fact));
            match ready {
                Ok(ready) => {
                    self.woken += 1;
                    self.sockets.ready(ready, &mut sink);
                }
                Err(_) => self.sockets.expire(clock::now(), &mut sink),
            }
        }
    }

    /// Waits for a call to return.
    pub fn wait(&mut self, call: CallId) -> (Outcome, Effect) {
        self.until("a return", |bench| bench.returned(call).is_some());
        self.returned(call).unwrap()
    }

    /// Makes a call and waits for it to return.
    pub fn finish(&mut self, request: Request) -> (Outcome, Effect) {
        let (call, _) = self.start(request);
        self.wait(call)
    }

    pub fn interrupt(&mut self, call: CallId) -> bool {
        let facts = &mut self.facts;
        self.sockets.interrupt(call, &mut |time, fact| facts.push((time, fact)))
    }

    pub fn pending(&self, call: CallId) -> PendingCall {
        self.sockets.pending().into_iter().find(|pending| pending.call == call).unwrap()
    }

    pub fn socket(&mut self, name: &str, kind: SocketKind) -> SocketId {
        match self.run(Request::Socket { name: name.into(), kind }) {
            (_, Effect::Opened { socket, .. }) => socket,
            other => panic!("{other:?}"),
        }
    }

    pub fn local(&mut self, socket: SocketId) -> SocketAddr {
        let text = self.answer(Request::GetSockName { socket });
        text.parse().unwrap()
    }

    /// A listener of that kind on loopback, on a port of the kernel's choice.
    pub fn listener(&mut self, kind: SocketKind, backlog: i32) -> (SocketId, Address) {
        let socket = self.socket("server", kind);
        let address = Address::Ip(loopback(kind, 0));
        self.value(Request::Bind { socket, address });
        self.value(Request::Listen { socket, backlog });
        let address = Address::Ip(self.local(socket));
        (socket, address)
    }

    /// A listener whose queue is full: it answers no more SYNs. The client in its queue, too.
    pub fn full_listener(&mut self) -> (SocketId, SocketId, Address) {
        let (server, address) = self.listener(SocketKind::Tcp, 0);
        let first = self.socket("first", SocketKind::Tcp);
        self.value(Request::Connect { socket: first, address: address.clone() });
        (server, first, address)
    }

    pub fn set(&mut self, socket: SocketId, option: &str, value: &str) {
        let (option, value) = (option.into(), value.into());
        self.value(Request::SetSockOpt { socket, option, value });
    }

    /// `timeout NAME TIME`
    pub fn timeout(&mut self, socket: SocketId, time: &str) {
        self.set(socket, "SO_RCVTIMEO", time);
        self.set(socket, "SO_SNDTIMEO", time);
    }

    pub fn close(&mut self, socket: SocketId) {
        self.value(Request::Close { socket });
    }

    /// A listener, a client connected to it, and the accepted socket.
    pub fn connection(&mut self, kind: SocketKind) -> (SocketId, SocketId, SocketId) {
        let (server, address) = self.listener(kind, 5);
        let client = self.socket("client", kind);
        assert_eq!(self.value(Request::Connect { socket: client, address }), 0);
        (server, client, self.accept(server))
    }

    pub fn accept(&mut self, socket: SocketId) -> SocketId {
        match self.finish(Request::Accept { socket, name: "conn".into() }) {
            (Outcome::Value(_), Effect::Accepted { socket, .. }) => socket,
            other => panic!("{other:?}"),
        }
    }

    /// The addresses last said of a socket.
    pub fn addressed(&self, wanted: SocketId) -> (Option<Address>, Option<Address>) {
        let said = self.facts.iter().rev().find_map(|(_, fact)| match fact {
            Fact::Addressed { socket, local, peer } if *socket == wanted => {
                Some((local.clone(), peer.clone()))
            }
            _ => None,
        });
        said.expect("nothing was said of its addresses")
    }
}

pub(crate) fn loopback(kind: SocketKind, port: u16) -> SocketAddr {
    if kind.is_ipv6() {
        (std::net::Ipv6Addr::LOCALHOST, port).into()
    } else {
        (Ipv4Addr::LOCALHOST, port).into()
    }
}

pub(crate) fn send(socket: SocketId, data: &[u8]) -> Request {
    Request::Send { socket, data: data.into(), flags: SendFlags::default() }
}

pub(crate) fn recv(socket: SocketId, len: usize) -> Request {
    Request::Recv { socket, len, flags: RecvFlags::default() }
}

/// The bytes that a recv brought.
pub(crate) fn data((outcome, effect): (Outcome, Effect)) -> Arc<[u8]> {
    match effect {
        Effect::Received { data, .. } => data,
        other => panic!("{outcome:?}, {other:?}"),
    }
}
