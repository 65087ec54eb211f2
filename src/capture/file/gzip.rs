//! What gzip has packed (RFC 1952): one member or several, one behind the other.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// How every member begins (section 2.3.1).
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Bytes that are unpacked at a time. Of those before damage so many may be lost with it.
const CHUNK: usize = 32 * 1024;

/// Packed bytes that are read at a time.
const PACKED: usize = 128 * 1024;

/// Unpacks while it is read, in constant memory.
pub(super) struct Gzip<R> {
    /// Nothing after the last member.
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Gzip<R> {
    pub fn new(packed: R) -> Gzip<R> {
        Gzip { member: Some(GzDecoder::new(BufReader::with_capacity(PACKED, packed))) }
    }

    /// Goes to the next member, if there is one. Anything else behind a member is ignored, as gzip
    /// does.
    fn next_member(&mut self) -> io::Result<()> {
        let Some(done) = self.member.take() else { return Ok(()) };
        let mut packed = done.into_inner();
        if packed.fill_buf()?.first() == MAGIC.first() {
            self.member = Some(GzDecoder::new(packed));
        }
        Ok(())
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(CHUNK);
        while let Some(member) = &mut self.member {
            let read = member.read(&mut buffer[..most])?;
            if read > 0 || most == 0 {
                return Ok(read);
            }
            self.next_member()?;
        }
        Ok(0)
    }
}
