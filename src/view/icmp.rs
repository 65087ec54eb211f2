//! What ICMP's numbers say, in the words of RFC 792 and RFC 4443.

use crate::packet::IcmpMessage;

/// The message's type and code in words; the numbers where there are none.
pub fn words(message: &IcmpMessage) -> String {
    let known = if message.is_v6() {
        v6(message.kind, message.code)
    } else {
        v4(message.kind, message.code)
    };
    known.map_or_else(|| format!("type {} code {}", message.kind, message.code), str::to_owned)
}

fn v4(kind: u8, code: u8) -> Option<&'static str> {
    Some(match (kind, code) {
        (0, _) => "echo reply",
        (3, 0) => "network unreachable",
        (3, 1) => "host unreachable",
        (3, 2) => "protocol unreachable",
        (3, 3) => "port unreachable",
        (3, 4) => "fragmentation needed",
        (3, 9 | 10 | 13) => "prohibited",
        (3, _) => "unreachable",
        (5, _) => "redirect",
        (8, _) => "echo request",
        (11, _) => "time exceeded",
        (12, _) => "parameter problem",
        _ => return None,
    })
}

fn v6(kind: u8, code: u8) -> Option<&'static str> {
    Some(match (kind, code) {
        (1, 0) => "no route",
        (1, 1) => "prohibited",
        (1, 3) => "address unreachable",
        (1, 4) => "port unreachable",
        (1, _) => "unreachable",
        (2, _) => "packet too big",
        (3, _) => "time exceeded",
        (4, _) => "parameter problem",
        (128, _) => "echo request",
        (129, _) => "echo reply",
        (133, _) => "router solicitation",
        (134, _) => "router advertisement",
        (135, _) => "neighbour solicitation",
        (136, _) => "neighbour advertisement",
        (143, _) => "multicast listener report",
        _ => return None,
    })
}
