//! Reading the copies of what was dropped.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use super::checksum;
use super::raw::{Copied, Ring};
use crate::wire::inject::Injector;
use crate::wire::message::{Message, PacketId, Taken};
use crate::wire::reader::{Ended, Outlet, Source};
use crate::wire::tag::{FrameTag, tag_of};
use crate::wire::undecided::Undecided;

/// Bytes of an Ethernet header.
const ETHERNET: usize = 14;

/// The packet socket, as its reader has it.
pub struct Reading {
    ring: Ring,
    passer: Arc<Injector>,
    undecided: Undecided<Arc<[u8]>>,
    last: u64,
    /// How many there was no room for and were let go, and how many nobody gets.
    missed: u64,
    lost: u64,
}

impl Reading {
    pub fn new(ring: Ring, passer: Arc<Injector>, undecided: Undecided<Arc<[u8]>>) -> Reading {
        Reading { ring, passer, undecided, last: 0, missed: 0, lost: 0 }
    }

    fn pass_on(&mut self, copied: Copied, to: &Outlet) -> Result<(), Ended> {
        let Copied { bytes: mut frame, whole, checksum_partial } = copied;
        let tag = match tag_of(&frame) {
            FrameTag::Ours(tag) => Some(tag),
            FrameTag::None | FrameTag::Passing => None,
        };
        let Some(packet) = frame.get_mut(ETHERNET..).filter(|_| whole) else {
            self.lost += 1;
            return Ok(());
        };
        if checksum_partial {
            checksum::complete(packet);
        }
        let bytes: Arc<[u8]> = Arc::from(&*packet);
        self.last += 1;
        let id = PacketId(self.last);
        match self.undecided.put(id, Arc::clone(&bytes)) {
            Ok(()) => to.say(Message::Taken(Taken { id, tag, bytes })),
            Err(packet) => {
                match self.passer.send(&packet, FrameTag::Passing) {
                    Ok(()) => self.missed += 1,
                    Err(_) => self.lost += 1,
                }
                Ok(())
            }
        }
    }
}

impl Source for Reading {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.ring.as_fd()
    }

    fn drain(&mut self, to: &Outlet) -> Result<(), Ended> {
        while let Some(copied) = self.ring.next() {
            self.pass_on(copied, to)?;
        }
        self.lost += u64::from(self.ring.dropped()?);
        let (missed, lost) = (std::mem::take(&mut self.missed), std::mem::take(&mut self.lost));
        if missed > 0 {
            to.say(Message::Missed(missed))?;
        }
        if lost > 0 {
            to.say(Message::Lost(lost))?;
        }
        Ok(())
    }
}
