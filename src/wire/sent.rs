//! What each direction has sent, to know a keep-alive or a window probe by.

use std::collections::HashMap;

use super::parcel::{Direction, Parcel};
use crate::packet::{Flags, Packet, SeqNumber};

/// Most directions whose highest sequence number is remembered.
const DIRECTIONS: usize = 4096;

/// The number after the last that each direction has sent.
#[derive(Debug, Default)]
pub(super) struct Sent(HashMap<Direction, SeqNumber>);

impl Sent {
    /// A direction that isn't known yet will send this number next.
    pub fn begin(&mut self, direction: Direction, next: SeqNumber) {
        if self.0.len() < DIRECTIONS {
            self.0.entry(direction).or_insert(next);
        }
    }

    /// Whether it is a keep-alive or a window probe: one below what comes next. Remembers what
    /// its direction has sent; a forged packet wasn't sent by it.
    pub fn is_probe(&mut self, parcel: &Parcel) -> bool {
        let (Packet::Tcp(segment), Some(direction), None) =
            (&parcel.packet, parcel.direction(), parcel.tag)
        else {
            return false;
        };
        if self.0.len() >= DIRECTIONS {
            self.0.clear();
        }
        let (end, opens) = (segment.end(), segment.flags.has(Flags::SYN));
        let highest = self.0.entry(direction).or_insert(end);
        let probes = segment.payload.len <= 1 && *highest == segment.seq.advance(1) && !opens;
        if opens || end.is_after(*highest) {
            *highest = end;
        }
        probes
    }
}
