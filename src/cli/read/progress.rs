//! How far a long file has been read, on a terminal's standard error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::trace::{Time, clock};
use crate::view::{Look, progress};

/// Nobody wants to know before.
const LATE: Duration = Duration::from_secs(1);
/// How often it is told.
const OFTEN: Duration = Duration::from_millis(100);

/// A bar that appears when it takes long.
pub(super) struct Progress {
    total: Option<u64>,
    start: Time,
    next: Time,
    is_wanted: bool,
    is_shown: bool,
}

impl Progress {
    /// One for a file of so many bytes, if they are known.
    pub fn new(total: Option<u64>, is_live: bool) -> Progress {
        let is_wanted = !is_live && io::stderr().is_terminal();
        let start = clock::now();
        Progress { total, start, next: start.after(LATE), is_wanted, is_shown: false }
    }

    /// Tells it, if it is time to.
    pub fn tell(&mut self, done: u64, look: Look) {
        if !self.is_wanted {
            return;
        }
        let now = clock::now();
        if now < self.next {
            return;
        }
        self.next = now.after(OFTEN);
        self.is_shown = true;
        let bar = progress::bar(done, self.total, now.since(self.start), look);
        let _ = write!(io::stderr(), "\r\x1b[K{bar}");
    }

    /// Takes it away.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
