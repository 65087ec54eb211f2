//! Markdown as text for a terminal: what lessons say.
//!
//! Three steps: `reader` makes blocks of it, `page` makes rows of those, and rows become lines. Lines
//! are broken by what characters are: Chinese between any two of its characters, but with no closing
//! punctuation at a line's start.

mod block;
mod page;
mod reader;
mod table;
mod text;

use block::Block;
use page::Room;

use super::look::Look;

/// Paragraphs are no wider on any screen: longer lines are hard to follow.
const WIDEST: usize = 80;

/// The Markdown as text, ended by a newline; nothing if there is nothing to show. No line is wider
/// than the look, and nothing that a terminal obeys is in it but colours.
pub fn prose(markdown: &str, look: Look) -> String {
    shown(&reader::read(markdown, look), look)
}

/// A step's heading, which may have `code` and emphasis in it, as it stands in [`prose`].
pub fn heading(text: &str, look: Look) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    prose(&format!("## {one_line}"), look)
}

fn shown(blocks: &[Block], look: Look) -> String {
    let full = look.width.max(page::NARROWEST);
    let room = Room { full, text: full.min(WIDEST) };
    page::rows(blocks, true, room, look).iter().map(|row| row.line(look)).collect()
}

#[cfg(test)]
mod tests;
