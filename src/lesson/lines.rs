//! The commands of a block, one after another.

use crate::command::{Joiner, Statement, SyntaxError, parse};

/// A command of a lesson, or several with `;` between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What is typed.
    pub text: String,
    /// Its line in the lesson's file, counted from 1.
    pub number: usize,
}

/// A block's body, cut into what is typed at once; comments and blank lines are left out.
/// `start` is the body's place in the file, whose whole text is `file`.
///
/// # Errors
/// A line that isn't of the command language; the place is in the file.
pub(super) fn commands(file: &str, body: &str, start: usize) -> Result<Vec<Line>, SyntaxError> {
    let mut lines = Vec::new();
    for (at, text) in joined(body) {
        if !read(&text, start + at)?.is_empty() {
            let number = line_number(file, start + at);
            lines.push(Line { text: text.trim().to_owned(), number });
        }
    }
    Ok(lines)
}

/// Reads a text at `at` of the file as commands; an error's place is in the file.
pub(super) fn read(text: &str, at: usize) -> Result<Vec<Statement>, SyntaxError> {
    parse(text).map_err(|error| moved(error, at))
}

/// An error, moved to where its text stands in the file.
pub(super) fn moved(mut error: SyntaxError, by: usize) -> SyntaxError {
    error.span = error.span.start + by..error.span.end + by;
    error
}

/// The file's line of a place, counted from 1.
pub(super) fn line_number(file: &str, at: usize) -> usize {
    file[..file.floor_char_boundary(at)].matches('\n').count() + 1
}

/// The lines of a text with their places, those together that belong together.
fn joined(body: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut joiner = Joiner::default();
    let mut goes_on = false;
    for (at, line) in lines_of(body) {
        match all.last_mut() {
            Some((_, text)) if goes_on => {
                text.push('\n');
                text.push_str(line);
            }
            Some(_) | None => all.push((at, line.to_owned())),
        }
        goes_on = joiner.goes_on(line);
    }
    all
}

/// The lines of a text without their ends, each with its place.
pub(super) fn lines_of(body: &str) -> impl Iterator<Item = (usize, &str)> {
    body.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line.trim_end_matches(['\n', '\r'])))
    })
}
