//! Bytes → [`Segment`], [`Datagram`] or [`IcmpMessage`].
//!
//! Bytes come from the network or a file: nothing here panics on them, and what the snap length cut
//! off is told from what is malformed.

mod checksum;
mod decode;
mod icmp;
mod ip;
mod link;
mod options;
#[cfg(test)]
pub(crate) mod sample;
mod segment;
mod selection;
mod seq;
mod transport;

pub use decode::{decode, decode_headers};
pub use ip::protocol_name;
pub use options::{Options, SackBlock, TcpOption, walk};
pub use segment::{
    Checksum, Datagram, Flags, IcmpMessage, IpHeader, Packet, Payload, Quoted, Segment, Undecoded,
};
pub use selection::Selection;
pub use seq::SeqNumber;
