//! TCP headers that are no whole segment of their frame's own, and that Wireshark counts all the
//! same: they make streams, so that later streams have other numbers.

use std::net::IpAddr;

use super::{Packet, Segment};

/// A TCP header that Wireshark counts among a capture's streams, beside the whole segments: bogus,
/// cut, within a tunnel, or quoted in an ICMP error. At least 16 of its bytes are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What can be read of it. Its ports and addresses are those of the stream.
    pub segment: Segment,
    /// What is amiss with its header.
    pub header: Header,
    /// The addresses that Wireshark shows first for a segment in a tunnel (IP in IP, RFC 2003,
    /// RFC 4213): the outermost IPv4 header's, or the outermost header's if none is IPv4.
    pub outer: Option<[IpAddr; 2]>,
    /// Whether an ICMP error quotes it. Its length is then unknown, and it takes no part in the
    /// analysis of sequence numbers.
    pub quoted: bool,
}

/// Why a TCP header is no whole segment's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// Nothing: its place is the reason.
    Whole,
    /// Its first 20 bytes aren't all there. What is missing is zero: the urgent pointer, perhaps
    /// the checksum; the options are not known. Wireshark shows and analyses it like any other.
    Cut,
    /// A data offset below 5 (RFC 9293, section 3.1): `header_len` is below 20. Wireshark analyses
    /// the sequence number and the length, and reads no further: no flags, no window.
    OffsetTooSmall,
    /// A data offset beyond the packet: there is no data length. Wireshark doesn't analyse it.
    OffsetBeyond,
    /// The first fragment of a packet that was cut, so that it can't be put together: the data
    /// length is not known. Wireshark doesn't analyse it; of a bogus one it shows as little as of
    /// any other ([`Counted::has_flags`]).
    FirstFragment,
}

impl Counted {
    /// Whether the length of its data is known.
    pub fn length_is_known(&self) -> bool {
        match self.header {
            Header::Whole | Header::Cut | Header::OffsetTooSmall => !self.quoted,
            Header::OffsetBeyond | Header::FirstFragment => false,
        }
    }

    /// Whether Wireshark reads on after the data offset.
    pub fn has_flags(&self) -> bool {
        self.segment.header_len >= 20
    }
}

impl Packet {
    /// The TCP header that Wireshark counts though this is no whole segment.
    pub fn counted(&self) -> Option<&Counted> {
        match self {
            Packet::Icmp(message) => message.about.as_ref()?.counted.as_deref(),
            Packet::Other(undecoded) => undecoded.counted.as_deref(),
            Packet::Tcp(_) | Packet::Udp(_) => None,
        }
    }

    /// As [`Packet::counted`], of a packet within another: then a whole segment counts, too.
    pub(super) fn into_counted(self) -> Option<Box<Counted>> {
        match self {
            Packet::Tcp(segment) => Some(Box::new(Counted {
                segment,
                header: Header::Whole,
                outer: None,
                quoted: false,
            })),
            Packet::Udp(_) => None,
            Packet::Icmp(message) => message.about?.counted,
            Packet::Other(undecoded) => undecoded.counted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Flags, decode, sample};
    use crate::trace::LinkType;

    fn counted(packet: &Packet) -> Option<(Header, bool)> {
        packet.counted().map(|counted| (counted.header, counted.length_is_known()))
    }

    #[test]
    fn sixteen_bytes_of_a_header_count() {
        let frame = sample::syn();
        let cut = |len| decode(LinkType::ETHERNET, &frame[..len], 74);
        assert_eq!(counted(&cut(34 + 15)), None);
        for len in 16..20 {
            let packet = cut(34 + len);
            assert_eq!(counted(&packet), Some((Header::Cut, true)));
            let segment = &packet.counted().unwrap().segment;
            assert_eq!((segment.window, segment.payload.len), (64240, 0));
        }
        assert!(matches!(cut(34 + 20), Packet::Tcp(_)));
    }

    #[test]
    fn a_bogus_data_offset_counts() {
        let mut frame = sample::frame(sample::tcp().ack(7), b"hello");
        frame[46] = 0x40;
        let packet = sample::whole(&frame);
        assert_eq!(counted(&packet), Some((Header::OffsetTooSmall, true)));
        assert_eq!(packet.counted().unwrap().segment.payload.len, 9);
        frame[46] = 0xf0;
        let packet = sample::whole(&frame);
        assert_eq!(counted(&packet), Some((Header::OffsetBeyond, false)));
        assert_eq!(packet.counted().unwrap().segment.flags, Flags::ACK);
    }

    #[test]
    fn what_an_error_quotes_counts() {
        let quoted =
            |about: &[u8], kind| counted(&sample::whole(&sample::icmp_about(kind, 0, about)));
        let about = &sample::syn()[14..];
        for kind in [3, 4, 11, 12] {
            assert_eq!(quoted(about, kind), Some((Header::Whole, false)));
            assert_eq!(quoted(&about[..36], kind), Some((Header::Cut, false)));
            assert_eq!(quoted(&about[..35], kind), None);
        }
        for kind in [0, 5, 8, 13] {
            assert_eq!(quoted(about, kind), None);
        }
        let nested = &sample::icmp_about(3, 0, about)[14..];
        assert_eq!(quoted(nested, 11), Some((Header::Whole, false)));
    }

    #[test]
    fn a_segment_in_a_tunnel_counts_and_shows_the_outer_addresses() {
        let syn = sample::syn();
        let tunnel = |protocol: u8, inner: &[u8]| {
            let mut frame = [&syn[..34], inner].concat();
            let len = (20 + inner.len()) as u16;
            frame[16..18].copy_from_slice(&len.to_be_bytes());
            frame[23] = protocol;
            frame[26..34].copy_from_slice(&[1, 1, 1, 1, 2, 2, 2, 2]);
            frame
        };
        let six = sample::frame(sample::tcp6().syn(), b"");
        let outer: [IpAddr; 2] = ["1.1.1.1".parse().unwrap(), "2.2.2.2".parse().unwrap()];
        for (protocol, inner) in [(4, &syn[14..]), (4, &six[14..]), (41, &six[14..])] {
            let packet = sample::whole(&tunnel(protocol, inner));
            let counted = packet.counted().unwrap();
            assert_eq!((counted.header, counted.outer), (Header::Whole, Some(outer)));
            assert_eq!(counted.segment.src.port(), 40112);
        }
        assert_eq!(sample::whole(&tunnel(41, &syn[14..])).counted(), None);
        let mut endless = syn[14..].to_vec();
        for _ in 0..1000 {
            endless = tunnel(4, &endless)[14..].to_vec();
        }
        assert_eq!(sample::whole(&tunnel(4, &endless)).counted(), None);
    }
}
