//! Payload bytes in quotes, in the command language's string syntax.

use super::sanitize;

/// The bytes in quotes, in at most `width` columns; `…` (or `...`) behind the quotes says that
/// there is more than what is shown. `len` is how many bytes there really were.
pub fn quote(bytes: &[u8], len: usize, width: usize, ascii: bool) -> String {
    let more = if ascii { "..." } else { "…" };
    let room = width.saturating_sub(2);
    // A column takes four bytes at most: what lies beyond is never seen, however much it is.
    let bytes = &bytes[..bytes.len().min(room.saturating_mul(4).saturating_add(4))];
    // Text in another encoding isn't half decoded: some of its bytes would pass for UTF-8.
    let ascii = ascii || !is_utf8(bytes);
    let whole = sanitize::escape(bytes, ascii);
    let columns = sanitize::columns(&whole);
    let cut = len > bytes.len();
    if !cut && columns <= room {
        return format!("\"{whole}\"");
    }
    if columns + sanitize::columns(more) <= room {
        return format!("\"{whole}\"{more}");
    }
    // Something must be seen to be missing: as many bytes as the mark is wide stand for it.
    let missing = if cut { &b"..."[..sanitize::columns(more)] } else { b"" };
    let shown = sanitize::text(&[bytes, missing].concat(), room, ascii);
    let mark = if ascii { "..." } else { "…" };
    format!("\"{}\"{more}", shown.strip_suffix(mark).unwrap_or_default())
}

/// Whether it is UTF-8, but for a character that may be cut at its end.
fn is_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_another_encoding_is_escaped_as_a_whole() {
        // 收到 in GBK: its middle two bytes would be a character of UTF-8.
        let gbk = b"\xca\xd5\xb5\xbd";
        assert_eq!(quote(gbk, 4, 80, false), r#""\xca\xd5\xb5\xbd""#);
        assert_eq!(quote("收到".as_bytes(), 6, 80, false), "\"收到\"");
    }

    #[test]
    fn a_quote_is_cut_between_characters_and_says_so() {
        assert_eq!(quote(b"hello", 5, 7, false), r#""hello""#);
        assert_eq!(quote(b"hello", 5, 6, false), r#""hel"…"#);
        assert_eq!(quote(b"hello", 500, 80, false), r#""hello"…"#);
        assert_eq!(quote(b"hello", 500, 7, false), r#""hell"…"#);
        assert_eq!(quote(b"ab\x1bcd", 5, 8, true), r#""ab"..."#);
        assert_eq!(quote("你好吗".as_bytes(), 9, 7, false), r#""你好"…"#);
        assert_eq!(quote(b"hello", 5, 0, false), r#"""…"#);
        assert_eq!(quote(&[b'x'; 4000], 4000, 7, false), r#""xxxx"…"#);
    }
}
