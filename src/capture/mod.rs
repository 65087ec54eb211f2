//! Capture on loopback: [`live`] on its own thread, and whether we [may](permission).

mod live;
pub mod permission;
mod raw;

pub use live::{Capture, Captured, DEVICE, Rights, start};
