//! What a frame turned out to hold.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use super::{Counted, Options, SeqNumber};

/// What a frame holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Packet {
    /// A TCP segment.
    Tcp(Segment),
    /// A UDP datagram.
    Udp(Datagram),
    /// An ICMP or ICMPv6 message.
    Icmp(IcmpMessage),
    /// Something else, or cut or damaged before its header ended.
    Other(Undecoded),
}

/// Why a frame could not be decoded further. Facts, not a sentence: the view writes that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecoded {
    /// The layer that could not be read, as `ethernet`, `ipv4`, `tcp`.
    pub layer: &'static str,
    /// Where in the frame it starts.
    pub offset: usize,
    /// What is there: a protocol number or kind without a decoder, cut short, malformed.
    pub why: &'static str,
    /// The TCP header in it that Wireshark counts among its streams, if there is one.
    pub counted: Option<Box<Counted>>,
}

impl Undecoded {
    /// Why of a fragment that isn't the first of its packet.
    pub const LATER_FRAGMENT: &str = "a later fragment: the transport header is in the first";

    /// Why of a fragment whose packet isn't complete with it.
    pub const FRAGMENT: &str = "a fragment: the packet is not complete with it";

    /// Without a TCP header in it.
    pub fn new(layer: &'static str, offset: usize, why: &'static str) -> Undecoded {
        Undecoded { layer, offset, why, counted: None }
    }

    /// Whether it is a fragment: one that isn't the first of its packet, or, where fragments are
    /// put together, one that doesn't complete it.
    pub fn is_fragment(&self) -> bool {
        self.is_later_fragment() || self.why == Undecoded::FRAGMENT
    }

    /// Whether it is a fragment that isn't the first of its packet.
    pub fn is_later_fragment(&self) -> bool {
        self.why == Undecoded::LATER_FRAGMENT
    }
}

/// What of the IP header is of interest, for both versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpHeader {
    /// Source address.
    pub src: IpAddr,
    /// Destination address, as Wireshark shows it: in IPv4 the final one, if a route over others is
    /// given (RFC 791); in IPv6 the header's, whatever a routing header says.
    pub dst: IpAddr,
    /// IPv4's identification; none in IPv6 without a fragment header.
    pub id: Option<u32>,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Differentiated services and ECN: the whole octet.
    pub traffic_class: u8,
    /// Where the IP header starts in the frame.
    pub offset: usize,
    /// Its length in bytes, options or extension headers included.
    pub header_len: usize,
    /// The packet's length in bytes, this header included, by the header (0 by TSO: as captured).
    pub total_len: usize,
}

/// The TCP control bits (RFC 9293, section 3.1), as the low twelve bits of the header word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u16);

impl Flags {
    /// No more data from sender.
    pub const FIN: Flags = Flags(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: Flags = Flags(0x02);
    /// Reset the connection.
    pub const RST: Flags = Flags(0x04);
    /// Push function.
    pub const PSH: Flags = Flags(0x08);
    /// The acknowledgement field is significant.
    pub const ACK: Flags = Flags(0x10);
    /// The urgent pointer is significant.
    pub const URG: Flags = Flags(0x20);
    /// ECN echo (RFC 3168).
    pub const ECE: Flags = Flags(0x40);
    /// Congestion window reduced (RFC 3168).
    pub const CWR: Flags = Flags(0x80);

    /// Names in the order in which the project spells them: `FIN,ACK`, `PSH,ACK`, `SYN,ACK`.
    pub const NAMES: [(Flags, &'static str); 8] = [
        (Flags::SYN, "SYN"),
        (Flags::FIN, "FIN"),
        (Flags::RST, "RST"),
        (Flags::PSH, "PSH"),
        (Flags::URG, "URG"),
        (Flags::ECE, "ECE"),
        (Flags::CWR, "CWR"),
        (Flags::ACK, "ACK"),
    ];

    /// Whether all of `other`'s bits are set.
    #[must_use]
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other`'s bits is set.
    #[must_use]
    pub fn has_any(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// `SYN,ACK`; `-` when none is set.
impl std::fmt::Display for Flags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> =
            Self::NAMES.iter().filter(|(flag, _)| self.has(*flag)).map(|(_, name)| *name).collect();
        if names.is_empty() { f.pad("-") } else { f.pad(&names.join(",")) }
    }
}

/// What a checksum field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// It is that of the bytes.
    Right,
    /// It wasn't filled in when it was captured: it holds only the pseudo-header's sum, or TCP's is
    /// 0. The network card, or nobody on loopback, was to do that.
    Offloaded,
    /// It is none of these: damaged on the way.
    Wrong,
    /// The bytes are not all there, or UDP's sender chose none.
    Unknown,
}

/// Where the payload is, and how long it really was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payload {
    /// The captured part, as a range of the frame's bytes.
    pub range: Range<usize>,
    /// Its length on the wire in bytes, from the IP header; more than captured if cut.
    pub len: u32,
}

impl Payload {
    /// The captured bytes, out of the frame's.
    pub fn of<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        frame.get(self.range.clone()).unwrap_or_default()
    }
}

/// A TCP segment, as on the wire (RFC 9293, section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The IP header around it.
    pub ip: IpHeader,
    /// Where from.
    pub src: SocketAddr,
    /// Where to in the end, also by a routing header (RFC 8200, section 4.4).
    pub dst: SocketAddr,
    /// Sequence number, raw.
    pub seq: SeqNumber,
    /// Acknowledgement number, raw; of no meaning without ACK.
    pub ack: SeqNumber,
    /// Control bits.
    pub flags: Flags,
    /// The window field, unscaled.
    pub window: u16,
    /// The urgent pointer.
    pub urgent: u16,
    /// The checksum's verdict.
    pub checksum: Checksum,
    /// The options, in order.
    pub options: Options,
    /// Where the TCP header starts in the frame.
    pub offset: usize,
    /// The header's length in bytes, options included.
    pub header_len: usize,
    /// The data.
    pub payload: Payload,
}

impl Segment {
    /// How much of the sequence space it takes: its data, and one each for SYN and FIN
    /// (RFC 9293, section 3.4, SEG.LEN).
    pub fn sequence_len(&self) -> u32 {
        self.payload.len
            + u32::from(self.flags.has(Flags::SYN))
            + u32::from(self.flags.has(Flags::FIN))
    }

    /// The sequence number after it.
    pub fn end(&self) -> SeqNumber {
        self.seq.advance(self.sequence_len())
    }

    /// Whether the capture cut the options: what is missing is not known to be absent.
    pub fn options_are_cut(&self) -> bool {
        self.options.as_bytes().len() + 20 < self.header_len
    }

    /// Whether ACK is set and it carries nothing else: no data, SYN, FIN or RST.
    pub fn is_pure_ack(&self) -> bool {
        self.flags.has(Flags::ACK)
            && !self.flags.has_any(Flags::SYN.with(Flags::FIN).with(Flags::RST))
            && self.payload.len == 0
    }
}

/// A UDP datagram (RFC 768).
#[derive(Debug, Clone, PartialEq)]
pub struct Datagram {
    /// The IP header around it.
    pub ip: IpHeader,
    /// Where from.
    pub src: SocketAddr,
    /// Where to.
    pub dst: SocketAddr,
    /// The checksum's verdict.
    pub checksum: Checksum,
    /// Where the UDP header starts in the frame; it is 8 bytes long.
    pub offset: usize,
    /// The data.
    pub payload: Payload,
}

/// An ICMP (RFC 792) or ICMPv6 (RFC 4443) message.
#[derive(Debug, Clone, PartialEq)]
pub struct IcmpMessage {
    /// The IP header around it.
    pub ip: IpHeader,
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Where the ICMP header starts in the frame.
    pub offset: usize,
    /// The packet it is about, if it quotes one.
    pub about: Option<Quoted>,
}

impl IcmpMessage {
    /// Whether it is ICMPv6.
    pub fn is_v6(&self) -> bool {
        self.ip.src.is_ipv6()
    }

    /// Whether it is an error that quotes the packet it is about (RFC 1122, section 3.2.2;
    /// RFC 4443, section 2.1).
    pub fn quotes(&self) -> bool {
        if self.is_v6() {
            matches!(self.kind, 1..=4)
        } else {
            matches!(self.kind, 3 | 4 | 5 | 11 | 12)
        }
    }

    /// Whether it says that nobody listens at the port (type 3 code 3; ICMPv6: type 1 code 4).
    pub fn is_port_unreachable(&self) -> bool {
        (self.kind, self.code) == if self.is_v6() { (1, 4) } else { (3, 3) }
    }
}

/// The start of the packet that an ICMP error quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// IP protocol: 6 TCP, 17 UDP.
    pub protocol: u8,
    /// Where it came from.
    pub src: SocketAddr,
    /// Where it was going.
    pub dst: SocketAddr,
    /// The TCP header in it that Wireshark counts among its streams: from 16 bytes on. Not in a
    /// redirect of IPv4.
    pub counted: Option<Box<Counted>>,
}
