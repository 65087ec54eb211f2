//! [Moments](Moment) as JSON Lines: one object a line, `event` first, times as strings of seconds
//! with nine decimals. Scripts outside the project rely on names, order and meaning; both change
//! only by addition at an object's end.

mod conversation;
mod line;
mod segment;
mod socket;

use std::fmt::Write as _;

pub use conversation::conversation;
pub use segment::recorded_segment;
pub use socket::sockets;

use super::sanitize::escape;
use crate::story::{
    CallMoment, Change, DatagramMoment, EndName, Fate, IcmpMoment, KernelMoment, Moment, Passage,
    ReturnMoment, StateCause, StateMoment, What, WireMoment,
};
use crate::tcp::State;
use crate::trace::{Address, Deed, Effect, Origin, Outcome, Time, errno};
use line::{About, Brought, Line, OneState, OriginOf};

/// A moment's lines, without line ends: one, and after a segment a `state` line for every move of
/// either end's state, in the order in which they happened.
pub fn lines(moment: &Moment) -> Vec<String> {
    let time = moment.time;
    match &moment.what {
        What::Call(call) => vec![text_of(&called(time, call))],
        What::Blocked(blocked) => vec![text_of(&Line::Blocked { id: blocked.call.0 })],
        What::Return(returned) => vec![text_of(&return_line(time, returned))],
        What::Segment(segment) => {
            let moves = segment::moves(time, segment);
            std::iter::once(segment::line(time, segment))
                .chain(moves)
                .map(|l| text_of(&l))
                .collect()
        }
        What::Datagram(datagram) => vec![text_of(&datagram_line(time, datagram))],
        What::Icmp(icmp) => vec![text_of(&icmp_line(time, icmp))],
        What::Wire(wire) => {
            let moved = wire_move(time, wire);
            std::iter::once(wire_line(time, wire)).chain(moved).map(|l| text_of(&l)).collect()
        }
        What::Interposed { on } => vec![text_of(&Line::Interposed { time, on: *on })],
        What::State(state) => vec![text_of(&state_line(time, state))],
        What::Kernel(kernel) => vec![text_of(&kernel_line(time, kernel))],
        What::Undecoded { frame, what, passage } => vec![text_of(&Line::Frame {
            frame: frame.0,
            time,
            layer: what.layer,
            offset: what.offset,
            why: what.why,
            fate: passage.fate().word(),
            origin: origin(passage),
        })],
        What::Lost { frames } => vec![text_of(&Line::Lost { frames: *frames })],
        What::CaptureUnavailable { why } => vec![text_of(&Line::Unavailable { why })],
        What::Mark => vec![text_of(&Line::Mark { time })],
    }
}

/// The line about an expectation: where it stands in its script, whether it held, what was wanted
/// and what was found.
pub fn expect(line: usize, ok: bool, wanted: &str, found: &str) -> String {
    text_of(&Line::Expect { line, ok, wanted, found })
}

/// The line about a command that could not be understood or carried out. `line` and `column` count
/// from 1, the column in characters.
pub fn error(line: usize, column: usize, message: &str) -> String {
    text_of(&Line::Error { line, column, message })
}

fn called(time: Time, call: &CallMoment) -> Line<'_> {
    let CallMoment { call: id, name, function, args, .. } = call;
    Line::Call { id: id.0, time, socket: name, call: function, args }
}

fn return_line(time: Time, returned: &ReturnMoment) -> Line<'_> {
    let (value, errno) = match returned.outcome {
        Outcome::Value(value) => (Some(value), None),
        Outcome::Errno(number) => (None, Some(errno::name(number))),
    };
    Line::Return {
        id: returned.call.call.0,
        time,
        value,
        errno,
        brought: brought(&returned.effect),
    }
}

fn brought(effect: &Effect) -> Brought<'_> {
    match effect {
        Effect::Received { data, from, peeked, truncated_from } => Brought {
            data: Some(escape(data, false)),
            hex: Some(hex(data)),
            from: from.as_ref().map(Address::to_string),
            peeked: *peeked,
            truncated_from: *truncated_from,
            ..Brought::default()
        },
        Effect::Accepted { name, peer, .. } => Brought {
            socket: Some(name),
            peer: peer.as_ref().map(Address::to_string),
            ..Brought::default()
        },
        Effect::Answer(answer) => Brought { answer: Some(answer), ..Brought::default() },
        Effect::None
        | Effect::Opened { .. }
        | Effect::Sent { .. }
        | Effect::Listening { .. }
        | Effect::ShutDown { .. }
        | Effect::Closed => Brought::default(),
    }
}

/// What became of a frame that had waited.
fn wire_line(time: Time, moment: &WireMoment) -> Line<'_> {
    let fate = match moment.deed {
        Deed::Dropped | Deed::Absorbed { .. } => Fate::Dropped,
        Deed::Held
        | Deed::Delayed(_)
        | Deed::Reordered
        | Deed::Delivered
        | Deed::Duplicated
        | Deed::Corrupted => Fate::Delivered,
    };
    Line::Wire {
        frame: moment.frame.0,
        time,
        connection: moment.connection.map(|(id, _)| id.0),
        fate: fate.word(),
        from: moment.states.as_ref().map(|states| one_state(&states.from)),
        to: moment.states.as_ref().map(|states| one_state(&states.to)),
    }
}

fn wire_move(time: Time, moment: &WireMoment) -> Option<Line<'_>> {
    let change = &moment.states.as_ref().filter(|states| states.to.moved())?.to;
    let connection = moment.connection.map(|(id, _)| id.0);
    Some(state_move(time, connection, &moment.receiver, change, Some(moment.frame.0), false))
}

fn origin(passage: &Passage) -> OriginOf {
    let (copy_of, forged) = match passage.origin {
        Origin::Stack => (None, false),
        Origin::Copy { of } => (Some(of.0), false),
        Origin::Forged => (None, true),
    };
    OriginOf { copy_of, forged, absorbed_by: passage.absorbed_by.map(|held| held.frame.0) }
}

fn state_move<'a>(
    time: Time,
    connection: Option<u32>,
    end: &'a EndName,
    change: &Change,
    because: Option<u64>,
    correction: bool,
) -> Line<'a> {
    Line::State {
        connection,
        endpoint: end.text(),
        from: state(change.before),
        to: state(change.after),
        because,
        source: change.confidence.word(),
        rfc: change.rfc,
        call: None,
        kernel: false,
        correction,
        time,
    }
}

fn state_line(time: Time, moment: &StateMoment) -> Line<'_> {
    let (by_call, by_kernel) = match moment.because {
        StateCause::Call(id) => (Some(id.0), false),
        StateCause::Kernel | StateCause::SynCookie => (None, true),
    };
    let connection = moment.connection.map(|(id, _)| id.0);
    let mut line = state_move(time, connection, &moment.end, &moment.change, None, false);
    if let Line::State { call, kernel, .. } = &mut line {
        *call = by_call;
        *kernel = by_kernel;
    }
    line
}

fn datagram_line(time: Time, moment: &DatagramMoment) -> Line<'_> {
    Line::Datagram {
        frame: moment.frame.0,
        time,
        src: moment.datagram.src,
        dst: moment.datagram.dst,
        from: moment.names[0].text(),
        to: moment.names[1].text(),
        len: moment.datagram.payload.len,
        fate: moment.passage.fate().word(),
        origin: origin(&moment.passage),
        cause: moment.cause.map(|call| call.0),
        data: escape(&moment.preview, false),
        hex: hex(&moment.preview),
    }
}

fn icmp_line(time: Time, moment: &IcmpMoment) -> Line<'_> {
    let message = &moment.message;
    let names = moment.about.as_ref();
    let about = message.about.as_ref().map(|quoted| About {
        protocol: quoted.protocol,
        src: quoted.src,
        dst: quoted.dst,
        from: names.map_or("?", |names| names[0].text()),
        to: names.map_or("?", |names| names[1].text()),
        frame: moment.about_frame.map(|frame| frame.0),
    });
    Line::Icmp {
        frame: moment.frame.0,
        time,
        src: message.ip.src.to_string(),
        dst: message.ip.dst.to_string(),
        kind: message.kind,
        code: message.code,
        about,
        fate: moment.passage.fate().word(),
        origin: origin(&moment.passage),
        cause: moment.cause.map(|call| call.0),
    }
}

fn kernel_line(time: Time, moment: &KernelMoment) -> Line<'_> {
    Line::Kernel {
        time,
        connection: moment.connection.0,
        endpoint: moment.end.text(),
        inferred: state(moment.inferred),
        kernel: moment.kernel.map(State::name),
    }
}

fn one_state(change: &Change) -> OneState {
    OneState {
        before: state(change.before),
        after: state(change.after),
        source: change.confidence.word(),
    }
}

/// A state's name; `?` for an end that has said nothing yet.
fn state(state: Option<State>) -> &'static str {
    state.map_or("?", State::name)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A line and its end.
fn append(out: &mut Vec<u8>, line: &impl serde::Serialize) {
    serde_json::to_writer(&mut *out, line).expect("lines hold only strings and numbers");
    out.push(b'\n');
}

fn text_of(line: &Line<'_>) -> String {
    serde_json::to_string(line).expect("lines hold only strings and numbers")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::specimen;
    use super::*;
    use crate::story::BlockedMoment;
    use crate::trace::{CallId, EventId, SocketId};

    fn moment(what: What) -> Moment {
        Moment { event: EventId(0), time: specimen::START, what }
    }

    fn connect() -> CallMoment {
        CallMoment {
            call: CallId(3),
            socket: SocketId(1),
            name: Arc::from("client"),
            function: "connect",
            args: "127.0.0.1:8899".into(),
        }
    }

    fn returned(outcome: Outcome, effect: Effect) -> String {
        let began = specimen::START;
        let what = ReturnMoment { call: connect(), began, outcome, effect, peer: None };
        lines(&moment(What::Return(what))).join("\n")
    }

    #[test]
    fn a_call_and_its_fate_are_spelled_as_in_the_contract() {
        assert_eq!(
            lines(&moment(What::Call(connect()))),
            [
                r#"{"event":"call","id":3,"time":"1700000000.123456789","socket":"client","call":"connect","args":"127.0.0.1:8899"}"#
            ]
        );
        assert_eq!(
            lines(&moment(What::Blocked(BlockedMoment { call: CallId(3) }))),
            [r#"{"event":"blocked","id":3}"#]
        );
        assert_eq!(
            returned(Outcome::Value(0), Effect::None),
            r#"{"event":"return","id":3,"time":"1700000000.123456789","value":0}"#
        );
        assert_eq!(
            returned(Outcome::Errno(libc::ECONNREFUSED), Effect::None),
            r#"{"event":"return","id":3,"time":"1700000000.123456789","errno":"ECONNREFUSED"}"#
        );
    }

    #[test]
    fn received_bytes_come_as_escaped_text_and_as_hexadecimal() {
        let data: Arc<[u8]> = Arc::from(&b"a\"\\\n\x1b\xff\xc2\x85\xc3\xa9"[..]);
        let effect = Effect::Received { data, from: None, peeked: false, truncated_from: None };
        assert_eq!(
            returned(Outcome::Value(10), effect),
            r#"{"event":"return","id":3,"time":"1700000000.123456789","value":10,"data":"a\\\"\\\\\\n\\x1b\\xff\\xc2\\x85é","hex":"61225c0a1bffc285c3a9"}"#
        );
    }

    #[test]
    fn a_state_that_a_call_or_the_kernel_brought_has_no_frame() {
        let told = |because| {
            let change = specimen::change(State::Closed, State::Listen);
            let end = specimen::end("server");
            lines(&moment(What::State(StateMoment { connection: None, end, change, because })))
        };
        assert!(told(StateCause::Call(CallId(2)))[0].starts_with(
            r#"{"event":"state","connection":null,"endpoint":"server","from":"CLOSED","to":"LISTEN","because":null,"source":"inferred","rfc":"3.10.7.3","call":2,"#
        ));
        assert!(
            told(StateCause::Kernel)[0]
                .contains(r#""because":null,"source":"inferred","rfc":"3.10.7.3","kernel":true,"#)
        );
    }

    #[test]
    fn expectations_errors_and_losses_are_spelled_as_in_the_contract() {
        assert_eq!(
            expect(12, false, "return 0", "ECONNREFUSED"),
            r#"{"event":"expect","line":12,"ok":false,"wanted":"return 0","found":"ECONNREFUSED"}"#
        );
        assert_eq!(
            error(12, 6, "no socket is called \"x\""),
            r#"{"event":"error","line":12,"column":6,"message":"no socket is called \"x\""}"#
        );
        assert_eq!(lines(&moment(What::Lost { frames: 12 })), [r#"{"event":"lost","frames":12}"#]);
    }
}
