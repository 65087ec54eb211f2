//! The table itself.

use libc::{IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, c_int};

use super::SocketOption;
use crate::sockets::value::Shape;

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
        "bind() may take a port with TIME-WAITs on it, if their sockets had it set too."),
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
pub(super) const ABSENT: c_int = -1;
