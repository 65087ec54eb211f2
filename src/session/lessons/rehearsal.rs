//! Proves that a lesson is sound, by taking it: with its solutions, fast and slowly, with nothing,
//! and with every mistake that it foresees.

use std::time::Duration;

use super::{Session, Stop, Taken};
use crate::command::{Command, Statement, parse};
use crate::judge::Holds;
use crate::lesson::{Answer, Asked, Item, Lesson, Line, Question, Task, Wrong};
use crate::session::Place;

/// How a lesson is rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Its solutions, one line at once after the other.
    Fast,
    /// Its solutions, with a pause before each line.
    Slow,
    /// Its mistakes and wrong answers.
    Wrong,
}

impl Pace {
    /// Before each line.
    fn pause(self) -> Duration {
        match self {
            Pace::Fast | Pace::Wrong => Duration::ZERO,
            Pace::Slow => Duration::from_millis(300),
        }
    }
}

/// Something that is wrong with a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line in its file, counted from 1.
    pub line: usize,
    /// What.
    pub what: String,
}

/// What a rehearsal has shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rehearsed {
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// How many mistakes and wrong answers were tried.
    pub tried: usize,
}

/// Why a rehearsal can't go on.
enum End {
    /// The lesson is over, or no more can be learned of it.
    Over,
    /// The session is.
    Stopped(Stop),
}

impl From<Stop> for End {
    fn from(stop: Stop) -> End {
        End::Stopped(stop)
    }
}

impl Session {
    /// Rehearses a lesson, unseen by anyone.
    ///
    /// # Errors
    /// Ctrl-C, or the lab can't work here.
    pub fn rehearse(&mut self, taken: &Taken, pace: Pace) -> Result<Rehearsed, Stop> {
        let mut rehearsal = Rehearsal {
            session: self,
            lesson: taken.lesson().clone(),
            pace,
            found: Rehearsed::default(),
        };
        let ended = match pace {
            Pace::Fast | Pace::Slow => rehearsal.solve(taken),
            Pace::Wrong => rehearsal.err(taken),
        };
        let found = rehearsal.found;
        match ended {
            Ok(()) | Err(End::Over) => Ok(found),
            Err(End::Stopped(stop)) => Err(stop),
        }
    }
}

struct Rehearsal<'a> {
    session: &'a mut Session,
    lesson: Lesson,
    pace: Pace,
    found: Rehearsed,
}

impl Rehearsal<'_> {
    fn fault(&mut self, line: usize, what: impl Into<String>) {
        self.found.faults.push(Fault { line, what: what.into() });
    }

    /// Takes the lesson from its first step to its end.
    fn solve(&mut self, taken: &Taken) -> Result<(), End> {
        self.session.take(taken, Some(0))?;
        while let Some(item) = self.open_item() {
            self.do_item(&item)?;
        }
        match self.session.lesson_report() {
            Some(report) if report.finished => Ok(()),
            Some(_) | None => {
                let line = self.step_line();
                self.fault(line, "the lab could not do its part of this step");
                Err(End::Over)
            }
        }
    }

    /// Does what is asked as the lesson's author would.
    fn do_item(&mut self, item: &Item) -> Result<(), End> {
        self.session.lessons.mistakes.clear();
        match item {
            Item::Task(task) => self.do_task(task),
            Item::Ask(question) => self.do_question(question),
            Item::Prose(_) | Item::Code { .. } | Item::Lab { .. } => Ok(()),
        }
    }

    fn do_task(&mut self, task: &Task) -> Result<(), End> {
        let at = self.place();
        self.session.pause(self.pace.pause())?;
        if self.holds_already() {
            self.fault(task.line, "this task is done before anything is typed");
        }
        for (number, line) in task.solution.iter().enumerate() {
            if number > 0 {
                self.session.pause(self.pace.pause())?;
            }
            self.types(line)?;
            self.session.lesson_looks()?;
            if self.place() != at {
                // What is waited for may come before one waits.
                if !task.solution[number + 1..].iter().all(only_waits) {
                    self.fault(
                        line.number,
                        "the task is done here already, before the last line of its solution",
                    );
                    return Err(End::Over);
                }
                break;
            }
        }
        if let Some(mistake) = self.session.lessons.mistakes.first().copied() {
            self.fault(task.line, format!("the solution is told of the mistake of line {mistake}"));
        }
        if self.place() != at {
            return Ok(());
        }
        self.session.await_task()?;
        if !self.session.lesson_looks()? {
            let missing = self.missing();
            self.fault(task.line, format!("the solution doesn't pass: {missing}"));
            return Err(End::Over);
        }
        Ok(())
    }

    fn do_question(&mut self, question: &Question) -> Result<(), End> {
        let at = self.place();
        self.session.pause(self.pace.pause())?;
        let Some(answer) = self.session.right_answer() else {
            self.fault(
                question.line,
                "this question can't be answered: nothing is there to measure",
            );
            return Err(End::Over);
        };
        self.answers(&answer, question)?;
        if self.place() == at {
            let really = self.session.right_answer().unwrap_or_default();
            self.fault(question.line, format!("`{answer}` isn't taken: really it was `{really}`"));
            return Err(End::Over);
        }
        Ok(())
    }

    /// Makes every mistake that is foreseen.
    fn err(&mut self, taken: &Taken) -> Result<(), End> {
        self.session.take(taken, Some(0))?;
        for step in 0..self.lesson.steps.len() {
            for index in 0..self.lesson.steps[step].items.len() {
                match self.lesson.steps[step].items[index].clone() {
                    Item::Task(task) => {
                        for wrong in &task.wrongs {
                            self.go_to(step, index)?;
                            self.make_mistake(wrong)?;
                        }
                    }
                    Item::Ask(question) => self.answer_wrongly(step, index, &question)?,
                    Item::Prose(_) | Item::Code { .. } | Item::Lab { .. } => {}
                }
            }
        }
        Ok(())
    }

    /// Brings the lesson to where that item is open.
    fn go_to(&mut self, step: usize, item: usize) -> Result<(), End> {
        self.session.restore(step)?;
        self.session.go_to(step)?;
        loop {
            match self.place() {
                Some(place) if place == (step, item) => return Ok(()),
                Some(place) if place.0 == step && place.1 < item => {
                    let Some(open) = self.open_item() else { break };
                    self.do_item(&open)?;
                }
                Some(_) | None => break,
            }
        }
        let line = self.lesson.steps[step].line;
        self.fault(line, "this step can't be come to again");
        Err(End::Over)
    }

    fn make_mistake(&mut self, wrong: &Wrong) -> Result<(), End> {
        self.found.tried += 1;
        let at = self.place();
        self.session.lessons.mistakes.clear();
        for line in &wrong.attempt {
            self.types(line)?;
        }
        if let Some((_, since)) = self.session.open_task() {
            self.session.await_all(&wrong.when, &since)?;
            self.session.comment()?;
        }
        if self.place() != at {
            self.fault(wrong.line, "this mistake passes");
        } else if self.session.lessons.mistakes.first() != Some(&wrong.line) {
            let told = match self.session.lessons.mistakes.first() {
                Some(line) => format!("what is told is the feedback of line {line}"),
                None => format!("it isn't known by its `when`: {}", self.unmet(wrong)),
            };
            self.fault(wrong.line, format!("this mistake isn't told its feedback: {told}"));
        }
        Ok(())
    }

    fn answer_wrongly(&mut self, step: usize, item: usize, question: &Question) -> Result<(), End> {
        let choices = match &question.asked {
            Asked::Choice(choices) => choices.len(),
            Asked::Number(_)
            | Asked::Flags
            | Asked::State(_)
            | Asked::Segment(_)
            | Asked::Return => 0,
        };
        let choices = (0..choices).map(Answer::Choice);
        let choices = choices.filter(|choice| Some(choice) != question.right.as_ref());
        let mistakes = question.mistakes.iter().map(|mistake| mistake.answer.clone());
        for answer in choices.chain(mistakes).collect::<Vec<_>>() {
            self.found.tried += 1;
            // What was predicted has happened: each prediction needs a new start.
            if question.is_prediction() || self.place() != Some((step, item)) {
                self.go_to(step, item)?;
            }
            let answer = whole(question, answer);
            self.answers(&answer.to_string(), question)?;
            if self.place() != Some((step, item)) {
                self.fault(question.line, format!("`{answer}` is foreseen as wrong, and passes"));
            }
        }
        Ok(())
    }

    fn answers(&mut self, answer: &str, question: &Question) -> Result<(), End> {
        let line = Line { text: format!("answer {answer}"), number: question.line };
        self.types(&line)
    }

    fn types(&mut self, line: &Line) -> Result<(), End> {
        let source = self.lesson.source.clone();
        let place = Place { source: Some(source.into()), line: line.number };
        match self.session.run(&place, &line.text) {
            Ok(_) => Ok(()),
            Err(Stop::Failed | Stop::Syntax) => {
                let text = &line.text;
                self.fault(line.number, format!("`{text}` fails"));
                Ok(())
            }
            Err(stop) => Err(stop.into()),
        }
    }

    /// The step and the item that wait.
    fn place(&self) -> Option<(usize, usize)> {
        let playing = self.session.lessons.playing.as_ref()?;
        playing.since().map(|_| (playing.step, playing.item))
    }

    fn open_item(&self) -> Option<Item> {
        let playing = self.session.lessons.playing.as_ref()?;
        playing.since()?;
        playing.item().cloned()
    }

    fn step_line(&self) -> usize {
        let playing = self.session.lessons.playing.as_ref();
        playing.and_then(|playing| playing.step()).map_or(1, |step| step.line)
    }

    fn holds_already(&mut self) -> bool {
        match self.session.open_task() {
            Some((task, since)) => self.session.all_hold(&task.expects, &since),
            None => false,
        }
    }

    /// What of the open task doesn't hold.
    fn missing(&mut self) -> String {
        let Some((task, since)) = self.session.open_task() else { return String::new() };
        let verdicts = self.session.verdicts(&task.expects, &since);
        let missing = task.expects.iter().zip(&verdicts).filter_map(|(expected, verdict)| {
            let verdict = verdict.as_ref().filter(|verdict| verdict.holds != Holds::Yes)?;
            Some(format!("`{}`: found {}", expected.text, verdict.found))
        });
        missing.collect::<Vec<_>>().join("; ")
    }

    fn unmet(&mut self, wrong: &Wrong) -> String {
        let Some((_, since)) = self.session.open_task() else { return String::new() };
        let verdicts = self.session.verdicts(&wrong.when, &since);
        let unmet = wrong.when.iter().zip(&verdicts).filter_map(|(expected, verdict)| {
            let verdict = verdict.as_ref().filter(|verdict| verdict.holds != Holds::Yes)?;
            Some(format!("`{}`: found {}", expected.text, verdict.found))
        });
        unmet.collect::<Vec<_>>().join("; ")
    }
}

/// Whether a line of a solution lets time pass, and does nothing else.
fn only_waits(line: &Line) -> bool {
    let waits = |statement: &Statement| {
        matches!(statement.command, Command::Wait { .. } | Command::Sleep { .. })
    };
    parse(&line.text).is_ok_and(|statements| statements.iter().all(waits))
}

/// A wrong answer about a segment may name one field: the others are then right.
fn whole(question: &Question, answer: Answer) -> Answer {
    match (answer, &question.right) {
        (Answer::Segment(wrong), Some(Answer::Segment(right))) => Answer::Segment(wrong.or(right)),
        (answer, _) => answer,
    }
}
