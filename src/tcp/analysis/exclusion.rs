//! Frames of which Wireshark may say something else, for reasons that aren't TCP's.

use std::fmt;

use crate::packet::{Header, Packet, Segment, TcpOption, Undecoded};
use crate::trace::FrameNumber;

/// Why a frame isn't held against what Wireshark says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exclusion {
    /// E1: the capture ends inside the TCP header or its options, or those are malformed.
    Header,
    /// E2: a fragment, and the packet isn't whole.
    Fragment,
    /// E3: TCP may be in a tunnel, which isn't looked into.
    Tunnel,
    /// E4: an ICMP message that quotes a TCP header.
    Quote,
}

impl Exclusion {
    /// All, in order.
    pub const ALL: [Exclusion; 4] =
        [Exclusion::Header, Exclusion::Fragment, Exclusion::Tunnel, Exclusion::Quote];

    /// Its number: `E1` to `E4`.
    pub fn id(self) -> &'static str {
        match self {
            Exclusion::Header => "E1",
            Exclusion::Fragment => "E2",
            Exclusion::Tunnel => "E3",
            Exclusion::Quote => "E4",
        }
    }

    /// Why this frame is excluded, if it is.
    pub fn of(packet: &Packet) -> Option<Exclusion> {
        match (packet, packet.counted()) {
            (Packet::Tcp(segment), _) => has_odd_header(segment).then_some(Exclusion::Header),
            (_, Some(counted)) if counted.quoted => Some(Exclusion::Quote),
            (_, Some(counted)) if counted.outer.is_some() => Some(Exclusion::Tunnel),
            (_, Some(counted)) => Some(match counted.header {
                Header::FirstFragment => Exclusion::Fragment,
                Header::Whole | Header::Cut | Header::OffsetTooSmall | Header::OffsetBeyond => {
                    Exclusion::Header
                }
            }),
            (Packet::Other(undecoded), None) => of_undecoded(undecoded),
            (Packet::Udp(_) | Packet::Icmp(_), None) => None,
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Exclusion::Header => "TCP header or options cut or malformed",
            Exclusion::Fragment => "fragment of a packet that isn't whole",
            Exclusion::Tunnel => "tunnel",
            Exclusion::Quote => "TCP quoted in ICMP",
        })
    }
}

fn has_odd_header(segment: &Segment) -> bool {
    let is_usual = segment.options.is_empty() && segment.header_len == 20;
    !is_usual
        && (segment.options_are_cut()
            || segment.options.iter().any(|(option, _)| is_malformed(&option)))
}

/// Kinds whose length is fixed: with another one they are malformed.
const OF_FIXED_LENGTH: [u8; 6] = [2, 3, 4, 5, 8, 28];

fn is_malformed(option: &TcpOption) -> bool {
    match option {
        TcpOption::Malformed { .. } => true,
        TcpOption::Other { kind, .. } => OF_FIXED_LENGTH.contains(kind),
        TcpOption::EndOfList
        | TcpOption::NoOperation
        | TcpOption::MaximumSegmentSize(_)
        | TcpOption::WindowScale(_)
        | TcpOption::SackPermitted
        | TcpOption::Sack(_)
        | TcpOption::Timestamps { .. }
        | TcpOption::UserTimeout(_)
        | TcpOption::FastOpenCookie(_) => false,
    }
}

fn of_undecoded(undecoded: &Undecoded) -> Option<Exclusion> {
    if undecoded.is_fragment() {
        return Some(Exclusion::Fragment);
    }
    match undecoded.layer {
        "tcp" => Some(Exclusion::Header),
        "gre" | "ipv4 in ip" | "ipv6 in ip" => Some(Exclusion::Tunnel),
        _ => None,
    }
}

/// Most frames that are remembered one by one.
const MOST: usize = 10_000;

/// How many frames of a capture were excluded and why, and which ones, the first 10,000 of them.
#[derive(Debug, Clone, Default)]
pub struct Excluded {
    counts: [u64; 4],
    frames: Vec<(FrameNumber, Exclusion)>,
}

impl Excluded {
    /// Takes note of a frame, if it is excluded.
    pub fn note(&mut self, frame: FrameNumber, packet: &Packet) {
        let Some(why) = Exclusion::of(packet) else { return };
        self.counts[why as usize] += 1;
        if self.frames.len() < MOST {
            self.frames.push((frame, why));
        }
    }

    /// How many for that reason.
    pub fn count(&self, why: Exclusion) -> u64 {
        self.counts[why as usize]
    }

    /// Which ones, in order.
    pub fn frames(&self) -> &[(FrameNumber, Exclusion)] {
        &self.frames
    }
}
