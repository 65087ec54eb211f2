//! Link layers: where the IP header starts.

use super::Undecoded;
use super::decode::{Frame, NO_DECODER};
use crate::trace::LinkType;

/// Finds the IP header below the link layer: its offset in the frame. The header's own first four
/// bits say which version it is.
pub(super) fn ip_offset(link: LinkType, frame: &Frame<'_>) -> Result<usize, Undecoded> {
    match link.0 {
        // LINKTYPE_NULL and LINKTYPE_LOOP: four bytes of address family, in the byte order of
        // the machine that captured (NULL) or of the network (LOOP).
        0 | 108 => family(frame),
        // LINKTYPE_ETHERNET: two addresses.
        1 => ether_type(frame, "ethernet", 12, 14),
        // LINKTYPE_RAW, and DLT_RAW as Linux and OpenBSD number it; LINKTYPE_IPV4, LINKTYPE_IPV6.
        12 | 14 | 101 | 228 | 229 => Ok(0),
        // LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2.
        113 => ether_type(frame, "linux cooked", 14, 16),
        276 => ether_type(frame, "linux cooked", 0, 20),
        _ => Err(Undecoded { layer: "link", offset: 0, why: "a link type without a decoder" }),
    }
}

fn family(frame: &Frame<'_>) -> Result<usize, Undecoded> {
    let bytes = frame.array::<4>("null", 0, 0)?;
    // AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD,
    // 30 on macOS.
    match u32::from_le_bytes(bytes).min(u32::from_be_bytes(bytes)) {
        2 | 10 | 24 | 28 | 30 => Ok(4),
        _ => {
            Err(Undecoded { layer: "null", offset: 0, why: "an address family without a decoder" })
        }
    }
}

/// Follows EtherTypes: the first is at `at`, and what it names is at `next`.
fn ether_type(
    frame: &Frame<'_>,
    layer: &'static str,
    at: usize,
    next: usize,
) -> Result<usize, Undecoded> {
    let (mut layer, mut start, mut at, mut next) = (layer, 0, at, next);
    let no_decoder = |layer, offset| Err(Undecoded { layer, offset, why: NO_DECODER });
    loop {
        match u16::from_be_bytes(frame.array(layer, start, at)?) {
            0x0800 | 0x86dd => return Ok(next),
            // IEEE 802.1Q, 802.1ad and the older QinQ: two bytes of tag, then a type again.
            0x8100 | 0x88a8 | 0x9100 => {
                (layer, start, at, next) = ("vlan", next, next + 2, next + 4);
            }
            // IEEE 802.3: a length; LLC and SNAP (RFC 1042) carry a type again.
            0..0x0600 if frame.bytes.get(next..next + 6) == Some(&[0xaa, 0xaa, 3, 0, 0, 0]) => {
                (layer, start, at, next) = ("snap", next, next + 6, next + 8);
            }
            0..0x0600 => return no_decoder("llc", next),
            // PPPoE session (RFC 2516), then PPP's own protocol number.
            0x8864 => match u16::from_be_bytes(frame.array("pppoe", next, next + 6)?) {
                0x0021 | 0x0057 => return Ok(next + 8),
                _ => return no_decoder("ppp", next + 6),
            },
            0x0806 => return no_decoder("arp", next),
            0x8847 | 0x8848 => return no_decoder("mpls", next),
            0x88cc => return no_decoder("lldp", next),
            _ => {
                return Err(Undecoded {
                    layer,
                    offset: next,
                    why: "an EtherType without a decoder",
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::packet::{Packet, decode, sample};
    use crate::trace::LinkType;

    /// The sample SYN behind another link layer.
    fn syn_behind(link: u16, header: &[u8]) -> Packet {
        let frame = [header, &sample::syn()[14..]].concat();
        decode(LinkType(link), &frame, frame.len() as u32)
    }

    #[test]
    fn every_link_layer_is_found_to_carry_the_same_segment() {
        let zeros = [0; 32];
        let ethernet = |rest: &[u8]| [&zeros[..12], rest].concat();
        for (link, header) in [
            (0, vec![2, 0, 0, 0]),
            (0, vec![0, 0, 0, 2]),
            (108, vec![0, 0, 0, 2]),
            (1, ethernet(&[8, 0])),
            (1, ethernet(&[0x81, 0, 0, 5, 8, 0])),
            (1, ethernet(&[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0])),
            (1, ethernet(&[0, 68, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0])),
            (1, ethernet(&[0x88, 0x64, 0x11, 0, 0, 1, 0, 62, 0, 0x21])),
            (12, vec![]),
            (14, vec![]),
            (101, vec![]),
            (228, vec![]),
            (113, [&zeros[..14], &[8, 0]].concat()),
            (276, [&[8, 0], &zeros[..18]].concat()),
        ] {
            let Packet::Tcp(segment) = syn_behind(link, &header) else {
                panic!("link type {link}, {header:02x?}")
            };
            assert_eq!(segment.ip.offset, header.len());
            assert_eq!(segment.offset, header.len() + 20);
            assert_eq!(segment.options.mss(), Some(1460));
        }
    }

    #[test]
    fn loopback_of_macos_numbers_ipv6_as_thirty() {
        let frame = [&[30, 0, 0, 0], &sample::frame(sample::tcp6().syn(), b"")[14..]].concat();
        let packet = decode(LinkType(0), &frame, frame.len() as u32);
        assert!(matches!(packet, Packet::Tcp(segment) if segment.src.is_ipv6()));
    }

    #[test]
    fn what_has_no_decoder_is_named() {
        let why = |packet| match packet {
            Packet::Other(undecoded) => (undecoded.layer, undecoded.offset, undecoded.why),
            other => panic!("decoded: {other:?}"),
        };
        assert_eq!(why(syn_behind(147, &[])), ("link", 0, "a link type without a decoder"));
        assert_eq!(
            why(syn_behind(0, &[9, 0, 0, 0])),
            ("null", 0, "an address family without a decoder")
        );
        let llc = [&[0; 12][..], &[0, 38, 0x42, 0x42, 3]].concat();
        assert_eq!(why(syn_behind(1, &llc)), ("llc", 14, "no decoder"));
        let unknown = [&[0; 12][..], &[0xab, 0xcd]].concat();
        assert_eq!(
            why(syn_behind(1, &unknown)),
            ("ethernet", 14, "an EtherType without a decoder")
        );
    }
}
