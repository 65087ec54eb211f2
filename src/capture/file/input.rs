//! Where bytes come from: a file, also one that still grows, or a pipe.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes were taken from an input.
#[derive(Debug, Clone, Default)]
pub(super) struct Count(Arc<AtomicU64>);

impl Count {
    /// So many.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An input that counts.
pub(super) struct Counted<R> {
    input: R,
    count: Count,
}

impl<R: Read> Counted<R> {
    pub fn new(input: R, count: Count) -> Counted<R> {
        Counted { input, count }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.count.0.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A file that may still grow: at its end it waits.
pub(super) struct Growing<W> {
    file: File,
    /// Returns when it is worth looking again; false: nobody wants to wait any longer.
    wait: W,
    is_over: bool,
}

impl<W: FnMut() -> bool> Growing<W> {
    pub fn new(file: File, wait: W) -> Growing<W> {
        Growing { file, wait, is_over: false }
    }
}

impl<W: FnMut() -> bool> Read for Growing<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_over {
            let read = self.file.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.is_over = !(self.wait)();
        }
        Ok(0)
    }
}
