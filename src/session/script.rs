//! Scripts: lines from a file, standard input or `-c`, one after another.

use std::io::{self, BufRead};

use super::{Flow, Place, Session, Stop};

/// Longer lines are refused: bytes.
const LONGEST_LINE: usize = 16 << 20;

/// Runs every line of `source`, which is called `name`. Stops at the first failure; with
/// `keep_going` it goes on, and gives the first failure at the end.
pub fn run(
    session: &mut Session,
    name: &str,
    source: &mut dyn BufRead,
    keep_going: bool,
) -> Result<Flow, Stop> {
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
            Err(stop @ (Stop::Closed | Stop::Interrupted)) => return Err(stop),
            Err(stop) if keep_going => first_failure = first_failure.or(Some(stop)),
            Err(stop) => return Err(stop),
        }
    };
    first_failure.map_or(Ok(end), Err)
}

/// Commands, which may go over several lines.
struct Lines<'a> {
    source: &'a mut dyn BufRead,
    line: usize,
}

impl Lines<'_> {
    /// The next command line, with its continuation lines, and where it starts.
    fn next(&mut self, session: &mut Session, name: &str) -> Result<Option<(Place, String)>, Stop> {
        let Some(mut text) = self.line(session, name)? else { return Ok(None) };
        let place = Place { source: Some(name.into()), line: self.line };
        while crate::command::is_unfinished(&text) && text.len() < LONGEST_LINE {
            let Some(more) = self.line(session, name)? else { break };
            text.push('\n');
            text.push_str(&more);
        }
        Ok(Some((place, text)))
    }

    fn line(&mut self, session: &mut Session, name: &str) -> Result<Option<String>, Stop> {
        let mut bytes = Vec::new();
        let limit = LONGEST_LINE as u64 + 1;
        let read = io::Read::take(&mut *self.source, limit).read_until(b'\n', &mut bytes);
        self.line += 1;
        let place = Place { source: Some(name.into()), line: self.line };
        match read {
            Err(error) => {
                session.report(&place, 1, &format!("can't read on: {error}"));
                Err(Stop::Environment)
            }
            Ok(0) => Ok(None),
            Ok(length) if length > LONGEST_LINE => {
                session.report(&place, 1, "this line is longer than 16 MB");
                Err(Stop::Syntax)
            }
            Ok(_) => match String::from_utf8(bytes) {
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
