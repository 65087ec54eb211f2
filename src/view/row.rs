//! One line of a view while it is laid out: pieces of text with their meaning. Colour comes last.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::look::Look;
use super::paint::{Meaning, paint};

/// A line, or a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    spans: Vec<(Meaning, String)>,
    width: usize,
}

impl Row {
    /// A row of one piece.
    pub fn of(meaning: Meaning, text: impl Into<String>) -> Row {
        let mut row = Row::default();
        row.put(meaning, text);
        row
    }

    /// Its width in columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether nothing has been put into it.
    pub fn is_empty(&self) -> bool {
        self.width == 0
    }

    /// Adds a piece.
    pub fn put(&mut self, meaning: Meaning, text: impl Into<String>) {
        let text = text.into();
        self.width += text.width();
        self.spans.push((meaning, text));
    }

    /// Adds a piece of no particular meaning.
    pub fn say(&mut self, text: impl Into<String>) {
        self.put(Meaning::Plain, text);
    }

    /// Adds another row behind.
    pub fn append(&mut self, other: Row) {
        self.width += other.width;
        self.spans.extend(other.spans);
    }

    /// Fills with spaces up to that column.
    pub fn pad_to(&mut self, column: usize) {
        if column > self.width {
            self.say(" ".repeat(column - self.width));
        }
    }

    /// The row in at most so many columns; `…` (or `...`) where it was cut.
    #[must_use]
    pub fn cut(self, columns: usize, look: Look) -> Row {
        if self.width <= columns {
            return self;
        }
        let more = ellipsis(look, columns);
        let mut room = columns - more.width();
        let mut kept = Row::default();
        for (meaning, text) in self.spans {
            let part = beginning(&text, room);
            room -= part.width();
            let whole = part.len() == text.len();
            kept.put(meaning, part);
            if !whole {
                break;
            }
        }
        kept.put(Meaning::Quiet, more);
        kept
    }

    /// The row as a line of text, painted, without spaces at its end, with a newline.
    pub fn line(&self, look: Look) -> String {
        let last = self.spans.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        let mut line = String::new();
        for (place, (meaning, text)) in self.spans.iter().enumerate() {
            match last {
                Some(last) if place < last => line += &paint(*meaning, text, look),
                Some(last) if place == last => line += &paint(*meaning, text.trim_end(), look),
                Some(_) | None => {}
            }
        }
        line.push('\n');
        line
    }
}

/// As much of the text's beginning as fits into so many columns.
fn beginning(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (place, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[..place];
        }
    }
    text
}

/// What says that there is more, in at most so many columns.
fn ellipsis(look: Look, columns: usize) -> &'static str {
    let more = if look.ascii { "..." } else { "…" };
    more.get(..more.len().min(columns)).unwrap_or(if columns > 0 { more } else { "" })
}

/// Text that came from outside, safe to show: one line, without anything that a terminal obeys,
/// and without what is not ASCII where only ASCII may be shown.
pub fn safe(text: &str, look: Look) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.width().unwrap_or(0) > 0 && !is_turning(c) && (c.is_ascii() || !look.ascii) {
            shown.push(c);
        } else {
            shown.extend(c.escape_unicode());
        }
    }
    shown
}

/// Characters that turn the direction of writing: a reader would be deceived.
fn is_turning(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look =
        Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };

    #[test]
    fn a_cut_row_fits_and_says_that_it_was_cut() {
        let row = Row::of(Meaning::Plain, "你好 world");
        for columns in 0..12 {
            let cut = row.clone().cut(columns, LOOK);
            assert!(cut.width() <= columns, "{columns}: {}", cut.line(LOOK));
        }
        assert_eq!(row.clone().cut(4, LOOK).line(LOOK), "你…\n");
        assert_eq!(row.cut(6, Look { ascii: true, ..LOOK }).line(LOOK), "你...\n");
    }

    #[test]
    fn a_line_ends_where_its_ink_ends() {
        let mut row = Row::of(Meaning::State, "CLOSED");
        row.pad_to(40);
        assert_eq!(row.line(LOOK), "CLOSED\n");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_safe() {
        assert_eq!(safe("a\x1b[1m\u{202e}b", LOOK), r"a\u{1b}[1m\u{202e}b");
        assert_eq!(safe("é", Look { ascii: true, ..LOOK }), r"\u{e9}");
    }
}
