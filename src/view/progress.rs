//! How far the reading of a file has come: one line, for standard error.

use std::time::Duration;

use super::ladder::duration;
use super::look::Look;
use super::quantity::Bytes;

/// Most columns of the bar itself.
const WIDEST: usize = 40;
/// Below this many columns the bar is left out.
const LEAST: usize = 8;

/// `  43% ████▎      259 MB of 598 MB, 1.20 GB/s, 280 ms left`, in at most as many columns as the
/// look has; `total` is `None` where nobody knows, as of standard input. No newline.
pub fn bar(done: u64, total: Option<u64>, elapsed: Duration, look: Look) -> String {
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
    let speed = format!("{}/s", Bytes(rate as u64));
    let Some(total) = total.filter(|total| *total > 0) else {
        let words = format!("  {} read, {speed}", Bytes(done));
        return words.chars().take(look.width).collect();
    };
    // A file may grow while it is read.
    let part = (done as f64 / total as f64).min(1.0);
    let left = if rate > 0.0 { (total.saturating_sub(done)) as f64 / rate } else { 0.0 };
    let left = Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX);
    let percent = format!("{:>4}%", (part * 100.0) as u64);
    let words = [
        format!("{} of {}, {speed}, {} left", Bytes(done), Bytes(total), duration(left, look)),
        format!("{} of {}", Bytes(done), Bytes(total)),
        String::new(),
    ];
    // What is said last is left out first.
    let room = |words: &String| look.width.checked_sub(percent.len() + words.chars().count() + 3);
    let fitting =
        words.iter().find_map(|words| room(words).filter(|r| *r >= LEAST).zip(Some(words)));
    match fitting {
        Some((room, words)) => {
            let drawn = drawn(part, room.min(WIDEST), look.ascii);
            format!("{percent} {drawn}  {words}").trim_end().to_owned()
        }
        None => percent.chars().take(look.width).collect(),
    }
}

/// So much of so many columns, to an eighth of one where Unicode is welcome.
fn drawn(part: f64, columns: usize, ascii: bool) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (part * columns as f64 * 8.0) as usize;
    let (whole, rest) = (eighths / 8, eighths % 8);
    let mut bar = (if ascii { "#" } else { "█" }).repeat(whole);
    if !ascii {
        bar += EIGHTHS[rest];
    }
    let blank = columns - whole - usize::from(!ascii && rest > 0);
    bar + &(if ascii { "." } else { " " }).repeat(blank)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::view::ladder::test_moments::LOOK;

    fn shown(done: u64, total: Option<u64>, width: usize, ascii: bool) -> String {
        bar(done, total, Duration::from_millis(215), Look { width, ascii, ..LOOK })
    }

    #[test]
    fn it_says_how_far_how_fast_and_how_long_still() {
        let total = Some(598_000_000);
        assert_eq!(
            shown(259_000_000, total, 80, false),
            "  43% █████████████▊                    259 MB of 598 MB, 1.20 GB/s, 281 ms left"
        );
        assert_eq!(
            shown(259_000_000, total, 80, true),
            "  43% #############...................  259 MB of 598 MB, 1.20 GB/s, 281 ms left"
        );
        assert_eq!(shown(259_000_000, total, 40, true), "  43% ######..........  259 MB of 598 MB");
        assert_eq!(shown(259_000_000, None, 80, false), "  259 MB read, 1.20 GB/s");
        assert_eq!(shown(259_000_000, total, 14, true), "  43%");
    }

    proptest! {
        #[test]
        fn it_never_wraps(
            done: u64,
            total in prop::option::of(any::<u64>()),
            nanos: u64,
            width in 0..200usize,
            ascii: bool,
        ) {
            let look = Look { width, ascii, ..LOOK };
            let bar = bar(done, total, Duration::from_nanos(nanos), look);
            prop_assert!(bar.chars().count() <= width, "{bar}");
            prop_assert!(!ascii || bar.is_ascii());
        }
    }
}
