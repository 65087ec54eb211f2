//! System calls that neither libpcap's crate nor the standard library has. All unsafe code of this
//! room is here.
#![expect(unsafe_code, reason = "system calls without a safe wrapper in our dependencies")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Asks the kernel not to put packets on their way out into this packet socket's ring: on loopback
/// each comes in again at once (`packet(7)`, `PACKET_IGNORE_OUTGOING`, Linux 4.20).
#[cfg(target_os = "linux")]
pub fn ignore_outgoing(socket: BorrowedFd<'_>) -> io::Result<()> {
    const PACKET_IGNORE_OUTGOING: libc::c_int = 23;
    let on: libc::c_int = 1;
    // SAFETY: the option takes an int, and is given one with its size.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            PACKET_IGNORE_OUTGOING,
            (&raw const on).cast(),
            size_of_val(&on) as libc::socklen_t,
        )
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Waits until one of two descriptors can be read or is at its end (`poll(2)`); says which.
pub fn wait_for_either(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> io::Result<[bool; 2]> {
    let wanted =
        |fd: BorrowedFd<'_>| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let mut both = [wanted(a), wanted(b)];
    loop {
        // SAFETY: the array is passed with its own length and outlives the call.
        let result = unsafe { libc::poll(both.as_mut_ptr(), both.len() as libc::nfds_t, -1) };
        if result >= 0 {
            return Ok(both.map(|one| one.revents != 0));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// `geteuid(2)`
#[cfg(target_os = "linux")]
pub fn effective_user() -> u32 {
    // SAFETY: takes nothing and always succeeds.
    unsafe { libc::geteuid() }
}

/// `pcap_lib_version(3PCAP)`
pub fn library_version() -> String {
    unsafe extern "C" {
        fn pcap_lib_version() -> *const libc::c_char;
    }
    // SAFETY: takes nothing and returns a C string that lives as long as the program.
    let version = unsafe { std::ffi::CStr::from_ptr(pcap_lib_version()) };
    version.to_string_lossy().into_owned()
}
