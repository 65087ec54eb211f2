//! What one end has sent so far, and what its next segment shows against that. The rules stand in
//! the order in which they apply. Differences of times are unsigned: where time runs backwards they
//! are longer than anything.

use super::{Finding, Findings};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::trace::Time;

/// What one end of a stream has sent so far. Sequence numbers are raw; Wireshark takes a 0 for
/// "none yet", and so does this.
#[derive(Debug)]
pub(super) struct Direction {
    /// The sequence number that relative ones are counted from.
    pub base: Option<SeqNumber>,
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
            base: None,
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
        }
    }
}

/// What the rules need of the stream as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    /// When the segment passed.
    pub time: Time,
    /// Nanoseconds from SYN to the handshake's ACK.
    pub initial_rtt: Option<u64>,
}

const SYN_FIN_RST: Flags = Flags::SYN.with(Flags::FIN).with(Flags::RST);

/// A retransmission that comes this soon after an acknowledgement, in nanoseconds, is taken for a
/// fast one.
const FAST: u64 = 20_000_000;
/// A hole that is filled this soon is taken for reordering, if no round trip time is known.
const SWAPPED: u64 = 3_000_000;

impl Direction {
    /// Base sequence numbers and window scale, before anything is judged.
    pub fn begin(&mut self, receiver: &mut Direction, segment: &Segment) -> Findings {
        let mut found = Findings::default();
        let (syn, ack) = (segment.flags.has(Flags::SYN), segment.flags.has(Flags::ACK));
        if syn {
            match self.base {
                Some(base) if base != segment.seq && ack => {
                    found.add(Finding::ReusedPorts);
                    self.base = Some(segment.seq);
                }
                Some(_) if !ack => self.next = self.contiguous,
                Some(_) => {}
                None => self.base = Some(segment.seq),
            }
            self.first_ack = true;
        } else {
            self.base.get_or_insert(SeqNumber(segment.seq.0.wrapping_sub(1)));
        }
        if ack {
            receiver.base.get_or_insert(SeqNumber(segment.ack.0.wrapping_sub(1)));
        }
        let offered = segment.options.window_scale();
        let refuses = offered.is_none() && self.scale == Scale::Unknown;
        let was_refused = ack && receiver.scale == Scale::Off;
        if let Some(shift) = offered {
            self.scale = Scale::By(shift.min(14));
        }
        if syn && (refuses || was_refused) {
            self.scale = Scale::Off;
            receiver.scale = Scale::Off;
        }
        found
    }

    /// Judges a segment, then takes note of it.
    pub fn send(&mut self, receiver: &mut Direction, segment: &Segment, past: Past) -> Findings {
        let found = self.judge(receiver, segment, past);
        self.note(segment, past.time, found);
        found
    }

    fn judge(&mut self, receiver: &mut Direction, segment: &Segment, past: Past) -> Findings {
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
            if begun && seq.is_after(self.next) && !flags.has(Flags::RST) {
                found.add(Finding::LostSegment);
            }
            if len <= 1 && below && plain {
                found.add(Finding::KeepAlive);
            }
            if len > 0 && plain && receiver.is_filled_by(seq.advance(len)) {
                found.add(Finding::WindowFull);
            }
            if len == 0 && seq == self.next && ack == self.ack && plain {
                self.same_again(receiver, window, &mut found);
            }
        }
        if ack != self.ack {
            self.duplicates = 0;
        }
        let unseen = receiver.contiguous.0 != 0 && ack.is_after(receiver.contiguous);
        if flags.has(Flags::ACK) && unseen {
            let catches_up = receiver.next.is_after(receiver.contiguous);
            if catches_up || receiver.duplicates == 0 {
                found.add(Finding::AckLostSegment);
            }
            if catches_up {
                receiver.contiguous = receiver.next;
            } else {
                receiver.duplicates = -1;
            }
        }
        let takes_room = len > 0 || flags.has_any(Flags::SYN.with(Flags::FIN));
        if takes_room && !found.has(Finding::KeepAlive) {
            self.again(receiver, segment, past, &mut found);
        }
        found
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
    fn same_again(&mut self, receiver: &Direction, window: u32, found: &mut Findings) {
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
        } else {
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
        let behind = self.next.0 != 0 && self.next.is_after(seq) && !(len > 1 && below);
        let since = |then: Time| past.time.0.wrapping_sub(then.0);

        if len > 0 && receiver.ack.0 != 0 && receiver.ack.is_at_or_after(end) {
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
        let swapped = past.initial_rtt.unwrap_or(SWAPPED);
        let takes = len + u32::from(flags.has_any(Flags::SYN.with(Flags::FIN)));
        if since(self.next_time) < swapped && self.next != seq.advance(takes) {
            found.add(Finding::OutOfOrder);
            return;
        }
        found.add(Finding::Retransmission);
    }

    fn note(&mut self, segment: &Segment, time: Time, found: Findings) {
        let flags = segment.flags;
        let takes = segment.payload.len + u32::from(flags.has_any(Flags::SYN.with(Flags::FIN)));
        let end = segment.seq.advance(takes);
        let advances = self.next.0 == 0 || end.is_after(self.next);
        if advances && !found.has(Finding::ZeroWindowProbe) {
            self.next = end;
            self.next_time = time;
        }
        if self.contiguous.0 == 0 || segment.seq == self.contiguous {
            self.contiguous = self.next;
        }
        if flags.has(Flags::ACK) && !flags.has(Flags::SYN) {
            self.first_ack = false;
        }
        self.window = u32::from(segment.window);
        self.ack = segment.ack;
        self.ack_time = time;
        self.last = found;
    }
}
