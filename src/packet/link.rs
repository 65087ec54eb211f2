//! Link layers: where the IP packet is.

use std::ops::Range;

use super::Undecoded;
use super::frame::Frame;
use super::ip::Speaks;
use super::llc::{self, Llc};
use crate::trace::LinkType;

/// Well-formed, and none of ours.
pub(super) const NO_DECODER: &str = "no decoder";
const NO_ETHERTYPE: &str = "an EtherType without a decoder";

/// Where the IP packet is, by what the layers around it say.
pub(super) struct Place {
    /// Its bytes, and perhaps padding: the layers that have a length field end it.
    pub range: Range<usize>,
    /// The version they announce.
    pub speaks: Speaks,
    /// The innermost VLAN's number, or 0: the same identification in another VLAN is another
    /// packet's.
    pub vlan: u16,
}

/// Finds the IP packet below the link layer.
#[inline]
pub(super) fn place(link: LinkType, frame: &Frame<'_>) -> Result<Place, Undecoded> {
    let layers = Layers { frame, end: frame.wire, vlan: 0 };
    match link.0 {
        // LINKTYPE_ETHERNET: two addresses.
        1 => layers.ether_type("ethernet", 0, 12, 14),
        // LINKTYPE_NULL and LINKTYPE_LOOP: four bytes of address family, in the byte order of
        // the machine that captured (NULL) or of the network (LOOP).
        0 => {
            let bytes = frame.array::<4>("null", 0, 0)?;
            let little = u32::from_le_bytes(bytes);
            if bytes.starts_with(&[0xff, 3]) {
                layers.ppp(0)
            } else {
                layers.family(if little > 0xffff { u32::from_be_bytes(bytes) } else { little })
            }
        }
        108 => match u32::from_be_bytes(frame.array("null", 0, 0)?) {
            family @ ..0x0600 => layers.family(family),
            _ => layers.family(u32::MAX),
        },
        // LINKTYPE_RAW, and DLT_RAW as Linux and OpenBSD number it.
        12 | 14 | 101 if frame.bytes.starts_with(&[0xff, 3]) => layers.ppp(0),
        // LINKTYPE_IPV4, LINKTYPE_IPV6.
        12 | 14 | 101 | 228 => Ok(layers.ip(0, Speaks::Four)),
        229 => Ok(layers.ip(0, Speaks::Six)),
        // LINKTYPE_PPP, LINKTYPE_PPP_HDLC; LINKTYPE_PPP_WITH_DIR has a byte before it.
        9 | 50 => layers.ppp(0),
        204 => layers.ppp(1),
        // LINKTYPE_PPP_ETHER.
        51 => layers.pppoe(0),
        // LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2.
        113 => layers.cooked(2, 14, 16),
        276 => layers.cooked(8, 0, 20),
        _ => Err(Undecoded::new("link", 0, "a link type without a decoder")),
    }
}

/// The way down through the layers of a frame.
struct Layers<'f> {
    frame: &'f Frame<'f>,
    end: usize,
    vlan: u16,
}

impl Layers<'_> {
    #[inline]
    fn ip(&self, at: usize, speaks: Speaks) -> Place {
        Place { range: at..self.end, speaks, vlan: self.vlan }
    }

    fn word(&self, layer: &'static str, start: usize, at: usize) -> Result<u16, Undecoded> {
        self.frame.array(layer, start, at).map(u16::from_be_bytes)
    }

    /// Four bytes that have been read: an address family, which are numbered differently, or, where
    /// it is none, an EtherType.
    fn family(&self, family: u32) -> Result<Place, Undecoded> {
        match family {
            // AF_INET is 2 everywhere; AF_INET6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on
            // macOS.
            2 | 0x0800 => Ok(self.ip(4, Speaks::Four)),
            24 | 28 | 30 | 0x86dd => Ok(self.ip(4, Speaks::Six)),
            _ => Err(Undecoded::new("null", 0, "an address family without a decoder")),
        }
    }

    /// Linux's cooked header: ARPHRD type, and a protocol that is mostly an EtherType.
    fn cooked(self, kind: usize, protocol: usize, next: usize) -> Result<Place, Undecoded> {
        let layer = "linux cooked";
        let no_decoder = |why| Err(Undecoded::new(layer, next, why));
        let kind = self.word(layer, 0, kind)?;
        match (kind, self.word(layer, 0, protocol)?) {
            // ARPHRD_NETLINK: a netlink family.
            (824, _) => no_decoder(NO_DECODER),
            // ETH_P_802_3, ETH_P_802_2, and what else is no EtherType.
            (_, 3) => self.ether_type("ethernet", next, next + 12, next + 14),
            (_, 4) => self.llc(next),
            (_, 0..0x0600) => no_decoder(NO_DECODER),
            _ => self.ether_type(layer, 0, protocol, next),
        }
    }

    /// Follows EtherTypes: the first is at `at`, and what it names is at `next`.
    #[inline]
    fn ether_type(
        mut self,
        layer: &'static str,
        start: usize,
        at: usize,
        next: usize,
    ) -> Result<Place, Undecoded> {
        let (mut layer, mut start, mut at, mut next) = (layer, start, at, next);
        let no_decoder = |layer, offset| Err(Undecoded::new(layer, offset, NO_DECODER));
        loop {
            match self.word(layer, start, at)? {
                0x0800 => return Ok(self.ip(next, Speaks::Four)),
                0x86dd => return Ok(self.ip(next, Speaks::Six)),
                // IEEE 802.1Q, 802.1ad and the older QinQ: two bytes of tag, then a type again.
                0x8100 | 0x88a8 | 0x9100 => {
                    self.vlan = self.word("vlan", next, next)? & 0x0fff;
                    (layer, start, at, next) = ("vlan", next, next + 2, next + 4);
                }
                // IEEE 802.3: a length.
                len @ 0..=1500 => {
                    self.end = self.end.min(next + usize::from(len));
                    return self.llc(next);
                }
                0x8864 => return self.pppoe(next),
                0x0806 => return no_decoder("arp", next),
                0x8847 | 0x8848 => return no_decoder("mpls", next),
                0x88cc => return no_decoder("lldp", next),
                _ => return Err(Undecoded::new(layer, next, NO_ETHERTYPE)),
            }
        }
    }

    fn llc(self, at: usize) -> Result<Place, Undecoded> {
        match llc::read(self.frame, at)? {
            Llc::Ip { at } => Ok(self.ip(at, Speaks::Four)),
            Llc::EtherType { at: kind } if self.word("snap", at, kind)? > 1500 => {
                self.ether_type("snap", at, kind, kind + 2)
            }
            Llc::EtherType { .. } | Llc::Other => Err(Undecoded::new("llc", at, NO_DECODER)),
        }
    }

    /// A PPPoE session (RFC 2516, section 4).
    fn pppoe(mut self, at: usize) -> Result<Place, Undecoded> {
        let len = self.word("pppoe", at, at + 4)?;
        self.end = self.end.min(at + 6 + usize::from(len));
        self.ppp_protocol(at + 6)
    }

    /// A PPP frame, behind HDLC's address and control or without them (RFC 1662, section 3.1).
    fn ppp(self, at: usize) -> Result<Place, Undecoded> {
        let framed = self.frame.bytes.get(at..at + 2) == Some(&[0xff, 3]);
        self.ppp_protocol(if framed { at + 2 } else { at })
    }

    /// PPP's protocol number, of one byte if that is odd (RFC 1661, section 2).
    fn ppp_protocol(self, at: usize) -> Result<Place, Undecoded> {
        let [first]: [u8; 1] = self.frame.array("ppp", at, at)?;
        let (protocol, next) = match first {
            _ if first & 1 == 1 => (u16::from(first), at + 1),
            _ => (self.word("ppp", at, at)?, at + 2),
        };
        match protocol {
            0x0021 | 0x0800 => Ok(self.ip(next, Speaks::Four)),
            0x0057 | 0x86dd => Ok(self.ip(next, Speaks::Six)),
            _ => Err(Undecoded::new("ppp", at, NO_DECODER)),
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
            (1, ethernet(&[0, 63, 6, 6, 3])),
            (0, vec![0xff, 3, 0, 0x21]),
            (9, vec![0, 0x21]),
            (9, vec![0x21]),
            (50, vec![0xff, 3, 0, 0x21]),
            (204, vec![1, 0xff, 3, 0, 0x21]),
            (51, vec![0x11, 0, 0, 1, 0, 62, 0, 0x21]),
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
