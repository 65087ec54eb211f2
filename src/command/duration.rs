//! Spans of time as the language writes them: `200ms`, `1.5s`, `100us`, `2m`.

use std::time::Duration;

/// Longest span that the language takes: a day.
const LONGEST: Duration = Duration::from_hours(24);

/// Units and their length in nanoseconds.
const UNITS: [(&str, u128); 5] =
    [("ms", 1_000_000), ("us", 1_000), ("µs", 1_000), ("s", 1_000_000_000), ("m", 60_000_000_000)];

/// Why a word is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoDuration {
    /// It doesn't look like one.
    Other,
    /// A number, but no unit.
    NoUnit,
    /// More than a day.
    TooLong,
}

/// Reads one. What is below a nanosecond is dropped.
pub(super) fn parse(word: &str) -> Result<Duration, NoDuration> {
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let (number, unit) = word.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.contains('.') || number.ends_with('.') {
        return Err(NoDuration::Other);
    }
    if unit.is_empty() {
        return Err(NoDuration::NoUnit);
    }
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(NoDuration::Other)?;
    if whole.trim_start_matches('0').len() > 18 {
        return Err(NoDuration::TooLong);
    }
    let whole: u128 = whole.parse().map_err(|_| NoDuration::Other)?;
    let fraction = &fraction[..fraction.len().min(12)];
    let tail: u128 = format!("0{fraction}").parse().map_err(|_| NoDuration::Other)?;
    let nanos = whole * scale + tail * scale / 10_u128.pow(fraction.len() as u32);
    let span = u64::try_from(nanos).map(Duration::from_nanos).map_err(|_| NoDuration::TooLong)?;
    if span > LONGEST { Err(NoDuration::TooLong) } else { Ok(span) }
}

/// Writes one so that [`parse`] reads the same.
pub(super) fn text(span: Duration) -> String {
    let nanos = span.as_nanos();
    let (unit, scale) = match nanos {
        0 => ("s", 1),
        _ if nanos.is_multiple_of(1_000_000_000) => ("s", 1_000_000_000),
        _ if nanos.is_multiple_of(1_000_000) => ("ms", 1_000_000),
        _ => ("us", 1_000),
    };
    let fraction = format!("{:03}", nanos % scale);
    match fraction.trim_end_matches('0') {
        "" => format!("{}{unit}", nanos / scale),
        digits => format!("{}.{digits}{unit}", nanos / scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_contracts_spellings_are_read() {
        for (word, micros) in
            [("200ms", 200_000), ("2s", 2_000_000), ("1.5s", 1_500_000), ("100us", 100)]
        {
            assert_eq!(parse(word), Ok(Duration::from_micros(micros)), "{word}");
        }
        assert_eq!(parse("2m"), Ok(Duration::from_mins(2)));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_no_duration_is_told_from_one_without_unit_and_one_too_long() {
        for word in ["", "s", "2x", "1..5s", ".5s", "2.s", "-1s", "2 s", "1e3s", "in"] {
            assert_eq!(parse(word), Err(NoDuration::Other), "{word}");
        }
        assert_eq!(parse("2"), Err(NoDuration::NoUnit));
        assert_eq!(parse("100000m"), Err(NoDuration::TooLong));
        assert_eq!(parse(&format!("{}s", "9".repeat(1000))), Err(NoDuration::TooLong));
    }

    proptest! {
        #[test]
        fn a_written_duration_is_read_back(nanos in 0..86_400_000_000_000u64) {
            let span = Duration::from_nanos(nanos);
            prop_assert_eq!(parse(&text(span)), Ok(span));
        }

        #[test]
        fn no_word_makes_it_panic(word in ".*") {
            let _ = parse(&word);
        }
    }
}
