//! Frames, decoded in the order of their file on a thread of their own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, select};

use crate::capture::{Capture, Captured, FileFrame, Filter, Names, Reader};
use crate::packet::{Decoder, Packet};
use crate::tcp::analysis::{Found, Streams};
use crate::trace::{Frame, FrameNumber, LinkType, Origin, Time};

/// Frames that are passed on at a time: few enough that they stay in the processor's cache.
const BATCH: usize = 256;

/// Batches on their way.
const AHEAD: usize = 8;

/// What is wanted of each frame beyond its headers.
#[derive(Default)]
pub struct Wanted {
    /// Only these are shown; all are followed.
    pub filter: Option<Filter>,
    /// Their bytes, too.
    pub bytes: bool,
    /// What Wireshark finds in them.
    pub found: bool,
}

/// A frame of a recording.
#[derive(Debug)]
pub struct Decoded {
    /// Counted from 1 in the order of the file.
    pub number: FrameNumber,
    /// When it passed.
    pub time: Time,
    /// What it says.
    pub packet: Packet,
    /// What Wireshark finds in it, if it is a segment and that was wanted.
    pub found: Option<Found>,
    /// Whether the filter wants it shown.
    pub shown: bool,
    /// Its bytes, if they were wanted.
    pub raw: Option<Raw>,
}

/// A frame as it was captured.
#[derive(Debug, Clone)]
pub struct Raw {
    /// What the bytes start with.
    pub link: LinkType,
    /// The captured bytes.
    pub bytes: Arc<[u8]>,
    /// The bytes in which its packet's ranges count, if it came in fragments.
    pub whole: Option<Arc<[u8]>>,
    /// Length on the wire in bytes.
    pub original_len: u32,
    /// What someone has noted on it.
    pub comment: Option<Arc<[u8]>>,
}

impl Raw {
    /// The same, as the trace has it.
    pub fn frame(&self, number: FrameNumber) -> Frame {
        self.with(number, &self.bytes)
    }

    /// The same, with the bytes in which its packet's ranges count.
    pub fn put_together(&self, number: FrameNumber) -> Frame {
        self.with(number, self.whole.as_ref().unwrap_or(&self.bytes))
    }

    fn with(&self, number: FrameNumber, bytes: &Arc<[u8]>) -> Frame {
        Frame {
            number,
            link: self.link,
            bytes: Arc::clone(bytes),
            original_len: self.original_len,
            origin: Origin::Stack,
        }
    }
}

/// Where frames come from.
pub enum Source {
    /// A file, or standard input.
    File(Reader),
    /// An interface, until a message comes.
    Live(Capture, Receiver<()>),
}

/// Some frames, in order.
pub type Batch = Vec<Decoded>;

/// Frames on their way from a thread that decodes them.
pub struct Frames {
    messages: Receiver<Message>,
    position: Arc<AtomicU64>,
    thread: JoinHandle<End>,
    names: Names,
    lost: u64,
}

/// How the frames ended.
#[derive(Debug, Default)]
pub struct End {
    /// Why they ended before the end.
    pub broken: Option<String>,
    /// What someone has noted on the file.
    pub comments: Vec<String>,
}

enum Message {
    Frames(Batch),
    Names(Names),
    Lost(u64),
}

impl Frames {
    /// Begins to read. Frames of what comes little by little are passed on one by one.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn of(source: Source, wanted: Wanted, little_by_little: bool) -> io::Result<Frames> {
        let (sender, messages) = bounded(AHEAD);
        let position = Arc::new(AtomicU64::new(0));
        let for_thread = Arc::clone(&position);
        let batch = if little_by_little { 1 } else { BATCH };
        let mut desk = Desk {
            sender,
            wanted,
            batch,
            waiting: Vec::new(),
            number: 0,
            decoder: Decoder::headers_only(),
            streams: Streams::default(),
        };
        let thread =
            thread::Builder::new().name("reading".to_owned()).spawn(move || match source {
                Source::File(reader) => desk.read(reader, &for_thread),
                Source::Live(capture, stop) => desk.watch(&capture, &stop),
            })?;
        Ok(Frames { messages, position, thread, names: Names::default(), lost: 0 })
    }

    /// The next frames; `None` at the end.
    pub fn next_batch(&mut self) -> Option<Batch> {
        loop {
            match self.messages.recv().ok()? {
                Message::Frames(batch) => return Some(batch),
                Message::Names(names) => self.names = names,
                Message::Lost(frames) => self.lost += frames,
            }
        }
    }

    /// How many bytes of the file have been read.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// The names that the file has given to addresses so far.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// How many frames a live capture has lost.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// How it ended, after the last batch; a reading that is given up ends here.
    pub fn end(mut self) -> End {
        // Whoever still sends finds nobody.
        self.messages = bounded(0).1;
        self.thread.join().unwrap_or_default()
    }
}

/// The thread's side.
struct Desk {
    sender: Sender<Message>,
    wanted: Wanted,
    batch: usize,
    waiting: Batch,
    number: u64,
    decoder: Decoder,
    streams: Streams,
}

/// Nobody listens any more.
struct Alone;

impl Desk {
    fn read(&mut self, mut reader: Reader, position: &AtomicU64) -> End {
        let mut names = 0;
        let broken = loop {
            match reader.next_frame() {
                Ok(Some(frame)) => {
                    if self.take(&frame).is_err() {
                        break None;
                    }
                }
                Ok(None) => break None,
                Err(why) => break Some(why.to_string()),
            }
            if self.waiting.is_empty() {
                position.store(reader.position(), Ordering::Relaxed);
            }
            if reader.names().len() > names {
                names = reader.names().len();
                // Nobody listens: the next frame will find out.
                let _ = self.sender.send(Message::Names(reader.names().clone()));
            }
        };
        let _ = self.pass_on();
        End { broken, comments: reader.comments().to_vec() }
    }

    fn watch(&mut self, capture: &Capture, stop: &Receiver<()>) -> End {
        loop {
            let message = select! {
                recv(capture.messages()) -> message => message,
                recv(stop) -> _ => return End::default(),
            };
            let taken = match message {
                Ok(Captured::Ready) => Ok(()),
                Ok(Captured::Frame { time, link, bytes, original_len }) => self.take(&FileFrame {
                    time,
                    link,
                    bytes: &bytes,
                    original_len,
                    interface: 0,
                    comment: None,
                }),
                Ok(Captured::Lost(frames)) => {
                    self.sender.send(Message::Lost(frames)).map_err(|_| Alone)
                }
                Ok(Captured::Unavailable { why }) => {
                    return End { broken: Some(why), comments: Vec::new() };
                }
                Err(_) => Err(Alone),
            };
            if taken.is_err() {
                return End::default();
            }
        }
    }

    fn take(&mut self, frame: &FileFrame<'_>) -> Result<(), Alone> {
        self.number += 1;
        let FileFrame { time, link, bytes, original_len, comment, .. } = *frame;
        let shown = self.wanted.filter.as_mut().is_none_or(|filter| filter.wants(link, bytes));
        let packet = self.decoder.decode(link, bytes, original_len);
        let raw = self.wanted.bytes.then(|| Raw {
            link,
            bytes: bytes.into(),
            whole: self.whole(bytes),
            original_len,
            comment: comment.map(Arc::from),
        });
        let number = FrameNumber(self.number);
        let found = if self.wanted.found { self.streams.packet(&packet, time) } else { None };
        self.waiting.push(Decoded { number, time, packet, found, shown, raw });
        if self.waiting.len() < self.batch { Ok(()) } else { self.pass_on() }
    }

    /// What the frame's packet counts in, if that isn't the frame: it came in fragments.
    fn whole(&self, frame: &[u8]) -> Option<Arc<[u8]>> {
        let bytes = self.decoder.bytes_of(frame);
        (bytes.as_ptr() != frame.as_ptr()).then(|| bytes.into())
    }

    fn pass_on(&mut self) -> Result<(), Alone> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.waiting, Vec::with_capacity(self.batch));
        self.sender.send(Message::Frames(batch)).map_err(|_| Alone)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::capture::{DEVICE, Rights, start_on};
    use crate::network::testing::on_private_network;
    use crate::packet::Flags;
    use crate::reading::Conversations;
    use crate::story::Story;
    use crate::trace::{Bounds, Trace};

    /// The lab's own recordings.
    fn recordings() -> impl Iterator<Item = PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/captures");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|ending| ending == "pcap"))
    }

    fn frames(file: &Path, wanted: Wanted) -> Frames {
        Frames::of(Source::File(Reader::open(file).unwrap()), wanted, false).unwrap()
    }

    #[test]
    fn a_recording_read_is_the_story_that_the_trace_tells() {
        let mut read = 0;
        for file in recordings() {
            let mut trace = Trace::new(Bounds::default());
            let mut story = Story::default();
            let mut reader = Reader::open(&file).unwrap();
            while let Some(frame) = reader.next_frame().unwrap() {
                let (time, len) = (frame.time, frame.original_len);
                story.push(trace.append_frame(time, frame.link, frame.bytes.into(), len));
            }
            story.settle(Time(u64::MAX));
            let mut conversations = Conversations::new(false);
            let mut frames = frames(&file, Wanted { found: true, ..Wanted::default() });
            while let Some(batch) = frames.next_batch() {
                for frame in &batch {
                    conversations.take(frame);
                }
            }
            assert!(frames.end().broken.is_none());
            let followed: Vec<_> = conversations.kept().collect();
            assert_eq!(format!("{followed:?}"), format!("{:?}", story.connections()));
            read += followed.len();
        }
        assert!(read >= 5, "{read}");
    }

    #[test]
    fn a_reading_that_is_given_up_ends() {
        let file = recordings().next().unwrap();
        let mut frames = frames(&file, Wanted { bytes: true, ..Wanted::default() });
        assert!(!frames.next_batch().unwrap().is_empty());
        frames.end();
        // Even one that could go on for ever.
        let endless = std::io::repeat(0);
        let head =
            [0xa1b2_c3d4_u32.to_le_bytes(), [2, 0, 4, 0], [0; 4], [0; 4], [0; 4], [101, 0, 0, 0]];
        let reader = Reader::new(std::io::Cursor::new(head.concat()).chain(endless)).unwrap();
        let mut frames = Frames::of(Source::File(reader), Wanted::default(), false).unwrap();
        frames.next_batch().unwrap();
        frames.end();
    }

    #[test]
    fn an_interface_is_read_until_it_is_enough() {
        on_private_network(|_| {
            let capture = start_on(DEVICE, Rights::Keep);
            assert_eq!(capture.messages().recv().unwrap(), Captured::Ready);
            let (stop, stopped) = bounded(1);
            let wanted = Wanted { found: true, ..Wanted::default() };
            let mut frames = Frames::of(Source::Live(capture, stopped), wanted, true).unwrap();
            let server = TcpListener::bind("127.0.0.1:80").unwrap();
            let mut client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
            client.write_all(b"hello").unwrap();
            let mut flags = Vec::new();
            while flags.len() < 4 {
                for frame in frames.next_batch().unwrap() {
                    assert_eq!(frame.number.0 as usize, flags.len() + 1);
                    let Packet::Tcp(segment) = frame.packet else { panic!("{frame:?}") };
                    assert_eq!(frame.found.unwrap().stream, 0);
                    flags.push(segment.flags);
                }
            }
            let push_ack = Flags::PSH.with(Flags::ACK);
            assert_eq!(flags, [Flags::SYN, Flags::SYN.with(Flags::ACK), Flags::ACK, push_ack]);
            stop.send(()).unwrap();
            while frames.next_batch().is_some() {}
            assert!(frames.end().broken.is_none());
        });
    }
}
