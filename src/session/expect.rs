//! Expectations: judged again and again until they hold or their time is up.

use std::collections::BTreeMap;
use std::time::Duration;

use crossbeam_channel::never;

use super::{Session, Stop};
use crate::command::{Expectation, Statement};
use crate::judge::{self, Evidence, Verdict};
use crate::lab::Woken;
use crate::story::{ReturnMoment, What};
use crate::trace::{Time, clock};
use crate::view::json;

impl Session {
    /// How long an expectation is waited for unless it says.
    const WITHIN: Duration = Duration::from_secs(1);
    /// How often the kernel is asked about a state: timers end without a segment.
    const ASK_AGAIN: Duration = Duration::from_millis(10);

    /// Runs an `expect`.
    pub(super) fn expect(
        &mut self,
        text: &str,
        statement: &Statement,
        wanted: &Expectation,
        within: Option<Duration>,
    ) -> Result<(), Stop> {
        let deadline = clock::now().after(within.unwrap_or(Self::WITHIN));
        let verdict = loop {
            if matches!(wanted, Expectation::State { .. }) {
                self.lab.refresh();
                self.show_new()?;
            }
            let verdict = self.judge(wanted);
            if verdict.is_final || clock::now() >= deadline {
                break verdict;
            }
            match self.lab.wait(self.next_look(wanted, deadline), &never::<()>()) {
                Woken::Fact => self.catch_up()?,
                Woken::Interrupt => return Err(Stop::Interrupted),
                Woken::Deadline | Woken::Door => {}
            }
        };
        self.show_verdict(text, statement, &verdict)
    }

    fn next_look(&self, wanted: &Expectation, deadline: Time) -> Time {
        match wanted {
            Expectation::State { .. } => deadline.min(clock::now().after(Self::ASK_AGAIN)),
            _ => deadline,
        }
    }
}
