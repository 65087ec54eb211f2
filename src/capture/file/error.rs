//! What can be wrong with a file: what, where, what next.

use std::io;

/// Why a file can't be read as a capture.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system says so.
    #[error("can't read it: {0}")]
    System(#[from] io::Error),
    /// A pipe or a device may never end.
    #[error("it is no regular file; save the capture into one first")]
    NoFile,
    /// Nothing is in it.
    #[error("it is empty: nothing was captured into it, or it was not written yet")]
    Empty,
    /// Less than a file header is in it.
    #[error("it ends after {bytes} bytes, before its first packet; was it copied whole?")]
    CutOff {
        /// How many are there.
        bytes: u64,
    },
    /// It is something else that we know.
    #[error("it is no capture that can be read, but {what}; {remedy}")]
    Stranger {
        /// What it is, with its article.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// It is something else.
    #[error(
        "it is no capture (unknown file format); `read` takes .pcap and .pcapng, as `save`, \
         tcpdump -w and Wireshark write them, also gzip'd"
    )]
    NoCapture,
    /// gzip has packed something that is no capture.
    #[error("it is compressed by gzip, and inside {0}")]
    Inside(Box<Unreadable>),
    /// A version of its format that nobody has specified.
    #[error("it is a capture of format version {major}.{minor}, which is unknown")]
    Version {
        /// The major version.
        major: u16,
        /// The minor version.
        minor: u16,
    },
    /// It is damaged before its first packet.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Why a file's frames end before the file's end should have come. Places are bytes from the start
/// of the file, or, if gzip has packed it, of what was packed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Its end is missing.
    #[error("the file was cut off in the middle of a packet (which begins at byte {at})")]
    Truncated {
        /// Where the packet or block begins whose end is missing.
        at: u64,
    },
    /// Something in it can't be understood.
    #[error("the file is damaged at byte {at} ({why})")]
    Damaged {
        /// Where the packet or block begins that is damaged.
        at: u64,
        /// What is wrong.
        why: Damage,
    },
    /// The system can't read on.
    #[error("the file can't be read on from byte {at}: {why}")]
    System {
        /// How far it was read.
        at: u64,
        /// The system's words.
        why: String,
    },
}

/// What is wrong at a place of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A frame that long is not believed.
    #[error("a packet of {length} bytes, where {longest} are the most")]
    Length {
        /// What the file says, in bytes.
        length: u32,
        /// The most that its link type can have.
        longest: u32,
    },
    /// A block that long is not believed.
    #[error("a block of {length} bytes, where {longest} are the most")]
    LongBlock {
        /// What the file says, in bytes.
        length: u64,
        /// The most.
        longest: u64,
    },
    /// A block is too short for what it must have in it.
    #[error("a block of {length} bytes, where its kind and content need {needed}")]
    ShortBlock {
        /// What the file says, in bytes.
        length: u64,
        /// The least, in bytes.
        needed: u64,
    },
    /// The length at a block's end is another than that at its beginning.
    #[error("a block's length is {first} at its beginning, but {last} at its end")]
    Lengths {
        /// At its beginning, in bytes.
        first: u64,
        /// At its end, in bytes.
        last: u64,
    },
    /// A section's header doesn't have its byte-order magic.
    #[error("a section's byte-order magic is {0:#010x}, which is none")]
    Magic(u32),
    /// A later section is of a version that nobody has specified.
    #[error("a section of format version {major}.{minor}, which is unknown")]
    Version {
        /// The major version.
        major: u16,
        /// The minor version.
        minor: u16,
    },
    /// A packet of an interface that its section hasn't described.
    #[error("a packet of interface {interface}, where {described} are described")]
    Interface {
        /// The packet's, counted from 0.
        interface: u32,
        /// How many there are.
        described: u32,
    },
    /// More interfaces than any machine has.
    #[error("more than {most} interfaces in one section")]
    Interfaces {
        /// How many are kept.
        most: usize,
    },
    /// An option that its block has no room for.
    #[error("option {code} of {length} bytes, which its block has no room for")]
    Option {
        /// Its code.
        code: u16,
        /// What it says, in bytes.
        length: u16,
    },
    /// A name that doesn't end, or a record that doesn't fit into its block.
    #[error("a name resolution record that doesn't fit into its block")]
    Name,
    /// What gzip has packed can't be unpacked.
    #[error("gzip can't unpack it further")]
    Packing,
}

impl Damage {
    /// With its place.
    pub(super) fn at(self, at: u64) -> Broken {
        Broken::Damaged { at, why: self }
    }
}
