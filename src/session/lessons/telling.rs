//! How a lesson's own words look: signs before them, colours over them.

use super::{Session, Stop};
use crate::view::course::letters;
use crate::view::paint::{Meaning, paint};
use crate::view::{Look, explain};

impl Session {
    /// What went well: `✓ Done.`
    pub(super) fn good(&self, text: &str) -> String {
        self.signed(["✓", "ok:"], Meaning::Good, text)
    }

    /// What has come true on the way there, which the eye need not meet first.
    pub(super) fn half_good(&self, text: &str) -> String {
        self.signed(["✓", "ok:"], Meaning::Quiet, text)
    }

    /// What went wrong: `✗ Not so.`
    pub(super) fn bad(&self, text: &str) -> String {
        self.signed(["✗", "no:"], Meaning::Bad, text)
    }

    /// A text behind its sign; with ASCII only, the second.
    fn signed(&self, signs: [&str; 2], meaning: Meaning, text: &str) -> String {
        let look = self.settings.look;
        let sign = signs[usize::from(look.ascii)];
        let options = textwrap::Options::new(look.width.clamp(40, 100))
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .subsequent_indent("    ");
        let text = format!("  {sign} {}", letters(text, look));
        paint(meaning, &textwrap::fill(&text, options), look)
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

    /// One of the table's sentences, wrapped. With ASCII only, its letters stay.
    pub(super) fn sentence(&self, sentence: &str) -> String {
        explain::lines(&[sentence], Look { ascii: false, ..self.settings.look })
    }

    /// Says one of the table's sentences, wrapped.
    pub(super) fn tell_sentence(&mut self, sentence: &str) -> Result<(), Stop> {
        let text = self.sentence(sentence);
        self.say(&text)
    }

    /// Runs something of which nothing is shown.
    pub(super) fn hushed<T>(&mut self, run: impl FnOnce(&mut Session) -> T) -> T {
        let was = self.screen.hush(true);
        let result = run(self);
        self.screen.hush(was);
        result
    }
}
