//! IEEE 802.2 LLC and its extension, SNAP (RFC 1042).

use super::Undecoded;
use super::frame::Frame;

/// What an LLC header announces.
pub(super) enum Llc {
    /// An IP packet there: LSAP 06.
    Ip {
        /// Where it starts.
        at: usize,
    },
    /// SNAP's EtherType.
    EtherType {
        /// Where that is.
        at: usize,
    },
    /// Something else.
    Other,
}

/// Reads the header there. Only what carries data is read on: unnumbered information, whose control
/// field takes one byte, and information, whose takes two.
pub(super) fn read(frame: &Frame<'_>, at: usize) -> Result<Llc, Undecoded> {
    let [to, from, control]: [u8; 3] = frame.array("llc", at, at)?;
    let next = match control {
        3 => at + 3,
        _ if control & 1 == 0 => at + 4,
        _ => return Ok(Llc::Other),
    };
    match (to, from) {
        (0x06, _) => Ok(Llc::Ip { at: next }),
        (0xaa, 0xaa) => match frame.array("snap", at, next)? {
            // Encapsulated Ethernet; and what bridges make of it for AppleTalk (IEEE 802.1H).
            [0, 0, 0 | 0xf8] => Ok(Llc::EtherType { at: next + 3 }),
            _ => Ok(Llc::Other),
        },
        _ => Ok(Llc::Other),
    }
}
