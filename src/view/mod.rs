//! See the map in the crate's documentation.

pub mod data;
pub mod explain;
pub mod icmp;
pub mod json;
pub mod ladder;
pub mod look;
pub mod packets;
pub mod paint;
pub mod row;
pub mod sanitize;

#[cfg(test)]
mod specimen;
