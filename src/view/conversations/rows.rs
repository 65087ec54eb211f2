//! A row for each end: on screens of eighty columns and more.

use super::layout::Rows;
use super::{Conversations, Names, Opening, Shown, states};
use crate::story::Side;
use crate::view::ladder::duration;
use crate::view::paint::Meaning;
use crate::view::pen::Pen;
use crate::view::quantity::{Bytes, Count};

impl Conversations {
    /// The titles, one row of them over the other.
    pub(super) fn heading_of_rows(&self, pen: &mut Pen<'_>, rows: &Rows) {
        let quiet = Meaning::Quiet;
        pen.right(rows.number, quiet, "no");
        pen.left(rows.address, quiet, "client");
        pen.right(rows.segments, quiet, "segs");
        pen.right(rows.bytes, quiet, "bytes");
        pen.right(rows.again, quiet, "sent");
        pen.left(rows.state, quiet, "state");
        pen.right(rows.time, quiet, "start");
        pen.left(rows.word, quiet, "opening");
        pen.turn();
        pen.right(rows.number, quiet, self.arrow(Opening::Syn(Side::A)));
        pen.left(rows.address, quiet, "server");
        pen.right(rows.again, quiet, "again");
        pen.right(rows.time, quiet, "took");
        pen.left(rows.word, quiet, "ending");
        pen.turn();
    }

    /// A conversation: its client's row, and its server's.
    pub(super) fn two_rows(
        &mut self,
        out: &mut String,
        shown: &Shown<'_>,
        rows: &Rows,
        names: Names<'_>,
    ) {
        let mut pen = Pen::new(out, self.look);
        for (place, side) in shown.sides.into_iter().enumerate() {
            let end = shown.connection.end(side);
            let is_first = place == 0;
            if is_first {
                pen.right(rows.number, Meaning::Quiet, self.cell(shown.stream));
            } else {
                pen.right(rows.number, Meaning::Quiet, self.arrow(shown.opening));
            }
            self.address(end.address, rows.segments - rows.address - 6, names);
            pen.left(rows.address, Meaning::Name([Side::A, Side::B][place]), &self.cell);
            // An address too long for its place has a line to itself.
            if pen.column() + 6 > rows.segments {
                pen.turn();
            }
            // One that talks to itself has no other end to count.
            if is_first || shown.opening != Opening::Itself {
                pen.right(rows.segments, Meaning::Plain, self.cell(Count(end.segments)));
                pen.right(rows.bytes, Meaning::Plain, self.cell(Bytes(end.bytes)));
                self.again(end.retransmissions);
                pen.right(rows.again, Meaning::Warning, &self.cell);
            }
            pen.left(rows.state, Meaning::Plain, &states(end));
            let took = shown.connection.last.since(shown.connection.first);
            let time = if is_first { shown.start } else { took };
            pen.right(rows.time, Meaning::Quiet, &duration(time, self.look));
            let (meaning, word) = if is_first {
                (Meaning::Plain, shown.opened(rows.is_wordy).to_owned())
            } else {
                shown.ended(rows.is_wordy)
            };
            pen.left(rows.word, meaning, &word);
            pen.turn();
        }
    }
}
