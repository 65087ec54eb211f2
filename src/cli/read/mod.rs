//! `sockscope read`: what a capture tells, of a file, of standard input, or live.

mod frame;
mod ladder;
mod progress;
mod rows;
mod source;
mod summary;
mod writer;

use std::io;
use std::path::PathBuf;

use clap::ValueEnum;

use super::arguments::Arguments;
use super::exit::Exit;
use super::{complain, look, outcome};
use crate::capture::Filter;
use crate::reading::{self, Batch, Frames};
use crate::tcp::analysis::{Excluded, Exclusion};
use crate::trace::FrameNumber;
use crate::view::{Look, sanitize};
use progress::Progress;
use source::Opened;
use writer::Writer;

/// What is asked for, as typed.
#[derive(Debug, clap::Args)]
pub struct Read {
    /// A .pcap or .pcapng file, gzip'd or not; `-` is standard input
    #[arg(required_unless_present = "interface", conflicts_with = "interface")]
    pub file: Option<PathBuf>,
    /// Read live from this interface
    #[arg(long, value_name = "NAME")]
    pub interface: Option<String>,
    /// Go on when the file grows, until Ctrl-C
    #[arg(long, conflicts_with = "interface")]
    pub follow: bool,
    /// A line per conversation (text), or each segment: tsv, jsonl
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Draw each conversation
    #[arg(long, conflicts_with_all = ["format", "frame"])]
    pub ladder: bool,
    /// Only this conversation, as Wireshark numbers them (tcp.stream)
    #[arg(long, value_name = "N")]
    pub stream: Option<u32>,
    /// Only the first N segments of each conversation
    #[arg(long, value_name = "N", requires = "ladder")]
    pub first: Option<usize>,
    /// Dissect this frame, byte by byte
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    #[arg(conflicts_with_all = ["format", "stream", "filter"])]
    pub frame: Option<u64>,
    /// Show only what this lets through, as 'tcp port 80 and host 10.0.0.1' (man 7 pcap-filter)
    #[arg(long, value_name = "EXPRESSION")]
    pub filter: Option<String>,
    /// Say which frames aren't held against what Wireshark says of them, and why
    #[arg(long)]
    pub excluded: bool,
}

/// How what is read is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line per conversation
    Text,
    /// A row per segment, in tshark's columns
    Tsv,
    /// JSON Lines: each segment, then each conversation
    Jsonl,
}

/// `sockscope read …`
pub(super) fn read(arguments: &Arguments, wish: &Read) -> Exit {
    let look = look::of_terminal(&arguments.screen);
    let opened = match source::open(wish) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let mut reading = match Reading::begin(opened, wish, look) {
        Ok(reading) => reading,
        Err(exit) => return exit,
    };
    let written = match (wish.frame, wish.ladder, wish.format) {
        (Some(number), _, _) => return frame::dissect(reading, FrameNumber(number)),
        (None, true, _) => ladder::draw(&mut reading),
        (None, false, Format::Text) => summary::write(&mut reading),
        (None, false, Format::Tsv) => rows::tsv(&mut reading),
        (None, false, Format::Jsonl) => rows::jsonl(&mut reading),
    };
    reading.end(written)
}

/// Most characters of a comment that are shown.
const MOST_COMMENT: usize = 2000;

/// Most frames that are listed for each reason to leave them out.
const MOST_LISTED: usize = 20;

/// A reading under way.
struct Reading {
    frames: Frames,
    name: String,
    wish: Wanted,
    look: Look,
    progress: Progress,
    out: Writer,
    /// Something of what is wanted has been there.
    is_there: bool,
    /// What someone has noted on the file is shown, too.
    tells_comments: bool,
    excluded: Excluded,
}

/// What of it is to be shown.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    stream: Option<u32>,
    first: usize,
    is_filtered: bool,
    excluded: bool,
    /// Somebody waits for each line.
    is_live: bool,
}

impl Reading {
    fn begin(opened: Opened, wish: &Read, look: Look) -> Result<Reading, Exit> {
        let filter = match wish.filter.as_deref().map(Filter::new).transpose() {
            Ok(filter) => filter,
            Err(why) => {
                let expression = wish.filter.as_deref().unwrap_or_default();
                complain(&format!("sockscope: --filter '{}': {why}", source::shown(expression)));
                return Err(Exit::Usage);
            }
        };
        let bytes = wish.ladder || wish.frame.is_some() || wish.format == Format::Jsonl;
        let wanted = Wanted {
            stream: wish.stream,
            first: wish.first.unwrap_or(usize::MAX),
            is_filtered: filter.is_some(),
            excluded: wish.excluded,
            is_live: opened.is_live,
        };
        let found = wish.format != Format::Tsv;
        let of_frames = reading::Wanted { filter, bytes, found };
        let frames = Frames::of(opened.source, of_frames, opened.is_live).map_err(|error| {
            complain(&format!("sockscope: {}: {error}", opened.name));
            Exit::Environment
        })?;
        let progress = Progress::new(opened.len, opened.is_live);
        let out = Writer::new(opened.is_live);
        let tells_comments = wish.format == Format::Text && wish.frame.is_none();
        Ok(Reading {
            frames,
            name: opened.name,
            wish: wanted,
            look,
            progress,
            out,
            is_there: false,
            tells_comments,
            excluded: Excluded::default(),
        })
    }

    /// The next frames, unless somebody wants to stop.
    fn next(&mut self) -> Option<Batch> {
        let batch = self.frames.next_batch();
        if self.wish.excluded {
            for frame in batch.iter().flatten() {
                self.excluded.note(frame.number, &frame.packet);
            }
        }
        self.progress.tell(self.frames.position(), self.look);
        batch
    }

    /// Whether that conversation is to be shown.
    fn wants(&mut self, stream: u32) -> bool {
        let is_wanted = self.wish.stream.is_none_or(|wanted| wanted == stream);
        self.is_there |= is_wanted;
        is_wanted
    }

    /// Writes what waits, if it is enough or wanted at once.
    fn settle(&mut self) -> io::Result<()> {
        if self.out.is_due() {
            self.progress.clear();
            self.out.flush()?;
        }
        Ok(())
    }

    /// Says which frames aren't held against what Wireshark says of them.
    fn tell_excluded(&self) {
        for why in Exclusion::ALL {
            let frames = self.excluded.frames().iter().filter(|(_, of)| *of == why);
            let numbers: Vec<String> =
                frames.take(MOST_LISTED).map(|(frame, _)| frame.0.to_string()).collect();
            let count = self.excluded.count(why);
            let more = if count > numbers.len() as u64 { " …" } else { "" };
            let list =
                if count == 0 { String::new() } else { format!(": {}{more}", numbers.join(" ")) };
            complain(&format!("{} {count:>6}  {why}{list}", why.id()));
        }
    }

    /// After the last frame, or when nobody reads any more: what remains to be said.
    fn end(mut self, written: io::Result<()>) -> Exit {
        self.progress.clear();
        if self.wish.excluded {
            self.tell_excluded();
        }
        let lost = self.frames.lost();
        let end = self.frames.end();
        if self.tells_comments {
            for comment in &end.comments {
                let comment = sanitize::text(comment.as_bytes(), MOST_COMMENT, self.look.ascii);
                self.out.bytes.extend(format!("  comment: \"{comment}\"\n").bytes());
            }
        }
        let written = written.and_then(|()| self.out.flush());
        let written = outcome(written);
        if written != Exit::Success {
            return written;
        }
        if lost > 0 {
            complain(&format!(
                "sockscope: the kernel had no room for {lost} frames: they are lost"
            ));
        }
        match end.broken {
            Some(why) => {
                complain(&format!("sockscope: {}: {why}", self.name));
                Exit::Environment
            }
            None => match self.wish.stream {
                Some(number) if !self.is_there => {
                    let name = self.name;
                    complain(&format!("sockscope: {name}: there is no conversation {number}"));
                    Exit::Usage
                }
                Some(_) | None => Exit::Success,
            },
        }
    }
}
