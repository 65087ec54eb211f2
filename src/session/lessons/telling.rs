//! How a lesson's own words look: signs before them, colours over them.

use super::{Session, Stop};
use crate::view::paint::{Meaning, paint};

impl Session {
    /// What went well: `✓ Done.`
    pub(super) fn good(&self, text: &str) -> String {
        let sign = if self.settings.look.ascii { "ok:" } else { "✓" };
        paint(Meaning::Good, &format!("  {sign} {text}"), self.settings.look)
    }

    /// What went wrong: `✗ Not so.`
    pub(super) fn bad(&self, text: &str) -> String {
        let sign = if self.settings.look.ascii { "no:" } else { "✗" };
        paint(Meaning::Bad, &format!("  {sign} {text}"), self.settings.look)
    }

    /// What is true, and not what the eye should meet first.
    pub(super) fn quiet(&self, text: &str) -> String {
        paint(Meaning::Quiet, text, self.settings.look)
    }

    /// What is asked of the learner: `▸ Your turn.`
    pub(super) fn pointed(&self, text: &str) -> String {
        let sign = if self.settings.look.ascii { ">" } else { "▸" };
        format!("{sign} {text}")
    }

    /// Runs something of which nothing is shown.
    pub(super) fn hushed<T>(&mut self, run: impl FnOnce(&mut Session) -> T) -> T {
        let was = self.screen.hush(true);
        let result = run(self);
        self.screen.hush(was);
        result
    }

    /// A line of feedback, wrapped, its first line behind a sign.
    pub(super) fn say_feedback(&mut self, markdown: &str) -> Result<(), Stop> {
        self.show_prose(markdown)
    }
}
