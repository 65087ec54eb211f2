//! A single key, pressed while a command runs: for commands that go on until then.

use std::fs::File;
use std::io::{self, PipeWriter, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, bounded};

use super::raw;
use crate::session::KeyPress;

/// Bytes that are taken at most for one key: an arrow is three.
const LONGEST: usize = 16;

/// Begins to listen on standard input, a terminal. Until it ends, keys come one by one and aren't
/// shown; Ctrl-C is still a signal.
///
/// # Errors
/// Those of the terminal, and of starting a thread.
pub(super) fn listen() -> io::Result<KeyPress> {
    let terminal = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let before = raw::terminal_settings(terminal.as_fd())?;
    let keys = terminal.try_clone()?;
    let (stopped, stop) = io::pipe()?;
    let (key, pressed) = bounded(1);
    let mut listening = Listening { terminal, before, stop: Some(stop), thread: None };
    raw::set_terminal(listening.terminal.as_fd(), &raw::key_by_key(&before))?;
    let wait = move || wait(keys, stopped.as_fd(), &key);
    listening.thread = Some(std::thread::Builder::new().name("keys".into()).spawn(wait)?);
    Ok(KeyPress { pressed, listening: Box::new(listening) })
}

/// The key itself means nothing. One of several bytes is taken whole; what was typed behind it is
/// left for the prompt.
fn wait(mut keys: File, stopped: BorrowedFd<'_>, key: &Sender<()>) {
    if !raw::readable(keys.as_fd(), Some(stopped)) {
        return;
    }
    let mut first = [0];
    let is_escape = matches!(keys.read(&mut first), Ok(1)) && first == [0x1b];
    if is_escape && raw::readable_now(keys.as_fd()) {
        let _ = keys.read(&mut [0; LONGEST]);
    }
    let _ = key.send(());
}

/// Ends with its life: the terminal is then as it was before.
struct Listening {
    terminal: File,
    before: libc::termios,
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = raw::set_terminal(self.terminal.as_fd(), &self.before);
    }
}
