//! The fold itself.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use super::{Connection, ConnectionId, Moment};
use crate::trace::{Address, CallId, Event, SocketId, SocketKind, Time};

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
    pub connection: Option<(ConnectionId, super::Side)>,
}

/// The fold: events in, [moments](Moment) out.
#[derive(Debug, Default)]
pub struct Story {
    waiting: Vec<Event>,
    moments: VecDeque<Moment>,
    first_moment: u64,
    connections: Vec<Connection>,
    sockets: HashMap<SocketId, SocketStory>,
}

impl Story {
    /// Takes an event in order of arrival. It is told by the next [`Story::settle`] that reaches
    /// its time.
    pub fn push(&mut self, event: &Event) {
        self.waiting.push(event.clone());
    }

    /// Tells every event up to `until`, in order of time: the caller knows that none before is
    /// still on its way.
    pub fn settle(&mut self, until: Time) {
        let _ = until;
    }

    /// The number of the next moment: what [`Story::since`] takes to ask for what comes after now.
    pub fn cursor(&self) -> u64 {
        self.first_moment + self.moments.len() as u64
    }

    /// The moments from that cursor on, that are still kept.
    pub fn since(&self, cursor: u64) -> impl DoubleEndedIterator<Item = &Moment> + Clone {
        self.moments.iter().skip(cursor.saturating_sub(self.first_moment) as usize)
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
        &self.connections
    }

    /// That connection.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.iter().find(|c| c.id == id)
    }

    /// The latest connection between those two addresses, whoever opened it.
    pub fn connection_between(&self, one: SocketAddr, other: SocketAddr) -> Option<&Connection> {
        self.connections.iter().rev().find(|c| {
            let ends = (c.ends[0].address, c.ends[1].address);
            ends == (one, other) || ends == (other, one)
        })
    }

    /// The learner's sockets, closed ones too, in the order in which they were opened.
    pub fn sockets(&self) -> Vec<&SocketStory> {
        let mut all: Vec<_> = self.sockets.values().collect();
        all.sort_by_key(|s| s.id);
        all
    }

    /// That socket.
    pub fn socket(&self, id: SocketId) -> Option<&SocketStory> {
        self.sockets.get(&id)
    }

    /// The latest socket of that name, open or closed.
    pub fn socket_named(&self, name: &str) -> Option<&SocketStory> {
        self.sockets.values().filter(|s| &*s.name == name).max_by_key(|s| s.id)
    }

    /// The call that caused the segments at that time, for those who ask about a frame by hand.
    pub fn cause_of(&self, frame: crate::trace::FrameNumber) -> Option<CallId> {
        self.moments.iter().rev().find_map(|m| match &m.what {
            super::What::Segment(s) if s.frame == frame => s.cause,
            super::What::Datagram(d) if d.frame == frame => d.cause,
            super::What::Icmp(i) if i.frame == frame => i.cause,
            _ => None,
        })
    }
}
