//! Completing the checksums that the kernel leaves to nobody on lo: RFC 1071 over pseudo-header and
//! segment (RFC 9293, section 3.1; RFC 768; RFC 8200, section 8.1).

use etherparse::checksum::Sum16BitWords;

/// Fills in the checksum of a TCP segment or UDP datagram in an IP packet without extension headers.
/// Anything else stays as it is.
pub fn complete(packet: &mut [u8]) {
    let Some((header, protocol, addresses)) = layers(packet) else { return };
    let field = match protocol {
        6 => 16,
        17 => 6,
        _ => return,
    };
    let Some(segment) = packet.get_mut(header..) else { return };
    let Some(place) = segment.get_mut(field..field + 2) else { return };
    place.fill(0);
    let sum = addresses
        .clone()
        .add_4bytes((segment.len() as u32).to_be_bytes())
        .add_2bytes([0, protocol])
        .add_slice(segment)
        .ones_complement()
        .to_be();
    // In UDP, zero means that there is none.
    let sum = if sum == 0 && protocol == 17 { 0xffff } else { sum };
    if let Some(place) = segment.get_mut(field..field + 2) {
        place.copy_from_slice(&sum.to_be_bytes());
    }
}

/// The IP header's length, the protocol, and the sum of the addresses.
fn layers(packet: &[u8]) -> Option<(usize, u8, Sum16BitWords)> {
    let sum = Sum16BitWords::new();
    match packet.first()? >> 4 {
        4 => {
            let addresses = packet.get(12..20)?;
            let length = usize::from(packet.first()? & 0x0f) * 4;
            Some((length, *packet.get(9)?, sum.add_slice(addresses)))
        }
        6 => Some((40, *packet.get(6)?, sum.add_slice(packet.get(8..40)?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;

    fn packets() -> Vec<Vec<u8>> {
        let v4 = || PacketBuilder::ipv4([127, 0, 0, 1], [127, 1, 2, 3], 64);
        let local = std::net::Ipv6Addr::LOCALHOST.octets();
        let v6 = || PacketBuilder::ipv6(local, local, 64);
        let mut all = vec![Vec::new(); 6];
        v4().tcp(1, 2, 3, 4).write(&mut all[0], b"").unwrap();
        v4().tcp(1, 2, 3, 4).write(&mut all[1], b"odd").unwrap();
        v4().udp(1, 2).write(&mut all[2], b"even").unwrap();
        v6().tcp(1, 2, 3, 4).write(&mut all[3], b"even").unwrap();
        v6().udp(1, 2).write(&mut all[4], b"odd").unwrap();
        // Its sum comes out as zero.
        v6().udp(0xffbe, 0xffff).write(&mut all[5], &[0, 0]).unwrap();
        all
    }

    #[test]
    fn a_damaged_checksum_is_made_right() {
        for packet in packets() {
            let header = if packet[0] >> 4 == 4 { 20 } else { 40 };
            let protocol = if header == 20 { packet[9] } else { packet[6] };
            let mut damaged = packet.clone();
            damaged[header + if protocol == 6 { 16 } else { 6 }] ^= 0x55;
            complete(&mut damaged);
            assert_eq!(damaged, packet);
        }
    }

    #[test]
    fn what_is_cut_short_does_no_harm() {
        for packet in packets() {
            for length in 0..packet.len() {
                complete(&mut packet[..length].to_vec());
            }
        }
    }
}
