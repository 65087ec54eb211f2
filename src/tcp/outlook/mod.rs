//! What an end will do next by itself: which of its timers runs, and what Linux does when it ends.
//!
//! The kernel says which timer runs and for how much longer, not what will then happen. That
//! follows from the rest that it says, by the rules of its own `net/ipv4/tcp_timer.c` and
//! `tcp_output.c` (RFC 6298 for the retransmission timer, RFC 8985 for the tail loss probe,
//! RFC 9293, sections 3.8.4 and 3.8.6.1, for keep-alives and window probes).

mod limits;
mod rules;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::State;
pub use limits::Limits;
pub use rules::outlook;

/// What a timer is for (sock_diag(7), `idiag_timer`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// Sends again what has had no acknowledgement, or probes for a loss; answers a SYN again.
    Retransmit,
    /// Sends a keep-alive; of an orphan in FIN-WAIT-2, ends it.
    KeepAlive,
    /// Ends TIME-WAIT, or an orphan's FIN-WAIT-2.
    TimeWait,
    /// Asks whether a closed window is open again.
    Persist,
}

/// A timer of a TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// What happens when it ends.
    pub kind: TimerKind,
    /// When it ends. Linux rounds up, the further away the more: by up to an eighth.
    pub left: Duration,
    /// How many times it has ended in vain.
    pub retransmits: u8,
}

/// Who holds an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A program has a descriptor of it.
    Program,
    /// A listener: nobody has accepted it yet.
    Listener,
    /// Nobody any more: it was closed, and the kernel finishes alone. An orphan.
    Nobody,
}

/// How the sender thinks its segments fare (`tcpi_ca_state`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Congestion {
    /// Nothing is amiss.
    Open,
    /// Duplicate acknowledgements or SACKs: reordered or lost.
    Disorder,
    /// The window is being reduced, for ECN or a full local queue.
    Cwr,
    /// A loss was found by acknowledgements; it is being repaired.
    Recovery,
    /// A retransmission timeout; all that was in flight counts as lost.
    Loss,
}

impl Congestion {
    /// The kernel's number.
    pub fn from_kernel(code: u8) -> Option<Congestion> {
        Some(match code {
            0 => Congestion::Open,
            1 => Congestion::Disorder,
            2 => Congestion::Cwr,
            3 => Congestion::Recovery,
            4 => Congestion::Loss,
            _ => return None,
        })
    }

    /// The kernel's word.
    pub fn name(self) -> &'static str {
        match self {
            Congestion::Open => "Open",
            Congestion::Disorder => "Disorder",
            Congestion::Cwr => "CWR",
            Congestion::Recovery => "Recovery",
            Congestion::Loss => "Loss",
        }
    }
}

/// What the kernel says of one end, as far as what it will do depends on it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its state.
    pub state: State,
    /// The timer that runs.
    pub timer: Option<Timer>,
    /// Who holds it.
    pub holder: Holder,
    /// It is only a listener's note of a SYN, and no socket yet.
    pub half_open: bool,
    /// How long ago it answered the SYN last, if it is half-open and that was seen.
    pub answered: Option<Duration>,
    /// The handshake is complete but for data, which TCP_DEFER_ACCEPT waits for.
    pub deferred: bool,
    /// What `TCP_INFO` says; half-open connections and TIME-WAITs have none.
    pub sender: Option<Sender>,
    /// What is in flight, as the segments tell; `None` without a capture.
    pub flight: Option<Flight>,
    /// What bounds its patience.
    pub limits: Limits,
}

/// The sender's side of an end (`TCP_INFO`).
#[derive(Debug, Clone)]
pub struct Sender {
    /// Retransmission timeout, as it is now.
    pub rto: Duration,
    /// How often that was doubled; while the window is closed, how many probes it has had.
    pub backoff: u8,
    /// Timeouts since the last acknowledgement of something new.
    pub timeouts: u8,
    /// Smoothed round-trip time.
    pub rtt: Duration,
    /// Segments that aren't acknowledged.
    pub segments: u32,
    /// Bytes that aren't acknowledged, a FIN or SYN counted as one.
    pub in_flight: u32,
    /// Bytes that have not been sent yet.
    pub not_sent: u32,
    /// The largest segment, in bytes of data.
    pub mss: u32,
    /// The peer's window in bytes; `None` on kernels before 5.4.
    pub window: Option<u32>,
    /// Whether selective acknowledgements were agreed on.
    pub sack: bool,
    /// How it thinks that its segments fare.
    pub congestion: Congestion,
    /// Segments that it has sent again, ever.
    pub ever_resent: u32,
    /// How long ago it sent data, or had an acknowledgement, whichever is later.
    pub since_progress: Duration,
    /// How long ago anything came from the peer.
    pub since_heard: Duration,
}

/// What an end has in flight. Numbers are relative to its initial sequence number: the first byte
/// of data is 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flight {
    /// The first number that isn't acknowledged.
    pub first: u32,
    /// The number after the last that was sent.
    pub next: u32,
    /// Where the last segment starts that was sent for the first time.
    pub last: u32,
    /// Whether a FIN is in flight: it has the last number.
    pub fin: bool,
    /// How long ago the first byte was sent each time, the latest first.
    pub sent: Vec<Duration>,
    /// Whether the last segment was sent more than once.
    pub last_again: bool,
}

/// What happens when the timer ends, and how long that is from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// How long from now.
    pub after: Duration,
    /// What happens then.
    pub act: Act,
}

/// What an end does when a timer of its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Retransmission timeout: it sends again what isn't acknowledged.
    Resend {
        /// What.
        what: Sent,
        /// How long it will wait after that, if nothing comes.
        then: Option<Duration>,
    },
    /// It sends something to provoke an acknowledgement, for the last segments may be lost: a
    /// tail loss probe (RFC 8985, section 7). Not yet a timeout: nothing is doubled.
    ProbeTail {
        /// What.
        what: Sent,
        /// How long after that the retransmission timeout is.
        then: Duration,
    },
    /// It takes what isn't acknowledged for lost, by RACK's clock or by timeout, and sends again.
    TakeForLost {
        /// What it sends first.
        what: Sent,
    },
    /// It asks whether the peer's window is open again.
    ProbeWindow {
        /// The how manieth time.
        number: u32,
        /// How long it will wait after that, if nothing comes.
        then: Duration,
    },
    /// It sends what it has held back: less than a segment, corked or for a window too small.
    SendHeld {
        /// Bytes.
        bytes: u32,
    },
    /// It asks whether the peer is still there.
    KeepAlive {
        /// The how manieth time.
        number: u32,
        /// How often it will ask in all.
        of: u32,
        /// How long it will wait for an answer.
        then: Duration,
    },
    /// TCP_DEFER_ACCEPT: it looks whether data has come.
    Defer,
    /// It gives up.
    GiveUp(GivenUp),
    /// TIME-WAIT ends.
    EndTimeWait,
    /// An orphan's FIN-WAIT-2 ends: it no longer waits for the FIN.
    EndFinWait2,
}

/// How an end gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenUp {
    /// The program's call fails with ETIMEDOUT; nothing is sent.
    TimedOut,
    /// The same, and RST is sent: keep-alives had no answer.
    TimedOutWithReset,
    /// Nobody is told: no program has it.
    Forgotten,
}

/// What will be sent. Numbers as in [`Flight`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The SYN.
    Syn,
    /// The SYN,ACK.
    SynAck,
    /// These bytes.
    Bytes {
        /// The first.
        from: u32,
        /// The last.
        to: u32,
        /// And the FIN behind them.
        fin: bool,
    },
    /// From this byte on, as many as one segment holds.
    From(u32),
    /// The FIN alone.
    Fin,
    /// Data that hasn't been sent before, at most so many bytes.
    New(u32),
    /// What isn't acknowledged: so many bytes. Which, no capture tells.
    Unknown(u32),
}
