//! What one end has sent so far, and what its next segment shows against that. The rules stand in
//! the order in which they apply. Differences of times are unsigned: where time runs backwards they
//! are longer than anything.

use super::circle::{is_above, is_at_or_below, is_below};
use super::{Finding, Findings};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::trace::Time;

/// What one end of a stream has sent so far. Sequence numbers are raw; Wireshark takes a 0 for
/// "none yet", and so does this.
#[derive(Debug)]
pub(super) struct Direction {
    /// The sequence number that relative ones are counted from, once there is one.
    base: SeqNumber,
    has_base: bool,
    /// After the highest that was sent, and when it was.
    next: SeqNumber,
    next_time: Time,
    /// After the highest that was sent without a gap before it.
    contiguous: SeqNumber,
    /// The latest acknowledgement, and when it was.
    ack: SeqNumber,
    ack_time: Time,
    /// How often it was repeated; -1 once an acknowledgement of unseen data has been reported.
    duplicates: i32,
    /// The latest raw window; none yet is more than any.
    window: u32,
    scale: Scale,
    /// Its SYN was seen, but no ACK without SYN yet: the window is not scaled.
    first_ack: bool,
    /// What its latest segment showed.
    last: Findings,
    /// What Multipath TCP's options had done before it.
    multipath: u8,
}

/// What a SYN does once numbers are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greeting {
    /// It is none, or the first, or a SYN-ACK that is repeated.
    Ordinary,
    /// A SYN that is repeated: the numbers go back to where there is no gap.
    Again,
    /// A SYN-ACK with another initial number.
    Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    Unknown,
    Off,
    By(u8),
}

impl Default for Direction {
    fn default() -> Direction {
        Direction {
            base: SeqNumber(0),
            has_base: false,
            next: SeqNumber(0),
            next_time: Time(0),
            contiguous: SeqNumber(0),
            ack: SeqNumber(0),
            ack_time: Time(0),
            duplicates: 0,
            window: u32::MAX,
            scale: Scale::Unknown,
            first_ack: false,
            last: Findings::default(),
            multipath: 0,
        }
    }
}

/// What the rules need of the stream as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    /// When the segment passed.
    pub time: Time,
    /// Nanoseconds from SYN to the handshake's ACK; 0 if not known.
    pub initial_rtt: i64,
    /// What Multipath TCP's options did on this stream so far, if it has any.
    pub multipath: Option<u8>,
    /// Whether the list of what isn't acknowledged has room: if not, a SYN or FIN takes no number.
    pub has_room: bool,
}

/// What a segment did to its sender's numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub findings: Findings,
    /// Something was to be noted of it, if only that it acknowledges what was never seen.
    pub is_noted: bool,
    /// It acknowledges something else than its sender's segment before.
    pub ack_moved: bool,
    /// The number after its last.
    pub end: SeqNumber,
    /// No higher number was sent before.
    pub leads: bool,
    /// Which duplicate acknowledgement it is, if it is one.
    pub duplicates: u32,
}

impl Step {
    /// Of a segment that isn't judged.
    pub fn none(segment: &Segment) -> Step {
        Step {
            findings: Findings::default(),
            is_noted: false,
            ack_moved: false,
            end: segment.seq,
            leads: false,
            duplicates: 0,
        }
    }
}

const SYN_FIN: Flags = Flags::SYN.with(Flags::FIN);
const SYN_FIN_RST: Flags = SYN_FIN.with(Flags::RST);

/// A retransmission that comes this soon after an acknowledgement, in nanoseconds, is taken for a
/// fast one.
const FAST: u64 = 20_000_000;
/// A hole that is filled this soon is taken for reordering, if no round trip time is known.
const SWAPPED: u64 = 3_000_000;

impl Direction {
    /// The number that its others are counted from; 0 before there is one.
    pub fn base(&self) -> SeqNumber {
        self.base
    }

    /// Whether it counts from another number.
    pub fn counts_from_elsewhere(&self, than: SeqNumber) -> bool {
        self.has_base && self.base != than
    }

    fn base_on(&mut self, base: SeqNumber) {
        if !self.has_base {
            (self.base, self.has_base) = (base, true);
        }
    }

    /// Hears a SYN: once numbers are known it begins where they began, or elsewhere.
    pub fn greet(&mut self, segment: &Segment) -> Greeting {
        if !self.has_base || !segment.flags.has(Flags::SYN) {
            return Greeting::Ordinary;
        }
        if !segment.flags.has(Flags::ACK) {
            self.next = self.contiguous;
            return Greeting::Again;
        }
        let before = std::mem::replace(&mut self.base, segment.seq);
        if before == segment.seq { Greeting::Ordinary } else { Greeting::Elsewhere }
    }

    /// Judges a segment, then takes note of it.
    pub fn send(&mut self, receiver: &mut Direction, segment: &Segment, past: Past) -> Step {
        let first = u32::from(!segment.flags.has(Flags::SYN));
        self.base_on(SeqNumber(segment.seq.0.wrapping_sub(first)));
        if segment.flags.has(Flags::ACK) {
            receiver.base_on(SeqNumber(segment.ack.0.wrapping_sub(1)));
        }
        let (findings, is_noted) = self.judge(receiver, segment, past);
        let ack_moved = segment.ack != self.ack;
        let (end, leads) = self.note(segment, past, findings);
        let duplicates = self.duplicates as u32;
        Step { findings, is_noted, ack_moved, end, leads, duplicates }
    }

    /// The segment's window in bytes, as far as its scale is known: that of a SYN has none
    /// (RFC 7323, section 2.2).
    pub fn window_of(&self, segment: &Segment) -> u32 {
        let window = u32::from(segment.window);
        match self.scale {
            Scale::By(shift) if !segment.flags.has(Flags::SYN) => window << shift,
            Scale::By(_) | Scale::Unknown | Scale::Off => window,
        }
    }

    /// What a segment says of window scales, once it has been judged.
    pub fn scale_windows(
        &mut self,
        receiver: &mut Direction,
        segment: &Segment,
        offered: Option<u8>,
    ) {
        let (syn, ack) = (segment.flags.has(Flags::SYN), segment.flags.has(Flags::ACK));
        if syn {
            self.first_ack = true;
        } else if ack {
            self.first_ack = false;
        }
        if let Some(shift) = offered {
            self.scale = Scale::By(shift);
        }
        // Options that are missing aren't known to be absent.
        if segment.options_are_cut() {
            return;
        }
        if syn && self.scale == Scale::Unknown {
            (self.scale, receiver.scale) = (Scale::Off, Scale::Off);
        } else if syn && ack && receiver.scale == Scale::Off {
            self.scale = Scale::Off;
        }
    }

    /// What it shows, and whether something was to be noted.
    fn judge(
        &mut self,
        receiver: &mut Direction,
        segment: &Segment,
        past: Past,
    ) -> (Findings, bool) {
        let mut found = Findings::default();
        let Segment { seq, ack, flags, .. } = *segment;
        let len = segment.payload.len;
        let window = u32::from(segment.window);
        let plain = !flags.has_any(SYN_FIN_RST);
        let begun = self.next.0 != 0;
        let below = seq == SeqNumber(self.next.0.wrapping_sub(1));

        if len == 1 && seq == self.next && receiver.window == 0 {
            found.add(Finding::ZeroWindowProbe);
        } else {
            if window == 0 && plain {
                found.add(Finding::ZeroWindow);
            }
            if begun && is_above(seq, self.next) && !flags.has(Flags::RST) {
                found.add(Finding::LostSegment);
            }
            if len <= 1 && below && plain {
                found.add(Finding::KeepAlive);
            }
            if len > 0 && plain && receiver.is_filled_by(seq.advance(len)) {
                found.add(Finding::WindowFull);
            }
            if len == 0 && seq == self.next && ack == self.ack && plain {
                self.same_again(receiver, window, past, &mut found);
            }
        }
        if ack != self.ack {
            self.duplicates = 0;
        }
        let unseen = receiver.contiguous.0 != 0 && is_above(ack, receiver.contiguous);
        let acks_unseen = flags.has(Flags::ACK) && unseen;
        if acks_unseen {
            let catches_up = is_above(receiver.next, receiver.contiguous);
            if catches_up || receiver.duplicates == 0 {
                found.add(Finding::AckLostSegment);
            }
            if catches_up {
                receiver.contiguous = receiver.next;
            } else {
                receiver.duplicates = -1;
            }
        }
        let takes_room = len > 0 || flags.has_any(SYN_FIN);
        if takes_room && !found.has(Finding::KeepAlive) {
            self.again(receiver, segment, past, &mut found);
        }
        (found, acks_unseen || !found.is_empty())
    }

    /// Whether data that ends there reaches the edge of this end's window.
    fn is_filled_by(&self, end: SeqNumber) -> bool {
        let shift = match self.scale {
            Scale::Unknown => return false,
            Scale::By(shift) if !self.first_ack => shift,
            Scale::By(_) | Scale::Off => 0,
        };
        end == self.ack.advance(self.window.wrapping_shl(u32::from(shift)))
    }

    /// The same numbers as in the segment before, and nothing in it.
    fn same_again(&mut self, receiver: &Direction, window: u32, past: Past, found: &mut Findings) {
        if window != self.window {
            if window != 0 {
                found.add(Finding::WindowUpdate);
            }
        } else if window == 0 {
            if receiver.last.has(Finding::ZeroWindowProbe) {
                found.add(Finding::ZeroWindowProbeAck);
            }
        } else if receiver.last.has(Finding::KeepAlive) {
            found.add(Finding::KeepAliveAck);
        } else if past.multipath.is_none_or(|done| done == self.multipath) {
            // Multipath TCP repeats itself to carry its options (RFC 8684, section 4).
            self.duplicates = if self.duplicates < 0 { 1 } else { self.duplicates + 1 };
            found.add(Finding::DuplicateAck);
        }
    }

    /// Which kind of repetition it is, if it is one.
    fn again(&self, receiver: &Direction, segment: &Segment, past: Past, found: &mut Findings) {
        let Segment { seq, flags, .. } = *segment;
        let len = segment.payload.len;
        let end = seq.advance(len);
        let below = seq == SeqNumber(self.next.0.wrapping_sub(1));
        let behind = self.next.0 != 0 && is_below(seq, self.next) && !(len > 1 && below);
        let since = |then: Time| past.time.0.wrapping_sub(then.0);

        if len > 0 && receiver.ack.0 != 0 && is_at_or_below(end, receiver.ack) {
            found.add(Finding::SpuriousRetransmission);
            found.add(Finding::Retransmission);
            return;
        }
        if !behind {
            return;
        }
        let asked = receiver.duplicates < 0 || receiver.duplicates >= 2;
        if asked && seq == receiver.ack && since(receiver.ack_time) < FAST {
            found.add(Finding::FastRetransmission);
            found.add(Finding::Retransmission);
            return;
        }
        let swapped = if past.initial_rtt == 0 { SWAPPED } else { past.initial_rtt as u64 };
        let takes = len + u32::from(flags.has_any(SYN_FIN));
        if since(self.next_time) < swapped && self.next != seq.advance(takes) {
            found.add(Finding::OutOfOrder);
            return;
        }
        found.add(Finding::Retransmission);
    }

    /// Gives the number after its last, and whether no higher one was sent before.
    fn note(&mut self, segment: &Segment, past: Past, found: Findings) -> (SeqNumber, bool) {
        let takes_number = past.has_room && segment.flags.has_any(SYN_FIN);
        let end = segment.seq.advance(segment.payload.len).advance(u32::from(takes_number));
        let probes = found.has(Finding::ZeroWindowProbe);
        let leads = !probes && (self.next.0 == 0 || is_above(end, self.next));
        if leads {
            self.next = end;
            self.next_time = past.time;
        }
        if !probes && (self.contiguous.0 == 0 || segment.seq == self.contiguous) {
            self.contiguous = self.next;
        }
        self.window = u32::from(segment.window);
        self.ack = segment.ack;
        self.ack_time = past.time;
        self.last = found;
        self.multipath = past.multipath.unwrap_or(self.multipath);
        (end, leads)
    }
}
