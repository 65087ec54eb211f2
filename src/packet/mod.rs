//! Bytes → [`Segment`], [`Datagram`] or [`IcmpMessage`].
//!
//! Bytes come from the network or a file: nothing here panics on them, and what the snap length cut
//! off is told from what is malformed.

mod checksum;
mod common;
mod counted;
mod decode;
mod decoder;
mod extension;
mod frame;
mod icmp;
mod ip;
mod ipv4_options;
mod link;
mod llc;
mod option_name;
mod options;
mod reassembly;
#[cfg(test)]
pub(crate) mod sample;
mod segment;
mod selection;
mod seq;
mod transport;
mod walk;

pub use counted::{Counted, Header};
pub use decode::{decode, decode_headers};
pub use decoder::Decoder;
pub use ip::protocol_name;
pub use options::{Options, SackBlock, SackBlocks, TcpOption, walk};
pub use segment::{
    Checksum, Datagram, Flags, IcmpMessage, IpHeader, Packet, Payload, Quoted, Segment, Undecoded,
};
pub use selection::Selection;
pub use seq::SeqNumber;
