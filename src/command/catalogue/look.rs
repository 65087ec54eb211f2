//! What happened.

use super::{Entry, Group, Makes, NAME, maybe, one};
use crate::command::Command;
use crate::command::argument::Kind;

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "sockets",
        group: Group::Look,
        makes: Makes::Nothing,
        arguments: &[maybe("NAME", Kind::SocketName)],
        help: "every socket, or one connection's timers and windows",
        more: "States come from the kernel. Recv-Q and Send-Q are bytes not yet read, and not yet \
               acknowledged; for a listener the queue's length and limit. With a name: what the \
               kernels of both ends wait for, when they will act and how, their windows, round-trip \
               times and losses.",
        example: "sockets client",
        manual: Some("ss(8)"),
        rfc: None,
        build: |v| Some(Command::Sockets { name: v.take()? }),
    },
    Entry {
        name: "watch",
        group: Group::Look,
        makes: Makes::Nothing,
        arguments: &[NAME],
        help: "one connection's timers and windows, as they change",
        more: "What `sockets NAME` shows, drawn again five times a second until a key is pressed. \
               What happens meanwhile is shown above it. Where no terminal is, it is drawn once.",
        example: "watch client",
        manual: Some("ss(8)"),
        rfc: None,
        build: |v| Some(Command::Watch { socket: v.take()? }),
    },
    Entry {
        name: "counters",
        group: Group::Look,
        makes: Makes::Nothing,
        arguments: &[],
        help: "what the kernel has counted since the last mark",
        more: "Segments sent again, thrown away for a wrong checksum, dropped by a full queue: what \
               no segment tells. Only those that have grown, by the names of `nstat`; \
               `expect counter` knows all of them. On the host's network they count everybody's.",
        example: "counters",
        manual: Some("nstat(8)"),
        rfc: Some("RFC 4022"),
        build: |_| Some(Command::Counters),
    },
    Entry {
        name: "trace",
        group: Group::Look,
        makes: Makes::Nothing,
        arguments: &[maybe("NAME", Kind::SocketName)],
        help: "the whole story as a ladder, or one socket's",
        more: "Calls stand on the side of the end that made them, the segments that they caused \
               between. Each connection has its own ladder; long runs of data are folded.",
        example: "trace client",
        manual: None,
        rfc: None,
        build: |v| Some(Command::Trace { name: v.take()? }),
    },
    Entry {
        name: "packets",
        group: Group::Look,
        makes: Makes::Nothing,
        arguments: &[],
        help: "every packet, a line each",
        more: "Numbered as `dissect` and a saved capture number them. Sequence numbers count from \
               the first of each direction; `set seq raw` shows them as they are.",
        example: "packets",
        manual: None,
        rfc: None,
        build: |_| Some(Command::Packets),
    },
    Entry {
        name: "dissect",
        group: Group::Look,
        makes: Makes::Nothing,
        arguments: &[one("N", Kind::Frame)],
        help: "packet N, header field by header field",
        more: "Every field with its place, its value and its meaning, and the bytes.",
        example: "dissect 1",
        manual: None,
        rfc: Some("RFC 9293, 3.1"),
        build: |v| Some(Command::Dissect { frame: v.take()? }),
    },
    Entry {
        name: "why",
        group: Group::Look,
        makes: Makes::Nothing,
        arguments: &[],
        help: "what brought about the last result",
        more: "In packets and states, with the manual page and the section of the RFC; of a \
               recording: how each connection came to where it stands.",
        example: "why",
        manual: None,
        rfc: None,
        build: |_| Some(Command::Why),
    },
    Entry {
        name: "states",
        group: Group::Look,
        makes: Makes::Nothing,
        arguments: &[maybe("NAME", Kind::SocketName)],
        help: "the RFC's state diagram, both ends marked",
        more: "And the path that each end took through it.",
        example: "states client",
        manual: None,
        rfc: Some("RFC 9293, 3.3.2"),
        build: |v| Some(Command::States { name: v.take()? }),
    },
];
