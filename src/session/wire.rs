//! The wire's commands: each segment waits and is let go, lost or harmed by hand or by rule.

use std::time::Duration;

use super::{Session, Stop};
use crate::command::{Command, Name, RuleAction, RuleArg, Span, Spanned, Statement, WireArg};
use crate::lab::{Flowed, NoWire};
use crate::packet::{Flags, Selection, SeqNumber};
use crate::story::What;
use crate::trace::{FrameNumber, SocketId, clock};
use crate::view;
use crate::view::explain::{self, OnWire};
use crate::wire::{Action, Forgery, Progress, Refusal, Sender, Wire};

/// What a segment carries on a loopback of 1500 bytes, behind the headers of IPv6 and TCP.
const MOST_FORGED: usize = 1440;

/// Where chance starts if a rule doesn't say.
const SEED: u64 = 1;

impl Session {
    /// Runs one of the wire's commands.
    pub(super) fn on_the_wire(&mut self, text: &str, statement: &Statement) -> Result<(), Stop> {
        let span = &statement.span;
        let looks = matches!(
            &statement.command,
            Command::Step { on: None | Some(false) }
                | Command::Wire { what: WireArg::List | WireArg::Clear }
        );
        if !looks {
            let ours = self.lab.may_have_wire();
            self.or_no_wire(text, span, ours)?;
        }
        match &statement.command {
            Command::Step { on: Some(on) } => self.step(text, span, *on)?,
            Command::Step { on: None } => self.show_held()?,
            Command::Next { count } => self.next(text, span, count.unwrap_or(1))?,
            Command::Flow => self.flow(text, span)?,
            Command::Drop { frame } => {
                let frame = number(frame.as_ref());
                let dropped = self.tamper(text, span, |wire| wire.drop(frame, clock::now()))?;
                self.settle_and_show()?;
                self.tell(&explain::lost(self.lab.story(), dropped, true))?;
                self.show_rest()?;
            }
            Command::Dup { frame } => {
                let frame = number(frame.as_ref());
                let copied = self.tamper(text, span, |wire| wire.duplicate(frame, clock::now()))?;
                self.settle_and_show()?;
                self.tell(&OnWire::Copied { frame: copied.0 })?;
                self.show_rest()?;
            }
            Command::Swap { frame } => {
                let frame = number(frame.as_ref());
                let [first, second] =
                    self.tamper(text, span, |wire| wire.swap(frame, clock::now()))?;
                self.settle_and_show()?;
                self.tell(&OnWire::Swapped { first: first.0, second: second.0 })?;
                self.show_rest()?;
            }
            Command::Corrupt { frame } => {
                let frame = number(frame.as_ref());
                let damaged = self.tamper(text, span, |wire| wire.corrupt(frame, clock::now()))?;
                self.settle_and_show()?;
                self.tell(&OnWire::Damaged { frame: damaged.0 })?;
                self.show_rest()?;
            }
            Command::Hold { frame, time } => {
                self.hold(text, span, number(frame.as_ref()), *time)?;
            }
            Command::Wire { what: WireArg::List } => self.show_rules()?,
            Command::Wire { what: WireArg::Clear } => {
                let cleared = self.lab.clear_rules();
                self.or_no_wire(text, span, cleared)?;
                self.settle_and_show()?;
                self.tell(&self.no_rules())?;
            }
            Command::Wire { what: WireArg::Rule(rule) } => self.add_rule(text, span, rule)?,
            Command::Forge { .. } => self.forge(text, statement)?,
            // The others are no business of the wire's.
            _ => {}
        }
        Ok(())
    }

    fn step(&mut self, text: &str, span: &Span, on: bool) -> Result<(), Stop> {
        if on {
            self.leave_recording()?;
        }
        let was = self.lab.is_stepping();
        let stepped = self.lab.step(on);
        self.or_no_wire(text, span, stepped)?;
        self.settle_and_show()?;
        self.tell(&match (was, on) {
            (false, true) => OnWire::StepsFromNow,
            (true, true) => OnWire::StepsAlready,
            (true, false) => OnWire::StepsNoMore,
            (false, false) => self.steps_not(),
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
            self.tell(&OnWire::OnlySoMany { delivered })?;
        }
        self.show_rest()
    }

    fn flow(&mut self, text: &str, span: &Span) -> Result<(), Stop> {
        let from = self.lab.story().cursor();
        let flowed = self.lab.flow();
        let flowed = self.or_refused(text, span, flowed)?;
        if flowed == Flowed::Interrupted {
            self.screen.end_echo()?;
        }
        self.settle_and_show()?;
        self.explain_returns(from)?;
        match flowed {
            Flowed::Done if self.lab.story().cursor() > from => Ok(()),
            Flowed::Done if self.lab.is_stepping() => self.tell(&OnWire::NothingHeld),
            Flowed::Done => self.tell(&self.steps_not()),
            Flowed::Interrupted => Err(Stop::Interrupted),
            Flowed::Endless(packets) => self.tell(&OnWire::Endless { packets }),
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
        let time = view::ladder::duration(time, self.settings.look);
        self.tell(&OnWire::GoesOnIn { frame: held.0, time })?;
        self.show_rest()
    }

    /// `wire`: the rules, and how far each has come.
    fn show_rules(&mut self) -> Result<(), Stop> {
        let rules = self.lab.wire().map_or(&[][..], |wire| wire.rules().list());
        let lines: Vec<view::wire::Line> = rules
            .iter()
            .map(|rule| view::wire::Line {
                number: rule.id.0,
                rule: rule.to_string(),
                progress: match rule.progress() {
                    Progress::Counted { done, of } => format!("{done} of {of} done"),
                    Progress::Lasting { hits, seen } => format!("{hits} of {seen} so far"),
                },
                used_up: rule.is_used_up(),
            })
            .collect();
        if lines.is_empty() {
            self.say(&explain::lines(&[self.no_rules().words()], self.settings.look))?;
        } else {
            self.say(&view::wire::rules(&lines, self.settings.look))?;
        }
        if self.lab.is_stepping() { self.show_held() } else { Ok(()) }
    }

    fn no_rules(&self) -> OnWire {
        if self.lab.is_stepping() { OnWire::NoRulesStepping } else { OnWire::NoRules }
    }

    /// Nothing waits: why.
    fn steps_not(&self) -> OnWire {
        if self.lab.may_have_wire().is_ok() { OnWire::StepsNot } else { OnWire::StepsNever }
    }

    /// `wire drop …` and its likes.
    fn add_rule(&mut self, text: &str, span: &Span, rule: &RuleArg) -> Result<(), Stop> {
        let sender = match &rule.from {
            Some(name) => Some(self.sender(text, name)?),
            None => None,
        };
        let (action, what) = match rule.action {
            RuleAction::Drop { count, what } => (Action::Drop { next: count }, Some(what)),
            RuleAction::Dup { count, what } => (Action::Duplicate { next: count }, Some(what)),
            RuleAction::Reorder { count, what } => (Action::Reorder { next: count }, Some(what)),
            RuleAction::Corrupt { count, what } => (Action::Corrupt { next: count }, Some(what)),
            RuleAction::Delay { by, jitter, seed, what } => {
                let (jitter, seed) = (jitter.unwrap_or_default(), seed.unwrap_or(SEED));
                (Action::Delay { by, jitter, seed }, what)
            }
            RuleAction::Loss { percent, seed, what } => {
                (Action::Loss { percent, seed: seed.unwrap_or(SEED) }, what)
            }
        };
        self.leave_recording()?;
        let added = self.lab.add_rule(action, what.unwrap_or(Selection::Any), sender);
        let added = self.or_no_wire(text, span, added)?;
        let id = self.or_fail(text, span, added)?;
        self.settle_and_show()?;
        let rules = self.lab.wire().map_or(&[][..], |wire| wire.rules().list());
        let rule = rules.iter().find(|rule| rule.id == id).map(ToString::to_string);
        self.tell(&OnWire::RuleAdded { number: id.0, rule: rule.unwrap_or_default() })
    }

    /// Whose packets a rule is about. One who never sends any is refused.
    fn sender(&mut self, text: &str, name: &Name) -> Result<Sender, Stop> {
        let socket = self.named(text, name)?;
        let story = self.lab.story().socket(socket);
        let problem = match story {
            Some(socket) if !socket.kind.is_tcp() && !socket.kind.is_udp() => {
                "is a unix socket: it sends nothing over the network, so this rule could never match"
            }
            Some(socket) if socket.closed && socket.connection.is_none() => {
                "is closed and was never connected, so this rule could never match"
            }
            Some(_) | None => return Ok(Sender { name: name.value.clone(), socket }),
        };
        self.fail(text, &name.span, &format!("{} {problem}", name.value))?;
        Err(Stop::Failed)
    }

    /// `forge NAME FLAGS …`: numbers count from what that end would send next.
    fn forge(&mut self, text: &str, statement: &Statement) -> Result<(), Stop> {
        let Command::Forge { socket, flags, seq, ack, data } = &statement.command else {
            return Ok(());
        };
        if data.len() > MOST_FORGED {
            let problem = format!("a segment carries at most {MOST_FORGED} bytes here");
            self.fail(text, &statement.span, &problem)?;
            return Err(Stop::Failed);
        }
        let id = self.named(text, socket)?;
        let forgery = self.forgery(id).map(|usual| Forgery {
            seq: usual.seq.advance(*seq as u32),
            ack: usual.ack.advance(*ack as u32),
            flags: *flags,
            data: data.clone(),
            ..usual
        });
        let packet = forgery.and_then(|forgery| forgery.packet());
        let Some(packet) = packet else {
            let problem = format!(
                "{} is no end of a TCP connection that has been seen: nothing can be forged from it",
                socket.value
            );
            self.fail(text, &socket.span, &problem)?;
            return Err(Stop::Failed);
        };
        let forged = self.lab.forge(&packet);
        self.or_no_wire(text, &statement.span, forged)?;
        self.settle_and_show()
    }

    /// What that socket's end of its connection would send next: an ACK.
    fn forgery(&self, socket: SocketId) -> Option<Forgery> {
        let story = self.lab.story();
        let (id, side) = story.socket(socket)?.connection?;
        let connection = story.connection(id)?;
        let (end, peer) = (connection.end(side), connection.end(side.other()));
        let window = story.moments().rev().find_map(|moment| match &moment.what {
            What::Segment(sent) if sent.connection == id && sent.from == side => {
                // That of a SYN isn't scaled yet (RFC 7323, section 2.2).
                let shift = sent.segment.options.window_scale().unwrap_or(0);
                Some(sent.segment.window >> shift.min(14))
            }
            _ => None,
        });
        Some(Forgery {
            src: end.address,
            dst: peer.address,
            seq: end.next_seq?,
            ack: end.last_ack.unwrap_or(SeqNumber(0)),
            flags: Flags::ACK,
            window: window.unwrap_or(0),
            data: Vec::new(),
        })
    }

    /// Says something that the learner may not want to be told.
    fn tell(&mut self, message: &OnWire) -> Result<(), Stop> {
        self.explain(&message.words())
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
        let returned: Vec<OnWire> = story
            .since(from)
            .filter_map(|moment| view::wire::returned(story, &moment.what))
            .collect();
        returned.iter().try_for_each(|message| self.tell(message))
    }

    /// What went wrong on the wire without anybody's asking.
    pub(super) fn show_troubles(&mut self) -> Result<(), Stop> {
        for trouble in self.lab.wire_troubles() {
            self.say(&explain::lines(&[trouble], self.settings.look))?;
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
                let words = explain::lines(&[self.steps_not().words()], self.settings.look);
                return self.say(&words);
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
                | Refusal::Damaged(_)
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
