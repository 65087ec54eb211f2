//! IPv4, IPv6 and its extension headers.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use etherparse::checksum::Sum16BitWords;

use super::header::Header;
use super::{Layer, Next, Reader, Section, datagram, icmp, raw, segment};
use crate::packet::protocol_name;

type Read = (Option<Section>, Option<Next>);

/// IPv4 or IPv6, whichever the first four bits say.
pub(super) fn either(reader: &mut Reader<'_>, range: Range<usize>) -> Read {
    match reader.header(&range).peek(0, 4) {
        Some(4) => version_4(reader, range),
        Some(6) => version_6(reader, range),
        _ => (Some(raw("Data", range, "Neither version 4 nor 6 of IP.")), None),
    }
}

/// What an IP protocol number announces.
pub(super) fn protocol(reader: &mut Reader<'_>, protocol: u8, range: Range<usize>) -> Read {
    match protocol {
        6 => segment::segment(reader, range),
        17 => datagram::datagram(reader, range),
        1 => icmp::message(reader, range, false),
        58 => icmp::message(reader, range, true),
        0 if reader.v6 => {
            extension(reader, range, "IPv6 Hop-by-Hop Options", "RFC 8200, section 4.3")
        }
        43 if reader.v6 => extension(reader, range, "IPv6 Routing Header", "RFC 8200, section 4.4"),
        44 if reader.v6 => fragment(reader, range),
        60 if reader.v6 => {
            extension(reader, range, "IPv6 Destination Options", "RFC 8200, section 4.6")
        }
        59 if reader.v6 => (Some(raw("Data", range, "No header follows, said IPv6.")), None),
        _ => (Some(raw("Data", range, "A protocol without a decoder.")), None),
    }
}

fn version_4(reader: &mut Reader<'_>, range: Range<usize>) -> Read {
    reader.v6 = false;
    let mut header = reader.header(&range);
    header.number("Version", 0, 4, |value| value.to_string());
    let words = header.number("Header Length", 4, 4, |words| {
        format!("{words}: words of 4 bytes, {} bytes", words * 4)
    });
    header_class(&mut header, 8);
    let total = header.number("Total Length", 16, 16, |len| match len {
        0 => "0: left to the network card to fill in".to_owned(),
        len => format!("{len}: this header and what it carries"),
    });
    header.number("Identification", 32, 16, |id| {
        format!("{id:#06x}: the same in all fragments of a packet")
    });
    let flags = header.number("Flags", 48, 3, |flags| {
        let meaning = match flags {
            0 => "may be fragmented",
            1 => "MF, more fragments follow",
            2 => "DF, don't fragment",
            3 => "DF and MF, which contradict each other",
            _ => "the first bit is reserved",
        };
        format!("{flags:#x}: {meaning}")
    });
    let offset = header.number("Fragment Offset", 51, 13, |offset| match offset {
        0 => "0: starts at the beginning".to_owned(),
        _ => format!("{offset}: starts {} bytes into its packet", offset * 8),
    });
    header.number("Time to Live", 64, 8, |ttl| format!("{ttl}: hops until it is given up"));
    let carried = header.number("Protocol", 72, 8, named_protocol);
    let len = words.map_or(20, |words| words as usize * 4).max(20);
    let verdict = match header.slice(0, len) {
        Some(bytes) if Sum16BitWords::new().add_slice(bytes).ones_complement() == 0 => ": right",
        Some(_) => ": wrong",
        None => "",
    };
    header.number("Header Checksum", 80, 16, |sum| format!("{sum:#06x}{verdict}"));
    header.octets("Source Address", 12, 4, address_4);
    header.octets("Destination Address", 16, 4, address_4);
    if len > 20 {
        header.octets("Options", 20, len - 20, hex);
    }
    let section =
        header.section(title(reader, "IPv4", "IPv4, quoted"), "RFC 791, section 3.1", len);
    let end = match total {
        None | Some(0) => range.end,
        Some(total) => range.end.min(range.start + total as usize),
    };
    let rest = (range.start + len).min(end)..end;
    let is_later = matches!(offset, Some(1..));
    let has_more = flags.is_some_and(|flags| flags & 1 != 0);
    let layer = match carried.map(|protocol| protocol as u8) {
        Some(protocol) if is_later || has_more => reader.fragment(is_later, protocol),
        Some(protocol) => Layer::Protocol(protocol),
        None => Layer::Data(""),
    };
    (Some(section), Some(Next { layer, range: rest }))
}

fn version_6(reader: &mut Reader<'_>, range: Range<usize>) -> Read {
    reader.v6 = true;
    let mut header = reader.header(&range);
    header.number("Version", 0, 4, |value| value.to_string());
    header_class(&mut header, 4);
    header.number("Flow Label", 12, 20, |flow| {
        format!("{flow:#07x}: packets of one flow have the same")
    });
    let payload = header.number("Payload Length", 32, 16, |len| match len {
        0 => "0: left to the network card, or a jumbogram".to_owned(),
        len => format!("{len}: bytes after this header"),
    });
    let carried = header.number("Next Header", 48, 8, named_protocol);
    header.number("Hop Limit", 56, 8, |hops| format!("{hops}: hops until it is given up"));
    header.octets("Source Address", 8, 16, address_6);
    header.octets("Destination Address", 24, 16, address_6);
    let section = header.section(title(reader, "IPv6", "IPv6, quoted"), "RFC 8200, section 3", 40);
    let end = match payload {
        None | Some(0) => range.end,
        Some(payload) => range.end.min(range.start + 40 + payload as usize),
    };
    let layer = match carried {
        Some(protocol) => Layer::Protocol(protocol as u8),
        None => Layer::Data(""),
    };
    (Some(section), Some(Next { layer, range: (range.start + 40).min(end)..end }))
}

/// DSCP and ECN: the octet that both versions have.
fn header_class(header: &mut Header<'_>, at: usize) {
    header.number("DSCP", at, 6, |dscp| match dscp {
        0 => "0: default service".to_owned(),
        46 => "46: expedited forwarding".to_owned(),
        _ => format!("{dscp}: class of service (RFC 2474)"),
    });
    header.number("ECN", at + 6, 2, |ecn| {
        let meaning = match ecn {
            0 => "not ECN-capable",
            1 => "ECT(1), ECN-capable",
            2 => "ECT(0), ECN-capable",
            _ => "CE, congestion experienced",
        };
        format!("{ecn}: {meaning}")
    });
}

/// An extension header that begins with its successor and its own length (RFC 8200, section 4).
fn extension(
    reader: &Reader<'_>,
    range: Range<usize>,
    title: &'static str,
    source: &'static str,
) -> Read {
    let mut header = reader.header(&range);
    let carried = header.number("Next Header", 0, 8, named_protocol);
    let len = header.number("Header Ext Length", 8, 8, |len| {
        format!("{len}: units of 8 bytes after the first")
    });
    let len = len.map_or(8, |len| len as usize * 8 + 8);
    header.octets("Content", 2, len - 2, hex);
    (Some(header.section(title, source, len)), after(&range, len, carried))
}

fn fragment(reader: &mut Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    let carried = header.number("Next Header", 0, 8, named_protocol);
    header.number("Reserved", 8, 8, |value| value.to_string());
    let offset = header.number("Fragment Offset", 16, 13, |offset| {
        format!("{offset}: starts {} bytes into its packet", offset * 8)
    });
    header.number("Res", 29, 2, |value| value.to_string());
    header.number("M", 31, 1, |more| match more {
        0 => "0: the last fragment".to_owned(),
        _ => "1: more fragments follow".to_owned(),
    });
    header.number("Identification", 32, 32, |id| {
        format!("{id:#010x}: the same in all fragments of a packet")
    });
    let section = header.section("IPv6 Fragment Header", "RFC 8200, section 4.5", 8);
    let mut next = after(&range, 8, carried);
    if let (Some(protocol), Some(next)) = (carried, &mut next) {
        next.layer = reader.fragment(matches!(offset, Some(1..)), protocol as u8);
    }
    (Some(section), next)
}

fn after(range: &Range<usize>, len: usize, protocol: Option<u64>) -> Option<Next> {
    let range = (range.start + len).min(range.end)..range.end;
    protocol.map(|protocol| Next { layer: Layer::Protocol(protocol as u8), range })
}

fn title(reader: &Reader<'_>, plain: &'static str, quoted: &'static str) -> &'static str {
    if reader.quoted { quoted } else { plain }
}

fn named_protocol(number: u64) -> String {
    let name = match number {
        0 => Some("hop-by-hop options"),
        6 => Some("TCP"),
        17 => Some("UDP"),
        43 => Some("routing header"),
        44 => Some("fragment header"),
        60 => Some("destination options"),
        number => protocol_name(number as u8),
    };
    name.map_or_else(|| number.to_string(), |name| format!("{number}: {name}"))
}

fn address_4(bytes: &[u8]) -> String {
    <[u8; 4]>::try_from(bytes).map(|octets| Ipv4Addr::from(octets).to_string()).unwrap_or_default()
}

fn address_6(bytes: &[u8]) -> String {
    <[u8; 16]>::try_from(bytes).map(|octets| Ipv6Addr::from(octets).to_string()).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    let text: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.join(" ")
}
