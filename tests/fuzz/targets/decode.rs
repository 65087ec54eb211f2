//! Any frame behind any link layer decodes, and what it says of its bytes is within them; so do the
//! frames of a capture one after the other, where fragments come together.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::packet::{Decoder, Packet, decode, decode_headers};
use sockscope::trace::LinkType;

/// The link types that have a decoder, and one that has none.
const LINKS: [u16; 15] = [0, 1, 9, 12, 14, 50, 51, 101, 108, 113, 147, 204, 228, 229, 276];

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (link, cut, bytes) = input;
    let link = LinkType(LINKS[usize::from(link) % LINKS.len()]);
    let original_len = bytes.len() as u32 + u32::from(cut);
    capture(link, bytes);
    let packet = decode(link, bytes, original_len);
    if let Some(counted) = packet.counted() {
        let payload = &counted.segment.payload;
        assert!(payload.range.start <= payload.range.end && payload.range.end <= bytes.len());
    }
    let payload = match packet {
        Packet::Tcp(segment) => {
            assert!(segment.offset + 20 <= bytes.len() && segment.header_len >= 20);
            segment.payload
        }
        Packet::Udp(datagram) => {
            assert!(datagram.offset + 8 <= bytes.len());
            datagram.payload
        }
        Packet::Icmp(message) => {
            assert!(message.offset + 4 <= bytes.len());
            return;
        }
        Packet::Other(other) => {
            assert!(!other.layer.is_empty() && !other.why.is_empty());
            return;
        }
    };
    assert!(payload.range.start <= payload.range.end && payload.range.end <= bytes.len());
    assert!(payload.range.len() <= payload.len as usize);
    decode_headers(link, bytes, original_len);
});

/// The same bytes as several frames: the first of each piece is the length of the next.
fn capture(link: LinkType, mut bytes: &[u8]) {
    let mut decoder = Decoder::default();
    while let [len, rest @ ..] = bytes {
        let (frame, after) = rest.split_at(rest.len().min(usize::from(*len)));
        bytes = after;
        if let Packet::Tcp(segment) = decoder.decode(link, frame, frame.len() as u32) {
            let whole = decoder.bytes_of(frame);
            assert!(segment.payload.range.end <= whole.len());
            assert_eq!(segment.payload.of(whole).len(), segment.payload.len as usize);
        }
    }
}
