//! What a segment really is. Wireshark's flags say how it looks; where they mislead (D1 to D8), the
//! sequence spaces of both ends know better.

use super::history::Asked;
use super::{Role, Roles, Side, SideStates};
use crate::packet::{Flags, Segment};
use crate::tcp::analysis::{Finding, Findings};
use crate::tcp::{Received, Space, Spoken, State};
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
    pub sender: &'a Space,
    /// The receiver's before it came.
    pub receiver: &'a Space,
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

impl Context<'_> {
    /// Of a segment with SYN.
    pub fn opening(&self) -> Roles {
        let Context { segment, sender, states, .. } = self;
        let mut roles = Roles::NONE;
        let again = sender.iss == Some(segment.seq);
        let answers = segment.flags.has(Flags::ACK);
        // D2: a SYN-ACK that repeats the SYN's number is new if its sender has only said SYN.
        let crossed = if answers {
            again && sender.spoken == Spoken::Syn
        } else {
            states.to.before == Some(State::SynSent) && self.received == Received::Syn
        };
        if crossed {
            roles.insert(Role::SimultaneousOpen);
        } else if again {
            roles.insert(Role::Retransmission);
        }
        roles.insert(if answers { Role::SynAck } else { Role::Syn });
        if segment.payload.len > 0 {
            roles.insert(Role::FastOpen);
        }
        roles
    }

    /// Of any other.
    pub fn roles(&self, asked: Asked, is_fast: bool) -> Roles {
        let flags = self.segment.flags;
        if flags.has(Flags::RST) {
            let refuses =
                self.states.to.before == Some(State::SynSent) && self.received == Received::Reset;
            return if refuses { Role::Refusal } else { Role::Reset }.into();
        }
        let mut roles = Roles::NONE;
        if let Some(probe) = self.probe() {
            roles.insert(probe);
        } else {
            roles.extend(self.repeats(is_fast));
            if self.new_bytes > 0 {
                roles.insert(Role::Data);
            }
            if flags.has(Flags::FIN) {
                roles.insert(Role::Fin);
            }
            if flags.has(Flags::ACK) {
                roles.extend(self.acknowledges(asked));
            }
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
    fn probe(&self) -> Option<Role> {
        let one_byte_again = self.segment.payload.len > 0 && self.sender.waits_for_ack();
        if self.found.has(Finding::ZeroWindowProbe) {
            return Some(Role::ZeroWindowProbe);
        }
        if !self.found.has(Finding::KeepAlive) || one_byte_again {
            return None;
        }
        // D1: with a closed window it is that which is probed.
        Some(if self.sender.sees_closed_window() { Role::ZeroWindowProbe } else { Role::KeepAlive })
    }

    /// Data or FIN that was sent before, or comes late.
    fn repeats(&self, is_fast: bool) -> Option<Role> {
        let Context { segment, sender, found, .. } = self;
        let len = segment.payload.len;
        let fin_again = segment.flags.has(Flags::FIN)
            && sender.fin.is_some_and(|f| f.advance(1) == segment.end());
        let sent = sender.next().is_some_and(|next| next.is_after(segment.seq));
        // D3: bytes that were captured before are no reordering.
        let again = if len > 0 { sent && self.new_bytes < len } else { fin_again };
        if again {
            return Some(if found.has(Finding::SpuriousRetransmission) {
                Role::SpuriousRetransmission
            } else if is_fast {
                Role::FastRetransmission
            } else {
                Role::Retransmission
            });
        }
        match (found.has(Finding::OutOfOrder), found.has(Finding::Retransmission)) {
            (true, _) => Some(Role::OutOfOrder),
            (false, true) if is_fast => Some(Role::FastRetransmission),
            (false, true) => Some(Role::Retransmission),
            (false, false) => None,
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
        // D5: a window that was unscaled in the SYN isn't updated by being scaled.
        let updates = self.found.has(Finding::WindowUpdate)
            && sender.raw_window.is_some()
            && self.window > sender.window;
        // One that was lost before is still news to whoever asks.
        let tells = asked == Asked::Probe && receiver.sees_closed_window() && self.window > 0;
        let opens = updates || (tells && receiver.una == Some(segment.ack));
        Some(match asked {
            _ if opens => Role::WindowUpdate,
            Asked::Probe => Role::ProbeAnswer,
            Asked::Challenge => Role::ChallengeAck,
            // D6: repeated because it was asked for again, not because something is missing.
            Asked::Again if ends => Role::AckOfFin,
            Asked::Again => Role::HandshakeAck,
            Asked::Nothing if self.is_duplicate() => Role::DuplicateAck,
            Asked::Nothing => Role::Ack,
        })
    }

    /// RFC 5681, section 2: nothing new, while something is on its way; RFC 6675 lets one with
    /// SACK blocks differ in its window.
    fn is_duplicate(&self) -> bool {
        let same = self.receiver.una == Some(self.segment.ack);
        let sacks = same && !self.segment.options.sack_blocks().is_empty();
        (self.found.has(Finding::DuplicateAck) || sacks) && self.receiver.waits_for_ack()
    }
}
