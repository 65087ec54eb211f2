//! Segments between one client and one server, and recordings of them.
#![allow(dead_code, reason = "each of the tests that share this needs some of it")]

use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

use super::capture_files::Little;

/// Which version of IP carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ip {
    V4,
    V6,
}

/// A segment of which flags are still to be set.
pub type Tcp = PacketBuilderStep<TcpHeader>;

impl Ip {
    /// A packet of the client's, 192.0.2.7:40112, with this sequence number.
    pub fn client(self, seq: u32, flags: fn(Tcp) -> Tcp, payload: &[u8]) -> Vec<u8> {
        self.packet((7, 40112), (80, 80), seq, flags, payload)
    }

    /// A packet of the server's, 192.0.2.80:80.
    pub fn server(self, seq: u32, flags: fn(Tcp) -> Tcp, payload: &[u8]) -> Vec<u8> {
        self.packet((80, 80), (7, 40112), seq, flags, payload)
    }

    fn packet(
        self,
        (src, src_port): (u8, u16),
        (dst, dst_port): (u8, u16),
        seq: u32,
        flags: fn(Tcp) -> Tcp,
        payload: &[u8],
    ) -> Vec<u8> {
        let ip = match self {
            Ip::V4 => PacketBuilder::ipv4([192, 0, 2, src], [192, 0, 2, dst], 64),
            Ip::V6 => PacketBuilder::ipv6([src; 16], [dst; 16], 64),
        };
        let mut packet = Vec::new();
        flags(ip.tcp(src_port, dst_port, seq, 64240)).write(&mut packet, payload).unwrap();
        packet
    }

    /// A packet in fragments that carry so many bytes each, under that identification.
    pub fn in_fragments(self, packet: &[u8], size: usize, id: u16) -> Vec<Vec<u8>> {
        let (header, data) = packet.split_at(if self == Ip::V4 { 20 } else { 40 });
        let fragments = data.chunks(size).enumerate().map(|(n, piece)| {
            let is_last = (n + 1) * size >= data.len();
            let (offset, len) = ((n * size) as u16, piece.len() as u16);
            let mut fragment = header.to_vec();
            match self {
                Ip::V4 => {
                    let flags = if is_last { 0 } else { 0x2000 };
                    fragment[2..4].copy_from_slice(&(20 + len).to_be_bytes());
                    fragment[4..6].copy_from_slice(&id.to_be_bytes());
                    fragment[6..8].copy_from_slice(&((offset / 8) | flags).to_be_bytes());
                }
                Ip::V6 => {
                    let [high, low] = (offset | u16::from(!is_last)).to_be_bytes();
                    fragment[4..6].copy_from_slice(&(8 + len).to_be_bytes());
                    fragment[6] = 44;
                    fragment.extend([6, 0, high, low, 0, 0]);
                    fragment.extend(id.to_be_bytes());
                }
            }
            [&fragment, piece].concat()
        });
        fragments.collect()
    }
}

/// A recording of packets, a millisecond apart.
pub fn recording(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Little.classic(0xa1b2_c3d4, (2, 4), 101);
    for (n, packet) in packets.iter().enumerate() {
        let len = packet.len() as u32;
        file.extend(Little.u32s(&[100, 1000 * n as u32, len, len]));
        file.extend(packet);
    }
    file
}
