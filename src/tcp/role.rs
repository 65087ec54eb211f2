//! What a segment really is, whatever its flags say.

/// What a segment really is, in the field's words. A segment can be several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Opens.
    Syn,
    /// Opens the other direction and acknowledges.
    SynAck,
    /// The third of the handshake.
    HandshakeAck,
    /// New data.
    Data,
    /// Acknowledges new data and carries nothing.
    Ack,
    /// The first FIN of its direction.
    Fin,
    /// Acknowledges the peer's FIN.
    AckOfFin,
    /// Resets, or refuses.
    Reset,
    /// A SYN to a port where nobody listens was refused with this.
    Refusal,
    /// Bytes, SYN or FIN that were sent before.
    Retransmission,
    /// Sent again because of duplicate acknowledgements, not after a timeout.
    FastRetransmission,
    /// Sent again although it had been acknowledged.
    SpuriousRetransmission,
    /// Acknowledges again what was acknowledged, while data is missing.
    DuplicateAck,
    /// Opens the window, acknowledges nothing new.
    WindowUpdate,
    /// Closes the window: the receiver's buffer is full.
    ZeroWindow,
    /// Asks whether a closed window is open again.
    ZeroWindowProbe,
    /// Fills the receiver's window to the last byte.
    WindowFull,
    /// Asks an idle peer whether it is still there.
    KeepAlive,
    /// Answers a keep-alive or a window probe.
    ProbeAnswer,
    /// Answers an unacceptable SYN or an inexact RST (RFC 5961).
    ChallengeAck,
    /// Both ends sent a SYN to each other.
    SimultaneousOpen,
    /// Data that fills a gap, behind what came before it.
    OutOfOrder,
    /// A SYN from an end that has forgotten the connection which the other end still has (RFC
    /// 9293, section 3.5.1).
    HalfOpen,
    /// The same frame captured twice.
    CaptureDuplicate,
    /// Carries urgent data.
    Urgent,
    /// Carries data on a SYN (TCP Fast Open).
    FastOpen,
    /// The kernel at its receiver didn't take it: a full queue, a filter. The kernel was asked.
    NotTaken,
    /// A copy that the wire made.
    Copied,
    /// Forged, by the learner or another: its seeming sender knows nothing of it.
    Forged,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 29] = [
        Self::Syn,
        Self::SynAck,
        Self::HandshakeAck,
        Self::Data,
        Self::Ack,
        Self::Fin,
        Self::AckOfFin,
        Self::Reset,
        Self::Refusal,
        Self::Retransmission,
        Self::FastRetransmission,
        Self::SpuriousRetransmission,
        Self::DuplicateAck,
        Self::WindowUpdate,
        Self::ZeroWindow,
        Self::ZeroWindowProbe,
        Self::WindowFull,
        Self::KeepAlive,
        Self::ProbeAnswer,
        Self::ChallengeAck,
        Self::SimultaneousOpen,
        Self::OutOfOrder,
        Self::HalfOpen,
        Self::CaptureDuplicate,
        Self::Urgent,
        Self::FastOpen,
        Self::NotTaken,
        Self::Copied,
        Self::Forged,
    ];

    /// As CONTRACT JSON spells it: lower case, words joined by `-`.
    pub fn word(self) -> &'static str {
        match self {
            Role::Syn => "syn",
            Role::SynAck => "syn-ack",
            Role::HandshakeAck => "handshake-ack",
            Role::Data => "data",
            Role::Ack => "ack",
            Role::Fin => "fin",
            Role::AckOfFin => "ack-of-fin",
            Role::Reset => "reset",
            Role::Refusal => "refusal",
            Role::Retransmission => "retransmission",
            Role::FastRetransmission => "fast-retransmission",
            Role::SpuriousRetransmission => "spurious-retransmission",
            Role::DuplicateAck => "duplicate-ack",
            Role::WindowUpdate => "window-update",
            Role::ZeroWindow => "zero-window",
            Role::ZeroWindowProbe => "zero-window-probe",
            Role::WindowFull => "window-full",
            Role::KeepAlive => "keep-alive",
            Role::ProbeAnswer => "probe-answer",
            Role::ChallengeAck => "challenge-ack",
            Role::SimultaneousOpen => "simultaneous-open",
            Role::OutOfOrder => "out-of-order",
            Role::HalfOpen => "half-open",
            Role::CaptureDuplicate => "capture-duplicate",
            Role::Urgent => "urgent",
            Role::FastOpen => "fast-open",
            Role::NotTaken => "not-taken",
            Role::Copied => "copied",
            Role::Forged => "forged",
        }
    }

    /// The role of that word.
    pub fn from_word(word: &str) -> Option<Role> {
        Self::ALL.into_iter().find(|role| role.word().eq_ignore_ascii_case(word))
    }

    /// What it is, in a few words.
    pub fn help(self) -> &'static str {
        match self {
            Role::Syn => "opens",
            Role::SynAck => "opens the other direction and acknowledges",
            Role::HandshakeAck => "the third of the handshake",
            Role::Data => "new data",
            Role::Ack => "acknowledges new data and carries nothing",
            Role::Fin => "the first FIN of its direction",
            Role::AckOfFin => "acknowledges the peer's FIN",
            Role::Reset => "resets, or refuses",
            Role::Refusal => "refuses a SYN to a port where nobody listens",
            Role::Retransmission => "bytes, SYN or FIN that were sent before",
            Role::FastRetransmission => "sent again because of duplicate ACKs, not a timeout",
            Role::SpuriousRetransmission => "sent again although it had been acknowledged",
            Role::DuplicateAck => "acknowledges again, while data is missing",
            Role::WindowUpdate => "opens the window, acknowledges nothing new",
            Role::ZeroWindow => "closes the window: the receiver's buffer is full",
            Role::ZeroWindowProbe => "asks whether a closed window is open again",
            Role::WindowFull => "fills the receiver's window to the last byte",
            Role::KeepAlive => "asks an idle peer whether it is still there",
            Role::ProbeAnswer => "answers a keep-alive or a window probe",
            Role::ChallengeAck => "answers an unacceptable SYN or an inexact RST",
            Role::SimultaneousOpen => "both ends sent a SYN to each other",
            Role::OutOfOrder => "fills a gap, behind what came before it",
            Role::HalfOpen => "opens where the other end still has a connection",
            Role::CaptureDuplicate => "the same frame captured twice",
            Role::Urgent => "carries urgent data",
            Role::FastOpen => "carries data on a SYN (TCP Fast Open)",
            Role::NotTaken => "the receiver's kernel didn't take it",
            Role::Copied => "a copy that the wire made",
            Role::Forged => "forged: its seeming sender knows nothing of it",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_found_by_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::from_word(role.word()), Some(role));
            assert!(!role.help().is_empty() && role.help().len() <= 56, "{}", role.help());
        }
        assert_eq!(Role::from_word("Syn-Ack"), Some(Role::SynAck));
        assert_eq!(Role::from_word("resend"), None);
    }
}
