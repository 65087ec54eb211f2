//! The wire, one segment at a time.

use super::{Entry, Group, Makes, NAME, loose, maybe, one};
use crate::command::argument::{Argument, Choice, Kind};
use crate::command::{Command, WireArg};

const FRAME: Argument = maybe("FRAME", Kind::Held);

static SEQ: Choice = Choice { word: "seq", help: "so far from the next to be sent; +0 is that" };
static ACK: Choice = Choice { word: "ack", help: "so far from the next that is expected" };
static DATA: Choice = Choice { word: "data", help: "what it carries" };

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "step",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[maybe("on|off", Kind::Switch)],
        help: "hold every packet until you let it go",
        more: "Segments, datagrams and ICMP messages then wait before they reach their receiver: \
               `next` delivers one, `drop` loses it. `step off` lets all of them go. `step` alone \
               shows what is held.",
        example: "step on",
        manual: None,
        rfc: None,
        build: |v| Some(Command::Step { on: v.take()? }),
    },
    Entry {
        name: "next",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[maybe("N", Kind::Number(1, u32::MAX as i64))],
        help: "deliver the oldest held packet, or the N oldest",
        more: "Only now does the receiver's kernel see it. What it answers is held in its turn.",
        example: "next 2",
        manual: None,
        rfc: None,
        build: |v| Some(Command::Next { count: v.take()? }),
    },
    Entry {
        name: "flow",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[],
        help: "deliver until nothing is in flight",
        more: "What is held, what is answered to it, and so on until both ends are quiet. \
               Stepping stays on: what is sent later is held again.",
        example: "flow",
        manual: None,
        rfc: None,
        build: |_| Some(Command::Flow),
    },
    Entry {
        name: "drop",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[FRAME],
        help: "lose a held packet",
        more: "The oldest, or the one of that frame number. Nobody tells the sender: TCP waits \
               for the ACK in vain and sends again, at first after about 1 s for a SYN and about \
               200 ms for data; UDP never does.",
        example: "drop",
        manual: None,
        rfc: Some("RFC 6298, 5"),
        build: |v| Some(Command::Drop { frame: v.take()? }),
    },
    Entry {
        name: "dup",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[FRAME],
        help: "put a copy of a held packet behind it",
        more: "So its data arrives twice: TCP takes it once and acknowledges again; UDP takes both.",
        example: "dup",
        manual: None,
        rfc: Some("RFC 9293, 3.10.7.4"),
        build: |v| Some(Command::Dup { frame: v.take()? }),
    },
    Entry {
        name: "swap",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[FRAME],
        help: "put a held packet behind the one after it",
        more: "Networks may change the order. TCP keeps what comes early, acknowledges again how \
               far it has everything, and the program still reads all in order; UDP hands it over \
               as it comes.",
        example: "swap",
        manual: None,
        rfc: Some("RFC 9293, 3.10.7.4"),
        build: |v| Some(Command::Swap { frame: v.take()? }),
    },
    Entry {
        name: "corrupt",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[FRAME],
        help: "flip one bit of a held packet",
        more: "A bit of its data, or of its header if it has none. Once it is delivered, the \
               receiver's kernel finds the checksum wrong and throws it away without a word: to \
               the sender it is as good as lost.",
        example: "corrupt",
        manual: None,
        rfc: Some("RFC 9293, 3.1"),
        build: |v| Some(Command::Corrupt { frame: v.take()? }),
    },
    Entry {
        name: "hold",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[FRAME, one("TIME", Kind::Duration)],
        help: "deliver a held packet after this time",
        more: "The oldest, or the one of that frame number; others may pass it meanwhile. If the \
               time is longer than the sender waits for an ACK, it sends again: a spurious \
               retransmission.",
        example: "hold 200ms",
        manual: None,
        rfc: Some("RFC 6298, 5"),
        build: |v| Some(Command::Hold { frame: v.take()?, time: v.take()? }),
    },
    Entry {
        name: "forge",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[
            NAME,
            one("FLAGS", Kind::FlagSet),
            loose("seq +N", Kind::After(&SEQ, &Kind::Offset)),
            loose("ack +N", Kind::After(&ACK, &Kind::Offset)),
            loose("data DATA", Kind::After(&DATA, &Kind::Bytes)),
        ],
        help: "send a segment as if this end had sent it",
        more: "The socket itself knows nothing of it. seq and ack count from what that end would \
               send next, +0 unless told: `seq +100` lies ahead, `seq -1` was sent before. An RST \
               resets only at just the expected number; elsewhere in the window it is met with a \
               challenge ACK.",
        example: "forge client RST seq +100",
        manual: None,
        rfc: Some("RFC 5961, 3.2"),
        build: |v| {
            Some(Command::Forge {
                socket: v.take()?,
                flags: v.take()?,
                seq: v.take::<Option<i64>>()?.unwrap_or(0),
                ack: v.take::<Option<i64>>()?.unwrap_or(0),
                data: v.take::<Option<Vec<u8>>>()?.unwrap_or_default(),
            })
        },
    },
    Entry {
        name: "wire",
        group: Group::Wire,
        makes: Makes::Nothing,
        arguments: &[],
        help: "the rules of the wire, and how often each was used",
        more: "The first rule that a packet matches, and that is not used up, decides what becomes \
               of it; a delay only if no other does. Without rules, and without stepping, nothing \
               touches the packets; with rules each takes half a \
               millisecond.",
        example: "wire",
        manual: None,
        rfc: None,
        build: |_| Some(Command::Wire { what: WireArg::List }),
    },
];
