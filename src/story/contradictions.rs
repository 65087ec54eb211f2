//! Captured is not received: what an end sends can disprove what it was thought to have received.
//! Then that is taken back (rules K1 to K7).

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
    /// K7: it answers the last ACK of the handshake with an RST: its accept queue was full
    /// (`tcp_abort_on_overflow`, `tcp(7)`).
    NoRoom,
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
            Self::NoRoom => "K7",
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
    match sent {
        Sent::Syn => {
            let answered =
                matches!(state, State::SynReceived | State::Established | State::CloseWait);
            (answered && space.spoken <= Spoken::Syn).then(|| {
                space.forget_answer();
                (State::SynSent, Contradiction::SynAckNotReceived)
            })
        }
        Sent::SynAck => {
            let open = matches!(state, State::Established | State::CloseWait);
            (open && space.spoken <= Spoken::SynAck).then(|| {
                space.forget_since_syn(ack);
                (State::SynReceived, Contradiction::AckNotReceived)
            })
        }
        Sent::FinUnaware | Sent::FinAgainUnaware if state == State::CloseWait => {
            space.forget_peers_fin();
            Some((State::Established, Contradiction::FinNotReceived))
        }
        Sent::FinUnaware | Sent::FinAgainUnaware if state == State::Closing => {
            space.forget_peers_fin();
            Some((State::FinWait1, Contradiction::FinNotReceived))
        }
        Sent::FinAgain | Sent::FinAgainUnaware if state == State::FinWait2 => {
            space.forget_ack_of_fin();
            Some((State::FinWait1, Contradiction::AckOfFinNotReceived))
        }
        Sent::FinAgain if state == State::TimeWait => {
            space.forget_ack_of_fin();
            Some((State::Closing, Contradiction::AckOfFinNotReceived))
        }
        Sent::FinAgainUnaware if state == State::TimeWait => {
            space.forget_ack_of_fin();
            space.forget_peers_fin();
            Some((State::FinWait1, Contradiction::AckOfFinNotReceived))
        }
        Sent::FinAgain | Sent::FinAgainUnaware | Sent::Ack => {
            let closed_in_order = space.fin.is_some() && space.peer_fin.is_some();
            (state == State::Closed && closed_in_order).then(|| {
                space.forget_ack_of_fin();
                (State::LastAck, Contradiction::AckOfFinNotReceived)
            })
        }
        Sent::Fin | Sent::FinUnaware | Sent::Reset | Sent::BareReset => None,
    }
}
