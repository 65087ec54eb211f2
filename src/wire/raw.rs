//! System calls that the standard library doesn't have. All unsafe code of this room is here.
#![expect(unsafe_code, reason = "system calls without a safe wrapper in our dependencies")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use libc::{c_int, c_void, socklen_t};

fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn socket(domain: c_int, kind: c_int, protocol: c_int) -> io::Result<OwnedFd> {
    // SAFETY: takes integers only; the descriptor is new and nobody else has it.
    unsafe {
        let fd = checked(libc::socket(domain, kind | libc::SOCK_CLOEXEC, protocol))?;
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

/// A netlink socket of that protocol (`netlink(7)`), for the network that the caller is in.
pub fn netlink_socket(protocol: c_int) -> io::Result<OwnedFd> {
    socket(libc::AF_NETLINK, libc::SOCK_RAW, protocol)
}

/// A packet socket that only sends (`packet(7)`, protocol 0).
pub fn sending_packet_socket() -> io::Result<OwnedFd> {
    socket(libc::AF_PACKET, libc::SOCK_RAW, 0)
}

/// `send(2)`: all of it, or an error. On an unconnected netlink socket it goes to the kernel.
pub fn send(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: pointer and length are those of a slice.
    let sent = unsafe { libc::send(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), 0) };
    checked(sent as c_int).map(drop)
}

/// `recv(2)` without waiting: how many bytes there were, which may be more than the buffer took
/// (`MSG_TRUNC`); `None` if there is nothing to read.
pub fn receive(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
    // SAFETY: pointer and length are those of a slice.
    let got =
        unsafe { libc::recv(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), flags) };
    match usize::try_from(got) {
        Ok(length) => Ok(Some(length)),
        Err(_) => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            error => Err(error),
        },
    }
}

/// Sends a whole Ethernet frame out of that device (`packet(7)`).
pub fn send_frame(fd: BorrowedFd<'_>, device: u32, frame: &[u8]) -> io::Result<()> {
    // SAFETY: sockaddr_ll is plain data for which zero is valid; pointers and lengths are those of
    // a slice and of that address.
    let sent = unsafe {
        let mut to: libc::sockaddr_ll = std::mem::zeroed();
        to.sll_family = libc::AF_PACKET as u16;
        to.sll_ifindex = device as c_int;
        let length = size_of::<libc::sockaddr_ll>() as socklen_t;
        let to = (&raw const to).cast();
        libc::sendto(fd.as_raw_fd(), frame.as_ptr().cast(), frame.len(), 0, to, length)
    };
    checked(sent as c_int).map(drop)
}

fn set_option(fd: BorrowedFd<'_>, level: c_int, option: c_int, value: c_int) -> io::Result<()> {
    let length = size_of::<c_int>() as socklen_t;
    let value = (&raw const value).cast::<c_void>();
    // SAFETY: the option takes an int, and is given one with its size.
    checked(unsafe { libc::setsockopt(fd.as_raw_fd(), level, option, value, length) }).map(drop)
}

/// `SO_MARK` (`socket(7)`)
pub fn set_mark(fd: BorrowedFd<'_>, mark: u32) -> io::Result<()> {
    set_option(fd, libc::SOL_SOCKET, libc::SO_MARK, mark as c_int)
}

/// Gives the receive buffer that many bytes, or as many as we may: beyond `net.core.rmem_max` only with
/// the host's `CAP_NET_ADMIN`.
pub fn set_receive_buffer(fd: BorrowedFd<'_>, bytes: i32) -> io::Result<()> {
    set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, bytes)
        .or_else(|_| set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUF, bytes))
}

/// Has a netlink socket that is full take packets again as soon as there is room, not only when all
/// has been read, and say nothing of it (`NETLINK_NO_ENOBUFS` of `netlink(7)`).
pub fn take_again_soon(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_option(fd, libc::SOL_NETLINK, libc::NETLINK_NO_ENOBUFS, 1)
}

/// How many messages the socket had no room for, modulo 2³² (`SO_MEMINFO`, Linux 4.12).
pub fn dropped(fd: BorrowedFd<'_>) -> io::Result<u32> {
    // SK_MEMINFO_DROPS of linux/sock_diag.h is the last of nine.
    let mut numbers = [0_u32; 9];
    let mut length = size_of_val(&numbers) as socklen_t;
    // SAFETY: the option fills in an array of u32, and is given one with its size.
    checked(unsafe {
        let to = numbers.as_mut_ptr().cast::<c_void>();
        libc::getsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_MEMINFO, to, &raw mut length)
    })?;
    let [.., dropped] = numbers;
    Ok(dropped)
}

/// Waits until one of two descriptors can be read, or is at its end or in error (`poll(2)`); says
/// which.
pub fn wait_for_either(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> io::Result<[bool; 2]> {
    let wanted =
        |fd: BorrowedFd<'_>| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let mut both = [wanted(a), wanted(b)];
    loop {
        // SAFETY: the array is passed with its own length and outlives the call.
        match checked(unsafe { libc::poll(both.as_mut_ptr(), both.len() as libc::nfds_t, -1) }) {
            Ok(_) => return Ok(both.map(|one| one.revents != 0)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The index of `lo` of this network (`if_nametoindex(3)`).
pub fn loopback_index() -> io::Result<u32> {
    // SAFETY: takes a C string.
    match unsafe { libc::if_nametoindex(c"lo".as_ptr()) } {
        0 => Err(io::Error::last_os_error()),
        index => Ok(index),
    }
}
