//! The blocks of a SACK option, as a learner reads them: what has come beyond the gap, and what
//! came twice.

use crate::packet::{SeqNumber, TcpOption};
use crate::story::SegmentMoment;

/// The blocks of one segment, each from its first byte to the one after its last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sack {
    /// What came twice (D-SACK: RFC 2883, section 4).
    pub twice: Option<(u32, u32)>,
    /// What has come beyond a gap (RFC 2018, section 3).
    pub beyond: Vec<(u32, u32)>,
}

impl Sack {
    /// What this segment reports, its numbers `raw` or counted as its `ack` is.
    pub fn of(moment: &SegmentMoment, raw: bool) -> Option<Sack> {
        let ack = moment.ack?;
        let blocks = &*moment.segment.options.iter().find_map(|(option, _)| match option {
            TcpOption::Sack(blocks) => Some(blocks),
            _ => None,
        })?;
        // The blocks are in the sequence space of the receiver of this ACK, like its number.
        let base = moment.segment.ack;
        let place = |edge: SeqNumber| {
            if raw { edge.0 } else { edge.relative_to(base).wrapping_add(ack) }
        };
        // RFC 2883, section 4: the first block tells what came twice if the cumulative ACK covers
        // it, or the second block does.
        let repeats = match *blocks {
            [first, ..] if base.is_at_or_after(first.right) => true,
            [first, second, ..] => {
                first.left.is_at_or_after(second.left) && second.right.is_at_or_after(first.right)
            }
            [] | [_] => false,
        };
        let mut edges = blocks.iter().map(|block| (place(block.left), place(block.right)));
        let twice = if repeats { edges.next() } else { None };
        Some(Sack { twice, beyond: edges.collect() })
    }

    /// `dsack=1-6 sack=9-12,20-31`, with those signs.
    pub fn words(&self, is: char, to: char) -> String {
        let block = |(left, right): &(u32, u32)| format!("{left}{to}{right}");
        let twice = self.twice.as_ref().map(|twice| format!("dsack{is}{}", block(twice)));
        let beyond: Vec<String> = self.beyond.iter().map(block).collect();
        let beyond = (!beyond.is_empty()).then(|| format!("sack{is}{}", beyond.join(",")));
        twice.into_iter().chain(beyond).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::SackBlock;
    use crate::story::{Side, What};
    use crate::view::ladder::test_moments::ACK;
    use crate::view::specimen::segment;

    fn words(ack: u32, blocks: &[(u32, u32)]) -> String {
        let What::Segment(mut moment) = segment(1, Side::B, 0, ACK, 1, ack).what else {
            panic!();
        };
        let base = moment.segment.ack.0.wrapping_sub(ack);
        let edge = |relative: u32| SeqNumber(base.wrapping_add(relative));
        let block =
            |(left, right): &(u32, u32)| SackBlock { left: edge(*left), right: edge(*right) };
        let sack = TcpOption::Sack(blocks.iter().map(block).collect());
        moment.segment.options = [sack].into_iter().collect();
        Sack::of(&moment, false).unwrap().words('=', '-')
    }

    #[test]
    fn what_came_twice_is_told_from_what_came_beyond_a_gap() {
        assert_eq!(words(1, &[(1449, 2897)]), "sack=1449-2897");
        assert_eq!(words(1, &[(4345, 5793), (1449, 2897)]), "sack=4345-5793,1449-2897");
        // RFC 2883, section 4.1: below the cumulative ACK; 4.2: within another block.
        assert_eq!(words(6, &[(1, 6)]), "dsack=1-6");
        assert_eq!(words(6, &[(1, 6), (9, 12)]), "dsack=1-6 sack=9-12");
        assert_eq!(words(1, &[(10, 12), (9, 20)]), "dsack=10-12 sack=9-20");
    }
}
