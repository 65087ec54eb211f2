//! What a teacher is told: attempts, hints, skips, answers.

use serde::Serialize;

/// How a lesson went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The lesson's name.
    pub lesson: String,
    /// How many steps it has.
    pub all: usize,
    /// When it was begun: seconds since 1970 with nine decimals.
    pub begun: String,
    /// Whether every step was done, none skipped.
    pub passed: bool,
    /// Whether its end was reached.
    pub finished: bool,
    /// The steps that were begun.
    pub steps: Vec<StepReport>,
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepReport {
    /// Its number, from 1.
    pub step: usize,
    /// Its heading.
    pub heading: String,
    /// How often it was begun: once, and once more for each `again`.
    pub begun: u32,
    /// Whether it was done.
    pub done: bool,
    /// Whether it was skipped.
    pub skipped: bool,
    /// Its tasks and questions, as far as they were reached, in order.
    pub deeds: Vec<Deed>,
}

/// How a task or a question went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deed {
    /// `task` or `question`.
    pub kind: &'static str,
    /// The line in the lesson's file.
    pub line: usize,
    /// Lines that were typed, or answers that were given.
    pub attempts: u32,
    /// Hints that were taken.
    pub hints: u32,
    /// Whether the solution was asked for.
    pub solution: bool,
    /// Feedback on likely mistakes that was given.
    pub mistakes: u32,
    /// What was answered, in order.
    pub answers: Vec<String>,
    /// Whether the first answer was right; none was given yet if null.
    pub first_right: Option<bool>,
    /// Whether it was done.
    pub done: bool,
    /// From its beginning to its end, in seconds.
    pub seconds: Option<f64>,
}
