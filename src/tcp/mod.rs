//! TCP itself, as RFC 9293 has it: the eleven [states](State), what can happen to an end, and what
//! that does. Pure: no sockets, no clock, no text for the screen.

mod state;

pub use state::State;
