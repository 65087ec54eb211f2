//! What one end has sent and the other hasn't acknowledged yet, and what follows from it: which
//! frame a segment acknowledges, which one a retransmission repeats, how much is in flight.

use super::circle::{is_above, is_at_or_below};
use super::direction::Step;
use super::finding::Finding;
use crate::packet::{Flags, Options, Segment, SeqNumber};
use crate::trace::{FrameNumber, Time};

/// Most segments that are kept of one end; Wireshark keeps no more either.
const MOST: usize = 10_000;

/// More than that can't be in flight, in bytes: the numbers are of no meaning.
const ABSURD: u32 = 2_000_000_000;

/// How many of a segment's selective acknowledgements are taken off what is in flight.
const SACK_BLOCKS: usize = 3;

/// A segment that takes room in the sequence space and isn't acknowledged.
#[derive(Debug, Clone, Copy)]
struct Unacknowledged {
    frame: FrameNumber,
    time: Time,
    /// Its first number that isn't acknowledged.
    seq: SeqNumber,
    /// The number after its last.
    end: SeqNumber,
}

/// The lowest and the highest number of a list, counted from a base.
#[derive(Debug, Clone, Copy)]
struct Span {
    base: SeqNumber,
    low: u32,
    high: u32,
}

/// The book of one end.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The oldest first.
    sent: Vec<Unacknowledged>,
    /// How many of them, from the oldest on, were held against `heard` already.
    checked: usize,
    /// The acknowledgement that they were held against last.
    heard: SeqNumber,
    /// None: to be found again.
    span: Option<Span>,
    /// Something was missed before a segment of this end, and the peer hasn't sent an ACK since:
    /// what is in flight isn't known.
    has_gap: bool,
    /// Bytes that its latest segment acknowledges selectively.
    sacked: u32,
    /// The frame that first acknowledged what its latest segment acknowledges.
    first_of_ack: FrameNumber,
    /// The frame with the highest number that was sent, and when it passed.
    highest: (FrameNumber, Time),
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger {
            sent: Vec::new(),
            checked: 0,
            heard: SeqNumber(0),
            span: None,
            has_gap: false,
            sacked: 0,
            first_of_ack: FrameNumber(0),
            highest: (FrameNumber(0), Time(0)),
        }
    }
}

/// What the books say of a segment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Posting {
    pub bytes_in_flight: Option<u32>,
    pub acks_frame: Option<FrameNumber>,
    pub rto_frame: Option<FrameNumber>,
    pub duplicate_of: Option<FrameNumber>,
    /// It was weighed whether anything is in flight.
    pub is_weighed: bool,
}

impl Posting {
    /// Whether something was to be noted, if only that nothing is in flight.
    pub fn is_noted(&self) -> bool {
        self.is_weighed || self.acks_frame.is_some()
    }
}

/// A segment as the books see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending<'a> {
    pub segment: &'a Segment,
    pub frame: FrameNumber,
    pub time: Time,
    /// What relative numbers of its sender are counted from.
    pub base: SeqNumber,
}

impl Ledger {
    /// Whether one more segment would be kept.
    pub fn has_room(&self) -> bool {
        self.sent.len() < MOST
    }

    /// How many segments are kept.
    pub fn len(&self) -> usize {
        self.sent.len()
    }

    /// Forgets the segments that are kept.
    pub fn clear(&mut self) {
        self.sent = Vec::new();
        self.checked = 0;
        self.span = None;
    }

    /// Enters a segment that has been judged.
    pub fn enter(&mut self, receiver: &mut Ledger, sending: Sending<'_>, step: &Step) -> Posting {
        let Sending { segment, frame, time, base } = sending;
        let len = segment.payload.len;
        let mut posting = Posting::default();
        if segment.flags.has(Flags::ACK) {
            receiver.has_gap = false;
        }
        if step.findings.has(Finding::LostSegment) {
            self.has_gap = true;
        }
        if step.findings.has(Finding::DuplicateAck) {
            posting.duplicate_of = Some(self.first_of_ack);
        }
        if step.ack_moved {
            self.first_of_ack = frame;
        }
        if step.findings.is_plain_retransmission() {
            let oldest = self.sent.first().map(|oldest| (oldest.frame, oldest.time));
            let (original, then) = oldest.unwrap_or(self.highest);
            posting.rto_frame = Some(original).filter(|_| then != time);
        }
        let takes_room = len > 0 || segment.flags.has_any(Flags::SYN.with(Flags::FIN));
        if takes_room && self.has_room() {
            self.push(Unacknowledged { frame, time, seq: segment.seq, end: step.end });
        }
        if step.leads {
            self.highest = (frame, time);
        }
        posting.acks_frame = receiver.acknowledge(segment.ack);
        if len > 0 && !self.sent.is_empty() && !self.has_gap {
            posting.is_weighed = true;
            let in_flight = self.in_flight(base).wrapping_sub(receiver.sacked);
            let virtual_byte = segment.flags.has_any(Flags::SYN.with(Flags::FIN));
            posting.bytes_in_flight = Some(in_flight)
                .filter(|bytes| (1..ABSURD).contains(bytes))
                .map(|bytes| bytes - u32::from(virtual_byte))
                .filter(|bytes| *bytes > 0);
        }
        posting
    }

    /// Takes note of what a segment acknowledges selectively, whether or not it was judged.
    pub fn sack(&mut self, options: &Options) {
        let blocks = options.sack_blocks();
        let counted = blocks.iter().take(SACK_BLOCKS);
        self.sacked =
            counted.map(|block| block.right.relative_to(block.left)).fold(0, u32::wrapping_add);
    }

    fn push(&mut self, sent: Unacknowledged) {
        self.sent.push(sent);
        if let Some(span) = &mut self.span {
            span.low = span.low.min(sent.seq.relative_to(span.base));
            span.high = span.high.max(sent.end.relative_to(span.base));
        }
    }

    /// Holds the list against an acknowledgement: what it covers goes, what it covers in part is
    /// cut. Gives the oldest frame that ends right there.
    fn acknowledge(&mut self, ack: SeqNumber) -> Option<FrameNumber> {
        let from = if ack == self.heard { self.checked } else { 0 };
        let mut exact = None;
        let mut is_changed = false;
        let mut kept = from;
        for at in from..self.sent.len() {
            let mut sent = self.sent[at];
            if ack == sent.end {
                exact = exact.or(Some(sent.frame));
                continue;
            }
            if is_above(ack, sent.seq) && is_at_or_below(ack, sent.end) {
                sent.seq = ack;
                is_changed = true;
            }
            if !is_above(sent.end, ack) {
                continue;
            }
            self.sent[kept] = sent;
            kept += 1;
        }
        if is_changed || kept < self.sent.len() {
            self.span = None;
            self.sent.truncate(kept);
            // A list that was long once doesn't stay so.
            if self.sent.capacity() > 64 && kept < self.sent.capacity() / 8 {
                self.sent.shrink_to(kept * 2);
            }
        }
        (self.heard, self.checked) = (ack, kept);
        exact
    }

    /// From the lowest number of the list to the highest.
    fn in_flight(&mut self, base: SeqNumber) -> u32 {
        let span = self.span.filter(|span| span.base == base).unwrap_or_else(|| {
            let start = Span { base, low: u32::MAX, high: 0 };
            self.sent.iter().fold(start, |span, sent| Span {
                base,
                low: span.low.min(sent.seq.relative_to(base)),
                high: span.high.max(sent.end.relative_to(base)),
            })
        });
        self.span = Some(span);
        span.high.wrapping_sub(span.low)
    }
}
