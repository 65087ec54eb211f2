//! The thread that reads what the kernel hands over, and passes it on.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::thread::{self, JoinHandle};

use crossbeam_channel::Sender;

use super::message::Message;
use super::raw;

/// Where packets come from.
pub(super) trait Source: Send + 'static {
    /// Can be read when a packet is there.
    fn descriptor(&self) -> BorrowedFd<'_>;

    /// Passes on all that is there now.
    fn drain(&mut self, to: &Outlet) -> Result<(), Ended>;
}

/// Where messages go.
pub(super) struct Outlet(Sender<Message>);

impl Outlet {
    pub fn say(&self, message: Message) -> Result<(), Ended> {
        self.0.send(message).map_err(|_| Ended::Deaf)
    }
}

/// Why the thread ends.
pub(super) enum Ended {
    /// Nobody listens any more.
    Deaf,
    /// Nothing can be read any more.
    Failed(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Ended {
        Ended::Failed(error)
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
    pub fn start(mut source: impl Source, to: Sender<Message>) -> io::Result<Reader> {
        let (commanded, commands) = io::pipe()?;
        let outlet = Outlet(to);
        let thread = thread::Builder::new().name("wire".to_owned()).spawn(move || {
            match read(&mut source, &outlet, commanded) {
                Ok(()) | Err(Ended::Deaf) => {}
                Err(Ended::Failed(error)) => {
                    let why = format!("reading the packets that were taken: {error}");
                    // With nobody listening any more there is nobody to tell.
                    let _ = outlet.say(Message::Failed(why));
                }
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

/// Until the other end of the pipe is gone.
fn read(source: &mut impl Source, to: &Outlet, mut commanded: PipeReader) -> Result<(), Ended> {
    loop {
        let [_, command] = raw::wait_for_either(source.descriptor(), commanded.as_fd())?;
        source.drain(to)?;
        if command {
            let mut number = [0; 8];
            if commanded.read_exact(&mut number).is_err() {
                return Ok(());
            }
            to.say(Message::Fence(u64::from_ne_bytes(number)))?;
        }
    }
}
