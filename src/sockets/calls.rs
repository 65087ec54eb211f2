//! The learner's sockets and the calls on them.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;

use crossbeam_channel::Sender;

use super::attempt::{Facts, NONE_READY, attempt};
use super::raw::{self, Errno};
use super::readiness::{Interest, Key, Readiness};
use super::table::{OpenSocket, Table};
use super::work::{PendingCall, Step, Wait, Work};
use super::{Ready, Request};
use crate::trace::{CallId, Effect, Fact, Outcome, SocketId, Time, clock};

/// Most descriptors that we ask the system for.
const MOST_DESCRIPTORS: libc::rlim_t = 65_536;

/// What became of a call that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It returned: [`Fact::Returned`] is out.
    Returned,
    /// It waits.
    Pending,
}

/// The learner's sockets. Belongs to one thread, which makes every call on them; none blocks it.
#[derive(Debug)]
pub struct Sockets {
    pub(super) table: Table,
    pub(super) pending: Vec<Work>,
    readiness: Readiness,
}

impl Sockets {
    /// No sockets yet. `ready` is unbounded; what comes out at its other end goes to
    /// [`Sockets::ready`]. Fails where the system gives no poller or thread.
    pub fn new(ready: Sender<Ready>) -> io::Result<Sockets> {
        if let Ok((soft, hard)) = raw::descriptor_limit()
            && soft < hard.min(MOST_DESCRIPTORS)
        {
            // Fewer sockets are still sockets: EMFILE comes sooner.
            let _ = raw::set_descriptor_limit(hard.min(MOST_DESCRIPTORS), hard);
        }
        let readiness = Readiness::start(ready)?;
        Ok(Sockets { table: Table::default(), pending: Vec::new(), readiness })
    }

    /// Makes a call. What it does comes out as facts: `Called`, `Addressed` where addresses
    /// changed, and `Returned` unless it waits. Calls that it ends (those on a socket that it
    /// closes) return too.
    pub fn start(
        &mut self,
        call: CallId,
        request: Request,
        sink: &mut impl FnMut(Time, Fact),
    ) -> Progress {
        let socket = match (&request, request.socket()) {
            (Request::Socket { name, .. }, _) => self.table.name(name),
            (_, socket) => socket.unwrap_or(SocketId(u32::MAX)),
        };
        let called = Fact::Called {
            call,
            socket,
            name: self.table.name_of(socket).to_owned(),
            function: request.function(),
            args: request.args(|id| self.table.name_of(id)),
        };
        let mut work = Work::new(call, request, socket, &self.table);
        if matches!(work.request, Request::Close { .. }) {
            return self.close(work, called, sink);
        }
        let mut facts = Facts::new();
        let entered = clock::now();
        work.began = entered;
        let step = attempt(&mut self.table, &mut work, entered, &mut facts);
        let left = clock::now();
        sink(entered, called);
        for (time, fact) in facts {
            sink(time, fact);
        }
        let progress = match step {
            Step::Returned(outcome, effect) => {
                let succeeded = matches!(outcome, Outcome::Value(_));
                sink(left, Fact::Returned { call, entered, outcome, effect });
                self.end_connects(&work.request, succeeded, sink);
                Progress::Returned
            }
            Step::Waits(errno, _) if !work.blocking => {
                let returned = work.give_up(errno);
                finish(call, entered, left, returned, sink);
                Progress::Returned
            }
            Step::Waits(errno, waits) => {
                work.wait(errno, waits, left, &self.table);
                let sockets = work.request.sockets();
                self.pending.push(work);
                self.watch(&sockets);
                Progress::Pending
            }
        };
        self.recheck(sink);
        progress
    }

    /// Looks again at what may be ready: the calls that wait for it are tried again, in the order
    /// in which they were made.
    pub fn ready(&mut self, ready: Ready, sink: &mut impl FnMut(Time, Fact)) {
        match ready.0 {
            Key::Socket(socket) => {
                self.retry(|work| work.request.touches(socket), sink);
                self.recheck(sink);
            }
            Key::Closed(call, errno) => {
                if self.pending.iter().any(|work| work.call == call && work.waits == Wait::Linger)
                    && let Some(work) = self.take(call)
                {
                    finish(call, work.began, clock::now(), closed(Errno(errno)), sink);
                }
            }
        }
    }

    /// Tries every waiting call again, without waiting to be told what is ready.
    pub fn retry_pending(&mut self, sink: &mut impl FnMut(Time, Fact)) {
        self.retry(|_| true, sink);
    }

    /// Ends the calls whose time is up, after one last attempt.
    pub fn expire(&mut self, now: Time, sink: &mut impl FnMut(Time, Fact)) {
        let due = |time: Option<Time>| time.is_some_and(|time| time <= now);
        self.retry(|work| due(work.deadline) || due(work.retry), sink);
        for work in &mut self.pending {
            if due(work.retry) {
                work.recheck(now, &self.table);
            }
        }
        let over = |work: &Work| due(work.deadline);
        while let Some(place) = self.pending.iter().position(over) {
            let mut work = self.pending.remove(place);
            self.watch(&work.request.sockets());
            let returned = match work.waits {
                Wait::Events => {
                    Step::Returned(Outcome::Value(0), Effect::Answer(NONE_READY.into()))
                }
                _ => work.give_up(work.errno),
            };
            finish(work.call, now, clock::now(), returned, sink);
        }
    }

    /// When [`Sockets::expire`] is to be called next.
    pub fn next_deadline(&self) -> Option<Time> {
        self.pending.iter().flat_map(|work| [work.deadline, work.retry]).flatten().min()
    }

    /// Interrupts a call that waits, as a signal would: EINTR, or what it has moved so far. A
    /// connect goes on in the kernel. False if no such call waits.
    pub fn interrupt(&mut self, call: CallId, sink: &mut impl FnMut(Time, Fact)) -> bool {
        let Some(mut work) = self.take(call) else { return false };
        let returned = match work.waits {
            // A lingering close returns 0 and the kernel goes on by itself.
            Wait::Linger => closed(Errno(0)),
            _ => work.give_up(Errno(libc::EINTR)),
        };
        let now = clock::now();
        finish(call, now, now, returned, sink);
        true
    }

    /// Closes every socket without a word in the trace of it, and ends the calls that wait.
    pub fn close_all(&mut self, sink: &mut impl FnMut(Time, Fact)) {
        for mut work in std::mem::take(&mut self.pending) {
            let returned = match work.waits {
                Wait::Linger => closed(Errno(0)),
                _ => work.give_up(Errno(libc::EBADF)),
            };
            let now = clock::now();
            finish(work.call, now, now, returned, sink);
        }
        self.table.close_all();
    }

    /// Whether that call waits.
    pub fn is_pending(&self, call: CallId) -> bool {
        self.pending.iter().any(|work| work.call == call)
    }

    /// The calls that wait, in the order in which they were made.
    pub fn pending(&self) -> Vec<PendingCall> {
        self.pending.iter().map(Work::pending).collect()
    }

    /// The sockets that are open, in the order in which they were made.
    pub fn open(&self) -> impl Iterator<Item = &OpenSocket> {
        self.table.iter()
    }

    /// The TCP sockets that are open.
    pub fn open_tcp(&self) -> impl Iterator<Item = &OpenSocket> {
        self.table.iter().filter(|socket| socket.kind().is_tcp())
    }

    /// Has every connected socket look up its route anew before it sends. Until it does, Linux takes
    /// the MTU of a route that is gone for 68 bytes (`blackhole_netdev`), and sends tiny segments. A
    /// new mark, which is put back at once, makes the kernel forget the route (`SO_MARK` of
    /// `socket(7)`).
    #[cfg(target_os = "linux")]
    pub fn forget_routes(&self) {
        for socket in self.open_tcp() {
            for mark in [1_i32, 0] {
                let mark = mark.to_ne_bytes();
                // Without the right to mark, segments are small for a moment.
                let _ = raw::set_option(socket.as_fd(), libc::SOL_SOCKET, libc::SO_MARK, &mark);
            }
        }
    }

    /// Elsewhere no route changes.
    #[cfg(not(target_os = "linux"))]
    pub fn forget_routes(&self) {}

    /// That socket's descriptor, if it is open.
    pub fn fd(&self, id: SocketId) -> Option<BorrowedFd<'_>> {
        self.table.get(id).map(AsFd::as_fd)
    }

    /// That socket, if it is open.
    pub fn get(&self, id: SocketId) -> Option<&OpenSocket> {
        self.table.get(id)
    }

    pub(super) fn take(&mut self, call: CallId) -> Option<Work> {
        let place = self.pending.iter().position(|work| work.call == call)?;
        let work = self.pending.remove(place);
        self.watch(&work.request.sockets());
        Some(work)
    }

    /// close(2). Calls that wait on the socket would never return once the descriptor is gone:
    /// they are woken first. A lingering close sleeps in the kernel even on a nonblocking
    /// descriptor (inet_release in net/ipv4/af_inet.c), so a thread of its own makes it.
    fn close(
        &mut self,
        mut work: Work,
        called: Fact,
        sink: &mut impl FnMut(Time, Fact),
    ) -> Progress {
        let (id, call) = (work.socket, work.call);
        work.began = clock::now();
        sink(work.began, called);
        let Some(socket) = self.table.remove(id) else {
            finish(call, work.began, clock::now(), closed(Errno(libc::EBADF)), sink);
            return Progress::Returned;
        };
        if !socket.watched.is_none() {
            let _ = self.readiness.watch(id, &socket, socket.watched, Interest::default());
        }
        self.wake(id, sink);
        let lingers = socket.lingers();
        let entered = clock::now();
        if lingers {
            let ready = self.readiness.sender();
            let closer = thread::Builder::new().name("linger".into()).spawn(move || {
                let errno = raw::close(socket.fd).err().map_or(0, |errno| errno.0);
                // Nobody is left to tell: the sockets are gone.
                let _ = ready.send(Ready(Key::Closed(call, errno)));
            });
            if closer.is_ok() {
                work.waits = Wait::Linger;
                self.pending.push(work);
                return Progress::Pending;
            }
            finish(call, entered, clock::now(), closed(Errno(0)), sink);
        } else {
            let errno = raw::close(socket.fd).err().unwrap_or(Errno(0));
            finish(call, entered, clock::now(), closed(errno), sink);
        }
        self.recheck(sink);
        Progress::Returned
    }

    /// Ends the calls that wait on a socket that is being closed: EBADF, or the part that they
    /// have moved. A poll of several says POLLNVAL.
    fn wake(&mut self, id: SocketId, sink: &mut impl FnMut(Time, Fact)) {
        self.retry(|work| work.waits == Wait::Events && work.request.touches(id), sink);
        while let Some(place) = self.pending.iter().position(|work| work.socket == id) {
            let mut work = self.pending.remove(place);
            let returned = work.give_up(Errno(libc::EBADF));
            let now = clock::now();
            finish(work.call, now, now, returned, sink);
        }
    }

    /// Tries again the calls that `which` chooses.
    fn retry(&mut self, which: impl Fn(&Work) -> bool, sink: &mut impl FnMut(Time, Fact)) {
        let chosen = |work: &&Work| work.waits != Wait::Linger && which(work);
        let calls: Vec<CallId> = self.pending.iter().filter(chosen).map(|work| work.call).collect();
        for call in calls {
            let Some(place) = self.pending.iter().position(|work| work.call == call) else {
                continue;
            };
            let work = &mut self.pending[place];
            let (before, waited) = (work.moved(), work.interest());
            let mut facts = Facts::new();
            let entered = clock::now();
            let step = attempt(&mut self.table, work, entered, &mut facts);
            let left = clock::now();
            for (time, fact) in facts {
                sink(time, fact);
            }
            match step {
                Step::Returned(..) => {
                    let work = self.pending.remove(place);
                    let succeeded = matches!(step, Step::Returned(Outcome::Value(_), _));
                    finish(call, entered, left, step, sink);
                    self.watch(&work.request.sockets());
                    self.end_connects(&work.request, succeeded, sink);
                }
                Step::Waits(_, waits) => {
                    work.waits = waits;
                    if work.moved() > before {
                        sink(left, Fact::Resumed { call, from: entered });
                    }
                    if work.interest() != waited {
                        let sockets = work.request.sockets();
                        self.watch(&sockets);
                    }
                }
            }
        }
    }

    /// Tries again the calls that no descriptor wakes.
    fn recheck(&mut self, sink: &mut impl FnMut(Time, Fact)) {
        if self.pending.iter().any(|work| work.retry.is_some()) {
            self.retry(|work| work.retry.is_some(), sink);
        }
    }

    /// Watches these sockets for what the calls that wait on them need.
    fn watch(&mut self, sockets: &[SocketId]) {
        for id in sockets {
            let wanted = self
                .pending
                .iter()
                .filter(|work| work.request.touches(*id))
                .map(Work::interest)
                .fold(Interest::default(), Interest::and);
            let Some(socket) = self.table.get_mut(*id) else { continue };
            if socket.watched != wanted
                && self.readiness.watch(*id, &*socket, socket.watched, wanted).is_ok()
            {
                socket.watched = wanted;
            }
        }
    }
}

impl Drop for Sockets {
    /// Closes every socket; no close lingers.
    fn drop(&mut self) {
        self.table.close_all();
    }
}

fn closed(errno: Errno) -> Step {
    match errno {
        Errno(0) => Step::Returned(Outcome::Value(0), Effect::Closed),
        Errno(errno) => Step::Returned(Outcome::Errno(errno), Effect::None),
    }
}

/// Says what a call returned.
pub(super) fn finish(
    call: CallId,
    entered: Time,
    left: Time,
    step: Step,
    sink: &mut impl FnMut(Time, Fact),
) {
    if let Step::Returned(outcome, effect) = step {
        sink(left, Fact::Returned { call, entered, outcome, effect });
    }
}
