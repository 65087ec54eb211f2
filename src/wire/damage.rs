//! One flipped bit, which the receiver's checksum finds.

use crate::packet::{Checksum, Packet, decode};
use crate::trace::LinkType;

/// Of a TCP header, the window's last octet: it says nothing about where the segment belongs, and
/// the checksum is verified before anything reads it.
const TCP_WINDOW: usize = 15;
/// Of a UDP header, the checksum's last octet: the ports would lead elsewhere, another length is
/// found wrong before the checksum is.
const UDP_CHECKSUM: usize = 7;
/// Of an ICMP header, the last octet.
const ICMP_LAST: usize = 7;
/// Length of an ICMP header.
const ICMP_HEADER: usize = 8;

/// Whether a packet has a checksum that a flipped bit makes wrong. UDP may go without one (RFC 768);
/// what can't be read is left as it is.
pub(super) fn has_checksum(packet: &Packet) -> bool {
    match packet {
        Packet::Tcp(_) | Packet::Icmp(_) => true,
        Packet::Udp(datagram) => datagram.checksum != Checksum::Unknown,
        Packet::Other(_) => false,
    }
}

/// Flips one bit of a whole IP packet, always the same: in its first octet of data if it carries
/// any, else in the header of TCP, UDP or ICMP. False, and nothing is changed, if its receiver
/// couldn't tell.
pub fn flip_one_bit(packet: &mut [u8]) -> bool {
    let decoded = decode(LinkType::RAW, packet, packet.len() as u32);
    if !has_checksum(&decoded) {
        return false;
    }
    let (at, mask) = match decoded {
        Packet::Tcp(segment) if segment.payload.len > 0 => (segment.payload.range.start, 1),
        Packet::Tcp(segment) => (segment.offset + TCP_WINDOW, 1),
        Packet::Udp(datagram) if datagram.payload.len > 0 => (datagram.payload.range.start, 1),
        Packet::Udp(datagram) => {
            let at = datagram.offset + UDP_CHECKSUM;
            // A checksum of 1 must not become 0, which means none.
            let is_one = packet.get(at - 1..=at) == Some(&[0, 1]);
            (at, if is_one { 2 } else { 1 })
        }
        Packet::Icmp(message) => {
            let end = message.ip.offset + message.ip.total_len;
            let data = message.offset + ICMP_HEADER;
            (if data < end { data } else { message.offset + ICMP_LAST }, 1)
        }
        Packet::Other(_) => return false,
    };
    let Some(octet) = packet.get_mut(at) else { return false };
    *octet ^= mask;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Flags;
    use crate::wire::specimen::{CLIENT, SERVER, Sample, icmp};
    use proptest::prelude::*;

    fn decoded(bytes: &[u8]) -> Packet {
        decode(LinkType::RAW, bytes, bytes.len() as u32)
    }

    fn checksum(bytes: &[u8]) -> Checksum {
        match decoded(bytes) {
            Packet::Tcp(segment) => segment.checksum,
            Packet::Udp(datagram) => datagram.checksum,
            Packet::Icmp(_) | Packet::Other(_) => panic!("no checksum is shown"),
        }
    }

    /// Damages a packet, and returns where.
    fn damaged(bytes: &mut [u8]) -> Vec<(usize, u8)> {
        let before = bytes.to_vec();
        assert!(flip_one_bit(bytes));
        let pairs = before.iter().zip(bytes.iter()).enumerate();
        pairs.filter(|(_, (old, new))| old != new).map(|(at, (old, new))| (at, old ^ new)).collect()
    }

    #[test]
    fn one_bit_of_the_data_is_changed_and_the_checksum_is_wrong() {
        let data = Sample::tcp(CLIENT, SERVER).flags(Flags::ACK).data(5);
        for (sample, place) in [
            (data, 40),
            (data.over_ipv6(), 60),
            (Sample::udp(CLIENT, SERVER, 5), 28),
            (Sample::udp(CLIENT, SERVER, 5).over_ipv6(), 48),
        ] {
            let mut bytes = sample.bytes();
            assert_eq!(checksum(&bytes), Checksum::Right);
            assert_eq!(damaged(&mut bytes), [(place, 1)]);
            assert_eq!(checksum(&bytes), Checksum::Wrong);
        }
    }

    #[test]
    fn without_data_it_is_a_bit_of_the_header_that_leads_nowhere_else() {
        let syn = Sample::tcp(CLIENT, SERVER).flags(Flags::SYN);
        for (sample, place) in [
            (syn, 35),
            (syn.over_ipv6(), 55),
            (Sample::udp(CLIENT, SERVER, 0), 27),
            (Sample::udp(CLIENT, SERVER, 0).over_ipv6(), 47),
        ] {
            let mut bytes = sample.bytes();
            assert_eq!(damaged(&mut bytes), [(place, 1)]);
            assert_eq!(checksum(&bytes), Checksum::Wrong);
        }
    }

    #[test]
    fn an_icmp_message_is_damaged_in_its_data_or_its_header() {
        assert_eq!(damaged(&mut icmp(b"quoted")), [(28, 1)]);
        assert_eq!(damaged(&mut icmp(b"")), [(27, 1)]);
    }

    #[test]
    fn a_datagram_without_checksum_stays_whole() {
        let mut bytes = Sample::udp(CLIENT, SERVER, 5).bytes();
        bytes[26..28].fill(0);
        let before = bytes.clone();
        assert!(!flip_one_bit(&mut bytes));
        assert_eq!(bytes, before);
        assert!(!has_checksum(&decoded(&bytes)));
    }

    #[test]
    fn a_checksum_does_not_become_none() {
        // The port is chosen so that the sum comes out as 1.
        let mut bytes = Sample::udp(CLIENT, SERVER, 0).bytes();
        let field = u16::from_be_bytes([bytes[26], bytes[27]]);
        let port = CLIENT.checked_add(field - 1).unwrap();
        bytes[20..22].copy_from_slice(&port.to_be_bytes());
        bytes[26..28].copy_from_slice(&[0, 1]);
        assert_eq!(checksum(&bytes), Checksum::Right);
        assert_eq!(damaged(&mut bytes), [(27, 2)]);
        assert_eq!(checksum(&bytes), Checksum::Wrong);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..90)) {
            let before = bytes.clone();
            let flipped = u32::from(flip_one_bit(&mut bytes));
            let changed: u32 = before.iter().zip(&bytes).map(|(a, b)| (a ^ b).count_ones()).sum();
            prop_assert_eq!(changed, flipped);
        }

        #[test]
        fn a_packet_cut_anywhere_does_no_harm(cut in 0..60_usize) {
            let mut bytes = Sample::tcp(CLIENT, SERVER).flags(Flags::ACK).data(5).bytes();
            bytes.truncate(cut);
            flip_one_bit(&mut bytes);
        }
    }
}
