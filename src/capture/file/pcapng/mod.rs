//! The pcapng format (draft-ietf-opsawg-pcapng): blocks, each with its kind and its length, in
//! sections, each with a byte order and interfaces of its own.

mod block;
mod interface;
mod options;
mod packet;

use super::error::{Broken, Damage, Unreadable};
use super::frame::FileFrame;
use super::notes::Notes;
use super::order::{Order, at};
use super::source::Source;
use block::{Block, kind};
use interface::Interfaces;
use options::Options;

/// How every section begins, in either byte order: its header's kind (section 4.1).
pub(super) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// `opt_comment` (section 3.5).
const COMMENT: u16 = 1;

/// A file in the pcapng format, behind its first section's header.
pub(super) struct Pcapng {
    order: Order,
    interfaces: Interfaces,
}

impl Pcapng {
    /// Takes the first section's header.
    pub fn open(source: &mut Source, notes: &mut Notes) -> Result<Pcapng, Unreadable> {
        let mut pcapng = Pcapng { order: Order::Little, interfaces: Interfaces::default() };
        match pcapng.first(source, notes) {
            Ok(true) => Ok(pcapng),
            Ok(false) | Err(Broken::Truncated { .. }) => {
                Err(Unreadable::CutOff { bytes: source.ready().len() as u64 })
            }
            Err(Broken::Damaged { why: Damage::Magic(_), .. }) => Err(Unreadable::NoCapture),
            Err(Broken::Damaged { why: Damage::Version { major, minor }, .. }) => {
                Err(Unreadable::Version { major, minor })
            }
            Err(broken @ (Broken::Damaged { .. } | Broken::System { .. })) => Err(broken.into()),
        }
    }

    /// False if the input ends inside the first block.
    fn first(&mut self, source: &mut Source, notes: &mut Notes) -> Result<bool, Broken> {
        let Some(block) = self.block(source)? else { return Ok(false) };
        if !source.want(block.len)? {
            return Ok(false);
        }
        self.section(&block, source, notes).map(|()| true)
    }

    /// The next frame: the next block that is one.
    pub fn next<'s>(
        &mut self,
        source: &'s mut Source,
        notes: &mut Notes,
    ) -> Result<Option<FileFrame<'s>>, Broken> {
        let block = loop {
            let Some(block) = self.block(source)? else { return Ok(None) };
            if block.is_passed_over() {
                if !self.pass_over(&block, source)? {
                    return source.ended(block.at);
                }
                continue;
            }
            if !source.want(block.len)? {
                return source.ended(block.at);
            }
            match block.kind {
                kind::SECTION => self.section(&block, source, notes)?,
                kind::INTERFACE => self.interface(&block, source)?,
                kind::NAMES => {
                    let body = block.take(source, self.order)?;
                    notes.names.take(body, self.order).map_err(|why| why.at(block.at))?;
                }
                _ => break block,
            }
        };
        let body = block.take(source, self.order)?;
        packet::frame(&block, body, self.order, &self.interfaces)
            .map(Some)
            .map_err(|why| why.at(block.at))
    }

    /// The next block's kind and length. A section's own byte order begins with its header.
    #[inline]
    fn block(&mut self, source: &mut Source) -> Result<Option<Block>, Broken> {
        if !source.want(block::HEAD)? {
            return source.ended(source.at());
        }
        let head: [u8; block::HEAD] = at(source.ready(), 0);
        if head[..4] == MAGIC {
            if !source.want(block::HEAD + 4)? {
                return source.ended(source.at());
            }
            let magic = at(source.ready(), block::HEAD);
            self.order = block::order(magic).map_err(|why| why.at(source.at()))?;
        }
        Block::read(head, source.at(), self.order).map(Some)
    }

    /// Passes over a block; false if the input ends inside it.
    fn pass_over(&self, block: &Block, source: &mut Source) -> Result<bool, Broken> {
        if !source.skip(block.len as u64 - 4)? || !source.want(4)? {
            return Ok(false);
        }
        let last = at(source.take(4), 0);
        block.check(last, self.order).map(|()| true)
    }

    /// A section's header (section 4.1): from here on there are other interfaces.
    fn section(
        &mut self,
        block: &Block,
        source: &mut Source,
        notes: &mut Notes,
    ) -> Result<(), Broken> {
        let body = block.take(source, self.order)?;
        let (major, minor) = (self.order.u16(at(body, 4)), self.order.u16(at(body, 6)));
        if major != 1 || !matches!(minor, 0 | 2) {
            return Err(Damage::Version { major, minor }.at(block.at));
        }
        self.interfaces = Interfaces::default();
        for option in Options::new(&body[16..], self.order) {
            let (code, value) = option.map_err(|why| why.at(block.at))?;
            if code == COMMENT {
                notes.comments.take(value);
            }
        }
        Ok(())
    }

    fn interface(&mut self, block: &Block, source: &mut Source) -> Result<(), Broken> {
        let body = block.take(source, self.order)?;
        self.interfaces.describe(body, self.order).map_err(|why| why.at(block.at))
    }
}
