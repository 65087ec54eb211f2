//! The thread that reads the queue and passes packets on.

use std::collections::HashSet;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::Sender;

use super::message::{Message, PacketId, Taken};
use super::netlink::{self, Messages};
use super::sequence::Sequence;
use super::{Verdict, queue, raw};

/// Room for the longest message that the kernel sends: a packet and what it says of it.
const LONGEST_MESSAGE: usize = 128 << 10;

/// The packets that were taken and not decided.
#[derive(Debug, Clone)]
pub(super) struct Undecided {
    ids: Arc<Mutex<HashSet<PacketId>>>,
    room: usize,
}

impl Undecided {
    /// Room for so many.
    pub fn with_room(room: usize) -> Undecided {
        Undecided { ids: Arc::default(), room }
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<PacketId>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets that packet; says whether it was there.
    pub fn remove(&self, id: PacketId) -> bool {
        self.ids().remove(&id)
    }

    /// Whether there was room for that packet.
    fn insert(&self, id: PacketId) -> bool {
        let mut ids = self.ids();
        ids.len() < self.room && ids.insert(id)
    }
}

/// The thread at work. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Reader {
    /// Its end ends the thread; eight bytes on it are the number of a fence.
    commands: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    pub fn start(
        queue: Arc<OwnedFd>,
        undecided: Undecided,
        to: Sender<Message>,
    ) -> io::Result<Reader> {
        let (commanded, commands) = io::pipe()?;
        let mut reading =
            Reading { queue, undecided, to, sequence: Sequence::default(), dropped: 0, full: 0 };
        let thread = thread::Builder::new().name("wire".to_owned()).spawn(move || {
            if let Err(Ended::Failed(error)) = reading.read(commanded) {
                let why = format!("reading netfilter's queue: {error}");
                // With nobody listening any more there is nobody to tell.
                let _ = reading.to.send(Message::Failed(why));
            }
        })?;
        Ok(Reader { commands: Some(commands), thread: Some(thread) })
    }

    /// Asks for a [`Message::Fence`].
    pub fn fence(&self, number: u64) -> io::Result<()> {
        match &self.commands {
            Some(commands) => (&*commands).write_all(&number.to_ne_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

struct Reading {
    queue: Arc<OwnedFd>,
    undecided: Undecided,
    to: Sender<Message>,
    sequence: Sequence,
    /// How many packets the socket had no room for.
    dropped: u64,
    /// How many more we had no room for, not reported yet.
    full: u64,
}

/// Why the thread ends.
enum Ended {
    /// Nobody listens any more.
    Deaf,
    Failed(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Ended {
        Ended::Failed(error)
    }
}

impl Reading {
    /// Until the other end of the pipe is gone.
    fn read(&mut self, mut commanded: PipeReader) -> Result<(), Ended> {
        let mut buffer = vec![0; LONGEST_MESSAGE];
        loop {
            let [_, command] = raw::wait_for_either(self.queue.as_fd(), commanded.as_fd())?;
            self.drain(&mut buffer)?;
            self.report_missed()?;
            if command {
                let mut number = [0; 8];
                if commanded.read_exact(&mut number).is_err() {
                    return Ok(());
                }
                self.say(Message::Fence(u64::from_ne_bytes(number)))?;
            }
        }
    }

    /// The socket has no room only while it is full, so once all has been read it has counted all
    /// that were missed before.
    fn report_missed(&mut self) -> Result<(), Ended> {
        let dropped = raw::dropped(self.queue.as_fd())?;
        self.dropped += u64::from(dropped.wrapping_sub(self.dropped as u32));
        let missed = self.sequence.missed(self.dropped) + std::mem::take(&mut self.full);
        if missed > 0 { self.say(Message::Missed(missed)) } else { Ok(()) }
    }

    fn say(&self, message: Message) -> Result<(), Ended> {
        self.to.send(message).map_err(|_| Ended::Deaf)
    }

    /// Reads until there is nothing more to read.
    fn drain(&mut self, buffer: &mut [u8]) -> Result<(), Ended> {
        while let Some(length) = raw::receive(self.queue.as_fd(), buffer)? {
            for message in Messages(buffer.get(..length).unwrap_or_default()) {
                self.pass_on(&message)?;
            }
        }
        Ok(())
    }

    fn pass_on(&mut self, message: &netlink::Message<'_>) -> Result<(), Ended> {
        if let Some(queued) = queue::queued(message) {
            let id = PacketId(self.sequence.arrived(queued.id));
            if self.undecided.insert(id) {
                let bytes = Arc::from(queued.packet);
                return self.say(Message::Taken(Taken { id, tag: queued.tag, bytes }));
            }
            self.full += 1;
            let accept = queue::decision(queued.id, Verdict::Accept)?;
            raw::send(self.queue.as_fd(), accept.bytes())?;
        } else if message.verdict() == Some(libc::ENOENT) {
            self.say(Message::Gone(PacketId(self.sequence.place(message.sequence))))?;
        }
        Ok(())
    }
}
