//! A capture's frames, one after the other: fragments of IP packets come together.

use super::Packet;
use super::reassembly::Reassembly;
use super::walk::Walk;
use crate::trace::LinkType;

/// Decodes the frames of a capture in their order. Unlike [`decode`](super::decode()), which knows
/// one frame only, it puts fragmented packets together: the frame that completes one gives what it
/// carries, the others are [`Packet::Other`] for which
/// [`is_fragment`](super::Undecoded::is_fragment) holds.
#[derive(Debug, Default)]
pub struct Decoder {
    headers_only: bool,
    fragments: Fragments,
}

/// Packets that are put together, and the one that has just been.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    pub reassembly: Reassembly,
    pub whole: Option<Vec<u8>>,
}

impl Decoder {
    /// One that verifies no checksums, as [`decode_headers`](super::decode_headers).
    pub fn headers_only() -> Decoder {
        Decoder { headers_only: true, ..Decoder::default() }
    }

    /// Decodes the capture's next frame. Never fails: what cannot be read is [`Packet::Other`] with
    /// the reason. `original_len` is the frame's length on the wire in bytes.
    #[inline]
    pub fn decode(&mut self, link: LinkType, bytes: &[u8], original_len: u32) -> Packet {
        if self.fragments.whole.is_some() {
            self.fragments.whole = None;
        }
        Walk::new(!self.headers_only, Some(&mut self.fragments)).frame(link, bytes, original_len)
    }

    /// The bytes in which the offsets and ranges of the packet that was decoded last count: its
    /// frame's, which are given; or, if it came in fragments, those that they carried, put together.
    /// (The IP header's own offset always counts in the frame.)
    pub fn bytes_of<'a>(&'a self, frame: &'a [u8]) -> &'a [u8] {
        self.put_together().unwrap_or(frame)
    }

    /// What the fragments carried of which the packet that was decoded last has been put together,
    /// if it came in fragments.
    pub fn put_together(&self) -> Option<&[u8]> {
        self.fragments.whole.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::{Checksum, Header, sample};

    const ETHERNET: LinkType = LinkType::ETHERNET;

    /// An IPv4 packet in Ethernet, in pieces of so many bytes each.
    fn in_pieces(frame: &[u8], size: usize) -> Vec<Vec<u8>> {
        let data = &frame[34..];
        let pieces = data.chunks(size).enumerate().map(|(n, piece)| {
            let mut fragment = [&frame[..34], piece].concat();
            let more = if (n + 1) * size < data.len() { 0x2000 } else { 0 };
            fragment[16..18].copy_from_slice(&(20 + piece.len() as u16).to_be_bytes());
            fragment[20..22].copy_from_slice(&((n * size / 8) as u16 | more).to_be_bytes());
            fragment
        });
        pieces.collect()
    }

    /// The same in IPv6, behind a fragment header.
    fn in_pieces_6(frame: &[u8], size: usize) -> Vec<Vec<u8>> {
        let data = &frame[54..];
        let pieces = data.chunks(size).enumerate().map(|(n, piece)| {
            let more = u16::from((n + 1) * size < data.len());
            let [high, low] = ((n * size) as u16 | more).to_be_bytes();
            let mut fragment = [&frame[..54], &[6, 0, high, low, 0, 0, 0, 9], piece].concat();
            fragment[18..20].copy_from_slice(&(8 + piece.len() as u16).to_be_bytes());
            fragment[20] = 44;
            fragment
        });
        pieces.collect()
    }

    #[test]
    fn the_fragment_that_completes_a_packet_gives_its_segment() {
        let payload: Vec<u8> = (0..100).collect();
        for fragments in [
            in_pieces(&sample::frame(sample::tcp().ack(7), &payload), 40),
            in_pieces_6(&sample::frame(sample::tcp6().ack(7), &payload), 40),
        ] {
            for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
                let mut decoder = Decoder::default();
                for (n, which) in order.into_iter().enumerate() {
                    let frame = &fragments[which];
                    match decoder.decode(ETHERNET, frame, frame.len() as u32) {
                        Packet::Other(other) => assert!(n < 2 && other.is_fragment(), "{other:?}"),
                        Packet::Tcp(segment) => {
                            assert_eq!((n, segment.payload.len), (2, 100));
                            assert_eq!(segment.payload.of(decoder.bytes_of(frame)), payload);
                            assert_eq!(segment.checksum, Checksum::Right);
                        }
                        other => panic!("{other:?}"),
                    }
                }
                let frame = sample::syn();
                decoder.decode(ETHERNET, &frame, 74);
                assert_eq!(decoder.bytes_of(&frame), frame);
            }
        }
    }

    #[test]
    fn another_vlan_has_other_packets() {
        let fragments = in_pieces(&sample::frame(sample::tcp().ack(7), &[7; 50]), 40);
        let mut decoder = Decoder::headers_only();
        let mut decode = |frame: &[u8], vlan: u8| {
            let tagged = [&frame[..12], &[0x81, 0, 0, vlan], &frame[12..]].concat();
            matches!(decoder.decode(ETHERNET, &tagged, tagged.len() as u32), Packet::Tcp(_))
        };
        assert!(!decode(&fragments[0], 5));
        assert!(!decode(&fragments[1], 6));
        assert!(decode(&fragments[1], 5));
    }

    #[test]
    fn a_fragment_that_was_cut_completes_nothing() {
        let fragments = in_pieces(&sample::frame(sample::tcp().ack(7), &[7; 50]), 40);
        let mut decoder = Decoder::headers_only();
        let packet = decoder.decode(ETHERNET, &fragments[0][..60], fragments[0].len() as u32);
        let counted = packet.counted().unwrap();
        assert_eq!((counted.header, counted.length_is_known()), (Header::FirstFragment, false));
        let packet = decoder.decode(ETHERNET, &fragments[1], fragments[1].len() as u32);
        assert!(matches!(packet, Packet::Other(other) if other.is_fragment()));
    }

    proptest! {
        #[test]
        fn frames_that_are_no_fragments_decode_as_by_themselves(
            link in prop::sample::select(vec![0, 1, 9, 51, 101, 108, 113, 228, 229, 276]),
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            original_len: u32,
        ) {
            let mut decoder = Decoder::default();
            let packet = decoder.decode(LinkType(link), &bytes, original_len);
            let is_fragment = matches!(&packet, Packet::Other(other) if other.is_fragment());
            if !is_fragment {
                prop_assert_eq!(packet, super::super::decode(LinkType(link), &bytes, original_len));
            }
        }
    }
}
