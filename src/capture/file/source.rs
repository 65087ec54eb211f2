//! The bytes of a capture in one buffer: a whole packet is in one piece before it is looked at.

use std::io::{ErrorKind, Read};

use super::error::{Broken, Damage};

/// Bytes that are read at a time, if there are so many. One packet that needs more makes the buffer
/// grow, as its bytes come.
const CHUNK: usize = 1024 * 1024;

/// Where formats take their bytes from.
pub(super) struct Source {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What is ready in the buffer, and not yet taken: from here,
    start: usize,
    /// to here.
    end: usize,
    /// How many bytes were before the buffer's first.
    before: u64,
    is_over: bool,
    /// Whether the input may end anywhere: it was watched while it grew.
    grows: bool,
}

impl Source {
    pub fn new(input: Box<dyn Read + Send>, grows: bool) -> Source {
        let buffer = vec![0; CHUNK];
        Source { input, buffer, start: 0, end: 0, before: 0, is_over: false, grows }
    }

    /// How many bytes were taken.
    pub fn at(&self) -> u64 {
        self.before + self.start as u64
    }

    /// What is ready.
    #[inline]
    pub fn ready(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether nothing follows what is ready.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Makes so many bytes ready; false if the input ends before.
    #[inline]
    pub fn want(&mut self, bytes: usize) -> Result<bool, Broken> {
        if self.end - self.start >= bytes { Ok(true) } else { self.fill(bytes) }
    }

    /// Makes as many ready as are read at a time, or all that there are.
    pub fn want_chunk(&mut self) -> Result<(), Broken> {
        self.fill(CHUNK).map(|_| ())
    }

    /// Takes bytes that are ready.
    #[inline]
    pub fn take(&mut self, bytes: usize) -> &[u8] {
        let start = self.start;
        self.start = self.end.min(start + bytes);
        &self.buffer[start..self.start]
    }

    /// Passes over so many bytes, in constant memory; false if the input ends before.
    pub fn skip(&mut self, mut bytes: u64) -> Result<bool, Broken> {
        while bytes > 0 {
            if !self.want(1)? {
                return Ok(false);
            }
            let now = bytes.min(self.ready().len() as u64);
            self.take(now as usize);
            bytes -= now;
        }
        Ok(true)
    }

    /// What it means that the input ends in or before what begins at `at`: its good end, if nothing
    /// of it is there, or if it was watched while it grew.
    pub fn ended<T>(&self, at: u64) -> Result<Option<T>, Broken> {
        let nothing = at == self.at() && self.start == self.end;
        if nothing || self.grows { Ok(None) } else { Err(Broken::Truncated { at }) }
    }

    #[cold]
    fn fill(&mut self, bytes: usize) -> Result<bool, Broken> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.before += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        while self.end < bytes && !self.is_over {
            if self.end == self.buffer.len() {
                self.buffer.resize(bytes.min(2 * self.end), 0);
            }
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.is_over = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // gzip's file ends inside a member: its rest may not be written yet.
                Err(error) if self.grows && error.kind() == ErrorKind::UnexpectedEof => {
                    self.is_over = true;
                }
                Err(error) => return Err(self.broken(&error)),
            }
        }
        Ok(self.end >= bytes)
    }

    /// Errors of the system have its number; others are gzip's.
    fn broken(&mut self, error: &std::io::Error) -> Broken {
        self.is_over = true;
        let at = self.at();
        match error.kind() {
            _ if error.raw_os_error().is_some() => Broken::System { at, why: error.to_string() },
            ErrorKind::UnexpectedEof => Broken::Truncated { at },
            ErrorKind::InvalidInput | ErrorKind::InvalidData => Damage::Packing.at(at),
            _ => Broken::System { at, why: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Gives one byte at a time.
    struct Slow(u64);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Ok(0);
            }
            self.0 -= 1;
            buffer[0] = self.0 as u8;
            Ok(1)
        }
    }

    #[test]
    fn what_is_wanted_comes_in_one_piece_and_in_order() {
        let mut source = Source::new(Box::new(Slow(10)), false);
        assert_eq!(source.want(3), Ok(true));
        assert_eq!(source.take(3), [9, 8, 7]);
        assert_eq!(source.want(7), Ok(true));
        assert_eq!(source.take(2), [6, 5]);
        assert_eq!(source.at(), 5);
        assert_eq!(source.want(6), Ok(false));
        assert_eq!(source.ready(), [4, 3, 2, 1, 0]);
        assert_eq!(source.skip(5), Ok(true));
        assert_eq!(source.skip(1), Ok(false));
        assert_eq!(source.at(), 10);
    }

    #[test]
    fn the_buffer_grows_only_as_bytes_come() {
        let mut source = Source::new(Box::new(Slow(10)), false);
        assert_eq!(source.want(usize::MAX), Ok(false));
        assert_eq!(source.buffer.len(), CHUNK);
        let mut source = Source::new(Box::new(io::repeat(7).take(3 * CHUNK as u64)), false);
        assert_eq!(source.want(3 * CHUNK), Ok(true));
        assert_eq!(source.buffer.len(), 3 * CHUNK);
    }

    #[test]
    fn an_end_is_good_before_a_packet_and_bad_inside_one() {
        let mut source = Source::new(Box::new(&b"abc"[..]), false);
        assert_eq!(source.want(4), Ok(false));
        assert_eq!(source.ended::<()>(0), Err(Broken::Truncated { at: 0 }));
        source.take(3);
        assert_eq!(source.ended::<()>(3), Ok(None));
        let mut source = Source::new(Box::new(&b"abc"[..]), true);
        assert_eq!(source.want(4), Ok(false));
        assert_eq!(source.ended::<()>(0), Ok(None));
    }

    #[test]
    fn the_systems_errors_are_told_from_gzips() {
        struct Failing(fn() -> io::Error);
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err((self.0)())
            }
        }
        let said = |error| Source::new(Box::new(Failing(error)), false).want(1).unwrap_err();
        let eio = || io::Error::from_raw_os_error(5);
        assert!(matches!(said(eio), Broken::System { at: 0, .. }));
        assert_eq!(said(|| ErrorKind::UnexpectedEof.into()), Broken::Truncated { at: 0 });
        assert_eq!(said(|| ErrorKind::InvalidInput.into()), Damage::Packing.at(0));
    }
}
