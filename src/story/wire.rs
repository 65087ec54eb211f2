//! Frames between the tap and their receivers. While the wire is interposed a segment is sent when
//! it is captured, and arrives when the wire says so.

use std::collections::BTreeMap;

use super::belonging::opens;
use super::segments::note_ending;
use super::story::{At, Story};
use super::tracker::Place;
use super::{
    Absorber, Change, ConnectionId, Harm, Passage, Roles, Side, SideStates, What, WireMoment,
};
use crate::packet::{Flags, Segment};
use crate::tcp::Space;
use crate::trace::{Deed, FrameNumber, Origin, Time};

/// Most frames on their way that are remembered.
const MOST: usize = 200_000;

/// What was sent and hasn't come yet.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    interposed: bool,
    frames: BTreeMap<FrameNumber, Sent>,
}

#[derive(Debug)]
struct Sent {
    time: Time,
    moment: u64,
    what: Aloft,
}

/// What a frame will be to its receiver.
#[derive(Debug)]
pub(super) enum Aloft {
    /// A segment.
    Segment {
        connection: ConnectionId,
        from: Side,
        segment: Box<Segment>,
        /// Its sender's sequence space before it was sent.
        sender: Box<Space>,
    },
    /// Something without a state.
    Else,
}

impl InFlight {
    /// Whether frames wait for the wire's word.
    pub fn interposed(&self) -> bool {
        self.interposed
    }

    /// That of a frame which is captured now.
    pub fn passage(&self, origin: Origin) -> Passage {
        Passage { in_flight: self.interposed, ..Passage::at_once(origin) }
    }

    /// A frame is on its way, if anything can stop it.
    pub fn sent(&mut self, frame: FrameNumber, time: Time, moment: u64, what: Aloft) {
        if !self.interposed {
            return;
        }
        if self.frames.len() >= MOST {
            self.frames.pop_first();
        }
        self.frames.insert(frame, Sent { time, moment, what });
    }

    /// The frames on their way, and the numbers of their moments.
    pub fn frames(&self) -> impl Iterator<Item = (FrameNumber, u64)> + '_ {
        self.frames.iter().map(|(frame, sent)| (*frame, sent.moment))
    }
}

impl Story {
    pub(super) fn interposed(&mut self, at: At, on: bool) {
        self.in_flight.interposed = on;
        if !on {
            let frames: Vec<FrameNumber> = self.in_flight.frames.keys().copied().collect();
            for frame in frames {
                self.arrives(at, frame);
            }
        }
        self.add(at, What::Interposed { on });
    }

    pub(super) fn wire_does(&mut self, at: At, frame: FrameNumber, deed: Deed) {
        let Some(sent) = self.in_flight.frames.get(&frame) else { return };
        let (time, moment) = (sent.time, sent.moment);
        match deed {
            Deed::Held => self.change_passage(moment, |passage| passage.held = true),
            Deed::Delayed(_) => self.harm(moment, Harm::Delayed),
            Deed::Reordered => self.harm(moment, Harm::Reordered),
            Deed::Duplicated => self.harm(moment, Harm::Duplicated),
            Deed::Corrupted => self.harm(moment, Harm::Corrupted),
            Deed::Delivered => self.arrives(at, frame),
            Deed::Dropped => self.is_lost(at, frame, deed),
            Deed::Absorbed { held } => {
                let copies = self.copies_of(held).saturating_add(1);
                if let Some(held) = self.in_flight.frames.get(&held).map(|held| held.moment) {
                    self.change_passage(held, |passage| passage.absorbed = Some((copies, time)));
                }
                let absorber = Absorber { frame: held, copies };
                self.change_passage(moment, |passage| passage.absorbed_by = Some(absorber));
                self.is_lost(at, frame, deed);
            }
        }
    }

    /// How many copies of a held frame have come so far.
    fn copies_of(&self, held: FrameNumber) -> u32 {
        let held = self.in_flight.frames.get(&held);
        let absorbed = held.and_then(|held| self.passage_of(held.moment)?.absorbed);
        absorbed.map_or(0, |(copies, _)| copies)
    }

    fn is_lost(&mut self, at: At, frame: FrameNumber, deed: Deed) {
        let Some(Sent { time, moment, what }) = self.in_flight.frames.remove(&frame) else {
            return;
        };
        let waited = self.passage_of(moment).is_some_and(|passage| passage.waits());
        self.change_passage(moment, |passage| {
            passage.in_flight = false;
            passage.lost = true;
        });
        if waited {
            let connection = what.connection();
            let told = (frame, time, moment, connection);
            self.tell_wire(at, deed, told, None);
        }
    }

    /// A frame comes to its receiver.
    fn arrives(&mut self, at: At, frame: FrameNumber) {
        let Some(Sent { time, moment, what }) = self.in_flight.frames.remove(&frame) else {
            return;
        };
        let passage = self.passage_of(moment).unwrap_or_default();
        let waited = passage.waits();
        self.change_passage(moment, |passage| {
            passage.in_flight = false;
            passage.arrived = waited.then_some(at.time);
        });
        let connection = what.connection();
        let change = match what {
            Aloft::Segment { connection, from, segment, sender } if passage.is_sound() => {
                let place = Place { frame, time: at.time };
                self.segment_arrives((connection, from), &segment, &sender, place, moment)
            }
            Aloft::Segment { .. } | Aloft::Else => None,
        };
        if waited {
            let told = (frame, time, moment, connection);
            let number = self.tell_wire(at, Deed::Delivered, told, change);
            if let Some((id, from)) = connection
                && let Some((_, inner)) = self.connections.parts(id)
            {
                inner.last_moment = Some(number);
                if change.is_some_and(|change| change.moved()) {
                    inner.moved[from.other().index()] = Some(number);
                }
            }
        }
    }

    /// A segment comes to the other end of its connection. What that does there.
    fn segment_arrives(
        &mut self,
        (id, from): (ConnectionId, Side),
        segment: &Segment,
        sender: &Space,
        place: Place,
        moment: u64,
    ) -> Option<Change> {
        if opens(segment) {
            self.meet_listener(id, from.other());
        }
        let (connection, inner) = self.connections.parts(id)?;
        let (change, received) = inner.tracker.arrives(connection, from, segment, place);
        let mut states = SideStates { from: change, to: change };
        let mut roles = Roles::NONE;
        if let Some(moment) = self.moment_mut(moment)
            && let What::Segment(told) = &mut moment.what
        {
            told.states.to = change;
            states = told.states;
            roles = told.roles;
        }
        let (connection, inner) = self.connections.parts(id)?;
        inner.history.comes(from, segment, (place.frame, roles), change.before, received);
        inner.history.hears(from, segment, (place.frame, roles), (place.time, true));
        note_ending(connection, inner, from, segment, &states, &sender.outline());
        if change.moved() {
            inner.moved[from.other().index()] = Some(moment);
        }
        inner.last_moment = Some(moment);
        let resets = segment.flags.has(Flags::RST).then_some(from);
        self.connections.follow_old_end(id, resets);
        Some(change)
    }

    fn tell_wire(
        &mut self,
        at: At,
        deed: Deed,
        (frame, sent, moment, connection): (FrameNumber, Time, u64, Option<(ConnectionId, Side)>),
        change: Option<Change>,
    ) -> u64 {
        let end = connection.and_then(|(id, from)| {
            self.connections.get(id).map(|connection| connection.end(from.other()).name.clone())
        });
        let receiver = end.unwrap_or_default();
        let states = connection.and_then(|(id, from)| {
            let (connection, inner) = self.connections.parts(id)?;
            let stays = |side| inner.tracker.machine(connection, side).stays();
            Some(SideStates {
                from: stays(from),
                to: change.unwrap_or_else(|| stays(from.other())),
            })
        });
        let wire = WireMoment { frame, deed, sent, moment, connection, receiver, states };
        self.add(at, What::Wire(wire))
    }

    /// What is damaged stays so, whatever else is done to it.
    fn harm(&mut self, moment: u64, harm: Harm) {
        self.change_passage(moment, |passage| {
            if passage.is_sound() {
                passage.harm = Some(harm);
            }
        });
    }

    fn passage_of(&self, moment: u64) -> Option<Passage> {
        self.at(moment)?.passage().copied()
    }

    fn change_passage(&mut self, moment: u64, change: impl FnOnce(&mut Passage)) {
        if let Some(passage) = self.moment_mut(moment).and_then(super::Moment::passage_mut) {
            change(passage);
        }
    }
}

impl Aloft {
    fn connection(&self) -> Option<(ConnectionId, Side)> {
        match self {
            Aloft::Segment { connection, from, .. } => Some((*connection, *from)),
            Aloft::Else => None,
        }
    }
}
