//! [Moments](Moment) as JSON Lines: one object a line, `event` first, times as strings of seconds
//! with nine decimals. Scripts outside the project rely on names, order and meaning; both change
//! only by addition at an object's end.

mod conversation;
mod line;
mod socket;

use std::fmt::Write as _;

pub use conversation::conversation;
pub use socket::sockets;

use super::deviation;
use super::sanitize::escape;
use crate::packet::{Options, SeqNumber, TcpOption};
use crate::story::{
    CallMoment, Change, DatagramMoment, Deviation, EndName, Fate, IcmpMoment, KernelMoment, Moment,
    Passage, ReturnMoment, Role, SegmentMoment, StateCause, StateMoment, What, WireMoment,
};
use crate::tcp::State;
use crate::trace::{Address, Deed, Effect, Origin, Outcome, Time, errno};
use line::{About, BothStates, Brought, CauseOf, Line, Misleads, OneState, OptionsOf, OriginOf};

/// A moment's lines, without line ends: one, and after a segment a `state` line for every move of
/// either end's state, in the order in which they happened.
pub fn lines(moment: &Moment) -> Vec<String> {
    let time = moment.time;
    match &moment.what {
        What::Call(call) => vec![text_of(&called(time, call))],
        What::Blocked(blocked) => vec![text_of(&Line::Blocked { id: blocked.call.0 })],
        What::Return(returned) => vec![text_of(&return_line(time, returned))],
        What::Segment(segment) => {
            let moves = moves(time, segment);
            std::iter::once(segment_line(time, segment)).chain(moves).map(|l| text_of(&l)).collect()
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

/// Appends the line of a recording's segment, with its line end: as [`lines`] has it, without the
/// call that caused it, which no file tells, and with `stream`, its number as Wireshark counts.
pub fn recorded_segment(out: &mut Vec<u8>, time: Time, moment: &SegmentMoment, stream: u32) {
    let mut line = segment_line(time, moment);
    if let Line::Segment { cause, stream: number, .. } = &mut line {
        *cause = CauseOf::Untold;
        *number = Some(stream);
    }
    append(out, &line);
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

fn segment_line(time: Time, moment: &SegmentMoment) -> Line<'_> {
    let segment = &moment.segment;
    Line::Segment {
        frame: moment.frame.0,
        time,
        connection: moment.connection.0,
        src: segment.src,
        dst: segment.dst,
        from: moment.names[0].text(),
        to: moment.names[1].text(),
        flags: segment.flags.to_string(),
        seq: moment.seq,
        ack: moment.ack,
        seq_raw: segment.seq.0,
        ack_raw: segment.ack.0,
        len: segment.payload.len,
        header_len: segment.header_len,
        win_raw: segment.window,
        win: moment.window,
        options: options(&segment.options, acknowledgement_base(moment)),
        role: moment.roles.iter().map(Role::word).collect(),
        analysis: &moment.analysis,
        deviation: moment.deviation.map(|deviation| misleads(moment, None, &deviation)),
        shows: moment.shows.map(|later| misleads(moment, Some(later.frame.0), &later.deviation)),
        fate: moment.passage.fate().word(),
        origin: origin(&moment.passage),
        cause: CauseOf::Call(moment.cause.map(|call| call.0)),
        state: BothStates {
            from: one_state(&moment.states.from),
            to: one_state(&moment.states.to),
        },
        stream: None,
    }
}

/// Where Wireshark misleads; `frame` if in an earlier one.
fn misleads(moment: &SegmentMoment, frame: Option<u64>, deviation: &Deviation) -> Misleads {
    Misleads::new(frame, deviation, deviation::because(moment, deviation))
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

/// The sequence number from which `ack` and SACK's edges are counted: the receiver's initial one.
fn acknowledgement_base(moment: &SegmentMoment) -> SeqNumber {
    SeqNumber(moment.segment.ack.0.wrapping_sub(moment.ack.unwrap_or(moment.segment.ack.0)))
}

fn options(options: &Options, base: SeqNumber) -> OptionsOf {
    let timestamps = options.timestamps();
    let mut out = OptionsOf {
        mss: options.mss(),
        ws: options.window_scale(),
        sackok: options.sack_permitted(),
        tsval: timestamps.map(|(value, _)| value),
        tsecr: timestamps.map(|(_, echo)| echo),
        sack: options
            .sack_blocks()
            .iter()
            .map(|block| [block.left.relative_to(base), block.right.relative_to(base)])
            .collect(),
        ..OptionsOf::default()
    };
    for (option, _) in options.iter() {
        match option {
            TcpOption::FastOpenCookie(cookie) => out.fastopen = Some(hex(&cookie)),
            TcpOption::UserTimeout(seconds) => out.user_timeout = Some(seconds),
            TcpOption::Other { kind, .. } | TcpOption::Malformed { kind } => out.other.push(kind),
            TcpOption::EndOfList
            | TcpOption::NoOperation
            | TcpOption::MaximumSegmentSize(_)
            | TcpOption::WindowScale(_)
            | TcpOption::SackPermitted
            | TcpOption::Sack(_)
            | TcpOption::Timestamps { .. } => {}
        }
    }
    out
}

/// A segment first takes back what it disproves, then moves its sender, then its receiver.
fn moves(time: Time, moment: &SegmentMoment) -> Vec<Line<'_>> {
    let corrections = moment.corrections.iter().map(|(side, change)| {
        let end = &moment.names[usize::from(*side != moment.from)];
        (end, change, true)
    });
    let states = &moment.states;
    corrections
        .chain([(&moment.names[0], &states.from, false)])
        // What arrives later says so by its own line.
        .chain((!moment.passage.waits()).then_some((&moment.names[1], &states.to, false)))
        .filter(|(_, change, _)| change.moved())
        .map(|(end, change, correction)| {
            let frame = Some(moment.frame.0);
            state_move(time, Some(moment.connection.0), end, change, frame, correction)
        })
        .collect()
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
    use crate::packet::{Flags, SackBlock};
    use crate::story::{BlockedMoment, Confidence, Side};
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
    fn a_recorded_segment_has_its_stream_and_no_cause() {
        let moment = specimen::segment(1, Side::A, 0, Flags::SYN, 0, 0);
        let live = lines(&moment).remove(0);
        let What::Segment(segment) = &moment.what else { panic!("a segment") };
        let mut out = Vec::new();
        recorded_segment(&mut out, moment.time, segment, 7);
        let recorded = String::from_utf8(out).unwrap();
        let expected = live.replace(r#""cause":3,"#, "").replace("}}}", r#"}},"stream":7}"#);
        assert_eq!(recorded, expected + "\n");
    }

    #[test]
    fn a_syn_is_spelled_as_in_the_contract_and_followed_by_its_moves() {
        let syn = specimen::segment(1, Side::A, 0, Flags::SYN, 0, 0);
        let syn = specimen::with(syn, |m| {
            m.segment.options = specimen::syn_options();
            m.segment.header_len = 40;
            m.segment.window = 64240;
            m.window = 64240;
            m.roles = Role::Syn.into();
            m.states.from = specimen::change(State::Closed, State::SynSent);
            m.states.to = specimen::change(State::Listen, State::SynReceived);
            m.states.to.confidence = Confidence::Kernel;
        });
        assert_eq!(
            lines(&syn),
            [
                concat!(
                    r#"{"event":"segment","frame":1,"time":"1700000000.123456789","connection":0,"#,
                    r#""src":"127.0.0.1:40112","dst":"127.0.0.1:8899","from":"client","to":"server","#,
                    r#""flags":"SYN","seq":0,"ack":null,"seq_raw":1000,"ack_raw":0,"len":0,"#,
                    r#""header_len":40,"win_raw":64240,"win":64240,"#,
                    r#""options":{"mss":1460,"ws":7,"sackok":true,"tsval":77,"tsecr":0},"#,
                    r#""role":["syn"],"analysis":[],"fate":"delivered","cause":3,"#,
                    r#""state":{"from":{"before":"CLOSED","after":"SYN-SENT","source":"inferred"},"#,
                    r#""to":{"before":"LISTEN","after":"SYN-RECEIVED","source":"kernel"}}}"#
                ),
                r#"{"event":"state","connection":0,"endpoint":"client","from":"CLOSED","to":"SYN-SENT","because":1,"source":"inferred","rfc":"3.10.7.3","time":"1700000000.123456789"}"#,
                r#"{"event":"state","connection":0,"endpoint":"server","from":"LISTEN","to":"SYN-RECEIVED","because":1,"source":"kernel","rfc":"3.10.7.3","time":"1700000000.123456789"}"#,
            ]
        );
    }

    #[test]
    fn the_edges_of_sack_are_counted_like_the_acknowledgement() {
        let ack = specimen::segment(9, Side::B, 0, Flags::ACK, 1, 1);
        let ack = specimen::with(ack, |m| {
            let (left, right) = (SeqNumber(2449), SeqNumber(3897));
            let sack = TcpOption::Sack(vec![SackBlock { left, right }]);
            m.segment.options = Options::from_iter([sack]);
        });
        assert!(lines(&ack)[0].contains(r#""options":{"sack":[[1449,2897]]}"#));
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
    fn corrections_come_before_the_moves() {
        let fin = Flags::FIN.with(Flags::ACK);
        let fin = specimen::with(specimen::segment(4, Side::B, 0, fin, 1, 1), |m| {
            m.corrections = vec![(Side::A, specimen::change(State::CloseWait, State::Established))];
            m.states.from = specimen::change(State::Established, State::FinWait1);
        });
        let told = lines(&fin);
        assert!(told[1].contains(r#""endpoint":"client","from":"CLOSE-WAIT","to":"ESTABLISHED""#));
        assert!(told[1].contains(r#""correction":true"#));
        assert!(told[2].contains(r#""endpoint":"server","from":"ESTABLISHED","to":"FIN-WAIT-1""#));
        assert_eq!(told.len(), 3);
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
