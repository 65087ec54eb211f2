//! What there is to learn from a call that went well.

use std::net::SocketAddr;

use super::evidence::{Evidence, called, is, is_queued};
use super::loss::{awaits_ack, lost};
use super::message::Message;
use super::stream::{Stream, bytes_read};
use crate::packet::Flags;
use crate::story::{
    Connection, Fate, Harm, Passage, ReturnMoment, Role, SegmentMoment, Side, Step, What,
};
use crate::tcp::State;
use crate::trace::{Address, Effect, FrameNumber, Outcome, SocketId, SocketKind};

/// Segments of one call that were lost or damaged by rule, of which each is told.
const DISTURBED: usize = 2;

/// Queues of no more than this many are never cut by `net.core.somaxconn`.
const SMALL_BACKLOG: i32 = 127;

/// What `net.core.somaxconn` is by default.
const LARGEST_BACKLOG: i32 = 4096;

/// Ports below take rights to bind, where `net.ipv4.ip_unprivileged_port_start` has its default.
const FIRST_FREE_PORT: u16 = 1024;

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
fn wire_did(evidence: &Evidence, frame: FrameNumber, passage: &Passage) -> Option<Message> {
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

fn bound(evidence: &Evidence) -> Vec<Message> {
    let any = evidence.call.args.ends_with(":0");
    match evidence.local() {
        Some(local) if any && local.port() != 0 => {
            vec![Message::PortWasChosen { port: local.port() }]
        }
        Some(local) if local.ip().is_unspecified() => {
            let address = local.ip().to_string();
            let mut messages = vec![Message::BoundToEveryAddress { address }];
            messages.extend(low_port(local.port()));
            messages
        }
        Some(local) => {
            [Message::BindOnlyTakesTheAddress].into_iter().chain(low_port(local.port())).collect()
        }
        None => vec![Message::BindOnlyTakesTheAddress],
    }
}

fn low_port(port: u16) -> Option<Message> {
    (port < FIRST_FREE_PORT).then_some(Message::LowPort { port })
}

/// Whether the socket is a unix socket, which has no ports and sends nothing over a network.
fn is_local(evidence: &Evidence) -> bool {
    evidence.kind().is_some_and(|kind| !kind.is_tcp() && !kind.is_udp())
}

fn listening(evidence: &Evidence, backlog: i32, queue: Option<(u32, u32)>) -> Vec<Message> {
    let most = queue.map(|(_, most)| most);
    let told = match backlog {
        0.. if most.is_some_and(|most| i64::from(most) <= i64::from(backlog)) => {
            Some(Message::BacklogWasCut { backlog, most: most.unwrap_or_default() })
        }
        0..=SMALL_BACKLOG => Some(Message::ListenSendsNothing { backlog }),
        backlog if !(0..=LARGEST_BACKLOG).contains(&backlog) => {
            Some(Message::BacklogIsCut { backlog })
        }
        _ => None,
    };
    told.into_iter().chain(port_chosen(evidence)).collect()
}

/// The port that a socket has just got without `bind()`.
fn port_chosen(evidence: &Evidence) -> Option<Message> {
    let port = evidence.local()?.port();
    let own = evidence.end().is_some_and(|(connection, _)| connection.self_connected);
    let had = evidence.earlier_returns().any(|ret| {
        matches!(ret.call.function, "bind" | "connect" | "listen" | "send" | "sendto")
            && matches!(ret.outcome, Outcome::Value(_))
    });
    (port != 0 && !own && !had).then(|| Message::KernelChosePort { name: evidence.name(), port })
}

/// A call to 0.0.0.0 or `::`, which reaches this machine.
fn wildcard_called(evidence: &Evidence) -> Option<Message> {
    let asked: SocketAddr = evidence.call.args.parse().ok()?;
    let (connection, side) = evidence.end()?;
    asked.ip().is_unspecified().then(|| Message::WildcardCalled {
        address: asked.ip().to_string(),
        called: connection.end(side.other()).address.ip().to_string(),
    })
}

/// A TIME-WAIT that the SYN of this `connect()` ended: its own, or that of the end it calls.
fn ended_time_wait(evidence: &Evidence) -> Option<Message> {
    let (connection, side) = evidence.end()?;
    let earlier = evidence.story.connections().iter().rev().filter(|c| c.id < connection.id);
    let ends = earlier.flat_map(|earlier| &earlier.ends);
    let ended = ends.filter(|end| {
        let waited = |step: &Step| step.change.before == Some(State::TimeWait);
        end.path.last().is_some_and(|step| waited(step) && step.time == connection.first)
    });
    let (own, peer) = (connection.end(side).address, connection.end(side.other()).address);
    ended.into_iter().find_map(|end| match end.address {
        address if address == own => Some(Message::TimeWaitTakenOver { port: own.port() }),
        address if address == peer => Some(Message::TimeWaitGaveWay {
            end: end.name.name.as_deref().map_or_else(|| peer.to_string(), str::to_owned),
        }),
        _ => None,
    })
}

fn connected(evidence: &Evidence, queue: Option<(u32, u32)>) -> Vec<Message> {
    if evidence.kind().is_some_and(SocketKind::is_udp) {
        return vec![Message::DatagramConnectSendsNothing];
    }
    let Some((connection, side)) = evidence.end() else {
        if evidence.earlier_returns().any(|ret| ret.call.args.starts_with("TCP_FASTOPEN_CONNECT")) {
            return vec![Message::FastOpenWaits];
        }
        // Without a capture the queue alone tells.
        let waits = queue.is_some_and(|(waiting, _)| waiting > 0);
        return if waits { vec![Message::NotYetAccepted { queue }] } else { Vec::new() };
    };
    let peer = connection.end(side.other());
    let kernel = peer.kernel_differs.unwrap_or(peer.state);
    if connection.self_connected {
        vec![Message::ConnectedToItself]
    } else if connection.simultaneous_open {
        vec![Message::BothOpened]
    } else if is_queued(&peer.name) && kernel == Some(State::SynReceived) {
        vec![Message::QueueFullAtLastAck { server: called(connection, side.other()), queue }]
    } else if is_queued(&peer.name) && evidence.state() == Some(State::Established) {
        vec![Message::NotYetAccepted { queue }]
    } else {
        Vec::new()
    }
}

fn accepted(evidence: &Evidence, ret: &ReturnMoment, socket: SocketId) -> Vec<Message> {
    let accepted = evidence.story.socket(socket).and_then(|socket| socket.connection);
    let Some((id, side)) = accepted else { return Vec::new() };
    let Some(connection) = evidence.story.connection(id) else { return Vec::new() };
    if connection.first > ret.began {
        return vec![Message::AcceptWasWoken];
    }
    let mut messages = Vec::new();
    let bytes = connection.end(side.other()).bytes;
    if bytes > 0 && connection.last < ret.began {
        let peer = called(connection, side.other());
        messages.push(Message::DataCameBeforeAccept { peer, bytes });
    }
    if evidence.caused().next().is_none() {
        messages.push(Message::AcceptSendsNothing);
    }
    messages
}

fn sent(evidence: &Evidence, taken: usize, asked: usize) -> Vec<Message> {
    let Some(kind) = evidence.kind() else { return Vec::new() };
    if kind.is_udp() {
        return sent_datagram(evidence, asked);
    }
    if !kind.is_tcp() {
        return Vec::new();
    }
    if taken < asked {
        return vec![Message::SentInPart { taken, asked }];
    }
    let mut messages = Vec::new();
    if asked == 0 && evidence.sent().next().is_none() {
        return vec![Message::NothingToSend];
    }
    let Some((connection, side)) = evidence.end() else { return messages };
    if connection.self_connected {
        return messages;
    }
    let peer = connection.end(side.other());
    let data: Vec<&SegmentMoment> =
        evidence.sent().filter(|segment| segment.segment.payload.len > 0).collect();
    let ack = evidence.came_back().filter_map(|segment| segment.ack).max();
    let name = called(connection, side.other());
    if evidence.came_back().any(|segment| segment.segment.flags.has(Flags::RST)) {
        if peer.fin_sent {
            let socket = peer.name.socket.and_then(|id| evidence.story.socket(id));
            let open = socket.is_some_and(|socket| !socket.closed);
            return vec![if open {
                Message::SentToOneThatHadShutDown { peer: name }
            } else {
                Message::SentToOneThatHadClosed { peer: name }
            }];
        }
        return messages;
    }
    let Some(last) = data.last() else {
        if peer.segments > 0 && peer.window == 0 {
            messages.push(Message::WindowIsClosed { peer: name });
        } else if evidence.has_set("TCP_CORK") {
            messages.push(Message::Corked);
        } else if awaits_ack(evidence.story, connection, side) {
            messages.push(Message::HeldBack);
        }
        return messages;
    };
    let end = last.seq.wrapping_add(last.segment.sequence_len());
    let waiting = unsent(evidence, taken);
    if waiting > 0 {
        messages.push(Message::SentLater { peer: name, bytes: waiting });
    } else if ack.is_none_or(|ack| ack != end) && awaits_ack(evidence.story, connection, side) {
        messages.push(Message::NotAcknowledgedYet);
    } else if peer.fin_sent {
        messages.push(Message::SentToAHalfClosedPeer { peer: name });
    } else if is_queued(&peer.name) {
        messages.push(Message::NobodyReadsYet);
    }
    messages
}

/// Whether a `recv()` asked for the urgent byte.
fn is_urgent(evidence: &Evidence) -> bool {
    evidence.call.args.split([',', ' ']).any(|word| word == "oob")
}

/// Bytes that the kernel has taken by `send()`, `now` by this one, and not sent: as far as calls
/// are kept.
fn unsent(evidence: &Evidence, now: usize) -> u64 {
    let Some((connection, side)) = evidence.end() else { return 0 };
    let earlier: u64 = evidence
        .earlier_returns()
        .map(|ret| match &ret.effect {
            Effect::Sent { taken, .. } => *taken as u64,
            _ => 0,
        })
        .sum();
    (earlier + now as u64).saturating_sub(connection.end(side).bytes)
}

fn sent_datagram(evidence: &Evidence, asked: usize) -> Vec<Message> {
    let connected = evidence.socket().is_some_and(|socket| socket.peer.is_some());
    let call = evidence.call.call;
    let refused = evidence.moments.iter().find_map(|moment| match &moment.what {
        What::Icmp(icmp) if icmp.cause == Some(call) && icmp.message.is_port_unreachable() => {
            icmp.message.about.as_ref()
        }
        _ => None,
    });
    match refused {
        Some(about) => {
            let port = about.dst.port();
            // Two unconnected sockets may share a port; one that is connected has its own peer.
            let holder = evidence.story.sockets().into_iter().find(|socket| {
                let local = socket.local.as_ref().and_then(Address::ip);
                !socket.closed
                    && socket.kind.is_udp()
                    && socket.peer.is_some()
                    && local.is_some_and(|local| local.port() == port)
            });
            vec![match holder {
                Some(holder) => Message::NotFromItsPeer { name: holder.name.to_string(), port },
                None => Message::NobodyAtThePort { port, connected },
            }]
        }
        None if asked == 0 => vec![Message::EmptyDatagramSent],
        None => datagrams_disturbed(evidence)
            .into_iter()
            .chain([Message::DatagramNeedsNobody])
            .chain(port_chosen(evidence))
            .collect(),
    }
}

/// What a rule did to what was sent.
fn datagrams_disturbed(evidence: &Evidence) -> Vec<Message> {
    let sent = evidence.moments.iter().filter_map(|moment| match &moment.what {
        What::Datagram(datagram) if datagram.cause == Some(evidence.call.call) => Some(datagram),
        _ => None,
    });
    sent.filter_map(|sent| wire_did(evidence, sent.frame, &sent.passage)).collect()
}

fn received(
    evidence: &Evidence,
    len: usize,
    peeked: bool,
    truncated_from: Option<usize>,
    value: i64,
) -> Vec<Message> {
    let Some(kind) = evidence.kind() else { return Vec::new() };
    if let Some(len) = truncated_from.filter(|_| peeked) {
        return vec![Message::DatagramPeekedInPart { len }];
    }
    if let Some(len) = truncated_from {
        return vec![Message::DatagramCut { len }];
    }
    let stream = matches!(kind, SocketKind::Tcp | SocketKind::Tcp6 | SocketKind::Unix);
    let asked = asked(&evidence.call.args);
    if value == 0 && asked == Some(0) {
        return vec![Message::AskedForNothing];
    }
    if value == 0 {
        return if stream { end_of_file(evidence, kind) } else { vec![Message::EmptyDatagram] };
    }
    if !kind.is_tcp() {
        return Vec::new();
    }
    if peeked {
        return vec![Message::Peeked];
    }
    let ledger = evidence
        .end()
        .and_then(|(connection, side)| Stream::of(evidence.story, connection.id, side.other()));
    let sends = ledger.as_ref().map_or(1, Stream::sends_in_last_recv);
    let more = ledger.as_ref().map_or(0, |ledger| ledger.sent() - ledger.read());
    let arrived = evidence.end().map_or(0, |(connection, side)| {
        connection.end(side.other()).bytes.saturating_sub(ledger.as_ref().map_or(0, Stream::read))
    });
    if sends > 1 {
        vec![Message::SeveralSends { sends }]
    } else if more > 0 && arrived >= more {
        vec![Message::MoreWaits { bytes: more }]
    } else if asked.is_some_and(|asked| len < asked) {
        vec![Message::ByteStream]
    } else {
        Vec::new()
    }
}

fn end_of_file(evidence: &Evidence, kind: SocketKind) -> Vec<Message> {
    if evidence.was_shut_down(|read, _| read) {
        return vec![Message::EndOfFileByShutdown { name: evidence.name() }];
    }
    if evidence.reported(libc::ECONNRESET) {
        return vec![Message::EndOfFileAfterReset];
    }
    let connection = evidence.end().filter(|_| kind.is_tcp());
    let Some((connection, side)) = connection else { return vec![Message::EndOfFileSomehow] };
    if connection.end(side.other()).fin_sent {
        return vec![Message::EndOfFile { peer: called(connection, side.other()) }];
    }
    Vec::new()
}

/// How many bytes `recv` was asked for: the first number among its arguments.
fn asked(args: &str) -> Option<usize> {
    args.split([',', ' ']).find_map(|word| word.parse().ok())
}

fn shut_down(evidence: &Evidence, read: bool, write: bool) -> Vec<Message> {
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

fn closed(evidence: &Evidence) -> Vec<Message> {
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
