//! How a lesson goes on: from item to item until it waits for the learner, from step to step.

use super::playing::{AtQuestion, AtTask, Open, Since};
use super::{Session, Stop};
use crate::command::{Command, Statement, parse};
use crate::kernel::Counters;
use crate::lesson::{Item, Line, filled};
use crate::network::settings::{self, SettingError};
use crate::session::Place;
use crate::session::expect::is_about_packets;
use crate::trace::clock;
use crate::view::prose::{heading, prose};
use crate::view::row;

impl Session {
    /// Shows the step's heading and goes on from its first item.
    pub(super) fn begin_step(&mut self) -> Result<(), Stop> {
        let Some(playing) = &mut self.lessons.playing else { return Ok(()) };
        playing.item = 0;
        playing.step_report().begun += 1;
        self.show_heading()?;
        self.advance()
    }

    /// `Step 2 of 6 · What comes back?`
    pub(super) fn show_heading(&mut self) -> Result<(), Stop> {
        let Some(playing) = &self.lessons.playing else { return Ok(()) };
        let Some(step) = playing.step() else { return Ok(()) };
        let number = filled(
            &self.lessons.messages.step,
            &[
                ("n", (playing.step + 1).to_string()),
                ("all", playing.lesson.steps.len().to_string()),
            ],
        );
        let dot = if self.settings.look.ascii { "-" } else { "·" };
        let line = heading(&format!("{number} {dot} {}", step.heading), self.settings.look);
        self.say(&format!("\n{line}"))
    }

    /// Goes on until something is asked of the learner, or the lesson ends.
    pub(super) fn advance(&mut self) -> Result<(), Stop> {
        loop {
            let Some(playing) = &mut self.lessons.playing else { return Ok(()) };
            playing.open = Open::Nothing;
            let Some(item) = playing.item().cloned() else {
                if self.end_step()? {
                    continue;
                }
                return Ok(());
            };
            match item {
                Item::Prose(text) => self.show_prose(&text)?,
                Item::Code { language, text } => {
                    self.show_code(&language, &text)?;
                }
                Item::Lab { lines, quiet } => {
                    if let Err(stop) = self.lab_types(&lines, quiet) {
                        return self.lab_has_failed(stop);
                    }
                }
                Item::Task(task) => {
                    if task.expects.iter().any(|expected| is_about_packets(&expected.what)) {
                        self.say_if_blind()?;
                    }
                    let since = self.opens()?;
                    let needed = self.needed(&task.solution);
                    self.wait_at(Open::Task(AtTask::new(since, needed)));
                    self.note_what_holds();
                    return self.say_your_turn();
                }
                Item::Ask(question) => {
                    // The learner's own mark stays: what was counted for the task before is asked
                    // about.
                    self.lab.settle(self.shown, None);
                    self.show_new()?;
                    let since = self.since_now();
                    self.wait_at(Open::Question(AtQuestion { since, truth: None, acted: false }));
                    return self.show_question(&question);
                }
            }
            if let Some(playing) = &mut self.lessons.playing {
                playing.item += 1;
            }
        }
    }

    /// From here on things are counted.
    fn opens(&mut self) -> Result<Since, Stop> {
        self.lab.settle(self.shown, None);
        self.lab.mark();
        self.show_new()?;
        self.mark = self.lab.story().cursor();
        self.counted = Counters::read().unwrap_or_default();
        Ok(Since { cursor: self.mark, counted: self.counted.clone(), time: clock::now() })
    }

    fn wait_at(&mut self, open: Open) {
        if let Some(playing) = &mut self.lessons.playing {
            playing.open = open;
            playing.deed();
        }
    }

    /// A step is over. Whether the lesson goes on at once.
    fn end_step(&mut self) -> Result<bool, Stop> {
        let Some(playing) = &mut self.lessons.playing else { return Ok(false) };
        let report = playing.step_report();
        report.done |= !report.skipped;
        playing.step += 1;
        playing.item = 0;
        self.keep_progress()?;
        let Some(playing) = &mut self.lessons.playing else { return Ok(false) };
        if playing.is_over() {
            self.end_lesson()?;
            return Ok(false);
        }
        if self.screen.is_prompt() {
            playing.open = Open::Enter;
            let goes_on = self.lessons.messages.goes_on.clone();
            self.say(&self.quiet(&format!("\n{}", self.pointed(&goes_on))))?;
            return Ok(false);
        }
        playing.step_report().begun += 1;
        self.show_heading()?;
        Ok(true)
    }

    fn end_lesson(&mut self) -> Result<(), Stop> {
        let Some(mut playing) = self.lessons.playing.take() else { return Ok(()) };
        playing.report.finished = true;
        playing.report.passed = playing.report.steps.len() == playing.lesson.steps.len()
            && playing.report.steps.iter().all(|step| step.done && !step.skipped);
        self.write_report(&playing.report);
        self.lessons.ended = Some(playing.report.clone());
        let m = self.lessons.messages.clone();
        let title = ("title", playing.lesson.title.clone());
        let done = self.good(&filled(&m.lesson_done, &[title]));
        self.say(&format!("\n{done}"))?;
        match self.lessons.after(&playing.lesson.name) {
            Some(next) => {
                let words = [
                    ("name", next.name.clone()),
                    ("title", next.title.clone()),
                    ("minutes", next.minutes.to_string()),
                ];
                self.tell_sentence(&filled(&m.next_lesson, &words))
            }
            None => self.tell_sentence(&m.all_done),
        }
    }

    /// Types what the lab does in a step.
    pub(super) fn lab_types(&mut self, lines: &[Line], quiet: bool) -> Result<(), Stop> {
        let source = self.lessons.playing.as_ref().map(|p| p.lesson.source.clone());
        for line in lines {
            let place = Place { source: source.clone().map(Into::into), line: line.number };
            if quiet {
                self.hushed(|session| session.lab_does(&place, &line.text))?;
                continue;
            }
            self.echo(&line.text)?;
            self.lab_does(&place, &line.text)?;
        }
        Ok(())
    }

    /// One line of the lab's. A setting that this kernel hasn't got is passed over: older ones lack
    /// some that only make waits shorter.
    pub(super) fn lab_does(&mut self, place: &Place, text: &str) -> Result<(), Stop> {
        let is_absent = |statement: &Statement| match &statement.command {
            Command::Kernel { setting: Some(setting), .. } => {
                matches!(settings::get(&setting.value), Err(SettingError::Absent { .. }))
            }
            _ => false,
        };
        if parse(text).is_ok_and(|statements| statements.iter().all(is_absent)) {
            return Ok(());
        }
        self.run_typed(place, text).map(|_| ())
    }

    /// What the lab types, as if at the prompt.
    pub(super) fn echo(&mut self, line: &str) -> Result<(), Stop> {
        let prompt = self.quiet("scope>");
        let lines: Vec<String> =
            line.lines().map(|line| row::safe(line, self.settings.look)).collect();
        self.say(&format!("{prompt} {}", lines.join("\n")))
    }

    fn lab_has_failed(&mut self, stop: Stop) -> Result<(), Stop> {
        match stop {
            Stop::Closed | Stop::Unwritable => Err(stop),
            Stop::Failed | Stop::Syntax | Stop::Environment | Stop::Interrupted => {
                let failed = self.lessons.messages.lab_failed.clone();
                self.tell_sentence(&failed)?;
                if stop == Stop::Interrupted { Err(stop) } else { Ok(()) }
            }
        }
    }

    pub(super) fn show_code(&mut self, language: &str, text: &str) -> Result<(), Stop> {
        // A fence that no line of the program ends.
        self.show_prose(&format!("`````{language}\n{}\n`````", text.trim_end()))
    }

    pub(super) fn show_prose(&mut self, markdown: &str) -> Result<(), Stop> {
        let text = prose(markdown, self.settings.look);
        self.say(&format!("\n{text}"))
    }

    fn say_your_turn(&mut self) -> Result<(), Stop> {
        let m = &self.lessons.messages;
        let introduced = self.lessons.playing.as_ref().is_some_and(|playing| playing.introduced);
        let sentence = if introduced { m.your_turn.clone() } else { m.your_turn_first.clone() };
        if let Some(playing) = &mut self.lessons.playing {
            playing.introduced = true;
        }
        let sentence = self.pointed(&sentence);
        let lines = self.sentence(&sentence);
        self.say(&format!("\n{lines}"))
    }
}
