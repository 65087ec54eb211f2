//! `lessons`: the map of the course.

use super::{Session, Stop};
use crate::command::Term;
use crate::lesson::{Lesson, Stand, filled};
use crate::view::course::{Line, map};

impl Session {
    /// `lessons`
    pub fn show_lessons(&mut self) -> Result<(), Stop> {
        self.load_progress()?;
        let lessons = self.lessons.course.lessons();
        let next = self.to_go_on_with(&lessons);
        let m = &self.lessons.messages;
        let lines: Vec<Line> = lessons
            .iter()
            .enumerate()
            .map(|(index, lesson)| {
                let stand = self.lessons.progress.of(&lesson.name);
                let begun = stand.steps > 0 && stand.steps < lesson.steps.len();
                let is_next = next.as_deref() == Some(&*lesson.name);
                let words = [
                    ("n", (stand.steps + 1).to_string()),
                    ("all", lesson.steps.len().to_string()),
                ];
                let status = match (begun, stand.done, is_next) {
                    (true, _, _) => filled(&m.map_at, &words),
                    (false, true, _) => m.map_done.clone(),
                    (false, false, true) => m.map_next.clone(),
                    (false, false, false) => String::new(),
                };
                Line {
                    number: index + 1,
                    name: lesson.name.clone(),
                    title: lesson.title.clone(),
                    minutes: lesson.minutes,
                    status,
                    done: stand.done,
                    next: is_next,
                }
            })
            .collect();
        let text = map(&lines, self.settings.look);
        let hint = m.map_hint.clone();
        self.say(&text)?;
        self.tell_sentence(&hint)
    }

    /// The lesson to go on with: the one that was begun last, else the first that isn't done.
    pub(super) fn to_go_on_with(&self, lessons: &[Lesson]) -> Option<String> {
        let progress = &self.lessons.progress;
        let begun = |lesson: &&Lesson| {
            let stand = progress.of(&lesson.name);
            progress.current.as_ref() == Some(&lesson.name)
                && !is_over(&stand, lesson)
                && (!stand.done || stand.steps > 0)
        };
        let open = |lesson: &&Lesson| !progress.of(&lesson.name).done;
        let after = progress.current.as_ref();
        let from = after.and_then(|name| lessons.iter().position(|lesson| lesson.name == *name));
        let behind = lessons.iter().skip(from.unwrap_or(0)).find(open);
        lessons
            .iter()
            .find(begun)
            .or(behind)
            .or_else(|| lessons.iter().find(open))
            .map(|lesson| lesson.name.clone())
    }

    /// The lesson that comes after that one and isn't done.
    pub(super) fn next_lesson(&self, name: &str) -> Option<Lesson> {
        let lessons = self.lessons.course.lessons();
        let at = lessons.iter().position(|lesson| lesson.name == name);
        let open = |lesson: &&Lesson| {
            lesson.name != name && !self.lessons.progress.of(&lesson.name).done
        };
        let behind = lessons.iter().skip(at.map_or(0, |at| at + 1)).find(open);
        behind.or_else(|| lessons.iter().find(open)).cloned()
    }

    /// The lessons, for completion.
    pub(in crate::session) fn lesson_terms(&self) -> Vec<Term> {
        let lessons = self.lessons.course.lessons();
        let term = |lesson: Lesson| Term { name: lesson.name, help: lesson.title, values: vec![] };
        lessons.into_iter().map(term).collect()
    }
}

fn is_over(stand: &Stand, lesson: &Lesson) -> bool {
    stand.steps >= lesson.steps.len()
}
