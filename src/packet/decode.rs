//! One frame, decoded by itself.

use super::Packet;
use super::walk::Walk;
use crate::trace::LinkType;

/// Decodes one frame. Never fails: what cannot be read is [`Packet::Other`] with the reason.
/// `original_len` is the frame's length on the wire in bytes. A packet's first fragment stands for
/// the whole; [`Decoder`](super::Decoder) puts fragments together.
pub fn decode(link: LinkType, bytes: &[u8], original_len: u32) -> Packet {
    Walk::new(true, None).frame(link, bytes, original_len)
}

/// As [`decode`], but reads headers only: checksums of segments and datagrams stay
/// [`Unknown`](super::Checksum::Unknown). For large files, where their bytes need not be touched.
pub fn decode_headers(link: LinkType, bytes: &[u8], original_len: u32) -> Packet {
    Walk::new(false, None).frame(link, bytes, original_len)
}

#[cfg(test)]
mod tests {
    use etherparse::{IpHeaders, Ipv4Extensions, Ipv4Header, PacketBuilder};
    use proptest::prelude::*;

    use super::*;
    use crate::packet::frame::CUT;
    use crate::packet::link::NO_DECODER;
    use crate::packet::{Checksum, Flags, Options, SeqNumber, Undecoded, sample};

    #[test]
    fn a_syn_is_decoded_to_its_last_option() {
        let frame = sample::syn();
        let segment = sample::segment(&frame);
        assert_eq!(segment.src, "127.0.0.1:40112".parse().unwrap());
        assert_eq!(segment.dst, "127.0.0.1:8899".parse().unwrap());
        assert_eq!(segment.seq, SeqNumber(3_000_000_000));
        assert_eq!(segment.flags, Flags::SYN);
        assert_eq!(segment.window, 64240);
        assert_eq!((segment.ip.offset, segment.ip.header_len, segment.ip.total_len), (14, 20, 60));
        assert_eq!((segment.offset, segment.header_len), (34, 40));
        assert_eq!(segment.options, Options::from_bytes(&sample::SYN_OPTIONS));
        assert_eq!((segment.payload.len, segment.payload.range.clone()), (0, 74..74));
        assert_eq!(segment.checksum, Checksum::Right);
        assert!(!segment.options_are_cut());
    }

    #[test]
    fn padding_of_the_frame_is_no_payload() {
        let mut frame = sample::frame(sample::tcp().ack(7), b"");
        frame.resize(60, 0xff);
        let segment = sample::segment(&frame);
        assert_eq!((segment.payload.len, segment.payload.range.len()), (0, 0));
        assert_eq!(segment.checksum, Checksum::Right);
    }

    #[test]
    fn a_length_of_zero_is_taken_from_the_frame() {
        let mut frame = sample::frame(sample::tcp().ack(7), &[7; 3000]);
        frame[16..18].fill(0);
        let Packet::Tcp(segment) = decode(LinkType::ETHERNET, &frame[..100], 3000 + 54) else {
            panic!("no segment")
        };
        assert_eq!(segment.ip.total_len, 3000 + 54 - 14);
        assert_eq!(segment.checksum, Checksum::Unknown);
        assert_eq!(segment.payload.len, 3000);
    }

    #[test]
    fn a_packet_is_never_longer_than_its_frame() {
        let mut frame = sample::frame(sample::tcp().ack(7), b"hello");
        frame[17] += 50;
        let segment = sample::segment(&frame);
        assert_eq!(segment.payload.len, 5);
        assert_eq!(segment.checksum, Checksum::Unknown);
    }

    #[test]
    fn a_cut_packet_keeps_its_length() {
        let frame = sample::frame(sample::tcp().ack(7), b"hello");
        let Packet::Tcp(segment) = decode(LinkType::ETHERNET, &frame[..56], frame.len() as u32)
        else {
            panic!("no segment")
        };
        assert_eq!(segment.payload.len, 5);
        assert_eq!(segment.payload.of(&frame), b"he");
        assert_eq!(segment.checksum, Checksum::Unknown);
    }

    #[test]
    fn cut_options_are_told_from_absent_ones() {
        let frame = sample::syn();
        let Packet::Tcp(segment) = decode(LinkType::ETHERNET, &frame[..68], 74) else {
            panic!("no segment")
        };
        assert!(segment.options_are_cut());
        assert_eq!((segment.options.mss(), segment.options.window_scale()), (Some(1460), None));
    }

    #[test]
    fn cut_is_told_from_malformed() {
        let why = |packet| match packet {
            Packet::Other(undecoded) => (undecoded.layer, undecoded.why),
            other => panic!("decoded: {other:?}"),
        };
        let frame = sample::syn();
        assert_eq!(why(decode(LinkType::ETHERNET, &frame[..40], 74)), ("tcp", CUT));
        assert_eq!(why(decode(LinkType::ETHERNET, &frame[..30], 74)), ("ipv4", CUT));
        assert_eq!(why(decode(LinkType::ETHERNET, &frame[..13], 74)), ("ethernet", CUT));
        let ends = "malformed: ends in its header";
        assert_eq!(why(sample::whole(&frame[..30])), ("ipv4", ends));
        let mut short = frame.clone();
        short[17] = 30;
        assert_eq!(why(sample::whole(&short)), ("tcp", "malformed: shorter than a header"));
        let mut offset = frame.clone();
        offset[46] = 0x40;
        assert_eq!(why(sample::whole(&offset)), ("tcp", "malformed: data offset below 5"));
        offset[46] = 0xf0;
        let why_beyond = "malformed: data offset beyond the packet";
        assert_eq!(why(sample::whole(&offset)), ("tcp", why_beyond));
    }

    #[test]
    fn the_first_fragment_is_decoded_and_the_later_ones_say_why_not() {
        let fragment = |offset: u16, more| {
            let mut ip = Ipv4Header::new(0, 64, 6.into(), [10, 0, 0, 1], [10, 0, 0, 2]).unwrap();
            ip.more_fragments = more;
            ip.fragment_offset = offset.try_into().unwrap();
            ip.identification = 77;
            let builder = PacketBuilder::ethernet2([0; 6], [0; 6])
                .ip(IpHeaders::Ipv4(ip, Ipv4Extensions::default()))
                .tcp(1, 2, 3, 4);
            sample::whole(&sample::frame(builder, b"hello"))
        };
        let Packet::Tcp(first) = fragment(0, true) else { panic!("no segment") };
        assert_eq!((first.ip.id, first.payload.len), (Some(77), 5));
        assert_eq!(first.checksum, Checksum::Unknown);
        assert_eq!(
            fragment(185, false),
            Packet::Other(Undecoded::new("ipv4", 14, Undecoded::LATER_FRAGMENT))
        );
    }

    #[test]
    fn other_protocols_are_named() {
        let mut frame = sample::syn();
        frame[23] = 2;
        let no_decoder = |layer, offset| Undecoded::new(layer, offset, NO_DECODER);
        assert_eq!(sample::whole(&frame), Packet::Other(no_decoder("igmp", 34)));
        frame[23] = 253;
        assert_eq!(sample::whole(&frame), Packet::Other(no_decoder("ip payload", 34)));
        frame[12..14].copy_from_slice(&[8, 6]);
        assert_eq!(sample::whole(&frame), Packet::Other(no_decoder("arp", 14)));
    }

    #[test]
    fn headers_alone_leave_the_checksum_unknown() {
        let frame = sample::syn();
        let Packet::Tcp(mut segment) = decode_headers(LinkType::ETHERNET, &frame, 74) else {
            panic!("no segment")
        };
        assert_eq!(segment.checksum, Checksum::Unknown);
        segment.checksum = Checksum::Right;
        assert_eq!(segment, sample::segment(&frame));
    }

    /// Every link type with a decoder, and one without.
    fn any_link() -> impl Strategy<Value = LinkType> {
        prop::sample::select(vec![0, 1, 9, 12, 14, 50, 51, 101, 108, 113, 147, 204, 228, 229, 276])
            .prop_map(LinkType)
    }

    proptest! {
        #[test]
        fn any_bytes_decode(
            link in any_link(),
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            original_len: u32,
        ) {
            decode(link, &bytes, original_len);
        }

        #[test]
        fn a_damaged_frame_decodes(
            v6: bool,
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            original_len in prop_oneof![Just(0), any::<u32>()],
        ) {
            let builder = if v6 { sample::tcp6() } else { sample::tcp() };
            let mut frame = sample::frame(builder.options_raw(&sample::SYN_OPTIONS).unwrap(), b"hello");
            for (at, byte) in damage {
                let at = at.index(frame.len());
                frame[at] = byte;
            }
            if let Packet::Tcp(segment) = decode(LinkType::ETHERNET, &frame, original_len) {
                prop_assert!(segment.payload.range.end <= frame.len());
                prop_assert!(segment.payload.range.start <= segment.payload.range.end);
                prop_assert!(segment.payload.range.len() <= segment.payload.len as usize);
            }
        }

        #[test]
        fn what_was_built_is_decoded(
            v6: bool, ports: (u16, u16), seq: u32, ack: u32, window: u16, flags in 0..64u8,
            words in 0..=10usize, payload in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut header = etherparse::TcpHeader::new(ports.0, ports.1, seq, window);
            (header.fin, header.syn, header.rst) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
            (header.psh, header.ack, header.urg) = (flags & 8 != 0, flags & 16 != 0, flags & 32 != 0);
            header.acknowledgment_number = ack;
            let options = [1].repeat(words * 4);
            header.set_options_raw(&options).unwrap();
            let link = PacketBuilder::ethernet2([0; 6], [0; 6]);
            let frame = sample::frame(if v6 {
                link.ipv6([1; 16], [2; 16], 9).tcp_header(header)
            } else {
                link.ipv4([1; 4], [2; 4], 9).tcp_header(header)
            }, &payload);
            let segment = sample::segment(&frame);
            prop_assert_eq!((segment.src.port(), segment.dst.port()), ports);
            prop_assert_eq!((segment.seq.0, segment.ack.0, segment.window), (seq, ack, window));
            prop_assert_eq!(segment.flags, Flags(flags.into()));
            prop_assert_eq!(segment.options.as_bytes(), &options);
            prop_assert_eq!(segment.ip.ttl, 9);
            prop_assert_eq!(segment.payload.of(&frame), &payload);
            prop_assert_eq!(segment.checksum, Checksum::Right);

            // Cut anywhere, it gives the same facts of its header or none.
            for len in 0..frame.len() {
                match decode(LinkType::ETHERNET, &frame[..len], frame.len() as u32) {
                    Packet::Tcp(cut) => {
                        let captured = cut.payload.range.len();
                        prop_assert!(segment.payload.of(&frame).starts_with(cut.payload.of(&frame)));
                        prop_assert!(options.starts_with(cut.options.as_bytes()));
                        prop_assert_eq!(cut.options_are_cut(), len < segment.offset + segment.header_len);
                        prop_assert_eq!(cut.payload.len, segment.payload.len);
                        prop_assert!(captured <= payload.len());
                        let mended = crate::packet::Segment {
                            options: segment.options.clone(),
                            payload: segment.payload.clone(),
                            checksum: segment.checksum,
                            ..cut
                        };
                        prop_assert_eq!(&mended, &segment);
                    }
                    Packet::Other(undecoded) => {
                        prop_assert_eq!(undecoded.why, CUT);
                        prop_assert!(len < segment.offset + 20);
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }
}
