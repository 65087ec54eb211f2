//! Reading the queue.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use super::protocol;
use super::sequence::Sequence;
use crate::wire::message::{Message, PacketId, Taken, Verdict};
use crate::wire::netlink::{self, Messages};
use crate::wire::raw;
use crate::wire::reader::{Ended, Outlet, Source};
use crate::wire::undecided::Undecided;

/// Room for the longest message that the kernel sends: a packet and what it says of it.
const LONGEST_MESSAGE: usize = 128 << 10;

/// The queue, as its reader has it.
pub struct Reading {
    socket: Arc<OwnedFd>,
    undecided: Undecided<()>,
    buffer: Vec<u8>,
    sequence: Sequence,
    /// How many packets the socket had no room for.
    dropped: u64,
    /// How many more we had no room for, not reported yet.
    full: u64,
}

impl Reading {
    pub fn new(socket: Arc<OwnedFd>, undecided: Undecided<()>) -> Reading {
        let (buffer, sequence) = (vec![0; LONGEST_MESSAGE], Sequence::default());
        Reading { socket, undecided, buffer, sequence, dropped: 0, full: 0 }
    }

    fn pass_on(&mut self, message: &netlink::Message<'_>, to: &Outlet) -> Result<(), Ended> {
        if let Some(queued) = protocol::queued(message) {
            let id = PacketId(self.sequence.arrived(queued.id));
            if self.undecided.put(id, ()).is_ok() {
                let bytes = Arc::from(queued.packet);
                return to.say(Message::Taken(Taken { id, tag: queued.tag, bytes }));
            }
            self.full += 1;
            let accept = protocol::decision(queued.id, Verdict::Accept)?;
            raw::send(self.socket.as_fd(), accept.bytes())?;
        } else if message.verdict() == Some(libc::ENOENT) {
            to.say(Message::Gone(PacketId(self.sequence.place(message.sequence))))?;
        }
        Ok(())
    }

    /// The socket has no room only while it is full, so once all has been read it has counted all
    /// that were missed before.
    fn report_missed(&mut self, to: &Outlet) -> Result<(), Ended> {
        let dropped = raw::dropped(self.socket.as_fd())?;
        self.dropped += u64::from(dropped.wrapping_sub(self.dropped as u32));
        let missed = self.sequence.missed(self.dropped) + std::mem::take(&mut self.full);
        if missed > 0 { to.say(Message::Missed(missed)) } else { Ok(()) }
    }
}

impl Source for Reading {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn drain(&mut self, to: &Outlet) -> Result<(), Ended> {
        let mut buffer = std::mem::take(&mut self.buffer);
        while let Some(length) = raw::receive(self.socket.as_fd(), &mut buffer)? {
            for message in Messages(buffer.get(..length).unwrap_or_default()) {
                self.pass_on(&message, to)?;
            }
        }
        self.buffer = buffer;
        self.report_missed(to)
    }
}
