//! The wire, by rule.

use super::{Entry, Group, Makes, loose, maybe, one};
use crate::command::argument::{Argument, Choice, Kind, Values};
use crate::command::{Command, RuleAction, RuleArg, WireArg};
use crate::packet::Selection;

/// The largest number that rules take, for counts and seeds.
const MOST: i64 = u32::MAX as i64;

static NEXT_WORD: Choice = Choice { word: "next", help: "" };
static FROM_WORD: Choice = Choice { word: "from", help: "only what this socket sends" };
static JITTER_WORD: Choice = Choice { word: "jitter", help: "up to so much more or less" };
static SEED_WORD: Choice =
    Choice { word: "seed", help: "where chance starts: other seeds, other packets; 1 unless told" };

const NEXT: Argument = one("next", Kind::Word(&NEXT_WORD));
const COUNT: Argument = maybe("N", Kind::Number(1, MOST));
const FLAGS: Argument = one("FLAGS", Kind::Selection);
const FROM: Argument = loose("from NAME", Kind::After(&FROM_WORD, &Kind::SocketName));
const SEED: Argument = loose("seed N", Kind::After(&SEED_WORD, &Kind::Number(0, MOST)));
const JITTER: Argument = loose("jitter TIME", Kind::After(&JITTER_WORD, &Kind::Duration));
const ONLY: Argument = loose("FLAGS", Kind::Selection);

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "wire drop",
        group: Group::Rules,
        makes: Makes::Nothing,
        arguments: &[NEXT, COUNT, FLAGS, FROM],
        help: "lose the next N such packets",
        more: "TCP sends a lost segment again when its ACK does not come in time. A lost ACK is \
               made good by the next one, which acknowledges everything before it. Nobody repairs \
               UDP.",
        example: "wire drop next 2 SYN from client",
        manual: None,
        rfc: Some("RFC 6298, 5"),
        build: |v| counted(v, |count, what| RuleAction::Drop { count, what }),
    },
    Entry {
        name: "wire dup",
        group: Group::Rules,
        makes: Makes::Nothing,
        arguments: &[NEXT, COUNT, FLAGS, FROM],
        help: "let the next N such packets arrive twice",
        more: "TCP takes the data once and acknowledges again; UDP takes both.",
        example: "wire dup next DATA",
        manual: None,
        rfc: Some("RFC 9293, 3.10.7.4"),
        build: |v| counted(v, |count, what| RuleAction::Dup { count, what }),
    },
    Entry {
        name: "wire reorder",
        group: Group::Rules,
        makes: Makes::Nothing,
        arguments: &[NEXT, COUNT, FLAGS, FROM],
        help: "let the packet behind such a one overtake it",
        more: "Each of the next N changes places with the one behind it in its direction. TCP \
               keeps what came early and acknowledges again how far it has everything: a \
               duplicate ACK.",
        example: "wire reorder next DATA from client",
        manual: None,
        rfc: Some("RFC 5681, 3.2"),
        build: |v| counted(v, |count, what| RuleAction::Reorder { count, what }),
    },
    Entry {
        name: "wire corrupt",
        group: Group::Rules,
        makes: Makes::Nothing,
        arguments: &[NEXT, COUNT, FLAGS, FROM],
        help: "flip one bit in the next N such packets",
        more: "The receiver's kernel finds the checksum wrong and throws the packet away without \
               a word: to the sender it is as good as lost.",
        example: "wire corrupt next DATA",
        manual: None,
        rfc: Some("RFC 9293, 3.1"),
        build: |v| counted(v, |count, what| RuleAction::Corrupt { count, what }),
    },
    Entry {
        name: "wire delay",
        group: Group::Rules,
        makes: Makes::Nothing,
        arguments: &[one("TIME", Kind::Duration), JITTER, SEED, ONLY, FROM],
        help: "let every packet, or every such one, arrive late",
        more: "Each way takes so long, so a round trip takes twice that. TCP measures it and \
               waits the longer before it sends again. With jitter the time varies, by chance \
               but always in the same way for the same seed.",
        example: "wire delay 200ms jitter 20ms",
        manual: None,
        rfc: Some("RFC 6298, 2"),
        build: |v| {
            let action = RuleAction::Delay {
                by: v.take()?,
                jitter: v.take()?,
                seed: v.take()?,
                what: v.take()?,
            };
            rule(action, v)
        },
    },
    Entry {
        name: "wire loss",
        group: Group::Rules,
        makes: Makes::Nothing,
        arguments: &[one("P%", Kind::Percent), SEED, ONLY, FROM],
        help: "lose every packet, or every such one, by chance",
        more: "The same seed loses the same packets: chance goes by what a packet says, and how \
               often that has been said. What is said, TCP decides, by its clocks too: a tail loss \
               probe leaves after some 10 ms, unless `kernel tcp_early_retrans 0`.",
        example: "wire loss 30% seed 7",
        manual: None,
        rfc: None,
        build: |v| {
            let action = RuleAction::Loss { percent: v.take()?, seed: v.take()?, what: v.take()? };
            rule(action, v)
        },
    },
    Entry {
        name: "wire clear",
        group: Group::Rules,
        makes: Makes::Nothing,
        arguments: &[],
        help: "forget every rule",
        more: "What is sent from here on passes untouched, unless you step.",
        example: "wire clear",
        manual: None,
        rfc: None,
        build: |_| Some(Command::Wire { what: WireArg::Clear }),
    },
];

/// A rule for the next so many packets.
fn counted(values: &mut Values, action: fn(u64, Selection) -> RuleAction) -> Option<Command> {
    let _next: &str = values.take()?;
    let count = values.take::<Option<u64>>()?.unwrap_or(1);
    let what = values.take()?;
    rule(action(count, what), values)
}

fn rule(action: RuleAction, values: &mut Values) -> Option<Command> {
    Some(Command::Wire { what: WireArg::Rule(RuleArg { action, from: values.take()? }) })
}
