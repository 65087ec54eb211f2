//! What was observed: [facts](Fact) in the order in which they arrived, and who they are about.
//!
//! A fact is never a conclusion. `ECONNREFUSED` is data in [`Fact::Returned`]; a frame is raw bytes
//! with the kernel's time. What it all means is worked out in [`crate::story`].

mod arguments;
pub mod clock;
pub mod errno;
mod fact;
mod identity;
mod store;

pub use arguments::{HowShut, PollEvents, RecvFlags, SendFlags};
pub use clock::Time;
pub use fact::{
    Deed, Effect, Event, Fact, Frame, KernelCode, KernelEnd, LinkType, Origin, Outcome,
};
pub use identity::{Address, CallId, EventId, FrameNumber, SocketId, SocketKind};
pub use store::{Bounds, Trace};
