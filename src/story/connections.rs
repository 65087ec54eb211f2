//! Every connection that is kept, and which one a segment belongs to.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use foldhash::fast::RandomState;

use super::cause::Flight;
use super::history::History;
use super::incarnation::{Kept, Predecessor};
use super::machine::Machine;
use super::names::Owner;
use super::reuse::Reuse;
use super::tracker::Tracker;
use super::{Connection, ConnectionId, Side};
use crate::packet::SeqNumber;
use crate::tcp::analysis::Streams;
use crate::trace::Time;

/// Most connections that are kept. When there are more, the oldest that are over go, then the
/// oldest.
const MOST: usize = 8192;

/// How many go at a time: many, for all that stay are moved.
const BATCH: usize = MOST / 2;

/// The connections in order of first sight, with what only the fold needs to know of them.
#[derive(Debug, Default)]
pub(super) struct Connections {
    list: Vec<Connection>,
    inner: Vec<Inner>,
    newest: HashMap<Pair, Newest, RandomState>,
    count: u32,
    /// Where the one stands that was asked for last: it is asked for again.
    latest: Cell<usize>,
    /// What Wireshark would make of them.
    pub streams: Streams,
    /// Those that had to go, if anybody asks for them.
    pub gone: Option<Vec<Connection>>,
}

/// What the fold keeps of a connection beyond what it shows.
#[derive(Debug)]
pub(super) struct Inner {
    pub tracker: Tracker,
    /// Whose its ends are.
    pub owners: [Owner; 2],
    /// What each end has sent and why.
    pub flights: [Flight; 2],
    /// What its latest segments were.
    pub history: History,
    /// What this one followed, while that isn't over.
    pub predecessor: Option<Predecessor>,
    /// The SYN that began it, while that may be of no new connection.
    pub reuse: Option<Reuse>,
    /// The initial sequence numbers of what this one followed: an end that keeps its state goes
    /// on counting from there.
    pub former_isn: [Option<SeqNumber>; 2],
    /// Who sent the first FIN.
    pub closed_first: Option<Side>,
    /// The number of its latest segment's moment.
    pub last_moment: Option<u64>,
    /// The numbers of the moments that brought its ends to their states.
    pub moved: [Option<u64>; 2],
}

impl Inner {
    pub fn new(tracker: Tracker) -> Inner {
        Inner {
            tracker,
            owners: Default::default(),
            flights: Default::default(),
            history: History::default(),
            predecessor: None,
            reuse: None,
            former_isn: [None; 2],
            closed_first: None,
            last_moment: None,
            moved: [None; 2],
        }
    }

    /// One whose `B` plays on from an older connection.
    pub fn keeping(kept: Kept, sender: Machine) -> Inner {
        Inner {
            flights: [Flight::default(), kept.flight],
            former_isn: kept.former_isn,
            ..Inner::new(Tracker::keeping([sender, kept.machine], kept.scales))
        }
    }
}

/// The newest connection between two addresses.
#[derive(Debug, Clone, Copy)]
struct Newest {
    id: ConnectionId,
    /// Where it stands.
    at: usize,
    /// Whether its `A` is the lower of the two.
    a_is_lower: bool,
}

/// Two addresses, whichever way round: as numbers, which are quickly looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    addresses: [u128; 2],
    /// Both ports, and which address is of which version.
    rest: u64,
}

impl Hash for Pair {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [low, high] = self.addresses;
        state.write_u128(low);
        state.write_u128(high);
        state.write_u64(self.rest);
    }
}

/// The pair, and whether the first is the lower of the two.
fn pair(one: SocketAddr, other: SocketAddr) -> (Pair, bool) {
    let (one, other) = (numbers(one), numbers(other));
    let is_lower = one <= other;
    let [(low, l), (high, h)] = if is_lower { [one, other] } else { [other, one] };
    (Pair { addresses: [low, high], rest: u64::from(l) << 32 | u64::from(h) }, is_lower)
}

/// An address, then its port and whether it is IPv6.
fn numbers(address: SocketAddr) -> (u128, u32) {
    let port = u32::from(address.port());
    match address.ip() {
        IpAddr::V4(v4) => (u32::from(v4).into(), port),
        IpAddr::V6(v6) => (v6.into(), port | 1 << 16),
    }
}

impl Connections {
    pub fn list(&self) -> &[Connection] {
        &self.list
    }

    pub fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.at(id).map(|at| &self.list[at])
    }

    /// A connection and what is kept with it.
    pub fn parts(&mut self, id: ConnectionId) -> Option<(&mut Connection, &mut Inner)> {
        self.at(id).map(|at| (&mut self.list[at], &mut self.inner[at]))
    }

    /// The newest between two addresses.
    pub fn newest(&self, one: SocketAddr, other: SocketAddr) -> Option<ConnectionId> {
        self.newest.get(&pair(one, other).0).map(|newest| newest.id)
    }

    /// The newest between two addresses, and which end of it has the first.
    pub fn find(&self, src: SocketAddr, dst: SocketAddr) -> Option<(ConnectionId, Side)> {
        let (pair, src_is_lower) = pair(src, dst);
        let newest = self.newest.get(&pair)?;
        self.latest.set(newest.at);
        Some((newest.id, if src_is_lower == newest.a_is_lower { Side::A } else { Side::B }))
    }

    /// Which end of it has that address.
    pub fn side(&self, id: ConnectionId, address: SocketAddr) -> Option<Side> {
        let ends = &self.get(id)?.ends;
        [Side::A, Side::B].into_iter().find(|side| ends[side.index()].address == address)
    }

    /// The id of the next.
    pub fn next_id(&self) -> ConnectionId {
        ConnectionId(self.count)
    }

    /// Adds the one with the [next id](Self::next_id).
    pub fn add(&mut self, connection: Connection, inner: Inner) {
        self.count += 1;
        let [a, b] = &connection.ends;
        let (pair, a_is_lower) = pair(a.address, b.address);
        self.newest.insert(pair, Newest { id: connection.id, at: self.list.len(), a_is_lower });
        self.list.push(connection);
        self.inner.push(inner);
        if self.list.len() > MOST {
            self.forget_some();
        }
    }

    /// Makes an older one the newest between its addresses again: what came after was forged.
    pub fn bring_back(&mut self, id: ConnectionId) {
        if let Some(at) = self.at(id) {
            let [a, b] = &self.list[at].ends;
            let (pair, a_is_lower) = pair(a.address, b.address);
            self.newest.insert(pair, Newest { id, at, a_is_lower });
        }
    }

    pub fn each(&mut self) -> impl Iterator<Item = (&mut Connection, &mut Inner)> {
        self.list.iter_mut().zip(&mut self.inner)
    }

    fn at(&self, id: ConnectionId) -> Option<usize> {
        let latest = self.latest.get();
        if self.list.get(latest).is_some_and(|connection| connection.id == id) {
            return Some(latest);
        }
        let at = self.list.binary_search_by_key(&id, |connection| connection.id).ok()?;
        self.latest.set(at);
        Some(at)
    }

    /// Lets go of those that are over, and whose last segment passed before that time.
    pub fn forget_over(&mut self, before: Time) {
        let goes = |c: &Connection| c.last < before && c.is_over();
        if self.list.iter().any(goes) {
            let keep: Vec<bool> = self.list.iter().map(|c| !goes(c)).collect();
            self.forget(&keep);
        }
    }

    fn forget_some(&mut self) {
        let over = self.list.iter().filter(|c| c.is_over()).count();
        let mut to_go = BATCH;
        let all = over < BATCH;
        let mut keep: Vec<bool> = Vec::with_capacity(self.list.len());
        for connection in &self.list {
            let goes = to_go > 0 && (all || connection.is_over());
            to_go -= usize::from(goes);
            keep.push(!goes);
        }
        self.forget(&keep);
    }

    fn forget(&mut self, keep: &[bool]) {
        let mut kept = keep.iter();
        self.inner.retain(|_| kept.next().copied().unwrap_or(true));
        let mut kept = keep.iter();
        let goes = |_: &mut Connection| !kept.next().copied().unwrap_or(true);
        for connection in self.list.extract_if(.., goes) {
            let [a, b] = &connection.ends;
            if let Entry::Occupied(newest) = self.newest.entry(pair(a.address, b.address).0)
                && newest.get().id == connection.id
            {
                newest.remove();
            }
            if let Some(gone) = &mut self.gone {
                gone.push(connection);
            }
        }
        for (at, connection) in self.list.iter().enumerate() {
            let [a, b] = &connection.ends;
            if let Some(newest) = self.newest.get_mut(&pair(a.address, b.address).0)
                && newest.id == connection.id
            {
                newest.at = at;
            }
        }
    }
}
