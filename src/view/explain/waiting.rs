//! What a blocked call waits for, and calls that wait for each other.

use super::evidence::{Evidence, called};
use super::failed::syns;
use super::loss;
use super::message::Message;
use crate::packet::Flags;
use crate::story::{CallMoment, Connection, Side, Story};
use crate::trace::SocketId;

/// A call that hasn't returned.
#[derive(Debug, Clone, Copy)]
pub struct Pending<'a> {
    /// Which.
    pub call: &'a CallMoment,
    /// Of a `send`: how many bytes went, of how many.
    pub went: Option<(usize, usize)>,
    /// The queue of the listener that a `connect` calls: how many wait, and how many can.
    pub queue: Option<(u32, u32)>,
}

/// What it waits for.
pub fn waits(pending: &Pending, story: &Story) -> Message {
    let evidence = Evidence { call: pending.call, moments: &[], story };
    let name = evidence.name();
    let peer = evidence.end().map(|(connection, side)| called(connection, side.other()));
    if let Some(message) = on_the_wire(&evidence) {
        return message;
    }
    if let Some(message) = for_repair(&evidence) {
        return message;
    }
    match pending.call.function {
        "accept" => Message::AcceptWaits { server: name },
        call @ ("recv" | "recvfrom") if pending.call.args.contains("waitall") => {
            Message::RecvWaitsForMore { name, call }
        }
        call @ ("recv" | "recvfrom") => Message::RecvWaits { name, call, peer },
        call @ ("send" | "sendto") => Message::SendWaits { name, call, peer, went: pending.went },
        "connect" => match (pending.queue, peer) {
            (Some((waiting, most)), Some(server)) if waiting >= most => {
                Message::ConnectWaitsForQueue { name, server, queue: (waiting, most) }
            }
            (Some(_) | None, _) => Message::ConnectWaits { name, syns: syns(&evidence) },
        },
        "poll" => Message::PollWaits,
        call => Message::Waits { name, call },
    }
}

/// A segment that this call waits for and that hasn't arrived: any of an opening connection,
/// otherwise what comes to it.
fn on_the_wire(evidence: &Evidence) -> Option<Message> {
    let (_, side) = evidence.end()?;
    let call = evidence.call.function;
    let segment = evidence.in_flight().find(|segment| match call {
        "connect" | "send" | "sendto" => true,
        "recv" | "recvfrom" => {
            let brings = segment.segment.payload.len > 0
                || segment.segment.flags.has_any(Flags::FIN.with(Flags::RST));
            segment.from != side && brings
        }
        _ => false,
    })?;
    let (frame, flags) = (segment.frame.0, segment.segment.flags.to_string());
    Some(Message::WaitsForWire { name: evidence.name(), call, frame, flags })
}

/// What was sent to this end and lost, and will be sent again.
fn for_repair(evidence: &Evidence) -> Option<Message> {
    let call = evidence.call.function;
    let takes = matches!(call, "recv" | "recvfrom" | "connect");
    let missing = loss::missing(evidence).filter(|_| takes)?;
    Some(Message::WaitsForRepair { name: evidence.name(), call, missing })
}

/// Calls that wait for each other's sockets while nothing is under way: nothing will happen by
/// itself. The two ends of one connection, both waiting in `recv`, or both in `send`.
pub fn deadlock(pending: &[Pending], story: &Story) -> Option<Message> {
    pending.iter().enumerate().find_map(|(place, one)| {
        let other =
            pending[place + 1..].iter().find(|other| wait_for_each_other(one, other, story))?;
        let alone = |socket| pending.iter().filter(|p| p.call.socket == socket).count() == 1;
        if !alone(one.call.socket) || !alone(other.call.socket) {
            return None;
        }
        let name = |pending: &Pending| pending.call.name.to_string();
        let wait = |who: &Pending, whom: &Pending| (name(who), who.call.function, name(whom));
        Some(Message::Standstill { waits: vec![wait(one, other), wait(other, one)] })
    })
}

fn wait_for_each_other(one: &Pending, other: &Pending, story: &Story) -> bool {
    let Some((connection, side)) = end(one.call.socket, story) else { return false };
    let across = end(other.call.socket, story);
    let opposite = across.is_some_and(|(c, s)| c.id == connection.id && s == side.other());
    let read = |call: &CallMoment| matches!(call.function, "recv" | "recvfrom");
    let write = |call: &CallMoment| matches!(call.function, "send" | "sendto");
    let both_read = read(one.call) && read(other.call) && is_quiet(connection);
    opposite && (both_read || (write(one.call) && write(other.call)))
}

fn end(socket: SocketId, story: &Story) -> Option<(&Connection, Side)> {
    let (id, side) = story.socket(socket)?.connection?;
    Some((story.connection(id)?, side))
}

/// Whether everything that was sent has been acknowledged, both ways.
fn is_quiet(connection: &Connection) -> bool {
    [Side::A, Side::B].into_iter().all(|side| {
        let (own, peer) = (connection.end(side), connection.end(side.other()));
        match (own.next_seq, peer.last_ack) {
            (Some(next), Some(ack)) => !next.is_after(ack),
            (Some(_), None) => false,
            (None, _) => true,
        }
    })
}
