//! A block: its kind, its length, its body, its length again (draft-ietf-opsawg-pcapng, section
//! 3.1).

use super::super::error::{Broken, Damage};
use super::super::frame::LONGEST_OF_ALL;
use super::super::order::{Order, at};
use super::super::source::Source;

/// Bytes before a body, and after it.
pub(super) const HEAD: usize = 8;
const TAIL: usize = 4;

/// The longest block: a frame of the longest, with its numbers and 128 KiB of options. Wireshark
/// has the same bound.
const LONGEST: u64 = 32 + LONGEST_OF_ALL as u64 + 128 * 1024;

/// Kinds of blocks (section 4, and section 10.1's registry for those that others have added).
pub(super) mod kind {
    pub const SECTION: u32 = 0x0a0d_0d0a;
    pub const INTERFACE: u32 = 1;
    /// The obsolete Packet Block.
    pub const PACKET: u32 = 2;
    pub const SIMPLE: u32 = 3;
    pub const NAMES: u32 = 4;
    pub const STATISTICS: u32 = 5;
    pub const ENHANCED: u32 = 6;
    /// An entry of systemd's journal.
    pub const JOURNAL: u32 = 9;
    pub const SECRETS: u32 = 10;
    /// Custom, with and without permission to copy it.
    pub const CUSTOM: u32 = 0xbad;
    pub const CUSTOM_PRIVATE: u32 = 0x4000_0bad;
    /// Events of system calls, by sysdig.
    pub const EVENT: u32 = 0x204;
    pub const EVENT_2: u32 = 0x216;
    pub const EVENT_2_LARGE: u32 = 0x221;
}

/// The byte order of a section with this byte-order magic (section 4.1).
pub(super) fn order(magic: [u8; 4]) -> Result<Order, Damage> {
    match u32::from_be_bytes(magic) {
        0x1a2b_3c4d => Ok(Order::Big),
        0x4d3c_2b1a => Ok(Order::Little),
        other => Err(Damage::Magic(other)),
    }
}

/// What is known of a block before its body.
pub(super) struct Block {
    pub kind: u32,
    /// Where it begins in the file.
    pub at: u64,
    /// Bytes of all of it. Some programs leave out the padding, which is there all the same.
    pub len: usize,
}

impl Block {
    #[inline]
    pub fn read(head: [u8; HEAD], at: u64, order: Order) -> Result<Block, Broken> {
        let kind = order.u32(self::at(&head, 0));
        let length = u64::from(order.u32(self::at(&head, 4))).next_multiple_of(4);
        let needed = (HEAD + TAIL + least(kind)) as u64;
        if length < needed {
            return Err(Damage::ShortBlock { length, needed }.at(at));
        }
        if length > LONGEST {
            return Err(Damage::LongBlock { length, longest: LONGEST }.at(at));
        }
        Ok(Block { kind, at, len: length as usize })
    }

    /// Whether nothing in it matters to us.
    #[inline]
    pub fn is_passed_over(&self) -> bool {
        !matches!(
            self.kind,
            kind::SECTION
                | kind::INTERFACE
                | kind::PACKET
                | kind::SIMPLE
                | kind::NAMES
                | kind::ENHANCED
                | kind::JOURNAL
                | kind::CUSTOM
                | kind::CUSTOM_PRIVATE
                | kind::EVENT
                | kind::EVENT_2
                | kind::EVENT_2_LARGE
        )
    }

    /// Takes all of it, which is ready; gives its body.
    #[inline]
    pub fn take<'s>(&self, source: &'s mut Source, order: Order) -> Result<&'s [u8], Broken> {
        let all = source.take(self.len);
        let end = self.len - TAIL;
        self.check(at(all, end), order)?;
        Ok(all.get(HEAD..end).unwrap_or_default())
    }

    /// Its length stands at its end once more.
    #[inline]
    pub fn check(&self, last: [u8; 4], order: Order) -> Result<(), Broken> {
        let (first, last) = (self.len as u64, u64::from(order.u32(last)).next_multiple_of(4));
        if first == last { Ok(()) } else { Err(Damage::Lengths { first, last }.at(self.at)) }
    }
}

/// The bytes that a body of this kind has at least.
fn least(kind: u32) -> usize {
    match kind {
        kind::SECTION => 16,
        kind::INTERFACE | kind::SECRETS => 8,
        kind::PACKET | kind::ENHANCED => 20,
        kind::STATISTICS => 12,
        kind::SIMPLE | kind::NAMES | kind::CUSTOM | kind::CUSTOM_PRIVATE => 4,
        kind::EVENT => 24,
        kind::EVENT_2 | kind::EVENT_2_LARGE => 28,
        _ => 0,
    }
}
