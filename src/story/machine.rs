//! One end of a connection: its state, what that rests on, and what a segment does to it.

use smallvec::SmallVec;

use super::contradictions::{self, Contradiction};
use super::{Change, Confidence, Side};
use crate::packet::{Flags, Segment};
use crate::tcp::{
    Received, Sent, Space, Spoken, State, Stimulus, Transition, received, sent, transition,
};

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
    /// What its SYN-ACK was a cookie of: the ACK of that opens the connection after all.
    cookie: Option<Box<Space>>,
}

/// The steps that one end takes at one segment.
#[derive(Debug)]
pub(super) struct Walk {
    start: Option<State>,
    /// Each, and the rule by which it takes back what was said before.
    pub steps: SmallVec<[(Change, Option<Contradiction>); 2]>,
}

impl Walk {
    /// What it took back, of the end on that side.
    pub fn corrections(&self, side: Side) -> impl Iterator<Item = (Side, Change)> {
        self.steps
            .iter()
            .filter(|(_, undoes)| undoes.is_some())
            .map(move |(change, _)| (side, *change))
    }

    /// From where it was, corrections apart, to where it is.
    pub fn change(&self, machine: &Machine) -> Change {
        if self.steps.is_empty() {
            let (before, after, confidence) = (self.start, machine.state, machine.confidence);
            return Change { before, after, confidence, rfc: None };
        }
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
            cookie: None,
        }
    }

    /// Moves it without a segment.
    pub fn be(&mut self, state: State, confidence: Confidence) {
        self.state = Some(state);
        self.confidence = confidence;
        self.before_reset = None;
        self.before_received = None;
        self.cookie = None;
        if state == State::Listen {
            self.space = Space::default();
        }
    }

    /// The SYN-ACK of that space was a SYN cookie: a listener that remembers nothing sent it (RFC
    /// 4987, section 3.6). All of it comes back in the client's ACK.
    pub fn has_sent_cookie(&mut self, space: Space) {
        self.cookie = Some(Box::new(space));
    }

    /// The state that it left at what came to it last, if it has sent nothing since.
    pub fn before_received(&self) -> Option<State> {
        self.before_received.as_ref().and_then(|before| before.0)
    }

    /// What came to it last wasn't taken, and how sure that is. Says where it is then.
    pub fn unreceive(&mut self, confidence: Confidence) -> Option<State> {
        if let Some(before) = self.before_received.take() {
            (self.state, self.space) = *before;
            self.confidence = confidence;
            self.before_reset = None;
        }
        self.state
    }

    /// Whether, by sending this, it refuses the ACK that seemed to open its connection: a kernel
    /// whose socket is open resets with an ACK, or at data.
    pub fn refuses_last_ack(&self, segment: &Segment) -> bool {
        let bare = segment.flags.has(Flags::RST) && !segment.flags.has(Flags::ACK);
        bare && self.state == Some(State::Established)
            && self.space.spoken == Spoken::SynAck
            && self.space.iss.map(|iss| iss.advance(1)) == Some(segment.seq)
            && self.before_received.as_deref().is_some_and(|(state, space)| {
                *state == Some(State::SynReceived) && space.expects() == self.space.expects()
            })
    }

    /// No change.
    pub fn stays(&self) -> Change {
        self.walk().change(self)
    }

    fn walk(&self) -> Walk {
        Walk { start: self.state, steps: SmallVec::new() }
    }

    /// It sends a segment, and offers a window of so many bytes. Says where it went, and how
    /// many bytes of data are new.
    pub fn send(&mut self, segment: &Segment, window: u32) -> (Walk, u32) {
        let mut steps = self.walk();
        let walk = &mut steps;
        let mut crossing = None;
        self.before_received = None;
        self.cookie = None;
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
        let mut move_to = transition(self.state, Stimulus::Sent(what));
        if move_to == Transition::Impossible {
            crossing = self.space.peer_fin.filter(|_| what == Sent::FinUnaware);
            self.explain(what, segment, walk);
            what = sent(&self.space, segment);
            move_to = transition(self.state, Stimulus::Sent(what));
        }
        self.follow(move_to, Stimulus::Sent(what), walk);
        let new = self.space.send(segment, window);
        if self.space.peer_fin.is_none() && crossing.is_some() {
            self.space.coming_fin = crossing;
        }
        (steps, new)
    }

    /// A segment comes to it. Says where it went, and what that meant.
    pub fn receive(&mut self, segment: &Segment) -> (Walk, Received) {
        let mut steps = self.walk();
        let walk = &mut steps;
        if self.space.fin_came_before(segment) {
            self.apply(Stimulus::Received(Received::Fin), walk);
            self.space.take_coming_fin();
        }
        let what = received(&self.space, segment);
        let stimulus = Stimulus::Received(what);
        let mut move_to = transition(self.state, stimulus);
        if move_to != Transition::Stays {
            self.before_received = Some(Box::new((self.state, self.space.clone())));
        }
        if let Some(space) = self.cookie.as_deref().filter(|space| brings_cookie(space, segment)) {
            self.before_received = Some(Box::new((self.state, Space::default())));
            self.space = space.clone();
            self.go(State::Established, Confidence::Inferred, "3.10.7.4", walk);
            move_to = transition(self.state, stimulus);
        }
        self.follow(move_to, stimulus, walk);
        self.space.receive(segment);
        if self.state == Some(State::Listen) {
            self.space = Space::default();
        }
        (steps, what)
    }

    /// Goes where the table says.
    fn apply(&mut self, stimulus: Stimulus, walk: &mut Walk) {
        self.follow(transition(self.state, stimulus), stimulus, walk);
    }

    /// Goes where the table has said.
    fn follow(&mut self, move_to: Transition, stimulus: Stimulus, walk: &mut Walk) {
        match move_to {
            Transition::To(state, rfc) => self.go(state, Confidence::Inferred, rfc, walk),
            Transition::Through(first, then, rfc) => {
                self.go(first, Confidence::Inferred, rfc, walk);
                self.go(then, Confidence::Inferred, rfc, walk);
            }
            Transition::Assumed(state, rfc) => self.go(state, Confidence::Assumed, rfc, walk),
            Transition::Stays | Transition::Impossible => return,
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

/// Whether a segment that comes to a listener acknowledges the SYN-ACK of this space.
fn brings_cookie(space: &Space, segment: &Segment) -> bool {
    let flags = segment.flags;
    flags.has(Flags::ACK)
        && !flags.has_any(Flags::SYN.with(Flags::RST))
        && space.iss.map(|iss| iss.advance(1)) == Some(segment.ack)
        && space.expects() == Some(segment.seq)
}
