//! Questions: shown, answered, graded.

use std::fmt::Write;

use crossbeam_channel::never;

use super::playing::{AtQuestion, Open};
use super::{Session, Stop};
use crate::command::{Quantity, Spanned};
use crate::judge::states_of;
use crate::lab::Woken;
use crate::lesson::{
    Answer, Asked, Fields, Mark, Question, Returned, Truth, Unreadable, filled, grade,
};
use crate::story::What;
use crate::tcp::State;
use crate::trace::{Origin, clock};

impl Session {
    /// Shows the open question, and what an answer looks like.
    pub(super) fn show_question(&mut self, question: &Question) -> Result<(), Stop> {
        let mut text = question.text.clone();
        if let Asked::Choice(choices) = &question.asked {
            for (index, choice) in choices.iter().enumerate() {
                let _ = write!(text, "\n\n{}) {}", Answer::Choice(index), choice.text);
            }
        }
        self.show_prose(&text)?;
        let wanted = self.pointed(&self.wanted(question));
        let lines = self.sentence(&wanted);
        self.say(&format!("\n{lines}"))
    }

    /// What an answer looks like.
    fn wanted(&self, question: &Question) -> String {
        let m = &self.lessons.messages;
        match &question.asked {
            Asked::Choice(choices) => {
                let last = Answer::Choice(choices.len().saturating_sub(1)).to_string();
                filled(&m.ask_choice, &[("last", last)])
            }
            Asked::Number(_) => m.ask_number.clone(),
            Asked::Flags => m.ask_flags.clone(),
            Asked::State(_) => m.ask_state.clone(),
            Asked::Segment(_) => {
                let names = asked_fields(question).names();
                let example = |name: &&str| match *name {
                    "flags" => "PSH,ACK".to_owned(),
                    "seq" => "seq=10".to_owned(),
                    "ack" => "ack=20".to_owned(),
                    name => format!("{name}=5"),
                };
                let examples: Vec<String> = names.iter().map(example).collect();
                let words = [("fields", names.join(", ")), ("example", examples.join(" "))];
                filled(&m.ask_segment, &words)
            }
            Asked::Return => m.ask_return.clone(),
        }
    }

    /// Takes a line as an answer to the open question; whether it is one. `surely` if the learner
    /// has said that it is meant as one.
    pub(in crate::session) fn lesson_answer(
        &mut self,
        text: &str,
        surely: bool,
    ) -> Result<bool, Stop> {
        let Some(playing) = &self.lessons.playing else { return Ok(false) };
        let (Open::Question(at), Some(question)) = (&playing.open, playing.question().cloned())
        else {
            return Ok(false);
        };
        let (truth, acted) = (at.truth.clone(), at.acted);
        match Answer::read(&question.asked, text) {
            Ok(answer) if is_whole(&question, &answer) => {
                if acted && truth.is_none() && question.is_prediction() {
                    let undone = self.lessons.messages.undone.clone();
                    self.tell_sentence(&undone)?;
                    self.restore_question()?;
                }
                self.answered(&question, &answer, truth)?;
                Ok(true)
            }
            // A part of a segment is surely meant as an answer.
            Ok(_) => self.unreadable(&question),
            Err(Unreadable { .. }) if surely => self.unreadable(&question),
            Err(Unreadable { .. }) => Ok(false),
        }
    }

    /// What was typed is neither a command nor an answer to the open question.
    pub(super) fn say_what_answers_are(&mut self) -> Result<(), Stop> {
        let Some(playing) = &self.lessons.playing else { return Ok(()) };
        let (Open::Question(_), Some(question)) = (&playing.open, playing.question()) else {
            return Ok(());
        };
        let wanted = self.pointed(&self.wanted(question));
        self.tell_sentence(&wanted)
    }

    fn unreadable(&mut self, question: &Question) -> Result<bool, Stop> {
        let words = [("wanted", self.wanted(question))];
        self.tell_sentence(&filled(&self.lessons.messages.unreadable, &words))?;
        Ok(true)
    }

    fn answered(
        &mut self,
        question: &Question,
        answer: &Answer,
        truth: Option<Truth>,
    ) -> Result<(), Stop> {
        let truth = match truth {
            Some(truth) => Some(truth),
            None => self.find_out(question)?,
        };
        let Some(truth) = truth else {
            let no_truth = self.lessons.messages.no_truth.clone();
            return self.tell_sentence(&no_truth);
        };
        let marks = grade(answer, &truth, &asked_fields(question));
        let right = !marks.is_empty() && marks.iter().all(|mark| mark.right);
        if let Some(playing) = &mut self.lessons.playing
            && let Some(deed) = playing.deed()
        {
            deed.attempts += 1;
            deed.answers.push(answer.to_string());
            deed.first_right.get_or_insert(right);
        }
        if let Some(at) = self.lessons.at_question().filter(|_| question.is_prediction()) {
            at.truth = Some(truth);
        }
        self.show_marks(question, answer, &marks, right)?;
        self.report_on();
        if !right {
            return Ok(());
        }
        if let Some(playing) = &mut self.lessons.playing {
            playing.close(clock::now());
        }
        self.advance()
    }

    fn show_marks(
        &mut self,
        question: &Question,
        answer: &Answer,
        marks: &[Mark],
        right: bool,
    ) -> Result<(), Stop> {
        let m = self.lessons.messages.clone();
        if right {
            self.say(&self.good(&m.right))?;
            return match question.feedback_to(answer).filter(|text| !text.is_empty()) {
                Some(praise) => self.show_prose(praise),
                None => Ok(()),
            };
        }
        for mark in marks {
            let words = [
                ("field", mark.field.to_owned()),
                ("given", mark.given.clone()),
                ("really", mark.really.clone()),
                ("reason", mark.reason.clone()),
            ];
            let sentence = match (mark.field, mark.right, mark.given.is_empty()) {
                // What has happened may be told; else it is still to be found.
                ("", _, _) if question.is_prediction() => &m.wrong_is,
                ("", _, _) => &m.wrong,
                (_, true, _) => &m.mark_right,
                (_, false, true) => &m.mark_missing,
                (_, false, false) => &m.mark_wrong,
            };
            let line = filled(sentence, &words);
            let line = if mark.right { self.good(&line) } else { self.bad(line.trim()) };
            self.say(&line)?;
        }
        let feedback = question.feedback_to(answer).filter(|text| !text.is_empty());
        if let Some(feedback) = feedback {
            self.show_prose(feedback)?;
        }
        let then = if question.is_prediction() {
            m.wrong_stands
        } else if feedback.is_none() {
            m.wrong_try
        } else {
            return Ok(());
        };
        self.tell_sentence(&then)
    }

    /// What is right: known, or it turns out now.
    pub(super) fn find_out(&mut self, question: &Question) -> Result<Option<Truth>, Stop> {
        // What is still on its way was no answer to what comes now.
        self.lab.settle(self.shown, None);
        self.show_new()?;
        let since = self.lab.story().cursor();
        if let Err(stop) = self.lab_types(&question.then, false) {
            // Half of it has happened: the next answer needs a new start.
            if let Some(at) = self.lessons.at_question() {
                at.acted = true;
            }
            return match stop {
                Stop::Failed | Stop::Syntax | Stop::Environment => Ok(None),
                Stop::Interrupted | Stop::Closed | Stop::Unwritable => Err(stop),
            };
        }
        let known = question.right.clone().map(Truth::Known);
        Ok(match &question.asked {
            Asked::Choice(_) | Asked::Number(None) => known,
            Asked::Number(Some(quantity)) => {
                self.amount(quantity).map(|n| Truth::Known(Answer::Number(n)))
            }
            Asked::Flags if !question.is_prediction() => known,
            Asked::Flags => self.segment_since(since, None)?,
            Asked::Segment(from) => self.segment_since(since, from.as_deref())?,
            Asked::State(name) => Some(Truth::State(self.states_now(name))),
            Asked::Return => Some(Truth::Returned(self.last_returned())),
        })
    }

    /// A quantity now, counted from where the question was opened.
    fn amount(&mut self, quantity: &Quantity) -> Option<i64> {
        let mark = self.lessons.playing.as_ref()?.since()?.cursor;
        self.measure(quantity, mark).and_then(|amount| i64::try_from(amount).ok())
    }

    /// The first segment that a stack has sent since.
    fn segment_since(&mut self, since: u64, from: Option<&str>) -> Result<Option<Truth>, Stop> {
        let deadline = clock::now().after(Session::WITHIN);
        loop {
            let story = self.lab.story();
            let sent = story.since(since).find_map(|moment| match &moment.what {
                What::Segment(segment)
                    if segment.passage.origin == Origin::Stack
                        && segment.passage.absorbed_by.is_none()
                        && from.is_none_or(|from| segment.names[0].answers_to(from)) =>
                {
                    Some(segment)
                }
                _ => None,
            });
            if let Some(sent) = sent {
                return Ok(Some(Truth::of_segment(story, sent, &self.lessons.messages)));
            }
            if clock::now() >= deadline {
                return Ok(None);
            }
            match self.lab.wait(deadline, &never::<()>()) {
                Woken::Fact => self.catch_up()?,
                Woken::Interrupt => return Err(Stop::Interrupted),
                Woken::Deadline | Woken::Door => {}
            }
        }
    }

    /// The states of whoever goes by that name now, by the kernel where it can say: a listener's
    /// name stands for the ends that nobody has accepted, too.
    fn states_now(&mut self, name: &str) -> Vec<State> {
        self.lab.refresh();
        let unseen = self.unseen(&Spanned { value: name.to_owned(), span: 0..0 });
        if !unseen.is_empty() {
            return unseen;
        }
        states_of(self.lab.story(), name).into_iter().flatten().collect()
    }

    /// What the call that was typed last has returned, if it has.
    fn last_returned(&self) -> Returned {
        let returned = self.typed.and_then(|typed| self.returned(typed.call));
        returned.map_or(Returned::Not, |(_, returned)| Returned::With(returned.outcome.clone()))
    }

    /// What to answer to the open question, as far as that is known now.
    pub(super) fn right_answer(&mut self) -> Option<String> {
        let playing = self.lessons.playing.as_ref()?;
        let Open::Question(AtQuestion { truth, .. }) = &playing.open else { return None };
        let question = playing.question()?.clone();
        let known = question.right.clone();
        let truth = match truth {
            // What has turned out may differ from what the file has foreseen.
            Some(truth) => Some(truth.clone()),
            None if question.is_prediction() => known.clone().map(Truth::Known),
            None => self.find_out(&question).ok().flatten(),
        };
        let fields = asked_fields(&question);
        let given = known.unwrap_or(Answer::Segment(fields.clone()));
        Some(match truth?.answer(&given)? {
            Answer::Segment(all) => Answer::Segment(all.only(&fields)).to_string(),
            answer => answer.to_string(),
        })
    }
}

/// The fields that a question about a segment asks for.
fn asked_fields(question: &Question) -> Fields {
    match &question.right {
        Some(Answer::Segment(fields)) => fields.clone(),
        Some(_) | None => Fields::default(),
    }
}

/// Whether nothing is missing of an answer.
fn is_whole(question: &Question, answer: &Answer) -> bool {
    match answer {
        Answer::Segment(fields) => {
            let told = fields.names();
            asked_fields(question).names().iter().all(|name| told.contains(name))
        }
        Answer::Choice(_)
        | Answer::Number(_)
        | Answer::Flags(_)
        | Answer::State(_)
        | Answer::Returned(_) => true,
    }
}
