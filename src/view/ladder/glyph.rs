//! The characters that ladders are drawn with.

use crate::story::Side;
use crate::view::look::Look;

/// One set of characters. Every one is a single column wide, but for `arrow`.
#[derive(Debug)]
pub struct Glyphs {
    /// The shaft of an arrow.
    pub shaft: &'static str,
    /// Its head, by the side that it points to.
    pub head: [&'static str; 2],
    /// The head of a segment that ends a connection.
    pub cross: &'static str,
    /// Where a segment waits.
    pub held: &'static str,
    /// Where a segment is on its way for a while.
    pub later: &'static str,
    /// Something has been left out.
    pub skip: &'static str,
    /// From one to another, in running text.
    pub arrow: &'static str,
    /// Between the items of a heading.
    pub dot: &'static str,
    /// A bracket's upper corner, by side.
    pub opens: [&'static str; 2],
    /// A bracket's lower corner, by side.
    pub closes: [&'static str; 2],
    /// A bracket beside other rows.
    pub runs: &'static str,
    /// Where an arrow leaves a bracket, by side.
    pub leaves: [&'static str; 2],
    /// A call with nothing between it and its return, by side.
    pub alone: [&'static str; 2],
}

impl Glyphs {
    /// The set for that look.
    pub fn of(look: Look) -> &'static Glyphs {
        if look.ascii { &ASCII } else { &UNICODE }
    }

    /// The head of an arrow that comes from that side.
    pub fn head_from(&self, from: Side) -> &'static str {
        self.head[from.other().index()]
    }
}

static UNICODE: Glyphs = Glyphs {
    shaft: "─",
    head: ["◀", "▶"],
    cross: "✗",
    held: "⏸",
    later: "…",
    skip: "⋮",
    arrow: "→",
    dot: "·",
    opens: ["┌", "┐"],
    closes: ["└", "┘"],
    runs: "│",
    leaves: ["├", "┤"],
    alone: ["╶", "╴"],
};

static ASCII: Glyphs = Glyphs {
    shaft: "-",
    head: ["<", ">"],
    cross: "X",
    held: "=",
    later: "~",
    skip: ":",
    arrow: "->",
    dot: "-",
    opens: ["/", "\\"],
    closes: ["\\", "/"],
    runs: "|",
    leaves: ["+", "+"],
    alone: ["-", "-"],
};
