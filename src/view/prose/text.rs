//! Running text, and where its lines may be broken.

use std::ops::Range;

use textwrap::WordSeparator::UnicodeBreakProperties;
use unicode_width::UnicodeWidthChar;

use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::{Row, safe};
use crate::view::sanitize::columns;

/// Pieces of text with their meaning, one behind the other. Everything in it is safe to show.
#[derive(Debug, Clone, Default)]
pub struct Text {
    shown: String,
    /// Byte for byte as long as what is shown, and what is asked where a line may end: code is a
    /// word, what marks emphasis is a bracket.
    breaking: String,
    /// Where each piece ends, and what it means.
    pieces: Vec<(usize, Meaning)>,
    /// The source's line ended here.
    line_ended: bool,
}

impl Text {
    /// Whether nothing would be seen.
    pub fn is_empty(&self) -> bool {
        self.shown.trim().is_empty()
    }

    /// Adds words; a line may end between them.
    pub fn say(&mut self, meaning: Meaning, text: &str) {
        let mut words = safe_words(text);
        self.join(&words);
        // Where something was left out, one blank is enough.
        let mut before = self.shown.chars().next_back().unwrap_or(' ');
        words.retain(|c| (std::mem::replace(&mut before, c), c) != (' ', ' '));
        self.breaking += &words;
        self.put(meaning, &words);
    }

    /// Adds what stays on one line if it fits into one.
    pub fn whole(&mut self, meaning: Meaning, text: &str) {
        let text = safe_words(text);
        self.join(&text);
        self.breaking += &"x".repeat(text.len());
        self.put(meaning, &text);
    }

    /// Adds a sign that is part of the word behind it.
    pub fn open(&mut self, meaning: Meaning, sign: &'static str) {
        self.join(sign);
        self.breaking += &"(".repeat(sign.len());
        self.put(meaning, sign);
    }

    /// Adds a sign that is part of the word before it.
    pub fn close(&mut self, meaning: Meaning, sign: &'static str) {
        self.join(sign);
        self.breaking += &")".repeat(sign.len());
        self.put(meaning, sign);
    }

    /// The source goes on in a new line, which says nothing: here it may go on in the same.
    pub fn end_source_line(&mut self) {
        self.line_ended = true;
    }

    /// What follows begins a line.
    pub fn end_line(&mut self) {
        self.line_ended = false;
        self.breaking.push('\n');
        self.put(Meaning::Plain, "\n");
    }

    /// Adds another text behind.
    pub fn append(&mut self, other: &Text) {
        let start = self.shown.len();
        self.shown += &other.shown;
        self.breaking += &other.breaking;
        self.pieces.extend(other.pieces.iter().map(|(end, meaning)| (start + end, *meaning)));
    }

    /// How wide it is on lines of any length.
    pub fn width(&self) -> usize {
        self.shown.split('\n').map(columns).max().unwrap_or(0)
    }

    /// How wide the widest word is.
    pub fn widest_word(&self) -> usize {
        let words = lines(&self.breaking).flat_map(|line| self.words(line));
        words.map(|word| columns(&self.shown[word])).max().unwrap_or(0)
    }

    /// Its lines, of at most so many columns, two at least. Words that are wider are broken.
    pub fn wrap(&self, room: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for line in lines(&self.breaking) {
            let mut taken = line.start..line.start;
            for word in self.words(line).flat_map(|word| self.broken(word, room)) {
                if columns(&self.shown[taken.start..word.end]) <= room {
                    taken.end = word.end;
                } else {
                    rows.push(self.row(taken));
                    taken = word;
                }
            }
            rows.push(self.row(taken));
        }
        without_blank_ends(rows)
    }

    fn put(&mut self, meaning: Meaning, text: &str) {
        self.shown += text;
        self.pieces.push((self.shown.len(), meaning));
    }

    /// Where the source's line ended a blank stands, but not within Chinese, which has none.
    fn join(&mut self, next: &str) {
        let (Some(before), Some(after)) = (self.shown.chars().next_back(), next.chars().next())
        else {
            return;
        };
        if std::mem::take(&mut self.line_ended) && !is_joined(before, after) {
            self.breaking.push(' ');
            self.put(Meaning::Plain, " ");
        }
    }

    /// What can't be parted in that line, without the blanks behind.
    fn words(&self, line: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut next = line.start;
        UnicodeBreakProperties.find_words(&self.breaking[line]).map(move |word| {
            let start = next;
            next = start + word.word.len() + word.whitespace.len();
            start..start + word.word.len()
        })
    }

    /// The word in parts that fit: code at its blanks, then anything anywhere.
    fn broken(&self, word: Range<usize>, room: usize) -> Vec<Range<usize>> {
        if columns(&self.shown[word.clone()]) <= room {
            return vec![word];
        }
        let mut next = word.start;
        let mut parts = Vec::new();
        for part in UnicodeBreakProperties.find_words(&self.shown[word]) {
            for bit in part.break_apart(room) {
                parts.push(next..next + bit.word.len());
                next += bit.word.len();
            }
            next += part.whitespace.len();
        }
        parts
    }

    fn row(&self, line: Range<usize>) -> Row {
        let mut row = Row::default();
        let mut start = line.start;
        let first = self.pieces.partition_point(|(end, _)| *end <= start);
        for (end, meaning) in self.pieces.iter().skip(first) {
            if start >= line.end {
                break;
            }
            let end = (*end).min(line.end);
            row.put(*meaning, &self.shown[start..end]);
            start = end;
        }
        row
    }
}

/// The rows without blank ones before and behind.
pub fn without_blank_ends(mut rows: Vec<Row>) -> Vec<Row> {
    let is_blank = |row: &Row| row.text().trim().is_empty();
    let last = rows.iter().rposition(|row| !is_blank(row)).map_or(0, |last| last + 1);
    rows.truncate(last);
    let first = rows.iter().position(|row| !is_blank(row)).unwrap_or(0);
    rows.split_off(first)
}

fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    text.split('\n').map(move |line| {
        let start = next;
        next = start + line.len() + 1;
        start..start + line.len()
    })
}

/// As it can be shown, in one line. Letters stay what they are, whatever else is shown as ASCII.
fn safe_words(text: &str) -> String {
    let blanks = text.replace(['\t', '\n', '\r'], " ");
    let letters = Look { width: 0, ascii: false, raw_seq: false, arithmetic: false, colour: false };
    safe(&blanks, letters)
}

fn is_joined(before: char, after: char) -> bool {
    let is_wide = |c: char| c.width() == Some(2);
    let is_punctuation = |c: char| matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}');
    // Quotation marks and dashes are narrow, and Chinese has the same ones as English.
    let is_shared = |c: char| matches!(c, '\u{2018}'..='\u{201d}' | '\u{2014}' | '\u{2026}');
    (is_wide(before) && is_wide(after))
        || is_punctuation(before)
        || is_punctuation(after)
        || (is_wide(before) && is_shared(after))
        || (is_shared(before) && is_wide(after))
}
