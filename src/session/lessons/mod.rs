//! A lesson at work: what it shows, what it waits for, what it says to what the learner does.
//!
//! While a lesson runs, the learner is at the usual prompt and may do anything. After each line,
//! and whenever something happens, the open task is judged on the trace and the kernel's states.

mod answering;
mod attempt;
mod attending;
mod commands;
mod files;
mod help;
mod judging;
mod keeping;
mod map;
mod playing;
mod rehearsal;
mod restore;
mod telling;
mod walk;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Session, Stop};
use crate::command::Term;
use crate::lesson::{Course, Folder, Language, Lesson, Messages, Progress, Report};
use crate::view::row;
use playing::Playing;

pub use attending::NoLesson;
pub use rehearsal::{Fault, Pace, Rehearsed};

/// What a session knows of lessons.
pub struct Lessons {
    course: Course,
    messages: Messages,
    /// The lessons' names and titles, once somebody has asked.
    terms: OnceCell<Vec<Term>>,
    /// The lesson that runs.
    playing: Option<Playing>,
    /// Where progress is kept; `None` if nowhere.
    kept: Option<PathBuf>,
    /// Progress in lessons, as last read or written.
    progress: Progress,
    /// Where a teacher's report goes.
    report: Option<PathBuf>,
    /// How the lesson that ended last went.
    ended: Option<Report>,
    /// What `solution` has put on the prompt's line.
    on_line: Option<String>,
    /// Likely mistakes that were told of, by their line in the file: for rehearsals.
    mistakes: Vec<usize>,
}

impl Lessons {
    /// Lessons in that language; progress is kept in that file, if any.
    pub fn new(language: Language, kept: Option<PathBuf>) -> Lessons {
        let course = Course::new(language);
        Lessons {
            messages: course.messages(),
            course,
            terms: OnceCell::new(),
            playing: None,
            kept,
            progress: Progress::default(),
            report: None,
            ended: None,
            on_line: None,
            mistakes: Vec::new(),
        }
    }

    /// Writes the teacher's report there.
    #[must_use]
    pub fn reporting(mut self, to: Option<PathBuf>) -> Lessons {
        self.report = to;
        self
    }

    /// The lessons.
    pub fn course(&self) -> &Course {
        &self.course
    }
}

impl Default for Lessons {
    fn default() -> Lessons {
        Lessons::new(Language::english(), None)
    }
}

/// A lesson to be taken, and where its other files are.
#[derive(Debug, Clone)]
pub struct Taken {
    lesson: Arc<Lesson>,
    folder: Folder,
}

/// Where the learner is in a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// The lesson's name.
    pub lesson: String,
    /// The step, from 1.
    pub step: usize,
    /// How many there are.
    pub steps: usize,
    /// Whether it waits for Enter, to go on.
    pub pauses: bool,
}

impl Session {
    /// From now on it knows of lessons.
    pub fn attend(&mut self, lessons: Lessons) {
        self.lessons = lessons;
    }

    /// Where the learner is, if a lesson runs.
    pub fn whereabouts(&self) -> Option<Whereabouts> {
        let playing = self.lessons.playing.as_ref()?;
        Some(Whereabouts {
            lesson: row::safe(&playing.lesson.name, self.settings.look),
            // Until Enter the step that is done is still the learner's.
            step: playing.step + usize::from(!playing.pauses()),
            steps: playing.lesson.steps.len(),
            pauses: playing.pauses(),
        })
    }

    /// What is said in lessons, in the learner's language.
    pub fn lesson_messages(&self) -> &Messages {
        &self.lessons.messages
    }

    /// How the lesson that ran last went, to its end or to where it is now.
    pub fn lesson_report(&self) -> Option<&Report> {
        let playing = self.lessons.playing.as_ref().map(|playing| &playing.report);
        playing.or(self.lessons.ended.as_ref())
    }

    /// No more lines will come to the lesson: what the last ones have brought about may still take
    /// its time.
    pub fn end_lines(&mut self) -> Result<(), Stop> {
        self.await_task()?;
        let looked = self.lesson_looks().map(|_| ());
        self.tidy_up();
        looked
    }

    /// A lesson leaves no files of unix sockets behind.
    pub(super) fn tidy_up(&self) {
        if self.lesson_report().is_some() {
            self.unlink_sockets();
        }
    }

    /// What is to stand on the prompt's line.
    pub(super) fn take_line(&mut self) -> Option<String> {
        self.lessons.on_line.take()
    }
}
