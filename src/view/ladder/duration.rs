//! How long something took, in at most seven columns.

use std::time::Duration;

use crate::view::look::Look;
use crate::view::quantity::Decimal;

/// `9 µs`, `4.2 ms`, `41 ms`, `1.02 s`, `62.1 s`, `12 min`, `30 h`, `80 d`: three figures or so,
/// whatever the size.
pub fn duration(took: Duration, look: Look) -> String {
    let seconds = took.as_secs();
    let micros = seconds.saturating_mul(SECOND).saturating_add(took.subsec_micros().into());
    let many = |unit, decimals| Decimal::of(micros, unit, decimals);
    match micros {
        0..1_000 => format!("{micros} {}", if look.ascii { "us" } else { "µs" }),
        1_000..9_950 => format!("{} ms", many(MILLI, 1)),
        9_950..999_500 => format!("{} ms", many(MILLI, 0)),
        999_500..9_995_000 => format!("{} s", many(SECOND, 2)),
        9_995_000..99_950_000 => format!("{} s", many(SECOND, 1)),
        99_950_000..10_000_000_000 => format!("{} s", many(SECOND, 0)),
        10_000_000_000..60_000_000_000 => format!("{} min", many(60 * SECOND, 0)),
        60_000_000_000..1_000_000_000_000 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A millisecond, in microseconds.
const MILLI: u64 = 1_000;
/// A second, in microseconds.
const SECOND: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    const LOOK: Look =
        Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };

    #[test]
    fn the_unit_follows_the_size() {
        let said = |micros| duration(Duration::from_micros(micros), LOOK);
        assert_eq!(said(0), "0 µs");
        assert_eq!(said(999), "999 µs");
        assert_eq!(said(1_000), "1.0 ms");
        assert_eq!(said(9_949), "9.9 ms");
        assert_eq!(said(41_233), "41 ms");
        assert_eq!(said(1_024_000), "1.02 s");
        assert_eq!(said(62_100_000), "62.1 s");
        assert_eq!(said(600_000_000), "600 s");
        assert_eq!(said(12_000_000_000), "200 min");
        assert_eq!(said(90_000_000_000), "25 h");
        assert_eq!(said(1_000_000_000_000), "11 d");
    }

    #[test]
    fn no_century_is_wider_than_seven_columns() {
        for power in 0..14 {
            for digit in [1, 9, 99, 999] {
                let micros = (digit * 10_u64.pow(power)).min(36_525 * 86_400_000_000);
                let said = duration(Duration::from_micros(micros), LOOK);
                assert!(said.width() <= 7, "{said}");
            }
        }
    }
}
