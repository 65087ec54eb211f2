//! A section's interfaces: link type and clock (draft-ietf-opsawg-pcapng, section 4.2).

use super::super::error::Damage;
use super::super::frame::{link, longest};
use super::super::order::{Order, at};
use super::options::Options;
use crate::trace::{LinkType, Time};

/// How many interfaces of a section are kept.
const MOST: usize = 65_536;

/// `if_tsresol` and `if_tsoffset` (section 4.2).
const RESOLUTION: u16 = 9;
const OFFSET: u16 = 14;

/// An interface.
#[derive(Debug, Clone)]
pub(super) struct Interface {
    pub link: LinkType,
    /// The most bytes that a frame of it can have.
    pub longest: u32,
    /// The most bytes of a frame that were captured; 0 for all.
    pub snap_length: u32,
    unit: Unit,
    /// Nanoseconds that are to be added to each time.
    offset: i64,
}

/// What its times count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// So many nanoseconds.
    Nanoseconds(u64),
    /// Parts of a nanosecond, so many to one.
    Parts(u64),
    /// Parts of a second, two to the power of so many to one.
    Binary(u32),
}

impl Unit {
    /// `if_tsresol`: the exponent of the parts of a second, of 2 if its highest bit is set, of 10
    /// otherwise.
    fn read(resolution: u8) -> Unit {
        let exponent = u32::from(resolution & 0x7f);
        match (resolution >> 7, exponent) {
            (0, 0..=9) => Unit::Nanoseconds(10_u64.pow(9 - exponent)),
            // More than 10^19 to a nanosecond: all that fit into 64 bits are less than one.
            (0, _) => Unit::Parts(10_u64.checked_pow(exponent - 9).unwrap_or(u64::MAX)),
            _ => Unit::Binary(exponent),
        }
    }

    /// So many of them in nanoseconds; what is finer is cut off.
    #[inline]
    fn nanoseconds(self, count: u64) -> u64 {
        match self {
            Unit::Nanoseconds(unit) => count.saturating_mul(unit),
            Unit::Parts(parts) => count / parts,
            Unit::Binary(exponent) => {
                let nanoseconds = (u128::from(count) * 1_000_000_000) >> exponent;
                u64::try_from(nanoseconds).unwrap_or(u64::MAX)
            }
        }
    }
}

impl Interface {
    /// Reads a description, `body` being all between its block's two lengths.
    fn read(body: &[u8], order: Order) -> Result<Interface, Damage> {
        let link = link(order.u16(at(body, 0)));
        let mut interface = Interface {
            link,
            longest: longest(link),
            snap_length: order.u32(at(body, 4)),
            unit: Unit::Nanoseconds(1000),
            offset: 0,
        };
        for option in Options::new(body.get(8..).unwrap_or_default(), order) {
            match option? {
                (RESOLUTION, [resolution]) => interface.unit = Unit::read(*resolution),
                (OFFSET, value) if value.len() == 8 => {
                    let seconds = order.u64(at(value, 0)) as i64;
                    interface.offset = seconds.saturating_mul(1_000_000_000);
                }
                _ => {}
            }
        }
        Ok(interface)
    }

    /// The moment that a packet's count is.
    #[inline]
    pub fn time(&self, count: u64) -> Time {
        Time(self.unit.nanoseconds(count).saturating_add_signed(self.offset))
    }
}

/// Those of one section, by number.
#[derive(Debug, Default)]
pub(super) struct Interfaces(Vec<Interface>);

impl Interfaces {
    /// One more.
    pub fn describe(&mut self, body: &[u8], order: Order) -> Result<(), Damage> {
        if self.0.len() == MOST {
            return Err(Damage::Interfaces { most: MOST });
        }
        self.0.push(Interface::read(body, order)?);
        Ok(())
    }

    /// The one with this number.
    #[inline]
    pub fn get(&self, number: u32) -> Result<&Interface, Damage> {
        let described = self.0.len() as u32;
        self.0.get(number as usize).ok_or(Damage::Interface { interface: number, described })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_resolution_are_nanoseconds_and_finer_ones_are_cut() {
        let nanoseconds = |resolution, count| Unit::read(resolution).nanoseconds(count);
        assert_eq!(nanoseconds(0, 77), 77_000_000_000);
        assert_eq!(nanoseconds(6, 1_234_567), 1_234_567_000);
        assert_eq!(nanoseconds(9, 1_234_567_891), 1_234_567_891);
        assert_eq!(nanoseconds(10, 19), 1);
        assert_eq!(nanoseconds(12, 1_234_567_890_123_456), 1_234_567_890_123);
        assert_eq!(nanoseconds(0x8a, 5 * 1024 + 512), 5_500_000_000);
        assert_eq!(nanoseconds(0xa0, (5 << 32) + (1 << 31) + 12_345), 5_500_002_874);
        assert_eq!(nanoseconds(0x80, 3), 3_000_000_000);
    }

    #[test]
    fn what_does_not_fit_is_the_nearest_that_does() {
        for resolution in 0..=u8::MAX {
            for count in [0, 1, u64::MAX] {
                Unit::read(resolution).nanoseconds(count);
            }
        }
        assert_eq!(Unit::read(0).nanoseconds(u64::MAX), u64::MAX);
        assert_eq!(Unit::read(127).nanoseconds(u64::MAX - 1), 0);
        assert_eq!(Unit::read(0xff).nanoseconds(u64::MAX), 0);
    }
}
