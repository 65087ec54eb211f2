//! Capture on loopback, [on its own thread](start), and whether we [may](permission); and
//! captures that are in [files](Reader).

mod file;
mod live;
pub mod permission;
mod raw;

pub use file::{
    Broken, Damage, FileFrame, NO_LINK, Names, Reader, Recorded, Recording, Unreadable,
};
pub use live::{Capture, Captured, DEVICE, Rights, start};

/// What captures: `libpcap version 1.10.3 (with TPACKET_V3)`.
pub fn library() -> String {
    raw::library_version()
}
