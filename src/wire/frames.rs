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
    untaken: HashMap<Key, VecDeque<Alone>>,
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
        let key = key(tag, packet);
        let Some(id) = take(&mut self.packets, key) else {
            let awaited = checksum_at(packet).is_some();
            self.untaken.entry(key).or_default().push_back(Alone { frame, awaited });
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
        let key = key(tag, packet);
        match take(&mut self.untaken, key) {
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

    /// The frames up to that one that were never taken: they arrived as they were sent, but
    /// for so many of which it is known that they were `lost`. Says how many should have been
    /// taken and arrived, and how many were lost.
    pub fn pass(&mut self, up_to: FrameNumber, time: Time, lost: u64) -> (u64, u64) {
        let (mut passed, mut awaited) = (Vec::new(), 0);
        self.untaken.retain(|_, frames| {
            frames.retain(|alone| {
                if alone.frame <= up_to {
                    passed.push((alone.frame, alone.awaited));
                    awaited += u64::from(alone.awaited);
                }
                alone.frame > up_to
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
        let found = lost - left;
        (awaited - found, found)
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

fn key(tag: Option<Tag>, packet: &[u8]) -> Key {
    tag.map_or_else(|| Key::Bytes(without_checksum(packet)), Key::Tag)
}

/// A hash of the packet without its transport checksum: the capture sees that before the kernel
/// has filled it in.
fn without_checksum(packet: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    match checksum_at(packet).filter(|at| at + 2 <= packet.len()) {
        Some(at) => {
            packet[..at].hash(&mut hasher);
            packet[at + 2..].hash(&mut hasher);
        }
        None => packet.hash(&mut hasher),
    }
    hasher.finish()
}

/// IP's numbers.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Where the checksum of TCP or UDP is. Later fragments have none.
fn checksum_at(packet: &[u8]) -> Option<usize> {
    const OFFSET: u16 = 0x1fff;
    let (protocol, header) = match packet.first()? >> 4 {
        4 => {
            let fragment = u16::from_be_bytes([*packet.get(6)?, *packet.get(7)?]);
            let first = fragment & OFFSET == 0;
            (packet.get(9).copied().filter(|_| first)?, usize::from(packet[0] & 15) * 4)
        }
        6 => (*packet.get(6)?, 40),
        _ => return None,
    };
    match protocol {
        TCP => Some(header + 16),
        UDP => Some(header + 6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYN: [u8; 40] = {
        let mut packet = [0; 40];
        packet[0] = 0x45;
        packet[9] = TCP;
        packet
    };

    fn with_checksum(checksum: u8) -> [u8; 40] {
        let mut packet = SYN;
        packet[36] = checksum;
        packet
    }

    fn noted(frames: &mut Frames) -> Vec<(u64, Deed)> {
        frames.notes().into_iter().map(|note| (note.frame.0, note.deed)).collect()
    }

    #[test]
    fn both_orders_of_arrival_make_a_pair() {
        let mut frames = Frames::default();
        frames.captured(FrameNumber(1), None, &with_checksum(1));
        frames.taken(PacketId(1), None, &with_checksum(9));
        frames.note(Time(5), PacketId(1), Deed::Held);
        frames.taken(PacketId(2), None, &SYN);
        frames.note(Time(6), PacketId(2), Deed::Delivered);
        assert_eq!(noted(&mut frames), [(1, Deed::Held)]);
        frames.captured(FrameNumber(2), None, &SYN);
        assert_eq!(noted(&mut frames), [(2, Deed::Delivered)]);
        assert_eq!((frames.of(PacketId(1)), frames.of(PacketId(2))), (Some(FrameNumber(1)), None));
    }

    #[test]
    fn of_equal_packets_the_first_is_the_first() {
        let mut frames = Frames::default();
        for number in 1..=3 {
            frames.captured(FrameNumber(number), None, &SYN);
        }
        for id in 1..=3 {
            frames.taken(PacketId(id), None, &SYN);
        }
        let pairs: Vec<_> = (1..=3).map(|id| frames.of(PacketId(id)).unwrap().0).collect();
        assert_eq!(pairs, [1, 2, 3]);
    }

    #[test]
    fn what_was_never_taken_has_arrived_or_was_lost() {
        let mut frames = Frames::default();
        for number in 1..=3 {
            frames.captured(FrameNumber(number), None, &SYN);
        }
        assert_eq!(frames.pass(FrameNumber(2), Time(9), 1), (1, 1));
        assert_eq!(noted(&mut frames), [(1, Deed::Dropped), (2, Deed::Delivered)]);
        frames.taken(PacketId(7), None, &SYN);
        assert_eq!(frames.of(PacketId(7)), Some(FrameNumber(3)));
    }

    #[test]
    fn a_packet_of_ours_goes_by_its_number() {
        let mut frames = Frames::default();
        frames.captured(FrameNumber(1), None, &SYN);
        frames.captured(FrameNumber(2), Some(Tag(4)), &SYN);
        frames.taken(PacketId(1), Some(Tag(4)), &SYN);
        assert_eq!(frames.of(PacketId(1)), Some(FrameNumber(2)));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            failure_persistence: None, ..Default::default()
        })]
        #[test]
        fn any_bytes_have_a_key(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
            proptest::prop_assert_eq!(key(None, &bytes), key(None, &bytes));
        }
    }
}
