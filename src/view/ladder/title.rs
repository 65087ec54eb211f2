//! The words above and below a whole ladder: who, who opened, how it ended, who says so.

use super::conversation::name;
use super::glyph::Glyphs;
use super::lifelines::Lifeline;
use super::shape::Shape;
use crate::story::{Connection, End, Side, Termination};
use crate::tcp::State;
use crate::view::calendar::utc;
use crate::view::conversations::{Ending, Opening, Recorded, Who};
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::{Row, safe};

/// `connection 1 · client 127.0.0.1:40112 → server 127.0.0.1:8899 · client opened · open`
pub fn connection(connection: &Connection, look: Look) -> String {
    let glyphs = Glyphs::of(look);
    let called = |side: Side| {
        let end = connection.end(side);
        let mut lifeline = Lifeline::of(&end.name, end.address, look);
        if let Some(listener) = &end.name.listener {
            lifeline.name = Some(safe(listener, look));
        }
        lifeline.words()
    };
    let opened = match connection.opener {
        _ if connection.self_connected => "one socket, connected to itself".to_owned(),
        Some(_) if connection.simultaneous_open => "both opened at once".to_owned(),
        Some(side) => format!("{} opened", short(connection, side, look)),
        None => "its opening was not captured".to_owned(),
    };
    [
        format!("connection {}", connection.id.0 + 1),
        format!("{} {} {}", called(Side::A), glyphs.arrow, called(Side::B)),
        opened,
        ended(connection, look),
    ]
    .join(&format!(" {} ", glyphs.dot))
}

/// `stream 0 · 10.0.0.7:40112 → 192.0.2.80:80 · SYN seen · client closed first · began
/// 2023-11-14 22:13:20.123456 UTC`
pub fn recorded(recorded: &Recorded<'_>, look: Look) -> String {
    let connection = recorded.connection;
    let opening = Opening::of(connection);
    let who = Who::new(connection, opening);
    // Whoever was seen first is on the left.
    let arrow = match (opening.client(), look.ascii) {
        (Some(Side::A), false) => "→",
        (Some(Side::A), true) => "->",
        (Some(Side::B), false) => "←",
        (Some(Side::B), true) => "<-",
        (None, false) => "↔",
        (None, true) => "<>",
    };
    let [left, right] = connection.ends.each_ref().map(|end| end.address);
    let since = match opening {
        Opening::Syn(_) | Opening::Both | Opening::Itself => "began",
        Opening::SynAck(_) | Opening::NotSeen => "first seen",
    };
    [
        format!("stream {}", recorded.stream),
        format!("{left} {arrow} {right}"),
        opening.long().to_owned(),
        Ending::of(recorded).long(who),
        format!("{since} {}", utc(connection.first, 6)),
    ]
    .join(&format!(" {} ", Glyphs::of(look).dot))
}

/// How it ended, if it has: `client closed first, in order`.
pub fn ended(connection: &Connection, look: Look) -> String {
    match connection.termination {
        Termination::Open => "open".to_owned(),
        Termination::Orderly(_) if closed_at_once(connection) => "both closed at once".to_owned(),
        Termination::Orderly(first) => {
            format!("{} closed first, in order", short(connection, first, look))
        }
        Termination::Reset(by) => format!("reset by {}", short(connection, by, look)),
        Termination::Refused => "refused".to_owned(),
    }
}

/// An end's name, or its port.
fn short(connection: &Connection, side: Side, look: Look) -> String {
    let end = connection.end(side);
    let place = || format!(":{}", end.address.port());
    end.name.name.as_ref().map_or_else(place, |_| name(&end.name, look))
}

/// Whether the two FINs crossed: only then does an end pass through CLOSING (RFC 9293, 3.6).
pub fn closed_at_once(connection: &Connection) -> bool {
    let closing = Some(State::Closing);
    !connection.self_connected
        && connection.ends.iter().any(|end| {
            // Nothing is gathered for the many that never were.
            end.path.iter().any(|step| step.change.after == closing)
                && end.visited().contains(&State::Closing)
        })
}

/// `datagrams · client 127.0.0.1:40112 → server 127.0.0.1:5353`
pub fn datagrams(ends: &[Lifeline; 2], look: Look) -> String {
    let glyphs = Glyphs::of(look);
    let [left, right] = ends.each_ref().map(Lifeline::words);
    format!("datagrams {} {left} {} {right}", glyphs.dot, glyphs.arrow)
}

/// The title in as many lines as it takes.
pub fn wrapped(title: &str, shape: &Shape, look: Look) -> String {
    let options = textwrap::Options::new(shape.width).subsequent_indent("  ");
    let lines = textwrap::wrap(title, options);
    lines.iter().map(|line| Row::of(Meaning::Plain, line.as_ref()).line(look)).collect()
}

/// The names over both lifelines: `conn (of server)`.
pub fn lifelines(connection: &Connection, look: Look) -> [Lifeline; 2] {
    [Side::A, Side::B].map(|side| {
        let end = connection.end(side);
        let mut lifeline = Lifeline::of(&end.name, end.address, look);
        if let (Some(name), Some(listener)) = (&mut lifeline.name, &end.name.listener) {
            *name = format!("{name} (of {})", safe(listener, look));
        }
        lifeline
    })
}

/// Who says that an end is in its state, and whether the kernel says otherwise.
pub fn source(end: &End) -> String {
    let source = end.confidence.word();
    match (end.state, end.kernel_differs) {
        (None, _) => String::new(),
        (Some(_), None) => source.to_owned(),
        (Some(_), Some(state)) => {
            format!("{source}; kernel: {}", state.unwrap_or(State::Closed))
        }
    }
}
