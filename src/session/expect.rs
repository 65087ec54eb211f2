//! Expectations: judged again and again until they hold or their time is up.

use std::time::Duration;

use crossbeam_channel::never;

use super::measure::is_of_packets;
use super::{Session, Stop};
use crate::command::{Expectation, Quantity, Span, Statement};
use crate::judge::{Asked, Evidence, Holds, Verdict, judge, returns_since};
use crate::lab::Woken;
use crate::story::ReturnMoment;
use crate::trace::{Time, clock};
use crate::view::{json, row};

/// The calls whose results count, where an expectation doesn't say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    /// The call that was typed last, and those that have returned since. All else counts since the
    /// last `mark`.
    LastTyped,
    /// All that have returned since this cursor of the story, from which packets count too.
    Since(u64),
}

/// An expectation that can't be judged, and never will be: a counter that there isn't.
#[derive(Debug)]
pub(super) struct Unanswerable {
    /// What it is about, in the text.
    pub span: Span,
    /// Why.
    pub why: String,
}

impl Session {
    /// How long an expectation is waited for unless it says.
    pub(super) const WITHIN: Duration = Duration::from_secs(1);
    /// How often the kernel is asked: timers end without a segment, programs read.
    pub(super) const ASK_AGAIN: Duration = Duration::from_millis(10);

    /// Runs an `expect`.
    pub(super) fn expect(
        &mut self,
        text: &str,
        statement: &Statement,
        wanted: &Expectation,
        within: Option<Duration>,
    ) -> Result<(), Stop> {
        if is_about_packets(wanted) {
            self.need_capture(text, statement, wanted)?;
        }
        if let Err(Unanswerable { span, why }) = self.ask(wanted, self.mark) {
            self.fail(text, &span, &why)?;
            return Err(Stop::Failed);
        }
        let deadline = clock::now().after(within.unwrap_or(Self::WITHIN));
        // What has not come yet may: whoever names a time wants it watched.
        let watches = within.is_some() && matches!(wanted, Expectation::Never(_));
        let verdict = loop {
            let verdict = self.verdict_now(wanted, Returns::LastTyped);
            if matches!(wanted, Expectation::State { .. }) {
                self.show_new()?;
            }
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
        self.show_verdict(text, statement, wanted, &verdict)
    }

    /// Judges once, as things are now: without waiting for anything to come right, without showing
    /// anything, without failing. What the kernel is asked on the way is in the story afterwards,
    /// not shown yet.
    pub(super) fn verdict_now(&mut self, wanted: &Expectation, returns: Returns) -> Verdict {
        if is_about_packets(wanted)
            && let Some(why) = self.lab.capture_missing()
        {
            return no(format!("no capture: {why}"));
        }
        if matches!(wanted, Expectation::State { .. }) {
            self.lab.refresh();
        }
        let mark = match returns {
            Returns::LastTyped => self.mark,
            Returns::Since(cursor) => cursor,
        };
        match self.ask(wanted, mark) {
            Ok(asked) => self.judge(wanted, mark, returns, &asked),
            Err(Unanswerable { why, .. }) => no(why),
        }
    }

    /// Asks the kernel what an expectation needs of it.
    fn ask(&mut self, wanted: &Expectation, mark: u64) -> Result<Asked, Unanswerable> {
        let asked = Asked::default();
        Ok(match wanted {
            Expectation::State { socket, .. } => Asked { unseen: self.unseen(socket), ..asked },
            Expectation::Address { of, socket, address } => {
                Asked { answer: Some(self.address_now(*of, socket, address)?), ..asked }
            }
            Expectation::Option { socket, option, value } => {
                Asked { answer: Some(self.option_now(socket, option, value)?), ..asked }
            }
            Expectation::Quantity { quantity, .. } => {
                Asked { measured: Some(self.measured(quantity, mark)), ..asked }
            }
            Expectation::Counter { name, .. } => {
                Asked { counted: Some(self.counted(name)?), ..asked }
            }
            Expectation::Return { .. }
            | Expectation::Errno { .. }
            | Expectation::Data { .. }
            | Expectation::Eof { .. }
            | Expectation::Blocked { .. }
            | Expectation::Sees(_)
            | Expectation::Exactly(_)
            | Expectation::Never(_)
            | Expectation::Count { .. }
            | Expectation::Role { .. } => asked,
        })
    }

    fn judge(&self, wanted: &Expectation, mark: u64, returns: Returns, asked: &Asked) -> Verdict {
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
        let returns = match returns {
            Returns::LastTyped => self.since_typed(),
            Returns::Since(cursor) => returns_since(story, cursor).collect(),
        };
        judge(&Evidence { story, mark, returns: &returns, waiting: &waiting, asked }, wanted)
    }

    /// The call that was typed last, if it has returned, and those that have returned since it was
    /// typed; newest first.
    fn since_typed(&self) -> Vec<&ReturnMoment> {
        let Some(typed) = self.typed else { return Vec::new() };
        let mut returns: Vec<&ReturnMoment> =
            returns_since(self.lab.story(), typed.since).collect();
        if !returns.iter().any(|returned| returned.call.call == typed.call) {
            returns.extend(self.returned(typed.call).map(|(_, returned)| returned));
        }
        returns
    }

    fn show_verdict(
        &mut self,
        text: &str,
        statement: &Statement,
        wanted: &Expectation,
        verdict: &Verdict,
    ) -> Result<(), Stop> {
        let is_of_datagrams =
            matches!(wanted, Expectation::Quantity { quantity: Quantity::Datagrams { .. }, .. });
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
            let what = if is_of_datagrams { "datagrams" } else { "segments" };
            let first = format!("\n  {what} seen: ");
            message.push_str(&first);
            message.push_str(&verdict.seen.join(&format!("\n{:1$}", "", first.len() - 1)));
        }
        self.complain(text, &statement.span, &message);
        Err(Stop::Failed)
    }

    /// What was not captured can't be judged: neither that it was there nor that it wasn't.
    fn need_capture(
        &mut self,
        text: &str,
        statement: &Statement,
        wanted: &Expectation,
    ) -> Result<(), Stop> {
        let Some(why) = self.lab.capture_missing() else { return Ok(()) };
        let verdict = no(format!("no capture: {why}"));
        match self.show_verdict(text, statement, wanted, &verdict) {
            Err(Stop::Failed) => Err(Stop::Environment),
            other => other,
        }
    }

    fn next_look(wanted: &Expectation, deadline: Time) -> Time {
        if is_asked_of_the_kernel(wanted) {
            deadline.min(clock::now().after(Self::ASK_AGAIN))
        } else {
            deadline
        }
    }
}

fn no(found: String) -> Verdict {
    Verdict { holds: Holds::No, found, seen: Vec::new() }
}

/// Whether what passes on the wire decides.
pub(super) fn is_about_packets(wanted: &Expectation) -> bool {
    match wanted {
        Expectation::Sees(_)
        | Expectation::Exactly(_)
        | Expectation::Never(_)
        | Expectation::Count { .. }
        | Expectation::Role { .. } => true,
        Expectation::Quantity { quantity, .. } => is_of_packets(quantity),
        Expectation::Return { .. }
        | Expectation::Errno { .. }
        | Expectation::Data { .. }
        | Expectation::Eof { .. }
        | Expectation::Blocked { .. }
        | Expectation::State { .. }
        | Expectation::Address { .. }
        | Expectation::Option { .. }
        | Expectation::Counter { .. } => false,
    }
}

/// Whether the kernel decides: it changes its mind without a word.
fn is_asked_of_the_kernel(wanted: &Expectation) -> bool {
    match wanted {
        Expectation::State { .. }
        | Expectation::Address { .. }
        | Expectation::Option { .. }
        | Expectation::Counter { .. } => true,
        Expectation::Quantity { quantity, .. } => !is_of_packets(quantity),
        Expectation::Return { .. }
        | Expectation::Errno { .. }
        | Expectation::Data { .. }
        | Expectation::Eof { .. }
        | Expectation::Blocked { .. }
        | Expectation::Sees(_)
        | Expectation::Exactly(_)
        | Expectation::Never(_)
        | Expectation::Count { .. }
        | Expectation::Role { .. } => false,
    }
}
