//! The lesson's commands, and what of a line is the lesson's before it is a command.

use super::{Session, Stop};
use crate::command::{LessonArg, Spanned, Statement};
use crate::lesson::{Item, filled};
use crate::view::course;

impl Session {
    /// Runs one of the lessons' commands.
    pub(in crate::session) fn on_lesson(
        &mut self,
        text: &str,
        statement: &Statement,
        what: &LessonArg,
    ) -> Result<(), Stop> {
        match what {
            LessonArg::List => self.show_lessons(),
            LessonArg::Take { name, step } => self.lesson(text, statement, name.as_ref(), *step),
            LessonArg::Answer { text } if self.lesson_answer(text, true)? => Ok(()),
            LessonArg::Answer { .. } => self.say_nothing_asked(),
            LessonArg::Hint => self.hint(),
            LessonArg::Solution => self.solution(),
            LessonArg::Again => self.again(),
            LessonArg::Skip => self.skip(),
            LessonArg::Leave => self.leave(),
            LessonArg::Progress => self.show_progress(),
        }
    }

    /// `lesson`, `lesson NAME`, `lesson NAME STEP`
    fn lesson(
        &mut self,
        text: &str,
        statement: &Statement,
        name: Option<&Spanned<String>>,
        step: Option<usize>,
    ) -> Result<(), Stop> {
        let Some(name) = name else {
            if self.lessons.playing.is_some() {
                return self.show_again();
            }
            self.load_progress()?;
            let lessons = self.lessons.course.lessons();
            let Some(name) = self.lessons.to_go_on_with(&lessons) else {
                let all_done = self.lessons.messages.all_done.clone();
                return self.tell_sentence(&all_done);
            };
            return match self.lessons.find(&name) {
                Ok(taken) => self.take(&taken, None),
                Err(why) => self.refuse(text, &statement.span, &why.to_string()),
            };
        };
        let taken = match self.lessons.find(&name.value) {
            Ok(taken) => taken,
            Err(why) => return self.refuse(text, &name.span, &why.to_string()),
        };
        self.load_progress()?;
        self.take(&taken, step.map(|step| step.saturating_sub(1)))
    }

    fn refuse(&mut self, text: &str, span: &crate::command::Span, why: &str) -> Result<(), Stop> {
        self.fail(text, span, why)?;
        Err(Stop::Failed)
    }

    /// `lesson` while one runs: what is asked, and what is still missing.
    fn show_again(&mut self) -> Result<(), Stop> {
        let Some(playing) = &self.lessons.playing else { return Ok(()) };
        let Some(step) = playing.step().cloned() else { return Ok(()) };
        let at = playing.item;
        let question = playing.question().cloned();
        if playing.pauses() {
            let goes_on = self.lessons.messages.goes_on.clone();
            return self.say(&self.pointed(&goes_on));
        }
        self.show_heading()?;
        let before = &step.items[..at.min(step.items.len())];
        let from = before.iter().rposition(Item::waits).map_or(0, |at| at + 1);
        for item in &before[from..] {
            match item {
                Item::Prose(text) => self.show_prose(text)?,
                Item::Code { language, text } => self.show_code(language, text)?,
                Item::Lab { .. } | Item::Task(_) | Item::Ask(_) => {}
            }
        }
        if let Some(question) = question {
            return self.show_question(&question);
        }
        self.say("\n")?;
        self.say_what_is_to_do()
    }

    /// `leave`
    fn leave(&mut self) -> Result<(), Stop> {
        let Some(playing) = &self.lessons.playing else { return self.say_nothing_runs() };
        let words = [
            ("name", playing.lesson.name.clone()),
            ("n", (playing.step + 1).to_string()),
            ("all", playing.lesson.steps.len().to_string()),
        ];
        let left = filled(&self.lessons.messages.left, &words);
        self.keep_progress()?;
        self.lessons.playing = None;
        self.tell_sentence(&left)
    }

    /// `progress`
    fn show_progress(&mut self) -> Result<(), Stop> {
        let Some(playing) = &self.lessons.playing else { return self.show_lessons() };
        let look = self.settings.look;
        let at = playing.step;
        let all = playing.lesson.steps.len();
        let words = [
            ("name", playing.lesson.name.clone()),
            ("n", (at + 1).min(all).to_string()),
            ("all", all.to_string()),
        ];
        let line = course::letters(&filled(&self.lessons.messages.progress_line, &words), look);
        let headings = playing.lesson.steps.iter().map(|step| step.heading.as_str());
        let steps = course::steps(headings, at, look);
        self.say(&format!("{line}\n{steps}"))
    }

    /// At the end of a step: Enter goes on, and so does what solves the next step. Whether the line
    /// was no more than that.
    pub(in crate::session) fn lesson_takes(&mut self, text: &str) -> Result<bool, Stop> {
        let Some(playing) = self.lessons.playing.as_ref().filter(|playing| playing.pauses()) else {
            return Ok(false);
        };
        let is_enter = text.trim().is_empty();
        if is_enter || playing.begins_with(text.trim()) {
            self.begin_step()?;
        }
        Ok(is_enter)
    }
}
