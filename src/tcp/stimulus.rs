//! What a segment means to the end that sends it and to the end that it comes to, by its sequence
//! numbers. Once that has a name, the [table](super::transition) needs no numbers.

use super::{Space, Spoken};
use crate::packet::{Flags, Segment};

/// What can happen to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stimulus {
    /// It sends a segment.
    Sent(Sent),
    /// A segment comes to it.
    Received(Received),
}

/// What an end says of itself by sending a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sent {
    /// SYN without ACK.
    Syn,
    /// SYN and ACK.
    SynAck,
    /// Its FIN, for the first time.
    Fin,
    /// Its FIN, for the first time, and it doesn't acknowledge the peer's FIN, which should have
    /// come before.
    FinUnaware,
    /// The same FIN again.
    FinAgain,
    /// The same FIN again, and it doesn't acknowledge the peer's FIN, which should have come.
    FinAgainUnaware,
    /// RST and ACK: it aborts, or refuses a SYN.
    Reset,
    /// RST without ACK: its number is that which an unwanted segment acknowledged.
    BareReset,
    /// Anything else: acknowledgements, data, probes.
    Ack,
}

/// What a segment that comes tells an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Received {
    /// SYN without ACK.
    Syn,
    /// SYN and ACK; the end's own SYN is acknowledged.
    SynAck,
    /// SYN and ACK, of what the end hasn't sent.
    StraySynAck,
    /// An acceptable ACK, with data or without.
    Ack,
    /// The end's FIN is acknowledged.
    AckOfFin,
    /// The peer's FIN, in order.
    Fin,
    /// Both at once.
    FinWithAckOfFin,
    /// RST with exactly the number that the end expects; in answer to a SYN, one that acknowledges
    /// it.
    Reset,
    /// Such an RST, to an end that hasn't opened of its own accord and whose SYN isn't
    /// acknowledged yet.
    ResetOfPassiveOpen,
    /// RST within the window, but not exact (RFC 9293, section 3.10.7.4; RFC 5961).
    InexactReset,
    /// RST outside the window, or not for this end's SYN.
    StrayReset,
    /// Neither SYN nor RST, and without an acceptable ACK: dropped.
    Unacceptable,
}

impl Sent {
    /// Each, in the order above.
    pub const ALL: [Sent; 9] = [
        Self::Syn,
        Self::SynAck,
        Self::Fin,
        Self::FinUnaware,
        Self::FinAgain,
        Self::FinAgainUnaware,
        Self::Reset,
        Self::BareReset,
        Self::Ack,
    ];
}

impl Received {
    /// Each, in the order above.
    pub const ALL: [Received; 12] = [
        Self::Syn,
        Self::SynAck,
        Self::StraySynAck,
        Self::Ack,
        Self::AckOfFin,
        Self::Fin,
        Self::FinWithAckOfFin,
        Self::Reset,
        Self::ResetOfPassiveOpen,
        Self::InexactReset,
        Self::StrayReset,
        Self::Unacceptable,
    ];
}

/// What an end whose space was this says by sending that segment.
pub fn sent(space: &Space, segment: &Segment) -> Sent {
    let flags = segment.flags;
    let ack = flags.has(Flags::ACK);
    if flags.has(Flags::RST) {
        return if ack { Sent::Reset } else { Sent::BareReset };
    }
    if flags.has(Flags::SYN) {
        return if ack { Sent::SynAck } else { Sent::Syn };
    }
    if !flags.has(Flags::FIN) {
        return Sent::Ack;
    }
    let again = space.fin.is_some_and(|fin| fin.advance(1) == segment.end());
    let unaware = ack && space.peer_fin.is_some_and(|fin| !segment.ack.is_after(fin));
    match (again, unaware) {
        (false, false) => Sent::Fin,
        (false, true) => Sent::FinUnaware,
        (true, false) => Sent::FinAgain,
        (true, true) => Sent::FinAgainUnaware,
    }
}

/// What that segment tells an end whose space is this.
pub fn received(space: &Space, segment: &Segment) -> Received {
    let flags = segment.flags;
    let ack = flags.has(Flags::ACK);
    if flags.has(Flags::RST) {
        return reset(space, segment);
    }
    if flags.has(Flags::SYN) {
        return match ack {
            false => Received::Syn,
            true if space.accepts_opening_ack(segment.ack) => Received::SynAck,
            true => Received::StraySynAck,
        };
    }
    if !ack || !space.accepts_ack(segment.ack) {
        return Received::Unacceptable;
    }
    match (space.takes_fin_of(segment), space.fin_is_acked_by(segment.ack)) {
        (true, true) => Received::FinWithAckOfFin,
        (true, false) => Received::Fin,
        (false, true) => Received::AckOfFin,
        (false, false) => Received::Ack,
    }
}

/// RFC 9293, sections 3.5.3, 3.10.7.3 and 3.10.7.4. Linux takes the number of a FIN that has come
/// for exact too (`tcp_reset_check`).
fn reset(space: &Space, segment: &Segment) -> Received {
    let Some(expects) = space.expects() else {
        let answers = segment.flags.has(Flags::ACK) && space.accepts_opening_ack(segment.ack);
        return if answers || space.spoken == Spoken::Nothing {
            Received::Reset
        } else {
            Received::StrayReset
        };
    };
    let ahead = segment.seq.distance_from(expects);
    let in_window = ahead >= 0 && i64::from(ahead) < i64::from(space.window.max(1));
    if ahead == 0 || space.peer_fin == Some(segment.seq) || (in_window && space.unsure) {
        if !space.active && space.una.is_none() {
            Received::ResetOfPassiveOpen
        } else {
            Received::Reset
        }
    } else if in_window {
        Received::InexactReset
    } else {
        Received::StrayReset
    }
}
