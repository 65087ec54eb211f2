//! TCP segments: what each does to its connection, and everything that is told of it.

use std::sync::Arc;

use super::belonging::{Placed, opens};
use super::cause::{Because, Passing};
use super::connections::Inner;
use super::role::Context;
use super::story::{At, Story};
use super::tracker::{Halves, Place, Told};
use super::wire::Aloft;
use super::{
    Change, Connection, ConnectionId, Deviation, Later, Roles, SegmentMoment, Side, SideStates,
    Termination, Unanswered, What,
};
use crate::packet::{Flags, Payload, Segment, SeqNumber};
use crate::tcp::analysis::{Finding, Findings, Found};
use crate::tcp::{Outline, Spoken, State};
use crate::trace::{EventId, Frame, FrameNumber, Origin, Time};

/// Bytes of a payload that a moment shows.
const PREVIEW: usize = 64;

/// What a segment meant to the connection that it belongs to.
#[derive(Debug)]
pub struct Followed {
    /// Which connection.
    pub connection: ConnectionId,
    /// Which end sent it.
    pub from: Side,
    /// Sequence number from the sender's initial one.
    pub seq: u32,
    /// Acknowledgement number from the receiver's initial one, if it acknowledges.
    pub ack: Option<u32>,
    /// The window that it offers, in bytes.
    pub window: u32,
    /// What it is, the most telling first.
    pub roles: Roles,
    /// The flags that Wireshark shows.
    pub findings: Findings,
    /// Where its roles differ from one of these.
    pub deviation: Option<Deviation>,
    /// Where an earlier segment's did, as only this one shows.
    pub shows: Option<Later>,
    /// What it did to both ends.
    pub states: SideStates,
    /// What it took back of what was said before, of which end.
    pub corrections: Vec<Correction>,
}

/// A change of that end that takes back what was said before.
pub(super) type Correction = (Side, Change);

/// How a segment passed.
#[derive(Debug, Clone, Copy)]
struct Passed {
    at: At,
    place: Place,
    origin: Origin,
    halves: Halves,
    /// What Wireshark finds in it.
    found: Option<Found>,
    /// Whether its moment is to be kept.
    is_kept: bool,
}

impl Story {
    /// Follows a segment of a recording, in which Wireshark finds this, and keeps no moment of it:
    /// for captures of any length.
    pub fn follow(
        &mut self,
        frame: FrameNumber,
        time: Time,
        segment: &Segment,
        found: Found,
    ) -> Option<Followed> {
        let at = At { event: EventId(frame.0), time };
        let halves = Halves { sent: true, arrives: true };
        let place = Place { frame, time };
        let found = Some(found);
        let passed = Passed { at, place, origin: Origin::Stack, halves, found, is_kept: false };
        self.followed(&passed, segment)
    }

    /// The same, and keeps its moment.
    pub fn record(&mut self, frame: &Frame, time: Time, segment: Segment, found: Found) {
        let at = At { event: EventId(frame.number.0), time };
        self.tell_segment(at, frame, segment, Some(found));
    }

    pub(super) fn segment(&mut self, at: At, frame: &Frame, segment: Segment) {
        // What is forged says nothing of what its seeming sender sends next.
        let found = (frame.origin != Origin::Forged)
            .then(|| self.connections.streams.segment(&segment, at.time));
        self.tell_segment(at, frame, segment, found);
    }

    fn tell_segment(&mut self, at: At, frame: &Frame, segment: Segment, found: Option<Found>) {
        let place = Place { frame: frame.number, time: at.time };
        let own = frame.origin == Origin::Stack;
        let halves = Halves { sent: own, arrives: !self.in_flight.interposed() };
        let passed = Passed { at, place, origin: frame.origin, halves, found, is_kept: true };
        if let Some(followed) = self.followed(&passed, &segment) {
            self.keep(at, frame, segment, followed, halves);
        }
    }

    fn keep(
        &mut self,
        at: At,
        frame: &Frame,
        segment: Segment,
        followed: Followed,
        halves: Halves,
    ) {
        let Followed { connection: id, from, roles, states, .. } = followed;
        let [sender, receiver] = &self.before;
        let to = from.other();
        let Some((connection, inner)) = self.connections.parts(id) else { return };
        let peer = if connection.self_connected { from.index() } else { to.index() };
        let because = if halves.sent {
            let passing = Passing {
                segment: &segment,
                frame: frame.number,
                sender,
                receiver,
                owners: [&inner.owners[from.index()], &inner.owners[to.index()]],
            };
            self.causes.of(&passing, &mut inner.flights, from.index(), peer)
        } else {
            // What answers it is nobody's call either.
            inner.flights[from.index()].note_stranger(frame.number);
            Because::NOTHING
        };
        let moment = SegmentMoment {
            frame: frame.number,
            preview: preview(frame, &segment.payload),
            connection: id,
            from,
            names: [from, to].map(|side| connection.end(side).name.clone()),
            seq: followed.seq,
            ack: followed.ack,
            window: followed.window,
            roles,
            analysis: followed.findings.names(),
            deviation: followed.deviation,
            shows: followed.shows,
            cause: because.cause,
            states,
            corrections: followed.corrections,
            acknowledges: because.acknowledges,
            passage: self.in_flight.passage(frame.origin),
            segment,
        };
        let aloft = (!halves.arrives).then(|| Aloft::Segment {
            connection: id,
            from,
            segment: Box::new(moment.segment.clone()),
            sender: Box::new(sender.clone()),
        });
        let number = self.add(at, What::Segment(Box::new(moment)));
        if let Some(aloft) = aloft {
            self.in_flight.sent(frame.number, at.time, number, aloft);
        }
        if let Some((_, inner)) = self.connections.parts(id) {
            inner.last_moment = Some(number);
            if let Some(syn) = inner.reuse.as_mut().filter(|syn| syn.frame == frame.number) {
                syn.moment = Some(number);
            }
            for (side, change) in [(from, states.from), (to, states.to)] {
                if change.moved() {
                    inner.moved[side.index()] = Some(number);
                }
            }
        }
    }

    /// Finds a segment's connection, and lets both ends have it.
    fn followed(&mut self, passed: &Passed, segment: &Segment) -> Option<Followed> {
        let Passed { at, place, origin, halves, found, is_kept } = *passed;
        let own = halves.sent;
        let findings = found.map(|found| found.findings).unwrap_or_default();
        let Placed { id, from, correction, mut shows } = self.place(at, place, segment, halves)?;
        let to = from.other();
        let (connection, inner) = self.connections.parts(id)?;
        let space = |side| &inner.tracker.machine(connection, side).space;
        let (sender, receiver) = (space(from).outline(), space(to).outline());
        if is_kept {
            self.before = [space(from).clone(), space(to).clone()];
        }
        let mut told = inner.tracker.segment(connection, from, segment, place, halves);
        let mut corrections = std::mem::take(&mut told.corrections);
        if let Some(correction) = correction {
            corrections.insert(0, correction);
        }
        let context = Context {
            segment,
            frame: place.frame,
            time: at.time,
            from,
            sender: &sender,
            receiver: &receiver,
            states: told.states,
            received: told.received,
            new_bytes: told.new_bytes,
            window: told.window,
            found: findings,
        };
        let (roles, deviation) = inner.history.tell(&context, origin, halves.arrives);
        let (seq, ack) = relative(connection, inner, from, segment, own);
        connection.last = at.time;
        connection.segments += 1;
        connection.stream = connection.stream.or(found.map(|found| found.stream));
        connection.found = found.or(connection.found);
        if own {
            note_opening(connection, from, segment, &receiver);
            note_sent(connection, inner, from, segment, &told, roles);
        }
        if halves.arrives {
            note_ending(connection, inner, from, segment, &told.states, &sender);
        }
        if let Some(syn) = self.connections.reuse_ended_by(id, from, segment) {
            shows = Some(self.decide(syn, Unanswered::Reset(place.frame)));
        }
        let resets = segment.flags.has(Flags::RST).then_some(from);
        self.connections.follow_old_end(id, resets);
        let reuses = findings.has(Finding::ReusedPorts);
        self.connections.note_reuse(id, from, segment, reuses.then_some(place.frame));
        Some(Followed {
            connection: id,
            from,
            seq,
            ack,
            window: told.window,
            roles,
            findings,
            deviation,
            shows,
            states: told.states,
            corrections,
        })
    }
}

/// Who opened, and whether both did.
fn note_opening(connection: &mut Connection, from: Side, segment: &Segment, receiver: &Outline) {
    let syn_ack = segment.flags.has(Flags::SYN.with(Flags::ACK));
    if syn_ack && connection.opener.is_none() {
        connection.opener = Some(from.other());
    }
    if opens(segment) && !connection.self_connected && receiver.active && from == Side::B {
        connection.simultaneous_open = true;
    }
}

/// What its sender has done by sending it.
fn note_sent(
    connection: &mut Connection,
    inner: &mut Inner,
    from: Side,
    segment: &Segment,
    told: &Told,
    roles: Roles,
) {
    let end = &mut connection.ends[from.index()];
    end.segments += 1;
    end.bytes += u64::from(told.new_bytes);
    end.retransmissions += u64::from(roles.has_any(Roles::RESENT));
    if !segment.flags.has(Flags::RST) {
        end.window = told.window;
    }
    if segment.flags.has(Flags::ACK) {
        end.last_ack = Some(segment.ack);
    }
    end.next_seq = told.next_seq;
    if segment.flags.has(Flags::FIN) {
        end.fin_sent = true;
        if connection.self_connected {
            connection.ends[from.other().index()].fin_sent = true;
        }
        inner.closed_first.get_or_insert(from);
    }
}

/// How the connection ended, if it has, when a segment has come to its receiver. `sender` is its
/// sender's space before it sent that.
pub(super) fn note_ending(
    connection: &mut Connection,
    inner: &Inner,
    from: Side,
    segment: &Segment,
    states: &SideStates,
    sender: &Outline,
) {
    if !connection.is_over() {
        connection.termination = Termination::Open;
        return;
    }
    if connection.termination != Termination::Open {
        return;
    }
    if segment.flags.has(Flags::RST) {
        let opening = states.to.before == Some(State::SynSent) && states.to.moved();
        if opening && sender.spoken == Spoken::Nothing {
            connection.termination = Termination::Refused;
        } else if states.to.moved() || states.from.moved() {
            connection.termination = Termination::Reset(from);
        }
    } else if connection.ends.iter().all(|end| end.fin_sent) {
        connection.termination = Termination::Orderly(inner.closed_first.unwrap_or(from));
    }
}

/// Sequence and acknowledgement number from the initial ones of sender and receiver. In
/// mid-connection both count from one below the first that is seen. Only an `own` segment of its
/// sender's says which its initial one is.
fn relative(
    connection: &mut Connection,
    inner: &Inner,
    from: Side,
    segment: &Segment,
    own: bool,
) -> (u32, Option<u32>) {
    let end = &mut connection.ends[from.index()];
    if segment.flags.has(Flags::SYN) && own {
        end.isn = Some(segment.seq);
    }
    let base = *end.isn.get_or_insert(SeqNumber(segment.seq.0.wrapping_sub(1)));
    let former = |side: Side| inner.former_isn[side.index()];
    let since = |number: SeqNumber, base: SeqNumber, side: Side| {
        let new = number.relative_to(base);
        former(side).map_or(new, |former| new.min(number.relative_to(former)))
    };
    let seq = since(segment.seq, base, from);
    if connection.self_connected {
        connection.ends[from.other().index()].isn = Some(base);
    }
    let ack = segment.flags.has(Flags::ACK).then(|| {
        let end = &mut connection.ends[from.other().index()];
        let base = *end.isn.get_or_insert(SeqNumber(segment.ack.0.wrapping_sub(1)));
        since(segment.ack, base, from.other())
    });
    (seq, ack)
}

fn preview(frame: &Frame, payload: &Payload) -> Arc<[u8]> {
    start_of(payload.of(&frame.bytes))
}

/// What a moment shows of a payload.
pub(super) fn start_of(bytes: &[u8]) -> Arc<[u8]> {
    bytes[..bytes.len().min(PREVIEW)].into()
}
