//! What is said of the wire, in one table: a translation is another one.

use crate::tcp::State;

/// Something worth saying about the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each sentence is its own description")]
pub enum OnWire {
    StepsFromNow,
    StepsAlready,
    StepsNoMore,
    StepsNot,
    NothingHeld,
    /// A segment or packet is lost; of a segment that will be sent again, who sent it.
    Lost {
        frame: u64,
        sender: Option<String>,
        is_tcp: bool,
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
            Self::NothingHeld => "Nothing is on the wire.".into(),
            Self::Lost { frame, sender: Some(sender), .. } => format!("#{frame} is lost. {sender} doesn't know: no ACK will come, and after its timeout it sends the same again."),
            Self::Lost { frame, sender: None, is_tcp: true } => format!("#{frame} is lost, and nobody sends it again: only data, SYN and FIN are."),
            Self::Lost { frame, sender: None, is_tcp: false } => format!("#{frame} is lost, and nobody sends it again."),
            Self::Copied { frame } => format!("A copy of #{frame} is behind it now."),
            Self::Swapped { first, second } => format!("#{first} is before #{second} now."),
            Self::Damaged { frame } => format!("One bit of #{frame} is wrong now. Its checksum will tell: whoever gets it drops it without a word."),
            Self::GoesOnIn { frame, time } => format!("#{frame} goes on by itself in {time}."),
            Self::OnlySoMany { delivered: 1 } => "Only one was on the wire.".into(),
            Self::OnlySoMany { delivered } => format!("Only {delivered} were on the wire."),
            Self::Endless { packets } => format!("{packets} packets, and more come: `flow` stops here."),
            Self::NoRules => "No rules: the wire lets everything pass.".into(),
            Self::RuleAdded { number, rule } => format!("Rule {number}: {rule}."),
            Self::ReturnedNow { call, own: (name, state), peer: Some((peer, other)) } => {
                let now = format!("{call}({name}) returned now");
                if other == state {
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
