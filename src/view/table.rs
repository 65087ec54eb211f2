//! Rows of cells below headings, as wide as their widest, left out from the least needed on until
//! all fits.

use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::paint::Meaning;
use super::row::Row;

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// What stands above it.
    pub heading: &'static str,
    /// Whether its cells are numbers, which stand on the right.
    pub numbers: bool,
    /// How soon it is left out where the screen is narrow: the highest first, 0 never.
    pub rank: u8,
    /// Its cells, safe to show, each with its meaning.
    pub cells: Vec<(Meaning, String)>,
}

impl Column {
    /// A column without a single cell that says something is left out.
    fn is_empty(&self) -> bool {
        self.cells.iter().all(|(_, cell)| cell.is_empty())
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(_, cell)| cell.width());
        cells.chain([self.heading.width()]).max().unwrap_or(0)
    }
}

/// Whether all columns fit on that screen.
pub fn fits(columns: &[Column], look: Look) -> bool {
    let shown = columns.iter().filter(|column| !column.is_empty());
    let gaps = shown.clone().count().saturating_sub(1);
    shown.map(Column::width).sum::<usize>() + gaps <= look.width
}

/// The table as text: a line of headings, then one for each row.
pub fn table(mut columns: Vec<Column>, look: Look) -> String {
    columns.retain(|column| !column.is_empty());
    let gap = loop {
        let cells: usize = columns.iter().map(Column::width).sum();
        let gaps = columns.len().saturating_sub(1);
        if let Some(gap) = [2, 1].into_iter().find(|gap| cells + gaps * gap <= look.width) {
            break gap;
        }
        let highest = columns.iter().map(|column| column.rank).max().unwrap_or(0);
        match columns.iter().rposition(|column| column.rank == highest && highest > 0) {
            Some(least) => columns.remove(least),
            None => break 1,
        };
    };
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    let headings = line(&columns, gap, look, |column| (Meaning::Quiet, column.heading));
    let lines = (0..rows).map(|place| {
        line(&columns, gap, look, |column| {
            column.cells.get(place).map_or((Meaning::Plain, ""), |(m, cell)| (*m, cell))
        })
    });
    std::iter::once(headings).chain(lines).collect()
}

fn line<'a>(
    columns: &'a [Column],
    gap: usize,
    look: Look,
    cell: impl Fn(&'a Column) -> (Meaning, &'a str),
) -> String {
    let mut row = Row::default();
    let mut end = 0;
    for column in columns {
        let (meaning, text) = cell(column);
        let start = end + if end > 0 { gap } else { 0 };
        end = start + column.width();
        row.pad_to(if column.numbers { end - text.width() } else { start });
        row.put(meaning, text);
    }
    row.cut(look.width, look).line(look)
}
