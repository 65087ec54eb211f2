//! What an end has to answer.

use super::{Evidence, Role, Roles};
use crate::packet::{Flags, Segment};
use crate::tcp::analysis::Finding;
use crate::tcp::{Received, State};
use crate::trace::FrameNumber;

/// What the peer's latest segment asks for; and which that is, where the answer may be taken for
/// something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Asked {
    /// Nothing in particular.
    #[default]
    Nothing,
    /// Whether anybody is there, or has room.
    Probe,
    /// The acknowledgement of one byte that was sent again.
    Byte { frame: FrameNumber },
    /// The acknowledgement of a FIN that was sent again.
    AckOfFin { frame: FrameNumber },
    /// The acknowledgement of a SYN,ACK that was sent again.
    AckOfSyn { frame: FrameNumber },
    /// Proof: it was an unacceptable SYN or an inexact RST (RFC 5961).
    Challenge { frame: FrameNumber, reset: bool },
}

impl Asked {
    /// What a segment of these roles asks its receiver for, which was in that state; and whether
    /// it was captured before.
    pub fn by(
        segment: &Segment,
        (frame, roles, again): (FrameNumber, Roles, bool),
        before: Option<State>,
        received: Received,
    ) -> Asked {
        let flags = segment.flags;
        if roles.has_any(Roles::of(&[Role::KeepAlive, Role::ZeroWindowProbe])) {
            return Asked::Probe;
        }
        let reset = flags.has(Flags::RST);
        if again && !reset {
            if flags.has(Flags::FIN) {
                return Asked::AckOfFin { frame };
            }
            if flags.has(Flags::SYN.with(Flags::ACK)) {
                return Asked::AckOfSyn { frame };
            }
            if segment.payload.len == 1 {
                return Asked::Byte { frame };
            }
        }
        let synchronized = match before {
            None | Some(State::Closed | State::Listen | State::SynSent | State::SynReceived) => {
                false
            }
            Some(
                State::Established
                | State::FinWait1
                | State::FinWait2
                | State::CloseWait
                | State::Closing
                | State::LastAck
                | State::TimeWait,
            ) => true,
        };
        let unacceptable = flags.has(Flags::SYN) || received == Received::InexactReset;
        if synchronized && unacceptable {
            Asked::Challenge { frame, reset }
        } else {
            Asked::Nothing
        }
    }

    /// What it shows of the answer.
    pub fn evidence(self, flag: Finding) -> Option<Evidence> {
        match self {
            Asked::Nothing | Asked::Probe => None,
            Asked::Byte { frame } => (flag == Finding::KeepAliveAck)
                .then_some(Evidence::Unacknowledged { frame: Some(frame) }),
            Asked::AckOfFin { frame } => Some(Evidence::SentAgain { frame, fin: true }),
            Asked::AckOfSyn { frame } => Some(Evidence::SentAgain { frame, fin: false }),
            Asked::Challenge { frame, reset } => Some(Evidence::Challenged { frame, reset }),
        }
    }
}
