//! Payload bytes as text, in the command language's string syntax: typed into `send` it gives the
//! same bytes again, and no terminal takes it for a command.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// The bytes as text, without quotes. With `ascii` every other character is `\xNN` too.
pub fn escape(bytes: &[u8], ascii: bool) -> String {
    tokens(bytes, ascii).collect()
}

/// The bytes in quotes, in at most `width` columns; `…` (or `...`) behind the quotes says that
/// there is more than what is shown. `len` is how many bytes there really were.
pub fn quote(bytes: &[u8], len: usize, width: usize, ascii: bool) -> String {
    let more = if ascii { "..." } else { "…" };
    let room = width.saturating_sub(2);
    let whole = escape(bytes, ascii);
    if len <= bytes.len() && columns(&whole) <= room {
        return format!("\"{whole}\"");
    }
    let room = room.saturating_sub(columns(more));
    let mut shown = String::new();
    let mut used = 0;
    for token in tokens(bytes, ascii) {
        used += columns(&token);
        if used > room {
            break;
        }
        shown.push_str(&token);
    }
    format!("\"{shown}\"{more}")
}

/// One string for each character, or each byte that is none.
fn tokens(bytes: &[u8], ascii: bool) -> impl Iterator<Item = String> + '_ {
    bytes.utf8_chunks().flat_map(move |chunk| {
        let valid = chunk.valid().chars().map(move |c| token(c, ascii));
        valid.chain(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")))
    })
}

fn token(c: char, ascii: bool) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\\' => "\\\\".to_owned(),
        '"' => "\\\"".to_owned(),
        c if c.is_control() || is_invisible(c) || (ascii && !c.is_ascii()) => {
            c.encode_utf8(&mut [0; 4]).bytes().fold(String::new(), |mut out, byte| {
                let _ = write!(out, "\\x{byte:02x}");
                out
            })
        }
        c => c.to_string(),
    }
}

/// Characters that take no place or turn the direction of writing: a reader would be deceived.
fn is_invisible(c: char) -> bool {
    c.width().unwrap_or(0) == 0 || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn columns(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_text_stays_as_it_is() {
        assert_eq!(escape("GET / 你好 é".as_bytes(), false), "GET / 你好 é");
        assert_eq!(escape("é".as_bytes(), true), r"\xc3\xa9");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_comes_through() {
        let escaped = escape("\x1b[31m\u{85}\u{202e}\u{200b}\x07".as_bytes(), false);
        assert_eq!(escaped, r"\x1b[31m\xc2\x85\xe2\x80\xae\xe2\x80\x8b\x07");
        assert_eq!(escape(b"\xff\"\\\r\n\t", false), r#"\xff\"\\\r\n\t"#);
    }

    #[test]
    fn a_quote_is_cut_between_characters_and_says_so() {
        assert_eq!(quote(b"hello", 5, 7, false), r#""hello""#);
        assert_eq!(quote(b"hello", 5, 6, false), r#""hel"…"#);
        assert_eq!(quote(b"hello", 500, 80, false), r#""hello"…"#);
        assert_eq!(quote(b"ab\x1bcd", 5, 8, true), r#""ab"..."#);
        assert_eq!(quote("你好吗".as_bytes(), 9, 7, false), r#""你好"…"#);
    }
}
