//! `counters`: what the kernel has counted, and expectations on it.

use super::expect::Unanswerable;
use super::{Session, Stop};
use crate::command::{Span, Spanned};
use crate::kernel::{Counters, TELLING};
use crate::lab::Lab;

impl Session {
    /// What the kernel had counted before the session: nothing, on a network of our own.
    pub(super) fn counted_before(lab: &Lab) -> Counters {
        if lab.network().is_private() {
            return Counters::default();
        }
        Counters::read().unwrap_or_default()
    }

    /// `counters`: those that have grown since the last mark.
    pub(super) fn show_counters(&mut self, text: &str, span: &Span) -> Result<(), Stop> {
        let read = Counters::read();
        let grown = self.or_fail(text, span, read)?.since(&self.counted);
        let grown = TELLING.iter().filter_map(|counter| {
            let by = grown.get(counter.name).filter(|by| *by > 0)?;
            Some((counter, by.to_string()))
        });
        let grown: Vec<_> = grown.collect();
        let name = grown.iter().map(|(counter, _)| counter.name.len()).max().unwrap_or_default();
        let by = grown.iter().map(|(_, by)| by.len()).max().unwrap_or_default();
        let lines: Vec<String> = grown
            .iter()
            .map(|(counter, grown)| {
                let start = format!("  {:name$}  {grown:>by$}  ", counter.name);
                let indent = " ".repeat((2 + name + 2 + by + 2).min(self.settings.look.width / 2));
                let options = textwrap::Options::new(self.settings.look.width)
                    .word_splitter(textwrap::WordSplitter::NoHyphenation)
                    .initial_indent(&start)
                    .subsequent_indent(&indent);
                textwrap::fill(counter.about, options)
            })
            .collect();
        self.say_or(&lines.join("\n"), "The kernel has counted nothing out of the ordinary.")
    }

    /// By how much that counter has grown since the last mark.
    pub(super) fn counted(&self, name: &Spanned<String>) -> Result<u64, Unanswerable> {
        let unanswerable = |why| Unanswerable { span: name.span.clone(), why };
        let now = Counters::read().map_err(|error| unanswerable(error.to_string()))?;
        let grown = now.since(&self.counted).get(&name.value);
        grown.ok_or_else(|| unanswerable(no_such_counter(&name.value, &now)))
    }
}

fn no_such_counter(name: &str, all: &Counters) -> String {
    let like = all.like(name);
    if like.is_empty() {
        return format!(
            "this kernel counts no {name}; `counters` lists those that have grown, `help counters` \
             says more"
        );
    }
    format!("this kernel counts no {name}: did you mean {}?", like.join(" or "))
}
