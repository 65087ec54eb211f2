//! The wire: takes packets off loopback between the capture's tap and the receiver's stack, so that
//! they can be held, dropped or changed.
//!
//! ```text
//!  socket ─► lo ─► tap ─► rules ─► kernel's queue ─► reader ─► messages
//!                  │                     ▲                        │
//!               capture       socket ◄───┘◄─── decide ◄───── who decides
//! ```
//!
//! Unprivileged, on a network of our own. The capture sees every packet when it is sent; whoever
//! reads [`Interposer::messages`] decides whether and when it arrives, and as what.

mod by_hand;
mod chance;
mod damage;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod forgery;
mod frames;
#[cfg(target_os = "linux")]
mod ingress;
#[cfg(target_os = "linux")]
mod inject;
#[cfg(target_os = "linux")]
mod interposer;
mod message;
mod method;
#[cfg(target_os = "linux")]
mod netlink;
mod obstacle;
mod parcel;
mod place;
mod provoked;
#[cfg(target_os = "linux")]
mod queue;
#[cfg(target_os = "linux")]
mod raw;
#[cfg(target_os = "linux")]
mod reader;
mod recent;
mod rule;
mod sent;
#[cfg(test)]
mod specimen;
mod tag;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
#[cfg(target_os = "linux")]
mod undecided;
mod waiting;
#[expect(clippy::module_inception, reason = "the wire is what the room is named after")]
mod wire;

pub use by_hand::Refusal;
pub use damage::flip_one_bit;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Interposer, exempt};
pub use forgery::Forgery;
pub use frames::Note;
#[cfg(target_os = "linux")]
pub use interposer::{Interposer, exempt};
pub use message::{Message, PacketId, Taken, Verdict};
pub use method::{Method, probe};
pub use obstacle::{Obstacle, Step, Unavailable};
pub use rule::{Action, Progress, Rule, RuleId, Rules, Ruling, Sender, TooManyRules};
pub use tag::{FrameTag, Tag, tag_of};
pub use wire::{Clock, MOST_HELD, Senders, Wire};

/// The mark (`SO_MARK`) of packets that pass by the wire.
#[cfg(target_os = "linux")]
const EXEMPT: u32 = 0xdd;

/// The highest type of ICMPv6 that is taken: errors and echo. Above are multicast listeners and
/// neighbour discovery, without which IPv6 doesn't work.
#[cfg(target_os = "linux")]
const ICMPV6_ECHO_REPLY: u8 = 129;
