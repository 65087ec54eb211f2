//! What there is to learn from calls that send and receive.

use super::after::wire_did;
use super::evidence::{Evidence, called, is_queued};
use super::loss::awaits_ack;
use super::message::Message;
use super::opened::port_chosen;
use super::stream::Stream;
use crate::packet::Flags;
use crate::story::{SegmentMoment, What};
use crate::trace::{Address, Effect, SocketKind};

pub(super) fn sent(evidence: &Evidence, taken: usize, asked: usize) -> Vec<Message> {
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
pub(super) fn is_urgent(evidence: &Evidence) -> bool {
    evidence.call.args.split([',', ' ']).any(|word| word == "oob")
}

/// Bytes that the kernel has taken by `send()`, `now` by this one, and not sent: as far as calls
/// are kept.
pub(super) fn unsent(evidence: &Evidence, now: usize) -> u64 {
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

pub(super) fn received(
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
