//! Writes cells at their columns, straight into a text: for lines of which there are very many.

use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::paint::{Meaning, paint};

/// Writes one line after another. A cell whose place is taken stands one space behind what took it.
pub struct Pen<'a> {
    out: &'a mut String,
    column: usize,
    look: Look,
}

impl<'a> Pen<'a> {
    /// At the start of a line of that text.
    pub fn new(out: &'a mut String, look: Look) -> Pen<'a> {
        Pen { out, column: 0, look }
    }

    /// Where the next piece would stand.
    pub fn column(&self) -> usize {
        self.column
    }

    /// A piece behind the last one.
    pub fn put(&mut self, meaning: Meaning, text: &str) {
        if self.look.colour {
            *self.out += &paint(meaning, text, self.look);
        } else {
            *self.out += text;
        }
        self.column += columns(text);
    }

    /// A cell that begins at that column. An empty one leaves no trace.
    pub fn left(&mut self, column: usize, meaning: Meaning, text: &str) {
        if text.is_empty() {
            return;
        }
        self.pad(column);
        self.put(meaning, text);
    }

    /// A cell that ends before that column.
    pub fn right(&mut self, edge: usize, meaning: Meaning, text: &str) {
        self.left(edge.saturating_sub(columns(text)), meaning, text);
    }

    /// Ends the line.
    pub fn turn(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn pad(&mut self, column: usize) {
        let least = self.column + usize::from(self.column > 0);
        let column = column.max(least);
        self.out.extend(std::iter::repeat_n(' ', column - self.column));
        self.column = column;
    }
}

/// Columns of a text without controls; most are plain ASCII.
fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_at_their_columns_or_behind_what_took_them() {
        let look =
            Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };
        let mut out = String::new();
        let mut pen = Pen::new(&mut out, look);
        pen.right(4, Meaning::Plain, "12");
        pen.left(5, Meaning::Plain, "a");
        pen.left(6, Meaning::Plain, "");
        pen.right(7, Meaning::Plain, "long");
        pen.turn();
        pen.left(2, Meaning::Plain, "你");
        pen.left(6, Meaning::Plain, "b");
        pen.turn();
        assert_eq!(out, "  12 a long\n  你  b\n");
    }
}
