//! Where the columns of a ladder are: the same for every ladder on one screen.

use std::time::Duration;

use super::rung::Rung;
use crate::view::look::Look;
use crate::view::row::Row;

/// Columns of a state, with the mark of a supposed one: `SYN-RECEIVED?`
pub const STATE: usize = 13;
/// Narrowest screen. On a narrower one lines wrap.
const NARROWEST: usize = 40;
/// Widest ladder: beyond it the eye no longer follows an arrow.
const WIDEST: usize = 120;
/// Columns of a time: `+999 ms`, and a gap.
const TIME: usize = 8;

/// A silence from this on is shown.
pub const GAP: Duration = Duration::from_secs(1);

/// The columns of a ladder.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// All of it.
    pub width: usize,
    /// Empty columns on the left.
    pub indent: usize,
    /// Columns of the arrows.
    pub arrow: usize,
    /// Columns of times; 0 where there is no room for them.
    pub time: usize,
    /// Whether times stand on the left.
    pub time_first: bool,
}

impl Shape {
    /// For the ladder below a command.
    pub fn live(look: Look) -> Shape {
        let width = look.width.clamp(NARROWEST, WIDEST);
        let indent = if width < 64 { 0 } else { 2 };
        let time = if width < 52 { 0 } else { TIME };
        Shape::new(width, indent, time, false)
    }

    /// For a whole conversation, with its times on the left.
    pub fn whole(look: Look) -> Shape {
        let width = look.width.clamp(NARROWEST, WIDEST);
        let time = if width < 52 { 0 } else { TIME };
        Shape::new(width, 0, time, time > 0)
    }

    fn new(width: usize, indent: usize, time: usize, time_first: bool) -> Shape {
        let arrow = width - indent - time - 2 * STATE - 1;
        Shape { width, indent, arrow, time, time_first }
    }

    /// The column where arrows begin.
    pub fn arrow_at(&self) -> usize {
        self.indent + if self.time_first { self.time } else { 0 } + STATE
    }

    /// The column of the right end's state.
    pub fn right_at(&self) -> usize {
        self.arrow_at() + self.arrow + 1
    }

    /// Columns of shaft before a label.
    pub fn shaft_before(&self) -> usize {
        if self.arrow < 24 { 1 } else { 2 }
    }

    /// Columns for a label, so that head and shaft remain to be seen.
    pub fn label_room(&self) -> usize {
        self.arrow - self.shaft_before() - 4
    }

    /// Columns for words between the two ends, with a bracket and a gap on either side.
    pub fn words_room(&self) -> usize {
        self.arrow - 4
    }

    /// A rung as a line of text.
    pub fn line(&self, rung: Rung, look: Look) -> String {
        self.fitted(rung.row(self, look), look)
    }

    /// A row as a line of text, cut to the screen.
    pub fn fitted(&self, row: Row, look: Look) -> String {
        row.cut(self.width, look).line(look)
    }
}
