//! Socket calls.

use super::{Entry, Group, Makes, NAME, many, maybe, one};
use crate::command::Command;
use crate::command::argument::{Choice, Kind, Values};
use crate::command::bytes::MOST;
use crate::trace::{HowShut, PollEvents, RecvFlags, SendFlags};

const OOB: Choice = Choice { word: "oob", help: "MSG_OOB: as urgent data" };
const DONTWAIT: Choice = Choice { word: "dontwait", help: "MSG_DONTWAIT: EAGAIN, not a wait" };
const PEEK: Choice = Choice { word: "peek", help: "MSG_PEEK: look, and leave it in the buffer" };
const WAITALL: Choice = Choice { word: "waitall", help: "MSG_WAITALL: wait for all N bytes" };

static SEND: [Choice; 2] = [OOB, DONTWAIT];
static SENDTO: [Choice; 1] = [DONTWAIT];
static RECV: [Choice; 4] = [PEEK, WAITALL, OOB, DONTWAIT];
static RECVFROM: [Choice; 2] = [PEEK, DONTWAIT];
static HOW: [Choice; 3] = [
    Choice { word: "rd", help: "SHUT_RD: nothing more is read; nothing is sent" },
    Choice { word: "wr", help: "SHUT_WR: nothing more is written; FIN follows" },
    Choice { word: "rdwr", help: "SHUT_RDWR: both" },
];
static EVENTS: [Choice; 2] = [
    Choice { word: "in", help: "POLLIN: recv or accept would not wait" },
    Choice { word: "out", help: "POLLOUT: send would not wait" },
];

/// What `recv` asks for unless told.
const USUAL_LEN: usize = 1024;

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "socket",
        group: Group::Calls,
        makes: Makes::NamedSocket,
        arguments: &[one("tcp|udp|tcp6|udp6|unix|unix-dgram", Kind::SocketKind)],
        help: "make a socket and give it a name",
        more: "The kernel returns a file descriptor; the name is yours to choose. Nothing is sent. \
               A new TCP socket is CLOSED.",
        example: "server = socket tcp",
        manual: Some("socket(2)"),
        rfc: None,
        build: |v| Some(Command::Socket { name: v.take()?, kind: v.take()? }),
    },
    Entry {
        name: "bind",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, one("ADDR", Kind::Address)],
        help: "give a socket its own address",
        more: "Port 0 lets the kernel choose a free one; *:8899 is every address of this machine. \
               EADDRINUSE: another socket has the address, or a connection in TIME-WAIT has and \
               SO_REUSEADDR is off.",
        example: "bind server 127.0.0.1:8899",
        manual: Some("bind(2)"),
        rfc: None,
        build: |v| Some(Command::Bind { socket: v.take()?, address: v.take()? }),
    },
    Entry {
        name: "listen",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, maybe("BACKLOG", Kind::Number(i32::MIN as i64, i32::MAX as i64))],
        help: "let a socket take connections",
        more: "From here on the kernel answers SYNs by itself: the handshake is finished before \
               accept() is called. Linux queues one connection more than BACKLOG, and caps BACKLOG \
               at net.core.somaxconn.",
        example: "listen server 5",
        manual: Some("listen(2)"),
        rfc: Some("RFC 9293, 3.10.1"),
        build: |v| Some(Command::Listen { socket: v.take()?, backlog: v.take()? }),
    },
    Entry {
        name: "connect",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, one("ADDR", Kind::Address)],
        help: "open a connection",
        more: "TCP: sends SYN and returns when SYN,ACK has come; nobody waits for \
               accept(). UDP: sends nothing, only remembers the address. A socket's name stands \
               for the address that it is bound to.",
        example: "connect client server",
        manual: Some("connect(2)"),
        rfc: Some("RFC 9293, 3.10.1"),
        build: |v| Some(Command::Connect { socket: v.take()?, address: v.take()? }),
    },
    Entry {
        name: "disconnect",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME],
        help: "connect() to AF_UNSPEC: forget the peer",
        more: "For UDP: the socket may then send to anyone again. Nothing is sent.",
        example: "disconnect client",
        manual: Some("connect(2)"),
        rfc: None,
        build: |v| Some(Command::Disconnect { socket: v.take()? }),
    },
    Entry {
        name: "accept",
        group: Group::Calls,
        makes: Makes::Socket,
        arguments: &[NAME],
        help: "take a connection off a listener's queue",
        more: "Sends nothing: the kernel finished the handshake long before. Waits while the queue \
               is empty. Without a name the new socket is called conn1, conn2, and so on.",
        example: "conn = accept server",
        manual: Some("accept(2)"),
        rfc: None,
        build: |v| Some(Command::Accept { name: v.take()?, socket: v.take()? }),
    },
    Entry {
        name: "send",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, one("DATA", Kind::Bytes), maybe("[oob] [dontwait]", Kind::Marks(&SEND))],
        help: "write data to a connected socket",
        more: "Returns once the kernel has taken the bytes, not when the peer has them. DATA is \
               \"text\" with \\n \\r \\t \\\\ \\\" \\xNN, 0x00ff, or #1000 for that many bytes.",
        example: "send client \"hello\"",
        manual: Some("send(2)"),
        rfc: Some("RFC 9293, 3.10.2"),
        build: |v| {
            Some(Command::Send { socket: v.take()?, data: v.take()?, flags: send_flags(v)? })
        },
    },
    Entry {
        name: "recv",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[
            NAME,
            maybe("N", Kind::Number(0, MOST as i64)),
            maybe("[peek] [waitall] [oob] [dontwait]", Kind::Marks(&RECV)),
        ],
        help: "read at most N bytes, 1024 unless told",
        more: "Waits while nothing is there. 0 on a stream means that the peer has closed: end of \
               file. TCP keeps no borders between sends.",
        example: "recv conn 5 peek",
        manual: Some("recv(2)"),
        rfc: Some("RFC 9293, 3.10.3"),
        build: |v| Some(Command::Recv { socket: v.take()?, len: len(v)?, flags: recv_flags(v)? }),
    },
    Entry {
        name: "sendto",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[
            NAME,
            one("ADDR", Kind::Address),
            one("DATA", Kind::Bytes),
            maybe("[dontwait]", Kind::Marks(&SENDTO)),
        ],
        help: "send one datagram to an address",
        more: "Returns as soon as the datagram has left; nobody says whether it arrived.",
        example: "sendto a 127.0.0.1:9000 \"hello\"",
        manual: Some("sendto(2)"),
        rfc: None,
        build: |v| {
            Some(Command::SendTo {
                socket: v.take()?,
                address: v.take()?,
                data: v.take()?,
                flags: send_flags(v)?,
            })
        },
    },
    Entry {
        name: "recvfrom",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[
            NAME,
            maybe("N", Kind::Number(0, MOST as i64)),
            maybe("[peek] [dontwait]", Kind::Marks(&RECVFROM)),
        ],
        help: "read one datagram and who sent it",
        more: "What is longer than N is cut off and lost: a datagram is read whole or not at all.",
        example: "recvfrom b",
        manual: Some("recvfrom(2)"),
        rfc: None,
        build: |v| {
            Some(Command::RecvFrom { socket: v.take()?, len: len(v)?, flags: recv_flags(v)? })
        },
    },
    Entry {
        name: "shutdown",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, one("rd|wr|rdwr", Kind::Choice(&HOW))],
        help: "end one direction, keep the socket",
        more: "wr sends FIN once all data is out: a half-close, the peer can still send. rd sends \
               nothing at all.",
        example: "shutdown client wr",
        manual: Some("shutdown(2)"),
        rfc: Some("RFC 9293, 3.10.4"),
        build: |v| {
            let socket = v.take()?;
            let how = match v.take()? {
                "rd" => HowShut::Rd,
                "wr" => HowShut::Wr,
                _ => HowShut::RdWr,
            };
            Some(Command::Shutdown { socket, how })
        },
    },
    Entry {
        name: "close",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME],
        help: "give the socket back; TCP sends FIN",
        more: "Unread data in the receive buffer, or SO_LINGER on:0, makes it RST instead. The \
               kernel sees the close through by itself, TIME-WAIT included. A call that still \
               waits on the socket is woken.",
        example: "close client",
        manual: Some("close(2)"),
        rfc: Some("RFC 9293, 3.10.4"),
        build: |v| Some(Command::Close { socket: v.take()? }),
    },
    Entry {
        name: "setsockopt",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, one("OPTION", Kind::Option), one("VALUE", Kind::OptionValue)],
        help: "set an option of a socket",
        more: "Options go by their C names. SO_LINGER takes on:SECONDS or off; timeouts take a \
               duration.",
        example: "setsockopt server SO_REUSEADDR 1",
        manual: Some("setsockopt(2), socket(7), tcp(7)"),
        rfc: None,
        build: |v| {
            Some(Command::SetSockOpt { socket: v.take()?, option: v.take()?, value: v.take()? })
        },
    },
    Entry {
        name: "getsockopt",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, one("OPTION", Kind::Option)],
        help: "ask for an option of a socket",
        more: "TCP_INFO is shown as a table. SO_ERROR is cleared by asking. SO_RCVBUF comes back \
               doubled on Linux: the kernel adds room for its own bookkeeping.",
        example: "getsockopt client TCP_INFO",
        manual: Some("getsockopt(2), socket(7), tcp(7)"),
        rfc: None,
        build: |v| Some(Command::GetSockOpt { socket: v.take()?, option: v.take()? }),
    },
    Entry {
        name: "getsockname",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME],
        help: "ask for a socket's own address",
        more: "",
        example: "getsockname client",
        manual: Some("getsockname(2)"),
        rfc: None,
        build: |v| Some(Command::GetSockName { socket: v.take()? }),
    },
    Entry {
        name: "getpeername",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME],
        help: "ask for the peer's address",
        more: "ENOTCONN: there is no peer.",
        example: "getpeername client",
        manual: Some("getpeername(2)"),
        rfc: None,
        build: |v| Some(Command::GetPeerName { socket: v.take()? }),
    },
    Entry {
        name: "nonblock",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, one("on|off", Kind::Switch)],
        help: "EAGAIN instead of waiting (O_NONBLOCK)",
        more: "connect() on such a socket returns EINPROGRESS and goes on by itself.",
        example: "nonblock client on",
        manual: Some("fcntl(2)"),
        rfc: None,
        build: |v| Some(Command::NonBlock { socket: v.take()?, on: v.take()? }),
    },
    Entry {
        name: "timeout",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[NAME, one("2s|off", Kind::DurationOrOff)],
        help: "longest that a call on this socket waits",
        more: "As SO_RCVTIMEO and SO_SNDTIMEO do: a call that waits longer returns EAGAIN, \
               connect() EINPROGRESS.",
        example: "timeout client 2s",
        manual: Some("socket(7)"),
        rfc: None,
        build: |v| Some(Command::Timeout { socket: v.take()?, after: v.take()? }),
    },
    Entry {
        name: "poll",
        group: Group::Calls,
        makes: Makes::Nothing,
        arguments: &[
            many("NAME", Kind::SocketName),
            maybe("in|out", Kind::Choice(&EVENTS)),
            maybe("2s", Kind::Duration),
        ],
        help: "wait until one of several sockets is ready",
        more: "Waits for input unless told out; without a time it waits for ever, with 0s not at \
               all.",
        example: "poll server client in 2s",
        manual: Some("poll(2)"),
        rfc: None,
        build: |v| {
            let sockets = v.take()?;
            let events = match v.take::<Option<&str>>()? {
                Some("out") => PollEvents::Out,
                _ => PollEvents::In,
            };
            Some(Command::Poll { sockets, events, timeout: v.take()? })
        },
    },
];

fn len(values: &mut Values) -> Option<usize> {
    values.take::<Option<usize>>().map(|len| len.unwrap_or(USUAL_LEN))
}

fn send_flags(values: &mut Values) -> Option<SendFlags> {
    let marks: Vec<&str> = values.take()?;
    let has = |choice: Choice| marks.contains(&choice.word);
    Some(SendFlags { oob: has(OOB), dontwait: has(DONTWAIT) })
}

fn recv_flags(values: &mut Values) -> Option<RecvFlags> {
    let marks: Vec<&str> = values.take()?;
    let has = |choice: Choice| marks.contains(&choice.word);
    Some(RecvFlags {
        peek: has(PEEK),
        waitall: has(WAITALL),
        oob: has(OOB),
        dontwait: has(DONTWAIT),
    })
}
