//! Rows in columns: as wide as what stands in them, and the least needed ones left out where the
//! screen is narrow.

use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::paint::Meaning;
use super::row::Row;

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
    /// Whether it is aligned to the right.
    pub right: bool,
    /// When it is left out: the highest first; 0 never is.
    pub rank: u8,
}

/// What stands in one place.
pub type Cell = (Meaning, String);

/// The rows below their titles, each line ended. Without rows, nothing.
pub fn table(columns: &[Column], rows: &[Vec<Cell>], look: Look) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            cells.map(|(_, text)| text.width()).max().unwrap_or(0).max(column.title.width())
        })
        .collect();
    let kept = fitting(columns, rows, &widths, look.width);
    let titles: Vec<Cell> =
        columns.iter().map(|column| (Meaning::Quiet, column.title.to_owned())).collect();
    std::iter::once(&titles)
        .chain(rows)
        .map(|row| line(columns, row, &widths, &kept).cut(look.width, look).line(look))
        .collect()
}

/// The places of the columns that there is room for. One that is empty throughout isn't shown.
fn fitting(columns: &[Column], rows: &[Vec<Cell>], widths: &[usize], width: usize) -> Vec<usize> {
    let is_used = |at: usize| rows.iter().any(|row| row.get(at).is_some_and(|c| !c.1.is_empty()));
    let mut kept: Vec<usize> = (0..columns.len()).filter(|at| is_used(*at)).collect();
    while kept.iter().map(|at| widths[*at] + 2).sum::<usize>() > width {
        let Some(least) = kept.iter().copied().max_by_key(|at| columns[*at].rank) else { break };
        if columns[least].rank == 0 {
            break;
        }
        kept.retain(|at| *at != least);
    }
    kept
}

fn line(columns: &[Column], row: &[Cell], widths: &[usize], kept: &[usize]) -> Row {
    let mut line = Row::default();
    for at in kept {
        line.say("  ");
        let Some((meaning, text)) = row.get(*at) else { continue };
        let start = line.width();
        if columns[*at].right {
            line.pad_to(start + widths[*at] - text.width());
        }
        line.put(*meaning, text.as_str());
        line.pad_to(start + widths[*at]);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { title: "fd", right: true, rank: 2 },
        Column { title: "name", right: false, rank: 0 },
        Column { title: "state", right: false, rank: 1 },
    ];

    fn drawn(width: usize) -> String {
        let cell = |text: &str| (Meaning::Plain, text.to_owned());
        let rows = [
            vec![cell("5"), cell("server"), cell("LISTEN")],
            vec![cell("11"), cell("客户"), cell("ESTABLISHED")],
        ];
        let look = Look { width, ascii: false, raw_seq: false, arithmetic: false, colour: false };
        table(&COLUMNS, &rows, look)
    }

    #[test]
    fn columns_line_up_by_display_width() {
        insta::assert_snapshot!(drawn(80), @r"
        fd  name    state
         5  server  LISTEN
        11  客户    ESTABLISHED
        ");
    }

    #[test]
    fn a_narrow_screen_leaves_out_what_is_needed_least() {
        insta::assert_snapshot!(drawn(24), @r"
        name    state
        server  LISTEN
        客户    ESTABLISHED
        ");
        insta::assert_snapshot!(drawn(12), @r"
        name
        server
        客户
        ");
    }
}
