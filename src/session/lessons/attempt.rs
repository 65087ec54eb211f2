//! What the learner does at a task, and what is said to it.

use super::playing::{Playing, Since};
use super::{Session, Stop};
use crate::command::{Command, Expectation, Statement, parse};
use crate::judge::{Holds, Verdict};
use crate::lesson::{Expected, Line, Task, filled};
use crate::trace::{SocketId, clock};

impl Session {
    /// After a line of the learner's: is the task done, and if not, is there something to say?
    pub(in crate::session) fn lesson_after(
        &mut self,
        statements: &[Statement],
        went_well: bool,
    ) -> Result<(), Stop> {
        if statements.is_empty() && !went_well {
            self.say_what_answers_are()?;
        }
        // What is said to the lesson is no attempt at its task.
        let is_said = |s: &Statement| matches!(s.command, Command::Lesson { .. });
        if !statements.is_empty() && statements.iter().all(is_said) {
            return Ok(());
        }
        if let Some(at) = self.lessons.at_question() {
            at.acted |= statements.iter().any(|statement| !statement.command.only_looks());
        }
        let Some((task, _)) = self.open_task() else { return Ok(()) };
        if let Some(deed) = self.lessons.playing.as_mut().and_then(Playing::deed) {
            deed.attempts += 1;
        }
        let Some(at) = self.lessons.at_task() else { return Ok(()) };
        if went_well {
            at.typed.extend(statements.iter().map(ToString::to_string));
        }
        // A script types on at once: what it has brought about may take its time.
        let all_typed = at.typed.len() >= task.solution.len();
        if !self.screen.is_prompt() && all_typed {
            self.await_task()?;
        }
        if self.lesson_looks()? {
            return Ok(());
        }
        let commented = self.comment();
        self.report_on();
        commented
    }

    /// Judges the open task; whether it was done, and the lesson has gone on.
    pub(in crate::session) fn lesson_looks(&mut self) -> Result<bool, Stop> {
        let Some((task, since)) = self.open_task() else { return Ok(false) };
        let verdicts = self.verdicts(&task.expects, &since);
        let holds = |verdict: &&Verdict| verdict.holds == Holds::Yes;
        let held = verdicts.iter().flatten().filter(holds).count();
        if held == verdicts.iter().flatten().count() {
            self.show_new()?;
            let done = self.good(&self.lessons.messages.task_done.clone());
            self.say(&done)?;
            if let Some(playing) = &mut self.lessons.playing {
                playing.close(clock::now());
            }
            self.advance()?;
            return Ok(true);
        }
        let Some(at) = self.lessons.at_task() else { return Ok(false) };
        let before = std::mem::replace(&mut at.held, held);
        if held > before {
            let words = filled(
                &self.lessons.messages.holds,
                &[
                    ("n", held.to_string()),
                    ("all", task.expects.len().to_string()),
                    ("what", held_now(&task, &verdicts)),
                ],
            );
            self.show_new()?;
            self.say(&self.half_good(&words))?;
        }
        Ok(false)
    }

    /// Says what there is to say to the open task, which isn't done.
    pub(super) fn comment(&mut self) -> Result<(), Stop> {
        let Some((task, since)) = self.open_task() else { return Ok(()) };
        for (index, wrong) in task.wrongs.iter().enumerate() {
            let is_old = self.lessons.at_task().is_none_or(|at| at.told.contains(&index));
            if is_old || !self.all_hold(&wrong.when, &since) {
                continue;
            }
            self.lessons.mistakes.push(wrong.line);
            if let Some(at) = self.lessons.at_task() {
                at.told.insert(index);
            }
            if let Some(deed) = self.lessons.playing.as_mut().and_then(Playing::deed) {
                deed.mistakes += 1;
            }
            return self.show_prose(&wrong.feedback);
        }
        self.say_what_is_missing()?;
        self.say_what_is_impossible(&task, &since)
    }

    /// The open sockets that a solution uses and doesn't close itself.
    pub(super) fn needed(&self, solution: &[Line]) -> Vec<(String, SocketId)> {
        let text: Vec<&str> = solution.iter().map(|line| line.text.as_str()).collect();
        let text = text.join("\n");
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let words: Vec<&str> = text.split(|c| !is_name(c)).collect();
        let closed: Vec<String> = parse(&text)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|statement| match statement.command {
                Command::Close { socket } | Command::ResetConnection { socket } => {
                    Some(socket.value)
                }
                _ => None,
            })
            .collect();
        let story = self.lab.story();
        let open = story.sockets().into_iter().filter(|socket| {
            let is_latest = story.socket_named(&socket.name).map(|s| s.id) == Some(socket.id);
            is_latest && !socket.closed
        });
        open.filter(|socket| words.contains(&&*socket.name))
            .filter(|socket| !closed.iter().any(|closed| **closed == *socket.name))
            .map(|socket| (socket.name.to_string(), socket.id))
            .collect()
    }

    /// A socket that the task needs is closed.
    fn say_what_is_missing(&mut self) -> Result<(), Stop> {
        let Some(at) = self.lessons.at_task() else { return Ok(()) };
        let story = self.lab.story();
        let is_gone = |id| story.socket(id).is_none_or(|socket| socket.closed);
        let gone: Vec<&str> =
            at.needed.iter().filter(|(_, id)| is_gone(*id)).map(|(name, _)| &**name).collect();
        if gone.is_empty() || at.closed_told {
            return Ok(());
        }
        let names = gone.join(", ");
        at.closed_told = true;
        let words = filled(&self.lessons.messages.closed, &[("names", names)]);
        self.tell_sentence(&words)
    }

    /// Something that was expected can't come true any more.
    fn say_what_is_impossible(&mut self, task: &Task, since: &Since) -> Result<(), Stop> {
        let verdicts = self.verdicts(&task.expects, since);
        let lost = task.expects.iter().zip(&verdicts).find_map(|(expected, verdict)| {
            let verdict = verdict.as_ref()?;
            (only_grows(&expected.what) && verdict.holds == Holds::No)
                .then_some((expected, verdict))
        });
        let Some((expected, verdict)) = lost else { return Ok(()) };
        let Some(at) = self.lessons.at_task() else { return Ok(()) };
        if std::mem::replace(&mut at.impossible_told, true) {
            return Ok(());
        }
        let words = [("what", expected.text.clone()), ("found", verdict.found.clone())];
        self.tell_sentence(&filled(&self.lessons.messages.impossible, &words))
    }

    /// What of the open task is still to come true.
    pub(super) fn say_what_is_to_do(&mut self) -> Result<(), Stop> {
        let Some((task, since)) = self.open_task() else { return Ok(()) };
        let verdicts = self.verdicts(&task.expects, &since);
        let mut lines = String::new();
        for (expected, verdict) in task.expects.iter().zip(&verdicts) {
            let Some(verdict) = verdict.as_ref().filter(|verdict| verdict.holds != Holds::Yes)
            else {
                continue;
            };
            let words = [("what", expected.text.clone()), ("found", verdict.found.clone())];
            let line = filled(&self.lessons.messages.still_to_do, &words);
            lines.push_str(&self.sentence(&line));
        }
        self.say(&lines)
    }
}

/// The expectation that has come true last in the list.
fn held_now(task: &Task, verdicts: &[Option<Verdict>]) -> String {
    let held = |(_, verdict): &(&Expected, &Option<Verdict>)| {
        verdict.as_ref().is_some_and(|verdict| verdict.holds == Holds::Yes)
    };
    let all: Vec<&str> = task
        .expects
        .iter()
        .zip(verdicts)
        .filter(held)
        .filter(|(expected, _)| !matches!(expected.what, Expectation::Never(_)))
        .map(|(expected, _)| expected.text.as_str())
        .collect();
    all.join(", ")
}

/// Whether what it counts can only grow, so that too much is for good.
fn only_grows(what: &Expectation) -> bool {
    matches!(what, Expectation::Never(_) | Expectation::Count { .. } | Expectation::Counter { .. })
}
