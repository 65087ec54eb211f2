//! A frame as its file has it.

use crate::trace::{LinkType, Time};

/// The link type of what a file counts as a frame and was on no link: a journal's entry, a custom
/// block. Nothing decodes it.
pub const NO_LINK: LinkType = LinkType(u16::MAX);

/// One frame, lent until the next one is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFrame<'a> {
    /// When it passed, by the clock of whoever captured it; 0 where the file doesn't say. What is
    /// finer than a nanosecond is cut off, what is before 1970 or too late for a [`Time`] is the
    /// nearest that fits.
    pub time: Time,
    /// What the bytes start with.
    pub link: LinkType,
    /// The captured bytes.
    pub bytes: &'a [u8],
    /// Length on the wire in bytes. A damaged file may say less than was captured.
    pub original_len: u32,
    /// Which interface of its section it was captured on, counted from 0.
    pub interface: u32,
    /// What someone has noted on it: the first `opt_comment`. Not more than 65,535 bytes, hopefully
    /// UTF-8.
    pub comment: Option<&'a [u8]>,
}

/// `LINKTYPE_RAW` as it was numbered on OpenBSD (14) and elsewhere (12) before it had one number.
const OLD_RAW: [u16; 2] = [12, 14];

/// The link type that a file means by this number.
pub(super) fn link(number: u16) -> LinkType {
    if OLD_RAW.contains(&number) { LinkType::RAW } else { LinkType(number) }
}

/// The most bytes that a frame of most link types can have (Wireshark's bound as well).
pub(super) const LONGEST: u32 = 256 * 1024;

/// The most bytes that a frame can have at all.
pub(super) const LONGEST_OF_ALL: u32 = 128 * 1024 * 1024;

/// The most captured bytes of a frame of this link type: more is damage.
pub(super) fn longest(link: LinkType) -> u32 {
    match link.0 {
        // D-Bus, USBPcap.
        231 | 249 => LONGEST_OF_ALL,
        // EBHSCR.
        279 => 32 * 1024 * 1024,
        _ => LONGEST,
    }
}
