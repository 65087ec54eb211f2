//! The eleven states (RFC 9293, section 3.3.2).

use std::fmt;

/// The state of one end of a connection (RFC 9293, section 3.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// No connection.
    Closed,
    /// Waiting for a connection request.
    Listen,
    /// A SYN was sent.
    SynSent,
    /// A SYN was received and answered.
    SynReceived,
    /// Open: data flows.
    Established,
    /// A FIN was sent and not yet acknowledged.
    FinWait1,
    /// Our FIN is acknowledged, the peer's hasn't come.
    FinWait2,
    /// The peer's FIN came; the program hasn't closed.
    CloseWait,
    /// Both FINs crossed; ours is not yet acknowledged.
    Closing,
    /// The peer's FIN came, then we sent ours.
    LastAck,
    /// Both are closed; old segments may still be about.
    TimeWait,
}

impl State {
    /// Every state, in the RFC's order.
    pub const ALL: [State; 11] = [
        State::Listen,
        State::SynSent,
        State::SynReceived,
        State::Established,
        State::FinWait1,
        State::FinWait2,
        State::CloseWait,
        State::Closing,
        State::LastAck,
        State::TimeWait,
        State::Closed,
    ];

    /// The RFC's spelling.
    pub fn name(self) -> &'static str {
        match self {
            State::Closed => "CLOSED",
            State::Listen => "LISTEN",
            State::SynSent => "SYN-SENT",
            State::SynReceived => "SYN-RECEIVED",
            State::Established => "ESTABLISHED",
            State::FinWait1 => "FIN-WAIT-1",
            State::FinWait2 => "FIN-WAIT-2",
            State::CloseWait => "CLOSE-WAIT",
            State::Closing => "CLOSING",
            State::LastAck => "LAST-ACK",
            State::TimeWait => "TIME-WAIT",
        }
    }

    /// The state of that name, in the RFC's spelling; underscores and lower case pass too.
    pub fn from_name(name: &str) -> Option<State> {
        let wanted = name.to_ascii_uppercase().replace('_', "-");
        State::ALL.into_iter().find(|state| state.name() == wanted)
    }

    /// The state that the kernel numbers so (`include/net/tcp_states.h`). 12 is a request socket
    /// (`TCP_NEW_SYN_RECV`), which the RFC calls SYN-RECEIVED; 13 is a bound socket without a
    /// connection.
    pub fn from_kernel(code: u8) -> Option<State> {
        Some(match code {
            1 => State::Established,
            2 => State::SynSent,
            3 | 12 => State::SynReceived,
            4 => State::FinWait1,
            5 => State::FinWait2,
            6 => State::TimeWait,
            7 | 13 => State::Closed,
            8 => State::CloseWait,
            9 => State::LastAck,
            10 => State::Listen,
            11 => State::Closing,
            _ => return None,
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
