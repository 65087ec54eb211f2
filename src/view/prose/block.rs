//! What a page is made of.

use pulldown_cmark::Alignment;

use super::text::Text;

/// A part of a page with lines of its own.
#[derive(Debug)]
pub enum Block {
    /// Of that level, 1 to 6.
    Heading(u8, Text),
    Paragraph(Text),
    List(List),
    Quote(Vec<Block>),
    /// Lines that are shown as they are.
    Code(String),
    Table(Table),
    Rule,
}

#[derive(Debug)]
pub struct List {
    /// The number of the first item; `None` for bullets.
    pub start: Option<u64>,
    /// Whether a blank line stands between items.
    pub loose: bool,
    pub items: Vec<Item>,
}

#[derive(Debug, Default)]
pub struct Item {
    /// Whether it is done, if it is a task.
    pub task: Option<bool>,
    pub blocks: Vec<Block>,
}

/// Its first row is its head.
#[derive(Debug)]
pub struct Table {
    pub alignments: Vec<Alignment>,
    pub rows: Vec<Vec<Text>>,
}
