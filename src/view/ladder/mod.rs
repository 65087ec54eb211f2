//! Ladders: two lifelines, and what passes between them, one row each.
//!
//! ```text
//!   client :40112                                           server :8899
//!   CLOSED                                                  LISTEN
//!   SYN-SENT     ── SYN     seq=0 mss=1460 ws=7 ──────────▶ SYN-RECEIVED    +4 µs
//!   ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 ─────                +13 µs
//!                ── ACK     ack=1 ────────────────────────▶ ESTABLISHED    +18 µs
//!   connect(client, 127.0.0.1:8899) = 0                                     31 µs
//! ```
//!
//! A connection's opener is on the left and stays there. `?` is an end that nobody has heard,
//! `ESTABLISHED?` one that must be so, since the capture began in the middle. States without a
//! mark follow from the segments, or the kernel said them; where the two disagree, a row says so.

mod call;
mod chapter;
mod conversation;
mod copies;
mod duration;
mod fold;
mod glyph;
mod label;
mod lifelines;
mod live;
mod recorded;
mod rung;
mod shape;
mod title;
mod told;
mod whole;

#[cfg(test)]
mod gallery;
#[cfg(test)]
pub(crate) mod test_lab;
#[cfg(test)]
pub(crate) mod test_moments;

pub use call::{call_words, return_line};
pub use duration::duration;
pub use live::live;
pub use recorded::recorded;
pub use rung::state_words;
pub use title::{closed_at_once, ended};
pub use whole::whole;
