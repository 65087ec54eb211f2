//! The sockets that are open, by id.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use super::options::{self, SocketOption};
use super::raw;
use super::readiness::Interest;
use crate::trace::{Address, SocketId, SocketKind};

/// A socket that is open.
#[derive(Debug)]
pub struct OpenSocket {
    pub(super) id: SocketId,
    pub(super) kind: SocketKind,
    pub(super) fd: OwnedFd,
    pub(super) nonblocking: bool,
    pub(super) accepted: bool,
    pub(super) watched: Interest,
    pub(super) addresses: (Option<Address>, Option<Address>),
}

impl OpenSocket {
    /// Which.
    pub fn id(&self) -> SocketId {
        self.id
    }

    /// What it is.
    pub fn kind(&self) -> SocketKind {
        self.kind
    }

    /// Its descriptor.
    pub fn fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// Whether the learner made it nonblocking. The descriptor itself always is.
    pub fn nonblocking(&self) -> bool {
        self.nonblocking
    }

    /// Whether `close` would sleep in the kernel: `SO_LINGER` with a time.
    pub(super) fn lingers(&self) -> bool {
        self.kind.is_tcp() && raw::linger(self.as_fd()).is_ok_and(|(on, secs)| on && secs > 0)
    }

    /// What `getsockname(2)` says now, or its errno.
    pub fn local(&self) -> Result<Address, i32> {
        raw::local(self.as_fd()).map_err(|errno| errno.0)
    }

    /// What `getpeername(2)` says now, or its errno.
    pub fn peer(&self) -> Result<Address, i32> {
        raw::peer(self.as_fd()).map_err(|errno| errno.0)
    }

    /// What `getsockopt(2)` gives now, or its errno: `1 (on)`. To read `SO_ERROR` clears it.
    pub fn option(&self, option: &SocketOption) -> Result<String, i32> {
        options::value(self.as_fd(), option).map_err(|errno| errno.0)
    }

    /// How many bytes of a stream have come and can be received now; `None` for a listener, and
    /// for datagrams, which are no stream of bytes.
    pub fn unread(&self) -> Option<u64> {
        let is_stream = self.kind.is_tcp() || self.kind == SocketKind::Unix;
        let unread = raw::unread(self.as_fd()).ok().filter(|_| is_stream)?;
        u64::try_from(unread).ok()
    }

    /// Whether `accept` made it: its SYN,ACK is then not in `tcpi_segs_out`.
    pub fn accepted(&self) -> bool {
        self.accepted
    }
}

impl AsFd for OpenSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Open sockets by id, and the names of all that ever were.
#[derive(Debug, Default)]
pub(super) struct Table {
    open: BTreeMap<SocketId, OpenSocket>,
    names: Vec<String>,
}

impl Table {
    /// An id for a socket that is about to be made.
    pub fn name(&mut self, name: &str) -> SocketId {
        self.names.push(name.to_owned());
        SocketId(self.names.len() as u32 - 1)
    }

    /// What the learner called it; empty for an id that was never given out.
    pub fn name_of(&self, id: SocketId) -> &str {
        self.names.get(id.0 as usize).map_or("", String::as_str)
    }

    pub fn open(&mut self, id: SocketId, kind: SocketKind, fd: OwnedFd, accepted: bool) -> RawFd {
        let number = fd.as_raw_fd();
        let socket = OpenSocket {
            id,
            kind,
            fd,
            nonblocking: false,
            accepted,
            watched: Interest::default(),
            addresses: (None, None),
        };
        self.open.insert(id, socket);
        number
    }

    pub fn get(&self, id: SocketId) -> Option<&OpenSocket> {
        self.open.get(&id)
    }

    pub fn get_mut(&mut self, id: SocketId) -> Option<&mut OpenSocket> {
        self.open.get_mut(&id)
    }

    pub fn remove(&mut self, id: SocketId) -> Option<OpenSocket> {
        self.open.remove(&id)
    }

    /// Closes every socket at once: none lingers, for nobody waits for it any more.
    pub fn close_all(&mut self) {
        for socket in std::mem::take(&mut self.open).into_values() {
            if socket.lingers() {
                let _ = raw::set_linger(socket.as_fd(), false, 0);
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &OpenSocket> {
        self.open.values()
    }
}
