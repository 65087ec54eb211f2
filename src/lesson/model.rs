//! What a lesson holds.

use super::{Line, Question, Row, Task};

/// A lesson.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// What the learner types to take it: the file's name without number and ending.
    pub name: String,
    /// As lists show it.
    pub title: String,
    /// About how long it takes.
    pub minutes: u32,
    /// Lessons that should come first, by name.
    pub needs: Vec<String>,
    /// The curriculum's rows that it teaches.
    pub rows: Vec<Row>,
    /// The misconceptions that it disproves.
    pub misconceptions: Vec<u8>,
    /// Whether the learner may skip a step.
    pub may_skip: bool,
    /// Whether the learner may see a solution.
    pub may_see_solution: bool,
    /// Markdown before the first step.
    pub intro: String,
    /// The steps; at least one.
    pub steps: Vec<Step>,
    /// The file that it was read from, for messages.
    pub source: String,
}

/// A step: from top to bottom, waiting at each task and each question.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its heading.
    pub heading: String,
    /// The file's line of the heading, counted from 1.
    pub line: usize,
    /// The rows that are done and checked in it.
    pub rows: Vec<Row>,
    /// The misconceptions that it disproves.
    pub misconceptions: Vec<u8>,
    /// What it consists of; at least one task or question.
    pub items: Vec<Item>,
}

/// A piece of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Markdown to be shown.
    Prose(String),
    /// A program to be shown, and its language; may be empty.
    Code {
        /// The language.
        language: String,
        /// The program.
        text: String,
    },
    /// Commands that the lab types.
    Lab {
        /// The commands.
        lines: Vec<Line>,
        /// Whether they run unseen.
        quiet: bool,
    },
    /// Something to do.
    Task(Task),
    /// Something to answer.
    Ask(Question),
}

impl Item {
    /// Whether the step waits here for the learner.
    pub fn waits(&self) -> bool {
        match self {
            Item::Task(_) | Item::Ask(_) => true,
            Item::Prose(_) | Item::Code { .. } | Item::Lab { .. } => false,
        }
    }

    /// The hints that it has, from vague to plain.
    pub fn hints(&self) -> &[String] {
        match self {
            Item::Task(task) => &task.hints,
            Item::Ask(question) => &question.hints,
            Item::Prose(_) | Item::Code { .. } | Item::Lab { .. } => &[],
        }
    }
}

impl Step {
    /// Whether it starts afresh: nothing of the steps before it is needed.
    pub fn is_independent(&self) -> bool {
        let first = self.items.iter().find(|item| !matches!(item, Item::Prose(_)));
        matches!(first, Some(Item::Lab { lines, .. })
            if lines.first().is_some_and(|line| line.text.trim() == "reset"))
    }
}

impl Lesson {
    /// The step from which on the lab must be played to stand where `step` begins.
    pub fn base_of(&self, step: usize) -> usize {
        (0..=step.min(self.steps.len() - 1))
            .rev()
            .find(|index| self.steps[*index].is_independent())
            .unwrap_or(0)
    }
}
