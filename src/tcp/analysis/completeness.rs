//! How much of a conversation a capture has: `tcp.completeness`.

use crate::packet::{Flags, Segment};

/// Which phases of a conversation were seen, as the bits of Wireshark's `tcp.completeness`: 1 SYN,
/// 2 SYN-ACK, 4 an ACK without data, 8 data, 16 FIN, 32 RST. 31 is a whole conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Completeness(pub u8);

impl Completeness {
    const SYN: u8 = 1;
    const SYN_ACK: u8 = 2;
    const ACK: u8 = 4;
    const DATA: u8 = 8;
    const FIN: u8 = 16;
    const RST: u8 = 32;

    /// What a SYN says that reuses the ports of an older connection.
    pub(super) const REUSED: Completeness = Completeness(Completeness::SYN);

    /// Whether a FIN or RST was seen.
    pub(super) fn has_ended(self) -> bool {
        self.0 & (Completeness::FIN | Completeness::RST) != 0
    }

    /// With the first segment of its stream: only a SYN counts.
    pub(super) fn begin(&mut self, segment: &Segment, len: u32) {
        if opens(segment.flags) {
            self.0 |= Completeness::SYN | if len > 0 { Completeness::DATA } else { 0 };
        }
    }

    /// With a later segment.
    pub(super) fn go_on(&mut self, segment: &Segment, len: u32) {
        let flags = segment.flags;
        let (syn, ack) = (flags.has(Flags::SYN), flags.has(Flags::ACK));
        if ack {
            self.0 |= match (syn, len) {
                (true, _) => Completeness::SYN_ACK,
                (false, 0) => Completeness::ACK,
                (false, _) => Completeness::DATA,
            };
            if flags.has(Flags::FIN) {
                self.0 |= Completeness::FIN;
            }
        }
        if flags.has(Flags::RST) {
            self.0 |= Completeness::RST;
        }
    }
}

/// Whether this is a SYN without ACK.
pub(super) fn opens(flags: Flags) -> bool {
    flags.has(Flags::SYN) && !flags.has(Flags::ACK)
}
