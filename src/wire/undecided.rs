//! The packets that were taken and not decided.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PacketId;

/// Which packets wait for their verdicts, each with what is needed to follow it. The reader adds
/// to them, whoever decides takes away.
#[derive(Debug)]
pub(super) struct Undecided<T> {
    packets: Arc<Mutex<HashMap<PacketId, T>>>,
    room: usize,
}

/// The same packets.
impl<T> Clone for Undecided<T> {
    fn clone(&self) -> Undecided<T> {
        Undecided { packets: Arc::clone(&self.packets), room: self.room }
    }
}

impl<T> Undecided<T> {
    /// Room for so many.
    pub fn with_room(room: usize) -> Undecided<T> {
        Undecided { packets: Arc::default(), room }
    }

    fn packets(&self) -> MutexGuard<'_, HashMap<PacketId, T>> {
        self.packets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes that packet out, if it is there.
    pub fn take(&self, id: PacketId) -> Option<T> {
        self.packets().remove(&id)
    }

    /// Puts a packet in, or back; gives it back if there is no room.
    pub fn put(&self, id: PacketId, packet: T) -> Result<(), T> {
        let mut packets = self.packets();
        if packets.len() >= self.room {
            return Err(packet);
        }
        packets.insert(id, packet);
        Ok(())
    }
}
