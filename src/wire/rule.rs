//! Rules: what happens to packets by itself.

use std::fmt;
use std::time::Duration;

use super::chance::Chance;
use super::damage::has_checksum;
use super::place::{Place, Places};
use crate::packet::{Packet, Selection};
use crate::trace::SocketId;

/// Most rules at a time.
const MOST: usize = 64;

/// A rule's number, counted from 1 since the rules were last cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u32);

/// Whose packets a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The learner's name of it.
    pub name: String,
    /// Which socket that was when the rule was made.
    pub socket: SocketId,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Loses the next so many.
    Drop {
        /// How many.
        next: u64,
    },
    /// Sends a copy of the next so many after each.
    Duplicate {
        /// How many.
        next: u64,
    },
    /// Puts each of the next so many behind the one after it.
    Reorder {
        /// How many.
        next: u64,
    },
    /// Flips one bit in the next so many that have a checksum.
    Corrupt {
        /// How many.
        next: u64,
    },
    /// Holds each back.
    Delay {
        /// For how long.
        by: Duration,
        /// Up to so much more or less, but never less than nothing.
        jitter: Duration,
        /// Where chance starts.
        seed: u64,
    },
    /// Loses some, by chance.
    Loss {
        /// How many of a hundred: above 0, at most 100.
        percent: f64,
        /// Where chance starts.
        seed: u64,
    },
}

/// What the rules say of one packet, and which of them says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// Nothing: it goes its way.
    Pass,
    /// It is lost.
    Drop(RuleId),
    /// It arrives, and so does a copy.
    Duplicate(RuleId),
    /// It arrives with one bit flipped.
    Corrupt(RuleId),
    /// It arrives so much later.
    Delay(RuleId, Duration),
    /// It arrives after the next of its direction.
    Reorder(RuleId),
}

/// One rule, and what it has done.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its number.
    pub id: RuleId,
    /// What it does.
    pub action: Action,
    /// Which packets it is about.
    pub what: Selection,
    /// Whose packets; none is anyone's.
    pub sender: Option<Sender>,
    /// How many such packets came before it while it could still act.
    pub seen: u64,
    /// On how many of them it acted.
    pub hits: u64,
    chance: Chance,
}

/// How far a rule has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It has acted on so many of those that it is to act on; with all, it is used up.
    Counted {
        /// On so many.
        done: u64,
        /// Of these.
        of: u64,
    },
    /// It has acted on so many of those that it saw, and goes on.
    Lasting {
        /// On so many.
        hits: u64,
        /// Of these.
        seen: u64,
    },
}

/// There are too many rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are {MOST} rules, and more are too many: `wire clear` forgets them")]
pub struct TooManyRules;

/// The rules, in the order in which they were added. The first that a packet matches and that isn't
/// used up decides. Two kinds leave packets to others: a loss that spares a packet, and a delay,
/// which is how long the wire is: it decides only what no other rule does.
#[derive(Debug, Default)]
pub struct Rules {
    list: Vec<Rule>,
    places: Places,
}

impl Rules {
    /// One rule more.
    pub fn add(
        &mut self,
        action: Action,
        what: Selection,
        sender: Option<Sender>,
    ) -> Result<RuleId, TooManyRules> {
        if self.list.len() >= MOST {
            return Err(TooManyRules);
        }
        let id = RuleId(self.list.len() as u32 + 1);
        let (kind, seed) = action.kind_and_seed();
        // Rules of one kind with one seed draw different numbers, or the second would spare just
        // what the first has spared. Other rules before it change nothing.
        let same = |rule: &&Rule| rule.action.kind_and_seed() == (kind, seed);
        let stream = (self.list.iter().filter(same).count() as u64) << 8 | kind;
        let chance = Chance::new(seed, stream);
        self.list.push(Rule { id, action, what, sender, seen: 0, hits: 0, chance });
        Ok(id)
    }

    /// Forgets every rule. What is known of the connections stays.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// The rules, used up or not.
    pub fn list(&self) -> &[Rule] {
        &self.list
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether any can still act.
    pub fn is_active(&self) -> bool {
        self.list.iter().any(|rule| !rule.is_used_up())
    }

    /// What becomes of the packet that comes next. `is_from` tells whether that sender sent it.
    pub fn decide(&mut self, packet: &Packet, is_from: impl Fn(&Sender) -> bool) -> Ruling {
        let place = self.places.of(packet);
        let mut decided = None;
        let mut delay = None;
        for rule in &mut self.list {
            if rule.is_used_up() || !rule.sender.as_ref().is_none_or(&is_from) {
                continue;
            }
            // Whether or not it is about the packet: so connections are numbered as they open, not
            // as they happen to send such packets.
            rule.see(place);
            if decided.is_some() || !rule.is_about(packet) {
                continue;
            }
            match rule.action {
                Action::Delay { .. } => delay = delay.or(Some(rule)),
                Action::Drop { .. }
                | Action::Duplicate { .. }
                | Action::Reorder { .. }
                | Action::Corrupt { .. }
                | Action::Loss { .. } => decided = rule.rule(place),
            }
        }
        decided.or_else(|| delay?.rule(place)).unwrap_or(Ruling::Pass)
    }
}

impl Rule {
    /// Whether it has acted as often as it was to.
    pub fn is_used_up(&self) -> bool {
        self.action.next().is_some_and(|next| self.hits >= next)
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        match self.action.next() {
            Some(next) => Progress::Counted { done: self.hits, of: next },
            None => Progress::Lasting { hits: self.hits, seen: self.seen },
        }
    }

    fn is_about(&self, packet: &Packet) -> bool {
        self.what.matches(packet)
            && (!matches!(self.action, Action::Corrupt { .. }) || has_checksum(packet))
    }

    fn see(&mut self, place: Place) {
        if matches!(self.action, Action::Loss { .. } | Action::Delay { .. }) {
            self.chance.see(place);
        }
    }

    /// What it says of a packet that it is about.
    fn rule(&mut self, place: Place) -> Option<Ruling> {
        self.seen += 1;
        let ruling = match self.action {
            Action::Drop { .. } => Ruling::Drop(self.id),
            Action::Duplicate { .. } => Ruling::Duplicate(self.id),
            Action::Reorder { .. } => Ruling::Reorder(self.id),
            Action::Corrupt { .. } => Ruling::Corrupt(self.id),
            Action::Delay { by, jitter, .. } => {
                Ruling::Delay(self.id, self.varied(by, jitter, place))
            }
            Action::Loss { percent, .. } => {
                if !self.chance.happens(place, percent / 100.0) {
                    return None;
                }
                Ruling::Drop(self.id)
            }
        };
        self.hits += 1;
        Some(ruling)
    }

    /// So long, up to `jitter` more or less.
    fn varied(&mut self, by: Duration, jitter: Duration, place: Place) -> Duration {
        if jitter.is_zero() {
            return by;
        }
        let width = 2 * jitter.as_nanos() + 1;
        let more = (width * u128::from(self.chance.draw(place))) >> 64;
        let more = Duration::from_nanos(u64::try_from(more).unwrap_or(u64::MAX));
        by.saturating_add(more).saturating_sub(jitter)
    }
}

impl Action {
    /// How many packets it is for, if they are counted.
    pub fn next(self) -> Option<u64> {
        match self {
            Action::Drop { next }
            | Action::Duplicate { next }
            | Action::Reorder { next }
            | Action::Corrupt { next } => Some(next),
            Action::Delay { .. } | Action::Loss { .. } => None,
        }
    }

    fn kind_and_seed(self) -> (u64, u64) {
        match self {
            Action::Drop { .. }
            | Action::Duplicate { .. }
            | Action::Reorder { .. }
            | Action::Corrupt { .. } => (0, 0),
            Action::Delay { seed, .. } => (1, seed),
            Action::Loss { seed, .. } => (2, seed),
        }
    }
}

/// As it is typed after `wire`: `drop next 2 SYN from client`, `loss 30% seed 7`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasting = self.action.next().is_none();
        match self.action {
            Action::Drop { next } => counted(f, "drop", next)?,
            Action::Duplicate { next } => counted(f, "dup", next)?,
            Action::Reorder { next } => counted(f, "reorder", next)?,
            Action::Corrupt { next } => counted(f, "corrupt", next)?,
            Action::Delay { by, jitter: Duration::ZERO, .. } => write!(f, "delay {by:?}")?,
            Action::Delay { by, jitter, seed } => {
                write!(f, "delay {by:?} jitter {jitter:?} seed {seed}")?;
            }
            Action::Loss { percent, seed } => write!(f, "loss {percent}% seed {seed}")?,
        }
        if !(lasting && self.what == Selection::Any) {
            write!(f, " {}", self.what)?;
        }
        self.sender.as_ref().map_or(Ok(()), |sender| write!(f, " from {}", sender.name))
    }
}

fn counted(f: &mut fmt::Formatter<'_>, deed: &str, next: u64) -> fmt::Result {
    match next {
        1 => write!(f, "{deed} next"),
        _ => write!(f, "{deed} next {next}"),
    }
}

/// `1 of 2 done`, `31 of 102`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Progress::Counted { done, of } => write!(f, "{done} of {of} done"),
            Progress::Lasting { hits, seen } => write!(f, "{hits} of {seen}"),
        }
    }
}

#[cfg(test)]
mod tests;
