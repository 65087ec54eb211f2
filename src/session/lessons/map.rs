//! `lessons`: the map of the course.

use super::{Lessons, Session, Stop};
use crate::command::Term;
use crate::lesson::{Lesson, Stand, filled};
use crate::view::Look;
use crate::view::course::{Line, Reached, map};
use crate::view::explain;

impl Session {
    /// `lessons`
    pub(super) fn show_lessons(&mut self) -> Result<(), Stop> {
        self.load_progress()?;
        let map = self.lessons.map(self.settings.look);
        self.say(&map)
    }

    /// The lessons, for completion.
    pub(in crate::session) fn lesson_terms(&self) -> Vec<Term> {
        // Asked for at each key: worked out once.
        let terms = self.lessons.terms.get_or_init(|| {
            let titles = self.lessons.course.titles();
            let term = |(name, title): (&str, String)| Term {
                name: name.to_owned(),
                help: title,
                values: vec![],
            };
            titles.into_iter().map(term).collect()
        });
        terms.clone()
    }
}

impl Lessons {
    /// Every lesson with how far it is done, and what comes next.
    pub fn map(&self, look: Look) -> String {
        let lessons = self.course.lessons();
        let next = self.to_go_on_with(&lessons);
        let lines: Vec<Line> = lessons
            .iter()
            .enumerate()
            .map(|(index, lesson)| self.line(index, lesson, next.as_deref()))
            .collect();
        let hint = explain::lines(&[&self.messages.map_hint], Look { ascii: false, ..look });
        format!("{}{hint}", map(&lines, look))
    }

    fn line(&self, index: usize, lesson: &Lesson, next: Option<&str>) -> Line {
        let m = &self.messages;
        let stand = self.progress.of(&lesson.name);
        let begun = stand.steps > 0 && !is_over(&stand, lesson);
        let is_next = next == Some(&*lesson.name);
        let words = [("n", (stand.steps + 1).to_string()), ("all", lesson.steps.len().to_string())];
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
            status,
            reached: match (is_next, stand.done) {
                (true, _) => Reached::Here,
                (false, true) => Reached::Done,
                (false, false) => Reached::Ahead,
            },
        }
    }

    /// The lesson to go on with: the one that was begun last, else the next that isn't done.
    pub(super) fn to_go_on_with(&self, lessons: &[Lesson]) -> Option<String> {
        let current = self.progress.current.as_ref();
        let at = current.and_then(|name| lessons.iter().position(|lesson| lesson.name == *name));
        let begun = |lesson: &&Lesson| {
            let stand = self.progress.of(&lesson.name);
            !is_over(&stand, lesson) && (!stand.done || stand.steps > 0)
        };
        let open = |lesson: &&Lesson| !self.progress.of(&lesson.name).done;
        let here = at.and_then(|at| lessons.get(at)).filter(begun);
        here.or_else(|| lessons.iter().skip(at.unwrap_or(0)).find(open))
            .or_else(|| lessons.iter().find(open))
            .map(|lesson| lesson.name.clone())
    }

    /// The lesson that comes after that one and isn't done.
    pub(super) fn after(&self, name: &str) -> Option<Lesson> {
        let lessons = self.course.lessons();
        let at = lessons.iter().position(|lesson| lesson.name == name);
        let open = |lesson: &&Lesson| lesson.name != name && !self.progress.of(&lesson.name).done;
        let behind = lessons.iter().skip(at.map_or(0, |at| at + 1)).find(open);
        behind.or_else(|| lessons.iter().find(open)).cloned()
    }
}

fn is_over(stand: &Stand, lesson: &Lesson) -> bool {
    stand.steps >= lesson.steps.len()
}
