#![expect(
    unsafe_code,
    reason = "thin typed wrappers over libc: nothing else of the room is unsafe"
)]
//! The system calls: a netlink socket, and `TCP_INFO`.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use libc::{c_void, socklen_t};

/// A socket to `sock_diag(7)` of the network namespace that the caller is in, whose reads give up
/// after `patience`.
pub(super) fn sock_diag(patience: Duration) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    // SAFETY: takes integers only.
    let fd = unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_SOCK_DIAG) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given us this descriptor and nobody else has it.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let time = libc::timeval {
        tv_sec: patience.as_secs() as libc::time_t,
        tv_usec: libc::suseconds_t::from(patience.subsec_micros()),
    };
    // SAFETY: `time` is a whole timeval.
    let set = unsafe {
        let len = size_of::<libc::timeval>() as socklen_t;
        let time = (&raw const time).cast::<c_void>();
        libc::setsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVTIMEO, time, len)
    };
    if set < 0 { Err(io::Error::last_os_error()) } else { Ok(fd) }
}

/// `send(2)` of a whole message.
pub(super) fn send(fd: BorrowedFd<'_>, message: &[u8]) -> io::Result<()> {
    // SAFETY: pointer and length are those of a slice.
    let sent = unsafe { libc::send(fd.as_raw_fd(), message.as_ptr().cast(), message.len(), 0) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// `recv(2)`: how many bytes of the buffer were filled.
pub(super) fn recv(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    // SAFETY: pointer and length are those of a slice.
    let count = unsafe { libc::recv(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), 0) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// `getsockopt(2)` of `TCP_INFO`: how many bytes of the buffer were filled.
pub(super) fn tcp_info(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    let mut len = buffer.len() as socklen_t;
    // SAFETY: pointer and length are those of a slice; the kernel writes no more than `len`.
    let got = unsafe {
        let buffer = buffer.as_mut_ptr().cast::<c_void>();
        libc::getsockopt(fd.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, buffer, &raw mut len)
    };
    if got < 0 { Err(io::Error::last_os_error()) } else { Ok(buffer.len().min(len as usize)) }
}

/// `getsockopt(2)` of an option at the level of TCP that is an int.
pub(super) fn tcp_option(fd: BorrowedFd<'_>, option: libc::c_int) -> io::Result<libc::c_int> {
    let mut value: libc::c_int = 0;
    let mut len = size_of::<libc::c_int>() as socklen_t;
    // SAFETY: `value` has room for `len` bytes, and the kernel writes no more than that.
    let got = unsafe {
        let value = (&raw mut value).cast::<c_void>();
        libc::getsockopt(fd.as_raw_fd(), libc::IPPROTO_TCP, option, value, &raw mut len)
    };
    if got < 0 { Err(io::Error::last_os_error()) } else { Ok(value) }
}
