//! See the map in the crate's documentation.

pub mod data;
pub mod icmp;
pub mod json;
mod lines;
pub mod look;
pub mod packets;
pub mod pcap;
pub mod pcapng;
pub mod sanitize;
pub mod states;
pub mod ladder;
pub mod look;
pub mod packets;
pub mod paint;
pub mod row;
pub mod sanitize;

#[cfg(test)]
mod specimen;
