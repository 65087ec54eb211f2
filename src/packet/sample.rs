//! Frames for tests.

use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

use super::{Packet, Segment, decode};
use crate::trace::LinkType;

/// The options of the SYN that Linux sends on a link with an MTU of 1500.
pub(crate) const SYN_OPTIONS: [u8; 20] =
    [2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0x9c, 0x27, 0x1f, 0x0a, 0, 0, 0, 0, 1, 3, 3, 7];

/// Ports and sequence number of a segment from 40112 to 8899, within Ethernet and IPv4.
pub(crate) fn tcp() -> PacketBuilderStep<TcpHeader> {
    PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64).tcp(
        40112,
        8899,
        3_000_000_000,
        64240,
    )
}

/// The same over IPv6.
pub(crate) fn tcp6() -> PacketBuilderStep<TcpHeader> {
    let loopback = std::net::Ipv6Addr::LOCALHOST.octets();
    PacketBuilder::ethernet2([0; 6], [0; 6]).ipv6(loopback, loopback, 64).tcp(
        40112,
        8899,
        3_000_000_000,
        64240,
    )
}

/// A SYN as Linux sends it.
pub(crate) fn syn() -> Vec<u8> {
    frame(tcp().syn().options_raw(&SYN_OPTIONS).unwrap(), b"")
}

/// A datagram of five bytes, `hello`.
pub(crate) fn udp() -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([0; 6], [0; 6])
        .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .udp(5353, 9000);
    let mut frame = Vec::new();
    builder.write(&mut frame, b"hello").unwrap();
    frame
}

/// An ICMP error of that type and code about these bytes, an IPv4 packet.
pub(crate) fn icmp_about(kind: u8, code: u8, quoted: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([0; 6], [0; 6])
        .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .icmpv4_raw(kind, code, [0; 4]);
    let mut frame = Vec::new();
    builder.write(&mut frame, quoted).unwrap();
    frame
}

/// The frame that a builder makes.
pub(crate) fn frame(builder: PacketBuilderStep<TcpHeader>, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    builder.write(&mut frame, payload).unwrap();
    frame
}

/// A whole Ethernet frame, decoded.
pub(crate) fn whole(frame: &[u8]) -> Packet {
    decode(LinkType::ETHERNET, frame, frame.len() as u32)
}

/// The TCP segment in a whole Ethernet frame.
pub(crate) fn segment(frame: &[u8]) -> Segment {
    match whole(frame) {
        Packet::Tcp(segment) => segment,
        other => panic!("no segment: {other:?}"),
    }
}
