//! A lesson that runs: where it is, and what is known of the task or question that is open.

use std::collections::HashSet;
use std::sync::Arc;

use super::Lessons;
use crate::command::parse;
use crate::kernel::Counters;
use crate::lesson::{
    Answer, Deed, Folder, Item, Lesson, Question, Report, Step, StepReport, Task, Truth,
};
use crate::trace::{SocketId, Time};

/// A lesson that runs.
pub(super) struct Playing {
    pub lesson: Arc<Lesson>,
    pub folder: Folder,
    /// The step, from 0.
    pub step: usize,
    /// The item of the step that comes next, or is open.
    pub item: usize,
    pub open: Open,
    pub report: Report,
    /// Whether the learner has been told what can be typed.
    pub introduced: bool,
    /// Whether segments can't be judged, and the learner has been told so.
    pub blind: bool,
}

/// What it waits for.
pub(super) enum Open {
    /// Nothing: the lab is at work, or could not do its part.
    Nothing,
    /// The task of this item.
    Task(AtTask),
    /// The question of this item.
    Question(AtQuestion),
    /// Enter, at the end of a step.
    Enter,
}

/// What is counted from the opening of a task or question on.
#[derive(Clone)]
pub(super) struct Since {
    pub cursor: u64,
    pub counted: Counters,
    pub time: Time,
}

/// An open task.
pub(super) struct AtTask {
    pub since: Since,
    /// Sockets that the solution uses and leaves open.
    pub needed: Vec<(String, SocketId)>,
    /// What has been typed and went well, in its canonical form.
    pub typed: Vec<String>,
    /// How many expectations hold, as the learner has been told.
    pub held: usize,
    /// Likely mistakes that the learner has been told of.
    pub told: HashSet<usize>,
    /// Whether it was said that something can't come true any more.
    pub impossible_told: bool,
    /// Whether it was said that a socket is missing.
    pub closed_told: bool,
}

impl AtTask {
    pub fn new(since: Since, needed: Vec<(String, SocketId)>) -> AtTask {
        AtTask {
            since,
            needed,
            typed: Vec::new(),
            held: 0,
            told: HashSet::new(),
            impossible_told: false,
            closed_told: false,
        }
    }
}

/// An open question.
pub(super) struct AtQuestion {
    pub since: Since,
    /// What has turned out, once a prediction was made.
    pub truth: Option<Truth>,
    /// Whether the learner has done something since: the world isn't the one that was asked about.
    pub acted: bool,
}

impl Lessons {
    /// What is known of the open task, if one is open.
    pub(super) fn at_task(&mut self) -> Option<&mut AtTask> {
        match &mut self.playing.as_mut()?.open {
            Open::Task(at) => Some(at),
            Open::Nothing | Open::Question(_) | Open::Enter => None,
        }
    }

    /// What is known of the open question, if one is open.
    pub(super) fn at_question(&mut self) -> Option<&mut AtQuestion> {
        match &mut self.playing.as_mut()?.open {
            Open::Question(at) => Some(at),
            Open::Nothing | Open::Task(_) | Open::Enter => None,
        }
    }

    /// Whether it waits for Enter, at the end of a step.
    pub(super) fn pauses(&self) -> bool {
        self.playing.as_ref().is_some_and(Playing::pauses)
    }
}

impl Playing {
    pub fn new(lesson: Arc<Lesson>, folder: Folder, begun: Time) -> Playing {
        let report = Report {
            lesson: lesson.name.clone(),
            all: lesson.steps.len(),
            begun: begun.to_string(),
            passed: false,
            finished: false,
            steps: Vec::new(),
        };
        Playing {
            lesson,
            folder,
            step: 0,
            item: 0,
            open: Open::Nothing,
            report,
            introduced: false,
            blind: false,
        }
    }

    pub fn step(&self) -> Option<&Step> {
        self.lesson.steps.get(self.step)
    }

    pub fn item(&self) -> Option<&Item> {
        self.step()?.items.get(self.item)
    }

    pub fn task(&self) -> Option<&Task> {
        match self.item()? {
            Item::Task(task) => Some(task),
            Item::Ask(_) | Item::Prose(_) | Item::Code { .. } | Item::Lab { .. } => None,
        }
    }

    pub fn question(&self) -> Option<&Question> {
        match self.item()? {
            Item::Ask(question) => Some(question),
            Item::Task(_) | Item::Prose(_) | Item::Code { .. } | Item::Lab { .. } => None,
        }
    }

    /// Whether that is how the step that comes next is solved: whoever types it without having
    /// seen it follows the file.
    pub fn begins_with(&self, text: &str) -> bool {
        let Some(item) = self.step().and_then(|step| step.items.iter().find(|i| i.waits())) else {
            return false;
        };
        let commands = |text: &str| -> Option<Vec<String>> {
            Some(parse(text).ok()?.iter().map(ToString::to_string).collect())
        };
        match item {
            Item::Task(task) => {
                task.solution.first().and_then(|line| commands(&line.text)) == commands(text)
                    && !text.is_empty()
            }
            Item::Ask(question) => {
                let text = text.strip_prefix("answer ").unwrap_or(text);
                parse(text).is_err() && Answer::read(&question.asked, text).is_ok()
            }
            Item::Prose(_) | Item::Code { .. } | Item::Lab { .. } => false,
        }
    }

    pub fn pauses(&self) -> bool {
        matches!(self.open, Open::Enter)
    }

    pub fn is_over(&self) -> bool {
        self.step >= self.lesson.steps.len()
    }

    /// How the step goes, for the report.
    pub fn step_report(&mut self) -> &mut StepReport {
        let number = self.step + 1;
        let heading = self.step().map(|step| step.heading.clone()).unwrap_or_default();
        let at = self.report.steps.iter().position(|report| report.step == number);
        let at = at.unwrap_or_else(|| {
            self.report.steps.push(StepReport {
                step: number,
                heading,
                begun: 0,
                done: false,
                skipped: false,
                deeds: Vec::new(),
            });
            self.report.steps.len() - 1
        });
        &mut self.report.steps[at]
    }

    /// How the open task or question goes, for the report.
    pub fn deed(&mut self) -> Option<&mut Deed> {
        let (kind, line) = match self.item()? {
            Item::Task(task) => ("task", task.line),
            Item::Ask(question) => ("question", question.line),
            Item::Prose(_) | Item::Code { .. } | Item::Lab { .. } => return None,
        };
        let deeds = &mut self.step_report().deeds;
        let at = deeds.iter().position(|deed| deed.line == line).unwrap_or_else(|| {
            deeds.push(Deed {
                kind,
                line,
                attempts: 0,
                hints: 0,
                solution: false,
                mistakes: 0,
                answers: Vec::new(),
                first_right: None,
                done: false,
                seconds: None,
            });
            deeds.len() - 1
        });
        deeds.get_mut(at)
    }

    /// The hints of the open task or question that were taken.
    pub fn hints_taken(&mut self) -> usize {
        self.deed().map_or(0, |deed| deed.hints as usize)
    }

    /// When the open task or question was opened.
    pub fn since(&self) -> Option<&Since> {
        match &self.open {
            Open::Task(task) => Some(&task.since),
            Open::Question(question) => Some(&question.since),
            Open::Nothing | Open::Enter => None,
        }
    }

    /// The open task or question is done.
    pub fn close(&mut self, now: Time) {
        let seconds = self.since().map(|since| now.since(since.time).as_secs_f64());
        if let Some(deed) = self.deed() {
            deed.done = true;
            deed.seconds = deed.seconds.or(seconds);
        }
        self.open = Open::Nothing;
        self.item += 1;
    }
}
