//! How much: three figures and a unit that fits, in at most seven columns.

use std::fmt::{self, Display};
use std::time::Duration;

/// Bytes: `999 B`, `1.23 kB`, `52.1 kB`, `4.07 GB`. A kB is a thousand bytes.
#[derive(Debug, Clone, Copy)]
pub struct Bytes(pub u64);

/// How many: exact below a hundred thousand, then `123 k`, `4.07 M`.
#[derive(Debug, Clone, Copy)]
pub struct Count(pub u64);

/// Every digit, in groups of three: `458,972`.
#[derive(Debug, Clone, Copy)]
pub struct Exact(pub u64);

const PREFIXES: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];

impl Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (figures, prefix) = figures(self.0);
        figures.fmt(f)?;
        f.write_str(" ")?;
        f.write_str(prefix)?;
        f.write_str("B")
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 100_000 {
            return f.write_str(itoa::Buffer::new().format(self.0));
        }
        let (figures, prefix) = figures(self.0);
        write!(f, "{figures} {prefix}")
    }
}

impl Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let head = digits.len() % 3;
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && place % 3 == head {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// Three figures, and the prefix of what they count.
fn figures(number: u64) -> (Decimal, &'static str) {
    if number < 1000 {
        return (Decimal::of(number, 1, 0), PREFIXES[0]);
    }
    let (mut unit, mut prefix) = (1, 0);
    // What would be rounded up to 1000 is 1.00 of the next.
    while rounded(number, unit) >= 1000 && prefix + 1 < PREFIXES.len() {
        unit *= 1000;
        prefix += 1;
    }
    let decimals = match () {
        () if rounded(number, unit / 100) < 1000 => 2,
        () if rounded(number, unit / 10) < 1000 => 1,
        () => 0,
    };
    (Decimal::of(number, unit, decimals), PREFIXES[prefix])
}

/// How many units, to the nearest.
fn rounded(number: u64, unit: u64) -> u64 {
    let rest = number % unit;
    number / unit + u64::from(rest >= unit - rest)
}

/// How many units, with a few decimals, to the nearest.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    whole: u64,
    rest: u64,
    decimals: usize,
}

impl Decimal {
    /// The number in units, which can be divided by ten as often as there are decimals.
    pub fn of(number: u64, unit: u64, decimals: usize) -> Decimal {
        let parts = 10_u64.pow(decimals as u32);
        let number = rounded(number, unit / parts);
        Decimal { whole: number / parts, rest: number % parts, decimals }
    }
}

impl Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(itoa::Buffer::new().format(self.whole))?;
        if self.decimals == 0 {
            return Ok(());
        }
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(self.rest);
        f.write_str(".")?;
        (digits.len()..self.decimals).try_for_each(|_| f.write_str("0"))?;
        f.write_str(digits)
    }
}

/// A span of time as JSON lines carry it: seconds with nine decimals.
pub fn seconds(span: Duration) -> String {
    format!("{}.{:09}", span.as_secs(), span.subsec_nanos())
}

/// `1 segment`, `2 segments`, `458,972 segments`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", Exact(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_unit_follows_the_size() {
        let said = |bytes| Bytes(bytes).to_string();
        assert_eq!(said(0), "0 B");
        assert_eq!(said(999), "999 B");
        assert_eq!(said(1_000), "1.00 kB");
        assert_eq!(said(52_149), "52.1 kB");
        assert_eq!(said(999_499), "999 kB");
        assert_eq!(said(999_500), "1.00 MB");
        assert_eq!(said(u64::MAX), "18.4 EB");
        assert_eq!(Count(99_999).to_string(), "99999");
        assert_eq!(Count(123_456).to_string(), "123 k");
        assert_eq!(Exact(1).to_string(), "1");
        assert_eq!(Exact(123).to_string(), "123");
        assert_eq!(Exact(1_234_567).to_string(), "1,234,567");
        assert_eq!(counted(1, "segment"), "1 segment");
        assert_eq!(counted(1_000, "segment"), "1,000 segments");
    }

    proptest! {
        #[test]
        fn no_quantity_is_wider_than_seven_columns(number: u64, shift in 0..64u32) {
            prop_assert!(Bytes(number >> shift).to_string().len() <= 7);
            prop_assert!(Count(number >> shift).to_string().len() <= 6);
        }
    }
}
