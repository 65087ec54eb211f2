//! The socket options that the lab knows: one table, from which getting, setting, help and
//! completion come.

use std::os::fd::BorrowedFd;

use libc::{IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, c_int};

use super::raw::{self, Errno};
use super::value::Shape;

/// A socket option.
#[derive(Debug, Clone, Copy)]
pub struct SocketOption {
    /// Its C name.
    pub name: &'static str,
    /// What it does, in one line.
    pub explanation: &'static str,
    /// What its value looks like, as it is typed.
    pub example: &'static str,
    /// Whether it can only be read.
    pub read_only: bool,
    level: c_int,
    number: c_int,
    shape: Shape,
}

/// Why an option can't be got or set. Found before a call is made; what the kernel refuses is an
/// errno.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No option of that name.
    #[error("no socket option is called {name}{}", did_you_mean(candidates))]
    Unknown {
        /// As typed.
        name: String,
        /// Names that are near, the nearest first.
        candidates: Vec<&'static str>,
    },
    /// The option exists, but not on this system.
    #[error("this system has no {name}")]
    NotHere {
        /// Its C name.
        name: &'static str,
    },
    /// The value doesn't read as what the option takes.
    #[error("{name} takes {wanted}, as {example}; this is {found:?}")]
    Value {
        /// The option's C name.
        name: &'static str,
        /// What it takes, in words.
        wanted: &'static str,
        /// One that reads well.
        example: &'static str,
        /// As typed.
        found: String,
    },
}

fn did_you_mean(candidates: &[&str]) -> String {
    match candidates {
        [] => String::new(),
        some => format!("; did you mean {}?", some.join(", ")),
    }
}
