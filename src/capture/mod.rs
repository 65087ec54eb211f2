//! Capture on loopback, [on its own thread](start), and whether we [may](permission).

mod live;
pub mod permission;
mod raw;

pub use live::{Capture, Captured, DEVICE, Rights, start};

/// What captures: `libpcap version 1.10.3 (with TPACKET_V3)`.
pub fn library() -> String {
    raw::library_version()
}
