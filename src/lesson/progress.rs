//! How far the learner has come, as it is kept between sessions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How far the learner has come in all lessons.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The lesson that was taken last.
    #[serde(default)]
    pub current: Option<String>,
    /// By name.
    #[serde(default)]
    pub lessons: BTreeMap<String, Stand>,
}

/// How far the learner has come in a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stand {
    /// How many steps are done, from the first on.
    pub steps: usize,
    /// The heading of the step that comes next, should the lesson have changed.
    #[serde(default)]
    pub next: String,
    /// Whether it has been done to its end, once.
    #[serde(default)]
    pub done: bool,
}

impl Progress {
    /// Longer files are none of ours: bytes.
    pub const LONGEST: u64 = 1 << 20;

    /// Reads what [`Progress::text`] has written.
    ///
    /// # Errors
    /// Where and how it is damaged, in words.
    pub fn read(text: &str) -> Result<Progress, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// As it is kept: JSON, ended by a newline.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// How far the learner has come in that lesson.
    pub fn of(&self, lesson: &str) -> Stand {
        self.lessons.get(lesson).cloned().unwrap_or_default()
    }
}

impl Stand {
    /// The step to go on with, from 0: by its heading if the lesson has changed. A lesson that is
    /// done begins anew.
    pub fn step(&self, headings: &[&str]) -> usize {
        match headings.iter().position(|heading| *heading == self.next) {
            Some(step) if !self.next.is_empty() => step,
            Some(_) | None if self.steps < headings.len() => self.steps,
            Some(_) | None => 0,
        }
    }
}
