//! Capture files: what a [`Reader`] takes in, frame by frame.
//!
//! ```text
//!  file, pipe ─► gzip? ─► Source ─┬─► Classic   .pcap    draft-ietf-opsawg-pcap
//!                        (buffer) └─► Pcapng    .pcapng  draft-ietf-opsawg-pcapng
//! ```
//!
//! The content says what a file is, never its name. Frames are lent from the buffer: nothing is
//! copied or allocated for one. Whatever a file can make grow has a bound beside it. Which blocks
//! are frames and where damage begins is as in Wireshark, so that frame numbers agree.

#[cfg(test)]
#[path = "../../../tests/support/capture_files.rs"]
mod by_hand;
mod classic;
mod error;
mod frame;
mod gzip;
mod input;
mod names;
mod notes;
mod order;
mod pcapng;
mod reader;
mod recording;
mod source;
mod stranger;
#[cfg(test)]
mod tests;
mod variant;

pub use error::{Broken, Damage, Unreadable};
pub use frame::{FileFrame, NO_LINK};
pub use names::Names;
pub use reader::Reader;
pub use recording::{Recorded, Recording};
