//! Why a call failed: by the evidence where there is some, else what is possible.

use std::net::{IpAddr, SocketAddr};

use super::evidence::{Evidence, called};
use super::loss::gap;
use super::message::Message;
use crate::packet::Flags;
use crate::story::{ReturnMoment, Role, Roles, SegmentMoment, SocketStory, Termination};
use crate::tcp::State;
use crate::trace::{Address, Origin, SocketKind};

/// Largest payload of a UDP datagram over IPv4: 65535 less two headers.
const MOST_V4: usize = 65_507;
/// Over IPv6 its header doesn't count.
const MOST_V6: usize = 65_527;

/// The cause of a failure, if there is more to say than the errno's own text does.
pub fn failed(evidence: &Evidence, ret: &ReturnMoment, errno: i32) -> Option<Message> {
    let function = ret.call.function;
    let kind = evidence.kind()?;
    let name = || evidence.name();
    match errno {
        libc::ECONNREFUSED => Some(refused(evidence, ret, kind)),
        libc::EADDRINUSE => Some(address_in_use(evidence, kind, function)),
        libc::EADDRNOTAVAIL if function == "bind" => Some(Message::NotAnAddressHere),
        libc::EADDRNOTAVAIL => Some(Message::NoPortLeft),
        libc::EACCES | libc::EPERM => denied(evidence, kind, function),
        libc::EPIPE => Some(broken_pipe(evidence, kind)),
        libc::ECONNRESET => Some(reset(evidence)),
        libc::ETIMEDOUT => Some(timed_out(evidence)),
        libc::EINTR if function == "connect" && kind.is_tcp() => Some(Message::ConnectInterrupted),
        libc::EINTR => Some(Message::Interrupted),
        libc::EAGAIN => Some(would_wait(evidence, function)),
        libc::EINPROGRESS => Some(Message::HandshakeUnderWay),
        libc::EALREADY => Some(Message::StillConnecting),
        libc::ENOTCONN if listens(evidence) => {
            Some(Message::ListenerIsNotConnected { name: name() })
        }
        libc::ENOTCONN => {
            let state = evidence.state().map(State::name);
            Some(Message::NotConnected { name: name(), state })
        }
        libc::EISCONN if listens(evidence) => Some(Message::ListenerCannotConnect { name: name() }),
        libc::EISCONN => Some(already_connected(evidence)),
        libc::EINVAL => invalid(evidence, kind, function),
        libc::EOPNOTSUPP => not_supported(evidence, kind, function),
        libc::EDESTADDRREQ => Some(Message::NeedsDestination),
        libc::EMSGSIZE if kind.is_udp() => {
            let v6 = evidence.local().is_some_and(|local| local.is_ipv6());
            Some(Message::DatagramTooLong { most: if v6 { MOST_V6 } else { MOST_V4 } })
        }
        libc::ENETUNREACH | libc::EHOSTUNREACH => Some(Message::NoRoute),
        libc::EAFNOSUPPORT => Some(Message::WrongFamily { kind: kind.word() }),
        libc::ENOENT if kind.is_unix() => Some(Message::NoSuchPath),
        libc::EPROTOTYPE if kind.is_unix() => Some(Message::WrongKindAtPath),
        libc::ENOPROTOOPT => Some(Message::OptionUnknownHere),
        libc::EBADF if evidence.socket().is_some_and(|socket| socket.closed) => {
            Some(Message::ClosedMeanwhile { name: name() })
        }
        libc::EMFILE => Some(Message::NoDescriptorLeft),
        _ => None,
    }
}

fn refused(evidence: &Evidence, ret: &ReturnMoment, kind: SocketKind) -> Message {
    if kind.is_unix() {
        return Message::NobodyListensAtPath;
    }
    if kind.is_udp() {
        let frame = evidence.unreachable().map(|icmp| icmp.frame.0);
        let sent = ret.call.function.starts_with("send");
        return Message::EarlierDatagramRefused { frame, sent };
    }
    let rst = evidence.caused().find(|segment| {
        segment.segment.flags.has(Flags::RST.with(Flags::ACK))
            && segment.segment.payload.len == 0
            && Some(segment.from) == evidence.end().map(|(_, side)| side.other())
    });
    match rst {
        Some(rst) => Message::NobodyListens { address: rst.segment.src.to_string() },
        None => Message::NobodyListensPerhaps,
    }
}

fn address_in_use(evidence: &Evidence, kind: SocketKind, function: &str) -> Message {
    if kind.is_unix() {
        return Message::PathExists;
    }
    if function == "connect" {
        return Message::NoPortLeft;
    }
    // A failed bind leaves the socket without an address: what it wanted is in the arguments.
    let wanted = evidence.local().filter(|local| local.port() != 0);
    let Some(wanted) = wanted.or_else(|| wanted_address(&evidence.call.args, kind)) else {
        return Message::AddressHeldBySomebody;
    };
    let holds = |socket: &&SocketStory| {
        let local = socket.local.as_ref().and_then(Address::ip);
        socket.id != evidence.call.socket
            && !socket.closed
            && socket.kind.is_udp() == kind.is_udp()
            && local.is_some_and(|local| overlap(local, wanted))
    };
    let holders: Vec<&SocketStory> = evidence.story.sockets().into_iter().filter(holds).collect();
    let listener = holders.iter().find(|socket| socket.backlog.is_some());
    if let Some(listener) = listener {
        return Message::AddressListenedOnBy { name: listener.name.to_string() };
    }
    if let Some(holder) = holders.first() {
        return Message::AddressHeldBy { name: holder.name.to_string() };
    }
    let ends = evidence.story.connections().iter().flat_map(|connection| &connection.ends);
    let mut waiting = ends.filter(|end| end.state == Some(State::TimeWait));
    match waiting.find(|end| overlap(end.address, wanted)) {
        Some(end) => Message::AddressInTimeWait { address: end.address.to_string() },
        None => Message::AddressHeldBySomebody,
    }
}

/// The address in a call's arguments: `127.0.0.1:8899`, `*:8899`.
fn wanted_address(args: &str, kind: SocketKind) -> Option<SocketAddr> {
    let word = args.split([',', ' ']).find(|word| !word.is_empty())?;
    word.parse().ok().or_else(|| {
        let port = word.trim_start_matches('*').strip_prefix(':')?.parse().ok()?;
        let any: IpAddr = if kind.is_ipv6() {
            std::net::Ipv6Addr::UNSPECIFIED.into()
        } else {
            std::net::Ipv4Addr::UNSPECIFIED.into()
        };
        Some(SocketAddr::new(any, port))
    })
}

/// Whether two sockets at these addresses are in each other's way.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let wild = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (wild || one.ip() == other.ip())
}

fn denied(evidence: &Evidence, kind: SocketKind, function: &str) -> Option<Message> {
    if kind.is_unix() {
        return Some(Message::PathNotAllowed);
    }
    let wanted = wanted_address(&evidence.call.args, kind);
    match (function, wanted) {
        ("bind", Some(wanted)) if (1..1024).contains(&wanted.port()) => {
            Some(Message::PortNeedsRights { port: wanted.port() })
        }
        ("connect" | "sendto", _) if kind.is_udp() => Some(Message::BroadcastNeedsOption),
        (_, _) => None,
    }
}

fn broken_pipe(evidence: &Evidence, kind: SocketKind) -> Message {
    let name = evidence.name();
    if evidence.was_shut_down(|_, write| write) {
        return Message::WritingWasShutDown { name };
    }
    if !kind.is_tcp() {
        return Message::PeerIsGone;
    }
    match evidence.end() {
        None => Message::NeverConnected { name },
        Some((connection, side)) => match connection.termination {
            Termination::Reset(by) if by == side.other() => {
                Message::ResetEarlier { peer: called(connection, by) }
            }
            Termination::Refused => Message::NeverConnected { name },
            Termination::Open | Termination::Orderly(_) | Termination::Reset(_) => {
                Message::PeerIsGone
            }
        },
    }
}

fn reset(evidence: &Evidence) -> Message {
    let Some(rst) = evidence.reset_by_peer() else { return Message::ResetBySomebody };
    let (peer, frame) = (evidence.peer(), rst.frame.0);
    // A kernel that has no such connection gives the number that it was sent, and no ACK.
    let knows = rst.states.from.before != Some(State::Closed) || rst.segment.flags.has(Flags::ACK);
    if rst.passage.origin == Origin::Forged {
        Message::ResetByForgery { peer, frame }
    } else if knows {
        Message::ResetBy { peer, frame }
    } else {
        Message::ResetByStranger { peer, frame }
    }
}

fn timed_out(evidence: &Evidence) -> Message {
    let unheeded = |roles: Roles| {
        let of_role = |segment: &&SegmentMoment| segment.roles.has_any(roles);
        evidence.unheeded().filter(of_role).count()
    };
    let peer = evidence.peer();
    match (syns(evidence), unheeded(Role::KeepAlive.into()), unheeded(Roles::RESENT)) {
        (0, 0, 0) => Message::TimedOut,
        (0, 0, count) => Message::DataUnacknowledged { peer, count },
        (0, count, _) => Message::ProbesUnanswered { peer, count },
        (count, _, _) => Message::SynsUnanswered { count },
    }
}

/// How many SYNs its end has sent, if the other has never spoken.
pub fn syns(evidence: &Evidence) -> usize {
    match evidence.end() {
        Some((connection, side)) if connection.end(side.other()).segments == 0 => {
            connection.end(side).segments as usize
        }
        Some(_) | None => 0,
    }
}

fn would_wait(evidence: &Evidence, function: &str) -> Message {
    match function {
        "recv" | "recvfrom" => match gap(evidence) {
            Some(byte) => Message::BehindAGap { byte },
            None => Message::NothingToRead,
        },
        "accept" => Message::QueueEmpty,
        "send" | "sendto" => Message::BufferFull,
        _ => Message::WouldWait,
    }
}

fn listens(evidence: &Evidence) -> bool {
    evidence.socket().is_some_and(|socket| socket.backlog.is_some())
}

fn already_connected(evidence: &Evidence) -> Message {
    let name = evidence.name();
    match evidence.end().map(|(connection, _)| connection.termination) {
        Some(Termination::Reset(_)) => Message::ResetSocketStays { name },
        Some(Termination::Open | Termination::Orderly(_) | Termination::Refused) | None => {
            Message::AlreadyConnected { name }
        }
    }
}

fn invalid(evidence: &Evidence, kind: SocketKind, function: &'static str) -> Option<Message> {
    let name = evidence.name();
    let socket = evidence.socket()?;
    let connected = socket.connection.is_some();
    match function {
        "accept" if !listens(evidence) => Some(Message::NotListening { name }),
        "bind" if connected => Some(Message::ConnectedCannot { name, call: "bind" }),
        "bind" => socket
            .local
            .as_ref()
            .map(|local| Message::BoundAlready { name, address: local.to_string() }),
        "connect" | "sendto" if kind.is_ipv6() => wanted_address(&evidence.call.args, kind)
            .filter(std::net::SocketAddr::is_ipv4)
            .map(|wanted| Message::V4AddressForV6 { address: wanted.to_string() }),
        "listen" if connected => Some(Message::ConnectedCannot { name, call: "listen" }),
        "recv" if evidence.call.args.contains("oob") && evidence.has_set("SO_OOBINLINE") => {
            Some(Message::UrgentDataInline { name })
        }
        "recv" if evidence.call.args.contains("oob") => Some(Message::NoUrgentData),
        "recv" if kind == SocketKind::Unix => Some(Message::NotConnected { name, state: None }),
        "sendto" if kind.is_udp() => wanted_address(&evidence.call.args, kind)
            .filter(|wanted| wanted.port() == 0)
            .map(|_| Message::PortZero),
        _ => None,
    }
}

fn not_supported(evidence: &Evidence, kind: SocketKind, call: &'static str) -> Option<Message> {
    let stream = matches!(kind, SocketKind::Tcp | SocketKind::Tcp6 | SocketKind::Unix);
    let kind = kind.word();
    if matches!(call, "listen" | "accept") && !stream {
        return Some(Message::NotForDatagrams { call, kind });
    }
    let urgent = evidence.call.args.contains("oob") && !stream;
    urgent.then_some(Message::NoUrgentInDatagrams { kind })
}
