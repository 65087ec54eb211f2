//! The wire's commands: each segment waits and is let go, lost or harmed by hand or by rule.

use std::time::Duration;

use super::{Session, Stop};
use crate::command::{Command, Span, Spanned, Statement, WireArg};
use crate::lab::{Flowed, NoWire};
use crate::story::What;
use crate::trace::{FrameNumber, clock};
use crate::view;
use crate::wire::{Refusal, Wire};

impl Session {
    /// Runs one of the wire's commands.
    pub(super) fn on_the_wire(&mut self, text: &str, statement: &Statement) -> Result<(), Stop> {
        let span = &statement.span;
        match &statement.command {
            Command::Step { on: Some(on) } => self.step(text, span, *on)?,
            Command::Step { on: None } => self.show_held()?,
            Command::Next { count } => self.next(text, span, count.unwrap_or(1))?,
            Command::Flow => self.flow(text, span)?,
            Command::Drop { frame } => {
                let frame = number(frame.as_ref());
                let dropped = self.tamper(text, span, |wire| wire.drop(frame, clock::now()))?;
                self.settle_and_show()?;
                self.explain(&self.lost(dropped))?;
                self.show_rest()?;
            }
            Command::Dup { frame } => {
                let frame = number(frame.as_ref());
                let copied = self.tamper(text, span, |wire| wire.duplicate(frame, clock::now()))?;
                self.settle_and_show()?;
                self.explain(&format!("A copy of #{} is behind it now.", copied.0))?;
                self.show_rest()?;
            }
            Command::Swap { frame } => {
                let frame = number(frame.as_ref());
                let [first, second] =
                    self.tamper(text, span, |wire| wire.swap(frame, clock::now()))?;
                self.settle_and_show()?;
                self.explain(&format!("#{} is before #{} now.", first.0, second.0))?;
                self.show_rest()?;
            }
            Command::Corrupt { frame } => {
                let frame = number(frame.as_ref());
                let damaged = self.tamper(text, span, |wire| wire.corrupt(frame, clock::now()))?;
                self.settle_and_show()?;
                self.explain(&format!(
                    "One bit of #{} is wrong now. Its checksum will tell: whoever gets it drops it \
                     without a word.",
                    damaged.0
                ))?;
                self.show_rest()?;
            }
            Command::Hold { frame, time } => {
                self.hold(text, span, number(frame.as_ref()), *time)?
            }
            Command::Wire { what: WireArg::List } => self.show_rules()?,
            Command::Wire { what: WireArg::Clear } => {
                let cleared = self.lab.clear_rules();
                self.or_no_wire(text, span, cleared)?;
                self.settle_and_show()?;
                self.explain("No rules: the wire lets everything pass.")?;
            }
            Command::Wire { what: WireArg::Rule(rule) } => self.add_rule(text, span, rule)?,
            Command::Forge { .. } => self.forge(text, statement)?,
            // The others are no business of the wire's.
            _ => {}
        }
        Ok(())
    }

    fn step(&mut self, text: &str, span: &Span, on: bool) -> Result<(), Stop> {
        let was = self.lab.is_stepping();
        let stepped = self.lab.step(on);
        self.or_no_wire(text, span, stepped)?;
        self.settle_and_show()?;
        self.explain(match (was, on) {
            (false, true) => {
                "The wire is yours: each segment waits. `next` delivers it, `drop` loses it, \
                 `flow` lets all go."
            }
            (true, true) => "Each segment waits already.",
            (true, false) => "Nothing waits any more: segments pass as they come.",
            (false, false) => "Segments pass as they come already.",
        })
    }

    fn next(&mut self, text: &str, span: &Span, count: u64) -> Result<(), Stop> {
        let from = self.lab.story().cursor();
        let mut delivered = 0;
        while delivered < count {
            let done = match self.lab.deliver_next() {
                Err(Refusal::Nothing) if delivered > 0 => break,
                done => done,
            };
            self.or_refused(text, span, done)?;
            delivered += 1;
        }
        self.settle_and_show()?;
        self.explain_returns(from)?;
        if delivered < count {
            let words = format!("Only {delivered} were on the wire.");
            self.explain(if delivered == 1 { "Only one was on the wire." } else { &words })?;
        }
        self.show_rest()
    }

    fn flow(&mut self, text: &str, span: &Span) -> Result<(), Stop> {
        let from = self.lab.story().cursor();
        let flowed = self.lab.flow();
        let flowed = self.or_refused(text, span, flowed)?;
        self.settle_and_show()?;
        self.explain_returns(from)?;
        match flowed {
            Flowed::Done => Ok(()),
            Flowed::Interrupted => {
                self.screen.end_echo()?;
                Err(Stop::Interrupted)
            }
            Flowed::Endless(packets) => {
                self.say(&format!("{packets} packets, and more come: `flow` stops here."))
            }
        }
    }

    fn hold(
        &mut self,
        text: &str,
        span: &Span,
        frame: Option<FrameNumber>,
        time: Duration,
    ) -> Result<(), Stop> {
        let held = self.tamper(text, span, |wire| wire.hold(frame, time, clock::now()))?;
        self.settle_and_show()?;
        let words = view::ladder::duration(time, self.settings.look);
        self.explain(&format!("#{} goes on by itself in {words}.", held.0))?;
        self.show_rest()
    }

    fn show_rules(&mut self) -> Result<(), Stop> {
        self.say("no rules")
    }

    fn add_rule(&mut self, _: &str, _: &Span, _: &crate::command::RuleArg) -> Result<(), Stop> {
        Ok(())
    }

    fn forge(&mut self, _: &str, _: &Statement) -> Result<(), Stop> {
        Ok(())
    }

    /// What a sender knows of a loss: nothing.
    fn lost(&self, frame: FrameNumber) -> String {
        let story = self.lab.story();
        let sent = story.moments().rev().find_map(|moment| match &moment.what {
            What::Segment(segment) if segment.frame == frame => Some(segment),
            _ => None,
        });
        match sent {
            Some(segment) if segment.segment.sequence_len() > 0 => format!(
                "#{} is lost. {} doesn't know: no ACK will come, and after its timeout it sends \
                 the same again.",
                frame.0,
                segment.names[0].text()
            ),
            Some(_) => format!(
                "#{} is lost, and nobody sends it again: only data, SYN and FIN are.",
                frame.0
            ),
            None => format!("#{} is lost, and nobody sends it again.", frame.0),
        }
    }

    fn tamper<T>(
        &mut self,
        text: &str,
        span: &Span,
        how: impl FnOnce(&mut Wire) -> Result<T, Refusal>,
    ) -> Result<T, Stop> {
        let done = self.lab.tamper(how);
        self.or_refused(text, span, done)
    }

    /// Waits for what that brings about, and shows it.
    fn settle_and_show(&mut self) -> Result<(), Stop> {
        self.lab.settle(self.shown, None);
        self.show_new()?;
        self.show_troubles()
    }

    /// Which calls have returned because of what was let go.
    fn explain_returns(&mut self, from: u64) -> Result<(), Stop> {
        let story = self.lab.story();
        let words: Vec<String> = story
            .since(from)
            .filter_map(|moment| view::wire::states(story, &moment.what))
            .collect();
        words.iter().try_for_each(|words| self.explain(words))
    }

    /// What went wrong on the wire without anybody's asking.
    pub(super) fn show_troubles(&mut self) -> Result<(), Stop> {
        for trouble in self.lab.wire_troubles() {
            self.say(&view::explain::lines(&[trouble], self.settings.look))?;
        }
        Ok(())
    }

    /// What still waits, after something was done to it.
    fn show_rest(&mut self) -> Result<(), Stop> {
        let waits = self.lab.wire().is_some_and(|wire| wire.held_len() > 0);
        if waits && self.settings.explain { self.show_held() } else { Ok(()) }
    }

    /// What waits.
    fn show_held(&mut self) -> Result<(), Stop> {
        let (held, all) = match self.lab.wire() {
            Some(wire) if wire.is_stepping() => {
                const LISTED: usize = 32;
                (wire.held().take(LISTED).collect::<Vec<_>>(), wire.held_len())
            }
            Some(_) | None => {
                return self.say("  Segments pass as they come: `step on` stops them.");
            }
        };
        let more = all - held.len();
        let words = view::wire::held(self.lab.story(), &held, more, self.settings.look);
        self.say(&words)
    }

    pub(super) fn or_no_wire<T>(
        &mut self,
        text: &str,
        span: &Span,
        result: Result<T, NoWire>,
    ) -> Result<T, Stop> {
        result.or_else(|error| {
            self.fail(text, span, &error.to_string())?;
            Err(Stop::Environment)
        })
    }

    fn or_refused<T>(
        &mut self,
        text: &str,
        span: &Span,
        result: Result<T, Refusal>,
    ) -> Result<T, Stop> {
        result.or_else(|refusal| {
            let hint = match refusal {
                Refusal::Nothing if !self.lab.is_stepping() => {
                    ": segments pass as they come. `step on` stops them"
                }
                Refusal::Nothing => "; a call such as `send` or `connect` puts a segment there",
                Refusal::NotHeld { .. }
                | Refusal::Last(_)
                | Refusal::NoChecksum(_)
                | Refusal::Kernel(_) => "",
            };
            self.fail(text, span, &format!("{refusal}{hint}"))?;
            Err(Stop::Failed)
        })
    }
}

fn number(frame: Option<&Spanned<u64>>) -> Option<FrameNumber> {
    frame.map(|frame| FrameNumber(frame.value))
}
