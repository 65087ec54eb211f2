//! The learner's sockets, and whose an address is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::{ConnectionId, EndName, Side};
use crate::tcp::State;
use crate::trace::{Address, SocketId, SocketKind};

/// A socket of the learner's, as far as calls have told.
#[derive(Debug, Clone)]
pub struct SocketStory {
    /// Which.
    pub id: SocketId,
    /// The learner's name for it.
    pub name: Arc<str>,
    /// What it is.
    pub kind: SocketKind,
    /// Its file descriptor; of no meaning once closed.
    pub fd: i32,
    /// The listener that it was accepted from.
    pub accepted_from: Option<SocketId>,
    /// Where it is bound.
    pub local: Option<Address>,
    /// Where it is connected to.
    pub peer: Option<Address>,
    /// The backlog of `listen()`, if it listens.
    pub backlog: Option<i32>,
    /// Whether `close()` has been called.
    pub closed: bool,
    /// The connection it is an end of, and which end.
    pub connection: Option<(ConnectionId, Side)>,
}

/// Most sockets that are kept; closed ones go first.
const SOCKETS: usize = 20_000;

/// Whose an end is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Owner {
    /// The socket at this end.
    pub socket: Option<SocketId>,
    /// The listener that answers for it, or that it was accepted from.
    pub listener: Option<SocketId>,
}

impl Owner {
    fn of(socket: &SocketStory) -> Owner {
        Owner { socket: Some(socket.id), listener: socket.accepted_from }
    }

    /// Whether calls on that socket are about this end.
    pub fn is(&self, socket: SocketId) -> bool {
        self.socket == Some(socket) || self.listener == Some(socket)
    }
}

/// The two transports that have ports: each has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Transport {
    Tcp,
    Udp,
}

/// All sockets, and the ways to find one by address.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    all: BTreeMap<SocketId, SocketStory>,
    named: HashMap<Arc<str>, SocketId>,
    /// Open sockets without a peer, by the port that they are bound to.
    bound: HashMap<(Transport, u16), Vec<SocketId>>,
    /// The latest socket with that local address and that peer.
    pairs: HashMap<(Transport, SocketAddr, SocketAddr), SocketId>,
    /// Addresses of sockets that aren't known yet: accept()'s return comes after them.
    early: HashMap<SocketId, (Option<Address>, Option<Address>)>,
    v6only: HashSet<SocketId>,
}

impl Sockets {
    pub fn all(&self) -> impl Iterator<Item = &SocketStory> {
        self.all.values()
    }

    pub fn get(&self, id: SocketId) -> Option<&SocketStory> {
        self.all.get(&id)
    }

    pub fn get_mut(&mut self, id: SocketId) -> Option<&mut SocketStory> {
        self.all.get_mut(&id)
    }

    /// The latest of that name.
    pub fn named(&self, name: &str) -> Option<&SocketStory> {
        self.named.get(name).and_then(|id| self.all.get(id))
    }

    /// A new socket. Says which one went to make room for it.
    pub fn open(&mut self, mut socket: SocketStory) -> Option<SocketId> {
        let id = socket.id;
        let (local, peer) = self.early.remove(&id).unwrap_or_default();
        socket.local = socket.local.or(local);
        socket.peer = socket.peer.or(peer);
        self.named.insert(Arc::clone(&socket.name), id);
        self.forget_addresses(id);
        self.all.insert(id, socket);
        self.note_addresses(id);
        if self.all.len() <= SOCKETS {
            return None;
        }
        let oldest = self.all.values().find(|s| s.closed).or(self.all.values().next())?.id;
        self.forget(oldest);
        Some(oldest)
    }

    /// What `getsockname` and `getpeername` say of it.
    pub fn address(&mut self, id: SocketId, local: Option<Address>, peer: Option<Address>) {
        if !self.all.contains_key(&id) {
            if self.early.len() >= SOCKETS {
                self.early.clear();
            }
            self.early.insert(id, (local, peer));
            return;
        }
        self.forget_addresses(id);
        if let Some(socket) = self.all.get_mut(&id) {
            socket.local = local;
            socket.peer = peer;
        }
        self.note_addresses(id);
    }

    /// It no longer holds its port, but keeps its name where it was.
    pub fn close(&mut self, id: SocketId) {
        self.unbind(id);
        if let Some(socket) = self.all.get_mut(&id) {
            socket.closed = true;
            socket.backlog = None;
        }
    }

    /// `setsockopt(IPV6_V6ONLY)`.
    pub fn set_v6only(&mut self, id: SocketId, on: bool) {
        if on {
            self.v6only.insert(id);
        } else {
            self.v6only.remove(&id);
        }
    }

    /// Who sends from `local` to `peer`, and the state of that socket before it has said anything.
    pub fn sender(
        &self,
        transport: Transport,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> (Owner, Option<State>) {
        let paired = self.pairs.get(&(transport, local, peer)).and_then(|id| self.all.get(id));
        if let Some(socket) = paired.filter(|socket| !socket.closed) {
            return (Owner::of(socket), Some(State::Closed));
        }
        match (self.at(transport, local), paired) {
            ((_, None), Some(closed)) => (Owner::of(closed), Some(State::Closed)),
            ((owner, None), None) => match self.elsewhere(transport, local) {
                Some(socket) => (Owner::of(socket), Some(State::Closed)),
                None => (owner, None),
            },
            (found, _) => found,
        }
    }

    /// The UDP socket at that address that is connected to another than it now sends to: `sendto`
    /// may (udp(7)).
    fn elsewhere(&self, transport: Transport, local: SocketAddr) -> Option<&SocketStory> {
        let at = Some((transport, local));
        let is_udp = transport == Transport::Udp;
        self.all.values().rev().find(|s| is_udp && !s.closed && place(s) == at)
    }

    /// Whom a segment or datagram from `peer` to `local` reaches, and its state before.
    pub fn receiver(
        &self,
        transport: Transport,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> (Owner, Option<State>) {
        let paired = self.pairs.get(&(transport, local, peer)).and_then(|id| self.all.get(id));
        let fresh = paired.filter(|s| match transport {
            Transport::Tcp => !s.closed && s.connection.is_none(),
            Transport::Udp => !s.closed,
        });
        if let Some(socket) = fresh {
            return (Owner::of(socket), Some(State::Closed));
        }
        self.at(transport, local)
    }

    /// Whose the address is when no socket is connected there: a listener's, or a bound socket's.
    fn at(&self, transport: Transport, local: SocketAddr) -> (Owner, Option<State>) {
        let bound = self.bound.get(&(transport, local.port()));
        let ids = bound.map(Vec::as_slice).unwrap_or_default();
        let candidates = || ids.iter().filter_map(|id| self.all.get(id));
        let reaches = |socket: &&SocketStory| self.reaches(socket, local);
        let exact = |socket: &&SocketStory| ip(socket.local.as_ref()) == Some(local);
        let listens = |socket: &&SocketStory| socket.backlog.is_some();
        let listener = candidates()
            .filter(listens)
            .find(exact)
            .or_else(|| candidates().filter(listens).find(reaches));
        if let Some(listener) = listener {
            let owner = Owner { socket: None, listener: Some(listener.id) };
            return (owner, Some(State::Listen));
        }
        let holder = candidates().find(exact).or_else(|| candidates().find(reaches));
        match holder {
            Some(socket) => (Owner::of(socket), Some(State::Closed)),
            None => (Owner::default(), None),
        }
    }

    /// Whether what comes to `local` reaches a socket bound where this one is. A wildcard of IPv6
    /// takes IPv4 too, unless `IPV6_V6ONLY` is set (ipv6(7)).
    fn reaches(&self, socket: &SocketStory, local: SocketAddr) -> bool {
        let Some(at) = ip(socket.local.as_ref()) else { return false };
        at == local
            || (at.port() == local.port()
                && match at.ip() {
                    IpAddr::V4(any) => any.is_unspecified() && local.is_ipv4(),
                    IpAddr::V6(any) => {
                        any.is_unspecified()
                            && (local.is_ipv6() || !self.v6only.contains(&socket.id))
                    }
                })
    }

    /// What the learner calls an end of that owner.
    pub fn end_name(&self, owner: &Owner) -> EndName {
        let name = |id: Option<SocketId>| {
            id.and_then(|id| self.all.get(&id)).map(|socket| Arc::clone(&socket.name))
        };
        let listener = name(owner.listener);
        match owner.socket {
            Some(_) => EndName { socket: owner.socket, name: name(owner.socket), listener },
            None => EndName { socket: None, name: listener, listener: None },
        }
    }

    fn note_addresses(&mut self, id: SocketId) {
        let Some(socket) = self.all.get(&id) else { return };
        let Some((transport, local)) = place(socket) else { return };
        let peer = ip(socket.peer.as_ref());
        if !socket.closed && peer.is_none() {
            self.bound.entry((transport, local.port())).or_default().push(id);
        }
        if let Some(peer) = peer {
            self.pairs.insert((transport, local, peer), id);
        }
    }

    fn forget_addresses(&mut self, id: SocketId) {
        self.unbind(id);
        let Some(socket) = self.all.get(&id) else { return };
        if let (Some((transport, local)), Some(peer)) = (place(socket), ip(socket.peer.as_ref())) {
            let pair = (transport, local, peer);
            if self.pairs.get(&pair) == Some(&id) {
                self.pairs.remove(&pair);
            }
        }
    }

    fn unbind(&mut self, id: SocketId) {
        let Some((transport, local)) = self.all.get(&id).and_then(place) else { return };
        let key = (transport, local.port());
        if let Some(ids) = self.bound.get_mut(&key) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.bound.remove(&key);
            }
        }
    }

    fn forget(&mut self, id: SocketId) {
        self.forget_addresses(id);
        self.v6only.remove(&id);
        if let Some(socket) = self.all.remove(&id)
            && self.named.get(&socket.name) == Some(&id)
        {
            self.named.remove(&socket.name);
        }
    }
}

fn place(socket: &SocketStory) -> Option<(Transport, SocketAddr)> {
    let transport = match socket.kind {
        SocketKind::Tcp | SocketKind::Tcp6 => Transport::Tcp,
        SocketKind::Udp | SocketKind::Udp6 => Transport::Udp,
        SocketKind::Unix | SocketKind::UnixDgram => return None,
    };
    ip(socket.local.as_ref()).map(|local| (transport, local))
}

fn ip(address: Option<&Address>) -> Option<SocketAddr> {
    address.and_then(Address::ip).map(on_the_wire)
}

/// An address as packets carry it: an IPv4 address in IPv6's clothes (`::ffff:127.0.0.1`) is
/// IPv4's.
pub(super) fn on_the_wire(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
