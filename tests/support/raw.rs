//! What the standard library has no safe call for.
#![expect(unsafe_code, reason = "a child gets a controlling terminal between fork and exec")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The command will lead a session of its own, whose controlling terminal is its standard input.
pub fn on_own_terminal(command: &mut Command) {
    let take_terminal = || {
        // SAFETY: both calls are async-signal-safe; TIOCSCTTY takes an int.
        if unsafe { libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 } {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    };
    // SAFETY: the closure allocates nothing and takes no lock.
    unsafe { command.pre_exec(take_terminal) };
}

/// Changes the size of the terminal behind a pseudo-terminal's master.
pub fn set_size(master: BorrowedFd<'_>, size: &nix::pty::Winsize) {
    // SAFETY: TIOCSWINSZ reads one winsize.
    let result = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const *size) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// No child inherits it.
pub fn close_on_exec(fd: &impl AsRawFd) {
    // SAFETY: F_SETFD takes an int.
    let result = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}
