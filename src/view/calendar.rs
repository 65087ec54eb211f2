//! A moment by the calendar, in UTC: what a file says is the same wherever it is read.

use crate::trace::Time;

/// `2023-11-14 22:13:20.123456 UTC`, with so many decimals of a second (cut, not rounded).
pub fn utc(time: Time, decimals: usize) -> String {
    let (seconds, nanos) = (time.0 / 1_000_000_000, time.0 % 1_000_000_000);
    let (year, month, day) = civil(seconds / 86_400);
    let of_day = seconds % 86_400;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let mut text = format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    if decimals > 0 {
        let digits = format!("{nanos:09}");
        text.push('.');
        text += &digits[..decimals.min(9)];
    }
    text + " UTC"
}

/// Year, month and day of so many days after 1970-01-01, by the Gregorian calendar. Years are
/// counted from March, so that a leap day is a year's last, in eras of 400 years (146 097 days).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let of_era_year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + of_era_year + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_fall_on_their_dates() {
        let said = |seconds: u64| utc(Time(seconds * 1_000_000_000), 0);
        assert_eq!(said(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(said(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(said(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(said(951_868_800), "2000-03-01 00:00:00 UTC");
        assert_eq!(said(1_709_164_800), "2024-02-29 00:00:00 UTC");
        assert_eq!(said(4_107_542_400), "2100-03-01 00:00:00 UTC");
        assert_eq!(utc(Time(u64::MAX), 9), "2554-07-21 23:34:33.709551615 UTC");
    }

    #[test]
    fn decimals_are_cut() {
        let time = Time(1_700_000_000_123_456_789);
        assert_eq!(utc(time, 6), "2023-11-14 22:13:20.123456 UTC");
        assert_eq!(utc(time, 9), "2023-11-14 22:13:20.123456789 UTC");
    }
}
