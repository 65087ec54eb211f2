//! `sockscope read FILE`: a capture file, segment by segment.

use std::io::{self, Write};
use std::path::Path;

use super::exit::Exit;
use super::{complain, outcome};
use crate::capture::{Broken, FileFrame, Reader};
use crate::packet::{Packet, decode_headers};
use crate::tcp::analysis::{Excluded, Ledgers};
use crate::trace::FrameNumber;
use crate::view::sanitize::escape;
use crate::view::tsv;

/// How many bytes are written at a time.
const CHUNK: usize = 64 << 10;

/// Writes what Wireshark says of each segment, as tab-separated rows.
pub(super) fn tsv(path: &Path) -> Exit {
    let mut reader = match open(path) {
        Ok(reader) => reader,
        Err(exit) => return exit,
    };
    let mut rows = Rows::default();
    let mut out = io::stdout().lock();
    let end = loop {
        match reader.next_frame() {
            Ok(Some(frame)) => rows.frame(&frame),
            Ok(None) => break None,
            Err(broken) => break Some(broken),
        }
        if rows.bytes.len() >= CHUNK {
            if let Err(error) = out.write_all(&rows.bytes) {
                return outcome(Err(error));
            }
            rows.bytes.clear();
        }
    };
    let written = outcome(out.write_all(&rows.bytes).and_then(|()| out.flush()));
    match end {
        Some(broken) if written == Exit::Success => is_broken(path, rows.frames, &broken),
        Some(_) | None => written,
    }
}

/// What has been read of a capture, as rows.
#[derive(Debug, Default)]
struct Rows {
    frames: u64,
    ledgers: Ledgers,
    excluded: Excluded,
    /// Not written yet.
    bytes: Vec<u8>,
}

impl Rows {
    fn frame(&mut self, frame: &FileFrame<'_>) {
        self.frames += 1;
        let number = FrameNumber(self.frames);
        let packet = decode_headers(frame.link, frame.bytes, frame.original_len);
        self.excluded.note(number, &packet);
        match packet {
            Packet::Tcp(segment) => {
                let analysis = self.ledgers.segment(number, &segment, frame.time);
                tsv::row(&mut self.bytes, number, frame.time, &segment, &analysis);
            }
            Packet::Icmp(message) => {
                if let Some(about) = message.about.filter(|about| about.protocol == 6) {
                    self.ledgers.quoted(about.src, about.dst);
                }
            }
            Packet::Udp(_) | Packet::Other(_) => {}
        }
    }
}

fn open(path: &Path) -> Result<Reader, Exit> {
    Reader::open(path).map_err(|error| {
        complain(&format!("sockscope: {}: {error}", shown(path)));
        Exit::Environment
    })
}

fn is_broken(path: &Path, frames: u64, broken: &Broken) -> Exit {
    complain(&format!("sockscope: {}: after frame {frames}: {broken}", shown(path)));
    Exit::Environment
}

fn shown(path: &Path) -> String {
    escape(path.display().to_string().as_bytes(), false)
}
