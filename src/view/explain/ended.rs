//! What there is to learn from calls that end: shutdown(), close().

use super::evidence::{Evidence, called, is, is_queued};
use super::exchanged::unsent;
use super::message::Message;
use super::stream::bytes_read;
use crate::packet::Flags;
use crate::story::{Connection, Role, SegmentMoment, Side};
use crate::tcp::State;

pub(super) fn shut_down(evidence: &Evidence, read: bool, write: bool) -> Vec<Message> {
    let fin = evidence.sent().find(|segment| segment.segment.flags.has(Flags::FIN));
    match fin {
        Some(fin) if write => {
            let mut messages = rode_along(evidence, fin);
            if read {
                messages.push(Message::ShutdownIsNotClose { name: evidence.name() });
            } else if !was_refused(evidence) {
                messages.push(Message::ShutdownSentFin);
            }
            messages.extend(time_wait(evidence));
            messages
        }
        None if read && !write && evidence.end().is_some() => {
            vec![Message::ShutdownReadSendsNothing]
        }
        Some(_) | None => Vec::new(),
    }
}

/// Whether RST came back: then nothing is left to receive.
fn was_refused(evidence: &Evidence) -> bool {
    evidence.came_back().any(|segment| segment.segment.flags.has(Flags::RST))
}

pub(super) fn closed(evidence: &Evidence) -> Vec<Message> {
    let queued = evidence
        .caused()
        .filter(|segment| segment.segment.flags.has(Flags::RST) && is_queued(&segment.names[0]));
    let connections = queued.count();
    if connections > 0 {
        return vec![Message::QueueWasReset { connections }];
    }
    let Some((connection, side)) = evidence.end() else { return Vec::new() };
    let has = |flag| evidence.sent().find(move |segment| segment.segment.flags.has(flag));
    if has(Flags::RST).is_some() {
        return vec![reset(evidence, connection, side)];
    }
    let Some(fin) = has(Flags::FIN) else {
        let path = &connection.end(side).path;
        let left = path.last().and_then(|step| step.change.before);
        let early = left == Some(State::SynSent) || evidence.state() == Some(State::SynSent);
        if early {
            return vec![Message::ClosedBeforeAnAnswer];
        }
        let bytes = unsent(evidence, 0);
        let ends = matches!(evidence.state(), Some(State::FinWait1 | State::LastAck));
        let left = bytes > 0 && ends;
        return if left { vec![Message::ClosedWithDataLeft { bytes }] } else { Vec::new() };
    };
    let mut messages = rode_along(evidence, fin);
    messages.extend(time_wait(evidence));
    let peer = connection.end(side.other());
    if peer.state == Some(State::CloseWait) && !is_queued(&peer.name) {
        messages.push(Message::PeerMustCloseToo { peer: called(connection, side.other()) });
    }
    messages
}

/// Why `close()` sent RST.
fn reset(evidence: &Evidence, connection: &Connection, side: Side) -> Message {
    let arrived = connection.end(side.other()).bytes;
    let read = bytes_read(evidence.story, connection, side);
    let unread = read.map_or(0, |read| arrived.saturating_sub(read));
    let lingers = evidence
        .earlier_returns()
        .find(|ret| ret.call.function == "setsockopt" && ret.call.args.contains("SO_LINGER"));
    let at_once = lingers.is_some_and(|ret| ret.call.args.trim_end().ends_with("on:0"));
    match (unread, at_once) {
        (1.., _) => Message::ResetForUnread { bytes: unread },
        (0, true) => Message::ResetByLinger,
        (0, false) => Message::ResetByClose,
    }
}

fn rode_along(evidence: &Evidence, fin: &SegmentMoment) -> Vec<Message> {
    // It is the first to acknowledge that FIN: no ACK of it was alone before.
    if is(fin, Role::AckOfFin) && is(fin, Role::Fin) {
        vec![Message::AckRodeOnFin { peer: evidence.peer() }]
    } else {
        Vec::new()
    }
}

/// Who has come to TIME-WAIT by what the call caused.
fn time_wait(evidence: &Evidence) -> Option<Message> {
    let (connection, _) = evidence.end().filter(|(connection, _)| !connection.self_connected)?;
    let waits = |side: Side| connection.end(side).state == Some(State::TimeWait);
    let came = |segment: &SegmentMoment| {
        let after = Some(State::TimeWait);
        let states = segment.states;
        [states.from, states.to].iter().any(|change| change.moved() && change.after == after)
    };
    evidence.caused().find(|segment| came(segment))?;
    match (waits(Side::A), waits(Side::B)) {
        (true, true) => Some(Message::TimeWaitBoth),
        (true, false) => Some(Message::TimeWait { name: called(connection, Side::A) }),
        (false, true) => Some(Message::TimeWait { name: called(connection, Side::B) }),
        (false, false) => None,
    }
}
