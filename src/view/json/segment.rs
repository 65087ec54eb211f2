//! A TCP segment's line, and those of the moves that it brings about.

use super::line::{BothStates, CauseOf, Line, Misleads, OptionsOf};
use super::{append, hex, one_state, origin, state_move};
use crate::packet::{Options, SeqNumber, TcpOption};
use crate::story::{Deviation, Role, SegmentMoment};
use crate::trace::Time;
use crate::view::deviation;

/// Appends the line of a recording's segment, with its line end: as [`lines`](super::lines) has it, without the
/// call that caused it, which no file tells, and with `stream`, its number as Wireshark counts.
pub fn recorded_segment(out: &mut Vec<u8>, time: Time, moment: &SegmentMoment, stream: u32) {
    let mut line = line(time, moment);
    if let Line::Segment { cause, stream: number, .. } = &mut line {
        *cause = CauseOf::Untold;
        *number = Some(stream);
    }
    append(out, &line);
}

pub(super) fn line(time: Time, moment: &SegmentMoment) -> Line<'_> {
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
pub(super) fn moves(time: Time, moment: &SegmentMoment) -> Vec<Line<'_>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Flags, SackBlock};
    use crate::story::{Confidence, Side, What};
    use crate::tcp::State;
    use crate::view::json::lines;
    use crate::view::specimen;

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
}
