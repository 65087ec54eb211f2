//! Errno: names, numbers and short text, both ways (`errno(3)`). The only such table here.

use std::borrow::Cow;

/// One error number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errno {
    /// The C name: `ECONNREFUSED`.
    pub name: &'static str,
    /// The number on this system.
    pub number: i32,
    /// As `strerror(3)` says it.
    pub text: &'static str,
}

/// The numbers that socket calls return, by name. One number may have two names (`EWOULDBLOCK`);
/// the one that the manual pages prefer comes first.
pub static TABLE: &[Errno] = &[
    errno("EACCES", libc::EACCES, "Permission denied"),
    errno("EADDRINUSE", libc::EADDRINUSE, "Address already in use"),
    errno("EADDRNOTAVAIL", libc::EADDRNOTAVAIL, "Cannot assign requested address"),
    errno("EAFNOSUPPORT", libc::EAFNOSUPPORT, "Address family not supported by protocol"),
    errno("EAGAIN", libc::EAGAIN, "Resource temporarily unavailable"),
    errno("EALREADY", libc::EALREADY, "Operation already in progress"),
    errno("EBADF", libc::EBADF, "Bad file descriptor"),
    errno("EBADMSG", libc::EBADMSG, "Bad message"),
    errno("EBUSY", libc::EBUSY, "Device or resource busy"),
    errno("ECANCELED", libc::ECANCELED, "Operation canceled"),
    errno("ECONNABORTED", libc::ECONNABORTED, "Software caused connection abort"),
    errno("ECONNREFUSED", libc::ECONNREFUSED, "Connection refused"),
    errno("ECONNRESET", libc::ECONNRESET, "Connection reset by peer"),
    errno("EDESTADDRREQ", libc::EDESTADDRREQ, "Destination address required"),
    errno("EDOM", libc::EDOM, "Numerical argument out of domain"),
    errno("EEXIST", libc::EEXIST, "File exists"),
    errno("EFAULT", libc::EFAULT, "Bad address"),
    errno("EHOSTDOWN", libc::EHOSTDOWN, "Host is down"),
    errno("EHOSTUNREACH", libc::EHOSTUNREACH, "No route to host"),
    errno("EINPROGRESS", libc::EINPROGRESS, "Operation now in progress"),
    errno("EINTR", libc::EINTR, "Interrupted system call"),
    errno("EINVAL", libc::EINVAL, "Invalid argument"),
    errno("EIO", libc::EIO, "Input/output error"),
    errno("EISCONN", libc::EISCONN, "Transport endpoint is already connected"),
    errno("EISDIR", libc::EISDIR, "Is a directory"),
    errno("ELOOP", libc::ELOOP, "Too many levels of symbolic links"),
    errno("EMFILE", libc::EMFILE, "Too many open files"),
    errno("EMSGSIZE", libc::EMSGSIZE, "Message too long"),
    errno("ENAMETOOLONG", libc::ENAMETOOLONG, "File name too long"),
    errno("ENETDOWN", libc::ENETDOWN, "Network is down"),
    errno("ENETRESET", libc::ENETRESET, "Network dropped connection on reset"),
    errno("ENETUNREACH", libc::ENETUNREACH, "Network is unreachable"),
    errno("ENFILE", libc::ENFILE, "Too many open files in system"),
    errno("ENOBUFS", libc::ENOBUFS, "No buffer space available"),
    errno("ENODATA", libc::ENODATA, "No data available"),
    errno("ENODEV", libc::ENODEV, "No such device"),
    errno("ENOENT", libc::ENOENT, "No such file or directory"),
    errno("ENOMEM", libc::ENOMEM, "Cannot allocate memory"),
    errno("ENOPROTOOPT", libc::ENOPROTOOPT, "Protocol not available"),
    errno("ENOSPC", libc::ENOSPC, "No space left on device"),
    errno("ENOSYS", libc::ENOSYS, "Function not implemented"),
    errno("ENOTCONN", libc::ENOTCONN, "Transport endpoint is not connected"),
    errno("ENOTDIR", libc::ENOTDIR, "Not a directory"),
    errno("ENOTSOCK", libc::ENOTSOCK, "Socket operation on non-socket"),
    errno("ENOTTY", libc::ENOTTY, "Inappropriate ioctl for device"),
    errno("ENXIO", libc::ENXIO, "No such device or address"),
    errno("EOPNOTSUPP", libc::EOPNOTSUPP, "Operation not supported"),
    errno("EOVERFLOW", libc::EOVERFLOW, "Value too large for defined data type"),
    errno("EPERM", libc::EPERM, "Operation not permitted"),
    errno("EPFNOSUPPORT", libc::EPFNOSUPPORT, "Protocol family not supported"),
    errno("EPIPE", libc::EPIPE, "Broken pipe"),
    errno("EPROTO", libc::EPROTO, "Protocol error"),
    errno("EPROTONOSUPPORT", libc::EPROTONOSUPPORT, "Protocol not supported"),
    errno("EPROTOTYPE", libc::EPROTOTYPE, "Protocol wrong type for socket"),
    errno("ERANGE", libc::ERANGE, "Numerical result out of range"),
    errno("EROFS", libc::EROFS, "Read-only file system"),
    errno("ESHUTDOWN", libc::ESHUTDOWN, "Cannot send after transport endpoint shutdown"),
    errno("ESOCKTNOSUPPORT", libc::ESOCKTNOSUPPORT, "Socket type not supported"),
    errno("ESPIPE", libc::ESPIPE, "Illegal seek"),
    errno("ESRCH", libc::ESRCH, "No such process"),
    errno("ESTALE", libc::ESTALE, "Stale file handle"),
    errno("ETIME", libc::ETIME, "Timer expired"),
    errno("ETIMEDOUT", libc::ETIMEDOUT, "Connection timed out"),
    errno("ETOOMANYREFS", libc::ETOOMANYREFS, "Too many references: cannot splice"),
    errno("ETXTBSY", libc::ETXTBSY, "Text file busy"),
    errno("EUSERS", libc::EUSERS, "Too many users"),
    errno("EXDEV", libc::EXDEV, "Invalid cross-device link"),
    errno("EWOULDBLOCK", libc::EWOULDBLOCK, "Resource temporarily unavailable"),
    errno("ENOTSUP", libc::ENOTSUP, "Operation not supported"),
];

/// The number of that C name: `ECONNREFUSED` → 111 on Linux. Lower case passes too.
pub fn from_name(name: &str) -> Option<i32> {
    TABLE.iter().find(|errno| errno.name.eq_ignore_ascii_case(name)).map(|errno| errno.number)
}

/// The C name of that number; `errno 250` for one that no socket call is known to return.
pub fn name(number: i32) -> Cow<'static, str> {
    find(number).map_or_else(|| format!("errno {number}").into(), |errno| errno.name.into())
}

/// What that number means in a few words, as `strerror(3)` has it.
pub fn text(number: i32) -> Cow<'static, str> {
    find(number).map_or_else(|| strerror(number).into(), |errno| errno.text.into())
}

fn find(number: i32) -> Option<&'static Errno> {
    TABLE.iter().find(|errno| errno.number == number)
}

fn strerror(number: i32) -> String {
    let said = std::io::Error::from_raw_os_error(number).to_string();
    said.split(" (os error").next().unwrap_or_default().to_owned()
}

const fn errno(name: &'static str, number: i32, text: &'static str) -> Errno {
    Errno { name, number, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_a_number_that_leads_back() {
        for errno in TABLE {
            assert_eq!(from_name(errno.name), Some(errno.number));
            assert_eq!(from_name(&name(errno.number)), Some(errno.number));
        }
    }

    #[test]
    fn one_number_with_two_names_is_called_by_the_manuals_choice() {
        assert_eq!(name(libc::EWOULDBLOCK), "EAGAIN");
        assert_eq!(from_name("ewouldblock"), Some(libc::EAGAIN));
    }

    #[cfg(target_env = "gnu")]
    #[test]
    fn the_texts_are_those_of_the_c_library() {
        for errno in TABLE {
            assert_eq!(errno.text, strerror(errno.number), "{}", errno.name);
        }
    }

    #[test]
    fn an_unknown_number_still_has_a_name_and_a_text() {
        assert_eq!(name(9999), "errno 9999");
        assert_eq!(text(9999), "Unknown error 9999");
        assert_eq!(from_name("EWHAT"), None);
    }
}
