//! A line that cannot be understood: where, what was expected, and what to do about it.

use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Span;

/// Most columns that the quoted line takes when an error is drawn.
const QUOTED_COLUMNS: usize = 76;

/// No screen is taken to be narrower.
const NARROWEST: usize = 40;

/// Most characters of the learner's own text inside a message.
const QUOTED_WORD: usize = 40;

/// Why a line cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where in the text: byte offsets.
    pub span: Span,
    /// What is wrong, in a few words.
    pub message: String,
    /// What would have been right there.
    pub expected: Option<String>,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// Whether more text could still make it right: an open quote, a backslash at the end.
    pub incomplete: bool,
}

impl SyntaxError {
    /// An error at that place.
    pub fn new(span: Span, message: impl Into<String>) -> SyntaxError {
        SyntaxError {
            span,
            message: message.into(),
            expected: None,
            suggestion: None,
            incomplete: false,
        }
    }

    /// With what would have been right.
    #[must_use]
    pub fn expected(mut self, what: impl Into<String>) -> SyntaxError {
        self.expected = Some(what.into());
        self
    }

    /// With what was probably meant, if anything comes near.
    #[must_use]
    pub fn suggest(mut self, what: Option<impl Into<String>>) -> SyntaxError {
        self.suggestion = what.map(Into::into);
        self
    }

    /// Where it is for people: line counted from `first_line`, column counted from 1 in
    /// characters. `text` is what was parsed; it may have several lines.
    pub fn position(&self, text: &str, first_line: usize) -> (usize, usize) {
        let place = Place::find(text, &self.span);
        (first_line + place.line, text[place.row.start..place.at].chars().count() + 1)
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Draws an error: `file:line:column: message`, the line, a caret, and what to do next. `text` is
/// what was parsed and starts at line `first_line` of `source`. Ends with a newline; holds no
/// control characters but that.
pub fn render(source: &str, first_line: usize, text: &str, error: &SyntaxError) -> String {
    let (line, column) = error.position(text, first_line);
    let message = format!("{}:{line}:{column}: {}", printable(source), error.message);
    drawn(&message, text, error, usize::MAX)
}

/// The same for a line that was just typed: it needs no place, and fits a screen of that width.
pub fn render_typed(text: &str, error: &SyntaxError, width: usize) -> String {
    drawn(&error.message, text, error, width.max(NARROWEST))
}

fn drawn(message: &str, text: &str, error: &SyntaxError, width: usize) -> String {
    let place = Place::find(text, &error.span);
    let mut out = wrapped(message, "", width);
    let room = QUOTED_COLUMNS.min(width.saturating_sub(8));
    let (shown, caret) =
        excerpt(&text[place.row.clone()], place.at - place.row.start, place.len, room);
    if !shown.is_empty() {
        out.extend(["  ", &shown, "\n  ", &caret, "\n"]);
    }
    if let Some(suggestion) = &error.suggestion {
        out.push_str(&wrapped(&format!("did you mean `{suggestion}`?"), "  ", width));
    }
    if let Some(expected) = &error.expected {
        out.push_str(&wrapped(&format!("expected {expected}"), "  ", width));
    }
    out
}

/// Text as lines of at most so many columns, each with its newline, without other control
/// characters.
fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let options = textwrap::Options::new(width)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(indent)
        .subsequent_indent("  ");
    textwrap::wrap(text, options).into_iter().map(|line| printable(&line) + "\n").collect()
}

/// The candidate that comes nearest to `word`, if any comes near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase();
    let most = if word.chars().count() <= 4 { 1 } else { 2 + word.len() / 12 };
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 128)
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The learner's own text for use inside a message: in backquotes, escaped, cut when long.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(QUOTED_WORD).flat_map(char::escape_debug).collect();
    if text.chars().nth(QUOTED_WORD).is_some() {
        shown.push_str("...");
    }
    format!("`{}`", shown.replace("\\\"", "\"").replace("\\'", "'"))
}

/// Where an error stands in a text of one or more lines.
struct Place {
    /// Which line, counted from 0.
    line: usize,
    /// That line's bytes, without its end.
    row: Range<usize>,
    /// Where the error starts, on a character's boundary.
    at: usize,
    /// How many bytes of it are on that line.
    len: usize,
}

impl Place {
    fn find(text: &str, span: &Span) -> Place {
        let at = text.floor_char_boundary(span.start);
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
        let stop = text.floor_char_boundary(span.end).clamp(at, end);
        Place {
            line: text[..start].matches('\n').count(),
            row: start..end,
            at,
            len: stop.saturating_sub(at),
        }
    }
}

/// The part of a line around a place, made printable, and the caret line under it.
fn excerpt(row: &str, at: usize, len: usize, columns: usize) -> (String, String) {
    let mut start = at;
    let mut room = columns / 2;
    for (place, c) in row[..at].char_indices().rev() {
        match room.checked_sub(shown_width(c)) {
            Some(left) => (room, start) = (left, place),
            None => break,
        }
    }
    let mut end = start;
    let mut room = columns;
    for (place, c) in row[start..].char_indices() {
        match room.checked_sub(shown_width(c)) {
            Some(left) => (room, end) = (left, start + place + c.len_utf8()),
            None => break,
        }
    }
    let before = if start > 0 { "..." } else { "" };
    let after = if end < row.len() { "..." } else { "" };
    let shown = format!("{before}{}{after}", printable(&row[start..end]));
    let indent = before.len() + printable(&row[start..at]).width();
    let under = printable(&row[at..(at + len).min(end).max(at)]).width();
    let caret = format!("{}^{}", " ".repeat(indent), "~".repeat(under.saturating_sub(1)));
    (shown.trim_end().to_owned(), caret)
}

fn shown_width(c: char) -> usize {
    printable_char(c).width().unwrap_or(1)
}

fn printable(text: &str) -> String {
    text.chars().map(printable_char).collect()
}

/// The character itself if it stays where it is put: control characters and those that change the
/// direction of text or take no room become `?`, so that a caret below still points right.
fn printable_char(c: char) -> char {
    match c {
        '\t' => ' ',
        '\\' | '"' | '\'' => c,
        _ if c.escape_debug().len() > 1 || c.width() == Some(0) => '?',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_drawn_with_a_caret_under_the_word() {
        let error = SyntaxError::new(0..6, "unknown command `conect`")
            .suggest(Some("connect"))
            .expected("a command");
        assert_eq!(
            render("tour.scope", 3, "conect client server", &error),
            "tour.scope:3:1: unknown command `conect`\n  conect client server\n  ^~~~~~\n  \
             did you mean `connect`?\n  expected a command\n"
        );
    }

    #[test]
    fn a_typed_line_needs_no_place_and_fits_the_screen() {
        let error = SyntaxError::new(
            12..17,
            "no socket option is called SO_REUSEADR; did you mean SO_REUSEADDR?",
        )
        .expected("one of a good many words that go on and on until the line is full");
        assert_eq!(
            render_typed("setsockopt s SO_REUSEADR 1", &error, 44),
            "no socket option is called SO_REUSEADR; did\n  you mean SO_REUSEADDR?\n  \
             setsockopt s SO_REUSEADR 1\n              ^~~~~\n  \
             expected one of a good many words that go\n  on and on until the line is full\n"
        );
    }

    #[test]
    fn the_caret_stands_by_display_width_and_the_column_counts_characters() {
        let text = "send 客户 x";
        let error = SyntaxError::new(12..13, "no");
        assert_eq!(error.position(text, 1), (1, 9));
        assert_eq!(render("-", 1, text, &error), "-:1:9: no\n  send 客户 x\n            ^\n");
    }

    #[test]
    fn an_error_on_a_later_line_of_a_long_command_is_found_there() {
        let error = SyntaxError::new(15..16, "no");
        assert_eq!(error.position("bind server \\\n x", 7), (8, 2));
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_around_the_caret() {
        let text = "x".repeat(1 << 20);
        let drawn = render("-", 1, &text, &SyntaxError::new(500_000..500_004, "no"));
        assert!(drawn.len() < 300, "{drawn}");
        assert!(drawn.contains("^~~~\n"));
    }

    #[test]
    fn nothing_of_the_line_reaches_the_terminal_as_a_control_character() {
        let text = "send c \x1b[31m\u{202e}\u{200b}\x07";
        let drawn = render("\x1b[1m", 1, text, &SyntaxError::new(7..8, quoted(text)));
        assert!(drawn.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')));
    }

    #[test]
    fn a_span_beyond_the_text_or_inside_a_character_does_no_harm() {
        for span in [0..9, 7..9, 1..2, 2..2] {
            render("-", 1, "é\n", &SyntaxError::new(span, "no"));
        }
    }

    #[test]
    fn the_nearest_word_is_found_and_a_distant_one_is_not() {
        let words = ["connect", "close", "client"];
        assert_eq!(nearest("conect", words), Some("connect"));
        assert_eq!(nearest("CLSOE", words), Some("close"));
        assert_eq!(nearest("bind", words), None);
        assert_eq!(nearest(&"c".repeat(1 << 20), words), None);
    }
}
