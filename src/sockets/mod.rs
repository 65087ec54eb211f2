//! Runs socket calls on real file descriptors, and says as [facts](crate::trace::Fact) what they
//! did.
//!
//! Threads: the thread that owns [`Sockets`] makes every call on the learner's sockets, and never
//! waits: descriptors are always nonblocking, and "blocking" is a flag of ours. A call that can't
//! go on stays pending. One thread waits for descriptors and says which one to look at again; the
//! owner then makes the call anew. A close that lingers is made by a thread of its own.
//!
//! ```text
//!   start ──► attempt ──┬─► Returned
//!               ▲       └─► pending ──► watched by the readiness thread
//!               └──────── ready ◄────────── Ready
//! ```

mod attempt;
#[cfg(test)]
pub(crate) mod bench;
mod calls;
mod connecting;
pub mod options;
mod raw;
mod readiness;
mod request;
mod reserve;
mod sockaddr;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod wording;
mod work;

pub use calls::{Progress, Sockets};
pub use readiness::Ready;
pub use request::Request;
pub use reserve::Reserve;
pub use table::OpenSocket;
pub use work::{PendingCall, Wait};
