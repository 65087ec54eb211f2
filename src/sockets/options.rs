//! Socket options.

use std::os::fd::BorrowedFd;

use super::raw::Errno;

pub(super) fn set(_fd: BorrowedFd<'_>, _option: &str, _value: &str) -> Result<(), Errno> {
    Err(Errno(libc::ENOPROTOOPT))
}

pub(super) fn get(_fd: BorrowedFd<'_>, _option: &str) -> Result<String, Errno> {
    Err(Errno(libc::ENOPROTOOPT))
}
