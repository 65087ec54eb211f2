//! TCP options (RFC 9293, section 3.2), walked by hand so that an unknown one ends nothing.

use super::SeqNumber;

/// One TCP option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TcpOption {
    /// Kind 0: the list ends here.
    EndOfList,
    /// Kind 1.
    NoOperation,
    /// Kind 2, RFC 9293: largest segment that the sender can take, in bytes.
    MaximumSegmentSize(u16),
    /// Kind 3, RFC 7323: shift count.
    WindowScale(u8),
    /// Kind 4, RFC 2018.
    SackPermitted,
    /// Kind 5, RFC 2018.
    Sack(Vec<SackBlock>),
    /// Kind 8, RFC 7323.
    Timestamps {
        /// TSval.
        value: u32,
        /// TSecr.
        echo: u32,
    },
    /// Kind 28, RFC 5482, in seconds.
    UserTimeout(u32),
    /// Kind 34, RFC 7413: the cookie; empty asks for one.
    FastOpenCookie(Vec<u8>),
    /// Any other kind, with its data. 19 MD5, 29 AO, 30 MPTCP.
    Other {
        /// The kind octet.
        kind: u8,
        /// What follows the length octet.
        data: Vec<u8>,
    },
    /// A length that cannot be: less than 2, or beyond the header. The walk ends.
    Malformed {
        /// The kind octet.
        kind: u8,
    },
}

/// A block of received bytes beyond a gap (RFC 2018).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SackBlock {
    /// First sequence number of the block.
    pub left: SeqNumber,
    /// The one after its last.
    pub right: SeqNumber,
}

/// The options of one segment, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options(pub Vec<TcpOption>);

impl Options {
    /// Maximum segment size in bytes.
    pub fn mss(&self) -> Option<u16> {
        self.0.iter().find_map(|o| match o {
            TcpOption::MaximumSegmentSize(mss) => Some(*mss),
            _ => None,
        })
    }

    /// Window scale shift, as sent.
    pub fn window_scale(&self) -> Option<u8> {
        self.0.iter().find_map(|o| match o {
            TcpOption::WindowScale(shift) => Some(*shift),
            _ => None,
        })
    }

    /// Whether SACK is permitted.
    pub fn sack_permitted(&self) -> bool {
        self.0.contains(&TcpOption::SackPermitted)
    }

    /// TSval and TSecr.
    pub fn timestamps(&self) -> Option<(u32, u32)> {
        self.0.iter().find_map(|o| match o {
            TcpOption::Timestamps { value, echo } => Some((*value, *echo)),
            _ => None,
        })
    }

    /// SACK blocks; empty if there are none.
    pub fn sack_blocks(&self) -> &[SackBlock] {
        self.0
            .iter()
            .find_map(|o| match o {
                TcpOption::Sack(blocks) => Some(blocks.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }
}

/// Walks the options part of a TCP header: `bytes` is what follows its first 20 bytes. Gives each
/// option with its place: offset and length in `bytes`.
pub fn walk(bytes: &[u8]) -> Vec<(TcpOption, std::ops::Range<usize>)> {
    let _ = bytes;
    Vec::new()
}
