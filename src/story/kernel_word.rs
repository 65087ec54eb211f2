//! The kernel's word on a state, held against what the segments say.

use std::time::Duration;

use super::story::{At, Story};
use super::{
    Change, Confidence, ConnectionId, Contradiction, KernelMoment, Role, Side, StateCause,
    StateMoment, Step, What, names::on_the_wire,
};
use crate::tcp::State;
use crate::trace::KernelEnd;

/// What to make of the kernel's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It says the same.
    Agrees,
    /// It says what no segment could: the end is there, by this section.
    Adopt(State, Option<&'static str>),
    /// It says that the last segment didn't arrive: the end is where it was before.
    NotReceived,
    /// It knows nothing of a SYN that was answered just now: the answer was a SYN cookie.
    Cookie,
    /// It says something else.
    Differs,
}

/// How long an answer to a SYN is waited for at least (RFC 6298, section 2.1).
const FIRST_TIMEOUT: Duration = Duration::from_secs(1);

/// What else is known of an end.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The state that it left at what came to it last, if it has sent nothing since.
    before_received: Option<State>,
    /// A listener of the learner's answers for it, and has for so long.
    listens: Option<Duration>,
    /// It has sent what isn't acknowledged.
    waits_for_ack: bool,
    /// Its FIN has passed.
    fin_sent: bool,
}

/// Holds the kernel's word against what the segments say. `kernel` is `None` when it knows of no
/// such socket.
fn judge(inferred: Option<State>, kernel: Option<State>, known: Known) -> Verdict {
    use State::{
        CloseWait, Closed, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived, SynSent,
        TimeWait,
    };
    let Some(state) = inferred else {
        let kernel = kernel.filter(|kernel| *kernel != Listen);
        return Verdict::Adopt(kernel.unwrap_or(Closed), None);
    };
    if kernel == Some(state) {
        return Verdict::Agrees;
    }
    // Where there is no such connection the kernel may offer the listener on its port.
    let Some(kernel) = kernel.filter(|kernel| !matches!(kernel, Closed | Listen)) else {
        // An open descriptor says CLOSE while the kernel waits 2 MSL without it.
        let by_descriptor = kernel == Some(Closed);
        return match state {
            Closed | Listen => Verdict::Agrees,
            TimeWait if by_descriptor => Verdict::Agrees,
            TimeWait => Verdict::Adopt(Closed, Some("3.10.8")),
            SynReceived | Established if known.before_received == Some(Listen) => {
                Verdict::NotReceived
            }
            SynReceived => match known.listens {
                // Too early to have given up.
                Some(since) if since < FIRST_TIMEOUT => Verdict::Cookie,
                // Nobody answered its SYN-ACKs.
                Some(_) => Verdict::Adopt(Listen, Some("3.10.8")),
                None => Verdict::Adopt(Closed, None),
            },
            SynSent | FinWait2 => Verdict::Adopt(Closed, None),
            Established | CloseWait | FinWait1 | State::Closing | LastAck => {
                if known.waits_for_ack {
                    Verdict::Adopt(Closed, Some("3.10.8"))
                } else {
                    Verdict::Differs
                }
            }
        };
    };
    // close() or shutdown(), with data that holds the FIN back (section 3.10.4).
    let closes = !known.fin_sent
        && (matches!((state, kernel), (SynReceived | Established, FinWait1))
            || (state, kernel) == (CloseWait, LastAck));
    if known.before_received == Some(kernel) {
        Verdict::NotReceived
    } else if closes {
        Verdict::Adopt(kernel, Some("3.10.4"))
    } else {
        Verdict::Differs
    }
}

impl Story {
    pub(super) fn kernel_says(&mut self, at: At, end: &KernelEnd) {
        let local = on_the_wire(end.local);
        let Some(peer) = end.peer.map(on_the_wire) else { return };
        let Some(id) = self.connections.newest(local, peer) else { return };
        let Some(side) = self.connections.side(id, local) else { return };
        let kernel = match end.state {
            None => None,
            Some(code) => match State::from_kernel(code.0) {
                Some(state) => Some(state),
                None => return,
            },
        };
        let Some((connection, inner)) = self.connections.parts(id) else { return };
        let owner = &inner.owners[side.index()];
        let listener = owner.listener.filter(|_| owner.socket.is_none());
        let listens = listener
            .and_then(|listener| self.sockets.get(listener))
            .filter(|listener| listener.backlog.is_some())
            .map(|_| {
                let answered = connection.end(side).segments == 1;
                at.time.since(if answered { connection.last } else { connection.first })
            });
        let machine = inner.tracker.machine(connection, side);
        let inferred = machine.state;
        let known = Known {
            before_received: machine.before_received(),
            listens,
            waits_for_ack: machine.space.outline().waits_for_ack(),
            fin_sent: connection.end(side).fin_sent,
        };
        match judge(inferred, kernel, known) {
            Verdict::Agrees => self.kernel_agrees(at, id, side),
            Verdict::Adopt(state, rfc) => {
                self.agrees_again(id, side);
                self.move_end(at, (id, side), state, rfc, StateCause::Kernel);
            }
            Verdict::NotReceived => {
                let undoes = Contradiction::KernelKnowsBetter;
                self.not_received(at, id, side, (Confidence::Kernel, undoes));
            }
            Verdict::Cookie => {
                let space = machine.space.clone();
                let because = StateCause::SynCookie;
                self.move_end(at, (id, side), State::Listen, Some("3.10.7.2"), because);
                if let Some((connection, inner)) = self.connections.parts(id) {
                    inner.tracker.machine_mut(connection, side).has_sent_cookie(space);
                }
                self.agrees_again(id, side);
            }
            Verdict::Differs => self.kernel_differs(at, id, side, kernel),
        }
    }

    /// The state is sure now, in the moments too that show it.
    fn kernel_agrees(&mut self, at: At, id: ConnectionId, side: Side) {
        let Some((connection, inner)) = self.connections.parts(id) else { return };
        let state = connection.end(side).state;
        let twin = connection.self_connected.then_some(side.other());
        let sides = || [Some(side), twin].into_iter().flatten();
        for side in sides() {
            connection.ends[side.index()].confidence = Confidence::Kernel;
        }
        inner.tracker.machine_mut(connection, side).confidence = Confidence::Kernel;
        let shown = sides()
            .flat_map(|side| [(side, inner.moved[side.index()]), (side, inner.last_moment)])
            .collect::<Vec<_>>();
        for (side, number) in shown {
            let Some(number) = number else { continue };
            self.each_change(number, side, |change| {
                if change.after == state {
                    change.confidence = Confidence::Kernel;
                }
            });
        }
        if self.agrees_again(id, side) {
            self.tell_kernel(at, id, side, state);
        }
    }

    /// What a segment's moment, and that of its arrival, say of that end.
    fn each_change(&mut self, number: u64, side: Side, to: impl Fn(&mut Change)) {
        let Some(moment) = self.moment_mut(number) else { return };
        let sent = match &mut moment.what {
            What::Segment(_) => number,
            What::Wire(wire) => {
                if let (Some(states), Some((_, from))) = (&mut wire.states, wire.connection) {
                    to(if from == side { &mut states.from } else { &mut states.to });
                }
                wire.moment
            }
            _ => return,
        };
        if let Some(moment) = self.moment_mut(sent)
            && let What::Segment(segment) = &mut moment.what
        {
            let states = &mut segment.states;
            to(if segment.from == side { &mut states.from } else { &mut states.to });
        }
    }

    /// Forgets a difference; says whether there was one.
    fn agrees_again(&mut self, id: ConnectionId, side: Side) -> bool {
        self.connections
            .parts(id)
            .is_some_and(|(c, _)| c.ends[side.index()].kernel_differs.take().is_some())
    }

    fn kernel_differs(&mut self, at: At, id: ConnectionId, side: Side, kernel: Option<State>) {
        let Some((connection, _)) = self.connections.parts(id) else { return };
        let end = &mut connection.ends[side.index()];
        if end.kernel_differs != Some(kernel) {
            end.kernel_differs = Some(kernel);
            self.tell_kernel(at, id, side, kernel);
        }
    }

    fn tell_kernel(&mut self, at: At, id: ConnectionId, side: Side, kernel: Option<State>) {
        let Some(end) = self.connections.get(id).map(|connection| connection.end(side)) else {
            return;
        };
        let moment = KernelMoment {
            connection: id,
            side,
            end: end.name.clone(),
            inferred: end.state,
            kernel,
        };
        self.add(at, What::Kernel(moment));
    }

    /// The number of the moment at which a segment was sent to that end that came by this one.
    fn sent_to(&self, number: u64, side: Side) -> Option<u64> {
        match &self.at(number)?.what {
            What::Segment(segment) => (segment.from != side).then_some(number),
            What::Wire(wire) => {
                wire.connection.is_some_and(|(_, from)| from != side).then_some(wire.moment)
            }
            _ => None,
        }
    }

    /// What came last was captured, and wasn't taken: a filter, or a full queue. The moment of
    /// that segment then shows that it changed nothing. With how sure that is, and by which rule.
    pub(super) fn not_received(
        &mut self,
        at: At,
        id: ConnectionId,
        side: Side,
        (confidence, rule): (Confidence, Contradiction),
    ) {
        self.agrees_again(id, side);
        let Some((connection, inner)) = self.connections.parts(id) else { return };
        let before = connection.end(side).state;
        let after = inner.tracker.machine_mut(connection, side).unreceive(confidence);
        let change = Change { before, after, confidence, rfc: None };
        let undoes = Some(rule);
        let twin = connection.self_connected.then_some(side.other());
        for side in [Some(side), twin].into_iter().flatten() {
            connection.ends[side.index()].step(Step { change, frame: None, time: at.time, undoes });
        }
        let moved = inner.moved[side.index()].take();
        let end = connection.end(side).name.clone();
        let stays = Change { before: after, ..change };
        if let Some(moved) = moved
            && let Some(sent) = self.sent_to(moved, side)
        {
            self.each_change(moved, side, |change| *change = stays);
            if let Some(moment) = self.moment_mut(sent)
                && let What::Segment(segment) = &mut moment.what
            {
                segment.roles.insert(Role::NotTaken);
            }
            return;
        }
        let because = StateCause::Kernel;
        self.add(
            at,
            What::State(StateMoment { connection: Some((id, side)), end, change, because }),
        );
    }
}
