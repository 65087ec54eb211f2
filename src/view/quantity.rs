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
        write!(f, "{figures} {prefix}B")
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 100_000 {
            return write!(f, "{}", self.0);
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
fn figures(number: u64) -> (Figures, &'static str) {
    let mut scaled = number as f64;
    let mut prefix = 0;
    if number < 1000 {
        return (Figures(scaled, 0), PREFIXES[0]);
    }
    // What would be rounded up to 1000 is 1.00 of the next.
    while scaled >= 999.5 && prefix + 1 < PREFIXES.len() {
        scaled /= 1000.0;
        prefix += 1;
    }
    let decimals = match scaled {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    (Figures(scaled, decimals), PREFIXES[prefix])
}

/// A number with so many decimals.
struct Figures(f64, usize);

impl Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.*}", self.1, self.0)
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
