//! ICMP and ICMPv6 headers, and the quoted packet's place.

use std::ops::Range;

use etherparse::checksum::Sum16BitWords;

use super::{Layer, Next, Reader, Section};

/// An ICMP (RFC 792) or ICMPv6 (RFC 4443) message.
pub(super) fn message(
    reader: &Reader<'_>,
    range: Range<usize>,
    v6: bool,
) -> (Option<Section>, Option<Next>) {
    let mut header = reader.header(&range);
    let kind = header.peek(0, 8).unwrap_or_default() as u8;
    header.number("Type", 0, 8, |kind| match type_words(v6, kind as u8) {
        Some(words) => format!("{kind}: {words}"),
        None => kind.to_string(),
    });
    header.number("Code", 8, 8, |code| match code_words(v6, kind, code as u8) {
        Some(words) => format!("{code}: {words}"),
        None => code.to_string(),
    });
    let verdict = match reader.bytes.get(range.clone()) {
        Some(bytes) if !v6 && !reader.quoted => {
            if Sum16BitWords::new().add_slice(bytes).ones_complement() == 0 {
                ": right"
            } else {
                ": wrong, so damaged on the way"
            }
        }
        _ => "",
    };
    header.number("Checksum", 16, 16, |sum| format!("{sum:#06x}{verdict}"));
    let quotes = if v6 { matches!(kind, 1..=4) } else { matches!(kind, 3 | 4 | 5 | 11 | 12) };
    match (v6, kind) {
        (false, 0 | 8) | (true, 128 | 129) => {
            header.number("Identifier", 32, 16, |id| format!("{id}: which pinger"));
            header.number("Sequence Number", 48, 16, |seq| format!("{seq}: which ping"));
        }
        (true, 2) => {
            header.number("MTU", 32, 32, |mtu| format!("{mtu}: the most that the next link takes"));
        }
        (false, 3) if header.peek(8, 8) == Some(4) => {
            header.number("Unused", 32, 16, |value| value.to_string());
            header.number("Next-Hop MTU", 48, 16, |mtu| match mtu {
                0 => "0: not said".to_owned(),
                _ => format!("{mtu}: the most that the next link takes (RFC 1191)"),
            });
        }
        (false, 5) => {
            header.octets("Gateway Address", 4, 4, |bytes| {
                let octets = <[u8; 4]>::try_from(bytes).unwrap_or_default();
                std::net::Ipv4Addr::from(octets).to_string()
            });
        }
        (true, 4) => {
            header.number("Pointer", 32, 32, |at| format!("{at}: where in the quoted packet"));
        }
        (false, 12) => {
            header.number("Pointer", 32, 8, |at| format!("{at}: where in the quoted packet"));
            header.number("Unused", 40, 24, |value| value.to_string());
        }
        _ if quotes => {
            header.number("Unused", 32, 32, |value| value.to_string());
        }
        _ => {
            header.number("Rest of Header", 32, 32, |value| format!("{value:#010x}"));
        }
    }
    let len = range.len().min(8);
    let rest = range.start + len..range.end;
    let layer = if quotes && !reader.quoted { Layer::Quoted } else { Layer::Data("") };
    let (title, source) = match (v6, reader.quoted) {
        (false, false) => ("ICMP", "RFC 792"),
        (false, true) => ("ICMP, quoted", "RFC 792"),
        (true, false) => ("ICMPv6", "RFC 4443, section 2.1"),
        (true, true) => ("ICMPv6, quoted", "RFC 4443, section 2.1"),
    };
    let mut section = header.section(title, source, len);
    if layer == Layer::Quoted {
        "The start of the packet that it is about follows.".clone_into(&mut section.remark);
    }
    (Some(section), Some(Next { layer, range: rest }))
}

fn type_words(v6: bool, kind: u8) -> Option<&'static str> {
    Some(match (v6, kind) {
        (false, 0) | (true, 129) => "echo reply",
        (false, 3) | (true, 1) => "destination unreachable",
        (false, 4) => "source quench",
        (false, 5) | (true, 137) => "redirect",
        (false, 8) | (true, 128) => "echo request",
        (false, 11) | (true, 3) => "time exceeded",
        (false, 12) | (true, 4) => "parameter problem",
        (true, 2) => "packet too big",
        (true, 133) => "router solicitation",
        (true, 134) => "router advertisement",
        (true, 135) => "neighbor solicitation",
        (true, 136) => "neighbor advertisement",
        (true, 143) => "multicast listener report",
        _ => return None,
    })
}

fn code_words(v6: bool, kind: u8, code: u8) -> Option<&'static str> {
    Some(match (v6, kind, code) {
        (false, 3, 0) => "network unreachable",
        (false, 3, 1) => "host unreachable",
        (false, 3, 2) => "protocol unreachable",
        (false, 3, 3) | (true, 1, 4) => "port unreachable",
        (false, 3, 4) => "fragmentation needed and DF set",
        (false, 3, 9 | 10 | 13) | (true, 1, 1) => "prohibited",
        (true, 1, 0) => "no route",
        (true, 1, 3) => "address unreachable",
        (false, 11, 0) | (true, 3, 0) => "hops used up on the way",
        (false, 11, 1) | (true, 3, 1) => "fragments did not all come",
        _ => return None,
    })
}
