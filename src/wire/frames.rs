//! Which captured frame a taken packet is. Both come by different ways, in either order; of equal
//! ones the first is the first.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{PacketId, Tag};
use crate::trace::{Deed, FrameNumber, Time};

/// What became of a frame, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub time: Time,
    /// Which frame.
    pub frame: FrameNumber,
    /// What.
    pub deed: Deed,
}

/// What tells one packet from another: the number that we gave it, or its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Tag(Tag),
    Bytes(u64),
}

/// A frame without a packet yet.
#[derive(Debug, Clone, Copy)]
struct Alone {
    frame: FrameNumber,
    /// Whether it is of a kind that is always taken.
    awaited: bool,
}

/// The frames without a packet yet, the packets without a frame yet, and the pairs.
#[derive(Debug, Default)]
pub(super) struct Frames {
    frames: HashMap<Key, VecDeque<Alone>>,
    packets: HashMap<Key, VecDeque<PacketId>>,
    pairs: HashMap<PacketId, FrameNumber>,
    /// What was done with packets whose frame isn't known yet.
    early: HashMap<PacketId, Vec<(Time, Deed)>>,
    /// Packets that copies were made of, and their frames once those are known.
    copied: HashMap<PacketId, Option<FrameNumber>>,
    notes: Vec<Note>,
}

impl Frames {
    /// A frame was captured; `packet` are its bytes from the IP header on.
    pub fn captured(&mut self, frame: FrameNumber, tag: Option<Tag>, packet: &[u8]) {
        let Some(key) = key(tag, packet) else { return };
        let Some(id) = take(&mut self.packets, key) else {
            let awaited = Shape::of(packet).is_some_and(|shape| shape.checksum.is_some());
            self.frames.entry(key).or_default().push_back(Alone { frame, awaited });
            return;
        };
        if let Some(copied) = self.copied.get_mut(&id) {
            *copied = Some(frame);
        }
        for (time, deed) in self.early.remove(&id).unwrap_or_default() {
            self.notes.push(Note { time, frame, deed });
            if is_last(deed) {
                return;
            }
        }
        self.pairs.insert(id, frame);
    }

    /// A packet was taken.
    pub fn taken(&mut self, id: PacketId, tag: Option<Tag>, packet: &[u8]) {
        let Some(key) = key(tag, packet) else { return };
        match take(&mut self.frames, key) {
            Some(Alone { frame, .. }) => {
                self.pairs.insert(id, frame);
            }
            None => self.packets.entry(key).or_default().push_back(id),
        }
    }

    /// Notes what is done with a packet.
    pub fn note(&mut self, time: Time, id: PacketId, deed: Deed) {
        match self.pairs.get(&id).copied() {
            Some(frame) => {
                self.notes.push(Note { time, frame, deed });
                if is_last(deed) {
                    self.pairs.remove(&id);
                }
            }
            None => self.early.entry(id).or_default().push((time, deed)),
        }
    }

    /// The packet's frame, if that was captured already.
    pub fn of(&self, id: PacketId) -> Option<FrameNumber> {
        self.pairs.get(&id).copied()
    }

    /// A copy of this packet is made.
    pub fn copy(&mut self, id: PacketId) {
        self.copied.insert(id, self.of(id));
    }

    /// The frame of a packet that a copy was made of.
    pub fn copied(&self, id: PacketId) -> Option<FrameNumber> {
        self.copied.get(&id).copied().flatten()
    }

    /// The frames up to `last` that were never taken: they arrived as they were sent, but
    /// for so many of which it is known that they were `lost`. Says how many should have been
    /// taken and arrived, and how many were lost.
    pub fn pass(&mut self, last: FrameNumber, time: Time, lost: u64) -> (u64, u64) {
        let (mut passed, mut awaited) = (Vec::new(), 0);
        self.frames.retain(|_, frames| {
            frames.retain(|alone| {
                if alone.frame <= last {
                    passed.push((alone.frame, alone.awaited));
                    awaited += u64::from(alone.awaited);
                }
                alone.frame > last
            });
            !frames.is_empty()
        });
        passed.sort_unstable();
        let mut left = lost;
        for (frame, is_awaited) in passed {
            let is_lost = is_awaited && left > 0;
            left -= u64::from(is_lost);
            let deed = if is_lost { Deed::Dropped } else { Deed::Delivered };
            self.notes.push(Note { time, frame, deed });
        }
        let lost = lost - left;
        (awaited - lost, lost)
    }

    /// What there is to say since this was last asked.
    pub fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }
}

/// Whether nothing follows: the packet is out of our hands.
fn is_last(deed: Deed) -> bool {
    match deed {
        Deed::Delivered | Deed::Dropped | Deed::Absorbed { .. } => true,
        Deed::Held | Deed::Delayed(_) | Deed::Reordered | Deed::Duplicated | Deed::Corrupted => {
            false
        }
    }
}

fn take<T>(queues: &mut HashMap<Key, VecDeque<T>>, key: Key) -> Option<T> {
    let queue = queues.get_mut(&key)?;
    let first = queue.pop_front();
    if queue.is_empty() {
        queues.remove(&key);
    }
    first
}

/// How a frame or packet is told from others. `None` for a fragment that isn't the first: what is
/// taken is whole again, and goes by the first.
fn key(tag: Option<Tag>, packet: &[u8]) -> Option<Key> {
    match tag {
        Some(tag) => Some(Key::Tag(tag)),
        None => fingerprint(packet).map(Key::Bytes),
    }
}

/// A hash of the packet without its transport checksum: the capture sees that before the kernel
/// has filled it in. Of fragments, and of what is longer than one packet can be, the addresses and
/// the start of the transport header.
fn fingerprint(packet: &[u8]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let shape = Shape::of(packet);
    match shape {
        Some(Shape { offset: 1.., .. }) => return None,
        Some(Shape { addresses, transport, fragmented, .. })
            if fragmented || packet.len() > LONGEST =>
        {
            packet.get(addresses)?.hash(&mut hasher);
            packet.get(transport..transport + PORTS_AND_LENGTH)?.hash(&mut hasher);
        }
        Some(Shape { checksum: Some(at), .. }) if at + 2 <= packet.len() => {
            packet[..at].hash(&mut hasher);
            packet[at + 2..].hash(&mut hasher);
        }
        Some(_) | None => packet.hash(&mut hasher),
    }
    Some(hasher.finish())
}

/// The MTU of the lab's loopback.
const LONGEST: usize = 1500;
/// UDP's header up to its checksum.
const PORTS_AND_LENGTH: usize = 6;
/// IP's numbers.
const TCP: u8 = 6;
const UDP: u8 = 17;
const FRAGMENT: u8 = 44;

/// Where things are in a packet.
struct Shape {
    addresses: std::ops::Range<usize>,
    transport: usize,
    checksum: Option<usize>,
    fragmented: bool,
    offset: u16,
}

impl Shape {
    fn of(packet: &[u8]) -> Option<Shape> {
        let two = |at: usize| Some(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?]));
        let (addresses, protocol, transport, fragment) = match packet.first()? >> 4 {
            4 => {
                let fragment = two(6)? & 0x3fff;
                (12..20, *packet.get(9)?, usize::from(packet[0] & 15) * 4, fragment)
            }
            6 if *packet.get(6)? == FRAGMENT => {
                let field = two(42)?;
                let fragment = (field >> 3) | (field & 1) << 13;
                (8..40, *packet.get(40)?, 48, fragment)
            }
            6 => (8..40, packet[6], 40, 0),
            _ => return None,
        };
        let checksum = match protocol {
            TCP => Some(transport + 16),
            UDP => Some(transport + 6),
            _ => None,
        };
        let offset = fragment & 0x1fff;
        Some(Shape { addresses, transport, checksum, fragmented: fragment != 0, offset })
    }
}
