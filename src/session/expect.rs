//! Expectations: judged again and again until they hold or their time is up.

use std::time::Duration;

use crossbeam_channel::never;

use super::{Session, Stop};
use crate::command::{Expectation, Statement};
use crate::judge::{Evidence, Holds, Verdict, judge};
use crate::lab::Woken;
use crate::story::{ReturnMoment, What};
use crate::tcp::State;
use crate::trace::{Time, clock};
use crate::view::{json, row};

impl Session {
    /// How long an expectation is waited for unless it says.
    pub(super) const WITHIN: Duration = Duration::from_secs(1);
    /// How often the kernel is asked about a state: timers end without a segment.
    pub(super) const ASK_AGAIN: Duration = Duration::from_millis(10);

    /// Runs an `expect`.
    pub(super) fn expect(
        &mut self,
        text: &str,
        statement: &Statement,
        wanted: &Expectation,
        within: Option<Duration>,
    ) -> Result<(), Stop> {
        if is_about_segments(wanted) {
            self.need_capture(text, statement)?;
        }
        let deadline = clock::now().after(within.unwrap_or(Self::WITHIN));
        // What has not come yet may: whoever names a time wants it watched.
        let watches = within.is_some() && matches!(wanted, Expectation::Never(_));
        let verdict = loop {
            if matches!(wanted, Expectation::State { .. }) {
                self.lab.refresh();
                self.show_new()?;
            }
            let unseen = self.unseen(wanted);
            let counted = self.counted(text, wanted)?;
            let verdict = self.judge(wanted, &unseen, counted);
            let is_settled = match verdict.holds {
                Holds::Yes => !watches,
                Holds::No => true,
                Holds::NotYet => false,
            };
            if is_settled || clock::now() >= deadline {
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

    fn judge(&self, wanted: &Expectation, unseen: &[State], counted: Option<u64>) -> Verdict {
        let story = self.lab.story();
        let waiting: Vec<(String, &'static str)> = self
            .lab
            .sockets()
            .pending()
            .into_iter()
            .flat_map(|pending| pending.sockets.into_iter().map(move |s| (s, pending.function)))
            .flat_map(|(socket, function)| {
                let named = story.socket(socket);
                // A listener's name also stands for the sockets accepted from it.
                let listener = named.and_then(|socket| story.socket(socket.accepted_from?));
                let both = [named, listener].into_iter().flatten();
                both.map(move |socket| (socket.name.to_string(), function)).collect::<Vec<_>>()
            })
            .collect();
        let (mark, returns) = (self.mark, &*self.candidates());
        judge(&Evidence { story, mark, returns, waiting: &waiting, unseen, counted }, wanted)
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
        let wanted = row::safe(wanted, self.settings.look);
        if holds {
            return self.say(&format!("  ok: {wanted}"));
        }
        let mut message = format!("expected {wanted}; found {}", verdict.found);
        if !verdict.seen.is_empty() {
            message.push_str("\n  segments seen: ");
            message.push_str(&verdict.seen.join("\n                 "));
        }
        self.complain(text, &statement.span, &message);
        Err(Stop::Failed)
    }

    /// What was not captured can't be judged: neither that it was there nor that it wasn't.
    fn need_capture(&mut self, text: &str, statement: &Statement) -> Result<(), Stop> {
        let Some(why) = self.lab.capture_missing() else { return Ok(()) };
        let found = format!("no capture: {why}");
        let verdict = Verdict { holds: Holds::No, found, seen: Vec::new() };
        match self.show_verdict(text, statement, &verdict) {
            Err(Stop::Failed) => Err(Stop::Environment),
            other => other,
        }
    }

    fn next_look(wanted: &Expectation, deadline: Time) -> Time {
        match wanted {
            Expectation::State { .. } | Expectation::Counter { .. } => {
                deadline.min(clock::now().after(Self::ASK_AGAIN))
            }
            _ => deadline,
        }
    }
}

pub(super) fn is_about_segments(wanted: &Expectation) -> bool {
    match wanted {
        Expectation::Sees(_)
        | Expectation::Exactly(_)
        | Expectation::Never(_)
        | Expectation::Count { .. } => true,
        Expectation::Return(_)
        | Expectation::Errno { .. }
        | Expectation::Data(_)
        | Expectation::Eof
        | Expectation::Blocked { .. }
        | Expectation::State { .. }
        | Expectation::Counter { .. } => false,
    }
}
