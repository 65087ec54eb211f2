//! Which bytes of a stream have been there: all up to a point, and some ranges beyond it.

use crate::packet::SeqNumber;

/// Further ahead than any window can reach (RFC 7323, section 2.3: 2³⁰): such a number belongs to
/// no byte of this stream.
const BEYOND: i32 = 1 << 30;

/// The most ranges that are kept beyond a gap.
const RANGES: usize = 64;

/// The part of a stream that has been seen: every number before [`Coverage::next`], and a few
/// ranges after it. Bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    next: SeqNumber,
    /// Disjoint, in order, all after `next`: first number and the one after the last.
    ahead: Vec<(SeqNumber, SeqNumber)>,
}

impl Coverage {
    /// Nothing from `next` on.
    pub fn starting_at(next: SeqNumber) -> Coverage {
        Coverage { next, ahead: Vec::new() }
    }

    /// The first number that hasn't been there.
    pub fn next(&self) -> SeqNumber {
        self.next
    }

    /// The number after the last that has been there, gaps or not.
    pub fn end(&self) -> SeqNumber {
        self.ahead.last().map_or(self.next, |(_, right)| *right)
    }

    /// What [`Coverage::next`] would be after this range.
    pub fn next_after(&self, left: SeqNumber, right: SeqNumber) -> SeqNumber {
        if left.is_after(self.next) || !right.is_after(self.next) {
            return self.next;
        }
        let mut next = right;
        for (l, r) in &self.ahead {
            if !l.is_after(next) && r.is_after(next) {
                next = *r;
            }
        }
        next
    }

    /// Adds the range from `left` up to, not including, `right`; says how many of its numbers are
    /// new.
    pub fn add(&mut self, left: SeqNumber, right: SeqNumber) -> u32 {
        let left = if left.is_after(self.next) { left } else { self.next };
        let far = right.distance_from(self.next);
        if far <= 0 || far > BEYOND || right.distance_from(left) <= 0 {
            return 0;
        }
        let mut new = right.relative_to(left);
        let mut merged = (left, right);
        self.ahead.retain(|&(l, r)| {
            if l.is_after(merged.1) || merged.0.is_after(r) {
                return true;
            }
            let overlap_left = if l.is_after(left) { l } else { left };
            let overlap_right = if right.is_after(r) { r } else { right };
            if overlap_right.is_after(overlap_left) {
                new -= overlap_right.relative_to(overlap_left);
            }
            merged.0 = if merged.0.is_after(l) { l } else { merged.0 };
            merged.1 = if r.is_after(merged.1) { r } else { merged.1 };
            false
        });
        if merged.0 == self.next {
            self.next = merged.1;
        } else if self.ahead.len() < RANGES {
            let place = self.ahead.partition_point(|&(l, _)| merged.0.is_after(l));
            self.ahead.insert(place, merged);
        } else {
            return 0;
        }
        new
    }

    /// Everything before `next` has been there: an acknowledgement says so.
    pub fn reach(&mut self, next: SeqNumber) {
        self.add(self.next, next);
    }

    /// Nothing from `next` on has been there but these ranges: a duplicate acknowledgement says
    /// so.
    pub fn fall_back(
        &mut self,
        next: SeqNumber,
        ahead: impl Iterator<Item = (SeqNumber, SeqNumber)>,
    ) {
        *self = Coverage::starting_at(next);
        for (left, right) in ahead {
            if left.is_after(next) {
                self.add(left, right);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(number: u32) -> SeqNumber {
        SeqNumber(number)
    }

    #[test]
    fn a_range_beyond_a_gap_counts_when_the_gap_is_filled() {
        let mut coverage = Coverage::starting_at(n(10));
        assert_eq!(coverage.add(n(20), n(30)), 10);
        assert_eq!(coverage.next(), n(10));
        assert_eq!(coverage.end(), n(30));
        assert_eq!(coverage.next_after(n(10), n(20)), n(30));
        assert_eq!(coverage.add(n(10), n(20)), 10);
        assert_eq!(coverage.next(), n(30));
        assert_eq!(coverage.end(), n(30));
    }

    #[test]
    fn bytes_that_come_twice_are_new_once() {
        let mut coverage = Coverage::starting_at(n(0));
        assert_eq!(coverage.add(n(5), n(8)), 3);
        assert_eq!(coverage.add(n(10), n(12)), 2);
        assert_eq!(coverage.add(n(4), n(14)), 5);
        assert_eq!(coverage.add(n(4), n(14)), 0);
        assert_eq!(coverage.add(n(0), n(14)), 4);
        assert_eq!(coverage.next(), n(14));
    }

    #[test]
    fn the_circle_closes() {
        let mut coverage = Coverage::starting_at(n(u32::MAX - 1));
        assert_eq!(coverage.add(n(u32::MAX - 1), n(3)), 5);
        assert_eq!(coverage.next(), n(3));
    }

    #[test]
    fn a_number_that_no_window_reaches_is_not_of_this_stream() {
        let mut coverage = Coverage::starting_at(n(0));
        assert_eq!(coverage.add(n(0), n((1 << 30) + 1)), 0);
        assert_eq!(coverage.next(), n(0));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            failure_persistence: None, ..Default::default()
        })]
        #[test]
        fn counts_like_a_set_of_numbers(
            ranges in proptest::collection::vec((0u32..300, 0u32..40), 0..50),
            base in proptest::prelude::any::<u32>(),
        ) {
            let mut coverage = Coverage::starting_at(n(base));
            let mut set = std::collections::BTreeSet::new();
            for (left, len) in ranges {
                let before = set.len();
                set.extend(left..left + len);
                let new = coverage.add(n(base).advance(left), n(base).advance(left + len));
                proptest::prop_assert_eq!(new as usize, set.len() - before);
                let next = (0..1000).find(|number| !set.contains(number)).unwrap();
                proptest::prop_assert_eq!(coverage.next(), n(base).advance(next));
            }
        }
    }
}
