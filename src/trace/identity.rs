//! Who a fact is about.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// An event's place in the trace, counted from 0 in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u64);

/// A captured frame's number, counted from 1 in order of arrival, as Wireshark numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameNumber(pub u64);

/// A socket that the learner opened or accepted. Never reused, unlike names and descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// One socket call that the learner typed, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What `socket()` was asked for: family and type in one word of the command language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SocketKind {
    /// `AF_INET`, `SOCK_STREAM`
    Tcp,
    /// `AF_INET`, `SOCK_DGRAM`
    Udp,
    /// `AF_INET6`, `SOCK_STREAM`
    Tcp6,
    /// `AF_INET6`, `SOCK_DGRAM`
    Udp6,
    /// `AF_UNIX`, `SOCK_STREAM`
    Unix,
    /// `AF_UNIX`, `SOCK_DGRAM`
    UnixDgram,
}

impl SocketKind {
    /// Every kind, in the order in which help lists them.
    pub const ALL: [SocketKind; 6] =
        [Self::Tcp, Self::Udp, Self::Tcp6, Self::Udp6, Self::Unix, Self::UnixDgram];

    /// The word of the command language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Tcp6 => "tcp6",
            Self::Udp6 => "udp6",
            Self::Unix => "unix",
            Self::UnixDgram => "unix-dgram",
        }
    }

    /// Whether segments of this kind are TCP's.
    pub fn is_tcp(self) -> bool {
        matches!(self, Self::Tcp | Self::Tcp6)
    }

    /// Whether it sends datagrams over IP.
    pub fn is_udp(self) -> bool {
        matches!(self, Self::Udp | Self::Udp6)
    }

    /// Whether it never leaves the machine's file system namespace.
    pub fn is_unix(self) -> bool {
        matches!(self, Self::Unix | Self::UnixDgram)
    }

    /// Whether addresses of this kind are IPv6's.
    pub fn is_ipv6(self) -> bool {
        matches!(self, Self::Tcp6 | Self::Udp6)
    }
}

/// Where a socket is bound or connected to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// An IPv4 or IPv6 address and port.
    Ip(SocketAddr),
    /// A path in the file system.
    Path(PathBuf),
    /// A unix socket without a name.
    Unnamed,
}

impl Address {
    /// The IP address and port, if it is one.
    pub fn ip(&self) -> Option<SocketAddr> {
        match self {
            Self::Ip(address) => Some(*address),
            Self::Path(_) | Self::Unnamed => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{address}"),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Unnamed => f.write_str("(unnamed)"),
        }
    }
}
