//! A line per conversation.

use std::io;

use super::Reading;
use crate::reading::Conversations;
use crate::session::columns_if_any;
use crate::view::conversations::{self, Recorded, Totals};

pub(super) fn write(reading: &mut Reading) -> io::Result<()> {
    let mut all = Conversations::new(reading.wish.is_filtered);
    let mut lines = Lines {
        view: conversations::Conversations::new(reading.look, columns_if_any()),
        text: String::new(),
        totals: Totals::default(),
    };
    lines.text.push_str(&lines.view.heading());
    lines.pass_on(reading)?;
    while let Some(batch) = reading.next() {
        for frame in &batch {
            all.take(frame);
        }
        if reading.wish.is_live {
            // Nobody waits for the end.
            all.let_go();
        }
        for connection in all.gone() {
            lines.line(reading, &all, &Recorded::let_go(&connection))?;
        }
    }
    for connection in all.kept() {
        lines.line(reading, &all, &Recorded::new(connection))?;
    }
    let counts = all.counts();
    lines.totals.fragments = counts.fragments;
    lines.totals.broken = counts.broken;
    lines.totals.not_tcp = counts.frames - counts.segments - counts.fragments - counts.broken;
    lines.totals.times = all.times();
    lines.text.push_str(&lines.totals.text(reading.look));
    lines.pass_on(reading)
}

struct Lines {
    view: conversations::Conversations,
    text: String,
    totals: Totals,
}

impl Lines {
    fn line(
        &mut self,
        reading: &mut Reading,
        all: &Conversations,
        recorded: &Recorded<'_>,
    ) -> io::Result<()> {
        if !reading.wants(recorded.stream) {
            return Ok(());
        }
        self.totals.conversations += 1;
        self.totals.segments += recorded.connection.segments;
        let names = |address| reading.frames.names().get(&address);
        self.view.line(&mut self.text, recorded, all.first(), &names);
        self.pass_on(reading)
    }

    fn pass_on(&mut self, reading: &mut Reading) -> io::Result<()> {
        reading.out.bytes.extend_from_slice(self.text.as_bytes());
        self.text.clear();
        reading.settle()
    }
}
