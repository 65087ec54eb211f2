//! TCP options (RFC 9293, section 3.2), walked by hand so that an unknown one ends nothing.

use std::fmt;
use std::ops::{Deref, Range};

use super::SeqNumber;

/// Most bytes that a TCP header has room for after its first 20.
const ROOM: usize = 40;
/// Most SACK blocks that fit there.
const SACK_ROOM: usize = 4;

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
    /// Any other kind, or a length that is not its kind's, with its data. 19 MD5, 29 AO, 30 MPTCP.
    Other {
        /// The kind octet.
        kind: u8,
        /// What follows the length octet.
        data: Vec<u8>,
    },
    /// A length that cannot be: less than 2, or beyond the bytes that are there. The walk ends.
    Malformed {
        /// The kind octet.
        kind: u8,
    },
}

impl TcpOption {
    /// The option of that kind with that data; `None` is a length that cannot be.
    fn read(kind: u8, data: Option<&[u8]>) -> TcpOption {
        let Some(data) = data else { return TcpOption::Malformed { kind } };
        match (kind, data) {
            (0, _) => TcpOption::EndOfList,
            (1, _) => TcpOption::NoOperation,
            (2, &[a, b]) => TcpOption::MaximumSegmentSize(u16::from_be_bytes([a, b])),
            (3, &[shift]) => TcpOption::WindowScale(shift),
            (4, &[]) => TcpOption::SackPermitted,
            (5, blocks) if is_sack(blocks) => TcpOption::Sack(sack_blocks(blocks).collect()),
            (8, data) if data.len() == 8 => {
                TcpOption::Timestamps { value: be32(data, 0), echo: be32(data, 4) }
            }
            (28, &[a, b]) => {
                let field = u16::from_be_bytes([a, b]);
                let (minutes, time) = (field & 0x8000 != 0, u32::from(field & 0x7fff));
                TcpOption::UserTimeout(if minutes { time * 60 } else { time })
            }
            (34, cookie) => TcpOption::FastOpenCookie(cookie.to_vec()),
            (kind, data) => TcpOption::Other { kind, data: data.to_vec() },
        }
    }

    /// Its bytes on the wire. Data beyond what a header has room for is the caller's to refuse.
    fn write(&self) -> Vec<u8> {
        let with = |kind: u8, data: &[u8]| {
            let len = u8::try_from(data.len() + 2).unwrap_or(u8::MAX);
            [&[kind, len], data].concat()
        };
        match self {
            TcpOption::EndOfList => vec![0],
            TcpOption::NoOperation => vec![1],
            TcpOption::MaximumSegmentSize(mss) => with(2, &mss.to_be_bytes()),
            TcpOption::WindowScale(shift) => with(3, &[*shift]),
            TcpOption::SackPermitted => with(4, &[]),
            TcpOption::Sack(blocks) => {
                let edges = blocks.iter().flat_map(|block| [block.left, block.right]);
                with(5, &edges.flat_map(|edge| edge.0.to_be_bytes()).collect::<Vec<u8>>())
            }
            TcpOption::Timestamps { value, echo } => {
                with(8, &[value.to_be_bytes(), echo.to_be_bytes()].concat())
            }
            TcpOption::UserTimeout(seconds) => {
                let field = if *seconds < 0x8000 {
                    *seconds as u16
                } else {
                    0x8000 | u16::try_from(seconds / 60).unwrap_or(u16::MAX)
                };
                with(28, &field.to_be_bytes())
            }
            TcpOption::FastOpenCookie(cookie) => with(34, cookie),
            TcpOption::Other { kind, data } => with(*kind, data),
            TcpOption::Malformed { kind } => vec![*kind, 0],
        }
    }
}

/// A block of received bytes beyond a gap (RFC 2018).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SackBlock {
    /// First sequence number of the block.
    pub left: SeqNumber,
    /// The one after its last.
    pub right: SeqNumber,
}

/// The options of one segment, in order: at most 40 bytes, kept as they came.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    bytes: [u8; ROOM],
    len: u8,
}

impl Options {
    /// The options that these bytes hold: what follows the first 20 of a TCP header. Bytes beyond
    /// 40 are not a header's, and are left out.
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Options {
        let bytes = &bytes[..bytes.len().min(ROOM)];
        let mut options = Options { bytes: [0; ROOM], len: bytes.len() as u8 };
        // A word at a time: they are a few, and their number is not known beforehand.
        let (words, rest) = bytes.as_chunks::<4>();
        let (places, _) = options.bytes.as_chunks_mut::<4>();
        for (place, word) in places.iter_mut().zip(words) {
            *place = *word;
        }
        if !rest.is_empty() {
            let whole = words.len() * 4;
            options.bytes[whole..whole + rest.len()].copy_from_slice(rest);
        }
        options
    }

    /// The bytes, as captured: shorter than the header says if the capture cut them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Each option with its place: a range of [`Options::as_bytes`].
    pub fn iter(&self) -> impl Iterator<Item = (TcpOption, Range<usize>)> {
        raw(self.as_bytes()).map(|(kind, data, place)| (TcpOption::read(kind, data), place))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Maximum segment size in bytes.
    pub fn mss(&self) -> Option<u16> {
        let data = first(self.as_bytes(), 2, |data| data.len() == 2)?;
        Some(u16::from_be_bytes([data[0], data[1]]))
    }

    /// Window scale shift, as sent.
    pub fn window_scale(&self) -> Option<u8> {
        first(self.as_bytes(), 3, |data| data.len() == 1).map(|data| data[0])
    }

    /// Whether SACK is permitted.
    pub fn sack_permitted(&self) -> bool {
        first(self.as_bytes(), 4, <[u8]>::is_empty).is_some()
    }

    /// TSval and TSecr.
    pub fn timestamps(&self) -> Option<(u32, u32)> {
        let data = first(self.as_bytes(), 8, |data| data.len() == 8)?;
        Some((be32(data, 0), be32(data, 4)))
    }

    /// SACK blocks; empty if there are none.
    pub fn sack_blocks(&self) -> SackBlocks {
        let mut found = SackBlocks::default();
        let bytes = self.as_bytes();
        // Most segments carry nothing but two NOPs and timestamps (RFC 7323, appendix A).
        let usual = bytes.is_empty() || (bytes.len() == 12 && bytes.starts_with(&[1, 1, 8, 10]));
        if !usual && let Some(blocks) = first(bytes, 5, is_sack) {
            found.len = (blocks.len() / 8) as u8;
            for (place, block) in found.blocks.iter_mut().zip(sack_blocks(blocks)) {
                *place = block;
            }
        }
        found
    }
}

/// The SACK blocks of one segment: four at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SackBlocks {
    blocks: [SackBlock; SACK_ROOM],
    len: u8,
}

impl Deref for SackBlocks {
    type Target = [SackBlock];

    fn deref(&self) -> &[SackBlock] {
        &self.blocks[..usize::from(self.len)]
    }
}

impl Default for Options {
    fn default() -> Options {
        Options { bytes: [0; ROOM], len: 0 }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(option, _)| option)).finish()
    }
}

/// Options as a header would carry them; those that no longer fit in its 40 bytes are left out.
impl FromIterator<TcpOption> for Options {
    fn from_iter<I: IntoIterator<Item = TcpOption>>(options: I) -> Options {
        let mut bytes = Vec::with_capacity(ROOM);
        for option in options {
            let option = option.write();
            if bytes.len() + option.len() > ROOM {
                break;
            }
            bytes.extend(option);
        }
        Options::from_bytes(&bytes)
    }
}

/// Walks the options part of a TCP header: `bytes` is what follows its first 20 bytes. Gives each
/// option with its place: a range of `bytes`. Nothing follows an end of list or a malformed one.
pub fn walk(bytes: &[u8]) -> Vec<(TcpOption, Range<usize>)> {
    raw(bytes).map(|(kind, data, place)| (TcpOption::read(kind, data), place)).collect()
}

/// Kind, data and place of each option; data is `None` where the length cannot be.
fn raw(bytes: &[u8]) -> impl Iterator<Item = (u8, Option<&[u8]>, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let kind = *bytes.get(start)?;
        let len = match kind {
            0 | 1 => Some(1),
            _ => bytes.get(start + 1).map(|len| usize::from(*len)).filter(|len| *len >= 2),
        };
        let option = len.and_then(|len| bytes.get(start..start + len));
        let end = option.map_or(bytes.len(), |option| start + option.len());
        at = if kind == 0 { bytes.len() } else { end };
        Some((kind, option.map(|option| option.get(2..).unwrap_or_default()), start..end))
    })
}

/// The data of the first option of that kind whose length is right for it.
fn first(bytes: &[u8], wanted: u8, is_right: impl Fn(&[u8]) -> bool) -> Option<&[u8]> {
    raw(bytes).find_map(|(kind, data, _)| data.filter(|data| kind == wanted && is_right(data)))
}

fn is_sack(data: &[u8]) -> bool {
    !data.is_empty() && data.len().is_multiple_of(8)
}

fn sack_blocks(data: &[u8]) -> impl Iterator<Item = SackBlock> {
    data.chunks_exact(8).map(|block| SackBlock {
        left: SeqNumber(be32(block, 0)),
        right: SeqNumber(be32(block, 4)),
    })
}

fn be32(data: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]])
}

#[cfg(test)]
mod tests;
