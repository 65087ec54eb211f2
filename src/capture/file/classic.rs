//! The classic format (draft-ietf-opsawg-pcap): a header of 24 bytes, then packets, each behind a
//! header of its own.

use super::error::{Broken, Damage, Unreadable};
use super::frame::{FileFrame, link, longest};
use super::order::{Order, at};
use super::source::Source;
use super::variant::{Claims, MODIFIED, STANDARD, Variant};
use crate::trace::{LinkType, Time};

/// Bytes of the file's header.
const HEADER: usize = 24;

/// The standard magic number: microseconds.
const MICROSECONDS: u32 = 0xa1b2_c3d4;
/// Nanoseconds.
const NANOSECONDS: u32 = 0xa1b2_3c4d;
/// A. Kuznetsov's modified libpcap.
const PATCHED: u32 = 0xa1b2_cd34;
/// Ixia's, from hardware: nanoseconds.
const IXIA_HARDWARE: u32 = 0x1c00_01ac;
/// Ixia's, from software: microseconds.
const IXIA_SOFTWARE: u32 = 0x1c00_01ab;

/// A file in the classic format, behind its header.
pub(super) struct Classic {
    order: Order,
    link: LinkType,
    longest: u32,
    header_len: usize,
    /// Nanoseconds in a unit of a time's fraction.
    unit: u64,
    lengths: Lengths,
}

/// In which order the two lengths are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lengths {
    /// Captured, then original.
    AsSpecified,
    /// Original, then captured: before version 2.3.
    Swapped,
    /// The smaller one is captured: some programs have written 2.3, but not in its order.
    ByValue,
}

/// The byte order in which this magic number is one of ours.
pub(super) fn order(magic: [u8; 4]) -> Option<Order> {
    let ours = [MICROSECONDS, NANOSECONDS, PATCHED, IXIA_HARDWARE, IXIA_SOFTWARE];
    [Order::Little, Order::Big].into_iter().find(|order| ours.contains(&order.u32(magic)))
}

impl Classic {
    /// Takes the file's header. `may_wait`: the first packets may be waited for, to tell variants
    /// apart; otherwise what is there must do.
    pub fn open(source: &mut Source, order: Order, may_wait: bool) -> Result<Classic, Unreadable> {
        if !source.want(HEADER)? {
            return Err(Unreadable::CutOff { bytes: source.ready().len() as u64 });
        }
        let header = source.take(HEADER);
        let magic = order.u32(at(header, 0));
        let version = (order.u16(at(header, 4)), order.u16(at(header, 6)));
        let snap_length = order.u32(at(header, 16));
        let network = order.u32(at(header, 20));
        if let (major @ (0 | 1), minor) = version {
            return Err(Unreadable::Version { major, minor });
        }
        let is_ixias = matches!(magic, IXIA_HARDWARE | IXIA_SOFTWARE);
        if is_ixias && !source.skip(4)? {
            return Err(Unreadable::CutOff { bytes: source.at() });
        }
        let aix = if magic == MICROSECONDS && version == (2, 2) { aix(network) } else { None };
        // The upper bits say whether frames have a check sequence at their end.
        let link = aix.unwrap_or(link((network & 0xffff) as u16));
        let is_nano = aix.is_some() || matches!(magic, NANOSECONDS | IXIA_HARDWARE);
        let lengths = match version {
            (2, 0..=2) | (543, _) => Lengths::Swapped,
            (2, 3) => Lengths::ByValue,
            _ => Lengths::AsSpecified,
        };
        let candidates = match magic {
            MICROSECONDS if lengths == Lengths::AsSpecified => STANDARD,
            PATCHED => MODIFIED,
            _ => &[Variant::Standard],
        };
        let claims = Claims { order, link, snap_length };
        let variant = likeliest(source, candidates, claims, may_wait || magic == PATCHED)?;
        Ok(Classic {
            order,
            link,
            longest: longest(link),
            header_len: variant.header_len(),
            unit: if is_nano { 1 } else { 1000 },
            lengths,
        })
    }

    /// The next frame.
    #[inline]
    pub fn next<'s>(&mut self, source: &'s mut Source) -> Result<Option<FileFrame<'s>>, Broken> {
        let header_len = self.header_len;
        if !source.want(header_len)? {
            return source.ended(source.at());
        }
        let header: [u8; 16] = at(source.ready(), 0);
        let number = |offset| u64::from(self.order.u32(at(&header, offset)));
        let time = Time(number(0) * 1_000_000_000 + number(4) * self.unit);
        let (captured, original) = self.in_order(number(8) as u32, number(12) as u32);
        if captured > self.longest {
            return Err(self.too_long(captured, source.at()));
        }
        let length = header_len + captured as usize;
        if !source.want(length)? {
            return source.ended(source.at());
        }
        Ok(Some(FileFrame {
            time,
            link: self.link,
            bytes: &source.take(length)[header_len..],
            original_len: original,
            interface: 0,
            comment: None,
        }))
    }

    /// Captured and original length.
    #[inline]
    fn in_order(&self, first: u32, second: u32) -> (u32, u32) {
        match self.lengths {
            Lengths::AsSpecified => (first, second),
            Lengths::Swapped => (second, first),
            Lengths::ByValue => (first.min(second), first.max(second)),
        }
    }

    #[cold]
    fn too_long(&self, length: u32, at: u64) -> Broken {
        Damage::Length { length, longest: self.longest }.at(at)
    }
}

fn likeliest(
    source: &mut Source,
    candidates: &[Variant],
    claims: Claims,
    may_wait: bool,
) -> Result<Variant, Unreadable> {
    if let [only] = candidates {
        return Ok(*only);
    }
    if may_wait {
        source.want_chunk()?;
    }
    Ok(Variant::likeliest(candidates, claims, source.ready(), source.is_over()))
}

/// AIX writes RFC 1573's `ifType` in place of a link type, versions 2.2 and nanoseconds.
fn aix(network: u32) -> Option<LinkType> {
    match network {
        6 => Some(LinkType::ETHERNET),
        // Token Ring, FDDI.
        9 => Some(LinkType(6)),
        15 => Some(LinkType(10)),
        24 => Some(LinkType::NULL),
        _ => None,
    }
}
