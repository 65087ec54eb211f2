//! The blocks that are frames (draft-ietf-opsawg-pcapng, sections 4.3, 4.4 and appendix A).

use super::super::error::Damage;
use super::super::frame::{FileFrame, NO_LINK};
use super::super::order::{Order, at};
use super::COMMENT;
use super::block::{Block, kind};
use super::interface::{Interface, Interfaces};
use super::options::Options;
use crate::trace::Time;

/// Bytes of a body before a packet's bytes: of enhanced and obsolete blocks, of simple ones.
const NUMBERS: usize = 20;
const SIMPLE_NUMBERS: usize = 4;

/// The frame that a block is.
#[inline]
pub(super) fn frame<'s>(
    block: &Block,
    body: &'s [u8],
    order: Order,
    interfaces: &Interfaces,
) -> Result<FileFrame<'s>, Damage> {
    let number = |offset| order.u32(at(body, offset));
    match block.kind {
        kind::ENHANCED => full(body, order, interfaces, number(0)),
        kind::PACKET => full(body, order, interfaces, u32::from(order.u16(at(body, 0)))),
        kind::SIMPLE => simple(body, number(0), interfaces.get(0)?),
        kind::JOURNAL => Ok(other(without_padding(body))),
        kind::CUSTOM | kind::CUSTOM_PRIVATE => Ok(other(&body[4..])),
        _ => Ok(other(body)),
    }
}

/// Enhanced and obsolete packet blocks differ in how they number their interface.
#[inline]
fn full<'s>(
    body: &'s [u8],
    order: Order,
    interfaces: &Interfaces,
    interface: u32,
) -> Result<FileFrame<'s>, Damage> {
    let number = |offset| order.u32(at(body, offset));
    let about = interfaces.get(interface)?;
    let (bytes, options) = captured(body, NUMBERS, number(12), about)?;
    let time = about.time(u64::from(number(4)) << 32 | u64::from(number(8)));
    let comment = if options.is_empty() { None } else { comment(options, order)? };
    let original_len = number(16);
    Ok(FileFrame { time, link: about.link, bytes, original_len, interface, comment })
}

/// A simple block has no time, and is of the first interface. Its captured length is the snap
/// length, if that is less than the original.
fn simple<'s>(body: &'s [u8], original: u32, about: &Interface) -> Result<FileFrame<'s>, Damage> {
    let snap_length = if about.snap_length == 0 { u32::MAX } else { about.snap_length };
    let (bytes, _) = captured(body, SIMPLE_NUMBERS, original.min(snap_length), about)?;
    Ok(FileFrame { link: about.link, original_len: original, ..other(bytes) })
}

/// A packet's bytes, and the options behind them.
#[inline]
fn captured<'s>(
    body: &'s [u8],
    numbers: usize,
    length: u32,
    about: &Interface,
) -> Result<(&'s [u8], &'s [u8]), Damage> {
    let Interface { longest, .. } = *about;
    if length > longest {
        return Err(Damage::Length { length, longest });
    }
    let end = numbers + length as usize;
    let parts = body.get(numbers..end).zip(body.get(end.next_multiple_of(4)..));
    let block = |body: usize| body as u64 + 12;
    let (length, needed) = (block(body.len()), block(end.next_multiple_of(4)));
    parts.ok_or(Damage::ShortBlock { length, needed })
}

/// The first comment, if all options are whole.
fn comment(options: &[u8], order: Order) -> Result<Option<&[u8]>, Damage> {
    let mut comment = None;
    for option in Options::new(options, order) {
        let (code, value) = option?;
        if !is_right(code, value.len()) {
            return Err(Damage::Option { code, length: value.len() as u16 });
        }
        if code == COMMENT {
            comment = comment.or(Some(value));
        }
    }
    Ok(comment)
}

/// Whether a packet's option can have this length (section 4.3, table 3).
fn is_right(code: u16, length: usize) -> bool {
    match code {
        // Flags, queue.
        2 | 6 => length == 4,
        // Dropped packets, packet's id.
        4 | 5 => length == 8,
        // Hash, verdict.
        3 | 7 => length > 0,
        _ => true,
    }
}

/// What is counted as a frame and was on no link.
fn other(bytes: &[u8]) -> FileFrame<'_> {
    let original_len = bytes.len() as u32;
    let (time, interface, comment) = (Time(0), 0, None);
    FileFrame { time, link: NO_LINK, bytes, original_len, interface, comment }
}

/// A journal's entry is text: zeros behind it are padding.
fn without_padding(body: &[u8]) -> &[u8] {
    let end = body.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &body[..end]
}
