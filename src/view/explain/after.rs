//! What there is to learn from a call that went well.

use super::ended::{closed, shut_down};
use super::evidence::Evidence;
use super::exchanged::{is_urgent, received, sent};
use super::loss::lost;
use super::message::Message;
use super::opened::{
    accepted, bound, connected, ended_time_wait, is_local, listening, port_chosen, wildcard_called,
};
use crate::story::{Fate, Harm, Passage, ReturnMoment};
use crate::trace::{Effect, FrameNumber};

/// Segments of one call that were lost or damaged by rule, of which each is told.
const DISTURBED: usize = 2;

/// All that is worth saying, the most telling first. `queue` is the listener's that the call has
/// to do with: how many wait, and how many can.
pub fn succeeded(
    evidence: &Evidence,
    ret: &ReturnMoment,
    value: i64,
    queue: Option<(u32, u32)>,
) -> Vec<Message> {
    let messages = undisturbed(evidence, ret, value, queue);
    if evidence.in_flight().next().is_none() && evidence.disturbed().next().is_none() {
        return messages;
    }
    // What is usually so need not be: not all has arrived.
    let mut told: Vec<Message> = evidence
        .disturbed()
        .filter_map(|segment| wire_did(evidence, segment.frame, &segment.passage))
        .collect();
    if told.len() > DISTURBED {
        let more = told.len() - DISTURBED;
        told.truncate(DISTURBED);
        told.push(Message::MoreOnTheWire { more });
    }
    told.extend(messages.into_iter().filter(|message| {
        matches!(
            message,
            Message::KernelChosePort { .. }
                | Message::WildcardCalled { .. }
                | Message::ConnectedToItself
                | Message::BothOpened
                | Message::HeldBack
                | Message::Corked
        )
    }));
    told
}

/// What a rule of the wire did to a segment. What the learner did needs no telling.
pub(super) fn wire_did(
    evidence: &Evidence,
    frame: FrameNumber,
    passage: &Passage,
) -> Option<Message> {
    match passage.fate() {
        _ if passage.held || passage.absorbed_by.is_some() => None,
        Fate::Dropped => {
            let told = lost(evidence.story, frame, false);
            Some(Message::LostOnTheWire { told })
        }
        Fate::Harmed(Harm::Corrupted) => Some(Message::DamagedOnTheWire { frame: frame.0 }),
        Fate::Delivered
        | Fate::Held
        | Fate::Harmed(Harm::Delayed | Harm::Duplicated | Harm::Reordered) => None,
    }
}

fn undisturbed(
    evidence: &Evidence,
    ret: &ReturnMoment,
    value: i64,
    queue: Option<(u32, u32)>,
) -> Vec<Message> {
    match (ret.call.function, &ret.effect) {
        ("socket", _) if is_local(evidence) => Vec::new(),
        ("socket", _) => vec![Message::SocketIsOnlyADescriptor],
        ("bind", _) if is_local(evidence) => vec![Message::FileWasMade],
        ("bind", _) => bound(evidence),
        (_, Effect::Listening { .. }) if is_local(evidence) => Vec::new(),
        (_, Effect::Listening { backlog }) => listening(evidence, *backlog, queue),
        ("connect", _) => {
            let mut messages: Vec<Message> = ended_time_wait(evidence).into_iter().collect();
            messages.extend(connected(evidence, queue));
            messages.extend(wildcard_called(evidence));
            messages.extend(port_chosen(evidence));
            messages
        }
        (_, Effect::Accepted { socket, .. }) => accepted(evidence, ret, *socket),
        (_, Effect::Sent { urgent: true, .. }) => vec![Message::UrgentByte],
        (_, Effect::Sent { taken, asked, .. }) => sent(evidence, *taken, *asked),
        (_, Effect::Received { .. }) if value > 0 && is_urgent(evidence) => {
            vec![Message::UrgentByteRead]
        }
        (_, Effect::Received { data, peeked, truncated_from, .. }) => {
            received(evidence, data.len(), *peeked, *truncated_from, value)
        }
        (_, Effect::ShutDown { read, write }) => shut_down(evidence, *read, *write),
        (_, Effect::Closed) => closed(evidence),
        (_, _) => Vec::new(),
    }
}
