//! What is shown: the story as bytes. Layout first, characters second, colour last; nothing here
//! writes anywhere.

mod calendar;
pub mod conversations;
pub mod course;
pub mod data;
pub mod deviation;
pub mod dissect;
pub mod explain;
pub mod icmp;
pub mod jobs;
pub mod json;
pub mod ladder;
mod lines;
pub mod look;
pub mod packets;
pub mod paint;
pub mod pcap;
pub mod pcapng;
mod pen;
pub mod progress;
pub mod prose;
mod quantity;
pub mod recording;
pub mod row;
pub mod sack;
pub mod sanitize;
pub mod sockets;
pub mod states;
pub mod table;
pub mod tsv;
pub mod wire;

pub use look::Look;

#[cfg(test)]
mod specimen;
