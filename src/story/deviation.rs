//! Where a segment's role differs from Wireshark's flag: what each says, and by which evidence.

use std::time::Duration;

use super::{Role, Roles};
use crate::packet::SeqNumber;
use crate::tcp::analysis::{Finding, Findings};
use crate::trace::FrameNumber;

/// A flag of Wireshark's that misleads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// What Wireshark says.
    pub flag: Finding,
    /// What the segment is in truth.
    pub role: Role,
    /// Why.
    pub because: Evidence,
}

/// What shows that Wireshark misleads: a condition that can be verified again from the segments.
/// Each has an id, D1 and so on, in this order. Sequence numbers are raw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// D1: at most a byte, one below the next number, and the peer's last window was 0.
    ClosedWindow {
        /// The frame that closed it.
        since: Option<FrameNumber>,
    },
    /// D2: a SYN,ACK repeats its sender's initial number, after a SYN from the peer.
    CrossedSyns {
        /// The peer's SYN.
        syn: Option<FrameNumber>,
    },
    /// D3: these numbers, up to and without `end`, were captured before.
    CapturedBefore {
        /// The first.
        start: SeqNumber,
        /// The one after the last.
        end: SeqNumber,
        /// The latest frame that had them, unless that is long ago.
        frame: Option<FrameNumber>,
    },
    /// D4: the same IP identification, numbers and length as in a frame just before.
    SameFrame {
        /// The first of the two.
        first: FrameNumber,
        /// How long before.
        apart: Duration,
    },
    /// D5: the window before was a SYN's, which is never scaled (RFC 7323, section 2.2); scaled,
    /// it offers no more room.
    OnlyScaled {
        /// The SYN's, in bytes.
        syn: u32,
        /// This one, in bytes.
        now: u32,
    },
    /// D6: it answers a FIN or a SYN,ACK that was sent again.
    SentAgain {
        /// That frame.
        frame: FrameNumber,
        /// Whether that was a FIN.
        fin: bool,
    },
    /// D7: it answers a SYN, or an RST whose number is inexact, in an open connection (RFC 5961).
    Challenged {
        /// That frame.
        frame: FrameNumber,
        /// Whether that was an RST.
        reset: bool,
    },
    /// D8: a SYN on addresses whose connection still lives, and no SYN,ACK follows.
    NoNewConnection(Unanswered),
    /// D9: all that the peer had sent was acknowledged: a duplicate ACK reports a gap (RFC 5681,
    /// section 2).
    NothingMissing,
    /// D10: the window is no larger than before.
    NotLarger {
        /// In bytes.
        before: u32,
        /// In bytes.
        now: u32,
    },
    /// D11: the one byte was sent before, and isn't acknowledged; or this answers such a segment.
    Unacknowledged {
        /// The segment with the byte, or that this answers, unless that is long ago.
        frame: Option<FrameNumber>,
    },
    /// D12: the wire stood between: what Wireshark takes for come at once had not, or was its
    /// copy.
    OnTheWire,
    /// D13: what an RST carries is no data of the stream.
    Reset,
    /// D14: its sender's SYN had another number: this is a new answer, not the same again.
    AnotherNumber {
        /// The number that the SYN before had.
        before: SeqNumber,
    },
}

/// What became of the SYN of [`Evidence::NoNewConnection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// Its sender has reset the old connection, which it didn't know: in this frame.
    Reset(FrameNumber),
    /// Its seeming sender went on in the old connection: in this frame.
    WentOn(FrameNumber),
    /// The capture has no more of it.
    Unknown,
}

/// A deviation of an earlier frame, which only this one shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Later {
    /// Which frame it is about.
    pub frame: FrameNumber,
    /// What of it.
    pub deviation: Deviation,
}

impl Deviation {
    /// Of a SYN on addresses whose connection still lives, when this has become of it.
    pub fn of_reuse(fate: Unanswered) -> Deviation {
        let role = match fate {
            Unanswered::Reset(_) | Unanswered::Unknown => Role::HalfOpen,
            Unanswered::WentOn(_) => Role::Forged,
        };
        Deviation { flag: Finding::ReusedPorts, role, because: Evidence::NoNewConnection(fate) }
    }

    /// `D1` to `D14`.
    pub fn id(&self) -> &'static str {
        match self.because {
            Evidence::ClosedWindow { .. } => "D1",
            Evidence::CrossedSyns { .. } => "D2",
            Evidence::CapturedBefore { .. } => "D3",
            Evidence::SameFrame { .. } => "D4",
            Evidence::OnlyScaled { .. } => "D5",
            Evidence::SentAgain { .. } => "D6",
            Evidence::Challenged { .. } => "D7",
            Evidence::NoNewConnection(_) => "D8",
            Evidence::NothingMissing => "D9",
            Evidence::NotLarger { .. } => "D10",
            Evidence::Unacknowledged { .. } => "D11",
            Evidence::OnTheWire => "D12",
            Evidence::Reset => "D13",
            Evidence::AnotherNumber { .. } => "D14",
        }
    }
}

/// The first flag that says something else than these roles.
pub(super) fn contradiction(found: Findings, roles: Roles) -> Option<Finding> {
    if found.is_empty() {
        return None;
    }
    found.iter().find(|flag| same(*flag).is_some_and(|same| !roles.has_any(same)))
}

/// The roles that say what a flag says. `None` of what says nothing of the kind of a segment: what
/// the capture misses, that addresses are used again, and that a window is full.
fn same(flag: Finding) -> Option<Roles> {
    let roles: &[Role] = match flag {
        Finding::ReusedPorts
        | Finding::LostSegment
        | Finding::AckLostSegment
        | Finding::WindowFull => return None,
        Finding::Retransmission => return Some(Roles::RESENT),
        Finding::FastRetransmission => &[Role::FastRetransmission],
        Finding::SpuriousRetransmission => &[Role::SpuriousRetransmission],
        Finding::OutOfOrder => &[Role::OutOfOrder],
        Finding::WindowUpdate => &[Role::WindowUpdate],
        Finding::KeepAlive => &[Role::KeepAlive],
        Finding::DuplicateAck => &[Role::DuplicateAck],
        Finding::ZeroWindowProbe => &[Role::ZeroWindowProbe],
        Finding::KeepAliveAck | Finding::ZeroWindowProbeAck => &[Role::ProbeAnswer],
        // What the window is besides; a frame captured twice is so as well.
        Finding::ZeroWindow => &[Role::ZeroWindow, Role::CaptureDuplicate, Role::Copied],
    };
    Some(Roles::of(roles))
}

/// The role that says what a flag says.
pub(super) fn role_of(flag: Finding) -> Option<Role> {
    match flag {
        Finding::ReusedPorts | Finding::LostSegment | Finding::AckLostSegment => None,
        Finding::Retransmission => Some(Role::Retransmission),
        Finding::FastRetransmission => Some(Role::FastRetransmission),
        Finding::SpuriousRetransmission => Some(Role::SpuriousRetransmission),
        Finding::OutOfOrder => Some(Role::OutOfOrder),
        Finding::WindowUpdate => Some(Role::WindowUpdate),
        Finding::WindowFull => Some(Role::WindowFull),
        Finding::KeepAlive => Some(Role::KeepAlive),
        Finding::DuplicateAck => Some(Role::DuplicateAck),
        Finding::ZeroWindowProbe => Some(Role::ZeroWindowProbe),
        Finding::ZeroWindow => Some(Role::ZeroWindow),
        Finding::KeepAliveAck | Finding::ZeroWindowProbeAck => Some(Role::ProbeAnswer),
    }
}
