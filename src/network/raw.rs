//! System calls that the standard library doesn't have. All unsafe code of this room is here.
#![expect(unsafe_code, reason = "system calls without a safe wrapper in our dependencies")]

use std::ffi::{CStr, CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// `geteuid(2)` and `getegid(2)`.
pub fn effective_ids() -> (u32, u32) {
    // SAFETY: these calls take nothing and always succeed.
    unsafe { (libc::geteuid(), libc::getegid()) }
}

/// Runs `task` in a forked child and waits for it. The child ends with `task`'s status, by
/// `_exit(2)`: no destructors, no flushing of what the parent had buffered.
///
/// Meant for a process that is still single-threaded: in the child of a threaded one, only this
/// thread exists and locks that others held stay locked.
pub fn in_child(task: impl FnOnce() -> i32) -> io::Result<i32> {
    // SAFETY: fork takes nothing; the child runs `task` alone and leaves through _exit.
    let pid = checked(unsafe { libc::fork() })?;
    if pid == 0 {
        let status = task();
        // SAFETY: ends the process.
        unsafe { libc::_exit(status) }
    }
    let mut status = 0;
    loop {
        // SAFETY: status is a valid place for the result; the pid is our child's.
        match checked(unsafe { libc::waitpid(pid, &raw mut status, 0) }) {
            Ok(_) => {
                return Ok(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -1 });
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The user's name and home directory by `getpwuid_r(3)`.
pub fn account(uid: u32) -> Option<(CString, PathBuf)> {
    let mut buffer = vec![0; 16 << 10];
    // SAFETY: passwd is plain data for which zero is valid.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are to live values; the buffer's length is its own.
    let result = unsafe {
        libc::getpwuid_r(uid, &raw mut entry, buffer.as_mut_ptr(), buffer.len(), &raw mut found)
    };
    if result != 0 || found.is_null() {
        return None;
    }
    // SAFETY: on success both point to strings in `buffer`, which is still alive.
    let (name, home) = unsafe { (CStr::from_ptr(entry.pw_name), CStr::from_ptr(entry.pw_dir)) };
    Some((name.to_owned(), PathBuf::from(OsString::from_vec(home.to_bytes().to_vec()))))
}

/// Becomes another user for good: supplementary groups, group, user, in this order.
pub fn set_ids(uid: u32, gid: u32, name: Option<&CStr>) -> io::Result<()> {
    // SAFETY: the name is a C string, the group list one element long.
    unsafe {
        checked(match name {
            Some(name) => libc::initgroups(name.as_ptr(), gid as _),
            None => libc::setgroups(1, &raw const gid),
        })?;
        checked(libc::setgid(gid))?;
        checked(libc::setuid(uid)).map(drop)
    }
}

/// Sets an environment variable. Must be called before the process starts a thread.
pub fn set_environment(name: &str, value: &OsStr) {
    // SAFETY: called while the process is single-threaded, as documented.
    unsafe { std::env::set_var(name, value) }
}

/// Removes an environment variable. Must be called before the process starts a thread.
pub fn remove_environment(name: &str) {
    // SAFETY: called while the process is single-threaded, as documented.
    unsafe { std::env::remove_var(name) }
}

#[cfg(target_os = "linux")]
pub use linux::*;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

    use super::checked;

    /// What `unshare(2)` gives us anew.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Anew {
        /// `CLONE_NEWNET`
        Network,
        /// `CLONE_NEWUSER | CLONE_NEWNET`
        UserAndNetwork,
    }

    /// `unshare(2)`
    pub fn unshare(anew: Anew) -> io::Result<()> {
        let flags = match anew {
            Anew::Network => libc::CLONE_NEWNET,
            Anew::UserAndNetwork => libc::CLONE_NEWUSER | libc::CLONE_NEWNET,
        };
        // SAFETY: takes flags only.
        checked(unsafe { libc::unshare(flags) }).map(drop)
    }

    /// `PR_SET_DUMPABLE`: a binary with capabilities, or a change of user, makes the files in
    /// `/proc/self` root's, uid_map among them; this makes them the user's again.
    pub fn set_dumpable() {
        // SAFETY: takes numbers only; failure leaves things as they are.
        unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0) };
    }

    /// `PR_SET_KEEPCAPS`: keep the permitted capabilities through the next `setuid(2)`.
    pub fn keep_capabilities() -> io::Result<()> {
        // SAFETY: takes numbers only.
        checked(unsafe { libc::prctl(libc::PR_SET_KEEPCAPS, 1, 0, 0, 0) }).map(drop)
    }

    fn ioctl_socket() -> io::Result<OwnedFd> {
        // SAFETY: takes numbers only; the descriptor is new and ours.
        unsafe {
            let fd =
                checked(libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0))?;
            Ok(OwnedFd::from_raw_fd(fd))
        }
    }

    fn request_for(device: &str) -> libc::ifreq {
        // SAFETY: ifreq is plain data for which zero is valid.
        let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
        let room = request.ifr_name.len() - 1;
        for (place, byte) in request.ifr_name.iter_mut().zip(device.bytes().take(room)) {
            *place = byte as libc::c_char;
        }
        request
    }

    /// Sets `IFF_UP` (`netdevice(7)`).
    pub fn link_up(device: &str) -> io::Result<()> {
        let socket = ioctl_socket()?;
        let mut request = request_for(device);
        // SAFETY: both requests take an ifreq with a name; the first fills in the flags.
        unsafe {
            checked(libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS as _, &raw mut request))?;
            request.ifr_ifru.ifru_flags |= libc::IFF_UP as libc::c_short;
            checked(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw mut request))
                .map(drop)
        }
    }

    /// Sets the MTU in bytes (`netdevice(7)`).
    pub fn set_mtu(device: &str, mtu: i32) -> io::Result<()> {
        let socket = ioctl_socket()?;
        let mut request = request_for(device);
        request.ifr_ifru.ifru_mtu = mtu;
        // SAFETY: the request takes an ifreq with a name and an MTU.
        checked(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFMTU as _, &raw mut request) })
            .map(drop)
    }

    /// Runs one `ethtool` command that takes one number (`linux/ethtool.h`).
    pub fn ethtool_set(device: &str, command: u32, value: u32) -> io::Result<()> {
        #[repr(C)]
        struct EthtoolValue {
            command: u32,
            data: u32,
        }
        let socket = ioctl_socket()?;
        let mut argument = EthtoolValue { command, data: value };
        let mut request = request_for(device);
        request.ifr_ifru.ifru_data = (&raw mut argument).cast();
        // SAFETY: the request takes an ifreq that points to an ethtool_value, alive until the end.
        checked(unsafe {
            libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL as _, &raw mut request)
        })
        .map(drop)
    }

    /// The index of a device, by `if_nametoindex(3)`.
    pub fn device_index(device: &std::ffi::CStr) -> io::Result<u32> {
        // SAFETY: takes a C string.
        match unsafe { libc::if_nametoindex(device.as_ptr()) } {
            0 => Err(io::Error::last_os_error()),
            index => Ok(index),
        }
    }

    /// Sends one rtnetlink message to the kernel and returns its answer (`rtnetlink(7)`).
    pub fn route_request(message: &[u8]) -> io::Result<Vec<u8>> {
        let mut answer = vec![0_u8; 8192];
        // SAFETY: the descriptor is new and ours; both buffers are passed with their own lengths;
        // an unconnected netlink socket sends to the kernel.
        let length = unsafe {
            let fd = checked(libc::socket(
                libc::AF_NETLINK,
                libc::SOCK_RAW | libc::SOCK_CLOEXEC,
                libc::NETLINK_ROUTE,
            ))?;
            let socket = OwnedFd::from_raw_fd(fd);
            let sent = libc::send(socket.as_raw_fd(), message.as_ptr().cast(), message.len(), 0);
            checked(sent as libc::c_int)?;
            let got = libc::recv(socket.as_raw_fd(), answer.as_mut_ptr().cast(), answer.len(), 0);
            checked(got as libc::c_int)?
        };
        answer.truncate(length as usize);
        Ok(answer)
    }
}
