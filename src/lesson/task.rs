//! Tasks: what the learner is to bring about, a way to do it, and likely mistakes.

use std::time::Duration;

use super::Line;
use super::lines::{commands, line_number, lines_of, moved};
use crate::command::{Command, Expectation, SyntaxError, parse};

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// A way to do it.
    pub solution: Vec<Line>,
    /// What must then be true, all at the same moment.
    pub expects: Vec<Expected>,
    /// From vague to plain: Markdown.
    pub hints: Vec<String>,
    /// Likely mistakes.
    pub wrongs: Vec<Wrong>,
    /// The file's line at which it begins, counted from 1.
    pub line: usize,
}

/// One thing that must be true.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// What.
    pub what: Expectation,
    /// How long it may take to become true.
    pub within: Duration,
    /// As the file has it, without `expect` and `within`.
    pub text: String,
}

impl Expected {
    /// How long unless it says.
    const WITHIN: Duration = Duration::from_secs(1);
}

/// A likely mistake.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrong {
    /// The attempt.
    pub attempt: Vec<Line>,
    /// By which it is known, whatever was typed.
    pub when: Vec<Expected>,
    /// What the learner is told: Markdown.
    pub feedback: String,
    /// The file's line at which it begins, counted from 1.
    pub line: usize,
}

/// Reads the body of an `expect` block, which stands at `start` of the file.
pub(super) fn expectations(body: &str, start: usize) -> Result<Vec<Expected>, SyntaxError> {
    let mut all = Vec::new();
    for (at, line) in lines_of(body) {
        let indent = line.len() - line.trim_start().len();
        all.extend(expectation(line.trim(), start + at + indent)?);
    }
    Ok(all)
}

/// Reads one, with or without the word `expect`; none is there if it is blank or a comment.
fn expectation(text: &str, at: usize) -> Result<Option<Expected>, SyntaxError> {
    const WORD: &str = "expect ";
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (line, offset) = match text.strip_prefix(WORD) {
        Some(_) => (text.to_owned(), at),
        // Places are counted without the word that isn't there.
        None => (format!("{WORD}{text}"), at.saturating_sub(WORD.len())),
    };
    let statements = parse(&line).map_err(|error| {
        let mut error = moved(error, offset);
        error.span = error.span.start.max(at)..error.span.end.max(at);
        error
    })?;
    match &statements[..] {
        [statement] => match &statement.command {
            Command::Expect { what, within } => Ok(Some(Expected {
                what: what.clone(),
                within: within.unwrap_or(Expected::WITHIN),
                text: without_time(line.trim_start_matches(WORD).trim()).to_owned(),
            })),
            _ => Err(not_one(text, at)),
        },
        _ => Err(not_one(text, at)),
    }
}

/// How long it may take is nothing that the learner has to bring about.
fn without_time(text: &str) -> &str {
    text.rsplit_once(" within ").map_or(text, |(what, _)| what.trim_end())
}

fn not_one(text: &str, at: usize) -> SyntaxError {
    SyntaxError::new(at..at + text.len(), "this is not one expectation")
        .expected("one a line, as `state server LISTEN`; `help expect` lists them")
}

/// Reads the body of a `wrong` block: commands, then `when` lines, then `=>` and what is said.
pub(super) fn wrong(file: &str, body: &str, start: usize) -> Result<Wrong, SyntaxError> {
    let arrow = lines_of(body).find(|(_, line)| line.trim_start().starts_with(ARROW));
    let Some((arrow, _)) = arrow else {
        return Err(lacks("this mistake has no feedback", body, start)
            .expected("a line `=> what the learner is told` at the end of the block"));
    };
    let feedback = body[arrow..].trim_start().trim_start_matches(ARROW).trim().to_owned();
    let is_when = |line: &str| line.starts_with(WHEN);
    let known_by = lines_of(&body[..arrow]).find(|(_, line)| is_when(line));
    let known_by = known_by.map_or(arrow, |(at, _)| at);
    let mut when = Vec::new();
    for (at, line) in lines_of(&body[known_by..arrow]) {
        // Behind the first, each line is one.
        let text = line.strip_prefix(WHEN).unwrap_or(line);
        let at = start + known_by + at + (line.len() - text.len());
        when.extend(expectation(text.trim(), at)?);
    }
    if when.is_empty() || feedback.is_empty() {
        return Err(lacks("this mistake can't be known from the trace", body, start)
            .expected("a line `when EXPECTATION` by which it is known, and text behind `=>`"));
    }
    let attempt = commands(file, &body[..known_by], start)?;
    if attempt.is_empty() {
        return Err(lacks("no attempt is shown", body, start)
            .expected("the commands of the mistake, before `when`"));
    }
    Ok(Wrong { attempt, when, feedback, line: line_number(file, start) })
}

/// Before what the learner is told.
const ARROW: &str = "=>";
/// Before what a mistake is known by.
const WHEN: &str = "when ";

/// An error at a body's first line.
fn lacks(what: &str, body: &str, start: usize) -> SyntaxError {
    let first = body.find('\n').unwrap_or(body.len());
    SyntaxError::new(start..start + first, what)
}
