//! `why`: the cause of the last result, in packets and states, and where to read on.

use std::collections::BTreeSet;

use super::evidence::{Evidence, called};
use super::learned;
use super::message::Message;
use super::waiting::{Pending, waits};
use crate::packet::Flags;
use crate::story::{
    CallMoment, Change, Connection, IcmpMoment, Moment, ReturnMoment, Role, SegmentMoment, Side,
    Story, What,
};
use crate::trace::{Outcome, SocketKind, errno};
use crate::view::deviation;
use crate::view::icmp;
use crate::view::ladder::call_words;
use crate::view::look::Look;

/// Most packets that are listed.
const PACKETS: usize = 8;

/// The call that `why` is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Last<'a> {
    /// It has returned.
    Returned(&'a ReturnMoment),
    /// It waits.
    Blocked(Pending<'a>),
}

/// Tells of the last call: what it returned and what that means, the packets that it came from, the
/// states that they moved and by which rule, and where to read on. One string a line, not yet
/// wrapped.
pub fn why(last: Last, story: &Story, look: Look) -> Vec<String> {
    let call = match last {
        Last::Returned(ret) => &ret.call,
        Last::Blocked(pending) => pending.call,
    };
    let caused: Vec<&Moment> =
        story.moments().filter(|moment| cause(moment) == Some(call.call)).collect();
    let evidence = Evidence { call, moments: &caused, story };
    let mut lines = Vec::new();
    match last {
        Last::Returned(ret) => {
            lines.push(result(ret, look));
            lines.extend(learned(ret, &caused, story, None).iter().map(Message::words));
        }
        Last::Blocked(pending) => lines.push(waits(&pending, story).words()),
    }
    let mut sections = BTreeSet::new();
    let packets = packets(&evidence, last);
    for packet in packets.iter().take(PACKETS) {
        lines.push(packet_words(packet, &mut sections));
    }
    if packets.len() > PACKETS {
        lines.push(format!("and {} more packets", packets.len() - PACKETS));
    }
    lines.extend(states(&evidence));
    lines.push(reading(&evidence, &sections));
    lines
}

/// `connect(client, 127.0.0.1:8899) = -1 ECONNREFUSED: Connection refused`
fn result(ret: &ReturnMoment, look: Look) -> String {
    let call = call_words(&ret.call, look);
    match ret.outcome {
        Outcome::Value(value) => format!("{call} = {value}"),
        Outcome::Errno(number) => {
            format!("{call} = -1 {}: {}", errno::name(number), errno::text(number))
        }
    }
}

/// A packet that has to do with a call.
enum Packet<'a> {
    Segment(&'a SegmentMoment),
    Icmp(&'a IcmpMoment),
}

/// Those that the call caused; where it only reports what came before, that.
fn packets<'a>(evidence: &Evidence<'a>, last: Last) -> Vec<Packet<'a>> {
    let mut packets: Vec<Packet> = evidence
        .moments
        .iter()
        .filter_map(|moment| match &moment.what {
            What::Segment(segment) => Some(Packet::Segment(segment)),
            What::Icmp(icmp) => Some(Packet::Icmp(icmp)),
            _ => None,
        })
        .collect();
    let Last::Returned(ret) = last else { return packets };
    let peer = evidence.end().map(|(_, side)| side.other());
    let from_peer = |flag| peer.and_then(|peer| evidence.first_with(peer, flag));
    let earlier = match ret.outcome {
        Outcome::Errno(libc::ECONNRESET | libc::EPIPE) => evidence.reset_by_peer(),
        Outcome::Value(0) if ret.call.function.starts_with("recv") => {
            from_peer(Flags::FIN).map(|(_, segment)| segment)
        }
        Outcome::Value(_) | Outcome::Errno(_) => None,
    };
    if let Some(segment) = earlier
        && segment.cause != Some(ret.call.call)
    {
        packets.insert(0, Packet::Segment(segment));
    }
    let udp = evidence.kind().is_some_and(SocketKind::is_udp);
    if ret.outcome == Outcome::Errno(libc::ECONNREFUSED) && udp && packets.is_empty() {
        packets.extend(evidence.unreachable().map(Packet::Icmp));
    }
    packets
}

fn packet_words(packet: &Packet, sections: &mut BTreeSet<&'static str>) -> String {
    match packet {
        Packet::Icmp(icmp) => {
            let about = icmp
                .about_frame
                .map_or_else(String::new, |frame| format!(", about frame {}", frame.0));
            format!("frame {}: ICMP {}{about}", icmp.frame.0, icmp::words(&icmp.message))
        }
        Packet::Segment(segment) => {
            let ends = [segment.segment.src, segment.segment.dst];
            let name = |n: usize| {
                let name = segment.names[n].name.as_deref();
                name.map_or_else(|| ends[n].to_string(), str::to_owned)
            };
            segment_words(segment, [&name(0), &name(1)], sections)
        }
    }
}

/// `frame 2: server > client SYN,ACK; server: LISTEN to SYN-RECEIVED`, with what sender and receiver
/// are called. The sections by which it moved states are added.
pub(super) fn segment_words(
    segment: &SegmentMoment,
    [from, to]: [&str; 2],
    sections: &mut BTreeSet<&'static str>,
) -> String {
    let mut words = format!("frame {}: {from} > {to} {}", segment.frame.0, segment.segment.flags);
    match segment.segment.payload.len {
        0 => {}
        1 => words.push_str(", 1 byte"),
        len => words = format!("{words}, {len} bytes"),
    }
    if let Some(role) = segment.roles.iter().find(|role| is_telling(*role)) {
        words = format!("{words}, {}", role.word());
    }
    if let Some(deviation) = &segment.deviation {
        words = format!("{words}, {}", deviation::note(deviation));
    }
    for (name, change) in [(from, &segment.states.from), (to, &segment.states.to)] {
        if let Some(moved) = moved(name, change) {
            words = format!("{words}; {moved}");
            sections.extend(change.rfc);
        }
    }
    words
}

/// Whether a role says what flags, length and states don't.
fn is_telling(role: Role) -> bool {
    match role {
        Role::Syn
        | Role::SynAck
        | Role::HandshakeAck
        | Role::Data
        | Role::Ack
        | Role::Fin
        | Role::Reset
        | Role::Refusal
        | Role::Urgent
        | Role::FastOpen => false,
        Role::AckOfFin
        | Role::Retransmission
        | Role::FastRetransmission
        | Role::SpuriousRetransmission
        | Role::DuplicateAck
        | Role::WindowUpdate
        | Role::ZeroWindow
        | Role::ZeroWindowProbe
        | Role::WindowFull
        | Role::KeepAlive
        | Role::ProbeAnswer
        | Role::ChallengeAck
        | Role::SimultaneousOpen
        | Role::OutOfOrder
        | Role::HalfOpen
        | Role::CaptureDuplicate
        | Role::Copied
        | Role::Forged
        | Role::NotTaken => true,
    }
}

/// `client: SYN-SENT to CLOSED`
fn moved(name: &str, change: &Change) -> Option<String> {
    let word = |state: Option<crate::tcp::State>| state.map_or("?", crate::tcp::State::name);
    change.moved().then(|| format!("{name}: {} to {}", word(change.before), word(change.after)))
}

/// Where both ends are now.
fn states(evidence: &Evidence) -> Option<String> {
    let (connection, _) = evidence.end()?;
    Some(now(connection, [Side::A, Side::B].map(|side| called(connection, side))))
}

/// `now client is ESTABLISHED (inferred), server is CLOSE-WAIT (inferred)`
pub(super) fn now(connection: &Connection, names: [String; 2]) -> String {
    let mut now: Vec<String> = [Side::A, Side::B]
        .into_iter()
        .zip(names)
        .map(|(side, name)| {
            let end = connection.end(side);
            match end.state {
                Some(state) => format!("{name} is {state} ({})", end.confidence.word()),
                None => format!("of {name} nothing is known"),
            }
        })
        .collect();
    now.dedup();
    format!("now {}", now.join(", "))
}

/// `read on: man 2 connect, man 7 tcp, RFC 9293 3.10.7.3`
fn reading(evidence: &Evidence, sections: &BTreeSet<&'static str>) -> String {
    let mut pages = vec![format!("man {}", manual(evidence.call))];
    match evidence.kind() {
        Some(SocketKind::Tcp | SocketKind::Tcp6) => pages.push("man 7 tcp".to_owned()),
        Some(SocketKind::Udp | SocketKind::Udp6) => {
            pages.extend(["man 7 udp".to_owned(), "RFC 768".to_owned()]);
        }
        Some(SocketKind::Unix | SocketKind::UnixDgram) => pages.push("man 7 unix".to_owned()),
        None => {}
    }
    read_on(pages, sections)
}

/// `read on: man 7 tcp; RFC 9293, 3.10.7.3`
pub(super) fn read_on(mut pages: Vec<String>, sections: &BTreeSet<&'static str>) -> String {
    if !sections.is_empty() {
        let sections: Vec<&str> = sections.iter().copied().collect();
        pages.push(format!("RFC 9293, {}", sections.join(", ")));
    }
    format!("read on: {}", pages.join("; "))
}

/// The page that a function is on: in section 2, if it is one.
fn manual(call: &CallMoment) -> String {
    match call.function {
        "reset-connection" => "8 ss".to_owned(),
        "sendto" => "2 send".to_owned(),
        "recvfrom" => "2 recv".to_owned(),
        "setsockopt" => "2 getsockopt".to_owned(),
        other => format!("2 {other}"),
    }
}

fn cause(moment: &Moment) -> Option<crate::trace::CallId> {
    match &moment.what {
        What::Segment(segment) => segment.cause,
        What::Datagram(datagram) => datagram.cause,
        What::Icmp(icmp) => icmp.cause,
        _ => None,
    }
}
