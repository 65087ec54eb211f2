//! What must be true.

use super::{Entry, Group, Makes, NAME, maybe, one};
use crate::command::argument::{Argument, Choice, Kind, Values};
use crate::command::{AddressOf, Amount, Command, Expectation, Quantity};

static WITHIN_WORD: Choice = Choice { word: "within", help: "wait at most so long" };
const WITHIN: Argument = maybe("within T", Kind::After(&WITHIN_WORD, &Kind::Duration));
const BY: Argument = maybe("by CALL [NAME]", Kind::Caller);
const DIRECTION: Argument = maybe("A>B", Kind::Direction);
const AMOUNT: Argument = one("N|N+", Kind::Amount);

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "expect return",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("VALUE", Kind::Number(i64::MIN, i64::MAX)), BY, WITHIN],
        help: "the last call returned this value",
        more: "The call that was typed last, or one that has returned since. With `by` any call of \
               that function since the last `mark`; with a NAME only on that socket.",
        example: "expect return 5",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Return { value: v.take()?, by: v.take()? }, v),
    },
    Entry {
        name: "expect errno",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("ERRNO", Kind::Errno), BY, WITHIN],
        help: "the last call failed with this errno",
        more: "By name. `why` tells what the errno means and what brought it about.",
        example: "expect errno ECONNREFUSED",
        manual: Some("errno(3)"),
        rfc: None,
        build: |v| {
            let (number, name) = v.take()?;
            expect(Expectation::Errno { number, name, by: v.take()? }, v)
        },
    },
    Entry {
        name: "expect data",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("DATA", Kind::Bytes), BY, WITHIN],
        help: "the last call received just these bytes",
        more: "The whole of what one recv() or recvfrom() brought.",
        example: "expect data \"hello\"",
        manual: None,
        rfc: None,
        build: |v| expect(Expectation::Data { data: v.take()?, by: v.take()? }, v),
    },
    Entry {
        name: "expect eof",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[BY, WITHIN],
        help: "the last call found the end of the stream",
        more: "A recv() on a stream that returned 0 bytes.",
        example: "expect eof",
        manual: Some("recv(2)"),
        rfc: None,
        build: |v| expect(Expectation::Eof { by: v.take()? }, v),
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
        name: "expect sockname",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[NAME, one("ADDR", Kind::Address), WITHIN],
        help: "this open socket is bound to this address now",
        more: "As getsockname() says. *:8899 is the wildcard of the socket's family.",
        example: "expect sockname server 127.0.0.1:8899",
        manual: Some("getsockname(2)"),
        rfc: None,
        build: |v| address(AddressOf::Socket, v),
    },
    Entry {
        name: "expect peername",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[NAME, one("ADDR", Kind::Address), WITHIN],
        help: "this open socket is connected to this address now",
        more: "As getpeername() says. A socket's name as ADDR is where connect() would go.",
        example: "expect peername client server",
        manual: Some("getpeername(2)"),
        rfc: None,
        build: |v| address(AddressOf::Peer, v),
    },
    Entry {
        name: "expect option",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[NAME, one("OPTION", Kind::Option), one("VALUE", Kind::OptionValue), WITHIN],
        help: "this open socket's option has this value now",
        more: "As getsockopt() gives it, in any spelling that setsockopt takes. Linux doubles what \
               SO_RCVBUF and SO_SNDBUF are set to.",
        example: "expect option server SO_REUSEADDR on",
        manual: Some("getsockopt(2)"),
        rfc: None,
        build: |v| {
            let (socket, option, value) = (v.take()?, v.take()?, v.take()?);
            expect(Expectation::Option { socket, option, value }, v)
        },
    },
    Entry {
        name: "expect unread",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[NAME, AMOUNT, WITHIN],
        help: "N bytes wait to be received on this socket now",
        more: "Of a stream, as ioctl(FIONREAD) counts them. 5+ is at least 5.",
        example: "expect unread conn 5",
        manual: Some("tcp(7)"),
        rfc: None,
        build: |v| quantity(Quantity::Unread { socket: v.take()? }, v),
    },
    Entry {
        name: "expect queue",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[NAME, AMOUNT, WITHIN],
        help: "N connections wait for this listener's accept now",
        more: "Connections whose handshake is complete. 2+ is at least 2.",
        example: "expect queue server 1",
        manual: Some("listen(2)"),
        rfc: None,
        build: |v| quantity(Quantity::Queue { socket: v.take()? }, v),
    },
    Entry {
        name: "expect info",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[NAME, one("FIELD", Kind::InfoField), AMOUNT, WITHIN],
        help: "this number of TCP_INFO is N now, of an open socket",
        more: "By the kernel's names, as `getsockopt NAME TCP_INFO` shows them; 20+ is at least 20.",
        example: "expect info client snd_cwnd 10+",
        manual: Some("tcp(7)"),
        rfc: None,
        build: |v| quantity(Quantity::Info { socket: v.take()?, field: v.take()? }, v),
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
        name: "expect role",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[DIRECTION, one("ROLE", Kind::Role), maybe("N|N+", Kind::Amount), WITHIN],
        help: "N or more segments of this role passed since mark",
        more: "What a segment is, whatever its flags; once unless N says more.",
        example: "expect role client>server retransmission 2",
        manual: None,
        rfc: None,
        build: |v| {
            let (direction, role) = (v.take()?, v.take()?);
            let least = v.take::<Option<Amount>>()?.map_or(1, |amount| amount.number);
            expect(Expectation::Role { direction, role, least }, v)
        },
    },
    Entry {
        name: "expect datagrams",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[DIRECTION, AMOUNT, WITHIN],
        help: "N datagrams of UDP passed since mark",
        more: "Whether anybody received them or not. 2+ is at least 2.",
        example: "expect datagrams sender>box 2",
        manual: Some("udp(7)"),
        rfc: None,
        build: |v| quantity(Quantity::Datagrams { direction: v.take()? }, v),
    },
    Entry {
        name: "expect counter",
        group: Group::Expectations,
        makes: Makes::Nothing,
        arguments: &[one("COUNTER", Kind::Counter), one("N|N+", Kind::Amount), WITHIN],
        help: "the kernel has counted N of these since mark",
        more: "By the names of `nstat`, as `counters` shows them.",
        example: "expect counter TcpInCsumErrors 1",
        manual: Some("nstat(8)"),
        rfc: None,
        build: |v| expect(Expectation::Counter { name: v.take()?, by: v.take()? }, v),
    },
];

fn address(of: AddressOf, values: &mut Values) -> Option<Command> {
    let (socket, address) = (values.take()?, values.take()?);
    expect(Expectation::Address { of, socket, address }, values)
}

fn quantity(quantity: Quantity, values: &mut Values) -> Option<Command> {
    let wanted = values.take()?;
    expect(Expectation::Quantity { quantity, wanted }, values)
}

fn expect(what: Expectation, values: &mut Values) -> Option<Command> {
    Some(Command::Expect { what, within: values.take()? })
}
