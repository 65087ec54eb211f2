//! Untrusted bytes → one line of text that no terminal obeys and no reader is deceived by.
//!
//! What is escaped is so in the command language's own way, so that the text between quotes reads
//! as the same bytes again. File names and other foreign text go through here too.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// The bytes as text, whole. Kept are printable characters; `\n`, `\r`, `\t`, `\\` and `\"` are
/// written so, and every other byte as `\xNN`: controls, what is no UTF-8, and characters that
/// take no place or turn the direction of writing. With `ascii`, so is every byte beyond ASCII.
pub fn escape(bytes: &[u8], ascii: bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for piece in pieces(bytes) {
        push(&mut text, piece, ascii);
    }
    text
}

/// As [`escape`], cut between characters to at most so many columns; what is cut ends in `…`, or
/// `...` in ASCII.
pub fn text(bytes: &[u8], max_columns: usize, ascii: bool) -> String {
    let mark = if ascii { "..." } else { "…" };
    let room = max_columns.saturating_sub(columns(mark));
    let mut text = String::new();
    let (mut width, mut cut_at) = (0, 0);
    for piece in pieces(bytes) {
        width += push(&mut text, piece, ascii);
        if width <= room {
            cut_at = text.len();
        }
        if width > max_columns {
            text.truncate(cut_at);
            text.extend(mark.chars().take(max_columns));
            break;
        }
    }
    text
}

/// How many columns a terminal takes for it.
pub fn columns(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// A character, or a byte that belongs to none.
#[derive(Clone, Copy)]
enum Piece {
    Character(char),
    Byte(u8),
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().map(Piece::Character);
        valid.chain(chunk.invalid().iter().copied().map(Piece::Byte))
    })
}

/// Appends one piece and returns how many columns it takes.
fn push(text: &mut String, piece: Piece, ascii: bool) -> usize {
    let start = text.len();
    match piece {
        Piece::Character('\n') => text.push_str(r"\n"),
        Piece::Character('\r') => text.push_str(r"\r"),
        Piece::Character('\t') => text.push_str(r"\t"),
        Piece::Character('\\') => text.push_str(r"\\"),
        Piece::Character('"') => text.push_str(r#"\""#),
        Piece::Character(c) if is_plain(c) && (c.is_ascii() || !ascii) => text.push(c),
        Piece::Character(c) => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| hex(text, b)),
        Piece::Byte(byte) => hex(text, byte),
    }
    columns(&text[start..])
}

fn hex(text: &mut String, byte: u8) {
    let _ = write!(text, "\\x{byte:02x}");
}

/// Whether a character shows, in its place: no control, none that takes no columns, no separator
/// of lines or sign of direction (Unicode's Cc, Mn, Me, Cf, Zl, Zp).
fn is_plain(c: char) -> bool {
    let formats = matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    !formats && !c.is_control() && c.width().is_some_and(|width| width > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn printable_text_stays_as_it_is() {
        assert_eq!(escape("GET / 你好 é 🙂".as_bytes(), false), "GET / 你好 é 🙂");
        assert_eq!(escape("é".as_bytes(), true), r"\xc3\xa9");
    }

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        assert_eq!(escape(b"\x1b[31m\x07\x7f\0", false), r"\x1b[31m\x07\x7f\x00");
        assert_eq!(escape("\u{9b}31m".as_bytes(), false), r"\xc2\x9b31m");
        assert_eq!(escape(b"\x9b31m", false), r"\x9b31m");
    }

    #[test]
    fn what_deceives_a_reader_is_escaped() {
        for hidden in
            ['\u{202e}', '\u{200b}', '\u{feff}', '\u{2066}', '\u{ad}', '\u{2028}', '\u{301}']
        {
            let escaped = escape(hidden.to_string().as_bytes(), false);
            assert!(escaped.starts_with(r"\x") && escaped.is_ascii(), "{escaped}");
        }
    }

    #[test]
    fn lines_stay_one() {
        assert_eq!(escape(b"a\r\n\tb\\\"", false), r#"a\r\n\tb\\\""#);
    }

    #[test]
    fn it_is_cut_between_characters() {
        assert_eq!(text(b"hello", 5, false), "hello");
        assert_eq!(text(b"hello", 4, false), "hel…");
        assert_eq!(text(b"hello", 4, true), "h...");
        assert_eq!(text(b"ab\x1bcd", 6, false), "ab…");
        assert_eq!(text("你好吗".as_bytes(), 6, false), "你好吗");
        assert_eq!(text("你好吗".as_bytes(), 5, false), "你好…");
        assert_eq!(text("你好吗".as_bytes(), 4, false), "你…");
        assert_eq!(text(b"hello", 2, true), "..");
        assert_eq!(text(b"hello", 0, true), "");
    }

    /// What the command language reads between quotes.
    fn unescape(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                continue;
            }
            match chars.next().unwrap() {
                'n' => bytes.push(b'\n'),
                'r' => bytes.push(b'\r'),
                't' => bytes.push(b'\t'),
                'x' => {
                    let digits: String = chars.by_ref().take(2).collect();
                    bytes.push(u8::from_str_radix(&digits, 16).unwrap());
                }
                other => bytes.extend(other.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        bytes
    }

    fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            any::<String>().prop_map(String::into_bytes),
        ]
    }

    proptest! {
        #[test]
        fn it_reads_as_the_same_bytes_again(bytes in any_bytes(), ascii: bool) {
            let escaped = escape(&bytes, ascii);
            prop_assert_eq!(unescape(&escaped), bytes);
            prop_assert!(escaped.chars().all(is_plain));
            prop_assert!(!ascii || escaped.is_ascii());
        }

        #[test]
        fn it_is_never_wider_than_asked(bytes in any_bytes(), max in 0..40usize, ascii: bool) {
            let whole = escape(&bytes, ascii);
            let cut = text(&bytes, max, ascii);
            prop_assert!(columns(&cut) <= max);
            prop_assert_eq!(cut == whole, columns(&whole) <= max);
        }
    }
}
