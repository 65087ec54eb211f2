//! What a packet is within its connection: the same in every run of the same script, though ports
//! and sequence numbers are others each time.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::recent::Recent;
use crate::packet::{Flags, Packet, Segment, SeqNumber};

/// Most connections that are known for certain.
const CONNECTIONS: usize = 4096;

/// A packet's place: which connection, which end sends it, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Counted from 0 by first sight.
    pub connection: u64,
    /// Whether the end that opened sends it; where nobody was seen to open, the end that was seen
    /// to send first.
    pub from_opener: bool,
    /// What it says.
    pub says: Says,
}

/// What a packet says. For TCP this is not the how-manieth segment it is: how many ACKs there are,
/// and when, depends on timers, and one more or less must not change what becomes of all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Says {
    /// Data, SYN or FIN, from that sequence number on, counted from the connection's first.
    From(u32),
    /// It has everything before that number, counted from the peer's first. No data.
    HasAll(u32),
    /// RST.
    Reset,
    /// A datagram, an ICMP message, or something unknown.
    Datagram,
}

/// The connections that were seen.
#[derive(Debug)]
pub(super) struct Places {
    connections: Recent<Pair, Connection>,
    count: u64,
}

/// Both ends, whoever sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    protocol: Protocol,
    low: SocketAddr,
    high: SocketAddr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Protocol {
    Tcp,
    Udp,
    Icmp,
    Other,
}

#[derive(Debug, Clone, Copy)]
struct Connection {
    number: u64,
    opener: SocketAddr,
    /// The first sequence number of the low end and of the high.
    starts: [Option<SeqNumber>; 2],
}

impl Default for Places {
    fn default() -> Places {
        Places { connections: Recent::new(CONNECTIONS), count: 0 }
    }
}

impl Places {
    /// The place of the packet that comes next.
    pub fn of(&mut self, packet: &Packet) -> Place {
        let (protocol, src, dst) = ends(packet);
        let pair = Pair { protocol, low: src.min(dst), high: src.max(dst) };
        let opener = match packet {
            Packet::Tcp(segment) if segment.flags.has(Flags::SYN.with(Flags::ACK)) => dst,
            Packet::Tcp(_) | Packet::Udp(_) | Packet::Icmp(_) | Packet::Other(_) => src,
        };
        let fresh = Connection { number: self.count, opener, starts: [None; 2] };
        let connection = self.connections.entry(pair, || fresh);
        let me = usize::from(src != pair.low);
        let says = match packet {
            Packet::Tcp(segment) => {
                // A new incarnation: the same ports, by chance or by bind().
                let opens = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
                if opens && connection.starts[me].is_some_and(|start| start != segment.seq) {
                    *connection = fresh;
                }
                connection.says(segment, me, usize::from(dst != pair.low))
            }
            Packet::Udp(_) | Packet::Icmp(_) | Packet::Other(_) => Says::Datagram,
        };
        if connection.number == self.count {
            self.count += 1;
        }
        Place { connection: connection.number, from_opener: src == connection.opener, says }
    }
}

impl Connection {
    fn says(&mut self, segment: &Segment, me: usize, peer: usize) -> Says {
        if segment.flags.has(Flags::RST) {
            return Says::Reset;
        }
        if segment.flags.has(Flags::SYN) {
            self.starts[me] = Some(segment.seq);
        }
        let mine = *self.starts[me].get_or_insert(segment.seq);
        if segment.sequence_len() > 0 {
            return Says::From(segment.seq.relative_to(mine));
        }
        let peers = *self.starts[peer].get_or_insert(segment.ack);
        Says::HasAll(segment.ack.relative_to(peers))
    }
}

fn ends(packet: &Packet) -> (Protocol, SocketAddr, SocketAddr) {
    let host = |ip: IpAddr| SocketAddr::new(ip, 0);
    match packet {
        Packet::Tcp(segment) => (Protocol::Tcp, segment.src, segment.dst),
        Packet::Udp(datagram) => (Protocol::Udp, datagram.src, datagram.dst),
        Packet::Icmp(message) => (Protocol::Icmp, host(message.ip.src), host(message.ip.dst)),
        Packet::Other(_) => {
            let nowhere = host(Ipv4Addr::UNSPECIFIED.into());
            (Protocol::Other, nowhere, nowhere)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Says::{From, HasAll};
    use super::*;
    use crate::wire::specimen::{CLIENT, SERVER, Sample};

    fn places(samples: &[Sample]) -> Vec<Place> {
        let mut places = Places::default();
        samples.iter().map(|sample| places.of(&sample.packet())).collect()
    }

    #[test]
    fn a_place_is_the_same_whatever_the_ports_and_first_sequence_numbers() {
        let run = |port: u16, isn: [u32; 2]| {
            let client = Sample::tcp(port, SERVER).at(isn[0], 0);
            let server = Sample::tcp(SERVER, port).at(isn[1], isn[0]);
            let [to_server, to_client] =
                [client.at(isn[0], isn[1]), server].map(|end| end.flags(Flags::ACK));
            places(&[
                client.flags(Flags::SYN),
                server.flags(Flags::SYN.with(Flags::ACK)).ahead(0, 1),
                to_server.ahead(1, 1),
                to_server.ahead(1, 1).data(5),
                to_client.ahead(1, 6),
                to_client.ahead(1, 6).data(7),
            ])
        };
        let first = run(40112, [0, 0]);
        assert_eq!(first, run(50000, [u32::MAX, u32::MAX - 3]));
        let says: Vec<Says> = first.iter().map(|place| place.says).collect();
        assert_eq!(says, [From(0), From(0), HasAll(1), From(1), HasAll(6), From(1)]);
        let from_opener: Vec<bool> = first.iter().map(|place| place.from_opener).collect();
        assert_eq!(from_opener, [true, false, true, true, false, false]);
    }

    #[test]
    fn a_connection_that_was_open_before_is_counted_from_its_first_sight() {
        let data = Sample::tcp(CLIENT, SERVER).at(1000, 500).flags(Flags::ACK).data(5);
        let ack = Sample::tcp(SERVER, CLIENT).at(500, 1005).flags(Flags::ACK);
        let says: Vec<Says> = places(&[data, ack]).iter().map(|place| place.says).collect();
        assert_eq!(says, [Says::From(0), Says::HasAll(5)]);
    }

    #[test]
    fn a_syn_sent_again_is_the_same_connection_and_another_syn_is_a_new_one() {
        let syn = Sample::tcp(CLIENT, SERVER).flags(Flags::SYN);
        let numbers: Vec<u64> =
            places(&[syn, syn, syn.at(9, 0), Sample::udp(CLIENT, SERVER, 5), syn.at(9, 0)])
                .iter()
                .map(|place| place.connection)
                .collect();
        assert_eq!(numbers, [0, 0, 1, 2, 1]);
    }
}
