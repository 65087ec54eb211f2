#![expect(
    unsafe_code,
    reason = "thin typed wrappers over libc: nothing else of the room is unsafe"
)]
//! Section 2 of the manual, typed. Every call here is made on a nonblocking descriptor and returns
//! what the kernel said.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;

use libc::{c_int, c_void, rlim_t, sockaddr, socklen_t};

use super::sockaddr::SockAddr;
use crate::trace::{Address, SocketKind};

/// −1 and this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Errno(pub i32);

impl Errno {
    fn last() -> Errno {
        Errno(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
    }

    /// Whether a blocking call would wait here.
    pub fn would_block(self) -> bool {
        self.0 == libc::EAGAIN || self.0 == libc::EWOULDBLOCK
    }
}

type Result<T> = std::result::Result<T, Errno>;

fn check(returned: c_int) -> Result<c_int> {
    if returned < 0 { Err(Errno::last()) } else { Ok(returned) }
}

fn check_size(returned: isize) -> Result<usize> {
    usize::try_from(returned).map_err(|_| Errno::last())
}

#[cfg(target_os = "linux")]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const NO_SIGNAL: c_int = 0;

/// `socket(2)`: nonblocking, closed on exec.
pub(super) fn socket(kind: SocketKind) -> Result<OwnedFd> {
    let (family, ty) = match kind {
        SocketKind::Tcp => (libc::AF_INET, libc::SOCK_STREAM),
        SocketKind::Udp => (libc::AF_INET, libc::SOCK_DGRAM),
        SocketKind::Tcp6 => (libc::AF_INET6, libc::SOCK_STREAM),
        SocketKind::Udp6 => (libc::AF_INET6, libc::SOCK_DGRAM),
        SocketKind::Unix => (libc::AF_UNIX, libc::SOCK_STREAM),
        SocketKind::UnixDgram => (libc::AF_UNIX, libc::SOCK_DGRAM),
    };
    #[cfg(target_os = "linux")]
    let ty = ty | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: takes integers only.
    let fd = own(check(unsafe { libc::socket(family, ty, 0) })?);
    #[cfg(not(target_os = "linux"))]
    prepare(&fd)?;
    Ok(fd)
}

/// Takes over a descriptor that the kernel has just made.
fn own(fd: RawFd) -> OwnedFd {
    // SAFETY: the kernel has just given us this descriptor and nobody else has it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Makes a descriptor nonblocking and closed on exec where the call that made it could not.
#[cfg(not(target_os = "linux"))]
fn prepare(fd: &OwnedFd) -> Result<()> {
    // SAFETY: integers only, on a descriptor that is ours.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) })?;
    // SAFETY: as above.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) })?;
    Ok(())
}

/// `bind(2)`
pub(super) fn bind(fd: BorrowedFd<'_>, address: &Address) -> Result<()> {
    let name = SockAddr::of(address).ok_or(Errno(libc::EINVAL))?;
    // SAFETY: `name` holds `len` bytes of an address.
    check(unsafe { libc::bind(fd.as_raw_fd(), name.as_ptr(), name.len) })?;
    Ok(())
}

/// `listen(2)`
pub(super) fn listen(fd: BorrowedFd<'_>, backlog: c_int) -> Result<()> {
    // SAFETY: takes integers only.
    check(unsafe { libc::listen(fd.as_raw_fd(), backlog) })?;
    Ok(())
}

/// `connect(2)`
pub(super) fn connect(fd: BorrowedFd<'_>, address: &Address) -> Result<()> {
    let name = SockAddr::of(address).ok_or(Errno(libc::EINVAL))?;
    // SAFETY: `name` holds `len` bytes of an address.
    check(unsafe { libc::connect(fd.as_raw_fd(), name.as_ptr(), name.len) })?;
    Ok(())
}

/// `connect(2)` to `AF_UNSPEC`
pub(super) fn disconnect(fd: BorrowedFd<'_>) -> Result<()> {
    // SAFETY: all zeroes is a valid sockaddr, of family AF_UNSPEC.
    let mut name: sockaddr = unsafe { std::mem::zeroed() };
    name.sa_family = libc::AF_UNSPEC as libc::sa_family_t;
    let len = size_of::<sockaddr>() as socklen_t;
    // SAFETY: `name` is a whole sockaddr.
    check(unsafe { libc::connect(fd.as_raw_fd(), &raw const name, len) })?;
    Ok(())
}

/// `accept(2)`: the new descriptor and the address that was filled in.
pub(super) fn accept(fd: BorrowedFd<'_>) -> Result<(OwnedFd, Option<Address>)> {
    let mut name = SockAddr::empty();
    #[cfg(target_os = "linux")]
    // SAFETY: `name` has room for `len` bytes.
    let new = unsafe {
        let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
        libc::accept4(fd.as_raw_fd(), name.as_mut_ptr(), &raw mut name.len, flags)
    };
    #[cfg(not(target_os = "linux"))]
    // SAFETY: as above.
    let new = unsafe { libc::accept(fd.as_raw_fd(), name.as_mut_ptr(), &raw mut name.len) };
    let new = own(check(new)?);
    #[cfg(not(target_os = "linux"))]
    prepare(&new)?;
    Ok((new, name.address()))
}

/// `send(2)` with `MSG_NOSIGNAL`
pub(super) fn send(fd: BorrowedFd<'_>, data: &[u8], flags: c_int) -> Result<usize> {
    // SAFETY: pointer and length are those of a slice.
    check_size(unsafe {
        libc::send(fd.as_raw_fd(), data.as_ptr().cast(), data.len(), flags | NO_SIGNAL)
    })
}

/// `sendto(2)` with `MSG_NOSIGNAL`
pub(super) fn send_to(
    fd: BorrowedFd<'_>,
    data: &[u8],
    flags: c_int,
    address: &Address,
) -> Result<usize> {
    let name = SockAddr::of(address).ok_or(Errno(libc::EINVAL))?;
    // SAFETY: pointer and length are those of a slice; `name` holds `len` bytes of an address.
    check_size(unsafe {
        libc::sendto(
            fd.as_raw_fd(),
            data.as_ptr().cast(),
            data.len(),
            flags | NO_SIGNAL,
            name.as_ptr(),
            name.len,
        )
    })
}

/// `recvfrom(2)`: how many bytes, and the sender's address if one was filled in.
pub(super) fn recv_from(
    fd: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: c_int,
) -> Result<(usize, Option<Address>)> {
    let mut name = SockAddr::empty();
    // SAFETY: pointer and length are those of a slice; `name` has room for `len` bytes.
    let count = check_size(unsafe {
        libc::recvfrom(
            fd.as_raw_fd(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            flags,
            name.as_mut_ptr(),
            &raw mut name.len,
        )
    })?;
    Ok((count, name.address()))
}

/// `shutdown(2)`
pub(super) fn shutdown(fd: BorrowedFd<'_>, how: c_int) -> Result<()> {
    // SAFETY: takes integers only.
    check(unsafe { libc::shutdown(fd.as_raw_fd(), how) })?;
    Ok(())
}

/// `close(2)`
pub(super) fn close(fd: OwnedFd) -> Result<()> {
    // SAFETY: the descriptor was ours alone and is given up here.
    check(unsafe { libc::close(fd.into_raw_fd()) })?;
    Ok(())
}

/// `getsockname(2)`
pub(super) fn local(fd: BorrowedFd<'_>) -> Result<Address> {
    let mut name = SockAddr::empty();
    // SAFETY: `name` has room for `len` bytes.
    check(unsafe { libc::getsockname(fd.as_raw_fd(), name.as_mut_ptr(), &raw mut name.len) })?;
    Ok(name.address().unwrap_or(Address::Unnamed))
}

/// `getpeername(2)`
pub(super) fn peer(fd: BorrowedFd<'_>) -> Result<Address> {
    let mut name = SockAddr::empty();
    // SAFETY: `name` has room for `len` bytes.
    check(unsafe { libc::getpeername(fd.as_raw_fd(), name.as_mut_ptr(), &raw mut name.len) })?;
    Ok(name.address().unwrap_or(Address::Unnamed))
}

/// `setsockopt(2)` of a value in the kernel's own shape.
pub(super) fn set_option(
    fd: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    value: &[u8],
) -> Result<()> {
    // SAFETY: pointer and length are those of a slice.
    check(unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            name,
            value.as_ptr().cast::<c_void>(),
            value.len() as socklen_t,
        )
    })?;
    Ok(())
}

/// `getsockopt(2)` into this buffer; the part of it that was filled.
pub(super) fn option<'a>(
    fd: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    buffer: &'a mut [u8],
) -> Result<&'a [u8]> {
    let mut len = buffer.len() as socklen_t;
    // SAFETY: pointer and length are those of a slice; the kernel writes no more than `len`.
    check(unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            level,
            name,
            buffer.as_mut_ptr().cast::<c_void>(),
            &raw mut len,
        )
    })?;
    Ok(&buffer[..buffer.len().min(len as usize)])
}

/// `poll(2)` that returns at once: the events that hold for each descriptor.
pub(super) fn poll(asked: &[(RawFd, i16)]) -> Result<Vec<i16>> {
    let mut list: Vec<libc::pollfd> =
        asked.iter().map(|&(fd, events)| libc::pollfd { fd, events, revents: 0 }).collect();
    // SAFETY: pointer and length are those of a vector.
    check(unsafe { libc::poll(list.as_mut_ptr(), list.len() as libc::nfds_t, 0) })?;
    Ok(list.iter().map(|one| one.revents).collect())
}

/// `ioctl(FIONREAD)`: bytes that could be read now.
pub(super) fn unread(fd: BorrowedFd<'_>) -> Result<usize> {
    let mut count: c_int = 0;
    // SAFETY: FIONREAD writes one int.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &raw mut count) })?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Registers a descriptor with the poller, edge-triggered.
pub(super) fn watch(
    poller: &polling::Poller,
    fd: BorrowedFd<'_>,
    interest: polling::Event,
) -> io::Result<()> {
    // SAFETY: the caller unregisters the descriptor before it closes it.
    unsafe { poller.add_with_mode(&fd, interest, polling::PollMode::Edge) }
}

/// The soft and the hard limit on open descriptors.
pub(super) fn descriptor_limit() -> Result<(rlim_t, rlim_t)> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a whole rlimit.
    check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) })?;
    Ok((limit.rlim_cur, limit.rlim_max))
}

/// Sets the soft limit on open descriptors.
pub(super) fn set_descriptor_limit(soft: rlim_t, hard: rlim_t) -> Result<()> {
    let limit = libc::rlimit { rlim_cur: soft, rlim_max: hard };
    // SAFETY: `limit` is a whole rlimit.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) })?;
    Ok(())
}

/// `SO_RCVTIMEO` or `SO_SNDTIMEO`: how long a call waits; `None` for ever.
pub(super) fn timeout(fd: BorrowedFd<'_>, name: c_int) -> Option<Duration> {
    let mut time = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let mut len = size_of::<libc::timeval>() as socklen_t;
    // SAFETY: `time` is a whole timeval and `len` its size.
    check(unsafe {
        let time = (&raw mut time).cast::<c_void>();
        libc::getsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, name, time, &raw mut len)
    })
    .ok()?;
    let time = Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64);
    (!time.is_zero()).then_some(time)
}

/// `SO_LINGER`: on or off, and for how many seconds.
pub(super) fn linger(fd: BorrowedFd<'_>) -> Result<(bool, i32)> {
    let mut linger = libc::linger { l_onoff: 0, l_linger: 0 };
    let mut len = size_of::<libc::linger>() as socklen_t;
    // SAFETY: `linger` is a whole linger and `len` its size.
    check(unsafe {
        let linger = (&raw mut linger).cast::<c_void>();
        libc::getsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, linger, &raw mut len)
    })?;
    Ok((linger.l_onoff != 0, linger.l_linger))
}

/// Sets `SO_LINGER`.
pub(super) fn set_linger(fd: BorrowedFd<'_>, on: bool, secs: i32) -> Result<()> {
    let linger = libc::linger { l_onoff: c_int::from(on), l_linger: secs };
    // SAFETY: `linger` is a whole linger.
    check(unsafe {
        let len = size_of::<libc::linger>() as socklen_t;
        let linger = (&raw const linger).cast::<c_void>();
        libc::setsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, linger, len)
    })?;
    Ok(())
}

/// `sockatmark(3)`: whether the next byte to read is past the urgent mark.
pub(super) fn at_mark(fd: BorrowedFd<'_>) -> bool {
    let mut mark: c_int = 0;
    // SAFETY: SIOCATMARK writes one int.
    unsafe { libc::ioctl(fd.as_raw_fd(), SIOCATMARK, &raw mut mark) == 0 && mark != 0 }
}

#[cfg(target_os = "linux")]
const SIOCATMARK: libc::Ioctl = 0x8905;
#[cfg(not(target_os = "linux"))]
const SIOCATMARK: libc::c_ulong = 0x4004_7307;

/// `SO_ERROR`: the errno that waits on the socket, which this clears.
pub(super) fn take_error(fd: BorrowedFd<'_>) -> c_int {
    let mut errno = [0; size_of::<c_int>()];
    match option(fd, libc::SOL_SOCKET, libc::SO_ERROR, &mut errno) {
        Ok(_) => c_int::from_ne_bytes(errno),
        Err(Errno(errno)) => errno,
    }
}

/// For tests: from now on the socket takes nothing that comes, as if it had been lost on its way.
/// Or takes everything again.
#[cfg(all(test, target_os = "linux"))]
pub(crate) fn deafen(fd: BorrowedFd<'_>, deaf: bool) {
    // "Return 0": keep no byte of any packet.
    let mut nothing = libc::sock_filter { code: 0x06, jt: 0, jf: 0, k: 0 };
    let program = libc::sock_fprog { len: 1, filter: &raw mut nothing };
    let option = if deaf { libc::SO_ATTACH_FILTER } else { libc::SO_DETACH_FILTER };
    // SAFETY: `program` is a whole sock_fprog, and the filter that it points to lives until the
    // call is over, which copies it.
    let set = unsafe {
        let len = size_of::<libc::sock_fprog>() as socklen_t;
        let program = (&raw const program).cast::<c_void>();
        libc::setsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, option, program, len)
    };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
}
