//! A segment of the learner's making, as if from one end of a connection.

use std::net::{IpAddr, SocketAddr};

use etherparse::PacketBuilder;

use crate::packet::{Flags, SeqNumber};

/// Hops that it may take: as many as Linux gives its own.
const HOPS: u8 = 64;

/// What a forged segment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgery {
    /// From whom it seems to be.
    pub src: SocketAddr,
    /// To whom it goes.
    pub dst: SocketAddr,
    /// SEG.SEQ
    pub seq: SeqNumber,
    /// SEG.ACK; sent only with ACK.
    pub ack: SeqNumber,
    /// Its flags.
    pub flags: Flags,
    /// Its window, as in the header.
    pub window: u16,
    /// Its data.
    pub data: Vec<u8>,
}

impl Forgery {
    /// The packet, from the IP header on, its checksums complete. `None` if the addresses are of
    /// two families, or there is more data than a packet can carry.
    pub fn packet(&self) -> Option<Vec<u8>> {
        let ip = match (self.src.ip(), self.dst.ip()) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                PacketBuilder::ipv4(src.octets(), dst.octets(), HOPS)
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                PacketBuilder::ipv6(src.octets(), dst.octets(), HOPS)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return None,
        };
        let mut tcp = ip.tcp(self.src.port(), self.dst.port(), self.seq.0, self.window);
        if self.flags.has(Flags::ACK) {
            tcp = tcp.ack(self.ack.0);
        }
        if self.flags.has(Flags::SYN) {
            tcp = tcp.syn();
        }
        if self.flags.has(Flags::FIN) {
            tcp = tcp.fin();
        }
        if self.flags.has(Flags::RST) {
            tcp = tcp.rst();
        }
        if self.flags.has(Flags::PSH) {
            tcp = tcp.psh();
        }
        if self.flags.has(Flags::URG) {
            tcp = tcp.urg(self.data.len().try_into().unwrap_or(u16::MAX));
        }
        if self.flags.has(Flags::ECE) {
            tcp = tcp.ece();
        }
        if self.flags.has(Flags::CWR) {
            tcp = tcp.cwr();
        }
        let mut packet = Vec::with_capacity(tcp.size(self.data.len()));
        tcp.write(&mut packet, &self.data).ok()?;
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Packet, decode};
    use crate::trace::LinkType;

    fn forged(src: &str, dst: &str) -> Option<Vec<u8>> {
        let (src, dst) = (src.parse().unwrap(), dst.parse().unwrap());
        let (seq, ack) = (SeqNumber(7), SeqNumber(9));
        let flags = Flags::PSH.with(Flags::ACK);
        Forgery { src, dst, seq, ack, flags, window: 512, data: b"hello".to_vec() }.packet()
    }

    #[test]
    fn it_says_what_it_was_told_to_say() {
        for (src, dst) in [("127.0.0.1:1", "127.0.0.1:2"), ("[::1]:1", "[::1]:2")] {
            let packet = forged(src, dst).unwrap();
            let Packet::Tcp(read) = decode(LinkType::RAW, &packet, packet.len() as u32) else {
                panic!("no segment")
            };
            assert_eq!((read.src.to_string(), read.dst.to_string()), (src.into(), dst.into()));
            assert_eq!((read.seq, read.ack, read.window), (SeqNumber(7), SeqNumber(9), 512));
            assert_eq!(read.flags, Flags::PSH.with(Flags::ACK));
            assert_eq!(read.payload.of(&packet), b"hello");
        }
    }

    #[test]
    fn two_families_make_no_packet() {
        assert_eq!(forged("127.0.0.1:1", "[::1]:2"), None);
    }
}
