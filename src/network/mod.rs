//! The network that the lab works on: a private one, in a user and network namespace of our own
//! (`user_namespaces(7)`, `network_namespaces(7)`), or the host's.
//!
//! ```text
//!  enter ─► privileges   sudo? then back to the user first
//!        ─► namespace    unshare, map our own uid, keep three capabilities
//!        ─► loopback     lo up, MTU 1500, no offloads
//!        ─► settings     every sysctl that the lab relies on
//! ```
//!
//! A forked child tries each way first: a way that fails half-way leaves this process as it was.
//! [`Fallback`] says which step failed and what to do about it.

mod enter;
mod fallback;
mod invoker;
#[cfg(target_os = "linux")]
mod loopback;
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod namespace;
mod patience;
mod quickack;
mod raw;
#[cfg(target_os = "linux")]
mod rtnetlink;
pub mod settings;
#[cfg(test)]
pub(crate) mod testing;

pub use enter::{Choice, Kind, Network, enter};
pub use fallback::{Clues, Fallback, Step};
pub use patience::{Patience, Raised};
pub use quickack::{QuickAckError, quickack};
