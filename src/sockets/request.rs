//! A socket call, ready to be made: names and addresses worked out.

use std::time::Duration;

use crate::trace::{Address, HowShut, PollEvents, RecvFlags, SendFlags, SocketId, SocketKind};

/// A call and its arguments, by section 2 of the manual.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// `socket(2)`; the new socket gets this name.
    Socket {
        /// The learner's name for it.
        name: String,
        /// Family and type.
        kind: SocketKind,
    },
    /// `bind(2)`
    Bind {
        /// On which socket.
        socket: SocketId,
        /// Where to.
        address: Address,
    },
    /// `listen(2)`
    Listen {
        /// On which socket.
        socket: SocketId,
        /// Backlog, as passed; the kernel caps it at somaxconn.
        backlog: i32,
    },
    /// `connect(2)`
    Connect {
        /// On which socket.
        socket: SocketId,
        /// Where to.
        address: Address,
    },
    /// `connect(2)` to `AF_UNSPEC`
    Disconnect {
        /// On which socket.
        socket: SocketId,
    },
    /// `accept(2)`; the new socket gets this name.
    Accept {
        /// On which socket.
        socket: SocketId,
        /// The learner's name for the new one.
        name: String,
    },
    /// `send(2)`
    Send {
        /// On which socket.
        socket: SocketId,
        /// The bytes.
        data: Vec<u8>,
        /// Flags.
        flags: SendFlags,
    },
    /// `sendto(2)`
    SendTo {
        /// On which socket.
        socket: SocketId,
        /// Where to.
        address: Address,
        /// The bytes.
        data: Vec<u8>,
        /// Flags.
        flags: SendFlags,
    },
    /// `recv(2)`
    Recv {
        /// On which socket.
        socket: SocketId,
        /// Size of the buffer in bytes.
        len: usize,
        /// Flags.
        flags: RecvFlags,
    },
    /// `recvfrom(2)`
    RecvFrom {
        /// On which socket.
        socket: SocketId,
        /// Size of the buffer in bytes.
        len: usize,
        /// Flags.
        flags: RecvFlags,
    },
    /// `shutdown(2)`
    Shutdown {
        /// On which socket.
        socket: SocketId,
        /// Which direction.
        how: HowShut,
    },
    /// `close(2)`
    Close {
        /// On which socket.
        socket: SocketId,
    },
    /// `setsockopt(2)`: the option by its C name, the value as typed.
    SetSockOpt {
        /// On which socket.
        socket: SocketId,
        /// C name.
        option: String,
        /// As typed, e.g. `1`, `on:0`, `2s`, `reno`.
        value: String,
    },
    /// `getsockopt(2)`
    GetSockOpt {
        /// On which socket.
        socket: SocketId,
        /// C name.
        option: String,
    },
    /// `getsockname(2)`
    GetSockName {
        /// On which socket.
        socket: SocketId,
    },
    /// `getpeername(2)`
    GetPeerName {
        /// On which socket.
        socket: SocketId,
    },
    /// `fcntl(2)`: `O_NONBLOCK` as the learner sees it. The descriptor itself always is.
    NonBlock {
        /// On which socket.
        socket: SocketId,
        /// Whether its calls return instead of waiting.
        on: bool,
    },
    /// `poll(2)`
    Poll {
        /// Which sockets.
        sockets: Vec<SocketId>,
        /// For what.
        events: PollEvents,
        /// For how long; `None` for ever.
        timeout: Option<Duration>,
    },
}
