//! Packets for tests.

use etherparse::PacketBuilder;

use crate::packet::{Flags, Packet, decode};
use crate::trace::LinkType;

pub(super) const CLIENT: u16 = 40112;
pub(super) const SERVER: u16 = 8899;

/// A packet to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    is_tcp: bool,
    is_ipv6: bool,
    ports: [u16; 2],
    starts: [u32; 2],
    seq: u32,
    ack: u32,
    flags: Flags,
    data: usize,
}

impl Sample {
    /// A segment from port to port.
    pub fn tcp(from: u16, to: u16) -> Sample {
        Sample {
            is_tcp: true,
            is_ipv6: false,
            ports: [from, to],
            starts: [0; 2],
            seq: 0,
            ack: 0,
            flags: Flags::default(),
            data: 0,
        }
    }

    /// A datagram from port to port.
    pub fn udp(from: u16, to: u16, data: usize) -> Sample {
        Sample { is_tcp: false, ..Sample::tcp(from, to) }.data(data)
    }

    /// The same between other ports.
    pub fn between(self, from: u16, to: u16) -> Sample {
        Sample { ports: [from, to], ..self }
    }

    pub fn over_ipv6(self) -> Sample {
        Sample { is_ipv6: true, ..self }
    }

    /// With these first sequence numbers, its own and the peer's.
    pub fn at(self, mine: u32, peers: u32) -> Sample {
        Sample { starts: [mine, peers], ..self }
    }

    /// So far ahead of them.
    pub fn ahead(self, seq: u32, ack: u32) -> Sample {
        Sample { seq, ack, ..self }
    }

    pub fn flags(self, flags: Flags) -> Sample {
        Sample { flags, ..self }
    }

    /// With so many bytes of data.
    pub fn data(self, data: usize) -> Sample {
        Sample { data, ..self }
    }

    pub fn packet(self) -> Packet {
        let bytes = self.bytes();
        decode(LinkType::RAW, &bytes, bytes.len() as u32)
    }

    /// From the IP header on.
    pub fn bytes(self) -> Vec<u8> {
        let ip = if self.is_ipv6 {
            let loopback = std::net::Ipv6Addr::LOCALHOST.octets();
            PacketBuilder::ipv6(loopback, loopback, 64)
        } else {
            PacketBuilder::ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        };
        let data = vec![b'x'; self.data];
        let mut bytes = Vec::new();
        if !self.is_tcp {
            ip.udp(self.ports[0], self.ports[1]).write(&mut bytes, &data).unwrap();
            return bytes;
        }
        let seq = self.starts[0].wrapping_add(self.seq);
        let mut tcp = ip.tcp(self.ports[0], self.ports[1], seq, 64240);
        let has = |flag| self.flags.has(flag);
        if has(Flags::ACK) {
            tcp = tcp.ack(self.starts[1].wrapping_add(self.ack));
        }
        tcp = if has(Flags::SYN) { tcp.syn() } else { tcp };
        tcp = if has(Flags::FIN) { tcp.fin() } else { tcp };
        tcp = if has(Flags::RST) { tcp.rst() } else { tcp };
        tcp = if has(Flags::PSH) { tcp.psh() } else { tcp };
        tcp.write(&mut bytes, &data).unwrap();
        bytes
    }
}

/// An ICMP message with that data.
pub(super) fn icmp(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .icmpv4_raw(3, 3, [0; 4])
        .write(&mut bytes, data)
        .unwrap();
    bytes
}
