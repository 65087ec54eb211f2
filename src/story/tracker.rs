//! One connection's two machines: each segment is sent by one, then received by the other.

use super::machine::{Machine, Walk};
use super::{Change, Connection, Side, SideStates, Step};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::tcp::{Received, received};
use crate::trace::{FrameNumber, Time};

/// The two machines of one connection. One that talks to itself has a single machine: the first.
#[derive(Debug, Clone)]
pub(super) struct Tracker {
    machines: [Machine; 2],
    scales: [Scale; 2],
}

/// What an end's SYN said of window scaling (RFC 7323, section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Unseen,
    Off,
    By(u8),
}

/// Which half of a segment's way is followed: most segments arrive as they are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Halves {
    /// Its sender sent it: a forged one wasn't.
    pub sent: bool,
    /// It arrives.
    pub arrives: bool,
}

/// What a segment did.
#[derive(Debug)]
pub(super) struct Told {
    pub states: SideStates,
    pub corrections: Vec<(Side, Change)>,
    pub received: Received,
    /// Bytes of data that the capture hasn't had before.
    pub new_bytes: u32,
    /// The window that it offers in bytes, scaled.
    pub window: u32,
    /// The number after the last that its sender has sent.
    pub next_seq: Option<SeqNumber>,
}

/// When and by which frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub frame: FrameNumber,
    pub time: Time,
}

impl Tracker {
    /// A connection whose ends are in those states before its first segment.
    pub fn new(machines: [Machine; 2]) -> Tracker {
        Tracker { machines, scales: [Scale::Unseen; 2] }
    }

    /// One in which an end plays on from an older connection, with the scales agreed there.
    pub fn keeping(machines: [Machine; 2], scales: [Scale; 2]) -> Tracker {
        Tracker { machines, scales }
    }

    /// What both ends said of window scaling.
    pub fn scales(&self) -> [Scale; 2] {
        self.scales
    }

    /// The machine that plays that end.
    pub fn machine(&self, connection: &Connection, side: Side) -> &Machine {
        &self.machines[index(connection, side)]
    }

    /// The same, to change it.
    pub fn machine_mut(&mut self, connection: &Connection, side: Side) -> &mut Machine {
        &mut self.machines[index(connection, side)]
    }

    /// Frames were lost: what both ends have received is less sure.
    pub fn doubt(&mut self) {
        for machine in &mut self.machines {
            machine.space.unsure = true;
        }
    }

    /// Follows a segment that `from` sends, and that arrives at once if `halves` say so.
    pub fn segment(
        &mut self,
        connection: &mut Connection,
        from: Side,
        segment: &Segment,
        place: Place,
        halves: Halves,
    ) -> Told {
        let machine = &self.machines[index(connection, from.other())];
        let unread = (!halves.arrives).then(|| received(&machine.space, segment));
        let mut told = if halves.sent {
            self.sent(connection, from, segment, place)
        } else {
            let sender = &self.machines[index(connection, from)];
            Told {
                states: SideStates { from: sender.stays(), to: machine.stays() },
                corrections: Vec::new(),
                received: Received::Unacceptable,
                new_bytes: 0,
                window: self.offered(from, segment),
                next_seq: sender.space.next(),
            }
        };
        match unread {
            None => {
                (told.states.to, told.received) = self.arrives(connection, from, segment, place);
            }
            Some(received) => told.received = received,
        }
        told
    }

    fn sent(
        &mut self,
        connection: &mut Connection,
        from: Side,
        segment: &Segment,
        place: Place,
    ) -> Told {
        let window = self.window(connection, from, segment);
        let machine = &mut self.machines[index(connection, from)];
        let (walk, new_bytes) = machine.send(segment, window);
        let from_change = walk.change(machine);
        let corrections = walk.corrections(from).collect();
        let next_seq = machine.space.next();
        take(connection, from, &walk, place);
        let to = self.machines[index(connection, from.other())].stays();
        Told {
            states: SideStates { from: from_change, to },
            corrections,
            received: Received::Unacceptable,
            new_bytes,
            window,
            next_seq,
        }
    }

    /// A segment that `from` has sent comes to the other end: what it does there, and what it
    /// means there.
    pub fn arrives(
        &mut self,
        connection: &mut Connection,
        from: Side,
        segment: &Segment,
        place: Place,
    ) -> (Change, Received) {
        let machine = &mut self.machines[index(connection, from.other())];
        let (walk, received) = machine.receive(segment);
        let change = walk.change(machine);
        take(connection, from.other(), &walk, place);
        (change, received)
    }

    /// The window that a segment offers, in bytes: scaled if both SYNs agreed to, and never in a
    /// SYN (RFC 7323, section 2.2). A shift counts for at most 14.
    fn window(&mut self, connection: &Connection, from: Side, segment: &Segment) -> u32 {
        if segment.flags.has(Flags::SYN) {
            let scale = segment.options.window_scale().map_or(Scale::Off, Scale::By);
            self.scales[from.index()] = scale;
            if connection.self_connected {
                self.scales = [scale; 2];
            }
        }
        self.offered(from, segment)
    }

    fn offered(&self, from: Side, segment: &Segment) -> u32 {
        let raw = u32::from(segment.window);
        if segment.flags.has(Flags::SYN) {
            return raw;
        }
        match (self.scales[from.index()], self.scales[from.other().index()]) {
            (Scale::By(shift), Scale::By(_)) => raw << shift.min(14),
            (Scale::Unseen | Scale::Off | Scale::By(_), _) => raw,
        }
    }
}

/// Where the machines of a self-connection are one.
fn index(connection: &Connection, side: Side) -> usize {
    if connection.self_connected { 0 } else { side.index() }
}

/// Notes the steps on the end's path; on both ends' if they are one.
fn take(connection: &mut Connection, side: Side, walk: &Walk, place: Place) {
    if walk.steps.is_empty() {
        return;
    }
    let twin = connection.self_connected.then_some(side.other());
    for side in [Some(side), twin].into_iter().flatten() {
        for &(change, undoes) in &walk.steps {
            let frame = Some(place.frame);
            connection.ends[side.index()].step(Step { change, frame, time: place.time, undoes });
        }
    }
}
