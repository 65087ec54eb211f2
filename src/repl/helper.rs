//! What the line editor asks of the language while a line is typed: completion, hints, colours,
//! and whether the line is finished.

use std::borrow::Cow;
use std::cell::Cell;
use std::io;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Context};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::printer::Printer;
use crate::command::{self, Candidate, TokenKind, World};
use crate::session::columns;
use crate::view::Look;
use crate::view::paint::{Meaning, paint};

/// Answers rustyline's questions.
pub(super) struct Helper {
    /// Text that waits is painted before the prompt.
    pub printer: Printer,
    /// Whether colour is welcome.
    pub look: Look,
    /// Columns of the prompt that is shown.
    pub prompt_width: Cell<usize>,
    world: Box<dyn Fn() -> World>,
}

impl Helper {
    pub(super) fn new(printer: Printer, look: Look, world: Box<dyn Fn() -> World>) -> Helper {
        Helper { printer, look, prompt_width: Cell::new(0), world }
    }

    /// The line, coloured.
    pub(super) fn paint(&self, line: &str) -> String {
        let mut text = String::with_capacity(line.len() * 2);
        let mut end = 0;
        for (span, kind) in command::highlight(line, &(self.world)()) {
            text.push_str(&harmless(&line[end..span.start]));
            end = span.end;
            text.push_str(&paint(meaning(kind), &harmless(&line[span]), self.look));
        }
        text.push_str(&harmless(&line[end..]));
        text
    }
}

impl rustyline::Helper for Helper {}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, candidates) = command::complete(line, cursor, &(self.world)());
        let rows = terminal_size::terminal_size_of(io::stdout())
            .map_or(24, |(_, height)| usize::from(height.0));
        // The last column stays free: the cursor would wrap there.
        Ok((start, listed(candidates, columns() - 1, rows, self.look.ascii)))
    }
}

/// Candidates as they are listed: with what they mean, one a row, if all fit on the screen.
fn listed(candidates: Vec<Candidate>, columns: usize, rows: usize, ascii: bool) -> Vec<Pair> {
    let is_short = candidates.len() + 2 < rows;
    let name = |candidate: &Candidate| candidate.text.trim_end().to_owned();
    let widest = candidates.iter().map(|candidate| name(candidate).width()).max().unwrap_or(0);
    let room = columns.saturating_sub(widest + GAP.len());
    candidates
        .into_iter()
        .map(|candidate| {
            let name = name(&candidate);
            let help = shortened(&candidate.help, room, if ascii { "..." } else { "…" });
            let display = if is_short && !help.is_empty() {
                format!("{name}{}{GAP}{help}", " ".repeat(widest - name.width()))
            } else {
                name
            };
            Pair { display, replacement: candidate.text }
        })
        .collect()
}

/// Between a candidate and what it means.
const GAP: &str = "  ";

/// As many whole words of the text as have room; an ellipsis for the others.
fn shortened(text: &str, columns: usize, ellipsis: &str) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let cut = fitting(text, columns.saturating_sub(ellipsis.width()));
    match cut.rfind(' ') {
        Some(end) => cut[..end].trim_end_matches([',', ';', ':', ' ']).to_owned() + ellipsis,
        None => String::new(),
    }
}

/// As much of the text as has room.
fn fitting(text: &str, columns: usize) -> &str {
    let mut room = columns;
    let end = text.char_indices().find(|(_, character)| {
        let width = character.width().unwrap_or(0);
        let fits = width <= room;
        room = room.saturating_sub(width);
        !fits
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// A hint as it is shown, and the part that the right arrow takes over.
pub(super) struct Shown {
    display: String,
    taken: String,
}

impl Hint for Shown {
    fn display(&self) -> &str {
        &self.display
    }

    fn completion(&self) -> Option<&str> {
        (!self.taken.is_empty()).then_some(&self.taken)
    }
}

impl Hinter for Helper {
    type Hint = Shown;

    fn hint(&self, line: &str, cursor: usize, _: &Context<'_>) -> Option<Shown> {
        if cursor < line.len() {
            return None;
        }
        if line.ends_with('\n') && command::is_unfinished(line) {
            let display = "  (goes on: a quote is open, or the line ended in a backslash)";
            let display = fitting(display, columns() - 1).to_owned();
            return Some(Shown { display, taken: String::new() });
        }
        let hint = command::hint(line, &(self.world)())?;
        let last_row = line.rsplit('\n').next().unwrap_or_default();
        let prompt = if last_row.len() == line.len() { self.prompt_width.get() } else { 0 };
        // On the row of the cursor, or not at all: a hint must not push the screen up.
        let room = columns().saturating_sub(prompt + last_row.width() + 1);
        let display = fitting(&hint.text, room).to_owned();
        (!display.is_empty()).then(|| Shown { display, taken: hint.text[..hint.takes].to_owned() })
    }
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned(self.paint(line))
    }

    /// Called whenever the prompt is painted, and never else: what waits comes before it.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let waiting = self.printer.take_waiting();
        if waiting.is_empty() { Cow::Borrowed(prompt) } else { Cow::Owned(waiting + prompt) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint(Meaning::Quiet, hint, self.look))
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        match candidate.find(GAP) {
            Some(end) => {
                let (name, help) = candidate.split_at(end);
                Cow::Owned(name.to_owned() + &paint(Meaning::Quiet, help, self.look))
            }
            None => Cow::Borrowed(candidate),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if command::is_unfinished(context.input()) {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

fn meaning(kind: TokenKind) -> Meaning {
    match kind {
        TokenKind::Command => Meaning::Command,
        TokenKind::Name | TokenKind::Word => Meaning::Plain,
        TokenKind::UnknownName => Meaning::Warning,
        TokenKind::String => Meaning::String,
        TokenKind::Number | TokenKind::Address => Meaning::Number,
        TokenKind::Sign | TokenKind::Comment => Meaning::Quiet,
        TokenKind::Error => Meaning::Error,
    }
}

/// Without control characters, which a paste may bring. They have no width for rustyline either.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if text.contains(is_harmful) {
        Cow::Owned(text.replace(is_harmful, ""))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(text: &str, help: &str) -> Candidate {
        Candidate { text: text.into(), help: help.into() }
    }

    fn rows(candidates: &[Candidate], columns: usize, rows: usize) -> Vec<String> {
        let listed = listed(candidates.to_vec(), columns, rows, false);
        listed.into_iter().map(|pair| pair.display).collect()
    }

    #[test]
    fn candidates_are_listed_with_what_they_mean() {
        let both = [candidate("connect ", "open a connection"), candidate("close ", "end it")];
        assert_eq!(rows(&both, 80, 24), ["connect  open a connection", "close    end it"]);
        assert_eq!(rows(&both, 17, 24), ["connect  open a…", "close    end it"]);
        assert_eq!(rows(&both, 9, 24), ["connect", "close"]);
    }

    #[test]
    fn a_list_that_does_not_fit_the_screen_is_of_names_only() {
        let many = vec![candidate("connect ", "open a connection"); 30];
        assert_eq!(rows(&many, 80, 24)[0], "connect");
    }

    #[test]
    fn no_control_character_reaches_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\u{9b}c\td\ne"), "a[2Jbc\td\ne");
    }

    #[test]
    fn wide_characters_are_not_cut_in_half() {
        assert_eq!(fitting("中文", 3), "中");
        assert_eq!(fitting("abc", 0), "");
    }
}
