//! Sequence numbers: points on a circle of 2³², so there is no order among them, only distances.

use std::fmt;

/// A TCP sequence or acknowledgement number (RFC 9293, section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SeqNumber(pub u32);

impl SeqNumber {
    /// The signed distance from `other` to this: positive when this is ahead on the shorter way
    /// round.
    #[must_use]
    pub fn distance_from(self, other: SeqNumber) -> i32 {
        self.0.wrapping_sub(other.0) as i32
    }

    /// Whether this is ahead of `other`.
    #[must_use]
    pub fn is_after(self, other: SeqNumber) -> bool {
        self.distance_from(other) > 0
    }

    /// Whether this is at `other` or ahead of it.
    #[must_use]
    pub fn is_at_or_after(self, other: SeqNumber) -> bool {
        self.distance_from(other) >= 0
    }

    /// The number so many bytes ahead.
    #[must_use]
    pub fn advance(self, bytes: u32) -> SeqNumber {
        SeqNumber(self.0.wrapping_add(bytes))
    }

    /// Counted from `base`, as diagrams show it.
    #[must_use]
    pub fn relative_to(self, base: SeqNumber) -> u32 {
        self.0.wrapping_sub(base.0)
    }
}

impl fmt::Display for SeqNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
