//! Data as the language writes it: strings, `0x…`, and `#1000` for that many bytes of pattern.

use std::fmt::Write;

use super::lexer::hex;

/// Most bytes that one command sends or asks for.
pub(super) const MOST: usize = 64 << 20;

/// From this length on, a pattern is written as `#n`.
const SHORTEST_PATTERN: usize = 32;

/// Why a word is no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoBytes {
    /// It doesn't look like it.
    Other,
    /// After `0x`, not pairs of hexadecimal digits.
    BadHex,
    /// More than [`MOST`] bytes.
    TooMany,
}

/// Reads `0x…` or `#…`.
pub(super) fn parse(word: &str) -> Result<Vec<u8>, NoBytes> {
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        if digits.is_empty() || !digits.len().is_multiple_of(2) {
            return Err(NoBytes::BadHex);
        }
        return digits
            .as_bytes()
            .chunks_exact(2)
            .map(|pair| Some(hex(pair[0])? << 4 | hex(pair[1])?))
            .collect::<Option<_>>()
            .ok_or(NoBytes::BadHex);
    }
    let count = word.strip_prefix('#').ok_or(NoBytes::Other)?;
    if count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NoBytes::Other);
    }
    match count.parse() {
        Ok(count) if count <= MOST => Ok(pattern(count)),
        _ => Err(NoBytes::TooMany),
    }
}

/// So many bytes of the pattern `0123456789…`: a byte's last digit is its place.
pub(super) fn pattern(count: usize) -> Vec<u8> {
    (b'0'..=b'9').cycle().take(count).collect()
}

/// Writes data so that the lexer reads the same.
pub(super) fn text(bytes: &[u8]) -> String {
    let pattern = (b'0'..=b'9').cycle();
    if bytes.len() >= SHORTEST_PATTERN && bytes.iter().copied().eq(pattern.take(bytes.len())) {
        return format!("#{}", bytes.len());
    }
    quote(bytes)
}

/// A string in quotes.
pub(super) fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\\' | '"' => out.extend(['\\', c]),
                '\'' => out.push(c),
                _ if c.escape_debug().len() > 1 => {
                    let mut utf8 = [0; 4];
                    escape(&mut out, c.encode_utf8(&mut utf8).as_bytes());
                }
                _ => out.push(c),
            }
        }
        escape(&mut out, chunk.invalid());
    }
    out.push('"');
    out
}

fn escape(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::lexer::{Lexeme, lex};
    use proptest::prelude::*;

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(parse("0x00ff0A"), Ok(vec![0, 255, 10]));
        for word in ["0x", "0x0", "0xzz", "0x0é"] {
            assert_eq!(parse(word), Err(NoBytes::BadHex), "{word}");
        }
        assert_eq!(parse("hello"), Err(NoBytes::Other));
    }

    #[test]
    fn a_pattern_shows_each_bytes_place() {
        assert_eq!(parse("#12"), Ok(b"012345678901".to_vec()));
        assert_eq!(parse("#0"), Ok(vec![]));
        assert_eq!(parse("#99999999999999999999"), Err(NoBytes::TooMany));
        assert_eq!(parse("#1x"), Err(NoBytes::Other));
        assert_eq!(text(&pattern(1000)), "#1000");
    }

    proptest! {
        #[test]
        fn a_written_string_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = quote(&bytes);
            let lexed = lex(&text);
            prop_assert_eq!(lexed.error, None);
            prop_assert_eq!(&lexed.tokens[0].lexeme, &Lexeme::Text(bytes));
        }
    }
}
