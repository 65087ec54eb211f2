//! A lesson begins: found by its name or its file, at the step where the learner was.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::playing::Playing;
use super::{Lessons, Session, Stop, Taken};
use crate::command::{Command, SyntaxError, parse, render};
use crate::lesson::{Asked, Folder, Item, LONGEST, Lesson, Line, Stand, Step, filled, read};
use crate::session::expect::is_about_packets;
use crate::session::measure::is_of_packets;
use crate::trace::clock;

/// Why a lesson can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum NoLesson {
    /// There is none of that name.
    #[error(transparent)]
    Unknown(#[from] crate::lesson::Unknown),
    /// Its file can't be read.
    #[error("can't read {file}: {why}")]
    File {
        /// Which.
        file: String,
        /// Why.
        why: String,
    },
    /// What its file holds is no lesson: the whole message, with place and caret.
    #[error("{0}")]
    Broken(String),
}

impl NoLesson {
    fn broken(source: &str, text: &str, error: &SyntaxError) -> NoLesson {
        NoLesson::Broken(render(source, 1, text, error).trim_end().to_owned())
    }
}

impl Lessons {
    /// The lesson that `word` means: a path if it has a `/` or ends in `.md`, else a name.
    ///
    /// # Errors
    /// There is none, or its file is broken.
    pub fn find(&self, word: &str) -> Result<Taken, NoLesson> {
        if word.contains('/') || (has_ending(word) && Path::new(word).exists()) {
            return Lessons::from_file(Path::new(word));
        }
        let name = self.course.find(word)?;
        let lesson =
            self.course.lesson(name).map_err(|error| NoLesson::broken(name, "", &error))?;
        Ok(Taken { lesson: Arc::new(lesson), folder: Folder::Built })
    }

    /// The lesson of that file.
    ///
    /// # Errors
    /// It can't be read, or is broken.
    pub fn from_file(path: &Path) -> Result<Taken, NoLesson> {
        let source = path.display().to_string();
        let no_file = |why: String| NoLesson::File { file: source.clone(), why };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(|error| no_file(error.to_string()))?;
        file.take(LONGEST as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| no_file(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            no_file(format!("byte {} is not UTF-8", at + 1))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let lesson =
            read(&source, text).map_err(|error| NoLesson::broken(&source, text, &error))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Taken { lesson: Arc::new(lesson), folder: Folder::At(folder) })
    }
}

impl Taken {
    /// The lesson.
    pub fn lesson(&self) -> &Lesson {
        &self.lesson
    }
}

fn has_ending(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|ending| ending == "md")
}

impl Session {
    /// Begins a lesson, at that step, from 0, or where the learner was.
    pub(super) fn take(&mut self, taken: &Taken, step: Option<usize>) -> Result<(), Stop> {
        let lesson = Arc::clone(&taken.lesson);
        let m = self.lessons.messages.clone();
        if needs_segments(&lesson)
            && let Some(why) = self.lab.capture_missing()
        {
            let words = filled(&m.no_capture_lesson, &[("why", why.to_owned())]);
            self.report(&crate::session::Place::default(), 1, &words);
            return Err(Stop::Environment);
        }
        self.lessons.ended = None;
        let playing = Playing::new(Arc::clone(&lesson), taken.folder.clone(), clock::now());
        self.lessons.playing = Some(playing);
        self.say(&self.title(&lesson))?;
        // On a private network we may capture: that it opens need not be waited for here.
        if !self.lab.network().is_private() {
            self.say_if_blind()?;
        }
        // Of a lesson from elsewhere nothing is kept.
        let stand = match taken.folder {
            Folder::Built => self.lessons.progress.of(&lesson.name),
            Folder::At(_) => Stand::default(),
        };
        let headings: Vec<&str> = lesson.steps.iter().map(|step| step.heading.as_str()).collect();
        let was = stand.step(&headings);
        let resumes = step.is_none() && was > 0;
        let step = step.unwrap_or(was).min(lesson.steps.len() - 1);
        if step == 0 {
            self.say_what_it_needs(&lesson)?;
            if stand.done {
                self.tell_sentence(&m.restarted)?;
            }
            if !lesson.intro.is_empty() {
                self.show_prose(&lesson.intro)?;
            }
        } else if resumes {
            let words = [("n", (step + 1).to_string()), ("name", lesson.name.clone())];
            self.tell_sentence(&filled(&m.resumed, &words))?;
        }
        self.restore(step)?;
        self.go_to(step)
    }

    /// `telephone · Two calls, one connection   3 of 29 · 10 min`
    fn title(&self, lesson: &Lesson) -> String {
        let names = self.lessons.course.names();
        let at = names.iter().position(|name| *name == lesson.name);
        let words = [
            ("n", at.map_or(0, |at| at + 1).to_string()),
            ("all", names.len().to_string()),
            ("minutes", lesson.minutes.to_string()),
        ];
        let right = match at {
            Some(_) => filled(&self.lessons.messages.of_minutes, &words),
            None => String::new(),
        };
        crate::view::course::title(&lesson.title, &right, self.settings.look)
    }

    fn say_what_it_needs(&mut self, lesson: &Lesson) -> Result<(), Stop> {
        let progress = &self.lessons.progress;
        let open = |name: &&String| !progress.of(name).done;
        let names: Vec<&str> = lesson.needs.iter().filter(open).map(String::as_str).collect();
        if names.is_empty() {
            return Ok(());
        }
        let words = filled(&self.lessons.messages.needs, &[("names", names.join(", "))]);
        self.tell_sentence(&words)
    }
}

/// Whether a lesson can't be taken without a capture: a question about segments, the wire, or a task
/// of which nothing could be judged.
fn needs_segments(lesson: &Lesson) -> bool {
    lesson.steps.iter().any(|step| step.items.iter().any(|item| needs_them(step, item)))
}

fn needs_them(step: &Step, item: &Item) -> bool {
    match item {
        Item::Lab { lines, .. } => uses_them(step, lines),
        Item::Task(task) => {
            uses_them(step, &task.solution)
                || task.expects.iter().all(|expected| is_about_packets(&expected.what))
        }
        Item::Ask(question) => {
            uses_them(step, &question.then)
                || match &question.asked {
                    Asked::Segment(_) => true,
                    Asked::Flags => question.is_prediction(),
                    Asked::Number(quantity) => quantity.as_ref().is_some_and(is_of_packets),
                    Asked::Choice(_) | Asked::State(_) | Asked::Return => false,
                }
        }
        Item::Prose(_) | Item::Code { .. } => false,
    }
}

/// Whether these commands need a capture: the wire does; a look at packets, but for those of a
/// recording.
fn uses_them(step: &Step, lines: &[Line]) -> bool {
    let has = |lines: &[Line], is: fn(&Command) -> bool| {
        let commands = lines.iter().flat_map(|line| parse(&line.text).unwrap_or_default());
        commands.into_iter().any(|statement| is(&statement.command))
    };
    let on_the_wire = |command: &Command| {
        matches!(command, Command::Step { on: Some(true) } | Command::Wire { .. })
    };
    let looks = |command: &Command| matches!(command, Command::Dissect { .. } | Command::Packets);
    let reads = |command: &Command| matches!(command, Command::Read { .. });
    let is_recorded = step.items.iter().any(|item| match item {
        Item::Lab { lines, .. } => has(lines, reads),
        Item::Task(_) | Item::Ask(_) | Item::Prose(_) | Item::Code { .. } => false,
    });
    has(lines, on_the_wire) || (has(lines, looks) && !is_recorded)
}
