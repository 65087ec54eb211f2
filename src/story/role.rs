//! What a segment really is. Wireshark's flags say how it looks; where they mislead ([`Evidence`](super::Evidence)), the
//! sequence spaces of both ends know better.

use super::asked::Asked;
use super::{Role, Roles, Side, SideStates};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::tcp::analysis::{Finding, Findings};
use crate::tcp::{Outline, Received, Spoken, State};
use crate::trace::{FrameNumber, Time};

/// What is known when a segment passes.
pub(super) struct Context<'a> {
    /// The segment.
    pub segment: &'a Segment,
    /// Its frame, and when it passed.
    pub frame: FrameNumber,
    pub time: Time,
    /// Which end sent it.
    pub from: Side,
    /// The sender's sequence space before it sent this.
    pub sender: &'a Outline,
    /// The receiver's before it came.
    pub receiver: &'a Outline,
    /// What it did to both.
    pub states: SideStates,
    /// What it meant to the receiver.
    pub received: Received,
    /// Bytes of data that weren't captured before.
    pub new_bytes: u32,
    /// The window that it offers, in bytes.
    pub window: u32,
    /// The flags that Wireshark shows.
    pub found: Findings,
}

/// What came before it, as far as its roles depend on that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    /// What its sender has to answer.
    pub asked: Asked,
    /// The peer's SYN.
    pub peer_syn: Option<FrameNumber>,
    /// The frame that closed the peer's window, while it is closed.
    pub closed: Option<FrameNumber>,
    /// Whether its first number was acknowledged.
    pub is_acked: bool,
    /// Whether some of its bytes were captured before.
    pub has_bytes: bool,
    /// Whether duplicates ask its sender to send again.
    pub is_fast: bool,
    /// The number of the byte with which its sender has probed a closed window last.
    pub probed: Option<SeqNumber>,
}

impl Context<'_> {
    /// Of a segment with SYN.
    pub fn opening(&self, past: Past) -> Roles {
        let Context { segment, sender, states, .. } = self;
        let mut roles = Roles::NONE;
        let again = sender.iss == Some(segment.seq);
        let answers = segment.flags.has(Flags::ACK);
        // D2: a SYN-ACK that repeats the SYN's number is new if its sender has only said SYN.
        let crossed = if answers {
            again && sender.spoken == Spoken::Syn && past.peer_syn.is_some()
        } else {
            states.to.before == Some(State::SynSent) && self.received == Received::Syn
        };
        if crossed {
            roles.insert(Role::SimultaneousOpen);
        }
        if again && !(crossed && answers) {
            roles.insert(self.again(past));
        }
        roles.insert(if answers { Role::SynAck } else { Role::Syn });
        if segment.payload.len > 0 {
            roles.insert(Role::FastOpen);
        }
        roles
    }

    /// Of any other.
    pub fn roles(&self, past: Past) -> Roles {
        let flags = self.segment.flags;
        if flags.has(Flags::RST) {
            let refuses =
                self.states.to.before == Some(State::SynSent) && self.received == Received::Reset;
            return if refuses { Role::Refusal } else { Role::Reset }.into();
        }
        let mut roles = Roles::NONE;
        if let Some(probe) = self.probe(past) {
            roles.insert(probe);
        } else {
            roles.extend(self.repeats(past));
            if self.new_bytes > 0 {
                roles.insert(Role::Data);
            }
            if flags.has(Flags::ACK) {
                roles.extend(self.acknowledges(past.asked));
            }
        }
        if flags.has(Flags::FIN) {
            roles.insert(Role::Fin);
        }
        if self.found.has(Finding::WindowFull) && self.new_bytes > 0 {
            roles.insert(Role::WindowFull);
        }
        if self.found.has(Finding::ZeroWindow) {
            roles.insert(Role::ZeroWindow);
        }
        if flags.has(Flags::URG) {
            roles.insert(Role::Urgent);
        }
        roles
    }

    /// At most a byte, below what is next or beyond a closed window.
    fn probe(&self, past: Past) -> Option<Role> {
        let one_byte_again =
            self.segment.payload.len > 0 && self.sender.waits_for_ack() && !past.is_acked;
        if self.found.has(Finding::ZeroWindowProbe) {
            return Some(Role::ZeroWindowProbe);
        }
        if !self.found.has(Finding::KeepAlive) || one_byte_again {
            return None;
        }
        // D1: with a closed window it is that which is probed.
        let closed = past.closed.is_some() && self.sender.sees_closed_window;
        Some(if closed { Role::ZeroWindowProbe } else { Role::KeepAlive })
    }

    /// Data or FIN that was sent before, or comes late.
    fn repeats(&self, past: Past) -> Option<Role> {
        let Context { segment, sender, found, .. } = self;
        let len = segment.payload.len;
        let fin_again = segment.flags.has(Flags::FIN)
            && sender.fin.is_some_and(|f| f.advance(1) == segment.end());
        // The byte of a window probe is meant to be sent again with those behind it.
        let probed = past.probed == Some(segment.seq) && self.new_bytes + 1 == len;
        // D3: bytes that were captured before are no reordering.
        let again = if len > 0 { past.has_bytes && !probed } else { fin_again };
        let late = found.has(Finding::OutOfOrder);
        let takes_for_again = found.has(Finding::Retransmission);
        match (again, late) {
            (true, _) => Some(self.again(past)),
            (false, true) => Some(Role::OutOfOrder),
            (false, false) => takes_for_again.then(|| self.again(past)),
        }
    }

    /// What kind of repetition it is.
    fn again(&self, past: Past) -> Role {
        if self.found.has(Finding::SpuriousRetransmission) {
            Role::SpuriousRetransmission
        } else if past.is_fast {
            Role::FastRetransmission
        } else {
            Role::Retransmission
        }
    }

    fn acknowledges(&self, asked: Asked) -> Option<Role> {
        let Context { segment, sender, receiver, .. } = self;
        let ends = receiver.fin_is_acked_by(segment.ack);
        if ends && receiver.una.is_none_or(|una| !receiver.fin_is_acked_by(una)) {
            return Some(Role::AckOfFin);
        }
        if receiver.una.is_none() && sender.active && receiver.iss.is_some() {
            return Some(Role::HandshakeAck);
        }
        if !segment.is_pure_ack() {
            return None;
        }
        let updates =
            self.found.has(Finding::WindowUpdate) && !self.is_only_scaled() && !self.is_no_larger();
        // One that was lost before is still news to whoever asks.
        let tells = asked == Asked::Probe && receiver.sees_closed_window && self.window > 0;
        let opens = updates || (tells && receiver.una == Some(segment.ack));
        Some(match asked {
            _ if opens => Role::WindowUpdate,
            Asked::Probe => Role::ProbeAnswer,
            Asked::Challenge { .. } => Role::ChallengeAck,
            // D6: repeated because it was asked for again, not because something is missing.
            Asked::AckOfFin { .. } if ends => Role::AckOfFin,
            Asked::AckOfSyn { .. } => Role::HandshakeAck,
            Asked::Nothing | Asked::Byte { .. } | Asked::AckOfFin { .. } => {
                if self.is_duplicate() {
                    Role::DuplicateAck
                } else {
                    Role::Ack
                }
            }
        })
    }

    /// D5: a window that was unscaled in the SYN isn't updated by being scaled. Linux rounds up
    /// to the scale's step (`__tcp_select_window`).
    pub fn is_only_scaled(&self) -> bool {
        let step = (self.window / u32::from(self.segment.window.max(1))).max(1);
        self.sender.iss.is_some()
            && self.sender.raw_window.is_none()
            && self.window < self.sender.window.saturating_add(step)
    }

    /// D10: it offers no more room than before.
    pub fn is_no_larger(&self) -> bool {
        self.sender.raw_window.is_some() && self.window <= self.sender.window
    }

    /// RFC 5681, section 2: nothing new, while something is on its way; RFC 6675 lets one with
    /// SACK blocks differ in its window.
    fn is_duplicate(&self) -> bool {
        let same = self.receiver.una == Some(self.segment.ack);
        let sacks = same && !self.segment.options.sack_blocks().is_empty();
        // D11: what Wireshark takes for a keep-alive may be a byte that was sent again.
        let repeated =
            self.found.has(Finding::DuplicateAck) || self.found.has(Finding::KeepAliveAck);
        (repeated || sacks) && self.receiver.waits_for_ack()
    }
}
