//! TCP options (RFC 9293, section 3.2), walked by hand so that an unknown one ends nothing.

use std::fmt;
use std::ops::Range;

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
    sack: [SackBlock; SACK_ROOM],
    sack_len: u8,
}

impl Options {
    /// The options that these bytes hold: what follows the first 20 of a TCP header. Bytes beyond
    /// 40 are not a header's, and are left out.
    pub fn from_bytes(bytes: &[u8]) -> Options {
        let bytes = &bytes[..bytes.len().min(ROOM)];
        let mut options = Options { len: bytes.len() as u8, ..Options::default() };
        options.bytes[..bytes.len()].copy_from_slice(bytes);
        // Most segments carry nothing but two NOPs and timestamps (RFC 7323, appendix A).
        let usual = bytes.is_empty() || (bytes.len() == 12 && bytes.starts_with(&[1, 1, 8, 10]));
        if !usual && let Some(blocks) = first(bytes, 5, is_sack) {
            options.sack_len = (blocks.len() / 8) as u8;
            for (place, block) in options.sack.iter_mut().zip(sack_blocks(blocks)) {
                *place = block;
            }
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
    pub fn sack_blocks(&self) -> &[SackBlock] {
        &self.sack[..usize::from(self.sack_len)]
    }
}

impl Default for Options {
    fn default() -> Options {
        let sack = [SackBlock::default(); SACK_ROOM];
        Options { bytes: [0; ROOM], len: 0, sack, sack_len: 0 }
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Linux sends with its SYN: MSS, SACK permitted, timestamps, NOP, window scale.
    const LINUX_SYN: [u8; 20] = [2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7];

    #[test]
    fn a_linux_syn_offers_five() {
        let options = walk(&LINUX_SYN);
        assert_eq!(
            options,
            [
                (TcpOption::MaximumSegmentSize(1460), 0..4),
                (TcpOption::SackPermitted, 4..6),
                (TcpOption::Timestamps { value: 9, echo: 0 }, 6..16),
                (TcpOption::NoOperation, 16..17),
                (TcpOption::WindowScale(7), 17..20),
            ]
        );
        let options = Options::from_bytes(&LINUX_SYN);
        assert_eq!(options.mss(), Some(1460));
        assert_eq!(options.window_scale(), Some(7));
        assert!(options.sack_permitted());
        assert_eq!(options.timestamps(), Some((9, 0)));
        assert_eq!(options.sack_blocks(), []);
    }

    #[test]
    fn an_unknown_option_ends_nothing() {
        let options = walk(&[34, 2, 254, 4, 0xf9, 0x89, 3, 3, 5]);
        assert_eq!(
            options,
            [
                (TcpOption::FastOpenCookie(vec![]), 0..2),
                (TcpOption::Other { kind: 254, data: vec![0xf9, 0x89] }, 2..6),
                (TcpOption::WindowScale(5), 6..9),
            ]
        );
    }

    #[test]
    fn a_known_kind_with_another_length_is_kept_as_it_came() {
        let options = Options::from_bytes(&[2, 3, 9, 3, 3, 4]);
        assert_eq!(options.mss(), None);
        assert_eq!(options.window_scale(), Some(4));
        assert_eq!(walk(&[2, 3, 9])[0].0, TcpOption::Other { kind: 2, data: vec![9] });
    }

    #[test]
    fn nothing_follows_the_end_of_the_list() {
        assert_eq!(
            walk(&[1, 0, 3, 3, 7]),
            [(TcpOption::NoOperation, 0..1), (TcpOption::EndOfList, 1..2)]
        );
        assert_eq!(Options::from_bytes(&[0, 3, 3, 7]).window_scale(), None);
    }

    #[test]
    fn a_length_that_cannot_be_ends_the_walk() {
        for bytes in [&[1, 2, 0, 1, 1][..], &[1, 2, 1, 1, 1], &[1, 2, 5, 1, 1], &[1, 2]] {
            assert_eq!(
                walk(bytes),
                [
                    (TcpOption::NoOperation, 0..1),
                    (TcpOption::Malformed { kind: 2 }, 1..bytes.len())
                ]
            );
        }
    }

    #[test]
    fn a_user_timeout_may_count_minutes() {
        // RFC 5482, section 3.1: the first bit is the granularity.
        assert_eq!(walk(&[28, 4, 0x00, 0x1e])[0].0, TcpOption::UserTimeout(30));
        assert_eq!(walk(&[28, 4, 0x80, 0x1e])[0].0, TcpOption::UserTimeout(1800));
    }

    #[test]
    fn what_does_not_fit_in_a_header_is_left_out() {
        let options: Options =
            std::iter::repeat_n(TcpOption::Timestamps { value: 1, echo: 2 }, 5).collect();
        assert_eq!(options.iter().count(), 4);
    }

    fn any_option() -> impl Strategy<Value = TcpOption> {
        let block = (any::<u32>(), any::<u32>())
            .prop_map(|(left, right)| SackBlock { left: SeqNumber(left), right: SeqNumber(right) });
        prop_oneof![
            Just(TcpOption::NoOperation),
            any::<u16>().prop_map(TcpOption::MaximumSegmentSize),
            any::<u8>().prop_map(TcpOption::WindowScale),
            Just(TcpOption::SackPermitted),
            prop::collection::vec(block, 1..4).prop_map(TcpOption::Sack),
            (any::<u32>(), any::<u32>())
                .prop_map(|(value, echo)| TcpOption::Timestamps { value, echo }),
            (0..0x8000u32).prop_map(TcpOption::UserTimeout),
            prop::collection::vec(any::<u8>(), 0..16).prop_map(TcpOption::FastOpenCookie),
            (35..=255u8, prop::collection::vec(any::<u8>(), 0..16))
                .prop_map(|(kind, data)| TcpOption::Other { kind, data }),
        ]
    }

    proptest! {
        #[test]
        fn places_follow_each_other_within_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut end = 0;
            for (_, place) in walk(&bytes) {
                prop_assert_eq!(place.start, end);
                prop_assert!(place.end > place.start && place.end <= bytes.len());
                end = place.end;
            }
        }

        #[test]
        fn the_accessors_agree_with_the_walk(bytes in prop::collection::vec(any::<u8>(), 0..=40)) {
            let options = Options::from_bytes(&bytes);
            prop_assert_eq!(options.iter().collect::<Vec<_>>(), walk(&bytes));
            let sack = options.iter().find_map(|(option, _)| match option {
                TcpOption::Sack(blocks) => Some(blocks),
                _ => None,
            });
            prop_assert_eq!(options.sack_blocks(), sack.unwrap_or_default());
        }

        #[test]
        fn what_was_written_is_read(option in any_option()) {
            let options: Options = [option.clone()].into_iter().collect();
            prop_assert_eq!(options.iter().map(|(option, _)| option).collect::<Vec<_>>(), [option]);
        }
    }
}
