//! Sections laid out in lines: the fields, then the bytes with a rule that says which field each
//! byte is.

use std::fmt::Write as _;
use std::ops::Range;

use super::Section;
use super::header::Field;
use crate::view::sanitize::columns;

/// What marks the first, second, third field of a header. A header has at most 10 fields and 40
/// options.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Below this many columns for it, a field's text goes below the field's name.
const LEAST_TEXT: usize = 24;

/// Lines being collected.
pub(super) struct Page<'a> {
    bytes: &'a [u8],
    width: usize,
    ascii: bool,
    lines: Vec<String>,
}

impl<'a> Page<'a> {
    pub fn new(bytes: &'a [u8], width: usize, ascii: bool) -> Page<'a> {
        Page { bytes, width: width.max(24), ascii, lines: Vec::new() }
    }

    pub fn finish(self) -> Vec<String> {
        self.lines
    }

    /// Points from sender to receiver.
    pub fn arrow(&self) -> &'static str {
        if self.ascii { "->" } else { "→" }
    }

    /// An empty line.
    pub fn break_off(&mut self) {
        self.lines.push(String::new());
    }

    /// A line that is not indented.
    pub fn heading(&mut self, parts: &[&str]) {
        let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
        let heading = parts.join(if self.ascii { " - " } else { " · " });
        let options = textwrap::Options::new(self.width).subsequent_indent("  ");
        self.lines.extend(textwrap::wrap(&heading, options).into_iter().map(Into::into));
    }

    /// Running text, indented.
    pub fn text(&mut self, text: &str) {
        self.wrap(text, "  ");
    }

    /// A section: its heading, its fields, its bytes.
    pub fn section(&mut self, section: &Section) {
        self.lines.push(String::new());
        self.heading(&[section.title, &extent(&section.range), section.source]);
        if !section.remark.is_empty() {
            self.text(&section.remark);
        }
        self.fields(&section.fields);
        if !section.fields.is_empty() {
            self.lines.push(String::new());
        }
        let shown =
            section.range.start..section.range.end.min(section.range.start + super::MOST_DATA);
        self.dump(shown.start..shown.end.min(self.bytes.len()), &section.fields);
        let captured = section.range.end.min(self.bytes.len());
        if captured > shown.end {
            self.text(&format!("and {} bytes more", captured - shown.end));
        }
    }

    /// One row a field: letter, bytes, bits, name, what it says.
    fn fields(&mut self, fields: &[Field]) {
        let inclusive = |range: Range<usize>| match range.len() {
            0 | 1 => range.start.to_string(),
            _ => format!("{}-{}", range.start, range.end - 1),
        };
        let rows: Vec<[String; 3]> = fields
            .iter()
            .map(|field| {
                [inclusive(field.bytes()), inclusive(field.numbers()), field.name.to_owned()]
            })
            .collect();
        if rows.is_empty() {
            return;
        }
        let titles = ["bytes", "bits", "field"];
        let [bytes, bits, name] = std::array::from_fn(|column| {
            rows.iter()
                .map(|row| row[column].len())
                .chain([titles[column].len()])
                .max()
                .unwrap_or(0)
        });
        let roomy = 4 + bytes + 2 + bits + 2 + name + 2;
        let below = self.width < roomy + LEAST_TEXT;
        let gap = if below { " " } else { "  " };
        let prefix = |letter: char, row: &[&str; 3]| {
            format!("  {letter} {:bytes$}{gap}{:bits$}{gap}{:name$}", row[0], row[1], row[2])
        };
        let margin = if below { 4 } else { roomy };
        let margin = " ".repeat(margin);
        self.lines.push(prefix(' ', &titles).trim_end().to_owned());
        for ((field, [bytes, bits, name]), letter) in fields.iter().zip(&rows).zip(LETTERS) {
            let row = prefix(char::from(*letter), &[bytes, bits, name]);
            let options = textwrap::Options::new(self.width)
                .initial_indent(&margin)
                .subsequent_indent(&margin);
            let mut text = textwrap::wrap(&field.text, options).into_iter();
            if !below || row.len() + 2 + columns(&field.text) <= self.width {
                let first = text.next().unwrap_or_default();
                self.lines.push(format!("{row}  {}", first.trim_start()).trim_end().to_owned());
            } else {
                self.lines.push(row.trim_end().to_owned());
            }
            self.lines.extend(text.map(Into::into));
            for line in field.table.iter().filter(|l| margin.len() + columns(l) <= self.width) {
                self.lines.push(format!("{margin}{line}"));
            }
            for note in &field.notes {
                self.wrap(note, &margin);
            }
        }
    }

    /// The bytes in rows of 16 (8, 4 where it is narrow) that start at multiples of that; under
    /// each row, which field each byte is.
    fn dump(&mut self, range: Range<usize>, fields: &[Field]) {
        let per_row = [16, 8].into_iter().find(|n| text_column(*n) + n <= self.width).unwrap_or(4);
        let mut row = range.start - range.start % per_row;
        while row < range.end {
            let here = row.max(range.start)..(row + per_row).min(range.end);
            let mut line = format!("  {row:04x}");
            let mut text = " ".repeat(here.start - row);
            for at in here.clone() {
                let blank = column(at - row) - line.len();
                let byte = self.bytes[at];
                let _ = write!(line, "{:blank$}{byte:02x}", "");
                text.push(if byte.is_ascii_graphic() || byte == b' ' { byte.into() } else { '.' });
            }
            let blank = text_column(per_row) - line.len();
            let _ = write!(line, "{:blank$}{text}", "");
            self.lines.push(line.trim_end().to_owned());
            let rule = self.rule(row, &here, fields, per_row);
            if !rule.is_empty() {
                self.lines.push(rule);
            }
            row += per_row;
        }
    }

    /// The line below a row of bytes: each field's letter where it starts, drawn out to its end.
    /// Every hex digit is four bits; one that two fields share is the first one's, unless the other
    /// has no digit else.
    fn rule(&self, row: usize, here: &Range<usize>, fields: &[Field], per_row: usize) -> String {
        let line = if self.ascii { '-' } else { '─' };
        let mut rule = vec![' '; text_column(per_row)];
        let digit = |nibble: usize| column(nibble / 2 - row) + nibble % 2;
        for (field, letter) in fields.iter().zip(LETTERS) {
            let first = field.bits.start.div_ceil(4).max(here.start * 2);
            let last = field.bits.end.div_ceil(4).min(here.end * 2);
            if first < last {
                rule[digit(first)..=digit(last - 1)].fill(line);
                rule[digit(first)] = char::from(*letter);
            } else if here.contains(&(field.bits.start / 8)) {
                let shared = &mut rule[digit(field.bits.start / 4)];
                if *shared == line {
                    *shared = char::from(*letter);
                }
            }
        }
        rule.into_iter().collect::<String>().trim_end().to_owned()
    }

    fn wrap(&mut self, text: &str, indent: &str) {
        let options =
            textwrap::Options::new(self.width).initial_indent(indent).subsequent_indent(indent);
        self.lines.extend(textwrap::wrap(text, options).into_iter().map(Into::into));
    }
}

/// `20 bytes, 14 to 33`.
fn extent(range: &Range<usize>) -> String {
    match range.len() {
        0 => "0 bytes".to_owned(),
        1 => format!("1 byte, {}", range.start),
        len => format!("{len} bytes, {} to {}", range.start, range.end - 1),
    }
}

/// Where the n-th byte of a row of bytes is; after eight there is a gap.
fn column(byte: usize) -> usize {
    8 + byte * 3 + usize::from(byte >= 8)
}

/// Where the text of a row of so many bytes is.
fn text_column(per_row: usize) -> usize {
    column(per_row - 1) + if per_row > 8 { 4 } else { 3 }
}
