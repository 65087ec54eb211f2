//! Any frame behind any link layer decodes, and what it says of its bytes is within them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::packet::{Packet, decode, decode_headers};
use sockscope::trace::LinkType;

/// The link types that have a decoder, and one that has none.
const LINKS: [u16; 11] = [0, 1, 12, 14, 101, 108, 113, 147, 228, 229, 276];

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (link, cut, bytes) = input;
    let link = LinkType(LINKS[usize::from(link) % LINKS.len()]);
    let original_len = bytes.len() as u32 + u32::from(cut);
    let payload = match decode(link, bytes, original_len) {
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
