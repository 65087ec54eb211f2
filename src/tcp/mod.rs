//! TCP itself, as RFC 9293 has it: the eleven [states](State), what can happen to an end, and what
//! that does. Pure: no sockets, no clock, no text for the screen.
//!
//! First [classify](sent), then [transition]: a segment's sequence numbers, held against an end's
//! [`Space`], name what it means to that end (a [`Stimulus`] such as
//! [`Received::FinWithAckOfFin`]); the table then needs no numbers.
//!
//! What an end does when nothing comes is its timers' business: [`outlook`].

pub mod analysis;
mod coverage;
pub mod outlook;
mod role;
mod sequence;
mod state;
mod stimulus;
#[cfg(test)]
mod tests;
mod transition;

pub use coverage::Coverage;
pub use role::Role;
pub use sequence::{Outline, Space, Spoken};
pub use state::State;
pub use stimulus::{Received, Sent, Stimulus, received, sent};
pub use transition::{Transition, transition};
