//! The fence: how to know, without sleeping, that every segment a call caused has been captured,
//! and what the kernel then says of both ends.
//!
//! A marker on loopback comes back behind everything that was sent before it. Then, for a short
//! while, three things must become true: each open socket's count of segments sent
//! (`tcpi_segs_out`) has been captured; what each end sent is acknowledged; a close has sent its
//! FIN or RST. What doesn't become true in that while is a delayed acknowledgement or a lost
//! segment, and is told when it comes.

use std::collections::BTreeSet;
use std::os::fd::AsFd;
use std::time::Duration;

use super::{Capturing, Lab};
use crate::kernel::tcp_info;
use crate::story::{Connection, ConnectionId, Side, Story, Termination, What};
use crate::tcp::State;
use crate::trace::{Fact, KernelEnd, SocketId, clock};
use crate::wire::Wire;

impl Lab {
    /// About how many connections the kernel is asked at most, each for some microseconds.
    pub(super) const MOST_ASKED: usize = 512;
    /// Longer than a delayed acknowledgement takes on Linux (40 ms).
    pub(super) const DELAYED_ACK: Duration = Duration::from_millis(60);
    /// Longer than the capture thread is ever kept from running.
    const MARKER: Duration = Duration::from_secs(1);

    /// Waits until everything that was sent up to now is in the story.
    pub(super) fn fence(&mut self) {
        if self.is_recorded() {
            return;
        }
        self.retry_pending();
        let deadline = clock::now().after(Self::MARKER);
        while self.capturing == Capturing::Yes {
            let Some(Ok(number)) = self.marker.as_mut().map(super::Marker::send) else { break };
            let decided = self.wire.as_ref().map(Wire::decided);
            while self.last_marker < number && self.absorb_until(deadline) {}
            // What the wire lets go brings about more, which the marker hasn't seen.
            let quiet = !self.fence_wire() && self.wire.as_ref().map(Wire::decided) == decided;
            if quiet || clock::now() >= deadline {
                break;
            }
            self.retry_pending();
        }
        self.story.settle(clock::now());
    }

    /// Waits until nothing that the last call caused is missing, or only what takes longer than
    /// `patience`. Gives the connections that have had a segment since `cursor`, and that of the
    /// call's socket.
    pub(super) fn complete(
        &mut self,
        cursor: u64,
        call: Option<SocketId>,
        patience: Duration,
    ) -> BTreeSet<ConnectionId> {
        let mut touched = Touched { read: cursor, ..Touched::default() };
        self.fence();
        if self.capturing == Capturing::Yes && !self.is_recorded() {
            let deadline = clock::now().after(patience);
            while !self.wire_keeps_waiting()
                && !self.is_complete(&mut touched, call)
                && self.absorb_until(deadline)
            {
                if self.wire.is_some() {
                    self.fence();
                }
                self.story.settle(clock::now());
            }
            // What a job did meanwhile has segments too.
            self.fence();
        }
        touched.read_on(&self.story);
        touched.moved.extend(self.connection_of(call));
        touched.moved
    }

    fn is_complete(&self, touched: &mut Touched, call: Option<SocketId>) -> bool {
        touched.read_on(&self.story);
        let own = self.connection_of(call).filter(|own| !touched.moved.contains(own));
        touched.moved.iter().map(|id| (*id, true)).chain(own.map(|id| (id, false))).all(
            |(id, has_moved)| {
                self.story.connection(id).is_none_or(|connection| {
                    [Side::A, Side::B].into_iter().all(|side| {
                        self.has_all_sent(connection, side)
                            && (!has_moved || is_acknowledged(connection, side))
                            && self.has_closed(connection, side)
                    })
                })
            },
        )
    }

    fn connection_of(&self, call: Option<SocketId>) -> Option<ConnectionId> {
        self.story.socket(call?)?.connection.map(|(id, _)| id)
    }

    /// Whether as many of the end's segments were captured as its kernel socket has sent. An
    /// accepted socket doesn't count its SYN-ACK.
    fn has_all_sent(&self, connection: &Connection, side: Side) -> bool {
        let end = connection.end(side);
        let Some(socket) = end.name.socket else { return true };
        let Some(socket) = self.sockets.get(socket) else { return true };
        let Ok(info) = tcp_info(socket.as_fd()) else { return true };
        let uncounted = u64::from(socket.accepted());
        connection.self_connected || end.segments >= u64::from(info.segs_out) + uncounted
    }

    /// Whether a socket that was closed has said so on the wire.
    fn has_closed(&self, connection: &Connection, side: Side) -> bool {
        let end = connection.end(side);
        let is_closed = end
            .name
            .socket
            .and_then(|socket| self.story.socket(socket))
            .is_some_and(|socket| socket.closed);
        let was_open = !matches!(end.state, None | Some(State::SynSent | State::Closed));
        !is_closed || was_reset(connection) || !was_open || end.fin_sent
    }

    /// Asks the kernel about both ends of each. Should its word differ, a segment may just have
    /// passed: then once more, behind another fence.
    pub(super) fn ask_kernel(&mut self, connections: &BTreeSet<ConnectionId>) {
        const TRIES: usize = 3;
        if self.is_recorded() {
            return;
        }
        for attempt in 1..=TRIES {
            let before = self.trace.frames();
            let words = self.kernel_words(connections);
            self.fence();
            let still = self.trace.frames() == before;
            if still || attempt == TRIES {
                let now = clock::now();
                for word in words {
                    self.note(now, Fact::KernelState(word));
                }
                self.story.settle(now);
                return;
            }
        }
    }

    pub(super) fn kernel_words(&mut self, connections: &BTreeSet<ConnectionId>) -> Vec<KernelEnd> {
        let Some(kernel) = &mut self.kernel else { return Vec::new() };
        let mut words = Vec::new();
        let newest_first = connections.iter().rev().take(Self::MOST_ASKED);
        for connection in newest_first.filter_map(|id| self.story.connection(*id)) {
            let newest = self
                .story
                .connection_between(connection.ends[0].address, connection.ends[1].address);
            if newest.is_none_or(|newest| newest.id != connection.id) {
                continue;
            }
            for side in [Side::A, Side::B] {
                let (end, peer) = (connection.end(side), connection.end(side.other()).address);
                let is_here = end.address.ip().is_loopback() || end.name.name.is_some();
                if !is_here {
                    continue;
                }
                if let Ok(report) = kernel.end(end.address, peer) {
                    let nobody = KernelEnd {
                        local: end.address,
                        peer: Some(peer),
                        state: None,
                        expires_ms: None,
                    };
                    words.push(report.map_or(nobody, |report| report.fact()));
                }
            }
        }
        words
    }
}

/// The connections that segments since a cursor belong to, sent or arrived, read on as segments
/// come.
#[derive(Default)]
struct Touched {
    read: u64,
    moved: BTreeSet<ConnectionId>,
}

impl Touched {
    fn read_on(&mut self, story: &Story) {
        for moment in story.since(self.read) {
            match &moment.what {
                What::Segment(segment) => self.moved.insert(segment.connection),
                // What arrives brings about an answer, which may be delayed.
                What::Wire(wire) => wire.connection.is_some_and(|(id, _)| self.moved.insert(id)),
                _ => continue,
            };
        }
        self.read = story.cursor();
    }
}

/// Whether the other end has acknowledged all that this one has sent, or never will.
fn is_acknowledged(connection: &Connection, side: Side) -> bool {
    let (end, peer) = (connection.end(side), connection.end(side.other()));
    was_reset(connection)
        || match (end.next_seq, peer.last_ack) {
            (Some(next), Some(acknowledged)) => acknowledged.is_at_or_after(next),
            // A SYN that nobody answers: it will be sent again in a second.
            (Some(_), None) | (None, _) => true,
        }
}

/// Whether it ended by RST: then nothing more is owed.
fn was_reset(connection: &Connection) -> bool {
    match connection.termination {
        Termination::Reset(_) | Termination::Refused => true,
        Termination::Open | Termination::Orderly(_) => false,
    }
}
