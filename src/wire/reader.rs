//! The thread that reads the queue and passes packets on.

use std::collections::HashSet;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::Sender;

use super::message::{Message, PacketId, Taken};
use super::netlink::{self, Messages};
use super::rules::Counter;
use super::sequence::Sequence;
use super::{Verdict, queue, raw};

/// Room for the longest message that the kernel sends: a packet and what it says of it.
const LONGEST_MESSAGE: usize = 128 << 10;

/// Milliseconds without a packet after which those that were missed are counted.
const LULL: u16 = 20;

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
        let counter = Counter::open()?;
        let sequence = Sequence::default();
        let mut reading = Reading { queue, undecided, to, counter, sequence, missed: 0 };
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
    counter: Counter,
    sequence: Sequence,
    missed: u64,
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
        let mut overrun = false;
        loop {
            let lull = overrun.then_some(LULL);
            let ready = raw::wait_for_either(self.queue.as_fd(), commanded.as_fd(), lull)?;
            overrun |= self.drain(&mut buffer)?;
            let [_, command] = ready;
            if overrun && (command || ready == [false, false]) {
                self.missed += self.sequence.counted(self.counter.packets()?);
                overrun = false;
            }
            let missed = std::mem::take(&mut self.missed);
            if missed > 0 {
                self.say(Message::Missed(missed))?;
            }
            if command {
                let mut number = [0; 8];
                if commanded.read_exact(&mut number).is_err() {
                    return Ok(());
                }
                self.say(Message::Fence(u64::from_ne_bytes(number)))?;
            }
        }
    }

    fn say(&self, message: Message) -> Result<(), Ended> {
        self.to.send(message).map_err(|_| Ended::Deaf)
    }

    /// Reads until there is nothing more to read. Says whether there was no room for a packet.
    fn drain(&mut self, buffer: &mut [u8]) -> Result<bool, Ended> {
        let mut overrun = false;
        loop {
            match raw::receive(self.queue.as_fd(), buffer) {
                Ok(Some(length)) => {
                    let bytes = buffer.get(..length.min(buffer.len())).unwrap_or_default();
                    for message in Messages(bytes) {
                        self.pass_on(&message)?;
                    }
                }
                Ok(None) => return Ok(overrun),
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => overrun = true,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn pass_on(&mut self, message: &netlink::Message<'_>) -> Result<(), Ended> {
        if let Some(queued) = queue::queued(message) {
            let (number, missed) = self.sequence.arrived(queued.id);
            self.missed += missed;
            let id = PacketId(number);
            if self.undecided.insert(id) {
                let bytes = Arc::from(queued.packet);
                return self.say(Message::Taken(Taken { id, tag: queued.tag, bytes }));
            }
            self.missed += 1;
            let accept = queue::decision(queued.id, Verdict::Accept)?;
            raw::send(self.queue.as_fd(), accept.bytes())?;
        } else if message.verdict() == Some(libc::ENOENT) {
            let (number, _) = self.sequence.arrived(message.sequence);
            self.say(Message::Gone(PacketId(number)))?;
        }
        Ok(())
    }
}
