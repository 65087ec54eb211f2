//! The IP header and what it carries.

use std::ops::Range;

use etherparse::{Ipv6ExtensionSlice, LaxIpSlice, err};

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
    let (slice, stopped) = LaxIpSlice::from_slice(bytes).map_err(|error| match error {
        err::ip::LaxHeaderSliceError::Len(_) => frame.short(name(bytes), offset),
        err::ip::LaxHeaderSliceError::Content(content) => {
            use err::ip::HeaderError as E;
            let why = match content {
                E::UnsupportedIpVersion { .. } => "malformed: neither version 4 nor 6",
                E::Ipv4HeaderLengthSmallerThanHeader { .. } => "malformed: header length below 20",
            };
            Undecoded { layer: name(bytes), offset, why }
        }
    })?;
    let layer = name(bytes);
    let mut detour = false;
    let (id, ttl, traffic_class, claimed, later_fragment) = match &slice {
        LaxIpSlice::Ipv4(v4) => {
            let header = v4.header();
            (
                Some(u32::from(header.identification())),
                header.ttl(),
                header.slice()[1],
                usize::from(header.total_len()),
                header.fragments_offset().value() > 0,
            )
        }
        LaxIpSlice::Ipv6(v6) => {
            let header = v6.header();
            let mut fragment = None;
            for extension in v6.extensions().clone() {
                match extension {
                    Ipv6ExtensionSlice::Fragment(found) => fragment = Some(found),
                    Ipv6ExtensionSlice::Routing(_) => detour = true,
                    Ipv6ExtensionSlice::HopByHop(_)
                    | Ipv6ExtensionSlice::Authentication(_)
                    | Ipv6ExtensionSlice::DestinationOptions(_) => {}
                }
            }
            let payload = usize::from(header.payload_length());
            // Zero is a jumbogram's (RFC 2675), or TSO's, as IPv4's zero is.
            let claimed = if payload == 0 { 0 } else { payload + header.slice().len() };
            (
                fragment.as_ref().map(|fragment| fragment.identification()),
                header.hop_limit(),
                header.traffic_class(),
                claimed,
                fragment.is_some_and(|fragment| fragment.fragment_offset().value() > 0),
            )
        }
    };
    let header_len = match &slice {
        LaxIpSlice::Ipv4(v4) => {
            v4.header().slice().len() + v4.extensions().auth.map_or(0, |auth| auth.slice().len())
        }
        LaxIpSlice::Ipv6(v6) => v6.header().slice().len() + v6.extensions().slice().len(),
    };
    // No packet is longer than its frame, whatever it claims; so says tshark as well.
    let there = frame.wire - offset;
    let total_len = if claimed == 0 { there } else { claimed };
    let start = offset + header_len;
    if later_fragment {
        let why = "a later fragment: the transport header is in the first";
        return Err(Undecoded { layer, offset, why });
    }
    if total_len < header_len {
        return Err(Undecoded { layer, offset, why: "malformed: total length below its header's" });
    }
    if let Some((error, _)) = stopped {
        return Err(match error {
            err::ipv6_exts::HeaderSliceError::Len(_) if bytes.len() < total_len.min(there) => {
                frame.short(layer, offset)
            }
            err::ipv6_exts::HeaderSliceError::Len(_)
            | err::ipv6_exts::HeaderSliceError::Content(_) => {
                Undecoded { layer, offset, why: "malformed: extension headers" }
            }
        });
    }
    Ok(Inner {
        header: IpHeader {
            src: slice.source_addr(),
            dst: slice.destination_addr(),
            id,
            ttl,
            traffic_class,
            offset,
            header_len,
            total_len,
        },
        protocol: slice.payload_ip_number().0,
        range: start..offset + total_len.min(there),
        whole: !slice.is_fragmenting_payload() && total_len <= there && !detour,
    })
}

fn name(bytes: &[u8]) -> &'static str {
    match bytes.first().map(|first| first >> 4) {
        Some(4) => "ipv4",
        Some(6) => "ipv6",
        _ => "ip",
    }
}

/// What IANA's list of protocol numbers calls it, where people meet it.
pub(super) fn protocol_name(protocol: u8) -> Option<&'static str> {
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
