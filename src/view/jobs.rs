//! `jobs`: the calls that haven't returned, and what each waits for.

use std::time::Duration;

use super::ladder::duration;
use super::look::Look;
use super::paint::Meaning;
use super::row::{Row as Line, safe};
use super::table::{Column, table};

/// One pending call.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number, counted from 1.
    pub job: u32,
    /// The call, as `accept(server)`.
    pub call: String,
    /// How long it has been waiting.
    pub since: Duration,
    /// What it waits for, in a sentence.
    pub waits: String,
}

/// The table.
pub fn jobs(rows: &[Row], look: Look) -> String {
    if rows.is_empty() {
        return Line::of(Meaning::Quiet, "no jobs").line(look);
    }
    let column = |heading, numbers, cell: &dyn Fn(&Row) -> (Meaning, String)| Column {
        heading,
        numbers,
        rank: 0,
        cells: rows.iter().map(cell).collect(),
    };
    let columns = vec![
        column("job", true, &|row| (Meaning::Number, row.job.to_string())),
        column("for", true, &|row| (Meaning::Quiet, duration(row.since, look))),
        column("call", false, &|row| (Meaning::Call, safe(&row.call, look))),
        column("", false, &|row| (Meaning::Quiet, safe(&row.waits, look))),
    ];
    table(columns, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ladder::test_moments::LOOK;

    #[test]
    fn each_job_says_what_it_waits_for() {
        let row = |job, call: &str, millis, waits: &str| Row {
            job,
            call: call.to_owned(),
            since: Duration::from_millis(millis),
            waits: waits.to_owned(),
        };
        let rows = [
            row(1, "accept(server)", 4_200, "its queue is empty"),
            row(
                12,
                "recv(conn, 1024)",
                310,
                "client has sent nothing that is unread, and may never",
            ),
        ];
        insta::assert_snapshot!(jobs(&rows, LOOK), @r"
        job    for call
          1 4.20 s accept(server)   its queue is empty
         12 310 ms recv(conn, 1024) client has sent nothing that is unread, and may nev…
        ");
        insta::assert_snapshot!(jobs(&rows, Look { width: 50, ..LOOK }), @r"
        job    for call
          1 4.20 s accept(server)   its queue is empty
         12 310 ms recv(conn, 1024) client has sent nothi…
        ");
        insta::assert_snapshot!(jobs(&[], LOOK), @r"
        no jobs
        ");
    }
}
