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
        let words: Vec<String> = twice.into_iter().chain(beyond).collect();
        words.join(" ")
    }
}
