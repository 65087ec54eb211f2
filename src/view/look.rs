//! How a view is to look.

/// What a view needs to know of the place where it will be shown.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Nothing but ASCII.
    pub ascii: bool,
    /// Sequence numbers as on the wire, not counted from the initial ones.
    pub raw_seq: bool,
    /// Show the sums: `ack 6 = seq 1 + 5 bytes`.
    pub arithmetic: bool,
    /// Colour is welcome.
    pub colour: bool,
}

impl Look {
    /// No screen is wider, in columns.
    pub const WIDEST: usize = 400;
}
