//! The commonest frame by far, read in one go: Ethernet, IPv4 without options or fragments, and a
//! whole TCP header. The general way through the layers gives the same, only later.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Checksum, Flags, IpHeader, Options, Payload, Segment, SeqNumber, checksum};

/// Bytes before the IP header, the TCP header, and its options.
const IP: usize = 14;
const TCP: usize = IP + 20;
const OPTIONS: usize = TCP + 20;

/// A frame of that layout.
pub(super) struct Common<'a> {
    bytes: &'a [u8],
    headers: &'a [u8; OPTIONS],
    total_len: usize,
    header_len: usize,
}

impl<'a> Common<'a> {
    /// The frame, if it is one of these.
    #[inline]
    pub fn of(bytes: &'a [u8], wire: usize) -> Option<Common<'a>> {
        let headers = bytes.first_chunk::<OPTIONS>()?;
        let word = |at: usize| u16::from_be_bytes([headers[at], headers[at + 1]]);
        let total_len = usize::from(word(IP + 2));
        let header_len = usize::from(headers[TCP + 12] >> 4) * 4;
        let is_common = headers[12..=IP] == [0x08, 0x00, 0x45]
            && word(IP + 6).trailing_zeros() >= 14 // neither more fragments nor an offset
            && headers[IP + 9] == 6
            && header_len >= 20
            && total_len >= 20 + header_len
            && IP + total_len <= wire;
        is_common.then_some(Common { bytes, headers, total_len, header_len })
    }

    /// Its segment.
    #[inline]
    pub fn segment(&self, sum: bool) -> Segment {
        let h = self.headers;
        let word = |at: usize| u16::from_be_bytes([h[at], h[at + 1]]);
        let long = |at: usize| u32::from_be_bytes([h[at], h[at + 1], h[at + 2], h[at + 3]]);
        let src = IpAddr::V4(Ipv4Addr::from_bits(long(IP + 12)));
        let dst = IpAddr::V4(Ipv4Addr::from_bits(long(IP + 16)));
        let (data, end) = (TCP + self.header_len, IP + self.total_len);
        let captured = self.bytes.len();
        let ip = IpHeader {
            src,
            dst,
            id: Some(u32::from(word(IP + 4))),
            ttl: h[IP + 8],
            traffic_class: h[IP + 1],
            offset: IP,
            header_len: 20,
            total_len: self.total_len,
        };
        Segment {
            ip,
            src: SocketAddr::new(src, word(TCP)),
            dst: SocketAddr::new(dst, word(TCP + 2)),
            seq: SeqNumber(long(TCP + 4)),
            ack: SeqNumber(long(TCP + 8)),
            flags: Flags(word(TCP + 12) & 0x0fff),
            window: word(TCP + 14),
            urgent: word(TCP + 18),
            checksum: match self.bytes.get(TCP..end) {
                Some(bytes) if sum => checksum::verdict([src, dst], 6, bytes, word(TCP + 16)),
                _ => Checksum::Unknown,
            },
            options: Options::from_bytes(&self.bytes[OPTIONS..data.min(captured)]),
            offset: TCP,
            header_len: self.header_len,
            payload: Payload {
                range: data.min(captured)..end.min(captured),
                len: (end - data) as u32,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::walk::Walk;
    use crate::packet::{Packet, sample};
    use crate::trace::LinkType;

    proptest! {
        #[test]
        fn the_short_way_gives_what_the_long_one_gives(
            damage in prop::collection::vec((0..74usize, any::<u8>()), 0..4),
            len in 0..=79usize,
            sum: bool,
            padding in 0..20u32,
        ) {
            let mut frame = sample::frame(
                sample::tcp().options_raw(&sample::SYN_OPTIONS).unwrap(), b"hello",
            );
            for (at, byte) in damage {
                frame[at] = byte;
            }
            let (bytes, original_len) = (&frame[..len], 79 + padding);
            if let Some(common) = Common::of(bytes, original_len as usize) {
                let long = Walk::new(sum, None).long_way(LinkType::ETHERNET, bytes, original_len);
                prop_assert_eq!(Packet::Tcp(common.segment(sum)), long);
            }
        }
    }
}
