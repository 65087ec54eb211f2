//! What the standard library has no safe call for.
#![expect(unsafe_code, reason = "fcntl(2) with a lowest number, termios(3), poll(2)")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A duplicate whose number is `lowest` or more.
pub(super) fn duplicate_from(fd: BorrowedFd<'_>, lowest: i32) -> io::Result<OwnedFd> {
    // SAFETY: F_DUPFD_CLOEXEC takes an int.
    let new = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, lowest) };
    if new < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(new) })
}

/// The settings of a terminal (`tcgetattr(3)`).
pub(super) fn terminal_settings(terminal: BorrowedFd<'_>) -> io::Result<libc::termios> {
    let mut settings = std::mem::MaybeUninit::<libc::termios>::uninit();
    // SAFETY: the pointer is to room for one termios, which is filled in on success.
    if unsafe { libc::tcgetattr(terminal.as_raw_fd(), settings.as_mut_ptr()) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it succeeded.
    Ok(unsafe { settings.assume_init() })
}

/// Puts them back at once (`tcsetattr(3)`).
pub(super) fn set_terminal(terminal: BorrowedFd<'_>, settings: &libc::termios) -> io::Result<()> {
    // SAFETY: the pointer is to a whole termios.
    if unsafe { libc::tcsetattr(terminal.as_raw_fd(), libc::TCSANOW, settings) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Whether the other end of a terminal is gone (`POLLHUP`, `poll(2)`).
pub(super) fn is_hung_up(terminal: BorrowedFd<'_>) -> bool {
    let mut asked = libc::pollfd { fd: terminal.as_raw_fd(), events: 0, revents: 0 };
    // SAFETY: the pointer is to one pollfd.
    let answered = unsafe { libc::poll(&raw mut asked, 1, 0) };
    answered > 0 && asked.revents & (libc::POLLHUP | libc::POLLERR) != 0
}

/// Those settings, but keys come one by one and aren't shown. Ctrl-C stays a signal; Ctrl-Z is a
/// key, for who stops the program now would find the terminal so.
pub(super) fn key_by_key(settings: &libc::termios) -> libc::termios {
    let mut one_by_one = *settings;
    one_by_one.c_lflag &= !(libc::ICANON | libc::ECHO);
    one_by_one.c_cc[libc::VMIN] = 1;
    one_by_one.c_cc[libc::VTIME] = 0;
    one_by_one.c_cc[libc::VSUSP] = libc::_POSIX_VDISABLE;
    one_by_one
}

/// Waits until there is something to read, or the terminal is gone; false once the other end of
/// `stopped` is closed.
pub(super) fn readable(terminal: BorrowedFd<'_>, stopped: Option<BorrowedFd<'_>>) -> bool {
    poll(terminal, stopped, -1)
}

/// Whether there is something to read.
pub(super) fn readable_now(terminal: BorrowedFd<'_>) -> bool {
    poll(terminal, None, 0)
}

fn poll(terminal: BorrowedFd<'_>, stopped: Option<BorrowedFd<'_>>, timeout: i32) -> bool {
    let asked = |fd: i32| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // A negative descriptor is passed over.
    let stopped = stopped.map_or(-1, |stopped| stopped.as_raw_fd());
    let mut both = [asked(terminal.as_raw_fd()), asked(stopped)];
    loop {
        // SAFETY: the pointer is to two pollfds.
        let answered = unsafe { libc::poll(both.as_mut_ptr(), 2, timeout) };
        if answered < 0 && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted {
            continue;
        }
        return answered > 0 && both[1].revents == 0 && both[0].revents != 0;
    }
}
