//! What is shown: the story as bytes. Layout first, characters second, colour last; nothing here
//! writes anywhere.

pub mod data;
pub mod icmp;
pub mod json;
mod lines;
pub mod look;
pub mod packets;
pub mod paint;
pub mod pcap;
pub mod pcapng;
pub mod row;
pub mod sanitize;

pub use look::Look;
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
