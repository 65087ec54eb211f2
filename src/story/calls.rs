//! Calls and what they change of the story without a segment.

use std::net::SocketAddr;
use std::sync::Arc;

use super::names::{Owner, SocketStory, on_the_wire};
use super::story::{At, Story};
use super::{
    CallMoment, Change, Confidence, ConnectionId, ReturnMoment, Side, StateCause, StateMoment,
    Step, What,
};
use crate::tcp::State;
use crate::trace::{Address, CallId, Effect, Outcome, SocketId, SocketKind, Time};

impl Story {
    pub(super) fn called(
        &mut self,
        at: At,
        call: CallId,
        socket: SocketId,
        name: Arc<str>,
        function: &'static str,
        args: String,
    ) {
        let moment = CallMoment { call, socket, name, function, args };
        self.causes.called(moment.clone(), at.time);
        self.add(at, What::Call(moment));
    }

    /// A call that had waited did part of its work since `from`.
    pub(super) fn resumed(&mut self, call: CallId, from: Time) {
        if let Some(socket) = self.causes.socket_of(call) {
            self.claim(call, socket, from);
        }
    }

    pub(super) fn returned(
        &mut self,
        at: At,
        call: CallId,
        entered: Time,
        outcome: Outcome,
        effect: Effect,
    ) {
        let Some(pending) = self.causes.returned(call) else { return };
        let moment = pending.moment;
        self.claim(call, moment.socket, entered);
        self.take_effect(at, &moment, &outcome, &effect);
        let peer = self.sockets.get(moment.socket).and_then(|socket| socket.peer.clone());
        let peer = peer.or(pending.going);
        let began = pending.began;
        self.add(at, What::Return(ReturnMoment { call: moment, began, outcome, effect, peer }));
    }

    fn take_effect(&mut self, at: At, call: &CallMoment, outcome: &Outcome, effect: &Effect) {
        let socket = call.socket;
        match effect {
            Effect::Opened { socket: new, kind, fd } => {
                self.open_socket(*new, Arc::clone(&call.name), *kind, *fd, None);
            }
            Effect::Accepted { socket: new, name, kind, fd, peer } => {
                self.open_socket(*new, name.as_str().into(), *kind, *fd, Some(socket));
                if let Some(story) = self.sockets.get(*new)
                    && story.peer.is_none()
                {
                    let local = story.local.clone();
                    self.sockets.address(*new, local, peer.clone());
                }
                self.accepted(*new);
            }
            Effect::Listening { backlog } => self.listens(at, call.call, socket, Some(*backlog)),
            Effect::Sent { taken, .. } => self.causes.sent(call.call, socket, *taken),
            Effect::ShutDown { read, write } => {
                // Linux ends a listener whose reading side is shut, and an unanswered connect
                // (inet_shutdown in net/ipv4/af_inet.c).
                if *read {
                    self.listens(at, call.call, socket, None);
                }
                self.gives_up(at, call.call, socket, "3.10.4");
                if *write {
                    self.closes(at, call.call, socket);
                }
            }
            Effect::Closed => {
                self.listens(at, call.call, socket, None);
                self.gives_up(at, call.call, socket, "3.10.4");
                self.closes(at, call.call, socket);
                self.sockets.close(socket);
            }
            Effect::None => self.plain_return(at, call, outcome),
            Effect::Received { .. } | Effect::Answer(_) => {}
        }
    }

    /// What a call without an effect of its own may mean all the same.
    fn plain_return(&mut self, at: At, call: &CallMoment, outcome: &Outcome) {
        match outcome {
            Outcome::Value(_) if call.function == "connect" && call.args == "AF_UNSPEC" => {
                self.listens(at, call.call, call.socket, None);
                self.gives_up(at, call.call, call.socket, "3.10.5");
                self.causes.starts_stream(call.socket);
            }
            Outcome::Value(_) if call.function == "setsockopt" => {
                if let Some(value) = call.args.strip_prefix("IPV6_V6ONLY ") {
                    let off = matches!(value, "0" | "off" | "false" | "no");
                    self.sockets.set_v6only(call.socket, !off);
                }
            }
            Outcome::Value(_) => {}
            Outcome::Errno(errno) => {
                let timed_out = *errno == libc::ETIMEDOUT;
                let unreachable =
                    [libc::EHOSTUNREACH, libc::ENETUNREACH, libc::ECONNREFUSED, libc::ENOPROTOOPT];
                if timed_out || (call.function == "connect" && unreachable.contains(errno)) {
                    self.gives_up(at, call.call, call.socket, "3.10.8");
                }
            }
        }
    }

    /// The kernel says where a socket is bound and connected.
    pub(super) fn addressed(
        &mut self,
        socket: SocketId,
        local: Option<Address>,
        peer: Option<Address>,
    ) {
        if let Some(peer) = &peer {
            self.causes.addressed(socket, peer);
        }
        self.sockets.address(socket, local, peer);
        if self.sockets.get(socket).is_some_and(|story| story.accepted_from.is_some()) {
            self.accepted(socket);
        } else {
            self.calls_back(socket);
        }
    }

    /// A socket connects whose address was called before: a simultaneous open. The end that it
    /// held is its own, if that is of a later connection than it had.
    fn calls_back(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get(id).filter(|socket| socket.kind.is_tcp()) else {
            return;
        };
        let had = socket.connection.map(|(connection, _)| connection);
        let Some((local, peer)) = between(socket) else { return };
        let newest = self.connections.newest(local, peer);
        let Some(connection) = newest.filter(|newest| had.is_none_or(|had| *newest > had)) else {
            return;
        };
        let Some(side) = self.connections.side(connection, local) else { return };
        let owner =
            self.connections.parts(connection).map(|(_, inner)| inner.owners[side.index()].clone());
        if let Some(owner) = owner.filter(|owner| owner.socket == Some(id)) {
            self.own(connection, side, owner);
        }
    }

    fn open_socket(
        &mut self,
        id: SocketId,
        name: Arc<str>,
        kind: SocketKind,
        fd: i32,
        accepted_from: Option<SocketId>,
    ) {
        let gone = self.sockets.open(SocketStory {
            id,
            name,
            kind,
            fd,
            accepted_from,
            local: None,
            peer: None,
            backlog: None,
            closed: false,
            connection: None,
        });
        if let Some(gone) = gone {
            self.causes.forget(gone);
        }
    }

    /// An accepted socket takes over the end that its listener answered for.
    fn accepted(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get(id) else { return };
        if !socket.kind.is_tcp() || socket.connection.is_some() {
            return;
        }
        let Some((local, peer)) = between(socket) else { return };
        let listener = socket.accepted_from;
        let Some(connection) = self.connections.newest(local, peer) else { return };
        let Some(side) = self.connections.side(connection, local) else { return };
        self.own(connection, side, Owner { socket: Some(id), listener });
    }

    /// That end is that owner's. A socket without a peer only holds the address.
    pub(super) fn own(&mut self, id: ConnectionId, side: Side, owner: Owner) {
        if let Some(socket) = owner.socket.and_then(|socket| self.sockets.get_mut(socket))
            && socket.peer.is_some()
        {
            socket.connection = Some((id, side));
        }
        let name = self.sockets.end_name(&owner);
        if let Some((connection, inner)) = self.connections.parts(id) {
            connection.ends[side.index()].name = name;
            inner.owners[side.index()] = owner;
        }
    }

    /// A socket listens, with this backlog, or no longer does.
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

    /// Nothing more is sent after close() or shutdown(): where data holds the FIN back, the state
    /// changes before it passes (RFC 9293, section 3.10.4; `tcp_close_state`).
    fn closes(&mut self, at: At, call: CallId, socket: SocketId) {
        let Some((id, side)) = self.sockets.get(socket).and_then(|story| story.connection) else {
            return;
        };
        let Some(end) = self.connections.get(id).map(|connection| connection.end(side)) else {
            return;
        };
        if end.fin_sent {
            return;
        }
        let after = match end.state {
            Some(State::Established | State::SynReceived) => State::FinWait1,
            Some(State::CloseWait) => State::LastAck,
            None
            | Some(
                State::Closed
                | State::Listen
                | State::SynSent
                | State::FinWait1
                | State::FinWait2
                | State::Closing
                | State::LastAck
                | State::TimeWait,
            ) => return,
        };
        self.move_end(at, (id, side), after, Some("3.10.4"), StateCause::Call(call));
    }

    /// A connect that nobody has answered is given up: nothing on the wire says so.
    fn gives_up(&mut self, at: At, call: CallId, socket: SocketId, rfc: &'static str) {
        let Some((id, side)) = self.sockets.get(socket).and_then(|story| story.connection) else {
            return;
        };
        let state = self.connections.get(id).and_then(|connection| connection.end(side).state);
        if state == Some(State::SynSent) {
            self.move_end(at, (id, side), State::Closed, Some(rfc), StateCause::Call(call));
        }
    }

    /// Moves an end without a segment.
    pub(super) fn move_end(
        &mut self,
        at: At,
        (id, side): (ConnectionId, Side),
        after: State,
        rfc: Option<&'static str>,
        because: StateCause,
    ) {
        let confidence = match because {
            StateCause::Call(_) => Confidence::Inferred,
            StateCause::Kernel | StateCause::SynCookie => Confidence::Kernel,
        };
        let Some((connection, inner)) = self.connections.parts(id) else { return };
        let before = connection.end(side).state;
        let change = Change { before, after: Some(after), confidence, rfc };
        let step = Step { change, frame: None, time: at.time, undoes: None };
        let twin = connection.self_connected.then_some(side.other());
        for side in [Some(side), twin].into_iter().flatten() {
            connection.ends[side.index()].step(step);
        }
        inner.tracker.machine_mut(connection, side).be(after, confidence);
        inner.moved[side.index()] = None;
        let end = connection.end(side).name.clone();
        self.add(
            at,
            What::State(StateMoment { connection: Some((id, side)), end, change, because }),
        );
    }

    /// What passed since `from`, until the call returned: acknowledgements that its own socket
    /// sent meanwhile, and what has no cause yet, are the call's.
    fn claim(&mut self, call: CallId, socket: SocketId, from: Time) {
        for moment in self.moments_since(from) {
            let What::Segment(segment) = &mut moment.what else { continue };
            let own = segment.names[0].socket == Some(socket);
            let peers = segment.names[1].socket == Some(socket);
            let orphan = segment.cause.is_none() && (own || peers);
            if orphan || (own && segment.segment.is_pure_ack()) {
                segment.cause = Some(call);
            }
        }
    }
}

/// A connected socket's own address and its peer's.
fn between(socket: &SocketStory) -> Option<(SocketAddr, SocketAddr)> {
    let ip = |address: &Option<Address>| address.as_ref().and_then(Address::ip).map(on_the_wire);
    Some((ip(&socket.local)?, ip(&socket.peer)?))
}
