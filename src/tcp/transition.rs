//! The table: state and stimulus in, state out, with the section of RFC 9293 that says so.

use super::{Received, Sent, State, Stimulus};

/// What a stimulus does to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// It goes to this state, by this section.
    To(State, &'static str),
    /// It passes through the first, or must have been there, and goes to the second.
    Through(State, State, &'static str),
    /// It is supposed to be there: the capture began in mid-connection.
    Assumed(State, &'static str),
    /// It stays where it is.
    Stays,
    /// An end in this state doesn't do that: the state was wrong.
    Impossible,
}

use Transition::{Assumed, Impossible, Stays, Through, To};

/// What this stimulus does to an end in this state; `None` is an end of which nothing is known.
///
/// The states and their moves (RFC 9293, section 3.3.2, figure 5; a simultaneous open and close
/// take the left-hand ways through SYN-RECEIVED and CLOSING):
///
/// ```text
///                          CLOSED ◀────────────────────────────────────────┐
///              listen() │         │ connect(): send SYN                    │
///                       ▼         ▼                                        │
///                    LISTEN     SYN-SENT ──────────────┐                   │
///      recv SYN,      │           │ recv SYN           │ recv SYN,ACK      │
///      send SYN,ACK   │           │ send SYN,ACK       │ send ACK          │
///                     ▼           ▼                    │                   │
///                    SYN-RECEIVED ──────────────┐      │                   │
///                        │  recv ACK of SYN     ▼      ▼                   │
///          close():      │                     ESTABLISHED                 │
///          send FIN      │  close(): send FIN   │       │ recv FIN         │
///                        ▼                      │       │ send ACK         │
///                    FIN-WAIT-1 ◀───────────────┘       └──▶ CLOSE-WAIT    │
///        recv ACK    │       │ recv FIN                        │ close():  │
///        of FIN      ▼       │ send ACK                        ▼ send FIN  │
///              FIN-WAIT-2    └──▶ CLOSING                   LAST-ACK ──────┤
///                    │               │ recv ACK of FIN        recv ACK     │
///          recv FIN  └──▶ TIME-WAIT ◀┘                        of FIN       │
///          send ACK           │ 2 MSL pass (60 s on Linux)                 │
///                             └────────────────────────────────────────────┘
/// ```
pub fn transition(state: Option<State>, stimulus: Stimulus) -> Transition {
    match stimulus {
        Stimulus::Sent(what) => sent(state, what),
        Stimulus::Received(what) => received(state, what),
    }
}

#[expect(clippy::match_same_arms, reason = "grouped as the RFC groups them")]
fn sent(state: Option<State>, what: Sent) -> Transition {
    use State::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived,
        SynSent, TimeWait,
    };
    match (state, what) {
        // Opening: OPEN (3.10.1), or the answer to a SYN.
        (None | Some(Closed | Listen), Sent::Syn) => To(SynSent, "3.10.1"),
        (None | Some(Closed | Listen), Sent::SynAck) => To(SynReceived, "3.10.7.2"),
        (Some(SynSent), Sent::Syn) | (Some(SynReceived), Sent::SynAck) => Stays,
        (Some(SynSent), Sent::SynAck) => To(SynReceived, "3.10.7.3"),
        (Some(SynSent), Sent::Ack) => To(Established, "3.10.7.3"),
        (Some(SynSent), Sent::Fin | Sent::FinUnaware) => Through(Established, FinWait1, "3.10.4"),
        (Some(SynReceived), Sent::Syn) => Impossible,
        (
            Some(Established | FinWait1 | FinWait2 | CloseWait | Closing | LastAck | TimeWait),
            Sent::Syn | Sent::SynAck,
        ) => Impossible,

        // Closing: CLOSE (3.10.4). Linux leaves ESTABLISHED when close() is called, even if data
        // holds the FIN back; then the FIN itself moves nothing.
        (Some(SynReceived | Established), Sent::Fin) => To(FinWait1, "3.10.4"),
        (Some(CloseWait), Sent::Fin) => To(LastAck, "3.10.4"),
        (Some(FinWait1 | Closing | LastAck), Sent::Fin | Sent::FinAgain) => Stays,
        (Some(FinWait1 | LastAck), Sent::FinUnaware | Sent::FinAgainUnaware) => Stays,
        (
            Some(SynReceived | Established),
            Sent::FinUnaware | Sent::FinAgain | Sent::FinAgainUnaware,
        ) => To(FinWait1, "3.10.4"),
        (Some(CloseWait), Sent::FinAgain) => To(LastAck, "3.10.4"),
        (None, Sent::Fin | Sent::FinUnaware | Sent::FinAgain | Sent::FinAgainUnaware) => {
            Assumed(FinWait1, "3.10.4")
        }
        (Some(CloseWait | Closing), Sent::FinUnaware | Sent::FinAgainUnaware) => Impossible,
        (
            Some(FinWait2 | TimeWait),
            Sent::Fin | Sent::FinUnaware | Sent::FinAgain | Sent::FinAgainUnaware,
        ) => Impossible,
        (Some(SynSent), Sent::FinAgain | Sent::FinAgainUnaware) => Impossible,
        (
            Some(Closed | Listen),
            Sent::Fin | Sent::FinUnaware | Sent::FinAgain | Sent::FinAgainUnaware,
        ) => Impossible,

        // Resetting: ABORT (3.10.5), or the answer to what is not wanted.
        (Some(SynSent), Sent::BareReset) => Stays,
        (Some(Closed | Listen), Sent::Reset | Sent::BareReset) => Stays,
        (None, Sent::Reset | Sent::BareReset) => To(Closed, "3.10.7.1"),
        (Some(SynSent), Sent::Reset) => To(Closed, "3.10.5"),
        (
            Some(
                SynReceived | Established | FinWait1 | FinWait2 | CloseWait | Closing | LastAck
                | TimeWait,
            ),
            Sent::Reset | Sent::BareReset,
        ) => To(Closed, "3.10.5"),

        // Speaking.
        (None, Sent::Ack) => Assumed(Established, "3.10.7.4"),
        (Some(Closed | Listen), Sent::Ack) => Impossible,
        (
            Some(
                SynReceived | Established | FinWait1 | FinWait2 | CloseWait | Closing | LastAck
                | TimeWait,
            ),
            Sent::Ack,
        ) => Stays,
    }
}

#[expect(clippy::match_same_arms, reason = "grouped as the RFC groups them")]
fn received(state: Option<State>, what: Received) -> Transition {
    use State::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived,
        SynSent, TimeWait,
    };
    match (state, what) {
        // Nothing is known of the end: it must be where such a segment finds it.
        (None, Received::Syn | Received::StraySynAck | Received::Unacceptable) => Stays,
        (None, Received::SynAck) => Through(SynSent, Established, "3.10.7.3"),
        (None, Received::Ack | Received::AckOfFin) => Assumed(Established, "3.10.7.4"),
        (None, Received::Fin | Received::FinWithAckOfFin) => Assumed(CloseWait, "3.10.7.4"),
        (None, Received::Reset | Received::ResetOfPassiveOpen) => To(Closed, "3.10.7.4"),
        (None, Received::InexactReset | Received::StrayReset) => Stays,

        // CLOSED answers with RST, whatever comes (3.10.7.1).
        (
            Some(Closed),
            Received::Syn
            | Received::SynAck
            | Received::StraySynAck
            | Received::Ack
            | Received::AckOfFin
            | Received::Fin
            | Received::FinWithAckOfFin
            | Received::Reset
            | Received::ResetOfPassiveOpen
            | Received::InexactReset
            | Received::StrayReset
            | Received::Unacceptable,
        ) => Stays,

        // LISTEN (3.10.7.2).
        (Some(Listen), Received::Syn) => To(SynReceived, "3.10.7.2"),
        (
            Some(Listen),
            Received::SynAck
            | Received::StraySynAck
            | Received::Ack
            | Received::AckOfFin
            | Received::Fin
            | Received::FinWithAckOfFin
            | Received::Reset
            | Received::ResetOfPassiveOpen
            | Received::InexactReset
            | Received::StrayReset
            | Received::Unacceptable,
        ) => Stays,

        // SYN-SENT (3.10.7.3).
        (Some(SynSent), Received::SynAck) => To(Established, "3.10.7.3"),
        (Some(SynSent), Received::Syn) => To(SynReceived, "3.10.7.3"),
        (Some(SynSent), Received::Reset | Received::ResetOfPassiveOpen) => To(Closed, "3.10.7.3"),
        (
            Some(SynSent),
            Received::StraySynAck
            | Received::Ack
            | Received::AckOfFin
            | Received::Fin
            | Received::FinWithAckOfFin
            | Received::InexactReset
            | Received::StrayReset
            | Received::Unacceptable,
        ) => Stays,

        // All others (3.10.7.4). RST first.
        (Some(SynReceived), Received::ResetOfPassiveOpen) => To(Listen, "3.10.7.4"),
        (Some(SynReceived), Received::Reset) => To(Closed, "3.10.7.4"),
        (
            Some(Established | FinWait1 | FinWait2 | CloseWait | Closing | LastAck | TimeWait),
            Received::Reset | Received::ResetOfPassiveOpen,
        ) => To(Closed, "3.10.7.4"),
        (
            Some(
                SynReceived | Established | FinWait1 | FinWait2 | CloseWait | Closing | LastAck
                | TimeWait,
            ),
            Received::Syn
            | Received::StraySynAck
            | Received::InexactReset
            | Received::StrayReset
            | Received::Unacceptable,
        ) => Stays,

        // The ACK of the SYN, then a FIN.
        (Some(SynReceived), Received::SynAck | Received::Ack) => To(Established, "3.10.7.4"),
        (Some(SynReceived), Received::AckOfFin) => To(Established, "3.10.7.4"),
        (Some(SynReceived), Received::Fin | Received::FinWithAckOfFin) => {
            Through(Established, CloseWait, "3.10.7.4")
        }
        (Some(Established), Received::Fin | Received::FinWithAckOfFin) => To(CloseWait, "3.10.7.4"),
        (Some(FinWait1), Received::AckOfFin) => To(FinWait2, "3.10.7.4"),
        (Some(FinWait1), Received::Fin) => To(Closing, "3.10.7.4"),
        (Some(FinWait1), Received::FinWithAckOfFin) => Through(FinWait2, TimeWait, "3.10.7.4"),
        (Some(FinWait2), Received::Fin | Received::FinWithAckOfFin) => To(TimeWait, "3.10.7.4"),
        (Some(Closing), Received::AckOfFin | Received::FinWithAckOfFin) => To(TimeWait, "3.10.7.4"),
        (Some(LastAck), Received::AckOfFin | Received::FinWithAckOfFin) => To(Closed, "3.10.7.4"),
        (Some(Closing | LastAck), Received::Fin) => Stays,
        (Some(Established | FinWait2 | CloseWait | TimeWait), Received::AckOfFin) => Stays,
        (Some(CloseWait | TimeWait), Received::Fin | Received::FinWithAckOfFin) => Stays,
        (
            Some(Established | FinWait1 | FinWait2 | CloseWait | Closing | LastAck | TimeWait),
            Received::SynAck | Received::Ack,
        ) => Stays,
    }
}
