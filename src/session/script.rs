//! Scripts: lines from a file, standard input or `-c`, one after another.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crossbeam_channel::{Receiver, bounded};

use super::{Flow, Place, Session, Stop};
use crate::command::Joiner;
use crate::lab::Woken;
use crate::trace::Time;

/// Longer lines are refused: bytes.
const LONGEST_LINE: usize = 16 << 20;

/// Opens a script's file. A directory is none.
pub fn open(file: &Path) -> io::Result<BufReader<File>> {
    let file = File::open(file)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(BufReader::new(file))
}

/// Runs every line of `source`, which is called `name`. Stops at the first failure; with
/// `keep_going` it goes on, and gives the first failure at the end.
pub fn run(
    session: &mut Session,
    name: &str,
    source: &mut dyn BufRead,
    keep_going: bool,
) -> Result<Flow, Stop> {
    run_lines(session, name, Source::Reader(source), keep_going)
}

/// As [`run`], from a source that may keep one waiting: what happens meanwhile is shown when it
/// happens, and Ctrl-C ends the wait. The source is read on a thread of its own, a line ahead.
pub fn run_live(
    session: &mut Session,
    name: &str,
    source: impl FnOnce() -> Box<dyn BufRead> + Send + 'static,
    keep_going: bool,
) -> Result<Flow, Stop> {
    let (send, lines) = bounded(1);
    std::thread::spawn(move || {
        let mut source = source();
        loop {
            let line = read_line(&mut *source);
            let is_last = !matches!(&line, Ok(line) if !line.is_empty());
            if send.send(line).is_err() || is_last {
                return;
            }
        }
    });
    run_lines(session, name, Source::Live(lines), keep_going)
}

fn run_lines(
    session: &mut Session,
    name: &str,
    source: Source,
    keep_going: bool,
) -> Result<Flow, Stop> {
    session.keep_going = keep_going;
    let mut first_failure = None;
    let mut lines = Lines { source, line: 0 };
    let end = loop {
        let result = match lines.next(session, name) {
            Ok(Some((place, text))) => session.run(&place, &text),
            Ok(None) => break Flow::On,
            Err(stop) => Err(stop),
        };
        match result {
            Ok(Flow::On) => {}
            Ok(Flow::Quit) => break Flow::Quit,
            Err(stop @ (Stop::Closed | Stop::Unwritable | Stop::Interrupted)) => return Err(stop),
            Err(stop) if keep_going => first_failure = first_failure.or(Some(stop)),
            Err(stop) => return Err(stop),
        }
    };
    first_failure.map_or(Ok(end), Err)
}

/// A line with its end, empty at the end of the script; or why there is none.
type Line = io::Result<Vec<u8>>;

/// Where lines come from.
enum Source<'a> {
    Reader(&'a mut dyn BufRead),
    Live(Receiver<Line>),
}

impl Source<'_> {
    fn next(&mut self, session: &mut Session) -> Result<Line, Stop> {
        let lines = match self {
            Source::Reader(reader) => return Ok(read_line(&mut **reader)),
            Source::Live(lines) => lines,
        };
        loop {
            match session.lab.wait(Time(u64::MAX), lines) {
                Woken::Fact => {
                    session.catch_up()?;
                    session.lesson_looks()?;
                }
                Woken::Interrupt => return Err(Stop::Interrupted),
                Woken::Door => return Ok(lines.recv().unwrap_or(Ok(Vec::new()))),
                Woken::Deadline => {}
            }
        }
    }
}

/// At most a little more than [`LONGEST_LINE`].
fn read_line(source: &mut dyn BufRead) -> Line {
    let mut bytes = Vec::new();
    let limit = LONGEST_LINE as u64 + 1;
    io::Read::take(source, limit).read_until(b'\n', &mut bytes)?;
    Ok(bytes)
}

/// Commands, which may go over several lines.
struct Lines<'a> {
    source: Source<'a>,
    line: usize,
}

impl Lines<'_> {
    /// The next command line, with its continuation lines, and where it starts.
    fn next(&mut self, session: &mut Session, name: &str) -> Result<Option<(Place, String)>, Stop> {
        let Some(mut text) = self.line(session, name)? else { return Ok(None) };
        let place = Place { source: Some(name.into()), line: self.line };
        let mut joiner = Joiner::default();
        let mut goes_on = joiner.goes_on(&text);
        while goes_on && text.len() < LONGEST_LINE {
            let Some(more) = self.line(session, name)? else { break };
            goes_on = joiner.goes_on(&more);
            text.push('\n');
            text.push_str(&more);
        }
        Ok(Some((place, text)))
    }

    fn line(&mut self, session: &mut Session, name: &str) -> Result<Option<String>, Stop> {
        let read = self.source.next(session)?;
        self.line += 1;
        let place = Place { source: Some(name.into()), line: self.line };
        match read {
            Err(error) => {
                session.report(&place, 1, &format!("can't read on: {error}"));
                Err(Stop::Environment)
            }
            Ok(bytes) if bytes.is_empty() => Ok(None),
            Ok(bytes) if bytes.len() > LONGEST_LINE => {
                session.report(&place, 1, "this line is longer than 16 MB");
                Err(Stop::Syntax)
            }
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => {
                    let text = text.strip_suffix('\n').unwrap_or(&text);
                    let text = text.strip_suffix('\r').unwrap_or(text);
                    let text = if self.line == 1 {
                        text.strip_prefix('\u{feff}').unwrap_or(text)
                    } else {
                        text
                    };
                    Ok(Some(text.to_owned()))
                }
                Err(error) => {
                    let good = error.utf8_error().valid_up_to();
                    let bytes = error.into_bytes();
                    let column = String::from_utf8_lossy(&bytes[..good]).chars().count() + 1;
                    let bad = bytes.get(good).copied().unwrap_or_default();
                    session.report(
                        &place,
                        column,
                        &format!(
                            "byte 0x{bad:02x} is not UTF-8; save the script as UTF-8, or write \
                             the byte as \\x{bad:02x} in a string"
                        ),
                    );
                    Err(Stop::Syntax)
                }
            },
        }
    }
}
