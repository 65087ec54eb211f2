//! One attempt at a call: what the manual says that it does, on a descriptor that never blocks.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use super::Request;
use super::options;
use super::raw::{self, Errno};
use super::table::Table;
use super::work::{Step, Wait, Work, received};
use crate::trace::{
    Address, Effect, Fact, HowShut, Outcome, PollEvents, RecvFlags, SendFlags, SocketId, Time,
    clock,
};

/// Most bytes that one `recv` brings: a bound on what a typed number can make us allocate.
const MOST_RECEIVED: usize = 64 << 20;

/// Facts with their times, in order.
pub(super) type Facts = Vec<(Time, Fact)>;

type Done = Result<(i64, Effect), Errno>;

/// Tries the call once, at `entered`; adds to `facts` the addresses that it changed.
pub(super) fn attempt(
    table: &mut Table,
    work: &mut Work,
    entered: Time,
    facts: &mut Facts,
) -> Step {
    let id = work.socket;
    let request = std::mem::replace(&mut work.request, Request::Close { socket: id });
    let step = match &request {
        Request::Socket { kind, .. } => done(raw::socket(*kind).map(|fd| {
            let fd = table.open(id, *kind, fd, false);
            (i64::from(fd), Effect::Opened { socket: id, kind: *kind, fd })
        })),
        Request::Poll { sockets, events, .. } => poll(table, sockets, *events, work.blocking),
        Request::NonBlock { on, .. } => match table.get_mut(id) {
            Some(socket) => {
                socket.nonblocking = *on;
                done(Ok((0, Effect::None)))
            }
            None => done(Err(Errno(libc::EBADF))),
        },
        Request::Accept { name, .. } => accept(table, id, name, entered, facts),
        Request::Connect { address, .. } => connect(table, work, address, entered, facts),
        request => match table.get(id) {
            Some(socket) => on_one(socket.as_fd(), request, work, table),
            None => done(Err(Errno(libc::EBADF))),
        },
    };
    if matches!(
        request,
        Request::Bind { .. }
            | Request::Listen { .. }
            | Request::Disconnect { .. }
            | Request::SendTo { .. }
    ) {
        facts.extend(addressed(table, id, None, entered));
    }
    work.request = request;
    step
}

/// The calls that need nothing but their descriptor.
fn on_one(fd: BorrowedFd<'_>, request: &Request, work: &mut Work, table: &Table) -> Step {
    let nothing = |()| (0, Effect::None);
    let answer = |text: String| (0, Effect::Answer(text));
    match request {
        Request::Bind { address, .. } => done(raw::bind(fd, address).map(nothing)),
        Request::Listen { backlog, .. } => {
            done(raw::listen(fd, *backlog).map(|()| (0, Effect::Listening { backlog: *backlog })))
        }
        Request::Disconnect { .. } => done(raw::disconnect(fd).map(nothing)),
        Request::Send { data, flags, .. } => send(fd, data, *flags, None, work, table),
        Request::SendTo { address, data, flags, .. } => {
            send(fd, data, *flags, Some(address), work, table)
        }
        Request::Recv { len, flags, .. } => recv(fd, *len, *flags, false, work, table),
        Request::RecvFrom { len, flags, .. } => recv(fd, *len, *flags, true, work, table),
        Request::Shutdown { how, .. } => {
            let (number, read, write) = match how {
                HowShut::Rd => (libc::SHUT_RD, true, false),
                HowShut::Wr => (libc::SHUT_WR, false, true),
                HowShut::RdWr => (libc::SHUT_RDWR, true, true),
            };
            done(raw::shutdown(fd, number).map(|()| (0, Effect::ShutDown { read, write })))
        }
        Request::SetSockOpt { option, value, .. } => {
            done(options::set(fd, option, value).map(nothing))
        }
        Request::GetSockOpt { option, .. } => done(options::get(fd, option).map(answer)),
        Request::GetSockName { .. } => done(raw::local(fd).map(|a| answer(a.to_string()))),
        Request::GetPeerName { .. } => done(raw::peer(fd).map(|a| answer(a.to_string()))),
        // Made elsewhere: these change the table.
        Request::Socket { .. }
        | Request::Connect { .. }
        | Request::Accept { .. }
        | Request::Close { .. }
        | Request::NonBlock { .. }
        | Request::Poll { .. } => done(Err(Errno(libc::EINVAL))),
    }
}

/// connect(2): the descriptor doesn't block, so that a loopback handshake, which is done before the
/// call returns, is picked up by a second call, as a blocking one would after its sleep.
fn connect(
    table: &mut Table,
    work: &Work,
    address: &Address,
    entered: Time,
    facts: &mut Facts,
) -> Step {
    let id = work.socket;
    let Some(socket) = table.get(id) else { return done(Err(Errno(libc::EBADF))) };
    let (fd, unix) = (socket.as_fd(), socket.kind().is_unix());
    let mut tried = raw::connect(fd, address);
    let under_way = tried == Err(Errno(libc::EINPROGRESS));
    if under_way {
        facts.extend(addressed(table, id, Some(address), entered));
        if !work.blocking {
            return done(Err(Errno(libc::EINPROGRESS)));
        }
        let Some(socket) = table.get(id) else { return done(Err(Errno(libc::EBADF))) };
        if !ready(socket.as_fd(), libc::POLLOUT) {
            return Step::Waits(Errno(libc::EINPROGRESS), Wait::Answer);
        }
        tried = raw::connect(socket.as_fd(), address);
    }
    match tried {
        Ok(()) => {
            facts.extend(addressed(table, id, Some(address), entered));
            done(Ok((0, Effect::None)))
        }
        Err(Errno(libc::EALREADY)) if under_way => {
            Step::Waits(Errno(libc::EINPROGRESS), Wait::Answer)
        }
        Err(errno @ Errno(libc::EALREADY)) => Step::Waits(errno, Wait::Answer),
        Err(errno) if unix && errno.would_block() => Step::Waits(errno, Wait::Queue),
        Err(errno) => {
            // Only now has the kernel given the address up.
            facts.extend(addressed(table, id, None, clock::now()));
            done(Err(errno))
        }
    }
}

fn accept(table: &mut Table, id: SocketId, name: &str, entered: Time, facts: &mut Facts) -> Step {
    let Some(socket) = table.get(id) else { return done(Err(Errno(libc::EBADF))) };
    let kind = socket.kind();
    match raw::accept(socket.as_fd()) {
        Ok((fd, peer)) => {
            let socket = table.name(name);
            let fd = table.open(socket, kind, fd, true);
            facts.extend(addressed(table, socket, None, entered));
            let effect = Effect::Accepted { socket, name: name.to_owned(), kind, fd, peer };
            done(Ok((i64::from(fd), effect)))
        }
        Err(errno) if errno.would_block() => Step::Waits(errno, Wait::Connection),
        Err(errno) => done(Err(errno)),
    }
}

/// send(2): a blocking one goes on until everything is taken; an error after a part gives the part,
/// and the error stays for the next call.
fn send(
    fd: BorrowedFd<'_>,
    data: &[u8],
    flags: SendFlags,
    to: Option<&Address>,
    work: &mut Work,
    table: &Table,
) -> Step {
    let bits = if flags.oob { libc::MSG_OOB } else { 0 };
    let stream = is_stream(table, work.socket);
    loop {
        if work.sent > 0 && ready(fd, 0) {
            return work.sent_so_far();
        }
        let rest = data.get(work.sent..).unwrap_or_default();
        let taken = match to {
            Some(address) => raw::send_to(fd, rest, bits, address),
            None => raw::send(fd, rest, bits),
        };
        match taken {
            Ok(count) => {
                work.sent += count;
                if work.sent >= data.len() || !work.blocking || !stream {
                    return sent(work.sent, data.len(), flags);
                }
            }
            // A send that opens the connection (TCP_FASTOPEN_CONNECT) without a cookie.
            Err(errno @ Errno(libc::EINPROGRESS)) => return Step::Waits(errno, Wait::Answer),
            Err(errno) if errno.would_block() => {
                let connecting = stream && raw::peer(fd).is_err();
                return Step::Waits(errno, if connecting { Wait::Answer } else { Wait::Room });
            }
            Err(_) if work.sent > 0 => return sent(work.sent, data.len(), flags),
            Err(errno) => return done(Err(errno)),
        }
    }
}

fn sent(taken: usize, asked: usize, flags: SendFlags) -> Step {
    done(Ok((taken as i64, Effect::Sent { taken, asked, urgent: flags.oob })))
}

/// recv(2) and recvfrom(2).
fn recv(
    fd: BorrowedFd<'_>,
    len: usize,
    flags: RecvFlags,
    from: bool,
    work: &mut Work,
    table: &Table,
) -> Step {
    let len = len.min(MOST_RECEIVED);
    let bits =
        (if flags.peek { libc::MSG_PEEK } else { 0 }) | (if flags.oob { libc::MSG_OOB } else { 0 });
    let stream = is_stream(table, work.socket);
    if flags.waitall && work.blocking && stream {
        return if flags.peek { peek_all(fd, len, work) } else { recv_all(fd, len, work) };
    }
    let bits = if stream { bits } else { bits | REAL_LENGTH };
    let mut buffer = vec![0; len];
    match raw::recv_from(fd, &mut buffer, bits) {
        Ok((count, sender)) => {
            let truncated_from = (count > len).then_some(count);
            buffer.truncate(count);
            received(buffer.into(), sender.filter(|_| from), flags.peek, truncated_from)
        }
        Err(errno) if errno.would_block() => Step::Waits(errno, Wait::Data),
        Err(errno) => done(Err(errno)),
    }
}

/// Makes recv return the whole datagram's length (recv(2)).
#[cfg(target_os = "linux")]
const REAL_LENGTH: i32 = libc::MSG_TRUNC;
#[cfg(not(target_os = "linux"))]
const REAL_LENGTH: i32 = 0;

/// recv(2) with `MSG_WAITALL`: ends early at the stream's end, an error, or the urgent mark.
fn recv_all(fd: BorrowedFd<'_>, len: usize, work: &mut Work) -> Step {
    loop {
        let have = work.gathered.len();
        let error_behind = || ready(fd, 0) && raw::unread(fd) == Ok(0);
        if have > 0 && (have >= len || raw::at_mark(fd) || error_behind()) {
            return work.gathered_so_far(None);
        }
        // Only as much room as there is to read: clearing more for every segment takes longer than
        // all the rest.
        let unread = raw::unread(fd).unwrap_or(0).clamp(1, 1 << 20);
        work.gathered.resize(len.min(have + unread), 0);
        let count = raw::recv_from(fd, &mut work.gathered[have..], 0);
        work.gathered.truncate(have + count.as_ref().map_or(0, |(count, _)| *count));
        match count {
            Ok((0, _)) => return work.gathered_so_far(None),
            Ok(_) => {}
            Err(errno) if errno.would_block() => return Step::Waits(errno, Wait::Data),
            Err(errno) => return work.give_up(errno),
        }
    }
}

/// recv(2) with `MSG_PEEK` and `MSG_WAITALL`: looks from the start again each time.
fn peek_all(fd: BorrowedFd<'_>, len: usize, work: &mut Work) -> Step {
    let mut buffer = vec![0; len];
    match raw::recv_from(fd, &mut buffer, libc::MSG_PEEK) {
        Ok((count, _)) => {
            buffer.truncate(count);
            work.gathered = buffer;
            if count == len || count == 0 || ready(fd, END_OF_STREAM) {
                return work.gathered_so_far(None);
            }
            Step::Waits(Errno(libc::EAGAIN), Wait::Data)
        }
        Err(errno) if errno.would_block() => Step::Waits(errno, Wait::Data),
        Err(errno) => done(Err(errno)),
    }
}

#[cfg(target_os = "linux")]
const END_OF_STREAM: i16 = libc::POLLRDHUP;
#[cfg(not(target_os = "linux"))]
const END_OF_STREAM: i16 = libc::POLLHUP;

/// poll(2): a socket that is closed counts, as POLLNVAL.
fn poll(table: &Table, sockets: &[SocketId], events: PollEvents, blocking: bool) -> Step {
    let events = match events {
        PollEvents::In => libc::POLLIN,
        PollEvents::Out => libc::POLLOUT,
    };
    let open: Vec<_> = sockets.iter().filter_map(|id| table.get(*id)).collect();
    let asked: Vec<_> = open.iter().map(|one| (one.as_fd().as_raw_fd(), events)).collect();
    let found = match raw::poll(&asked) {
        Ok(found) => found,
        Err(errno) => return done(Err(errno)),
    };
    let found: Vec<(SocketId, i16)> = sockets
        .iter()
        .map(|id| {
            let place = open.iter().position(|one| one.id() == *id);
            (*id, place.map_or(libc::POLLNVAL, |place| found[place]))
        })
        .filter(|(_, found)| *found != 0)
        .collect();
    if found.is_empty() && blocking {
        return Step::Waits(Errno(libc::EAGAIN), Wait::Events);
    }
    let words = [
        (libc::POLLIN, "in"),
        (libc::POLLOUT, "out"),
        (libc::POLLERR, "err"),
        (libc::POLLHUP, "hup"),
        (libc::POLLNVAL, "nval"),
    ];
    let groups: Vec<String> = words
        .into_iter()
        .filter_map(|(bit, word)| {
            let names: Vec<_> = found
                .iter()
                .filter(|(_, found)| found & bit != 0)
                .map(|(id, _)| table.name_of(*id))
                .collect();
            (!names.is_empty()).then(|| format!("{word}: {}", names.join(", ")))
        })
        .collect();
    let text = if groups.is_empty() { NONE_READY.into() } else { groups.join("; ") };
    done(Ok((found.len() as i64, Effect::Answer(text))))
}

/// What `poll` answers when its time is up.
pub(super) const NONE_READY: &str = "none is ready";

/// The socket's addresses as the kernel has them now, if they aren't what they were. `target` is
/// where an unanswered connect is going.
fn addressed(
    table: &mut Table,
    id: SocketId,
    target: Option<&Address>,
    at: Time,
) -> Option<(Time, Fact)> {
    let socket = table.get_mut(id)?;
    let local = raw::local(socket.as_fd()).ok();
    let peer = raw::peer(socket.as_fd()).ok().or_else(|| Some(going_to(target?, local.as_ref())));
    let now = (local, peer);
    if socket.addresses == now {
        return None;
    }
    socket.addresses = now.clone();
    Some((at, Fact::Addressed { socket: id, local: now.0, peer: now.1 }))
}

/// Where a connect to `target` is going: Linux takes the wildcard for this host.
fn going_to(target: &Address, local: Option<&Address>) -> Address {
    let mut target = target.clone();
    if let Address::Ip(ip) = &mut target
        && ip.ip().is_unspecified()
        && let Some(Address::Ip(local)) = local
    {
        ip.set_ip(local.ip());
    }
    target
}

/// Whether one of these holds now, or an error or hang-up.
fn ready(fd: BorrowedFd<'_>, events: i16) -> bool {
    let wanted = events | libc::POLLERR;
    raw::poll(&[(fd.as_raw_fd(), events)])
        .is_ok_and(|found| found.first().is_some_and(|found| found & wanted != 0))
}

fn is_stream(table: &Table, id: SocketId) -> bool {
    table.get(id).is_some_and(|socket| {
        !socket.kind().is_udp() && !matches!(socket.kind(), crate::trace::SocketKind::UnixDgram)
    })
}

fn done(result: Done) -> Step {
    match result {
        Ok((value, effect)) => Step::Returned(Outcome::Value(value), effect),
        Err(Errno(errno)) => Step::Returned(Outcome::Errno(errno), Effect::None),
    }
}
