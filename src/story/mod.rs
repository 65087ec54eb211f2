//! What the facts mean: connections, the states of both ends, what each segment is and which call
//! caused it.
//!
//! The [`Story`] is a fold: one event at a time, in time order, gives [moments](Moment). Live,
//! recorded and file input go through the same fold, and folding any prefix equals the whole up to
//! there.

mod asked;
mod belonging;
mod calls;
mod cause;
mod connection;
mod connections;
mod contradictions;
mod datagrams;
mod deviation;
mod heard;
mod history;
mod incarnation;
mod kernel_word;
mod machine;
mod moment;
mod names;
mod passage;
mod reuse;
mod role;
mod roles;
mod segments;
mod sighting;
#[expect(clippy::module_inception, reason = "the fold is what the room is named after")]
mod story;
mod stretch;
#[cfg(test)]
pub(crate) mod tests;
mod tracker;
mod wire;

pub use connection::{Connection, End, Step};
pub use contradictions::Contradiction;
pub use deviation::{Deviation, Evidence, Later, Unanswered};
pub use moment::{
    BlockedMoment, CallMoment, Change, Confidence, ConnectionId, DatagramMoment, EndName,
    IcmpMoment, KernelMoment, Moment, ReturnMoment, SegmentMoment, Side, SideStates, StateCause,
    StateMoment, Termination, What, WireMoment,
};
pub use names::SocketStory;
pub use passage::{Absorber, Fate, Harm, Passage};
pub use roles::Roles;
pub use segments::Followed;
pub use story::Story;

pub use crate::tcp::Role;
