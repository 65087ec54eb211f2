//! The lab as it is where a step starts: everything afresh, and what comes before played unseen.

use super::playing::{AtQuestion, Open};
use super::{Session, Stop};
use crate::lesson::{Item, Line};
use crate::network::settings;
use crate::session::Place;

impl Session {
    /// `again`
    pub(super) fn again(&mut self) -> Result<(), Stop> {
        let Some(playing) = &self.lessons.playing else { return self.say_nothing_runs() };
        let step = if playing.pauses() { playing.step.saturating_sub(1) } else { playing.step };
        let again = self.lessons.messages.again.clone();
        self.tell_sentence(&again)?;
        self.restore(step)?;
        self.go_to(step)
    }

    /// Begins that step, from 0; behind the last one the lesson ends.
    pub(super) fn go_to(&mut self, step: usize) -> Result<(), Stop> {
        let Some(playing) = &mut self.lessons.playing else { return Ok(()) };
        if step >= playing.lesson.steps.len() {
            // The end of the last step.
            playing.item = playing.step().map_or(0, |step| step.items.len());
            return self.advance();
        }
        playing.step = step;
        self.keep_progress()?;
        self.begin_step()
    }

    /// Brings the lab to where that step starts. What can't be done is said.
    pub(super) fn restore(&mut self, step: usize) -> Result<(), Stop> {
        self.afresh();
        let Some(playing) = &mut self.lessons.playing else { return Ok(()) };
        playing.open = Open::Nothing;
        let lesson = playing.lesson.clone();
        let base = lesson.base_of(step);
        for before in &lesson.steps[base..step] {
            for item in &before.items {
                match self.hushed(|session| session.play(&lesson.source, item)) {
                    Ok(()) => {}
                    Err(end @ (Stop::Closed | Stop::Unwritable | Stop::Interrupted)) => {
                        return Err(end);
                    }
                    Err(Stop::Failed | Stop::Syntax | Stop::Environment) => {
                        let words = [("what", before.heading.clone())];
                        let failed = &self.lessons.messages.restore_failed;
                        let failed = crate::lesson::filled(failed, &words);
                        return self.tell_sentence(&failed);
                    }
                }
            }
        }
        Ok(())
    }

    /// Brings the lab to where the open question was asked: what the learner has done since is
    /// undone.
    pub(super) fn restore_question(&mut self) -> Result<(), Stop> {
        let Some(playing) = &self.lessons.playing else { return Ok(()) };
        let (lesson, step, item) = (playing.lesson.clone(), playing.step, playing.item);
        self.restore(step)?;
        for before in &lesson.steps[step].items[..item] {
            self.hushed(|session| session.play(&lesson.source, before))?;
        }
        let since = self.since_now();
        if let Some(playing) = &mut self.lessons.playing {
            playing.open = Open::Question(AtQuestion { since, truth: None, acted: false });
        }
        Ok(())
    }

    /// Plays an item as its author would.
    fn play(&mut self, source: &str, item: &Item) -> Result<(), Stop> {
        let type_all = |session: &mut Session, lines: &[Line]| {
            lines.iter().try_for_each(|line| {
                let place = Place { source: Some(source.into()), line: line.number };
                session.lab_does(&place, &line.text)
            })
        };
        match item {
            Item::Prose(_) | Item::Code { .. } => Ok(()),
            Item::Lab { lines, .. } => type_all(self, lines),
            Item::Ask(question) => type_all(self, &question.then),
            Item::Task(task) => {
                let since = self.since_now();
                type_all(self, &task.solution)?;
                self.await_all(&task.expects, &since)
            }
        }
    }

    /// Everything is closed and as the lab has it: settings, the wire, delays.
    pub(super) fn afresh(&mut self) {
        self.unlink_sockets();
        let _ = self.hushed(Session::reset);
        if self.lab.network().is_private() {
            for changed in settings::changed() {
                let setting = changed.setting;
                let _ = settings::set(self.lab.network(), setting.name, setting.default);
            }
            let _ = self.lab.quickack(false);
        }
        // Lessons speak of numbers as the lab counts them.
        self.settings.look.raw_seq = false;
        self.settings.look.arithmetic = false;
    }
}
