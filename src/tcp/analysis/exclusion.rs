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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{decode, sample};
    use crate::trace::LinkType;

    fn why(frame: &[u8], original_len: usize) -> Option<Exclusion> {
        Exclusion::of(&decode(LinkType::ETHERNET, frame, original_len as u32))
    }

    #[test]
    fn what_is_whole_is_held_against_wireshark_and_what_is_not_says_why() {
        let syn = sample::syn();
        assert_eq!(why(&syn, syn.len()), None);
        assert_eq!(why(&sample::udp(), 0), None);
        // Cut in its options, and in its header.
        assert_eq!(why(&syn[..68], syn.len()), Some(Exclusion::Header));
        assert_eq!(why(&syn[..50], syn.len()), Some(Exclusion::Header));
        // An option longer than there is room, and one of another length than its kind's.
        for (at, byte) in [(55, 40), (55, 3)] {
            let mut malformed = syn.clone();
            malformed[at] = byte;
            assert_eq!(why(&malformed, syn.len()), Some(Exclusion::Header), "{at} {byte}");
        }
        let mut fragment = syn.clone();
        fragment[20] = 0x20;
        assert_eq!(why(&fragment, syn.len()), None, "by itself it is as good as whole");
        fragment[21] = 1;
        assert_eq!(why(&fragment, syn.len()), Some(Exclusion::Fragment));
        let quoted = sample::icmp_about(3, 1, &syn[14..]);
        assert_eq!(why(&quoted, quoted.len()), Some(Exclusion::Quote));
    }

    #[test]
    fn the_first_of_many_are_remembered_and_all_are_counted() {
        let syn = sample::syn();
        let cut = decode(LinkType::ETHERNET, &syn[..68], 74);
        let mut excluded = Excluded::default();
        for number in 1..=MOST as u64 + 5 {
            excluded.note(FrameNumber(number), &cut);
        }
        assert_eq!(excluded.count(Exclusion::Header), MOST as u64 + 5);
        assert_eq!(excluded.count(Exclusion::Quote), 0);
        assert_eq!(excluded.frames().len(), MOST);
        assert_eq!(excluded.frames()[0], (FrameNumber(1), Exclusion::Header));
    }
}
