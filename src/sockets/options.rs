//! The socket options that the lab knows: one table, from which getting, setting, help and
//! completion come.

use std::os::fd::BorrowedFd;

use libc::{IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, c_int};

use super::raw::{self, Errno};
use super::value::Shape;

/// A socket option.
#[derive(Debug, Clone, Copy)]
pub struct SocketOption {
    /// Its C name.
    pub name: &'static str,
    /// What it does, in one line.
    pub explanation: &'static str,
    /// Values to offer, as they are typed; none if it can only be read.
    pub values: &'static [&'static str],
    level: c_int,
    number: c_int,
    shape: Shape,
}

/// Why an option can't be got or set. Found before a call is made; what the kernel refuses is an
/// errno.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No option of that name.
    #[error("no socket option is called {name}{}", did_you_mean(candidates))]
    Unknown {
        /// As typed.
        name: String,
        /// Names that are near, the nearest first.
        candidates: Vec<&'static str>,
    },
    /// The option exists, but not on this system.
    #[error("this system has no {name}")]
    NotHere {
        /// Its C name.
        name: &'static str,
    },
    /// The value doesn't read as what the option takes.
    #[error("{name} takes {wanted}{}; this is {found:?}", such_as(values))]
    Value {
        /// The option's C name.
        name: &'static str,
        /// What it takes, in words.
        wanted: &'static str,
        /// Some that read well.
        values: &'static [&'static str],
        /// As typed.
        found: String,
    },
}

fn did_you_mean(candidates: &[&str]) -> String {
    match candidates {
        [] => String::new(),
        some => format!("; did you mean {}?", some.join(" or ")),
    }
}

fn such_as(values: &[&str]) -> String {
    values.first().map_or_else(String::new, |value| format!(", such as {value}"))
}

/// Every option, by level and name.
#[rustfmt::skip]
pub static ALL: &[SocketOption] = &[
    socket("SO_ACCEPTCONN", libc::SO_ACCEPTCONN, Shape::Switch, READ_ONLY,
        "Whether the socket listens."),
    socket("SO_BROADCAST", libc::SO_BROADCAST, Shape::Switch, SWITCH,
        "Datagrams may go to a broadcast address."),
    socket("SO_DOMAIN", here::SO_DOMAIN, Shape::Domain, READ_ONLY,
        "The address family that socket() was asked for."),
    socket("SO_ERROR", libc::SO_ERROR, Shape::Errno, READ_ONLY,
        "The error that waits for the next call. Reading it clears it."),
    socket("SO_KEEPALIVE", libc::SO_KEEPALIVE, Shape::Switch, SWITCH,
        "An idle connection is probed, after TCP_KEEPIDLE."),
    socket("SO_LINGER", libc::SO_LINGER, Shape::Linger, &["on:0", "on:5", "off"],
        "What close() does about unsent data: on:0 sends RST, on:N waits."),
    socket("SO_OOBINLINE", libc::SO_OOBINLINE, Shape::Switch, SWITCH,
        "Urgent data stays in its place among the rest."),
    socket("SO_PROTOCOL", here::SO_PROTOCOL, Shape::Protocol, READ_ONLY,
        "The protocol of the socket."),
    socket("SO_RCVBUF", libc::SO_RCVBUF, Shape::Count(BUFFER), &["4096", "65536"],
        "Room for what has come and isn't read yet; it bounds the window."),
    socket("SO_RCVTIMEO", libc::SO_RCVTIMEO, Shape::Timeval, TIME,
        "How long accept() and recv() wait before EAGAIN."),
    socket("SO_REUSEADDR", libc::SO_REUSEADDR, Shape::Switch, SWITCH,
        "bind() may take a port on which only TIME-WAITs are left."),
    socket("SO_REUSEPORT", libc::SO_REUSEPORT, Shape::Switch, SWITCH,
        "Several sockets of one user may share a port; connections are spread over them."),
    socket("SO_SNDBUF", libc::SO_SNDBUF, Shape::Count(BUFFER), &["4096", "65536"],
        "Room for what isn't acknowledged yet; send() blocks when it is full."),
    socket("SO_SNDTIMEO", libc::SO_SNDTIMEO, Shape::Timeval, TIME,
        "How long send() waits before EAGAIN, and connect() before EINPROGRESS."),
    socket("SO_TYPE", libc::SO_TYPE, Shape::Type, READ_ONLY,
        "Stream or datagram."),
    tcp("TCP_CONGESTION", here::TCP_CONGESTION, Shape::Name, &["reno", "cubic"],
        "The congestion control algorithm."),
    tcp("TCP_CORK", here::TCP_CORK, Shape::Switch, SWITCH,
        "Only full segments leave, until it is off or 200 ms have passed."),
    tcp("TCP_DEFER_ACCEPT", here::TCP_DEFER_ACCEPT, Shape::Seconds, &["5", "0"],
        "A listener's handshakes stay half open until data comes, for about so long."),
    tcp("TCP_FASTOPEN", here::TCP_FASTOPEN, Shape::Count("half-open connections at most"), &["5", "0"],
        "A listener takes data on the SYN (RFC 7413)."),
    tcp("TCP_FASTOPEN_CONNECT", here::TCP_FASTOPEN_CONNECT, Shape::Switch, SWITCH,
        "connect() waits for the first send(), whose data goes with the SYN."),
    tcp("TCP_INFO", here::TCP_INFO, Shape::Info, READ_ONLY,
        "All that the kernel tells of the connection."),
    tcp("TCP_KEEPCNT", libc::TCP_KEEPCNT, Shape::Count("probes"), &["3"],
        "Keep-alive probes without an answer before the connection is given up."),
    tcp("TCP_KEEPIDLE", here::TCP_KEEPIDLE, Shape::Seconds, &["10"],
        "How long a connection is idle before the first keep-alive probe."),
    tcp("TCP_KEEPINTVL", libc::TCP_KEEPINTVL, Shape::Seconds, &["1"],
        "The time between keep-alive probes."),
    tcp("TCP_LINGER2", here::TCP_LINGER2, Shape::Seconds, &["5"],
        "How long an orphan stays in FIN-WAIT-2."),
    tcp("TCP_MAXSEG", libc::TCP_MAXSEG, Shape::Count("bytes"), &["536", "1460"],
        "The largest segment, as the SYN announces it; set before connect() or listen()."),
    tcp("TCP_NODELAY", libc::TCP_NODELAY, Shape::Switch, SWITCH,
        "Small segments leave at once: no Nagle's algorithm."),
    tcp("TCP_NOTSENT_LOWAT", here::TCP_NOTSENT_LOWAT, Shape::Count("bytes"), &["16384"],
        "The socket is writable only while less than this is unsent."),
    tcp("TCP_QUICKACK", here::TCP_QUICKACK, Shape::Switch, SWITCH,
        "Acknowledge at once; the kernel may turn it off again by itself."),
    tcp("TCP_SYNCNT", here::TCP_SYNCNT, Shape::Count("retransmissions"), &["2"],
        "How often a SYN is sent again before connect() gives up."),
    tcp("TCP_USER_TIMEOUT", here::TCP_USER_TIMEOUT, Shape::Millis, &["5000", "5s"],
        "How long sent data may stay without an acknowledgement (RFC 5482)."),
    tcp("TCP_WINDOW_CLAMP", here::TCP_WINDOW_CLAMP, Shape::Count("bytes"), &["4096"],
        "The most that the window announces."),
    ip("IP_MTU", here::IP_MTU, Shape::Count("bytes"), READ_ONLY,
        "The largest packet on the way to the peer; of a connected socket."),
    ip("IP_RECVERR", here::IP_RECVERR, Shape::Switch, SWITCH,
        "An ICMP error reaches a UDP socket that isn't connected too."),
    ip("IP_TOS", libc::IP_TOS, Shape::Count("upper six bits DSCP, lower two ECN"), &["0x10"],
        "The type of service in the IP header."),
    ip("IP_TTL", libc::IP_TTL, Shape::Count("hops"), &["1", "64"],
        "How many routers a packet may pass."),
    ipv6("IPV6_RECVERR", here::IPV6_RECVERR, Shape::Switch, SWITCH,
        "An ICMPv6 error reaches a UDP socket that isn't connected too."),
    ipv6("IPV6_UNICAST_HOPS", libc::IPV6_UNICAST_HOPS, Shape::Count("hops"), &["1", "64"],
        "How many routers a packet may pass."),
    ipv6("IPV6_V6ONLY", libc::IPV6_V6ONLY, Shape::Switch, SWITCH,
        "The socket doesn't speak IPv4 too; set before bind()."),
];

const READ_ONLY: &[&str] = &[];
const SWITCH: &[&str] = &["on", "off"];
const TIME: &[&str] = &["2s", "500ms", "off"];
const BUFFER: &str =
    if cfg!(target_os = "linux") { "bytes; Linux doubles what is set" } else { "bytes" };

type Values = &'static [&'static str];

const fn socket(
    name: &'static str,
    number: c_int,
    shape: Shape,
    values: Values,
    explanation: &'static str,
) -> SocketOption {
    SocketOption { name, explanation, values, level: SOL_SOCKET, number, shape }
}

const fn tcp(
    name: &'static str,
    number: c_int,
    shape: Shape,
    values: Values,
    explanation: &'static str,
) -> SocketOption {
    SocketOption { name, explanation, values, level: IPPROTO_TCP, number, shape }
}

const fn ip(
    name: &'static str,
    number: c_int,
    shape: Shape,
    values: Values,
    explanation: &'static str,
) -> SocketOption {
    SocketOption { name, explanation, values, level: IPPROTO_IP, number, shape }
}

const fn ipv6(
    name: &'static str,
    number: c_int,
    shape: Shape,
    values: Values,
    explanation: &'static str,
) -> SocketOption {
    SocketOption { name, explanation, values, level: IPPROTO_IPV6, number, shape }
}

/// The numbers that not every system has.
#[cfg(target_os = "linux")]
mod here {
    pub use libc::{
        IP_MTU, IP_RECVERR, IPV6_RECVERR, SO_DOMAIN, SO_PROTOCOL, TCP_CONGESTION, TCP_CORK,
        TCP_DEFER_ACCEPT, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_INFO, TCP_KEEPIDLE, TCP_LINGER2,
        TCP_NOTSENT_LOWAT, TCP_QUICKACK, TCP_SYNCNT, TCP_USER_TIMEOUT, TCP_WINDOW_CLAMP,
    };
}

#[cfg(not(target_os = "linux"))]
mod here {
    use libc::c_int;

    pub const IP_MTU: c_int = super::ABSENT;
    pub const IP_RECVERR: c_int = super::ABSENT;
    pub const IPV6_RECVERR: c_int = super::ABSENT;
    pub const SO_DOMAIN: c_int = super::ABSENT;
    pub const SO_PROTOCOL: c_int = super::ABSENT;
    pub const TCP_CONGESTION: c_int = super::ABSENT;
    pub const TCP_CORK: c_int = super::ABSENT;
    pub const TCP_DEFER_ACCEPT: c_int = super::ABSENT;
    pub const TCP_FASTOPEN: c_int = super::ABSENT;
    pub const TCP_FASTOPEN_CONNECT: c_int = super::ABSENT;
    pub const TCP_INFO: c_int = super::ABSENT;
    /// macOS calls it TCP_KEEPALIVE.
    pub const TCP_KEEPIDLE: c_int = 0x10;
    pub const TCP_LINGER2: c_int = super::ABSENT;
    pub const TCP_NOTSENT_LOWAT: c_int = super::ABSENT;
    pub const TCP_QUICKACK: c_int = super::ABSENT;
    pub const TCP_SYNCNT: c_int = super::ABSENT;
    pub const TCP_USER_TIMEOUT: c_int = super::ABSENT;
    pub const TCP_WINDOW_CLAMP: c_int = super::ABSENT;
}

/// The number of an option that this system hasn't got.
const ABSENT: c_int = -1;

/// The option of that C name, in upper or lower case.
pub fn find(name: &str) -> Result<&'static SocketOption, OptionError> {
    let Some(option) = ALL.iter().find(|option| option.name.eq_ignore_ascii_case(name)) else {
        return Err(OptionError::Unknown { name: name.into(), candidates: near(name) });
    };
    if option.number == ABSENT {
        return Err(OptionError::NotHere { name: option.name });
    }
    Ok(option)
}

impl SocketOption {
    /// Whether it can only be read.
    pub fn is_read_only(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether `value` reads as what the option takes.
    pub fn check(&self, value: &str) -> Result<(), OptionError> {
        self.encode(value).map(|_| ())
    }

    fn encode(&self, value: &str) -> Result<Vec<u8>, OptionError> {
        let found = || value.to_owned();
        let (name, wanted, values) = (self.name, self.shape.wanted(), self.values);
        if self.is_read_only() {
            let wanted = "no value: it can only be read";
            return Err(OptionError::Value { name, wanted, values, found: found() });
        }
        let error = || OptionError::Value { name, wanted, values, found: found() };
        self.shape.encode(value).ok_or_else(error)
    }
}

/// `setsockopt(2)`. A name or value that [`find`] and [`SocketOption::check`] would have refused
/// gives what the kernel would say to it.
pub(super) fn set(fd: BorrowedFd<'_>, option: &str, value: &str) -> Result<(), Errno> {
    let option = find(option).map_err(|_| Errno(libc::ENOPROTOOPT))?;
    if option.is_read_only() {
        return Err(Errno(libc::ENOPROTOOPT));
    }
    let value = option.encode(value).map_err(|_| Errno(libc::EINVAL))?;
    raw::set_option(fd, option.level, option.number, &value)
}

/// `getsockopt(2)`, as text: `SO_RCVBUF = 131072 (bytes; Linux doubles what is set)`.
pub(super) fn get(fd: BorrowedFd<'_>, option: &str) -> Result<String, Errno> {
    let option = find(option).map_err(|_| Errno(libc::ENOPROTOOPT))?;
    let mut buffer = [0; 512];
    let room = match option.shape {
        Shape::Info => 512,
        Shape::Name | Shape::Timeval => 16,
        Shape::Linger => 8,
        Shape::Switch
        | Shape::Count(_)
        | Shape::Seconds
        | Shape::Millis
        | Shape::Errno
        | Shape::Type
        | Shape::Domain
        | Shape::Protocol => 4,
    };
    let bytes = raw::option(fd, option.level, option.number, &mut buffer[..room])?;
    let value = option.shape.decode(bytes);
    Ok(match option.shape {
        Shape::Info => format!("{}\n{value}", option.name),
        _ => format!("{} = {value}", option.name),
    })
}

/// The names that look most like this one, at most three.
fn near(name: &str) -> Vec<&'static str> {
    let name = name.to_ascii_uppercase();
    let likeness = |option: &SocketOption| {
        let bare = option.name.split_once('_').map_or(option.name, |(_, bare)| bare);
        strsim::jaro_winkler(option.name, &name).max(strsim::jaro_winkler(bare, &name))
    };
    let mut found: Vec<_> = ALL
        .iter()
        .map(|option| (likeness(option), option.name))
        .filter(|(by, _)| *by > 0.85)
        .collect();
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::super::{Request, options};
    use super::*;
    use crate::trace::{Outcome, SocketId, SocketKind};

    fn get(bench: &mut Bench, socket: SocketId, option: &str) -> String {
        bench.answer(Request::GetSockOpt { socket, option: option.into() })
    }

    fn set(bench: &mut Bench, socket: SocketId, option: &str, value: &str) -> Outcome {
        let (option, value) = (option.into(), value.into());
        bench.run(Request::SetSockOpt { socket, option, value }).0
    }

    #[test]
    fn every_option_is_set_as_it_is_offered_and_then_read_back() {
        let mut bench = Bench::new();
        let (_, v4, _) = bench.connection(SocketKind::Tcp);
        for option in ALL {
            let kind =
                if option.level == IPPROTO_IPV6 { SocketKind::Udp6 } else { SocketKind::Tcp };
            let fresh = bench.socket("fresh", kind);
            for value in option.values {
                assert_eq!(option.check(value), Ok(()), "{}", option.name);
                // What a connection allows while it stands differs; a fresh socket takes all.
                let outcome = set(&mut bench, fresh, option.name, value);
                let no_such_algorithm = option.name == "TCP_CONGESTION" && *value != "reno";
                assert!(
                    outcome == Outcome::Value(0) || no_such_algorithm,
                    "{} {value}: {outcome:?}",
                    option.name
                );
            }
            let socket = if option.level == IPPROTO_IPV6 { fresh } else { v4 };
            let text = get(&mut bench, socket, option.name);
            assert!(text.starts_with(option.name), "{text}");
        }
    }

    #[test]
    fn values_read_back_as_they_were_set() {
        let mut bench = Bench::new();
        let tcp = bench.socket("a", SocketKind::Tcp);
        let cases = [
            ("SO_REUSEADDR", "on", "SO_REUSEADDR = 1 (on)"),
            ("SO_RCVBUF", "65536", "SO_RCVBUF = 131072 (bytes; Linux doubles what is set)"),
            ("SO_RCVTIMEO", "1.5s", "SO_RCVTIMEO = 1500ms"),
            (
                "SO_LINGER",
                "on:0",
                "SO_LINGER = on:0 (close sends RST and throws away what is unsent)",
            ),
            ("TCP_KEEPIDLE", "60s", "TCP_KEEPIDLE = 60 (seconds)"),
            ("TCP_USER_TIMEOUT", "5s", "TCP_USER_TIMEOUT = 5000 (milliseconds)"),
            ("TCP_CONGESTION", "reno", "TCP_CONGESTION = reno"),
            ("tcp_nodelay", "1", "TCP_NODELAY = 1 (on)"),
            ("IP_TTL", "0x20", "IP_TTL = 32 (hops)"),
        ];
        for (option, value, shown) in cases {
            assert_eq!(set(&mut bench, tcp, option, value), Outcome::Value(0), "{option}");
            assert_eq!(get(&mut bench, tcp, option), shown);
        }
        assert_eq!(get(&mut bench, tcp, "SO_TYPE"), "SO_TYPE = 1 (SOCK_STREAM)");
        assert_eq!(get(&mut bench, tcp, "SO_DOMAIN"), "SO_DOMAIN = 2 (AF_INET)");
        assert_eq!(get(&mut bench, tcp, "SO_PROTOCOL"), "SO_PROTOCOL = 6 (IPPROTO_TCP)");
        assert_eq!(get(&mut bench, tcp, "SO_ERROR"), "SO_ERROR = 0 (no error is pending)");
    }

    #[test]
    fn the_kernel_itself_refuses_what_only_it_can_judge() {
        let mut bench = Bench::new();
        let tcp = bench.socket("a", SocketKind::Tcp);
        let udp = bench.socket("b", SocketKind::Udp);
        assert_eq!(set(&mut bench, tcp, "TCP_CONGESTION", "nonsuch"), Outcome::Errno(libc::ENOENT));
        assert_eq!(set(&mut bench, tcp, "IP_TTL", "0"), Outcome::Errno(libc::EINVAL));
        assert_eq!(set(&mut bench, udp, "TCP_NODELAY", "on"), Outcome::Errno(libc::ENOPROTOOPT));
        assert_eq!(set(&mut bench, tcp, "SO_TYPE", "1"), Outcome::Errno(libc::ENOPROTOOPT));
    }

    #[test]
    fn an_unknown_name_leads_to_near_ones() {
        let Err(OptionError::Unknown { candidates, .. }) = options::find("SO_REUSEADR") else {
            panic!("it was found")
        };
        assert_eq!(candidates.first(), Some(&"SO_REUSEADDR"));
        let error = options::find("nodelay").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no socket option is called nodelay; did you mean TCP_NODELAY?"
        );
        let error = options::find("SO_LINGER").unwrap().check("5").unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"SO_LINGER takes on:SECONDS or off, such as on:0; this is "5""#
        );
    }

    #[test]
    fn tcp_info_reads_as_a_table() {
        let mut bench = Bench::new();
        let (_, client, _) = bench.connection(SocketKind::Tcp);
        let table = get(&mut bench, client, "TCP_INFO");
        let state = table.lines().find(|line| line.contains("tcpi_state")).unwrap();
        assert!(state.contains("ESTABLISHED"), "{table}");
        assert!(
            table.lines().count() > 20 && table.lines().all(|line| line.len() <= 80),
            "{table}"
        );
    }
}
