//! Standard output in large pieces; at once where somebody waits for each line.

use std::io::{self, StdoutLock, Write};

/// How many bytes are written at a time.
const CHUNK: usize = 64 << 10;

/// Collects what is to be written.
pub(super) struct Writer {
    /// What waits. It may be added to as one likes.
    pub bytes: Vec<u8>,
    out: StdoutLock<'static>,
    at_once: bool,
}

impl Writer {
    pub fn new(at_once: bool) -> Writer {
        Writer { bytes: Vec::with_capacity(2 * CHUNK), out: io::stdout().lock(), at_once }
    }

    /// Whether it is time to write.
    pub fn is_due(&self) -> bool {
        self.bytes.len() >= CHUNK || (self.at_once && !self.bytes.is_empty())
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// As write(2); a closed pipe too.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        self.out.flush()
    }
}
