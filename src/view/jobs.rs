//! `jobs`: the calls that wait.

use std::time::Duration;

use super::ladder::duration;
use super::look::Look;
use super::paint::Meaning;
use super::sanitize::escape;
use super::table::{Cell, Column, table};

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Line {
    /// The job's number.
    pub number: u32,
    /// `accept(server)`
    pub call: String,
    /// How long it has waited.
    pub waited: Duration,
    /// Why, in half a sentence.
    pub because: String,
}

const COLUMNS: [Column; 4] = [
    Column { title: "job", right: true, rank: 0 },
    Column { title: "call", right: false, rank: 0 },
    Column { title: "for", right: true, rank: 2 },
    Column { title: "because", right: false, rank: 1 },
];

/// The table. Empty without jobs.
pub fn jobs(lines: &[Line], look: Look) -> String {
    let rows: Vec<Vec<Cell>> = lines
        .iter()
        .map(|line| {
            vec![
                (Meaning::Number, line.number.to_string()),
                (Meaning::Call, escape(line.call.as_bytes(), look.ascii)),
                (Meaning::Quiet, duration(line.waited, look)),
                (Meaning::Plain, escape(line.because.as_bytes(), look.ascii)),
            ]
        })
        .collect();
    table(&COLUMNS, &rows, look)
}
