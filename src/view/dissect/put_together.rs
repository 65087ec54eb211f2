//! What the fragments of a packet carried, put together: shown below the headers of the frame that
//! completes it.

use super::{Layer, Reader};
use crate::packet::{Decoder, Packet};

/// A packet that came in fragments.
#[derive(Debug)]
pub struct PutTogether {
    packet: Packet,
    bytes: Vec<u8>,
}

impl PutTogether {
    /// The packet that the decoder gave last, if it came in fragments.
    pub fn by(decoder: &Decoder, packet: Packet) -> Option<PutTogether> {
        let bytes = decoder.put_together()?.to_vec();
        Some(PutTogether { packet, bytes })
    }

    pub(super) fn packet(&self) -> &Packet {
        &self.packet
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its own reader, and what it begins with; `fragment` has read the headers of the frame that
    /// completes it. `None` if that found no fragment.
    pub(super) fn reader<'a>(&'a self, fragment: &Reader<'a>) -> Option<(Reader<'a>, Layer)> {
        let layer = Layer::Protocol(fragment.carried?);
        let (bytes, len, packet) = (&self.bytes, self.bytes.len(), &self.packet);
        Some((Reader { bytes, len, packet, ..*fragment }, layer))
    }
}

#[cfg(test)]
mod tests {
    use crate::packet::{Decoder, sample};
    use crate::trace::{Frame, FrameNumber, LinkType, Origin, Time};
    use crate::view::dissect::{Context, PutTogether, dissect};

    /// A frame's IPv4 packet in two fragments, the first of 24 bytes of data.
    fn in_two(frame: &[u8]) -> [Vec<u8>; 2] {
        let (headers, data) = frame.split_at(34);
        [(&data[..24], [0x20, 0]), (&data[24..], [0, 3])].map(|(data, place)| {
            let mut fragment = [headers, data].concat();
            fragment[16..18].copy_from_slice(&(20 + data.len() as u16).to_be_bytes());
            fragment[20..22].copy_from_slice(&place);
            fragment
        })
    }

    #[test]
    fn the_frame_that_completes_a_packet_shows_it() {
        let [first, second] = in_two(&sample::frame(sample::tcp().ack(7), b"hello, world"));
        for order in [[&first, &second], [&second, &first]] {
            let mut decoder = Decoder::default();
            decoder.decode(LinkType::ETHERNET, order[0], order[0].len() as u32);
            let packet = decoder.decode(LinkType::ETHERNET, order[1], order[1].len() as u32);
            let whole = PutTogether::by(&decoder, packet);
            let context = Context { put_together: whole.as_ref(), ..Context::default() };
            let frame = Frame {
                number: FrameNumber(2),
                link: LinkType::ETHERNET,
                bytes: order[1][..].into(),
                original_len: order[1].len() as u32,
                origin: Origin::Stack,
            };
            let lines = dissect(&frame, Time(0), &context, 80, false);
            assert!(lines[1].ends_with("127.0.0.1:8899: ACK, 12 bytes"), "{lines:#?}");
            let titles: Vec<&str> = lines
                .iter()
                .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
                .map(|line| line.split(" · ").next().unwrap())
                .collect();
            assert_eq!(
                titles,
                ["Frame 2", "Ethernet II", "IPv4", "Data", "Put together", "TCP", "Data"]
            );
            let text = lines.join("\n");
            assert!(text.contains("A fragment: what it completes is below."), "{text}");
            assert!(text.contains(": right\n  j 18-19"), "TCP's checksum: {text}");
            assert!(text.contains("hello, world"), "{text}");
        }
    }
}
