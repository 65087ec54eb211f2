//! Tables: columns as wide as what stands in them; where the page is narrower, cells of several
//! lines; where it is narrower still, one line for each cell.

use pulldown_cmark::Alignment;

use super::block::Table;
use super::page::stroke;
use super::text::Text;
use crate::view::lines::GAP;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::Row;

/// A column that is narrower can't be read, unless nothing longer stands in it.
const LEAST: usize = 4;

/// The table's rows on a page of so many columns.
pub fn rows(table: &Table, page: usize, look: Look) -> Vec<Row> {
    let columns = table.alignments.len();
    let room = page.saturating_sub(GAP.len() * columns.saturating_sub(1));
    let least: Vec<usize> = widths(table, |text| text.width().min(LEAST));
    if least.iter().sum::<usize>() > room {
        return one_by_one(table, page);
    }
    let widths = fitting(table, room);
    let mut rows = Vec::new();
    for (place, row) in table.rows.iter().enumerate() {
        rows.extend(lines(row, &table.alignments, &widths));
        if place == 0 {
            rows.push(rule(&widths, look));
        }
    }
    rows
}

/// Of each column the most of what is asked of its cells.
fn widths(table: &Table, of: impl Fn(&Text) -> usize) -> Vec<usize> {
    let cells = |at: usize| table.rows.iter().filter_map(move |row| row.get(at));
    (0..table.alignments.len()).map(|at| cells(at).map(&of).max().unwrap_or(0)).collect()
}

/// How wide each column is. Words stay whole if all columns' widest have room.
fn fitting(table: &Table, room: usize) -> Vec<usize> {
    let words = widths(table, Text::widest_word);
    let Some(left) = room.checked_sub(words.iter().sum()) else { return shared(&words, room) };
    let wholes = widths(table, Text::width);
    let wanted: Vec<usize> =
        wholes.iter().zip(&words).map(|(whole, word)| whole.saturating_sub(*word)).collect();
    shared(&wanted, left).iter().zip(&words).map(|(more, word)| more + word).collect()
}

/// The room, shared: everyone gets what he wants, or as much as the others who want more.
fn shared(wanted: &[usize], room: usize) -> Vec<usize> {
    let mut given = vec![0; wanted.len()];
    let mut places: Vec<usize> = (0..wanted.len()).collect();
    places.sort_by_key(|place| wanted[*place]);
    let mut left = room;
    for (before, place) in places.iter().enumerate() {
        given[*place] = wanted[*place].min(left / (places.len() - before));
        left -= given[*place];
    }
    given
}

fn lines(row: &[Text], alignments: &[Alignment], widths: &[usize]) -> Vec<Row> {
    let cells: Vec<Vec<Row>> =
        row.iter().zip(widths).map(|(text, width)| text.wrap((*width).max(2))).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|at| {
            let mut line = Row::default();
            let mut start = 0;
            for ((cell, alignment), width) in cells.iter().zip(alignments).zip(widths) {
                let words = cell.get(at).cloned().unwrap_or_default();
                let spare = width.saturating_sub(words.width());
                line.pad_to(start + before(*alignment, spare));
                line.append(words);
                start += width + GAP.len();
            }
            line
        })
        .collect()
}

/// How much of what is to spare stands before the words.
fn before(alignment: Alignment, spare: usize) -> usize {
    match alignment {
        Alignment::None | Alignment::Left => 0,
        Alignment::Center => spare / 2,
        Alignment::Right => spare,
    }
}

fn rule(widths: &[usize], look: Look) -> Row {
    let lines: Vec<String> = widths.iter().map(|width| stroke(look).repeat(*width)).collect();
    Row::of(Meaning::Quiet, lines.join(GAP))
}

/// Each row's cells below each other, behind what stands at the column's head.
fn one_by_one(table: &Table, page: usize) -> Vec<Row> {
    let Some((head, body)) = table.rows.split_first() else { return Vec::new() };
    let mut rows = Vec::new();
    for row in body {
        if !rows.is_empty() {
            rows.push(Row::default());
        }
        for (title, cell) in head.iter().zip(row) {
            let mut text = title.clone();
            text.say(Meaning::Plain, ": ");
            text.append(cell);
            rows.extend(text.wrap(page));
        }
    }
    rows
}
