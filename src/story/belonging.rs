//! Which connection a segment belongs to, and which end of it sent it.

use super::connections::Inner;
use super::incarnation::{Other, starts_anew};
use super::machine::Machine;
use super::names::Transport;
use super::segments::Correction;
use super::story::{At, Story};
use super::tracker::{Halves, Place, Tracker};
use super::{Confidence, Connection, ConnectionId, Contradiction, Later, Side, Unanswered};
use crate::packet::{Flags, Segment};
use crate::tcp::{Spoken, State};

/// Where a segment belongs.
#[derive(Debug)]
pub(super) struct Placed {
    pub id: ConnectionId,
    pub from: Side,
    /// What it took back.
    pub correction: Option<Correction>,
    /// What it shows of an earlier one.
    pub shows: Option<Later>,
}

impl Story {
    /// Which connection a segment belongs to, and which end of it sent it.
    pub(super) fn place(
        &mut self,
        at: At,
        place: Place,
        segment: &Segment,
        halves: Halves,
    ) -> Option<Placed> {
        let own = halves.sent;
        let (mut id, mut from) = match self.connections.find(segment.src, segment.dst) {
            Some(known) if !own => known,
            known => self.connection_of(place, segment, known),
        };
        let (mut correction, mut shows) = (None, None);
        if !own {
            // What its seeming sender hasn't sent says nothing of it.
        } else if from == Side::A {
            if self.connections.goes_on_as_before(id, segment)
                && let Some((old, taken_back)) = self.connections.restore(id, place)
            {
                self.give_back(id, old, taken_back.0);
                let forged = self.connections.reuse_of(id);
                shows = forged.map(|syn| self.decide(syn, Unanswered::WentOn(place.frame)));
                id = old;
                from = self.connections.side(id, segment.src)?;
                correction = Some(taken_back);
            }
        } else {
            self.connections.answers_anew(id, segment, place);
        }
        let to = from.other();
        if opens(segment) && halves.arrives {
            self.meet_listener(id, to);
        }
        let (connection, inner) = self.connections.parts(id)?;
        if own && inner.tracker.machine(connection, from).refuses_last_ack(segment) {
            self.not_received(at, id, from, (Confidence::Inferred, Contradiction::NoRoom));
        }
        Some(Placed { id, from, correction, shows })
    }

    /// The connection that a segment belongs to, and which end sent it; a new one if there is none
    /// yet, or if a SYN starts another one between the same addresses.
    fn connection_of(
        &mut self,
        place: Place,
        segment: &Segment,
        known: Option<(ConnectionId, Side)>,
    ) -> (ConnectionId, Side) {
        let Some((id, side)) = known else { return self.open(place, segment, None) };
        let anew = opens(segment)
            && self.connections.parts(id).is_some_and(|(connection, inner)| {
                let sender = &inner.tracker.machine(connection, side).space;
                let receiver = &inner.tracker.machine(connection, side.other()).space;
                starts_anew(sender, receiver, segment, connection.is_over())
            });
        if anew { self.open(place, segment, Some((id, side))) } else { (id, side) }
    }

    /// A new connection; `old` is the one between the same addresses that it follows, and which
    /// end of that starts anew.
    fn open(
        &mut self,
        place: Place,
        segment: &Segment,
        old: Option<(ConnectionId, Side)>,
    ) -> (ConnectionId, Side) {
        let (predecessor, other) = match old {
            Some((id, side)) => {
                let arrives = !self.in_flight.interposed();
                self.connections.supersede(id, side, segment, place, arrives)
            }
            None => (None, Other::Free),
        };
        let (src, dst) = (segment.src, segment.dst);
        let (sender, sender_state) = self.sockets.sender(Transport::Tcp, src, dst);
        let (receiver, receiver_state) = self.sockets.receiver(Transport::Tcp, dst, src);
        let known = |state: Option<State>| Machine::new(state.filter(|_| opens(segment)));
        let (kept, receiver) = match other {
            Other::Free => (None, receiver),
            Other::Keeps(kept) => {
                let owner = kept.owner.clone();
                (Some(kept), owner)
            }
        };
        let sender_machine = known(sender_state);
        let id = self.connections.next_id();
        let mut connection = Connection::new(id, [src, dst], place.time);
        connection.opener = opens(segment).then_some(Side::A);
        let inner = match kept {
            None => Inner::new(Tracker::new([sender_machine, known(receiver_state)])),
            Some(kept) => {
                connection.ends[Side::B.index()].isn = kept.former_isn[Side::B.index()];
                Inner::keeping(*kept, sender_machine)
            }
        };
        for side in [Side::A, Side::B] {
            let machine = inner.tracker.machine(&connection, side);
            let (state, confidence) = (machine.state, machine.confidence);
            let end = &mut connection.ends[side.index()];
            (end.state, end.confidence) = (state, confidence);
        }
        self.connections.add(connection, Inner { predecessor, ..inner });
        self.own(id, Side::B, receiver);
        self.own(id, Side::A, sender);
        (id, Side::A)
    }

    /// The sockets that seemed to be the forged connection's are the old one's again; `anew` is
    /// the end of it that seemed to start anew.
    fn give_back(&mut self, forged: ConnectionId, old: ConnectionId, anew: Side) {
        let owners = self.connections.parts(forged).map(|(_, inner)| inner.owners.clone());
        for (owner, side) in owners.into_iter().flatten().zip([anew, anew.other()]) {
            if owner.socket.is_some() {
                self.own(old, side, owner);
            }
        }
    }

    /// A SYN comes to an end that isn't connected: whatever listens there by now answers.
    pub(super) fn meet_listener(&mut self, id: ConnectionId, to: Side) {
        let Some((connection, inner)) = self.connections.parts(id) else { return };
        let machine = inner.tracker.machine(connection, to);
        let free = matches!(machine.state, None | Some(State::Closed))
            && machine.space.spoken <= Spoken::SynAck
            && !machine.space.active
            && !connection.self_connected;
        if !free {
            return;
        }
        let (local, peer) = (connection.end(to).address, connection.end(to.other()).address);
        let (owner, state) = self.sockets.receiver(Transport::Tcp, local, peer);
        if state != Some(State::Listen) {
            return;
        }
        if let Some((connection, inner)) = self.connections.parts(id) {
            *inner.tracker.machine_mut(connection, to) = Machine::new(state);
            connection.ends[to.index()].state = state;
        }
        self.own(id, to, owner);
    }
}

pub(super) fn opens(segment: &Segment) -> bool {
    segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK)
}
