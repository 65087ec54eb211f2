//! What must be true.

use super::{Entry, Group, Makes, NAME, maybe, one};
use crate::command::argument::{Argument, Choice, Kind, Values};
use crate::command::{Command, Expectation};

static WITHIN_WORD: Choice = Choice { word: "within", help: "wait at most so long" };
const WITHIN: Argument = maybe("within T", Kind::After(&WITHIN_WORD, &Kind::Duration));

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "expect return",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("VALUE", Kind::Number(i64::MIN, i64::MAX)), WITHIN],
        help: "the last call returned this value",
        more: "The call that was typed last, or one that has returned since.",
        example: "expect return 5",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Return(v.take()?), v),
    },
    Entry {
        name: "expect errno",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("ERRNO", Kind::Errno), WITHIN],
        help: "the last call failed with this errno",
        more: "By name. `why` tells what the errno means and what brought it about.",
        example: "expect errno ECONNREFUSED",
        manual: Some("errno(3)"),
        rfc: None,
        build: |v| {
            let (number, name) = v.take()?;
            expect(Expectation::Errno { number, name }, v)
        },
    },
    Entry {
        name: "expect data",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("DATA", Kind::Bytes), WITHIN],
        help: "the last call received just these bytes",
        more: "The whole of what one recv() or recvfrom() brought.",
        example: "expect data \"hello\"",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Data(v.take()?), v),
    },
    Entry {
        name: "expect eof",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[WITHIN],
        help: "the last call found the end of the stream",
        more: "A recv() on a stream that returned 0 bytes.",
        example: "expect eof",
        manual: Some("recv(2)"),
        rfc: None,
        build: |v| expect(Expectation::Eof, v),
    },
    Entry {
        name: "expect blocked",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[NAME, WITHIN],
        help: "a call on this socket waits",
        more: "A call that waits is a job: `jobs` lists them.",
        example: "expect blocked server",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Blocked { socket: v.take()? }, v),
    },
    Entry {
        name: "expect state",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[NAME, one("STATE", Kind::State), WITHIN],
        help: "this socket's end is in this TCP state",
        more: "By the kernel where it can say, else inferred from the segments. NAME may be a \
               socket that has been closed.",
        example: "expect state client TIME-WAIT",
        manual: None,
        rfc: Some("RFC 9293, 3.3.2"),
        build: |v| expect(Expectation::State { socket: v.take()?, state: v.take()? }, v),
    },
    Entry {
        name: "expect sees",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("A>B FLAGS, ...", Kind::FlagsList), WITHIN],
        help: "these segments passed in this order since mark",
        more: "Others may lie between. A and B are sockets' names, or * for anyone; a listener's \
               name stands for the sockets accepted from it too. SYN,ACK is exactly these flags, \
               SYN+ at least these. Items are separated by a comma and a space.",
        example: "expect sees client>server SYN, server>client SYN,ACK",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Sees(v.take()?), v),
    },
    Entry {
        name: "expect exactly",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("A>B FLAGS, ...", Kind::FlagsList), WITHIN],
        help: "the same, with nothing between",
        more: "Segments of other connections do not count as between, unless * is in the list.",
        example: "expect exactly client>server FIN,ACK, server>client ACK",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Exactly(v.take()?), v),
    },
    Entry {
        name: "expect never",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("[A>B] FLAGS", Kind::Flags), WITHIN],
        help: "no such segment passed since mark",
        more: "RST+ means RST with or without other flags; RST is RST alone. With `within` it watches\
               for so long.",
        example: "expect never RST+",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Never(v.take()?), v),
    },
    Entry {
        name: "expect count",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[
            one("[A>B] FLAGS", Kind::Flags),
            one("N", Kind::Number(0, u32::MAX as i64)),
            WITHIN,
        ],
        help: "just N such segments passed since mark",
        more: "As in `expect never`: SYN is SYN alone, SYN+ at least SYN.",
        example: "expect count SYN 1",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Count { pattern: v.take()?, count: v.take()? }, v),
    },
    Entry {
        name: "expect counter",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[
            one("COUNTER", Kind::Counter),
            one("N", Kind::Number(0, u32::MAX as i64)),
            WITHIN,
        ],
        help: "the kernel has counted just N of these since mark",
        more: "By the names of `nstat`, as `counters` shows them.",
        example: "expect counter TcpInCsumErrors 1",
        manual: Some("nstat(8)"),
        rfc: None,
        build: |v| expect(Expectation::Counter { name: v.take()?, by: v.take()? }, v),
    },
];

fn expect(what: Expectation, values: &mut Values) -> Option<Command> {
    Some(Command::Expect { what, within: values.take()? })
}
