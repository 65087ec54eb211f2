//! Where there are no namespaces: every way fails at once.

use std::io;

use super::fallback::{Failure, Step};
use super::invoker::{Invoker, Keep};

/// A way to a network of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// There is none.
    None,
}

impl Way {
    /// The ways that this process can try.
    pub fn possible(_sudo: bool) -> (Way, &'static [Way]) {
        (Way::None, &[])
    }
}

/// Fails: this isn't Linux.
pub fn rehearse(_way: Way, _invoker: Option<&Invoker>) -> Result<(), Failure> {
    Err(Failure { step: Step::Platform, errno: libc::ENOSYS })
}

/// Fails: this isn't Linux.
pub fn build(way: Way, invoker: Option<&Invoker>) -> Result<(), Failure> {
    rehearse(way, invoker)
}

/// There are no capabilities to give up.
pub fn keep_only(_keep: Keep) -> io::Result<()> {
    Ok(())
}
