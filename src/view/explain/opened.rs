//! What there is to learn from calls that open: socket(), bind(), listen(), connect(), accept().

use std::net::SocketAddr;

use super::evidence::{Evidence, called, is_queued};
use super::message::Message;
use crate::story::{ReturnMoment, Step};
use crate::tcp::State;
use crate::trace::{Outcome, SocketId, SocketKind};

/// Queues of no more than this many are never cut by `net.core.somaxconn`.
const SMALL_BACKLOG: i32 = 127;

/// What `net.core.somaxconn` is by default.
const LARGEST_BACKLOG: i32 = 4096;

/// Ports below take rights to bind, where `net.ipv4.ip_unprivileged_port_start` has its default.
const FIRST_FREE_PORT: u16 = 1024;

pub(super) fn bound(evidence: &Evidence) -> Vec<Message> {
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
pub(super) fn is_local(evidence: &Evidence) -> bool {
    evidence.kind().is_some_and(|kind| !kind.is_tcp() && !kind.is_udp())
}

pub(super) fn listening(
    evidence: &Evidence,
    backlog: i32,
    queue: Option<(u32, u32)>,
) -> Vec<Message> {
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
pub(super) fn port_chosen(evidence: &Evidence) -> Option<Message> {
    let port = evidence.local()?.port();
    let own = evidence.end().is_some_and(|(connection, _)| connection.self_connected);
    let had = evidence.earlier_returns().any(|ret| {
        matches!(ret.call.function, "bind" | "connect" | "listen" | "send" | "sendto")
            && matches!(ret.outcome, Outcome::Value(_))
    });
    (port != 0 && !own && !had).then(|| Message::KernelChosePort { name: evidence.name(), port })
}

/// A call to 0.0.0.0 or `::`, which reaches this machine.
pub(super) fn wildcard_called(evidence: &Evidence) -> Option<Message> {
    let asked: SocketAddr = evidence.call.args.parse().ok()?;
    let (connection, side) = evidence.end()?;
    asked.ip().is_unspecified().then(|| Message::WildcardCalled {
        address: asked.ip().to_string(),
        called: connection.end(side.other()).address.ip().to_string(),
    })
}

/// A TIME-WAIT that the SYN of this `connect()` ended: its own, or that of the end it calls.
pub(super) fn ended_time_wait(evidence: &Evidence) -> Option<Message> {
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

pub(super) fn connected(evidence: &Evidence, queue: Option<(u32, u32)>) -> Vec<Message> {
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

pub(super) fn accepted(evidence: &Evidence, ret: &ReturnMoment, socket: SocketId) -> Vec<Message> {
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
