//! ICMP and ICMPv6 messages, and the packet that an error quotes.

use std::net::SocketAddr;

use super::decode::Frame;
use super::ip::{self, Inner};
use super::{IcmpMessage, Quoted, Undecoded};

/// Reads an ICMP (RFC 792) or ICMPv6 (RFC 4443) message.
pub(super) fn message(frame: &Frame<'_>, ip: &Inner) -> Result<IcmpMessage, Undecoded> {
    let start = ip.range.start;
    let layer = if ip.header.src.is_ipv6() { "icmpv6" } else { "icmp" };
    if ip.range.len() < 4 {
        return Err(Undecoded { layer, offset: start, why: "malformed: shorter than a header" });
    }
    let [kind, code, ..]: [u8; 4] = frame.array(layer, start, start)?;
    let mut message = IcmpMessage { ip: ip.header, kind, code, offset: start, about: None };
    message.about = message.quotes().then(|| quoted(frame, ip)).flatten();
    Ok(message)
}

/// Reads the packet that starts after an error's eight bytes.
fn quoted(frame: &Frame<'_>, ip: &Inner) -> Option<Quoted> {
    let bytes = frame.captured(ip.range.clone());
    let start = ip.range.start;
    // The quote's length field is the quoted packet's, and far more than was quoted.
    let quote = Frame { bytes: &frame.bytes[..start + bytes.len()], wire: usize::MAX };
    let inner = ip::read(&quote, start + 8).ok()?;
    let at = inner.range.start;
    let has_ports = matches!(inner.protocol, 6 | 17 | 33 | 132 | 136);
    let ports = quote.array::<4>("", at, at).ok().filter(|_| has_ports).unwrap_or_default();
    let [a, b, c, d] = ports;
    Some(Quoted {
        protocol: inner.protocol,
        src: SocketAddr::new(inner.header.src, u16::from_be_bytes([a, b])),
        dst: SocketAddr::new(inner.header.dst, u16::from_be_bytes([c, d])),
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
