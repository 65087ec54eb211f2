//! From blocks to rows.

use super::block::{Block, Item, List};
use super::table;
use super::text::{Text, without_blank_ends};
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::{Row, safe};

/// No page is narrower, in columns.
pub const NARROWEST: usize = 20;

/// What is indented keeps as many columns, or isn't indented.
const LEAST: usize = 16;

/// By how much code is indented.
const CODE: usize = 4;

/// A tab in code leads to the next multiple of so many columns.
const TAB: usize = 8;

/// How many columns there are.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// For what is no running text.
    pub full: usize,
    /// For running text.
    pub text: usize,
}

impl Room {
    /// What is left beside a margin, if that is enough.
    fn beside(self, margin: usize) -> Option<Room> {
        let text = self.text.checked_sub(margin).filter(|text| *text >= LEAST)?;
        Some(Room { full: self.full - margin, text })
    }
}

/// The rows of those blocks, with a blank one between them if they are loose.
pub fn rows(blocks: &[Block], loose: bool, room: Room, look: Look) -> Vec<Row> {
    let mut rows = Vec::new();
    for block in blocks {
        let of_block = of_block(block, room, look);
        if loose && !rows.is_empty() && !of_block.is_empty() {
            rows.push(Row::default());
        }
        rows.extend(of_block);
    }
    rows
}

fn of_block(block: &Block, room: Room, look: Look) -> Vec<Row> {
    match block {
        Block::Heading(level, text) => heading(*level, text, room, look),
        Block::Paragraph(text) => text.wrap(room.text),
        Block::List(list) => self::list(list, room, look),
        Block::Quote(blocks) => quote(blocks, room, look),
        Block::Code(code) => self::code(code, room, look),
        Block::Table(table) => table::rows(table, room.full, look),
        Block::Rule => vec![Row::of(Meaning::Quiet, stroke(look).repeat(room.text))],
    }
}

/// A heading is underlined, so that it is one without colour too.
fn heading(level: u8, text: &Text, room: Room, look: Look) -> Vec<Row> {
    let mut rows = text.wrap(room.text);
    let width = rows.iter().map(Row::width).max().unwrap_or(0);
    let line = match (level, look.ascii) {
        (1, false) => "═",
        (1, true) => "=",
        (2, _) => stroke(look),
        (_, false) => "┄",
        (_, true) => ".",
    };
    rows.push(Row::of(Meaning::Quiet, line.repeat(width)));
    rows
}

/// What lines are drawn with.
pub fn stroke(look: Look) -> &'static str {
    if look.ascii { "-" } else { "─" }
}

fn list(list: &List, room: Room, look: Look) -> Vec<Row> {
    let count = list.items.len();
    let widest = list.start.map_or(0, |first| number(first, count.saturating_sub(1)).len());
    let mut rows = Vec::new();
    for (place, item) in list.items.iter().enumerate() {
        if list.loose && place > 0 {
            rows.push(Row::default());
        }
        let marker = match (list.start, item.task) {
            (Some(first), _) => format!("{:>widest$} ", number(first, place)),
            (None, Some(true)) => "[x] ".to_owned(),
            (None, Some(false)) => "[ ] ".to_owned(),
            (None, None) if look.ascii => "- ".to_owned(),
            (None, None) => "• ".to_owned(),
        };
        rows.extend(self::item(item, list.loose, &marker, room, look));
    }
    rows
}

fn number(first: u64, place: usize) -> String {
    format!("{}.", first.saturating_add(place as u64))
}

fn item(item: &Item, loose: bool, marker: &str, room: Room, look: Look) -> Vec<Row> {
    let first = Row::of(Meaning::Plain, marker);
    let Some(beside) = room.beside(first.width()) else {
        return [vec![first], rows(&item.blocks, loose, room, look)].concat();
    };
    let mut rows = rows(&item.blocks, loose, beside, look);
    if rows.is_empty() {
        rows.push(Row::default());
    }
    let rest = Row::of(Meaning::Plain, " ".repeat(first.width()));
    let margins = std::iter::once(first).chain(std::iter::repeat(rest));
    margins.zip(rows).map(|(margin, row)| behind(margin, row)).collect()
}

fn quote(blocks: &[Block], room: Room, look: Look) -> Vec<Row> {
    let margin = Row::of(Meaning::Quiet, if look.ascii { "> " } else { "│ " });
    match room.beside(margin.width()) {
        Some(beside) => {
            let rows = rows(blocks, true, beside, look).into_iter();
            rows.map(|row| behind(margin.clone(), row)).collect()
        }
        None => rows(blocks, true, room, look),
    }
}

fn code(code: &str, room: Room, look: Look) -> Vec<Row> {
    let margin = Row::of(Meaning::Plain, " ".repeat(CODE));
    let mut rows = Vec::new();
    for line in code.lines() {
        let line = safe(&without_tabs(line), Look { ascii: false, ..look });
        for part in in_parts(&line, room.full - CODE) {
            rows.push(behind(margin.clone(), Row::of(Meaning::Code, part)));
        }
    }
    without_blank_ends(rows)
}

/// A line of code, its further parts indented more than it, so that nothing of it is lost on a
/// narrow screen.
fn in_parts(line: &str, columns: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let further = " ".repeat((indent + CODE).min(columns / 2));
    let options = textwrap::Options::new(columns)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .subsequent_indent(&further);
    let parts = textwrap::wrap(line, options);
    parts.into_iter().map(|part| part.trim_end().to_owned()).collect()
}

fn without_tabs(line: &str) -> String {
    let mut shown = String::new();
    for part in line.split_inclusive('\t') {
        shown += part.trim_end_matches('\t');
        if part.ends_with('\t') {
            let column = crate::view::sanitize::columns(&shown);
            shown += &" ".repeat(TAB - column % TAB);
        }
    }
    shown
}

fn behind(mut margin: Row, row: Row) -> Row {
    margin.append(row);
    margin
}
