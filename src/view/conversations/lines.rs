//! One line for each: on wide screens, and where there is none.

use super::layout::Lines;
use super::{Conversations, Names, Opening, Shown, states};
use crate::story::Side;
use crate::view::ladder::duration;
use crate::view::paint::Meaning;
use crate::view::pen::Pen;
use crate::view::quantity::{Bytes, Count};

impl Conversations {
    /// The titles.
    pub(super) fn heading_of_lines(&self, pen: &mut Pen<'_>, lines: &Lines) {
        let quiet = Meaning::Quiet;
        pen.right(lines.number, quiet, "no");
        pen.left(lines.ends, quiet, "client");
        pen.put(quiet, " ");
        pen.put(quiet, self.arrow(Opening::Syn(Side::A)));
        pen.put(quiet, " server");
        pen.left(lines.opened, quiet, "opening");
        pen.right(lines.start, quiet, "start");
        pen.right(lines.took, quiet, "took");
        let arrows = if self.look.ascii { ["->", "<-"] } else { ["→", "←"] };
        for (arrow, (segments, bytes)) in arrows.into_iter().zip(lines.each_way) {
            pen.right(segments, quiet, &format!("{arrow} segs"));
            pen.right(bytes, quiet, "bytes");
        }
        pen.right(lines.again, quiet, "again");
        pen.left(lines.states[0], quiet, "states");
        pen.left(lines.ended, quiet, "ending");
        pen.turn();
    }

    /// A conversation.
    pub(super) fn one_line(
        &mut self,
        out: &mut String,
        shown: &Shown<'_>,
        lines: &Lines,
        names: Names<'_>,
    ) {
        let mut pen = Pen::new(out, self.look);
        let ends = shown.sides.map(|side| shown.connection.end(side));
        pen.right(lines.number, Meaning::Quiet, self.cell(shown.stream));
        self.address(ends[0].address, lines.name, names);
        pen.left(lines.ends, Meaning::Name(Side::A), &self.cell);
        pen.put(Meaning::Plain, " ");
        pen.put(Meaning::Quiet, self.arrow(shown.opening));
        pen.put(Meaning::Plain, " ");
        self.address(ends[1].address, lines.name, names);
        pen.put(Meaning::Name(Side::B), &self.cell);
        // A line to themselves, where there is a screen to keep to.
        if pen.column() >= lines.opened && lines.is_bounded {
            pen.turn();
        }
        pen.left(lines.opened, Meaning::Plain, shown.opened(lines.is_wordy));
        pen.right(lines.start, Meaning::Quiet, &duration(shown.start, self.look));
        let took = shown.connection.last.since(shown.connection.first);
        pen.right(lines.took, Meaning::Quiet, &duration(took, self.look));
        for (end, (segments, bytes)) in ends.into_iter().zip(lines.each_way) {
            pen.right(segments, Meaning::Plain, self.cell(Count(end.segments)));
            pen.right(bytes, Meaning::Plain, self.cell(Bytes(end.bytes)));
        }
        self.again(ends[0].retransmissions + ends[1].retransmissions);
        pen.right(lines.again, Meaning::Warning, &self.cell);
        for (end, column) in ends.into_iter().zip(lines.states) {
            pen.left(column, Meaning::Plain, &states(end));
        }
        let (meaning, word) = shown.ended(lines.is_wordy);
        pen.left(lines.ended, meaning, &word);
        pen.turn();
    }
}
