//! See the map in the crate's documentation.

pub mod data;
pub mod icmp;
pub mod json;
pub mod look;
pub mod packets;
pub mod pcap;
pub mod pcapng;

#[cfg(test)]
mod specimen;
