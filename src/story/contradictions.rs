//! Captured is not received: what an end sends can disprove what it was thought to have received.
//! Then that is taken back (rules K1 to K6).

use crate::packet::SeqNumber;
use crate::tcp::{Sent, Space, Spoken, State};

/// Why a state that was told before is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Contradiction {
    /// K1: it sends its FIN without acknowledging the peer's, which had not come yet. Both close at
    /// once.
    FinNotReceived,
    /// K2: it sends its SYN again: the SYN-ACK had not come.
    SynAckNotReceived,
    /// K3: it sends its SYN-ACK again: the ACK had not come.
    AckNotReceived,
    /// K4: it sends its FIN again: the acknowledgement had not come.
    AckOfFinNotReceived,
    /// K5: it goes on after an RST: that was lost, or forged.
    ResetNotReceived,
    /// K6: a SYN with a new number came from its address: it has started anew, and remembers
    /// nothing. Or, the other way, it goes on as before: that SYN was forged.
    NewIncarnation,
    /// The kernel says that it is still where it was before the last segment: that was filtered,
    /// or dropped at a full queue.
    KernelKnowsBetter,
}

impl Contradiction {
    /// The rule's short name, `K1`; `kernel` for the kernel's word.
    pub fn rule(self) -> &'static str {
        match self {
            Self::FinNotReceived => "K1",
            Self::SynAckNotReceived => "K2",
            Self::AckNotReceived => "K3",
            Self::AckOfFinNotReceived => "K4",
            Self::ResetNotReceived => "K5",
            Self::NewIncarnation => "K6",
            Self::KernelKnowsBetter => "kernel",
        }
    }
}

/// An end in this state can't have sent that: says which state it was really in and by which rule,
/// and takes back what it can't have received. `None` if no rule explains it. `ack` is what the
/// segment acknowledges.
pub(super) fn undo(
    state: State,
    sent: Sent,
    space: &mut Space,
    ack: SeqNumber,
) -> Option<(State, Contradiction)> {
    match (state, sent) {
        (State::CloseWait, Sent::FinUnaware | Sent::FinAgainUnaware) => {
            space.forget_peers_fin();
            Some((State::Established, Contradiction::FinNotReceived))
        }
        (State::Closing, Sent::FinUnaware | Sent::FinAgainUnaware) => {
            space.forget_peers_fin();
            Some((State::FinWait1, Contradiction::FinNotReceived))
        }
        (State::Established | State::SynReceived | State::CloseWait, Sent::Syn)
            if space.spoken <= Spoken::Syn =>
        {
            space.forget_answer();
            Some((State::SynSent, Contradiction::SynAckNotReceived))
        }
        (State::Established | State::CloseWait, Sent::SynAck) if space.spoken <= Spoken::SynAck => {
            space.forget_since_syn(ack);
            Some((State::SynReceived, Contradiction::AckNotReceived))
        }
        (State::FinWait2, Sent::FinAgain | Sent::FinAgainUnaware) => {
            space.forget_ack_of_fin();
            Some((State::FinWait1, Contradiction::AckOfFinNotReceived))
        }
        (State::TimeWait, Sent::FinAgain) => {
            space.forget_ack_of_fin();
            Some((State::Closing, Contradiction::AckOfFinNotReceived))
        }
        (State::TimeWait, Sent::FinAgainUnaware) => {
            space.forget_ack_of_fin();
            space.forget_peers_fin();
            Some((State::FinWait1, Contradiction::AckOfFinNotReceived))
        }
        (State::Closed, Sent::FinAgain | Sent::FinAgainUnaware | Sent::Ack)
            if space.fin.is_some() && space.peer_fin.is_some() =>
        {
            space.forget_ack_of_fin();
            Some((State::LastAck, Contradiction::AckOfFinNotReceived))
        }
        _ => None,
    }
}
