//! ICMP and ICMPv6 messages, and the packet that an error quotes.

use std::net::SocketAddr;
use std::ops::Range;

use super::frame::Frame;
use super::ip::{self, Inner, Speaks};
use super::link::NO_DECODER;
use super::walk::Walk;
use super::{Header, IcmpMessage, Packet, Quoted, Undecoded};

/// ICMP's redirect (RFC 792): of what it quotes Wireshark reads the ports only.
const REDIRECT: u8 = 5;
/// ICMPv6's redirect (RFC 4861, section 4.5).
const REDIRECT_V6: u8 = 137;

/// Reads an ICMP (RFC 792) or ICMPv6 (RFC 4443) message. One of them in the other version of IP has
/// no meaning; but Wireshark reads what it quotes.
pub(super) fn message(
    walk: &mut Walk<'_>,
    frame: &Frame<'_>,
    ip: &Inner,
) -> Result<Packet, Undecoded> {
    let start = ip.range.start;
    let v6 = ip.protocol == 58;
    let layer = if v6 { "icmpv6" } else { "icmp" };
    if ip.range.len() < 4 {
        return Err(Undecoded::new(layer, start, "malformed: shorter than a header"));
    }
    let [kind, code, ..]: [u8; 4] = frame.array(layer, start, start)?;
    let mut message = IcmpMessage { ip: ip.header, kind, code, offset: start, about: None };
    let quote = match kind {
        1..=4 if v6 => Some(start + 8..ip.range.end),
        REDIRECT_V6 if v6 => redirected(frame, start + 40..ip.range.end),
        3 | 4 | REDIRECT | 11 | 12 if !v6 => Some(start + 8..ip.range.end),
        _ => None,
    };
    message.about = quote.and_then(|range| {
        let speaks = if v6 { Speaks::Six } else { Speaks::Four };
        walk.within(|walk| quoted(walk, frame, range, speaks)).flatten()
    });
    if let Some(about) = &mut message.about
        && kind == REDIRECT
    {
        about.counted = None;
    }
    if v6 == ip.header.src.is_ipv6() {
        Ok(Packet::Icmp(message))
    } else {
        let mut undecoded = Undecoded::new(layer, start, NO_DECODER);
        undecoded.counted = message.about.and_then(|about| about.counted);
        Err(undecoded)
    }
}

/// Where a redirect's options have the packet that was redirected (RFC 4861, section 4.6.3).
fn redirected(frame: &Frame<'_>, mut options: Range<usize>) -> Option<Range<usize>> {
    loop {
        let &[kind, len] = frame.bytes.get(options.start..)?.first_chunk()?;
        let end = options.start + usize::from(len) * 8;
        if len == 0 || end > options.end {
            return None;
        }
        if kind == 4 {
            return Some(options.start + 8..end);
        }
        options.start = end;
    }
}

/// Reads the packet that an error quotes.
fn quoted(
    walk: &mut Walk<'_>,
    frame: &Frame<'_>,
    range: Range<usize>,
    speaks: Speaks,
) -> Option<Quoted> {
    // Its length field is the quoted packet's, and that is far more than was quoted.
    let quote = Frame { bytes: frame.bytes.get(..range.end).unwrap_or(frame.bytes), ..*frame };
    let inner = ip::read(&quote, range, speaks).ok()?;
    let at = inner.range.start;
    let is_start = inner.fragment.is_none_or(|fragment| fragment.offset == 0);
    let has_ports = is_start && matches!(inner.protocol, 6 | 17 | 33 | 132 | 136);
    let ports = quote.array::<4>("", at, at).ok().filter(|_| has_ports).unwrap_or_default();
    let [a, b, c, d] = ports;
    let mut counted = walk.inner(&quote, &inner).into_counted();
    if let Some(counted) = &mut counted {
        counted.quoted = true;
        // No more than a start is quoted.
        if counted.header == Header::OffsetBeyond {
            counted.header = Header::Cut;
        }
    }
    is_start.then(|| Quoted {
        protocol: inner.protocol,
        src: SocketAddr::new(inner.header.src, u16::from_be_bytes([a, b])),
        dst: SocketAddr::new(inner.dst, u16::from_be_bytes([c, d])),
        counted,
    })
}

#[cfg(test)]
mod tests {
    use crate::packet::{Packet, Quoted, sample};

    #[test]
    fn port_unreachable_names_the_datagram_it_is_about() {
        let about = &sample::udp()[14..42];
        let Packet::Icmp(message) = sample::whole(&sample::icmp_about(3, 3, about)) else {
            panic!("no message")
        };
        assert!(message.is_port_unreachable());
        assert_eq!(message.offset, 34);
        assert_eq!(
            message.about,
            Some(Quoted {
                counted: None,
                protocol: 17,
                src: "127.0.0.1:5353".parse().unwrap(),
                dst: "127.0.0.1:9000".parse().unwrap(),
            })
        );
    }

    #[test]
    fn a_quote_without_ports_keeps_the_addresses() {
        let about = &sample::udp()[14..36];
        let Packet::Icmp(message) = sample::whole(&sample::icmp_about(3, 1, about)) else {
            panic!("no message")
        };
        assert_eq!(message.about.unwrap().dst, "127.0.0.1:0".parse().unwrap());
    }

    #[test]
    fn an_echo_is_about_nothing() {
        let Packet::Icmp(message) = sample::whole(&sample::icmp_about(8, 0, &[0x45; 40])) else {
            panic!("no message")
        };
        assert_eq!(message.about, None);
    }
}
