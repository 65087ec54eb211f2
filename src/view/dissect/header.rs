//! One header being read: its fields in order, each with the bits that it is.

use std::ops::Range;

use super::Section;

/// One field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub name: &'static str,
    /// Its bits, counted from the frame's first.
    pub bits: Range<usize>,
    /// The bit from which the field's own numbers count.
    pub origin: usize,
    /// Value and meaning: `1460: the largest segment I can take`.
    pub text: String,
    /// Lines below it that keep their columns, or are left out where they don't fit.
    pub table: Vec<String>,
    /// Sentences below those.
    pub notes: Vec<String>,
}

impl Field {
    /// The frame's bytes that it touches.
    pub fn bytes(&self) -> Range<usize> {
        self.bits.start / 8..self.bits.end.div_ceil(8)
    }

    /// Its bits as the RFCs' diagrams number them, in rows of 32; a longer field counts from 0.
    pub fn numbers(&self) -> Range<usize> {
        let first = (self.bits.start - self.origin) % 32;
        if first + self.bits.len() <= 32 {
            first..first + self.bits.len()
        } else {
            0..self.bits.len()
        }
    }
}

/// Reads fields at bit positions of one header, as far as the bytes go.
#[derive(Debug)]
pub(super) struct Header<'a> {
    bytes: &'a [u8],
    start: usize,
    fields: Vec<Field>,
}

impl<'a> Header<'a> {
    /// A header that starts there in the frame.
    pub fn new(bytes: &'a [u8], start: usize) -> Header<'a> {
        Header { bytes, start, fields: Vec::new() }
    }

    /// Adds a field of up to 64 bits, `at` bits into the header, and returns its value; `None`
    /// where the bytes end before it.
    pub fn number(
        &mut self,
        name: &'static str,
        at: usize,
        len: usize,
        say: impl FnOnce(u64) -> String,
    ) -> Option<u64> {
        let value = self.peek(at, len)?;
        let text = say(value);
        self.push(name, at, len, text);
        Some(value)
    }

    /// Adds a field of whole bytes, `at` bytes into the header.
    pub fn octets(
        &mut self,
        name: &'static str,
        at: usize,
        len: usize,
        say: impl FnOnce(&[u8]) -> String,
    ) -> Option<&'a [u8]> {
        let value = self.slice(at, len)?;
        let text = say(value);
        self.push(name, at * 8, len * 8, text);
        Some(value)
    }

    /// The value of a field of up to 64 bits, `at` bits into the header.
    pub fn peek(&self, at: usize, len: usize) -> Option<u64> {
        let slice = self.slice(at / 8, (at + len).div_ceil(8) - at / 8)?;
        let word = slice.iter().fold(0u128, |word, byte| (word << 8) | u128::from(*byte));
        let below = slice.len() * 8 - at % 8 - len;
        Some(((word >> below) & ((1 << len) - 1)) as u64)
    }

    /// Bytes of the header, if all are there.
    pub fn slice(&self, at: usize, len: usize) -> Option<&'a [u8]> {
        self.bytes.get(self.start + at..self.start + at + len)
    }

    /// How many of its bytes there are.
    pub fn available(&self) -> usize {
        self.bytes.len().saturating_sub(self.start)
    }

    /// A table and notes below the field that was added last.
    pub fn below(&mut self, table: Vec<String>, notes: Vec<String>) {
        if let Some(field) = self.fields.last_mut() {
            (field.table, field.notes) = (table, notes);
        }
    }

    /// Lets the bits of the field that was added last count from its own first.
    pub fn own_numbers(&mut self) {
        if let Some(field) = self.fields.last_mut() {
            field.origin = field.bits.start;
        }
    }

    /// The header of so many bytes that these fields are.
    pub fn section(self, title: &'static str, source: &'static str, len: usize) -> Section {
        let range = self.start..self.start + len;
        Section { title, source, range, fields: self.fields, remark: String::new() }
    }

    fn push(&mut self, name: &'static str, at: usize, len: usize, text: String) {
        let origin = self.start * 8;
        let bits = origin + at..origin + at + len;
        self.fields.push(Field { name, bits, origin, text, table: Vec::new(), notes: Vec::new() });
    }
}
