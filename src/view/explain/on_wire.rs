//! What is said of the wire, in one table: a translation is another one.

use super::loss::Loss;
use crate::tcp::State;

/// Something worth saying about the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each sentence is its own description")]
pub enum OnWire {
    StepsFromNow,
    StepsAlready,
    StepsNoMore,
    StepsNot,
    /// On the host's network.
    StepsNever,
    NothingHeld,
    /// A segment or packet is lost.
    Lost {
        frame: u64,
        by_hand: bool,
        loss: Loss,
    },
    Copied {
        frame: u64,
    },
    Swapped {
        first: u64,
        second: u64,
    },
    Damaged {
        frame: u64,
    },
    GoesOnIn {
        frame: u64,
        time: String,
    },
    OnlySoMany {
        delivered: u64,
    },
    Endless {
        packets: u64,
    },
    NoRules,
    /// No rules, and each segment waits.
    NoRulesStepping,
    RuleAdded {
        number: u32,
        rule: String,
    },
    /// A call returned because of what was delivered: where its socket is now, and the other end.
    ReturnedNow {
        call: &'static str,
        own: (String, State),
        peer: Option<(String, State)>,
    },
}

impl OnWire {
    /// The sentence.
    pub fn words(&self) -> String {
        match self {
            Self::StepsFromNow => "The wire is yours: each segment waits. `next` delivers it, `drop` loses it, `flow` lets all go.".into(),
            Self::StepsAlready => "Each segment waits already.".into(),
            Self::StepsNoMore => "Nothing waits any more: segments pass as they come.".into(),
            Self::StepsNot => "Segments pass as they come: `step on` stops them.".into(),
            Self::StepsNever => "Segments pass as they come: those on the host's network aren't ours to stop.".into(),
            Self::NothingHeld => "Nothing is on the wire.".into(),
            Self::Lost { frame, by_hand, loss } => {
                let verb = if *by_hand { "is" } else { "was" };
                format!("#{frame} {verb} lost{}", loss.words())
            }
            Self::Copied { frame } => format!("A copy of #{frame} is behind it now."),
            Self::Swapped { first, second } => format!("#{first} is before #{second} now."),
            Self::Damaged { frame } => format!("One bit of #{frame} is wrong now. Its checksum will tell: whoever gets it drops it without a word."),
            Self::GoesOnIn { frame, time } => format!("#{frame} goes on by itself in {time}."),
            Self::OnlySoMany { delivered: 1 } => "Only one was on the wire.".into(),
            Self::OnlySoMany { delivered } => format!("Only {delivered} were on the wire."),
            Self::Endless { packets } => format!("{packets} packets, and more come: `flow` stops here."),
            Self::NoRules => "No rules: the wire lets everything pass.".into(),
            Self::NoRulesStepping => "No rules: each segment waits for you.".into(),
            Self::RuleAdded { number, rule } => format!("Rule {number}: {rule}."),
            Self::ReturnedNow { call, own: (name, state), peer: Some((peer, other)) } => {
                let now = format!("{call}({name}) returned now");
                if other == state && call.starts_with("recv") {
                    format!("{now}: what it waited for has come.")
                } else if other == state {
                    format!("{now}: both ends are {state}.")
                } else {
                    format!("{now}: {name} is {state}, {peer} is {other}.")
                }
            }
            Self::ReturnedNow { call, own: (name, state), peer: None } => {
                format!("{call}({name}) returned now: {name} is {state}.")
            }
        }
    }
}

impl Loss {
    /// What follows `#4 is lost`.
    fn words(&self) -> String {
        match self {
            Self::Datagram => ", and nobody will know: UDP sends nothing again.".into(),
            Self::Fragment => {
                ": without it the rest is no datagram, and nobody sends it again.".into()
            }
            Self::Other => ", and nobody sends it again.".into(),
            Self::Reset { receiver } => {
                format!(", and an RST is never sent again: {receiver} doesn't know.")
            }
            Self::Ack => ". An ACK alone is never sent again.".into(),
            Self::AckMissed { receiver } => format!(
                ". An ACK alone is never sent again: the next one says as much, or {receiver} sends again what it wants acknowledged."
            ),
            Self::Repaired { again, fast: true, sender } => {
                format!(". Duplicate ACKs told {sender}: #{again} is the same again.")
            }
            Self::Repaired { again, fast: false, sender } => {
                format!(". {sender} noticed: #{again} is the same again.")
            }
            Self::SynAck { sender, receiver } => format!(
                ". Both ends wait now, and both send again after a timeout: {receiver} its SYN, {sender} its SYN,ACK."
            ),
            Self::WillBeTold { sender } => format!(
                ". {sender} doesn't know yet, but more is behind it: the ACKs of that will show the gap, and {sender} will send this again."
            ),
            Self::Silent { sender } => format!(
                ". {sender} doesn't know: no ACK will come, and after its timeout it sends the same again."
            ),
        }
    }
}
