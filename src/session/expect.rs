//! Expectations: judged again and again until they hold or their time is up.

use std::time::Duration;

use crossbeam_channel::never;

use super::{Session, Stop};
use crate::command::{Expectation, Statement};
use crate::judge::{Evidence, Holds, Verdict, judge};
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
            if verdict.holds != Holds::NotYet || clock::now() >= deadline {
                break verdict;
            }
            match self.lab.wait(Self::next_look(wanted, deadline), &never::<()>()) {
                Woken::Fact => self.catch_up()?,
                Woken::Interrupt => return Err(Stop::Interrupted),
                Woken::Deadline | Woken::Door => {}
            }
        };
        self.show_verdict(text, statement, &verdict)
    }

    fn judge(&mut self, wanted: &Expectation) -> Verdict {
        let kernel = match wanted {
            Expectation::State { socket, .. } => self.kernel_state(&socket.value),
            _ => None,
        };
        let story = self.lab.story();
        let waiting: Vec<(String, &'static str)> = self
            .lab
            .sockets()
            .pending()
            .into_iter()
            .flat_map(|pending| pending.sockets.into_iter().map(move |s| (s, pending.function)))
            .filter_map(|(socket, function)| {
                Some((story.socket(socket)?.name.to_string(), function))
            })
            .collect();
        let evidence = Evidence {
            story,
            mark: self.mark,
            returns: &self.candidates(),
            kernel,
            waiting: &waiting,
        };
        judge(&evidence, wanted)
    }

    /// The call that was typed last, if it has returned, and those that have returned since it was
    /// typed; newest first.
    fn candidates(&self) -> Vec<&ReturnMoment> {
        let Some(typed) = self.typed else { return Vec::new() };
        let story = self.lab.story();
        let mut returns: Vec<&ReturnMoment> = story
            .since(typed.since)
            .rev()
            .filter_map(|moment| match &moment.what {
                What::Return(returned) => Some(returned),
                _ => None,
            })
            .collect();
        if !returns.iter().any(|returned| returned.call.call == typed.call) {
            returns.extend(self.returned(typed.call).map(|(_, returned)| returned));
        }
        returns
    }

    fn show_verdict(
        &mut self,
        text: &str,
        statement: &Statement,
        verdict: &Verdict,
    ) -> Result<(), Stop> {
        let holds = verdict.holds == Holds::Yes;
        let typed = text.get(statement.span.clone()).unwrap_or_default().trim();
        let wanted = typed.strip_prefix("expect").unwrap_or(typed).trim();
        if self.screen.is_json() {
            let line = self.place.line + text[..statement.span.start].matches('\n').count();
            self.screen.write(&(json::expect(line, holds, wanted, &verdict.found) + "\n"))?;
        }
        if holds {
            return self.say(&format!("  ok: {wanted}"));
        }
        let mut message = format!("expected {wanted}; found {}", verdict.found);
        if !verdict.seen.is_empty() {
            message.push_str("\n  segments seen: ");
            message.push_str(&verdict.seen.join("\n                 "));
        }
        self.complain(text, &statement.span, &message)?;
        let needs_capture = matches!(
            statement.command,
            crate::command::Command::Expect {
                what: Expectation::Sees(_) | Expectation::Exactly(_) | Expectation::Count { .. },
                ..
            }
        );
        match self.lab.capture_missing() {
            Some(_) if needs_capture => Err(Stop::Environment),
            Some(_) | None => Err(Stop::Failed),
        }
    }

    fn next_look(wanted: &Expectation, deadline: Time) -> Time {
        match wanted {
            Expectation::State { .. } => deadline.min(clock::now().after(Self::ASK_AGAIN)),
            _ => deadline,
        }
    }
}
