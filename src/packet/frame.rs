//! A frame's bytes, and what was cut off them.

use std::ops::Range;

use super::Undecoded;

/// The frame goes on, but the capture kept no more of it.
pub(super) const CUT: &str = "cut short by the capture";

/// A frame's captured bytes, and how many there were.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub bytes: &'a [u8],
    /// On the wire; at least as many as captured.
    pub wire: usize,
}

impl<'a> Frame<'a> {
    /// `N` bytes at an offset, of the layer that starts at `start`.
    #[inline]
    pub fn array<const N: usize>(
        &self,
        layer: &'static str,
        start: usize,
        at: usize,
    ) -> Result<[u8; N], Undecoded> {
        match self.bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(bytes) => Ok(*bytes),
            None => Err(self.short(layer, start)),
        }
    }

    /// The reason when the bytes end inside that layer.
    #[cold]
    pub fn short(&self, layer: &'static str, offset: usize) -> Undecoded {
        let why = if self.bytes.len() < self.wire { CUT } else { "malformed: ends in its header" };
        Undecoded::new(layer, offset, why)
    }

    /// The captured part of a range.
    #[inline]
    pub fn captured(&self, range: Range<usize>) -> &'a [u8] {
        let end = range.end.min(self.bytes.len());
        self.bytes.get(range.start.min(end)..end).unwrap_or_default()
    }
}
