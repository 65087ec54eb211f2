//! The Internet checksum (RFC 1071) of segments and datagrams, pseudo-header included.

use std::net::IpAddr;

use etherparse::checksum::Sum16BitWords;

use super::Checksum;

/// What the checksum field of a whole segment or datagram says (RFC 9293, section 3.1; RFC 768;
/// RFC 8200, section 8.1). `ends` are the source and the final destination; `field` is the checksum
/// in it. Every segment has one, so a 0 that is not right was left to the network card; datagrams
/// whose sender chose none don't come here.
pub(super) fn verdict(ends: [IpAddr; 2], protocol: u8, bytes: &[u8], field: u16) -> Checksum {
    let pseudo = pseudo_header(ends, protocol, bytes.len());
    // A sum that includes a right checksum is all ones, so its complement is zero.
    if pseudo.clone().add_slice(bytes).ones_complement() == 0 {
        Checksum::Right
    } else if field == 0 || field == !u16::from_be(pseudo.ones_complement()) {
        Checksum::Offloaded
    } else {
        Checksum::Wrong
    }
}

fn pseudo_header(ends: [IpAddr; 2], protocol: u8, len: usize) -> Sum16BitWords {
    let mut sum = Sum16BitWords::new();
    for address in ends {
        sum = match address {
            IpAddr::V4(v4) => sum.add_4bytes(v4.octets()),
            IpAddr::V6(v6) => sum.add_16bytes(v6.octets()),
        };
    }
    sum.add_4bytes((len as u32).to_be_bytes()).add_2bytes([0, protocol])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Packet, sample};

    #[test]
    fn a_damaged_segment_is_wrong() {
        let mut frame = sample::frame(sample::tcp().ack(1), b"hello");
        assert_eq!(sample::segment(&frame).checksum, Checksum::Right);
        let last = frame.len() - 1;
        frame[last] ^= 0x20;
        assert_eq!(sample::segment(&frame).checksum, Checksum::Wrong);
    }

    #[test]
    fn loopback_leaves_the_pseudo_header_sum() {
        // Captured on Linux's lo: a SYN of 40 bytes from 127.0.0.1 to 127.0.0.1 holds 0xfe30
        // with 20 bytes of options: 0x7f00 + 0x0001 + 0x7f00 + 0x0001 + 6 + 40.
        let mut frame = sample::syn();
        frame[50..52].copy_from_slice(&[0xfe, 0x30]);
        assert_eq!(sample::segment(&frame).checksum, Checksum::Offloaded);

        let mut frame = sample::frame(sample::tcp6().syn(), b"");
        frame[70..72].copy_from_slice(&[0x00, 0x1c]);
        assert_eq!(sample::segment(&frame).checksum, Checksum::Offloaded);
    }

    #[test]
    fn a_segment_whose_sum_is_left_to_the_card_holds_0() {
        for mut frame in [sample::syn(), sample::frame(sample::tcp6().syn(), b"")] {
            let at = sample::segment(&frame).offset + 16;
            frame[at..at + 2].fill(0);
            assert_eq!(sample::segment(&frame).checksum, Checksum::Offloaded);
            frame[at + 1] = 1;
            assert_eq!(sample::segment(&frame).checksum, Checksum::Wrong);
        }
    }

    /// 0 is also the complement of all ones.
    #[test]
    fn a_sum_of_0_may_be_right() {
        let mut frame = sample::frame(sample::tcp().ack(1), &[0, 0]);
        let field = sample::segment(&frame).offset + 16;
        let data = frame.len() - 2;
        frame.copy_within(field..field + 2, data);
        frame[field..field + 2].fill(0);
        assert_eq!(sample::segment(&frame).checksum, Checksum::Right);
    }

    #[test]
    fn udp_may_have_none() {
        let verdict = |frame: &[u8]| match sample::whole(frame) {
            Packet::Udp(datagram) => datagram.checksum,
            other => panic!("no datagram: {other:?}"),
        };
        let mut frame = sample::udp();
        assert_eq!(verdict(&frame), Checksum::Right);
        frame[40..42].fill(0);
        assert_eq!(verdict(&frame), Checksum::Unknown);
        frame[40..42].copy_from_slice(&[0xfe, 0x20]);
        assert_eq!(verdict(&frame), Checksum::Offloaded);
        frame[40] ^= 1;
        assert_eq!(verdict(&frame), Checksum::Wrong);
    }
}
