//! How wide the terminal is.

use std::io::{self, IsTerminal};

use crate::view::Look;

/// Columns where there is no terminal to ask.
const USUAL: usize = 80;

/// Rows of the terminal that standard output is now.
pub fn rows() -> Option<usize> {
    let size = terminal_size::terminal_size_of(io::stdout());
    size.map(|(_, height)| usize::from(height.0)).filter(|rows| *rows > 0)
}

/// Columns of the terminal that standard output is now, or that `COLUMNS` says; `None` where lines
/// may be as long as they must be.
pub fn columns_if_any() -> Option<usize> {
    let is_any = io::stdout().is_terminal() || std::env::var_os("COLUMNS").is_some();
    is_any.then(columns)
}

/// Columns of the terminal that standard output is now; where it is none, `COLUMNS`, or 80. Never
/// so few that nothing fits, nor so many that lines can't be read.
pub fn columns() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal_size::terminal_size_of(io::stdout())
        .map(|(width, _)| usize::from(width.0))
        .or(asked)
        .unwrap_or(USUAL)
        .clamp(20, Look::WIDEST)
}
