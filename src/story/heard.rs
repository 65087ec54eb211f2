//! What an end has heard of what it sent: whether it sends it again without waiting for its timer.

use std::time::Duration;

use super::{Role, Roles};
use crate::packet::{Segment, SeqNumber};
use crate::trace::Time;

/// What is sent again this soon after a duplicate came was asked for by it: as Wireshark has it.
const AT_ONCE: Duration = Duration::from_millis(20);

/// The latest acknowledgements that came to an end, all of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub ack: SeqNumber,
    /// How many of them were duplicates.
    duplicates: u32,
    /// Whether one that acknowledged nothing new says that something above a gap has come (RFC
    /// 2018).
    sacks: bool,
    /// When the latest came.
    time: Time,
    /// Whether it came by the wire: apart from its being sent.
    pub by_wire: bool,
}

impl Heard {
    /// What is known after an acknowledgement of these roles has come: when, and whether by the
    /// wire. An older one says nothing, and what carries data is no duplicate (RFC 5681, section 2).
    pub fn after(
        before: Option<Heard>,
        segment: &Segment,
        roles: Roles,
        (time, by_wire): (Time, bool),
    ) -> Heard {
        let ack = segment.ack;
        let is_duplicate = roles.contains(Role::DuplicateAck);
        let is_again = is_duplicate || before.is_some_and(|before| before.ack == ack);
        let sacks =
            is_again && segment.options.sack_blocks().iter().any(|block| block.left.is_after(ack));
        let so_far = match before {
            Some(before) if before.ack.is_after(ack) => return before,
            Some(before) if before.ack == ack && segment.payload.len > 0 => return before,
            Some(before) if before.ack == ack => before,
            Some(_) | None => Heard { ack, duplicates: 0, sacks: false, time, by_wire },
        };
        Heard {
            duplicates: so_far.duplicates.saturating_add(u32::from(is_duplicate)),
            sacks: so_far.sacks || sacks,
            time,
            by_wire,
            ..so_far
        }
    }

    /// Whether what begins there is sent again at once: after duplicates (RFC 5681, section 3.2;
    /// two are enough, as for Wireshark), or one with SACK (RFC 8985, section 6.2).
    pub fn asks_for(&self, seq: SeqNumber, now: Time) -> bool {
        self.ack == seq && (self.duplicates >= 2 || self.sacks) && now.since(self.time) < AT_ONCE
    }
}
