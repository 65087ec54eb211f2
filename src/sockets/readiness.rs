//! The one thread that waits for descriptors. It makes no call on a learner's socket: it only says
//! which socket to look at again.
//!
//! Registrations are edge-triggered. A level-triggered one that is armed anew after each attempt
//! would spin while urgent data lies unread: `POLLPRI` then holds, and for `POLLIN` there is nothing.

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::Sender;
use polling::{Event, Events, PollMode, Poller};

use super::raw;
use crate::trace::{CallId, SocketId};

/// Something on which a call waits may have happened. Made by this room's threads, taken by
/// [`Sockets::ready`](super::Sockets::ready).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready(pub(super) Key);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// This socket is readable, writable or at its end.
    Socket(SocketId),
    /// The thread that closed a lingering socket is done: 0, or an errno.
    Closed(CallId, i32),
}

/// For what a descriptor is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Interest {
    pub read: bool,
    pub write: bool,
}

impl Interest {
    pub const READ: Interest = Interest { read: true, write: false };
    pub const WRITE: Interest = Interest { read: false, write: true };

    pub fn and(self, other: Interest) -> Interest {
        Interest { read: self.read || other.read, write: self.write || other.write }
    }

    pub fn is_none(self) -> bool {
        !self.read && !self.write
    }

    fn event(self, socket: SocketId) -> Event {
        Event::new(socket.0 as usize, self.read, self.write)
    }
}

/// The poller and its thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Readiness {
    poller: Arc<Poller>,
    ended: Arc<AtomicBool>,
    ready: Sender<Ready>,
}

impl Readiness {
    pub fn start(ready: Sender<Ready>) -> io::Result<Readiness> {
        let poller = Arc::new(Poller::new()?);
        let ended = Arc::new(AtomicBool::new(false));
        let this = Readiness { poller, ended, ready };
        let (poller, ended, ready) = (this.poller.clone(), this.ended.clone(), this.ready.clone());
        thread::Builder::new().name("readiness".into()).spawn(move || {
            let mut events =
                Events::with_capacity(NonZeroUsize::new(256).unwrap_or(NonZeroUsize::MIN));
            while !ended.load(Ordering::Acquire) {
                events.clear();
                if let Err(error) = poller.wait(&mut events, None)
                    && error.kind() != io::ErrorKind::Interrupted
                {
                    return;
                }
                for event in events.iter() {
                    let socket = SocketId(event.key as u32);
                    if ready.send(Ready(Key::Socket(socket))).is_err() {
                        return;
                    }
                }
            }
        })?;
        Ok(this)
    }

    /// Where a thread that closes a lingering socket says that it is done.
    pub fn sender(&self) -> Sender<Ready> {
        self.ready.clone()
    }

    /// Watches a descriptor for `now` where it was watched for `before`. What holds already is
    /// reported at once.
    pub fn watch(
        &self,
        socket: SocketId,
        fd: impl AsFd,
        before: Interest,
        now: Interest,
    ) -> io::Result<()> {
        let fd = fd.as_fd();
        match (before.is_none(), now.is_none()) {
            (true, true) => Ok(()),
            (true, false) => raw::watch(&self.poller, fd, now.event(socket)),
            (false, true) => self.poller.delete(fd),
            (false, false) => self.poller.modify_with_mode(fd, now.event(socket), PollMode::Edge),
        }
    }
}

impl Drop for Readiness {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        // Failing to wake it leaves a sleeping thread behind, and nothing else.
        let _ = self.poller.notify();
    }
}
