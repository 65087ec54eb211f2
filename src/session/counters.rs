//! `counters`: what the kernel has counted, and expectations on it.

use super::{Session, Stop};
use crate::command::{Expectation, Span, Spanned};
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
                format!("  {:name$}  {grown:>by$}  {}", counter.name, counter.about)
            })
            .collect();
        self.say_or(&lines.join("\n"), "The kernel has counted nothing out of the ordinary.")
    }

    /// By how much the counter has grown that is expected to; `None` if another thing is expected.
    pub(super) fn counted(
        &mut self,
        text: &str,
        wanted: &Expectation,
    ) -> Result<Option<u64>, Stop> {
        let Expectation::Counter { name, .. } = wanted else { return Ok(None) };
        let read = Counters::read();
        let now = self.or_fail(text, &name.span, read)?;
        match now.since(&self.counted).get(&name.value) {
            Some(grown) => Ok(Some(grown)),
            None => self.no_such_counter(text, name, &now),
        }
    }

    fn no_such_counter<T>(
        &mut self,
        text: &str,
        name: &Spanned<String>,
        all: &Counters,
    ) -> Result<T, Stop> {
        let like = all.like(&name.value);
        let hint = if like.is_empty() {
            "; `counters` lists those that have grown, `help counters` says more".to_owned()
        } else {
            format!(": did you mean {}?", like.join(" or "))
        };
        self.fail(text, &name.span, &format!("this kernel counts no {}{hint}", name.value))?;
        Err(Stop::Failed)
    }
}
