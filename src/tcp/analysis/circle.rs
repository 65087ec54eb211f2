//! Comparisons on the circle of sequence numbers as Wireshark makes them: of two numbers that are
//! 2³¹ apart, each is above and below the other.

use crate::packet::SeqNumber;

/// Whether `one` is ahead of `other`, or opposite.
pub(super) fn is_above(one: SeqNumber, other: SeqNumber) -> bool {
    other.distance_from(one) < 0
}

/// Whether `one` is behind `other`, or opposite.
pub(super) fn is_below(one: SeqNumber, other: SeqNumber) -> bool {
    is_above(other, one)
}

/// Whether `one` is at `other`, behind it, or opposite.
pub(super) fn is_at_or_below(one: SeqNumber, other: SeqNumber) -> bool {
    one.distance_from(other) <= 0
}
