//! Captures of any length through the fold, in constant memory.
//!
//! ```text
//!  file ─► Reader ─┐
//!                  ├─► Frames (decoded, on a thread of their own) ─► Conversations (the fold)
//!  tap ──► Live ───┘
//! ```
//!
//! One thread takes frames off the file and decodes them, the other follows them: two processors
//! share the work. What is over and oldest leaves the table first.

mod conversations;
mod frames;

pub use conversations::{Conversations, Counts, over_since};
pub use frames::{Batch, Decoded, End, Frames, Raw, Source, Wanted};
