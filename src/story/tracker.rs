//! One connection's two machines: each segment is sent by one, then received by the other.

use super::contradictions::{self, Contradiction};
use super::{Change, Confidence, Connection, Side, SideStates, Step};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::tcp::{
    Received, Sent, Space, Spoken, State, Stimulus, Transition, received, sent, transition,
};
use crate::trace::{FrameNumber, Time};

/// The two machines of one connection. One that talks to itself has a single machine: the first.
#[derive(Debug, Clone)]
pub(super) struct Tracker {
    machines: [Machine; 2],
    scales: [Scale; 2],
}

/// One end: its state and what that rests on.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub state: Option<State>,
    pub confidence: Confidence,
    pub space: Space,
    /// Its state before an RST closed it, should that turn out to be wrong.
    before_reset: Option<State>,
    /// The peer's SYN-ACK passed before its own and comes next: a simultaneous open.
    answer_crossed: bool,
    /// As it was before what came to it last moved it, until it sends something.
    before_received: Option<Box<(Option<State>, Space)>>,
}

/// What an end's SYN said of window scaling (RFC 7323, section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Unseen,
    Off,
    By(u8),
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

    /// Follows a segment that `from` sends.
    pub fn segment(
        &mut self,
        connection: &mut Connection,
        from: Side,
        segment: &Segment,
        place: Place,
    ) -> Told {
        let window = self.window(from, segment);
        let machine = &mut self.machines[index(connection, from)];
        let mut walk = machine.walk();
        let new_bytes = machine.send(segment, window, &mut walk);
        let from_change = walk.change(machine);
        let corrections = walk.corrections(from).collect();
        let next_seq = machine.space.next();
        take(connection, from, &walk, place);

        let machine = &mut self.machines[index(connection, from.other())];
        let mut walk = machine.walk();
        let received = machine.receive(segment, &mut walk);
        let to_change = walk.change(machine);
        take(connection, from.other(), &walk, place);

        Told {
            states: SideStates { from: from_change, to: to_change },
            corrections,
            received,
            new_bytes,
            window,
            next_seq,
        }
    }

    /// The window that a segment offers, in bytes: scaled if both SYNs agreed to, and never in a
    /// SYN (RFC 7323, section 2.2). A shift counts for at most 14.
    fn window(&mut self, from: Side, segment: &Segment) -> u32 {
        let raw = u32::from(segment.window);
        if segment.flags.has(Flags::SYN) {
            self.scales[from.index()] =
                segment.options.window_scale().map_or(Scale::Off, Scale::By);
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
    let twin = connection.self_connected.then_some(side.other());
    for side in [Some(side), twin].into_iter().flatten() {
        for &(change, undoes) in &walk.steps {
            let frame = Some(place.frame);
            connection.ends[side.index()].step(Step { change, frame, time: place.time, undoes });
        }
    }
}

/// The steps that one end takes at one segment.
#[derive(Debug)]
struct Walk {
    start: Option<State>,
    steps: Vec<(Change, Option<Contradiction>)>,
}

impl Walk {
    fn corrections(&self, side: Side) -> impl Iterator<Item = (Side, Change)> {
        self.steps
            .iter()
            .filter(|(_, undoes)| undoes.is_some())
            .map(move |(change, _)| (side, *change))
    }

    /// From where it was, corrections apart, to where it is.
    fn change(&self, machine: &Machine) -> Change {
        let corrected = self.steps.iter().rposition(|(_, undoes)| undoes.is_some());
        let before = corrected.map_or(self.start, |at| self.steps[at].0.after);
        let moves = &self.steps[corrected.map_or(0, |at| at + 1)..];
        Change {
            before,
            after: machine.state,
            confidence: machine.confidence,
            rfc: moves.last().and_then(|(change, _)| change.rfc),
        }
    }
}

impl Machine {
    /// An end that is in that state before it has said anything.
    pub fn new(state: Option<State>) -> Machine {
        let confidence = state.map_or(Confidence::Assumed, |_| Confidence::Inferred);
        Machine {
            state,
            confidence,
            space: Space::default(),
            before_reset: None,
            answer_crossed: false,
            before_received: None,
        }
    }

    /// Moves it without a segment.
    pub fn be(&mut self, state: State, confidence: Confidence) {
        self.state = Some(state);
        self.confidence = confidence;
        self.before_received = None;
        if state == State::Listen {
            self.space = Space::default();
        }
    }

    /// The state that it left at what came to it last, if it has sent nothing since.
    pub fn before_received(&self) -> Option<State> {
        self.before_received.as_ref().and_then(|before| before.0)
    }

    /// What came to it last didn't arrive. Says where it is then.
    pub fn unreceive(&mut self) -> Option<State> {
        if let Some(before) = self.before_received.take() {
            (self.state, self.space) = *before;
            self.confidence = Confidence::Kernel;
            self.before_reset = None;
        }
        self.state
    }

    fn walk(&self) -> Walk {
        Walk { start: self.state, steps: Vec::new() }
    }

    /// It sends a segment. Says how many bytes of data are new.
    fn send(&mut self, segment: &Segment, window: u32, walk: &mut Walk) -> u32 {
        let mut crossing = None;
        self.before_received = None;
        if !segment.flags.has(Flags::RST) {
            if let Some(state) = self.before_reset.take() {
                self.correct(state, Contradiction::ResetNotReceived, walk);
            }
            if std::mem::take(&mut self.answer_crossed) && !segment.flags.has(Flags::SYN) {
                self.apply(Stimulus::Received(Received::Ack), walk);
            }
            if segment.flags.has(Flags::ACK) && self.space.hears_of_fin(segment.ack) {
                self.apply(Stimulus::Received(Received::Fin), walk);
            }
        }
        let mut what = sent(&self.space, segment);
        if transition(self.state, Stimulus::Sent(what)) == Transition::Impossible {
            crossing = self.space.peer_fin.filter(|_| what == Sent::FinUnaware);
            self.explain(what, segment, walk);
            what = sent(&self.space, segment);
        }
        self.apply(Stimulus::Sent(what), walk);
        let new = self.space.send(segment, window);
        if self.space.peer_fin.is_none() && crossing.is_some() {
            self.space.coming_fin = crossing;
        }
        new
    }

    /// A segment comes to it. Says what it meant.
    fn receive(&mut self, segment: &Segment, walk: &mut Walk) -> Received {
        if self.space.fin_came_before(segment) {
            self.apply(Stimulus::Received(Received::Fin), walk);
            self.space.take_coming_fin();
        }
        let what = received(&self.space, segment);
        let stimulus = Stimulus::Received(what);
        if transition(self.state, stimulus) != Transition::Stays {
            self.before_received = Some(Box::new((self.state, self.space.clone())));
        }
        self.apply(stimulus, walk);
        self.space.receive(segment);
        if self.state == Some(State::Listen) {
            self.space = Space::default();
        }
        what
    }

    /// Goes where the table says.
    fn apply(&mut self, stimulus: Stimulus, walk: &mut Walk) {
        match transition(self.state, stimulus) {
            Transition::To(state, rfc) => self.go(state, Confidence::Inferred, rfc, walk),
            Transition::Through(first, then, rfc) => {
                self.go(first, Confidence::Inferred, rfc, walk);
                self.go(then, Confidence::Inferred, rfc, walk);
            }
            Transition::Assumed(state, rfc) => self.go(state, Confidence::Assumed, rfc, walk),
            Transition::Stays | Transition::Impossible => {}
        }
        let reset = match stimulus {
            Stimulus::Sent(what) => matches!(what, Sent::Reset | Sent::BareReset),
            Stimulus::Received(what) => what == Received::Reset,
        };
        if reset
            && self.state == Some(State::Closed)
            && let Some((Change { before: Some(before), .. }, None)) = walk.steps.last()
        {
            self.before_reset = Some(*before);
        }
    }

    fn go(&mut self, state: State, sure: Confidence, rfc: &'static str, walk: &mut Walk) {
        let confidence = if self.space.unsure { Confidence::Assumed } else { sure };
        if self.state == Some(state) {
            return;
        }
        let change = Change { before: self.state, after: Some(state), confidence, rfc: Some(rfc) };
        self.state = Some(state);
        self.confidence = confidence;
        walk.steps.push((change, None));
    }

    /// Takes back a state that was wrong.
    fn correct(&mut self, state: State, why: Contradiction, walk: &mut Walk) {
        let confidence = Confidence::Inferred;
        let change = Change { before: self.state, after: Some(state), confidence, rfc: None };
        self.state = Some(state);
        self.confidence = confidence;
        walk.steps.push((change, Some(why)));
    }

    /// It sent what an end in its state can't send: it was in another one.
    fn explain(&mut self, what: Sent, segment: &Segment, walk: &mut Walk) {
        let Some(state) = self.state else { return };
        if let Some((right, why)) = contradictions::undo(state, what, &mut self.space, segment.ack)
        {
            self.answer_crossed =
                why == Contradiction::AckNotReceived && self.space.spoken == Spoken::Syn;
            self.correct(right, why, walk);
        } else if matches!(state, State::Closed | State::Listen)
            && let Transition::Assumed(there, rfc) = transition(None, Stimulus::Sent(what))
        {
            self.go(there, Confidence::Assumed, rfc, walk);
        }
    }
}
