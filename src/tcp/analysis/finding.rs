//! The flags' names.

/// One of the fifteen flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// A SYN with another initial number between endpoints that had a connection before.
    ReusedPorts,
    /// Sequence numbers below those that were sent already.
    Retransmission,
    /// The same, right after two duplicate acknowledgements.
    FastRetransmission,
    /// Data that had been acknowledged.
    SpuriousRetransmission,
    /// Sequence numbers below those that were sent just before.
    OutOfOrder,
    /// Sequence numbers ahead of those that were sent: the capture misses some.
    LostSegment,
    /// Acknowledges what was never seen.
    AckLostSegment,
    /// Nothing but another window.
    WindowUpdate,
    /// Fills the receiver's window to the last byte.
    WindowFull,
    /// At most one byte, one below the next sequence number.
    KeepAlive,
    /// The answer to that.
    KeepAliveAck,
    /// The same acknowledgement and window again.
    DuplicateAck,
    /// One byte into a closed window.
    ZeroWindowProbe,
    /// A window of zero.
    ZeroWindow,
    /// The answer to a probe: still zero.
    ZeroWindowProbeAck,
}

impl Finding {
    /// All, in the order in which they are listed.
    pub const ALL: [Finding; 15] = [
        Finding::ReusedPorts,
        Finding::Retransmission,
        Finding::FastRetransmission,
        Finding::SpuriousRetransmission,
        Finding::OutOfOrder,
        Finding::LostSegment,
        Finding::AckLostSegment,
        Finding::WindowUpdate,
        Finding::WindowFull,
        Finding::KeepAlive,
        Finding::KeepAliveAck,
        Finding::DuplicateAck,
        Finding::ZeroWindowProbe,
        Finding::ZeroWindow,
        Finding::ZeroWindowProbeAck,
    ];

    /// Its name in Wireshark's filters, after `tcp.analysis.`
    pub fn name(self) -> &'static str {
        match self {
            Finding::ReusedPorts => "reused_ports",
            Finding::Retransmission => "retransmission",
            Finding::FastRetransmission => "fast_retransmission",
            Finding::SpuriousRetransmission => "spurious_retransmission",
            Finding::OutOfOrder => "out_of_order",
            Finding::LostSegment => "lost_segment",
            Finding::AckLostSegment => "ack_lost_segment",
            Finding::WindowUpdate => "window_update",
            Finding::WindowFull => "window_full",
            Finding::KeepAlive => "keep_alive",
            Finding::KeepAliveAck => "keep_alive_ack",
            Finding::DuplicateAck => "duplicate_ack",
            Finding::ZeroWindowProbe => "zero_window_probe",
            Finding::ZeroWindow => "zero_window",
            Finding::ZeroWindowProbeAck => "zero_window_probe_ack",
        }
    }
}

/// A set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Findings(u16);

impl Findings {
    /// Whether none is set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether that one is set.
    pub fn has(self, finding: Finding) -> bool {
        self.0 & 1 << finding as u16 != 0
    }

    /// Those that are set, in the order of [`Finding::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Finding> {
        Finding::ALL.into_iter().filter(move |finding| self.has(*finding))
    }

    /// Their names, in that order.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Finding::name).collect()
    }

    /// Whether it is a retransmission, and neither a fast nor a spurious one.
    pub(super) fn is_plain_retransmission(self) -> bool {
        self.has(Finding::Retransmission)
            && !self.has(Finding::FastRetransmission)
            && !self.has(Finding::SpuriousRetransmission)
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.0 |= 1 << finding as u16;
    }
}
