//! See the map in the crate's documentation.

pub mod data;
pub mod explain;
pub mod icmp;
pub mod jobs;
pub mod json;
pub mod ladder;
pub mod look;
pub mod packets;
pub mod paint;
pub mod row;
pub mod sanitize;
pub mod sockets;
pub mod table;

#[cfg(test)]
mod specimen;
