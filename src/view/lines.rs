//! Words with gaps between them, on one line or on as many as it takes.

use unicode_width::UnicodeWidthStr;

/// Between two words.
pub const GAP: &str = "  ";

/// Words with gaps between them, on one line or as many as it takes.
pub struct Lines {
    done: String,
    line: String,
    indent: usize,
    width: usize,
}

impl Lines {
    /// Begins with `start`; further lines are indented as far, by a quarter of the width at most.
    pub fn new(start: String, width: usize) -> Lines {
        let indent = start.width().min(width / 4);
        Lines { done: String::new(), line: start, indent, width }
    }

    /// One more word, padded to `least` columns. An empty one without width leaves no gap.
    pub fn put(&mut self, word: &str, least: usize) {
        let columns = word.width();
        if columns == 0 && least == 0 {
            return;
        }
        if columns > self.left() {
            self.turn();
        }
        if columns > self.left() && word.contains(' ') {
            return word.split(' ').for_each(|part| self.put(part, 0));
        }
        self.line += GAP;
        self.line += word;
        self.line.extend(std::iter::repeat_n(' ', least.saturating_sub(columns)));
    }

    /// Columns for the next word, on a new line if this one has fewer than `least`.
    pub fn room(&mut self, least: usize) -> usize {
        if self.left() < least {
            self.turn();
        }
        self.left()
    }

    fn left(&self) -> usize {
        self.width.saturating_sub(self.line.width() + GAP.len())
    }

    fn turn(&mut self) {
        if !self.line.trim().is_empty() {
            self.done += self.line.trim_end();
            self.done.push('\n');
        }
        self.line = " ".repeat(self.indent);
    }

    /// The text, each line ended.
    pub fn finish(mut self) -> String {
        self.turn();
        self.done
    }
}
