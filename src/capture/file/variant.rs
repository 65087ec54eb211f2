//! Variants of the classic format that share a magic number: the first packets' headers tell them
//! apart, as in Wireshark. Each is read as if it were every variant in turn; the one in which the
//! fewest things look wrong it is.

use super::frame::longest;
use super::order::{Order, at};
use crate::trace::LinkType;

/// What a packet's header is like. All begin with seconds, fraction, captured and original length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// As specified: 16 bytes.
    Standard,
    /// With interface index, protocol and packet type: 24 bytes (A. Kuznetsov's patches to libpcap,
    /// April and October 1999).
    Modified,
    /// With some more: 28 bytes (his patch of September 1999).
    ModifiedSmp,
    /// With four bytes more, by Nokia's IPSO: 20 bytes.
    Nokia,
}

/// What has the standard magic number, the likeliest first.
pub(super) const STANDARD: &[Variant] = &[Variant::Standard, Variant::Modified, Variant::Nokia];

/// What has the magic number of the modified format.
pub(super) const MODIFIED: &[Variant] = &[Variant::Modified, Variant::ModifiedSmp];

/// How many packets are looked at.
const PACKETS: usize = 3;

/// What a file says of all its packets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claims {
    pub order: Order,
    pub link: LinkType,
    /// The most bytes of each that were captured.
    pub snap_length: u32,
}

impl Variant {
    /// Bytes of a packet's header.
    pub fn header_len(self) -> usize {
        match self {
            Variant::Standard => 16,
            Variant::Nokia => 20,
            Variant::Modified => 24,
            Variant::ModifiedSmp => 28,
        }
    }

    /// The likeliest of these for packets that begin so. `is_all`: nothing follows these bytes.
    pub fn likeliest(of: &[Variant], claims: Claims, packets: &[u8], is_all: bool) -> Variant {
        let oddities = |variant: &&Variant| variant.oddities(claims, packets, is_all);
        of.iter().min_by_key(oddities).copied().unwrap_or(Variant::Standard)
    }

    /// How many things look wrong in these packets if they are of this variant.
    fn oddities(self, claims: Claims, mut packets: &[u8], is_all: bool) -> u32 {
        let mut oddities = 0;
        for _ in 0..PACKETS {
            if packets.is_empty() {
                break;
            }
            let Some(header) = packets.get(..self.header_len()) else {
                return oddities + u32::from(is_all);
            };
            oddities += self.oddities_of(claims, header);
            let captured = claims.order.u32(at(header, 8));
            if captured > longest(claims.link) {
                return oddities;
            }
            let Some(rest) = packets.get(self.header_len() + captured as usize..) else {
                return oddities + u32::from(is_all);
            };
            packets = rest;
        }
        oddities
    }

    fn oddities_of(self, claims: Claims, header: &[u8]) -> u32 {
        let number = |offset| claims.order.u32(at(header, offset));
        let (microseconds, captured, original) = (number(4), number(8), number(12));
        let usual = [
            microseconds >= 1_000_000,
            captured > longest(claims.link),
            captured > claims.snap_length,
            original > 128 * 1024 * 1024,
            captured > original,
        ];
        let own: &[bool] = match self {
            Variant::Standard => &[],
            Variant::Nokia => &[!is_nokias(number(16))],
            Variant::Modified | Variant::ModifiedSmp => &[
                number(16) > 10_000,
                !is_protocol(claims.order.u16(at(header, 20))),
                header[22] > LAST_PACKET_TYPE,
            ],
        };
        usual.iter().chain(own).map(|odd| u32::from(*odd)).sum()
    }
}

/// `PACKET_OUTGOING` (`packet(7)`), the last that Linux had in 1999.
const LAST_PACKET_TYPE: u8 = 4;

/// An Ethertype, or what Linux then had in its place (`linux/if_ether.h`).
fn is_protocol(number: u16) -> bool {
    matches!(number, 0..=0x17 | 0x60 | 0x200 | 0x400 | 0x600..)
}

/// The only values of Nokia's four bytes that were seen: 0xXfbfYZ0W.
fn is_nokias(number: u32) -> bool {
    number & 0x0fff_00f0 == 0x0fbf_0000
        && matches!(number >> 28, 0x9 | 0xb)
        && matches!(number >> 12 & 0xf, 0xb | 0xd)
        && matches!(number >> 8 & 0xf, 0x6 | 0x9)
        && matches!(number & 0xf, 0x1 | 0x2)
}
