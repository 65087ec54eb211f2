//! The IP header and what it carries.

use std::ops::Range;

use etherparse::err::ip::{HeaderError, LaxHeaderSliceError};
use etherparse::err::ipv6_exts;
use etherparse::{LaxIpSlice, LaxIpv4Slice, LaxIpv6Slice};

use super::decode::Frame;
use super::{IpHeader, Undecoded};

/// What an IP packet carries.
pub(super) struct Inner {
    pub header: IpHeader,
    /// The protocol of what it carries, after any extension headers.
    pub protocol: u8,
    /// Where that is in the frame, by the header's length field, which a frame's padding does not
    /// change; it ends beyond the captured bytes if those were cut.
    pub range: Range<usize>,
    /// Whether this is all that a checksum covers, as far as the header says: no fragment, not
    /// longer than its frame, not on its way to somewhere else first (RFC 8200, section 8.1).
    pub whole: bool,
}

/// Reads the IP header at that offset, either version.
pub(super) fn read(frame: &Frame<'_>, offset: usize) -> Result<Inner, Undecoded> {
    let bytes = frame.bytes.get(offset..).unwrap_or_default();
    let layer = match bytes.first().map(|first| first >> 4) {
        Some(4) => "ipv4",
        Some(6) => "ipv6",
        _ => "ip",
    };
    let malformed = |why| Undecoded { layer, offset, why };
    let (slice, stopped) = LaxIpSlice::from_slice(bytes).map_err(|error| match error {
        LaxHeaderSliceError::Len(_) => frame.short(layer, offset),
        LaxHeaderSliceError::Content(HeaderError::UnsupportedIpVersion { .. }) => {
            malformed("malformed: neither version 4 nor 6")
        }
        LaxHeaderSliceError::Content(HeaderError::Ipv4HeaderLengthSmallerThanHeader { .. }) => {
            malformed("malformed: header length below 20")
        }
    })?;
    let fields = match &slice {
        LaxIpSlice::Ipv4(v4) => of_version_4(v4),
        LaxIpSlice::Ipv6(v6) => of_version_6(v6),
    };
    if fields.later_fragment {
        return Err(malformed(Undecoded::LATER_FRAGMENT));
    }
    // Zero is TSO's, or a jumbogram's (RFC 2675): then the frame says.
    let there = frame.wire - offset;
    let total_len = if fields.total_len == 0 { there } else { fields.total_len };
    if total_len < fields.header_len {
        return Err(malformed("malformed: total length below its header's"));
    }
    if let Some((error, _)) = stopped {
        return Err(match error {
            ipv6_exts::HeaderSliceError::Len(_) if bytes.len() < total_len.min(there) => {
                frame.short(layer, offset)
            }
            ipv6_exts::HeaderSliceError::Len(_) | ipv6_exts::HeaderSliceError::Content(_) => {
                malformed("malformed: extension headers")
            }
        });
    }
    Ok(Inner {
        header: IpHeader {
            src: slice.source_addr(),
            dst: slice.destination_addr(),
            id: fields.id,
            ttl: fields.ttl,
            traffic_class: fields.traffic_class,
            offset,
            header_len: fields.header_len,
            total_len,
        },
        protocol: slice.payload_ip_number().0,
        // No packet is longer than its frame, whatever it claims; so tshark counts as well.
        range: offset + fields.header_len..offset + total_len.min(there),
        whole: !slice.is_fragmenting_payload() && total_len <= there && !fields.detour,
    })
}

/// What both versions say, each in its own way.
struct Fields {
    id: Option<u32>,
    ttl: u8,
    traffic_class: u8,
    header_len: usize,
    total_len: usize,
    later_fragment: bool,
    /// A routing header: the destination in the checksum is another one.
    detour: bool,
}

fn of_version_4(packet: &LaxIpv4Slice<'_>) -> Fields {
    let header = packet.header();
    let authentication = packet.extensions().auth.map_or(0, |auth| auth.slice().len());
    Fields {
        id: Some(u32::from(header.identification())),
        ttl: header.ttl(),
        traffic_class: header.slice()[1],
        header_len: header.slice().len() + authentication,
        total_len: usize::from(header.total_len()),
        later_fragment: header.fragments_offset().value() > 0,
        detour: false,
    }
}

fn of_version_6(packet: &LaxIpv6Slice<'_>) -> Fields {
    let header = packet.header();
    let payload_len = usize::from(header.payload_length());
    let mut fields = Fields {
        id: None,
        ttl: header.hop_limit(),
        traffic_class: header.traffic_class(),
        header_len: header.slice().len() + packet.extensions().slice().len(),
        total_len: if payload_len == 0 { 0 } else { header.slice().len() + payload_len },
        later_fragment: false,
        detour: false,
    };
    // Not by etherparse's own iterator: after a header that was cut it reads beyond the bytes.
    let (mut kind, mut rest) = (header.next_header().0, packet.extensions().slice());
    while let [next, len, ..] = *rest {
        let len = match kind {
            44 => 8,
            51 => (usize::from(len) + 2) * 4,
            _ => (usize::from(len) + 1) * 8,
        };
        match (kind, rest) {
            (43, _) => fields.detour = true,
            (44, &[_, _, high, low, a, b, c, d, ..]) => {
                fields.id = Some(u32::from_be_bytes([a, b, c, d]));
                fields.later_fragment |= u16::from_be_bytes([high, low]) >> 3 > 0;
            }
            _ => {}
        }
        (kind, rest) = (next, rest.get(len..).unwrap_or_default());
    }
    fields
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
