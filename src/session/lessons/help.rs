//! Help that the learner asks for: hints, solutions, skipping.

use super::playing::Open;
use super::{Session, Stop};
use crate::command::parse;
use crate::lesson::{Item, filled};
use crate::view::row;

impl Session {
    /// `hint`
    pub(super) fn hint(&mut self) -> Result<(), Stop> {
        let m = self.lessons.messages.clone();
        let Some(playing) = &mut self.lessons.playing else { return self.say_nothing_runs() };
        if playing.since().is_none() {
            return self.say_nothing_asked();
        }
        let hints = playing.item().map(Item::hints).unwrap_or_default().to_vec();
        let taken = playing.hints_taken();
        // After the last it comes again.
        let Some(hint) = hints.get(taken).or(hints.last()).cloned() else {
            return self.tell_sentence(&m.hint_none);
        };
        let number = (taken + 1).min(hints.len());
        if let Some(deed) = playing.deed().filter(|_| taken < hints.len()) {
            deed.hints += 1;
        }
        let may_see = playing.lesson.may_see_solution;
        let words = [("n", number.to_string()), ("all", hints.len().to_string())];
        self.show_prose(&format!("{} {hint}", filled(&m.hint, &words)))?;
        if number == hints.len() {
            self.tell_sentence(if may_see { &m.hint_last } else { &m.hint_last_bare })?;
        }
        self.report_on();
        Ok(())
    }

    /// `solution`: the next command that would do it, onto the prompt's line.
    pub(super) fn solution(&mut self) -> Result<(), Stop> {
        let m = self.lessons.messages.clone();
        let Some(playing) = &mut self.lessons.playing else { return self.say_nothing_runs() };
        if !playing.lesson.may_see_solution {
            return self.tell_sentence(&m.solution_forbidden);
        }
        if playing.since().is_none() {
            return self.say_nothing_asked();
        }
        if let Some(deed) = playing.deed() {
            deed.solution = true;
        }
        let (line, sentence) = if matches!(playing.open, Open::Question(_)) {
            (self.right_answer(), m.solution_answer)
        } else {
            (self.next_of_solution(), m.solution_line)
        };
        let Some(line) = line else {
            let is_task = self.open_task().is_some();
            self.tell_sentence(if is_task { &m.solution_all } else { &m.no_truth })?;
            self.report_on();
            return Ok(());
        };
        if self.screen.is_prompt() {
            self.tell_sentence(&sentence)?;
            self.lessons.on_line = Some(line);
        } else {
            self.say(&format!("  {}", row::safe(&line, self.settings.look)))?;
        }
        self.report_on();
        Ok(())
    }

    /// The first line of the solution that hasn't been typed yet.
    fn next_of_solution(&self) -> Option<String> {
        let playing = self.lessons.playing.as_ref()?;
        let Open::Task(at) = &playing.open else { return None };
        let mut typed = at.typed.clone();
        for line in &playing.task()?.solution {
            let wanted: Vec<String> =
                parse(&line.text).ok()?.iter().map(ToString::to_string).collect();
            for command in wanted {
                match typed.iter().position(|typed| *typed == command) {
                    Some(at) => drop(typed.remove(at)),
                    None => return Some(line.text.clone()),
                }
            }
        }
        None
    }

    /// `skip`: shows how the step goes, and brings the lab to where the next one starts.
    pub(super) fn skip(&mut self) -> Result<(), Stop> {
        let m = self.lessons.messages.clone();
        let Some(playing) = &mut self.lessons.playing else { return self.say_nothing_runs() };
        if playing.pauses() {
            return self.begin_step();
        }
        if !playing.lesson.may_skip {
            return self.tell_sentence(&m.skip_forbidden);
        }
        playing.step_report().skipped = true;
        let step = playing.step().cloned();
        let from = playing.item;
        let next = playing.step + 1;
        let is_last = next >= playing.lesson.steps.len();
        self.tell_sentence(&m.skipped)?;
        for item in step.iter().flat_map(|step| step.items.iter().skip(from)) {
            match item {
                Item::Task(task) => {
                    task.solution.iter().try_for_each(|line| self.echo(&line.text))?;
                }
                Item::Ask(question) => {
                    if let Some(right) = &question.right {
                        self.echo(&right.to_string())?;
                    }
                }
                Item::Prose(text) => self.show_prose(text)?,
                Item::Lab { .. } | Item::Code { .. } => {}
            }
        }
        if !is_last {
            self.restore(next)?;
        }
        self.go_to(next)
    }

    pub(super) fn say_nothing_runs(&mut self) -> Result<(), Stop> {
        let nothing = self.lessons.messages.nothing_runs.clone();
        self.tell_sentence(&nothing)
    }

    /// A task or question is wanted, and none is open.
    pub(super) fn say_nothing_asked(&mut self) -> Result<(), Stop> {
        let m = &self.lessons.messages;
        let goes_on = if self.lessons.pauses() { m.goes_on.clone() } else { String::new() };
        let words = filled(&m.nothing_asked, &[("goes_on", goes_on)]);
        self.tell_sentence(words.trim())
    }
}
