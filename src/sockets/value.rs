//! The kinds of values that socket options have: as typed, as the kernel holds them, as shown.

use std::time::Duration;

use libc::c_int;

use super::wording::seconds;
use crate::kernel::TcpInfo;
use crate::trace::errno;

/// The kind of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// An int that is on or off.
    Switch,
    /// An int that counts these.
    Count(&'static str),
    /// An int that is a time in seconds.
    Seconds,
    /// An int that is a time in milliseconds.
    Millis,
    /// A `struct timeval`; zero is for ever.
    Timeval,
    /// A `struct linger`.
    Linger,
    /// The name of a congestion control algorithm.
    Name,
    /// A pending errno.
    Errno,
    /// A `SOCK_` constant.
    Type,
    /// An `AF_` constant.
    Domain,
    /// An `IPPROTO_` constant.
    Protocol,
    /// A `struct tcp_info`.
    Info,
}

impl Shape {
    /// What is to be typed, in words.
    pub fn wanted(self) -> &'static str {
        match self {
            Shape::Switch => "on or off",
            Shape::Count(_) => "a whole number",
            Shape::Seconds => "a time in whole seconds",
            Shape::Millis => "a time in milliseconds",
            Shape::Timeval => "a time, or off",
            Shape::Linger => "on:SECONDS or off",
            Shape::Name => "the name of an algorithm",
            Shape::Errno | Shape::Type | Shape::Domain | Shape::Protocol | Shape::Info => {
                "no value: it can only be read"
            }
        }
    }

    /// What it can be, in words, also where it can only be read.
    pub fn given(self) -> &'static str {
        match self {
            Shape::Errno | Shape::Type | Shape::Domain | Shape::Protocol => {
                "a number or its C name"
            }
            Shape::Info => "no single value",
            Shape::Switch
            | Shape::Count(_)
            | Shape::Seconds
            | Shape::Millis
            | Shape::Timeval
            | Shape::Linger
            | Shape::Name => self.wanted(),
        }
    }

    /// What was typed as [`Shape::decode`] writes it.
    pub fn canonical(self, text: &str) -> Option<String> {
        let bytes = match self {
            Shape::Errno => {
                let number = number(text).or_else(|| errno::from_name(text))?;
                number.to_ne_bytes().to_vec()
            }
            Shape::Type => named(text, TYPES)?,
            Shape::Domain => named(text, DOMAINS)?,
            Shape::Protocol => named(text, PROTOCOLS)?,
            // The kernel says 1 for whatever is on.
            Shape::Switch => self.encode(text).map(|bytes| switched(&bytes))?,
            Shape::Count(_)
            | Shape::Seconds
            | Shape::Millis
            | Shape::Timeval
            | Shape::Linger
            | Shape::Name => self.encode(text)?,
            Shape::Info => return None,
        };
        Some(self.decode(&bytes))
    }

    /// The kernel's bytes for what was typed.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        let int = |number: c_int| number.to_ne_bytes().to_vec();
        match self {
            Shape::Switch => match text.to_ascii_lowercase().as_str() {
                "on" | "true" | "yes" => Some(int(1)),
                "off" | "false" | "no" => Some(int(0)),
                other => number(other).map(int),
            },
            Shape::Count(_) => number(text).map(int),
            Shape::Seconds => {
                let whole = || time(text).filter(|time| time.subsec_nanos() == 0);
                number(text).or_else(|| whole()?.as_secs().try_into().ok()).map(int)
            }
            Shape::Millis => {
                let millis = || time(text)?.as_millis().try_into().ok();
                number(text).or_else(millis).map(int)
            }
            Shape::Timeval => {
                let time = if text == "off" || text == "0" { Duration::ZERO } else { time(text)? };
                let (secs, micros) = (i64::try_from(time.as_secs()).ok()?, time.subsec_micros());
                Some(timeval(secs, micros))
            }
            Shape::Linger => {
                let (on, secs) = match text.split_once(':') {
                    Some((word, secs)) => (switch(word)?, number(secs.trim_end_matches('s'))?),
                    None => (switch(text)?, 0),
                };
                Some([int(c_int::from(on)), int(secs)].concat())
            }
            Shape::Name => Some(text.as_bytes().to_vec()).filter(|name| !name.is_empty()),
            Shape::Errno | Shape::Type | Shape::Domain | Shape::Protocol | Shape::Info => None,
        }
    }

    /// The kernel's bytes as text to read: the value and, in brackets, what it means.
    pub fn decode(self, bytes: &[u8]) -> String {
        let int = |at: usize| -> c_int {
            bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(
                c_int::from(bytes.get(at).copied().unwrap_or_default()),
                c_int::from_ne_bytes,
            )
        };
        let first = int(0);
        match self {
            Shape::Switch if first == 0 => "0 (off)".into(),
            Shape::Switch => format!("{first} (on)"),
            Shape::Count(what) => format!("{first} ({what})"),
            Shape::Seconds => format!("{first} (seconds)"),
            Shape::Millis => format!("{first} (milliseconds)"),
            Shape::Timeval => match decode_timeval(bytes) {
                Duration::ZERO => "0 (for ever)".into(),
                time => seconds(time),
            },
            Shape::Linger => match (first != 0, int(4)) {
                (false, _) => "off (close returns at once, the kernel goes on sending)".into(),
                (true, 0) => "on:0 (close sends RST and throws away what is unsent)".into(),
                (true, secs) => format!("on:{secs} (close waits up to {secs} s for the last ACK)"),
            },
            Shape::Name => {
                let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
                String::from_utf8_lossy(name).into_owned()
            }
            Shape::Errno if first == 0 => "0 (no error is pending)".into(),
            Shape::Errno => format!("{first} ({}: {})", errno::name(first), errno::text(first)),
            Shape::Type => constant(first, TYPES),
            Shape::Domain => constant(first, DOMAINS),
            Shape::Protocol => constant(first, PROTOCOLS),
            Shape::Info => TcpInfo::from_bytes(bytes).table(),
        }
    }
}

const TYPES: &[(c_int, &str)] =
    &[(libc::SOCK_STREAM, "SOCK_STREAM"), (libc::SOCK_DGRAM, "SOCK_DGRAM")];
const DOMAINS: &[(c_int, &str)] =
    &[(libc::AF_INET, "AF_INET"), (libc::AF_INET6, "AF_INET6"), (libc::AF_UNIX, "AF_UNIX")];
const PROTOCOLS: &[(c_int, &str)] =
    &[(libc::IPPROTO_TCP, "IPPROTO_TCP"), (libc::IPPROTO_UDP, "IPPROTO_UDP")];

/// The kernel's bytes for a number or one of these names.
fn named(text: &str, names: &[(c_int, &str)]) -> Option<Vec<u8>> {
    let by_name = names.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
    let number = by_name.map(|(known, _)| *known).or_else(|| number(text))?;
    Some(number.to_ne_bytes().to_vec())
}

/// 1 for whatever is on.
fn switched(bytes: &[u8]) -> Vec<u8> {
    c_int::from(bytes.iter().any(|byte| *byte != 0)).to_ne_bytes().to_vec()
}

fn constant(number: c_int, names: &[(c_int, &str)]) -> String {
    match names.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => format!("{number} ({name})"),
        None => number.to_string(),
    }
}

fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "1" => Some(true),
        "off" | "0" => Some(false),
        _ => None,
    }
}

/// A whole number: decimal, or hexadecimal after `0x`.
fn number(text: &str) -> Option<c_int> {
    match text.strip_prefix("0x") {
        Some(hex) => c_int::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A time with its unit: `2s`, `1.5s`, `200ms`, `15us`.
fn time(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let scale = match &text[unit..] {
        "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        _ => return None,
    };
    let number = &text[..unit];
    if !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let micros = (number.parse::<f64>().ok()? * scale * 1e6).round();
    // More than a century is a slip.
    (micros < 3.2e15).then(|| Duration::from_micros(micros as u64))
}

/// `struct timeval` where both its parts are as wide as a pointer, as on every 64-bit system.
fn timeval(secs: i64, micros: u32) -> Vec<u8> {
    let (secs, micros) = (secs as libc::time_t, libc::suseconds_t::from(micros as i32));
    let mut bytes = secs.to_ne_bytes().to_vec();
    bytes.extend(micros.to_ne_bytes());
    bytes.resize(std::mem::size_of::<libc::timeval>(), 0);
    bytes
}

fn decode_timeval(bytes: &[u8]) -> Duration {
    const HALF: usize = std::mem::size_of::<libc::time_t>();
    let secs = bytes.first_chunk::<HALF>().map_or(0, |half| libc::time_t::from_ne_bytes(*half));
    let rest = bytes.get(HALF..).unwrap_or_default();
    let micros = rest.first_chunk().map_or(0, |half| libc::suseconds_t::from_ne_bytes(*half));
    let micros = u64::try_from(micros).unwrap_or_default();
    Duration::from_secs(u64::try_from(secs).unwrap_or_default()) + Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(shape: Shape, text: &str) -> String {
        shape.decode(&shape.encode(text).unwrap())
    }

    #[test]
    fn switches_read_words_and_numbers() {
        for on in ["on", "1", "yes", "ON"] {
            assert_eq!(there_and_back(Shape::Switch, on), "1 (on)");
        }
        assert_eq!(there_and_back(Shape::Switch, "off"), "0 (off)");
        assert_eq!(Shape::Switch.encode("perhaps"), None);
    }

    #[test]
    fn times_read_with_units() {
        assert_eq!(there_and_back(Shape::Timeval, "2s"), "2s");
        assert_eq!(there_and_back(Shape::Timeval, "1.5s"), "1500ms");
        assert_eq!(there_and_back(Shape::Timeval, "250ms"), "250ms");
        assert_eq!(there_and_back(Shape::Timeval, "off"), "0 (for ever)");
        assert_eq!(there_and_back(Shape::Seconds, "60"), "60 (seconds)");
        assert_eq!(there_and_back(Shape::Seconds, "60s"), "60 (seconds)");
        assert_eq!(there_and_back(Shape::Millis, "5s"), "5000 (milliseconds)");
        for nonsense in ["2", "s", "-2s", "2 s", "1e9s", "9999999999999999999s", "2h", ".s"] {
            assert_eq!(Shape::Timeval.encode(nonsense), None, "{nonsense}");
        }
        assert_eq!(Shape::Seconds.encode("1.5s"), None);
    }

    #[test]
    fn linger_reads_as_a_switch_and_seconds() {
        assert!(there_and_back(Shape::Linger, "on:0").starts_with("on:0 (close sends RST"));
        assert!(there_and_back(Shape::Linger, "on:5s").starts_with("on:5 (close waits up to 5 s"));
        assert!(there_and_back(Shape::Linger, "off").starts_with("off ("));
        assert_eq!(Shape::Linger.encode("5"), None);
        assert_eq!(Shape::Linger.encode("on:x"), None);
    }

    #[test]
    fn what_the_kernel_gives_too_short_is_read_without_fault() {
        let shapes = [Shape::Switch, Shape::Timeval, Shape::Linger, Shape::Name, Shape::Info];
        for shape in shapes {
            for len in 0..16 {
                shape.decode(&[1; 16][..len]);
            }
        }
    }
}
