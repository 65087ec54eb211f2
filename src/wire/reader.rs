//! The thread that reads the queue and passes packets on.

use std::collections::HashSet;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::Sender;

use super::message::{Message, PacketId, Taken};
use super::netlink::Messages;
use super::{Verdict, queue, raw};

/// Room for the longest message that the kernel sends: a packet and what it says of it.
const LONGEST_MESSAGE: usize = 128 << 10;

/// Most packets that wait for their verdicts. More pass by.
const MOST_UNDECIDED: usize = 128 << 10;

/// The packets that were taken and not decided.
#[derive(Debug, Clone, Default)]
pub(super) struct Undecided(Arc<Mutex<HashSet<u32>>>);

impl Undecided {
    fn ids(&self) -> MutexGuard<'_, HashSet<u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets that packet; says whether it was there.
    pub fn remove(&self, id: PacketId) -> bool {
        u32::try_from(id.0).is_ok_and(|id| self.ids().remove(&id))
    }

    /// Whether there was room for that packet.
    fn insert(&self, id: u32) -> bool {
        let mut ids = self.ids();
        ids.len() < MOST_UNDECIDED && ids.insert(id)
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
        socket: Arc<OwnedFd>,
        undecided: Undecided,
        to: Sender<Message>,
    ) -> io::Result<Reader> {
        let (commanded, commands) = io::pipe()?;
        let thread = thread::Builder::new().name("wire".to_owned()).spawn(move || {
            let mut reading = Reading { socket, undecided, to, last: 0, missed: 0 };
            if let Err(error) = reading.read(commanded) {
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
    socket: Arc<OwnedFd>,
    undecided: Undecided,
    to: Sender<Message>,
    /// The last packet's number; the kernel counts those that it has no room for too.
    last: u32,
    missed: u64,
}

/// Nobody listens any more.
struct Deaf;

impl Reading {
    fn read(&mut self, mut commanded: PipeReader) -> io::Result<()> {
        let mut buffer = vec![0; LONGEST_MESSAGE];
        loop {
            let [_, command] = raw::wait_for_either(self.socket.as_fd(), commanded.as_fd(), None)?;
            if self.drain(&mut buffer)?.is_err() {
                return Ok(());
            }
            if command {
                let mut number = [0; 8];
                if commanded.read_exact(&mut number).is_err() {
                    return Ok(());
                }
                if self.to.send(Message::Fence(u64::from_ne_bytes(number))).is_err() {
                    return Ok(());
                }
            }
        }
    }

    /// Reads until there is nothing more to read.
    fn drain(&mut self, buffer: &mut [u8]) -> io::Result<Result<(), Deaf>> {
        loop {
            match raw::receive(self.socket.as_fd(), buffer) {
                Ok(Some(length)) => {
                    let bytes = buffer.get(..length.min(buffer.len())).unwrap_or_default();
                    for message in Messages(bytes) {
                        if self.pass_on(&message).is_err() {
                            return Ok(Err(Deaf));
                        }
                    }
                }
                Ok(None) => break,
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {}
                Err(error) => return Err(error),
            }
        }
        let missed = std::mem::take(&mut self.missed);
        if missed > 0 && self.to.send(Message::Missed(missed)).is_err() {
            return Ok(Err(Deaf));
        }
        Ok(Ok(()))
    }

    fn pass_on(&mut self, message: &super::netlink::Message<'_>) -> Result<(), Deaf> {
        let said = if let Some(queued) = queue::queued(message) {
            self.missed += u64::from(queued.id.wrapping_sub(self.last).saturating_sub(1));
            self.last = queued.id;
            if !self.undecided.insert(queued.id) {
                self.missed += 1;
                if let Ok(writer) = queue::decision(queued.id, Verdict::Accept) {
                    // The kernel has it and nobody else knows of it.
                    let _ = raw::send(self.socket.as_fd(), writer.bytes());
                }
                return Ok(());
            }
            Message::Taken(Taken {
                id: PacketId(queued.id.into()),
                tag: queued.tag,
                bytes: Arc::from(queued.packet),
            })
        } else if message.verdict() == Some(libc::ENOENT) {
            Message::Gone(PacketId(message.sequence.into()))
        } else {
            return Ok(());
        };
        self.to.send(said).map_err(|_| Deaf)
    }
}
