//! Bytes → [`Segment`], [`Datagram`] or [`IcmpMessage`].
//!
//! Bytes come from the network or a file: nothing here panics on them, and what the snap length cut
//! off is told from what is malformed.

mod decode;
mod link;
mod options;
mod segment;
mod seq;

pub use decode::decode;
pub use options::{Options, SackBlock, TcpOption, walk};
pub use segment::{
    Checksum, Datagram, Flags, IcmpMessage, IpHeader, Packet, Payload, Quoted, Segment, Undecoded,
};
pub use seq::SeqNumber;
