//! Explanations: one or two true lines after a call when there is something to learn, more on
//! `why`, what a blocked call waits for, and who waits for whom.
//!
//! Nothing is said that the story doesn't show. Where several causes are possible, the sentence
//! names them.

mod after;
mod ended;
mod evidence;
mod exchanged;
mod failed;
mod loss;
mod message;
mod on_wire;
mod opened;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod stories_of_the_wire;
mod stream;
mod waiting;
mod why;
mod why_recorded;
mod words;

use std::collections::{HashMap, HashSet};
use std::mem::{Discriminant, discriminant};

use evidence::Evidence;
pub use loss::lost;
pub use message::Message;
use message::Often;
pub use on_wire::OnWire;
pub use waiting::Pending;
pub use why::{Last, why};
pub use why_recorded::why_recorded;

use crate::story::{Moment, ReturnMoment, SegmentMoment, Story};
use crate::trace::Outcome;
use crate::view::deviation;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::{Row, safe};

/// How many sentences follow one call.
const SENTENCES: usize = 2;

/// Which explanations a session has already given.
#[derive(Debug, Clone, Default)]
pub struct Told {
    messages: HashMap<Discriminant<Message>, u8>,
    /// The ids of the deviations from Wireshark.
    deviations: HashSet<&'static str>,
}

impl Told {
    /// Whether this one may be given now; if so it counts as given.
    fn may_tell(&mut self, message: &Message) -> bool {
        let times = self.messages.entry(discriminant(message)).or_default();
        *times = times.saturating_add(1);
        match message.often() {
            Often::Once => *times <= 1,
            Often::Twice => *times <= 2,
            Often::Always => true,
        }
    }
}

/// What there is to learn from a call that has returned: at most two sentences, and none that the
/// session has heard twice. `moments` are those of its command; `queue` is the listener's that the
/// call has to do with, if the kernel told: how many connections wait, and how many can.
pub fn after(
    ret: &ReturnMoment,
    moments: &[&Moment],
    story: &Story,
    queue: Option<(u32, u32)>,
    told: &mut Told,
) -> Vec<String> {
    let messages = learned(ret, moments, story, queue);
    // What there is no room for has not been told.
    let news = messages.iter().filter(|message| told.may_tell(message)).take(SENTENCES);
    news.map(Message::words).collect()
}

/// Where Wireshark's flags of these segments mislead: of each kind the session is told once.
pub fn misled<'a>(
    segments: impl Iterator<Item = &'a SegmentMoment>,
    told: &mut Told,
) -> Vec<String> {
    let sentences = segments.flat_map(deviation::sentences);
    let news = sentences.filter(|(deviation, _)| told.deviations.insert(deviation.id()));
    news.map(|(_, words)| words).collect()
}

/// All that there is to learn from it.
fn learned(
    ret: &ReturnMoment,
    moments: &[&Moment],
    story: &Story,
    queue: Option<(u32, u32)>,
) -> Vec<Message> {
    let evidence = Evidence { call: &ret.call, moments, story };
    match ret.outcome {
        Outcome::Value(value) => after::succeeded(&evidence, ret, value, queue),
        Outcome::Errno(errno) => Vec::from_iter(failed::failed(&evidence, ret, errno)),
    }
}

/// What a blocked call waits for, in one sentence.
pub fn blocked(pending: &Pending, story: &Story) -> String {
    waiting::waits(pending, story).words()
}

/// The same in half a sentence, for a table: `its queue is empty`.
pub fn waits_for(pending: &Pending, story: &Story) -> String {
    waiting::waits(pending, story).reason()
}

/// Who waits for whom, when calls wait for each other and nothing is under way.
pub fn standstill(pending: &[Pending], story: &Story) -> Option<String> {
    waiting::deadlock(pending, story).map(|message| message.words())
}

/// Sentences as lines of text, wrapped and indented below a command.
pub fn lines<S: AsRef<str>>(sentences: &[S], look: Look) -> String {
    let width = look.width.clamp(40, 100);
    let options = textwrap::Options::new(width)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent("  ")
        .subsequent_indent("  ");
    let mut lines = String::new();
    for sentence in sentences {
        for line in textwrap::wrap(&safe(sentence.as_ref(), look), &options) {
            lines += &Row::of(Meaning::Plain, line.as_ref()).line(look);
        }
    }
    lines
}
