//! Link layers.

use std::ops::Range;

use super::{Layer, Next, Reader, Section};
use crate::trace::LinkType;

type Read = (Option<Section>, Option<Next>);

/// The header that a link type starts with.
pub(super) fn first(reader: &Reader<'_>, link: LinkType, range: Range<usize>) -> Read {
    match link.0 {
        0 | 108 => null(reader, range),
        1 => ethernet(reader, range),
        12 | 14 | 101 | 228 | 229 => (None, Some(Next { layer: Layer::Ip, range })),
        9 | 50 => ppp(reader, range),
        51 => pppoe(reader, range),
        113 => cooked(reader, range),
        276 => cooked_2(reader, range),
        _ => (None, Some(data(range, "A link type without a decoder."))),
    }
}

/// What an EtherType announces.
pub(super) fn ether_type(reader: &Reader<'_>, kind: u16, range: Range<usize>) -> Read {
    match kind {
        0x0800 | 0x86dd => (None, Some(Next { layer: Layer::Ip, range })),
        0x8100 | 0x88a8 | 0x9100 => vlan(reader, range),
        0..0x0600 => llc(reader, range),
        0x8864 => pppoe(reader, range),
        _ => (None, Some(data(range, "A protocol without a decoder."))),
    }
}

fn ethernet(reader: &Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    header.octets("Destination", 0, 6, mac);
    header.octets("Source", 6, 6, mac);
    let kind = header.number("Type", 96, 16, type_or_length);
    (Some(header.section("Ethernet II", "IEEE 802.3", 14)), Some(announced(kind, &range, 14)))
}

fn vlan(reader: &Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    header.number("Priority", 0, 3, |value| format!("{value}: class of service"));
    header.number("DEI", 3, 1, |value| format!("{value}: may be dropped first if 1"));
    header.number("VLAN ID", 4, 12, |value| value.to_string());
    let kind = header.number("Type", 16, 16, type_or_length);
    (Some(header.section("VLAN tag", "IEEE 802.1Q", 4)), Some(announced(kind, &range, 4)))
}

fn llc(reader: &Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    let hex = |value| format!("{value:#04x}");
    let sap = header.number("DSAP", 0, 8, hex);
    header.number("SSAP", 8, 8, hex);
    header.number("Control", 16, 8, hex);
    if sap != Some(0xaa) {
        let section = header.section("LLC", "IEEE 802.2", 3);
        return (Some(section), Some(data(range.start + 3..range.end, "No decoder.")));
    }
    let oui = header.number("Organization Code", 24, 24, |value| format!("{value:#08x}"));
    let kind = header.number("Type", 48, 16, type_or_length).filter(|_| oui == Some(0));
    let next = Some(announced(kind, &range, 8));
    (Some(header.section("LLC and SNAP", "RFC 1042", 8)), next)
}

fn pppoe(reader: &Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    header.number("Version", 0, 4, |value| value.to_string());
    header.number("Type", 4, 4, |value| value.to_string());
    header.number("Code", 8, 8, |value| format!("{value:#04x}: 0 is session data"));
    header.number("Session ID", 16, 16, |value| format!("{value:#06x}"));
    header.number("Length", 32, 16, |value| format!("{value}: bytes that follow"));
    let protocol = header.number("PPP Protocol", 48, 16, ppp_protocol);
    let next = carried(protocol, range.start + 8..range.end);
    (Some(header.section("PPPoE", "RFC 2516", 8)), Some(next))
}

/// PPP, with or without its framing as in HDLC (RFC 1662); the protocol may be one byte.
fn ppp(reader: &Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    let framed = reader.bytes.get(range.start..).is_some_and(|rest| rest.starts_with(&[0xff, 3]));
    let mut at = 0;
    if framed {
        header.number("Address", 0, 8, |value| format!("{value:#04x}: all stations"));
        header.number("Control", 8, 8, |value| format!("{value:#04x}: unnumbered information"));
        at = 2;
    }
    let is_short = reader.bytes.get(range.start + at).is_some_and(|byte| byte & 1 == 1);
    let len = if is_short { 1 } else { 2 };
    let protocol = header.number("Protocol", at * 8, len * 8, ppp_protocol);
    let next = carried(protocol, range.start + at + len..range.end);
    (Some(header.section("PPP", "RFC 1661, section 2", at + len)), Some(next))
}

fn ppp_protocol(value: u64) -> String {
    match value {
        0x21 => "0x0021: IPv4".to_owned(),
        0x57 => "0x0057: IPv6".to_owned(),
        other => format!("{other:#06x}"),
    }
}

fn carried(protocol: Option<u64>, rest: Range<usize>) -> Next {
    match protocol {
        Some(0x21 | 0x57) => Next { layer: Layer::Ip, range: rest },
        _ => data(rest, "No decoder."),
    }
}

fn null(reader: &Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    let mut family = 0;
    header.octets("Family", 0, 4, |bytes| {
        let array = bytes.try_into().unwrap_or_default();
        family = u32::from_le_bytes(array).min(u32::from_be_bytes(array));
        match family {
            2 => "2: IPv4".to_owned(),
            10 | 24 | 28 | 30 => format!("{family}: IPv6"),
            _ => family.to_string(),
        }
    });
    let rest = range.start + 4..range.end;
    let next = match family {
        2 | 10 | 24 | 28 | 30 => Next { layer: Layer::Ip, range: rest },
        _ => data(rest, "An address family without a decoder."),
    };
    (Some(header.section("Loopback", "BSD and macOS", 4)), Some(next))
}

fn cooked(reader: &Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    header.number("Packet Type", 0, 16, packet_type);
    header.number("Device Type", 16, 16, device_type);
    header.number("Address Length", 32, 16, |value| value.to_string());
    header.octets("Source", 6, 8, mac);
    let kind = header.number("Protocol", 112, 16, type_or_length);
    let section = header.section("Linux cooked capture", "LINKTYPE_LINUX_SLL", 16);
    (Some(section), Some(announced(kind, &range, 16)))
}

fn cooked_2(reader: &Reader<'_>, range: Range<usize>) -> Read {
    let mut header = reader.header(&range);
    let kind = header.number("Protocol", 0, 16, type_or_length);
    header.number("Reserved", 16, 16, |value| value.to_string());
    header.number("Interface Index", 32, 32, |value| value.to_string());
    header.number("Device Type", 64, 16, device_type);
    header.number("Packet Type", 80, 8, packet_type);
    header.number("Address Length", 88, 8, |value| value.to_string());
    header.octets("Source", 12, 8, mac);
    let section = header.section("Linux cooked capture v2", "LINKTYPE_LINUX_SLL2", 20);
    (Some(section), Some(announced(kind, &range, 20)))
}

fn announced(kind: Option<u64>, range: &Range<usize>, header_len: usize) -> Next {
    let range = range.start + header_len..range.end;
    match kind {
        Some(kind) => Next { layer: Layer::EtherType(kind as u16), range },
        None => data(range, ""),
    }
}

fn data(range: Range<usize>, remark: &'static str) -> Next {
    Next { layer: Layer::Data(remark), range }
}

fn mac(bytes: &[u8]) -> String {
    let text: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = text.join(":");
    match bytes {
        [0, 0, 0, 0, 0, 0, ..] => format!("{text}: none, as on loopback"),
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => format!("{text}: broadcast"),
        [first, ..] if first & 1 == 1 => format!("{text}: multicast"),
        _ => text,
    }
}

fn type_or_length(value: u64) -> String {
    match value {
        0..0x0600 => format!("{value}: a length, as in 802.3"),
        0x0800 => "0x0800: IPv4".to_owned(),
        0x0806 => "0x0806: ARP".to_owned(),
        0x8100 => "0x8100: a VLAN tag".to_owned(),
        0x86dd => "0x86dd: IPv6".to_owned(),
        0x8864 => "0x8864: a PPPoE session".to_owned(),
        0x88a8 | 0x9100 => format!("{value:#06x}: an outer VLAN tag"),
        _ => format!("{value:#06x}"),
    }
}

fn packet_type(value: u64) -> String {
    let meaning = match value {
        0 => "to this machine",
        1 => "broadcast",
        2 => "multicast",
        3 => "to another machine",
        4 => "from this machine",
        _ => return value.to_string(),
    };
    format!("{value}: {meaning}")
}

fn device_type(value: u64) -> String {
    match value {
        1 => "1: Ethernet".to_owned(),
        772 => "772: loopback".to_owned(),
        _ => value.to_string(),
    }
}
