//! Capture on loopback, [on its own thread](start), and whether we [may](permission); and
//! captures that are in [files](Reader), and which frames of either are [wanted](Filter).

mod file;
mod filter;
mod live;
pub mod permission;
mod raw;

pub use file::{
    Broken, Damage, FileFrame, NO_LINK, Names, Reader, Recorded, Recording, Unreadable,
};
pub use filter::{BadFilter, Filter};
pub use live::{Capture, Captured, DEVICE, Rights, interfaces, start, start_on};

/// What captures: `libpcap version 1.10.3 (with TPACKET_V3)`.
pub fn library() -> String {
    raw::library_version()
}
