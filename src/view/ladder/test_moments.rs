//! Scenes told by hand: a call, what it causes, what it returns.

use std::sync::Arc;

use crate::packet::Flags;
use crate::story::{
    CallMoment, Change, Confidence, Moment, ReturnMoment, SegmentMoment, Side, What,
};
use crate::tcp::State;
use crate::trace::{CallId, Effect, EventId, Outcome, SocketId, Time};
use crate::view::look::Look;
use crate::view::specimen::{START, change, segment, with};

/// Eighty columns, no colour.
pub const LOOK: Look =
    Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };

/// No PSH.
pub const SYN: Flags = Flags::SYN;
pub const SYN_ACK: Flags = Flags::SYN.with(Flags::ACK);
pub const ACK: Flags = Flags::ACK;
pub const PSH_ACK: Flags = Flags::PSH.with(Flags::ACK);
pub const FIN_ACK: Flags = Flags::FIN.with(Flags::ACK);
pub const RST: Flags = Flags::RST;
pub const RST_ACK: Flags = Flags::RST.with(Flags::ACK);

/// A scene between `client` and `server`, whose ends' states it keeps.
pub struct Scene {
    pub moments: Vec<Moment>,
    states: [Option<State>; 2],
    call: Option<(CallMoment, Time)>,
    frame: u64,
}

impl Scene {
    /// Both ends in these states.
    pub fn new(left: Option<State>, right: Option<State>) -> Scene {
        Scene { moments: Vec::new(), states: [left, right], call: None, frame: 0 }
    }

    /// Between two that are connected.
    pub fn connected() -> Scene {
        Scene::new(Some(State::Established), Some(State::Established))
    }

    /// The learner types a call, at 0.
    pub fn call(mut self, name: &str, function: &'static str, args: &str) -> Scene {
        let call = CallMoment {
            call: CallId(3),
            socket: SocketId(1),
            name: Arc::from(name),
            function,
            args: args.to_owned(),
        };
        self.call = Some((call.clone(), START));
        self.push(0, What::Call(call));
        self
    }

    /// A segment passes; `moves` says which ends it moves, and where.
    pub fn passes(
        self,
        from: Side,
        micros: u64,
        flags: Flags,
        seq: u32,
        ack: u32,
        moves: &[(Side, State)],
    ) -> Scene {
        self.passes_with(from, micros, flags, seq, ack, moves, |_| {})
    }

    /// The same, with changes to the moment.
    #[expect(clippy::too_many_arguments, reason = "a segment has many")]
    pub fn passes_with(
        mut self,
        from: Side,
        micros: u64,
        flags: Flags,
        seq: u32,
        ack: u32,
        moves: &[(Side, State)],
        change_it: impl FnOnce(&mut SegmentMoment),
    ) -> Scene {
        self.frame += 1;
        let changes = [Side::A, Side::B].map(|side| {
            let before = self.states[side.index()];
            let to = moves.iter().find(|(moved, _)| *moved == side).map(|(_, state)| *state);
            let after = to.or(before);
            self.states[side.index()] = after;
            match (before, after) {
                (Some(before), Some(after)) => change(before, after),
                (before, after) => {
                    Change { before, after, confidence: Confidence::Inferred, rfc: None }
                }
            }
        });
        let moment = with(segment(self.frame, from, micros, flags, seq, ack), |m| {
            m.states.from = changes[from.index()];
            m.states.to = changes[from.other().index()];
            change_it(m);
        });
        self.moments.push(moment);
        self
    }

    /// The call returns.
    pub fn returns(mut self, micros: u64, outcome: Outcome, effect: Effect) -> Scene {
        let (call, began) = self.call.take().expect("a call was made");
        self.push(micros, What::Return(ReturnMoment { call, began, outcome, effect, peer: None }));
        self
    }

    /// Something else happens.
    pub fn push(&mut self, micros: u64, what: What) {
        let event = EventId(self.moments.len() as u64);
        self.moments.push(Moment { event, time: at(micros), what });
    }
}

/// So many microseconds after the start.
pub fn at(micros: u64) -> Time {
    Time(START.0 + micros * 1000)
}

/// The segment carries this.
pub fn carries(data: &'static [u8]) -> impl FnOnce(&mut SegmentMoment) {
    move |m| {
        m.preview = data.iter().copied().take(64).collect();
        m.segment.payload.len = data.len() as u32;
    }
}

/// A handshake below `connect`.
pub fn handshake() -> Scene {
    let options = |m: &mut SegmentMoment| m.segment.options = crate::view::specimen::syn_options();
    Scene::new(Some(State::Closed), Some(State::Listen))
        .call("client", "connect", "127.0.0.1:8899")
        .passes_with(
            Side::A,
            4,
            SYN,
            0,
            0,
            &[(Side::A, State::SynSent), (Side::B, State::SynReceived)],
            options,
        )
        .passes_with(Side::B, 13, SYN_ACK, 0, 1, &[(Side::A, State::Established)], options)
        .passes(Side::A, 18, ACK, 1, 1, &[(Side::B, State::Established)])
        .returns(31, Outcome::Value(0), Effect::None)
}
