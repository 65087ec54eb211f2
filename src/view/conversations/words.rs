//! Words that wrap: on screens so narrow that nothing lines up.

use super::{Conversations, Names, Shown, states};
use crate::story::Side;
use crate::view::ladder::duration;
use crate::view::paint::Meaning;
use crate::view::pen::Pen;
use crate::view::quantity::{Bytes, counted};

impl Conversations {
    /// A conversation: its ends, then what is to be said of it.
    pub(super) fn words(
        &mut self,
        out: &mut String,
        shown: &Shown<'_>,
        width: usize,
        names: Names<'_>,
    ) {
        let mut pen = Pen::new(out, self.look);
        for (place, side) in shown.sides.into_iter().enumerate() {
            let mark = [shown.stream.to_string(), self.arrow(shown.opening).to_owned()];
            pen.right(3, Meaning::Quiet, &mark[place]);
            self.address(shown.connection.end(side).address, width - 4, names);
            pen.left(4, Meaning::Name([Side::A, Side::B][place]), &self.cell);
            pen.turn();
        }
        let took = duration(shown.connection.last.since(shown.connection.first), self.look);
        let at = duration(shown.start, self.look);
        let mut parts = vec![
            format!("opening: {}", shown.opened(true)),
            format!("start {at}"),
            format!("took {took}"),
            format!("ending: {}", shown.ended(true).1),
        ];
        for (name, side) in ["first", "second"].into_iter().zip(shown.sides) {
            let end = shown.connection.end(side);
            let (segments, bytes) = (counted(end.segments, "segment"), Bytes(end.bytes));
            let name = match shown.opening.client() {
                Some(client) if client == side => "client",
                Some(_) => "server",
                None => name,
            };
            self.again(end.retransmissions);
            let again = Some(&self.cell).filter(|again| !again.is_empty());
            let again = again.map_or_else(String::new, |again| format!(", {again} sent again"));
            parts.push(format!("{name} {}, {segments}, {bytes}{again}", states(end)));
        }
        let separator = if self.look.ascii { ";" } else { " ·" };
        let text = parts.join(&format!("{separator} "));
        let options =
            textwrap::Options::new(width).initial_indent("    ").subsequent_indent("    ");
        for line in textwrap::wrap(&text, options) {
            *out += &line;
            out.push('\n');
        }
    }
}
