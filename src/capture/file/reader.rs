//! The reader of either format.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::classic::{self, Classic};
use super::error::{Broken, Unreadable};
use super::frame::FileFrame;
use super::gzip::{self, Gzip};
use super::input::{Count, Counted, Growing};
use super::names::Names;
use super::notes::Notes;
use super::pcapng::{self, Pcapng};
use super::source::Source;
use super::stranger::stranger;

/// Reads a capture, frame by frame, in constant memory: a megabyte, or what its longest packet
/// takes, and what of names and interfaces is kept.
pub struct Reader {
    source: Source,
    format: Format,
    notes: Notes,
    count: Count,
    is_over: bool,
}

enum Format {
    Classic(Classic),
    Pcapng(Pcapng),
}

/// How an input may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// All of it is there.
    Whole,
    /// It comes little by little: nobody shall wait for more than a packet needs.
    Comes,
    /// It grows, and may end anywhere.
    Grows,
}

impl Reader {
    /// Opens a regular file, a FIFO or a device. `-` is a name as any other.
    pub fn open(path: &Path) -> Result<Reader, Unreadable> {
        let (file, is_regular) = opened(path)?;
        Reader::of(file, if is_regular { Manner::Whole } else { Manner::Comes })
    }

    /// Reads on from where an input stands, such as standard input.
    pub fn new(input: impl Read + Send + 'static) -> Result<Reader, Unreadable> {
        Reader::of(input, Manner::Comes)
    }

    /// Opens a file that may still grow. At its end `wait` is called, in here and in
    /// [`Reader::next_frame`]: it returns true when it is worth looking again, false when nobody
    /// wants to wait any longer. A packet of which only a part is there by then isn't there, and is
    /// no error; a file that hasn't begun by then is [`Unreadable::Empty`] or
    /// [`Unreadable::CutOff`].
    pub fn follow(
        path: &Path,
        wait: impl FnMut() -> bool + Send + 'static,
    ) -> Result<Reader, Unreadable> {
        let (file, _) = opened(path)?;
        Reader::of(Growing::new(file, wait), Manner::Grows)
    }

    fn of(input: impl Read + Send + 'static, manner: Manner) -> Result<Reader, Unreadable> {
        let count = Count::default();
        let mut input = Counted::new(input, count.clone());
        let mut start = [0; gzip::MAGIC.len()];
        let read = read_up_to(&mut input, &mut start)?;
        let input = Cursor::new(start).take(read as u64).chain(input);
        let grows = manner == Manner::Grows;
        if start == gzip::MAGIC {
            let source = Source::new(Box::new(Gzip::new(input)), grows);
            Reader::formatted(source, manner, count)
                .map_err(|inside| Unreadable::Inside(Box::new(inside)))
        } else {
            Reader::formatted(Source::new(Box::new(input), grows), manner, count)
        }
    }

    /// Its first bytes say what format it has.
    fn formatted(mut source: Source, manner: Manner, count: Count) -> Result<Reader, Unreadable> {
        let mut notes = Notes::default();
        source.want(4)?;
        let bytes = source.ready().len();
        let format = match source.ready().first_chunk() {
            None if bytes == 0 => return Err(Unreadable::Empty),
            None => return Err(Unreadable::CutOff { bytes: bytes as u64 }),
            Some(&pcapng::MAGIC) => Format::Pcapng(Pcapng::open(&mut source, &mut notes)?),
            Some(magic) => {
                let order = classic::order(*magic).ok_or_else(|| stranger(source.ready()))?;
                let may_wait = manner == Manner::Whole;
                Format::Classic(Classic::open(&mut source, order, may_wait)?)
            }
        };
        Ok(Reader { source, format, notes, count, is_over: false })
    }

    /// The next frame in the file's order; `None` at its end, and after an error.
    #[inline]
    pub fn next_frame(&mut self) -> Result<Option<FileFrame<'_>>, Broken> {
        if self.is_over {
            return Ok(None);
        }
        let next = match &mut self.format {
            Format::Classic(classic) => classic.next(&mut self.source),
            Format::Pcapng(pcapng) => pcapng.next(&mut self.source, &mut self.notes),
        };
        self.is_over = !matches!(next, Ok(Some(_)));
        next
    }

    /// How many bytes of the file were read, before anything was unpacked: up to a megabyte ahead
    /// of the last frame.
    pub fn position(&self) -> u64 {
        self.count.bytes()
    }

    /// The names that the file gave to addresses so far.
    pub fn names(&self) -> &Names {
        &self.notes.names
    }

    /// What someone has noted on the file's sections so far: 64 comments of 4096 bytes at most.
    /// They are a file's words: escape them before a terminal sees them.
    pub fn comments(&self) -> &[String] {
        self.notes.comments.all()
    }
}

/// The file, and whether it is a regular one.
fn opened(path: &Path) -> io::Result<(File, bool)> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((file, about.is_file()))
}

/// Fills the buffer; says how much of it, if the input ends before.
fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match input.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
