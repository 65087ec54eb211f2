//! Segments as expectations describe them: `client>server SYN,ACK`.

use std::fmt;

use super::error::{nearest, quoted};
use super::{Direction, FlagPattern, SegmentPattern, Span, SyntaxError, name};
use crate::packet::Flags;

/// Reads flags: `SYN,ACK`, or `SYN+` for at least these.
pub(super) fn parse(word: &str, span: &Span) -> Result<FlagPattern, SyntaxError> {
    let (names, at_least) = match word.strip_suffix('+') {
        Some(names) => (names, true),
        None => (word, false),
    };
    let mut flags = Flags::default();
    for name in names.split(',') {
        let known = Flags::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        let (flag, _) = known.ok_or_else(|| {
            let at = span.start + (name.as_ptr() as usize - word.as_ptr() as usize);
            let joined: Vec<&str> = Flags::NAMES
                .iter()
                .map(|(_, known)| *known)
                .filter(|known| name.to_uppercase().contains(known))
                .collect();
            let meant = if joined.is_empty() || name.len() > 32 {
                nearest(name, Flags::NAMES.map(|(_, known)| known)).map(str::to_owned)
            } else {
                Some(joined.join(","))
            };
            SyntaxError::new(at..at + name.len(), format!("{} is no TCP flag", quoted(name)))
                .expected(super::Kind::Flags.wanted())
                .suggest(meant)
        })?;
        flags = flags.with(*flag);
    }
    Ok(FlagPattern { flags, at_least })
}

/// Reads a direction: `client>server`, `*>server`.
pub(super) fn parse_direction(word: &str, span: &Span) -> Result<Direction, SyntaxError> {
    let ends = word.split_once('>').unwrap_or((word, ""));
    let is_end = |end: &str| end == "*" || name::is_valid(end);
    if is_end(ends.0) && is_end(ends.1) {
        return Ok(Direction { from: ends.0.to_owned(), to: ends.1.to_owned() });
    }
    Err(SyntaxError::new(span.clone(), format!("{} is no direction", quoted(word)))
        .expected("two sockets' names, as client>server; * is anyone"))
}

impl fmt::Display for FlagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.flags, if self.at_least { "+" } else { "" })
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}>{}", self.from, self.to)
    }
}

impl fmt::Display for SegmentPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.direction {
            Some(direction) => write!(f, "{direction} {}", self.flags),
            None => self.flags.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_in_any_order_and_case() {
        for word in ["SYN,ACK", "ACK,SYN", "syn,ack"] {
            assert_eq!(parse(word, &(0..7)).unwrap().to_string(), "SYN,ACK");
        }
        assert_eq!(parse("SYN+", &(0..4)).unwrap().to_string(), "SYN+");
    }

    #[test]
    fn an_unknown_flag_is_pointed_at_inside_the_word() {
        let error = parse("SYN,AKC", &(10..17)).unwrap_err();
        assert_eq!((error.span, error.suggestion.as_deref()), (14..17, Some("ACK")));
        let error = parse("SYNACK", &(0..6)).unwrap_err();
        assert_eq!(error.suggestion.as_deref(), Some("SYN,ACK"));
        assert!(parse("", &(0..0)).is_err());
        assert!(parse("SYN++", &(0..0)).is_err());
    }

    #[test]
    fn a_direction_has_two_ends() {
        assert_eq!(parse_direction("a>*", &(0..3)).unwrap().to_string(), "a>*");
        for word in ["a", "a>", ">b", "a>b>c", "a>b,"] {
            assert!(parse_direction(word, &(0..1)).is_err(), "{word}");
        }
    }
}
