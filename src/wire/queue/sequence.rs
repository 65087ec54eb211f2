//! Which packets were taken but never read: the kernel numbers each before it sees that there is no
//! room for it.

/// The kernel's numbers, followed.
#[derive(Debug, Default)]
pub struct Sequence {
    last: u64,
    /// Numbers that never came.
    skipped: u64,
    /// How many have been reported as missed.
    reported: u64,
}

impl Sequence {
    /// A packet with that number was read. Its number without the wrap at 32 bits.
    pub fn arrived(&mut self, number: u32) -> u64 {
        let number = self.place(number);
        self.skipped += number.saturating_sub(self.last.saturating_add(1));
        self.last = self.last.max(number);
        number
    }

    /// A number near the last one, without the wrap at 32 bits.
    pub fn place(&self, number: u32) -> u64 {
        let ahead = number.wrapping_sub(self.last as u32).cast_signed();
        self.last.saturating_add_signed(ahead.into())
    }

    /// How many packets were missed that have not been reported yet. `dropped` is how many the
    /// socket says it had no room for in all: the last of them show in no number until the next
    /// packet is read.
    pub fn missed(&mut self, dropped: u64) -> u64 {
        let all = self.skipped.max(dropped);
        let new = all.saturating_sub(self.reported);
        self.reported += new;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_the_numbers_is_what_was_missed() {
        let mut sequence = Sequence::default();
        assert_eq!([1, 2, 5].map(|number| sequence.arrived(number)), [1, 2, 5]);
        assert_eq!(sequence.missed(0), 2);
        assert_eq!(sequence.missed(0), 0);
    }

    #[test]
    fn what_was_missed_last_is_reported_at_once_and_only_once() {
        let mut sequence = Sequence::default();
        sequence.arrived(1);
        assert_eq!(sequence.missed(9), 9);
        sequence.arrived(11);
        assert_eq!(sequence.missed(9), 0);
        sequence.arrived(13);
        assert_eq!(sequence.missed(10), 1);
    }

    #[test]
    fn numbers_go_on_beyond_32_bits() {
        let mut sequence = Sequence { last: u64::from(u32::MAX) - 1, ..Sequence::default() };
        assert_eq!(sequence.arrived(u32::MAX), 0xffff_ffff);
        assert_eq!(sequence.arrived(0), 0x1_0000_0000);
        assert_eq!(sequence.place(u32::MAX), 0xffff_ffff);
        assert_eq!(sequence.arrived(3), 0x1_0000_0003);
        assert_eq!(sequence.missed(0), 2);
    }
}
