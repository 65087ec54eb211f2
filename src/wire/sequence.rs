//! Which packets were taken but never read: the kernel numbers each before it sees that there is no
//! room for it.

/// How far the kernel's numbers have been accounted for.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    last: u64,
}

impl Sequence {
    /// A packet with that number was read: its number without the wrap at 32 bits, and how many
    /// before it were missed.
    pub fn arrived(&mut self, number: u32) -> (u64, u64) {
        let ahead = i64::from(number.wrapping_sub(self.last as u32).cast_signed());
        let number = self.last.saturating_add_signed(ahead);
        let missed = number.saturating_sub(self.last.saturating_add(1));
        self.last = self.last.max(number);
        (number, missed)
    }

    /// All packets up to now are so many, and there is nothing to read: how many were missed since
    /// the last one that was read.
    pub fn counted(&mut self, packets: u64) -> u64 {
        let missed = packets.saturating_sub(self.last);
        self.last = self.last.max(packets);
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_the_numbers_is_what_was_missed() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.arrived(1), (1, 0));
        assert_eq!(sequence.arrived(2), (2, 0));
        assert_eq!(sequence.arrived(5), (5, 2));
        assert_eq!(sequence.counted(5), 0);
    }

    #[test]
    fn what_was_missed_last_is_told_by_the_count_and_only_once() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.arrived(1), (1, 0));
        assert_eq!(sequence.counted(10), 9);
        assert_eq!(sequence.counted(10), 0);
        assert_eq!(sequence.arrived(11), (11, 0));
    }

    #[test]
    fn numbers_go_on_beyond_32_bits() {
        let mut sequence = Sequence { last: u64::from(u32::MAX) - 1 };
        assert_eq!(sequence.arrived(u32::MAX), (0xffff_ffff, 0));
        assert_eq!(sequence.arrived(0), (0x1_0000_0000, 0));
        assert_eq!(sequence.arrived(3), (0x1_0000_0003, 2));
    }

    #[test]
    fn a_packet_that_was_counted_too_early_is_no_miss() {
        let mut sequence = Sequence { last: 10 };
        assert_eq!(sequence.arrived(9), (9, 0));
        assert_eq!(sequence.arrived(11), (11, 0));
    }
}
