//! What `read FILE` shows: each conversation of a recording, as it is written out.
//!
//! ```text
//!   no  client                 segs   bytes sent  state          start  opening
//!    →  server                             again                  took  ending
//!    0  10.0.0.7:40112            9   412 B       TIME-WAIT       0 µs  SYN
//!    →  192.0.2.80:80             8 52.1 kB    2  CLOSED        1.23 s  client FIN
//! ```
//!
//! On a wide screen, and where there is none, each has one line. Columns depend on the screen
//! alone, so that nothing has to be kept to lay a line out.

mod ending;
mod layout;
mod lines;
mod opening;
mod rows;
#[cfg(test)]
mod tests;
mod totals;
mod words;

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

pub use self::ending::{Ending, Who};
use self::layout::Layout;
pub use self::opening::Opening;
pub use self::totals::Totals;
use super::ladder::state_words;
use super::look::Look;
use super::paint::Meaning;
use super::pen::Pen;
use super::quantity::Count;
use super::sanitize;
use crate::story::{Connection, End, Side};
use crate::trace::{FrameNumber, Time};

/// What a recording knows of a conversation beyond its story.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// Its story.
    pub connection: &'a Connection,
    /// Its number as Wireshark counts them: `tcp.stream`.
    pub stream: u32,
    /// Whether it was let go of before its end, to bound memory.
    pub is_cut: bool,
    /// Wireshark's `tcp.completeness`, if that was asked for.
    pub completeness: Option<u8>,
    /// From its SYN to the first ACK without SYN; `None` if either was not captured.
    pub initial_rtt: Option<Duration>,
    /// The SYN that began it where an older one lived, if the recording ends before it shows
    /// whether it is a new one at all (D8).
    pub undecided: Option<FrameNumber>,
}

impl<'a> Recorded<'a> {
    /// A conversation with what Wireshark finds in it.
    pub fn new(connection: &'a Connection) -> Recorded<'a> {
        let found = connection.found;
        Recorded {
            connection,
            stream: connection.stream.unwrap_or_default(),
            is_cut: false,
            completeness: found.map(|found| found.completeness_after.0),
            initial_rtt: found
                .and_then(|found| found.initial_rtt)
                .and_then(|rtt| u64::try_from(rtt).ok())
                .map(Duration::from_nanos),
            undecided: None,
        }
    }

    /// The same of one that had to make room: whatever comes of it from now on is another's.
    pub fn let_go(connection: &'a Connection) -> Recorded<'a> {
        Recorded { is_cut: !connection.is_over(), ..Recorded::new(connection) }
    }
}

/// Looks up the name of an address: what a file's name resolution blocks say.
pub type Names<'n> = &'n dyn Fn(IpAddr) -> Option<&'n str>;

/// No name for any address.
pub fn nameless(_: IpAddr) -> Option<&'static str> {
    None
}

/// Writes conversations, one after another.
#[derive(Debug)]
pub struct Conversations {
    look: Look,
    layout: Layout,
    /// What is being written into a cell.
    cell: String,
}

/// A conversation, ready to be shown.
struct Shown<'a> {
    connection: &'a Connection,
    stream: u32,
    opening: Opening,
    ending: Ending,
    who: Who,
    /// The end shown first, and the other.
    sides: [Side; 2],
    start: Duration,
}

impl Conversations {
    /// For a screen of so many columns; `None` is no screen: one line each, as long as it must be.
    pub fn new(look: Look, columns: Option<usize>) -> Conversations {
        Conversations { look, layout: Layout::new(columns), cell: String::new() }
    }

    /// What stands above the first. Each line ends in a newline.
    pub fn heading(&self) -> String {
        let mut out = String::new();
        let mut pen = Pen::new(&mut out, self.look);
        match &self.layout {
            Layout::Lines(lines) => self.heading_of_lines(&mut pen, lines),
            Layout::Rows(rows) => self.heading_of_rows(&mut pen, rows),
            Layout::Words(_) => {}
        }
        out
    }

    /// Appends one conversation; `first` is the time of the recording's first frame.
    pub fn line(
        &mut self,
        out: &mut String,
        recorded: &Recorded<'_>,
        first: Time,
        names: Names<'_>,
    ) {
        let connection = recorded.connection;
        let opening = Opening::of(connection);
        let shown = Shown {
            connection,
            stream: recorded.stream,
            opening,
            ending: Ending::of(recorded),
            who: Who::new(connection, opening),
            sides: [opening.left(), opening.left().other()],
            start: connection.first.since(first),
        };
        match self.layout {
            Layout::Lines(lines) => self.one_line(out, &shown, &lines, names),
            Layout::Rows(rows) => self.two_rows(out, &shown, &rows, names),
            Layout::Words(width) => self.words(out, &shown, width, names),
        }
    }

    /// Puts an address into the cell: the name in place of its number if there is one, cut so that
    /// the port can be seen.
    fn address(&mut self, address: SocketAddr, room: usize, names: Names<'_>) {
        self.cell.clear();
        let Some(name) = names(address.ip()) else {
            return number(&mut self.cell, address);
        };
        let port = format!(":{}", address.port());
        let room = room.saturating_sub(port.len()).max(8);
        self.cell += &sanitize::text(name.as_bytes(), room, self.look.ascii);
        self.cell += &port;
    }

    /// Puts a number of retransmissions into the cell; none leaves it empty.
    fn again(&mut self, count: u64) {
        self.cell.clear();
        if count > 0 {
            let _ = write!(self.cell, "{}", Count(count));
        }
    }

    fn cell(&mut self, value: impl std::fmt::Display) -> &str {
        self.cell.clear();
        let _ = write!(self.cell, "{value}");
        &self.cell
    }

    /// From client to server; both ways where nobody knows who was which.
    fn arrow(&self, opening: Opening) -> &'static str {
        match (opening.client(), self.look.ascii) {
            (Some(_), false) => "→",
            (Some(_), true) => "->",
            (None, false) => "↔",
            (None, true) => "<>",
        }
    }
}

impl Shown<'_> {
    fn opened(&self, is_wordy: bool) -> &'static str {
        if is_wordy { self.opening.long() } else { self.opening.short() }
    }

    fn ended(&self, is_wordy: bool) -> (Meaning, String) {
        let meaning = if self.ending.is_bad() { Meaning::Bad } else { Meaning::Plain };
        let who = self.who;
        let word = if is_wordy { self.ending.long(who) } else { self.ending.short(who) };
        (meaning, word)
    }
}

/// Appends an address as number and port.
fn number(text: &mut String, address: SocketAddr) {
    let SocketAddr::V4(v4) = address else {
        let _ = write!(text, "{address}");
        return;
    };
    let mut digits = itoa::Buffer::new();
    for (place, octet) in v4.ip().octets().into_iter().enumerate() {
        text.push_str(if place == 0 { "" } else { "." });
        text.push_str(digits.format(octet));
    }
    text.push(':');
    text.push_str(digits.format(v4.port()));
}

fn states(end: &End) -> String {
    state_words(end.state, end.confidence)
}
