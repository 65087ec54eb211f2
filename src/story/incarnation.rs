//! A SYN with a new number between two addresses that are, or were, connected: a new incarnation
//! of the pair (rule K6; RFC 9293, sections 3.5.1 and 3.6.1).
//!
//! ```text
//!   end X                                   end Y
//!   ESTABLISHED                             ESTABLISHED
//!   (starts anew, remembers nothing)
//!   SYN-SENT ─── SYN  seq=400 ───────────▶  ESTABLISHED   keeps its state
//!   SYN-SENT ◀── ACK  seq=300 ack=100 ────  ESTABLISHED   of the old connection
//!   SYN-SENT ─── RST  seq=100 ───────────▶  CLOSED        now the pair is free
//!   SYN-SENT ─── SYN  seq=400 ───────────▶  SYN-RECEIVED
//! ```
//!
//! If X goes on in its old sequence space instead, the SYN was forged.

use super::cause::Flight;
use super::connections::Connections;
use super::machine::Machine;
use super::names::Owner;
use super::tracker::{Place, Scale};
use super::{Change, Confidence, ConnectionId, Contradiction, Side, Step, Termination};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::tcp::{Space, Spoken, State};

/// The connection that a new incarnation followed, while one end of that is still about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Predecessor {
    /// Which.
    pub id: ConnectionId,
    /// The end of it that started anew; in the new connection that is `A`.
    pub anew: Side,
    /// The state that this end was in.
    pub was: Option<State>,
    /// Whether the other end is still in its old state, and plays `B` of the new connection.
    pub lives: bool,
}

/// What the other end of the new connection starts from.
pub(super) enum Other {
    /// It is free: whatever listens there answers.
    Free,
    /// It still has its old state.
    Keeps(Box<Kept>),
}

/// What an end that keeps its state takes along into the new connection, where it is `B`.
pub(super) struct Kept {
    pub machine: Machine,
    pub scales: [Scale; 2],
    pub owner: Owner,
    pub flight: Flight,
    /// The old initial sequence numbers, of `A` and of itself.
    pub former_isn: [Option<SeqNumber>; 2],
}

/// Whether a SYN from that end starts a new incarnation, rather than being the connection's own.
pub(super) fn starts_anew(sender: &Space, receiver: &Space, segment: &Segment, over: bool) -> bool {
    let opens = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
    if !opens {
        return false;
    }
    match sender.iss {
        Some(iss) => iss != segment.seq,
        // The answer to it passed before it: captured out of order.
        None if receiver.expects() == Some(segment.seq.advance(1)) => false,
        // The other has only sent its SYN: a simultaneous open.
        None => over || sender.spoken != Spoken::Nothing || receiver.spoken != Spoken::Syn,
    }
}

impl Connections {
    /// A SYN starts a new incarnation: the old connection's sender of it is gone. Says what the
    /// new connection has to know of the old. What it does to the other end is for its arrival to
    /// say: until then that keeps its state.
    pub fn supersede(
        &mut self,
        id: ConnectionId,
        anew: Side,
        segment: &Segment,
        place: Place,
        arrives: bool,
    ) -> (Option<Predecessor>, Other) {
        let Some((connection, inner)) = self.parts(id) else { return (None, Other::Free) };
        inner.reuse = None;
        let was = connection.end(anew).state;
        if holds(was) {
            let rfc = if was == Some(State::TimeWait) { "3.6.1" } else { "3.5.1" };
            let state = Some(State::Closed);
            let twin = connection.self_connected.then_some(anew.other());
            for side in [Some(anew), twin].into_iter().flatten() {
                connection.ends[side.index()].step(step(was, state, Some(rfc), None, place));
            }
            inner.tracker.machine_mut(connection, anew).state = state;
        }
        if connection.self_connected {
            return (None, Other::Free);
        }
        let stays = anew.other();
        let kept = connection.end(stays).state;
        let space = &inner.tracker.machine(connection, stays).space;
        let reopens = arrives && kept == Some(State::TimeWait) && reopens(space, segment);
        let lives = holds(kept) && !reopens;
        if reopens {
            let state = Some(State::Closed);
            connection.ends[stays.index()].step(step(kept, state, Some("3.6.1"), None, place));
            inner.tracker.machine_mut(connection, stays).state = state;
        }
        let predecessor = (lives || holds(was)).then_some(Predecessor { id, anew, was, lives });
        if !lives {
            return (predecessor, Other::Free);
        }
        let order = [anew.index(), stays.index()];
        let scales = inner.tracker.scales();
        let kept = Kept {
            machine: inner.tracker.machine(connection, stays).clone(),
            scales: order.map(|at| scales[at]),
            owner: inner.owners[stays.index()].clone(),
            flight: std::mem::take(&mut inner.flights[stays.index()]),
            former_isn: order.map(|at| connection.ends[at].isn),
        };
        (predecessor, Other::Keeps(Box::new(kept)))
    }

    /// The end that kept its state answers the new SYN after all: its old connection is gone.
    pub fn answers_anew(&mut self, id: ConnectionId, segment: &Segment, place: Place) {
        let Some(predecessor) = self.predecessor(id) else { return };
        let answer = segment.flags.has(Flags::SYN.with(Flags::ACK));
        let iss = self
            .parts(id)
            .and_then(|(connection, inner)| inner.tracker.machine(connection, Side::A).space.iss);
        if !answer || iss.map(|iss| iss.advance(1)) != Some(segment.ack) {
            return;
        }
        if predecessor.lives {
            self.close_old(predecessor, place);
            if let Some((connection, inner)) = self.parts(id) {
                connection.ends[Side::B.index()].state = None;
                *inner.tracker.machine_mut(connection, Side::B) = Machine::new(None);
            }
        }
        self.forget_predecessor(id);
    }

    /// After a segment of the new connection: what the end that kept its state did belongs to the
    /// old one too. Once it is closed the pair is free. `resets` is who sent an RST just now.
    pub fn follow_old_end(&mut self, id: ConnectionId, resets: Option<Side>) {
        let Some(predecessor) = self.predecessor(id) else { return };
        if !predecessor.lives {
            return;
        }
        let Some((connection, inner)) = self.parts(id) else { return };
        let end = &mut connection.ends[Side::B.index()];
        let steps = std::mem::take(&mut end.path);
        let free = !holds(end.state);
        if free {
            let state = end.state;
            *inner.tracker.machine_mut(connection, Side::B) = Machine::new(state);
        }
        if let Some((old, _)) = self.parts(predecessor.id) {
            for step in steps {
                old.ends[predecessor.anew.other().index()].step(step);
            }
            if free && old.termination == Termination::Open {
                old.termination = match resets {
                    Some(Side::A) => Termination::Reset(predecessor.anew),
                    Some(Side::B) => Termination::Reset(predecessor.anew.other()),
                    None => Termination::Open,
                };
            }
        }
        if free {
            self.forget_predecessor(id);
        }
    }

    /// The end that seemed to start anew goes on in its old sequence space: the SYN was forged,
    /// and the old connection is the one that lives: says which that is, and what is taken back of
    /// which end of it.
    pub fn restore(
        &mut self,
        id: ConnectionId,
        place: Place,
    ) -> Option<(ConnectionId, (Side, Change))> {
        let predecessor = self.predecessor(id)?;
        self.forget_predecessor(id);
        let forged = Some(Contradiction::NewIncarnation);
        let (connection, inner) = self.parts(id)?;
        let seemed = connection.end(Side::A).state;
        connection.ends[Side::A.index()].step(step(seemed, None, None, forged, place));
        *inner.tracker.machine_mut(connection, Side::A) = Machine::new(None);
        let kept = inner.tracker.machine(connection, Side::B).clone();
        let flight = std::mem::take(&mut inner.flights[Side::B.index()]);
        let heard = connection.end(Side::B).clone();
        if predecessor.lives {
            connection.ends[Side::B.index()].state = None;
            *inner.tracker.machine_mut(connection, Side::B) = Machine::new(None);
        }
        let (old, inner) = self.parts(predecessor.id)?;
        let anew = predecessor.anew;
        inner.history.resume();
        if predecessor.lives {
            *inner.tracker.machine_mut(old, anew.other()) = kept;
            inner.flights[anew.other().index()] = flight;
            old.ends[anew.other().index()].bytes += heard.bytes;
        }
        let back = step(old.end(anew).state, predecessor.was, None, forged, place);
        old.ends[anew.index()].step(back);
        inner.tracker.machine_mut(old, anew).state = predecessor.was;
        self.bring_back(predecessor.id);
        Some((predecessor.id, (anew, back.change)))
    }

    /// Whether a segment of `A`'s goes on where the old connection was, not where the new one is.
    pub fn goes_on_as_before(&mut self, id: ConnectionId, segment: &Segment) -> bool {
        let Some(predecessor) = self.predecessor(id) else { return false };
        if segment.flags.has_any(Flags::SYN.with(Flags::RST)) {
            return false;
        }
        let Some((connection, inner)) = self.parts(id) else { return false };
        let new = inner.tracker.machine(connection, Side::A).space.next();
        let Some((old, inner)) = self.parts(predecessor.id) else { return false };
        let old = inner.tracker.machine(old, predecessor.anew).space.next();
        let away = |from: Option<SeqNumber>| {
            from.map_or(u32::MAX, |from| segment.seq.distance_from(from).unsigned_abs())
        };
        away(old) < away(new)
    }

    fn close_old(&mut self, predecessor: Predecessor, place: Place) {
        let Some((old, inner)) = self.parts(predecessor.id) else { return };
        let stays = predecessor.anew.other();
        let was = old.end(stays).state;
        let state = Some(State::Closed);
        old.ends[stays.index()].step(step(was, state, Some("3.5.1"), None, place));
        inner.tracker.machine_mut(old, stays).state = state;
    }

    fn predecessor(&mut self, id: ConnectionId) -> Option<Predecessor> {
        self.parts(id).and_then(|(_, inner)| inner.predecessor)
    }

    fn forget_predecessor(&mut self, id: ConnectionId) {
        if let Some((_, inner)) = self.parts(id) {
            inner.predecessor = None;
            inner.former_isn = [None; 2];
        }
    }
}

/// Whether an end in that state holds the pair of addresses.
fn holds(state: Option<State>) -> bool {
    !matches!(state, None | Some(State::Closed | State::Listen))
}

/// Whether an end in TIME-WAIT takes this SYN for a new connection: its number, or its timestamp,
/// is beyond what was used (RFC 6191; `tcp_timewait_state_process`).
fn reopens(space: &Space, segment: &Segment) -> bool {
    let beyond = space.expects().is_none_or(|expects| segment.seq.is_after(expects));
    let later = match (segment.options.timestamps(), space.peer_timestamp) {
        (Some((value, _)), Some(last)) => SeqNumber(value).is_after(SeqNumber(last)),
        _ => false,
    };
    beyond || later
}

fn step(
    before: Option<State>,
    after: Option<State>,
    rfc: Option<&'static str>,
    undoes: Option<Contradiction>,
    place: Place,
) -> Step {
    let change = Change { before, after, confidence: Confidence::Inferred, rfc };
    Step { change, frame: Some(place.frame), time: place.time, undoes }
}
