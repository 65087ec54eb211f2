//! The IP header and what it carries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::extension::{self, Extensions};
use super::frame::Frame;
use super::{IpHeader, Undecoded, ipv4_options};

/// What an IP packet carries.
pub(super) struct Inner {
    pub header: IpHeader,
    /// Where it goes in the end: the transport layer's destination. A routing header of IPv6 makes
    /// it another one than the header's.
    pub dst: IpAddr,
    /// The protocol of what it carries, after any extension headers.
    pub protocol: u8,
    /// Where that is in the frame, by the header's length field, which a frame's padding does not
    /// change; it ends beyond the captured bytes if those were cut.
    pub range: Range<usize>,
    /// Whether this is all that a checksum covers, as far as the header says: no fragment, not
    /// longer than its frame, not on a route that isn't known (RFC 8200, section 8.1).
    pub whole: bool,
    /// Which piece of a larger packet this is.
    pub fragment: Option<Fragment>,
}

/// A piece of a packet (RFC 791, section 3.2; RFC 8200, section 4.5).
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment {
    /// Bytes of the packet before it.
    pub offset: usize,
    /// Whether others follow it.
    pub more: bool,
}

/// Which version of IP what comes before announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// Version 4; the header's own first four bits may still say 6.
    Four,
    /// Version 6 only.
    Six,
}

/// Reads the IP header at the start of that range, in which the layer below keeps it; either
/// version, as far as it may be.
#[inline]
pub(super) fn read(
    frame: &Frame<'_>,
    place: Range<usize>,
    speaks: Speaks,
) -> Result<Inner, Undecoded> {
    let malformed = |why| Undecoded::new("ip", place.start, why);
    match (frame.bytes.get(place.start).map(|first| first >> 4), speaks) {
        (Some(4), Speaks::Four) => version_4(frame, place),
        (Some(6), Speaks::Four | Speaks::Six) => version_6(frame, place),
        (Some(4), Speaks::Six) => Err(malformed("malformed: version 4 where 6 was announced")),
        (Some(_), _) => Err(malformed("malformed: neither version 4 nor 6")),
        (None, _) => Err(frame.short("ip", place.start)),
    }
}

/// RFC 791, section 3.1.
#[inline]
fn version_4(frame: &Frame<'_>, place: Range<usize>) -> Result<Inner, Undecoded> {
    let at = place.start;
    let malformed = |why| Undecoded::new("ipv4", at, why);
    let header: [u8; 20] = frame.array("ipv4", at, at)?;
    let word = |i: usize| u16::from_be_bytes([header[i], header[i + 1]]);
    let header_len = usize::from(header[0] & 0x0f) * 4;
    if header_len < 20 {
        return Err(malformed("malformed: header length below 20"));
    }
    let there = place.end.saturating_sub(at);
    // Zero is TSO's: then the frame says.
    let total_len = if word(2) == 0 { there } else { usize::from(word(2)) };
    if total_len < header_len {
        return Err(malformed("malformed: total length below its header's"));
    }
    if there < header_len {
        return Err(frame.short("ipv4", at));
    }
    let address = |i: usize| {
        let octets: [u8; 4] = std::array::from_fn(|n| header[i + n]);
        Ipv4Addr::from(octets)
    };
    let mut dst = address(16);
    if header_len > 20 {
        let options = frame.captured(at + 20..at + header_len);
        match ipv4_options::destination(options) {
            Ok(Some(last)) => dst = last,
            Ok(None) => {}
            Err(ipv4_options::TooShort) => {
                return Err(malformed("malformed: an option shorter than its fields"));
            }
        }
    }
    let pieces = word(6) & 0x3fff;
    let fragment = (pieces != 0)
        .then(|| Fragment { offset: usize::from(pieces & 0x1fff) * 8, more: pieces & 0x2000 != 0 });
    Ok(Inner {
        header: IpHeader {
            src: IpAddr::V4(address(12)),
            dst: IpAddr::V4(dst),
            id: Some(u32::from(word(4))),
            ttl: header[8],
            traffic_class: header[1],
            offset: at,
            header_len,
            total_len,
        },
        dst: IpAddr::V4(dst),
        protocol: header[9],
        // No packet is longer than its frame, whatever it claims; so tshark counts as well.
        range: at + header_len..at + total_len.min(there),
        whole: fragment.is_none() && total_len <= there,
        fragment,
    })
}

/// RFC 8200, section 3.
fn version_6(frame: &Frame<'_>, place: Range<usize>) -> Result<Inner, Undecoded> {
    let at = place.start;
    let malformed = |why| Undecoded::new("ipv6", at, why);
    let header: [u8; 40] = frame.array("ipv6", at, at)?;
    let address = |i: usize| {
        let octets: [u8; 16] = std::array::from_fn(|n| header[i + n]);
        Ipv6Addr::from(octets)
    };
    let there = place.end.saturating_sub(at);
    if there < 40 {
        return Err(frame.short("ipv6", at));
    }
    let payload_len = match u16::from_be_bytes([header[4], header[5]]) {
        0 => extension::jumbo_len(frame, header[6], at + 40)
            .ok_or_else(|| malformed("malformed: no payload length, and no jumbogram's"))?,
        len => usize::from(len),
    };
    let total_len = 40 + payload_len;
    let end = at + total_len.min(there);
    let Extensions { protocol, start, id, fragment, route } =
        extension::walk(frame, header[6], at + 40..end)?;
    let dst = route.destination(address(24));
    Ok(Inner {
        header: IpHeader {
            src: IpAddr::V6(address(8)),
            dst: IpAddr::V6(address(24)),
            id,
            ttl: header[7],
            traffic_class: header[0] << 4 | header[1] >> 4,
            offset: at,
            header_len: start - at,
            total_len,
        },
        dst: IpAddr::V6(dst.unwrap_or(address(24))),
        protocol,
        range: start..end,
        whole: fragment.is_none() && total_len <= there && dst.is_some(),
        fragment,
    })
}

/// What IANA's list of protocol numbers calls it, where people meet it: `tcp`, `udp`.
pub fn protocol_name(protocol: u8) -> Option<&'static str> {
    Some(match protocol {
        1 => "icmp",
        2 => "igmp",
        4 => "ipv4 in ip",
        6 => "tcp",
        17 => "udp",
        33 => "dccp",
        41 => "ipv6 in ip",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "icmpv6",
        59 => "no next header",
        88 => "eigrp",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        132 => "sctp",
        136 => "udp-lite",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use crate::packet::{Packet, Segment, decode, sample};
    use crate::trace::LinkType;

    /// A segment behind these IPv6 extension headers, of which the first is of that kind.
    fn behind(first: u8, extensions: &[u8]) -> Packet {
        let mut frame = sample::frame(sample::tcp6().ack(1), b"hello");
        frame[20] = first;
        frame[19] += extensions.len() as u8;
        frame.splice(54..54, extensions.iter().copied());
        sample::whole(&frame)
    }

    fn segment_behind(first: u8, extensions: &[u8]) -> Segment {
        match behind(first, extensions) {
            Packet::Tcp(segment) => segment,
            other => panic!("no segment: {other:?}"),
        }
    }

    #[test]
    fn extension_headers_belong_to_the_ip_header() {
        // Hop-by-hop options, then destination options, then TCP.
        let segment = segment_behind(0, &[60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0]);
        assert_eq!((segment.ip.header_len, segment.offset, segment.payload.len), (56, 70, 5));
        assert_eq!(segment.checksum, crate::packet::Checksum::Right);
    }

    #[test]
    fn a_fragment_header_brings_the_identification() {
        let segment = segment_behind(44, &[6, 0, 0, 1, 0, 0, 0, 9]);
        assert_eq!((segment.ip.id, segment.payload.len), (Some(9), 5));
        assert!(matches!(
            behind(44, &[6, 0, 0, 8, 0, 0, 0, 9]),
            Packet::Other(other) if other.why.starts_with("a later fragment")
        ));
    }

    #[test]
    fn extension_headers_may_be_cut_anywhere() {
        let extensions = [60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0, 6, 0, 0, 1, 0, 0, 0, 9];
        let mut frame = sample::frame(sample::tcp6().ack(1), b"hello");
        (frame[19], frame[20]) = (frame[19] + 24, 0);
        frame.splice(54..54, extensions);
        for len in 54..78 {
            let packet = decode(LinkType::ETHERNET, &frame[..len], frame.len() as u32);
            let Packet::Other(other) = packet else { panic!("decoded: {packet:?}") };
            assert!(other.why.starts_with("cut short"), "{len}: {other:?}");
        }
        assert_eq!(sample::segment(&frame).ip.id, Some(9));
    }

    #[test]
    fn a_later_fragment_is_known_whatever_follows() {
        // What follows its fragment header is the middle of something, not a header.
        assert!(matches!(
            behind(44, &[60, 0, 0, 8, 0, 0, 0, 9, 6, 0xff]),
            Packet::Other(other) if other.why.starts_with("a later fragment")
        ));
    }

    #[test]
    fn options_of_ipv4_belong_to_its_header() {
        let mut ip =
            etherparse::Ipv4Header::new(0, 1, 6.into(), [10, 0, 0, 1], [10, 0, 0, 2]).unwrap();
        ip.options = [1, 1, 1, 0, 1, 1, 1, 0].into();
        let headers = etherparse::IpHeaders::Ipv4(ip, etherparse::Ipv4Extensions::default());
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ip(headers).tcp(1, 2, 3, 4);
        let segment = sample::segment(&sample::frame(builder, b"hello"));
        assert_eq!((segment.ip.header_len, segment.offset, segment.payload.len), (28, 42, 5));
    }
}
