//! Words with gaps between them, on one line or on as many as it takes.

use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::paint::Meaning;
use super::row::Row;

/// Between two words.
pub const GAP: &str = "  ";

/// Lines that are being filled.
pub struct Lines {
    done: String,
    row: Row,
    indent: usize,
    look: Look,
}

impl Lines {
    /// Begins with `start`; further lines are indented as far, by a quarter of the width at most.
    pub fn new(start: Row, look: &Look) -> Lines {
        let indent = start.width().min(look.width / 4);
        Lines { done: String::new(), row: start, indent, look: *look }
    }

    /// One more word, padded to `least` columns; on a new line if this one has no room for it, and
    /// broken at its spaces if a new one hasn't either. An empty one without width leaves no gap.
    pub fn put(&mut self, meaning: Meaning, word: &str, least: usize) {
        let columns = word.width();
        if columns == 0 && least == 0 {
            return;
        }
        if columns > self.left() {
            self.turn();
        }
        if columns > self.left() && word.contains(' ') {
            return word.split(' ').for_each(|part| self.put(meaning, part, 0));
        }
        self.row.say(GAP);
        let start = self.row.width();
        self.row.put(meaning, word);
        self.row.pad_to(start + least);
    }

    /// Columns for the next word, on a new line if this one has fewer than `least`.
    pub fn room(&mut self, least: usize) -> usize {
        if self.left() < least {
            self.turn();
        }
        self.left()
    }

    /// The text, each line ended.
    pub fn finish(mut self) -> String {
        self.turn();
        self.done
    }

    fn left(&self) -> usize {
        self.look.width.saturating_sub(self.row.width() + GAP.len())
    }

    fn turn(&mut self) {
        if self.row.width() > self.indent || self.done.is_empty() {
            self.done += &self.row.line(self.look);
        }
        self.row = Row::default();
        self.row.pad_to(self.indent);
    }
}
