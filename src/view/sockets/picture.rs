//! `sockets NAME`: both ends of a connection side by side, or a listener's queues, and what each
//! will do next.
//!
//! ```text
//! connection 1 · client 127.0.0.1:40112 ⇄ conn 127.0.0.1:8899
//!   client  In 180 ms it sends bytes 1 to 5 again, to probe for a lost tail; …
//!   conn    No timer runs: it waits for client, or for its own program.
//!
//!                   client                          conn
//!   state           ESTABLISHED                     ESTABLISHED
//!   timer           tail loss probe in 180 ms       none
//! ```

use unicode_width::UnicodeWidthStr;

use super::end::{End, HalfOpen, Listener, Shown};
use super::next;
use super::rows::{Line, gauge, rows};
use crate::tcp::outlook::outlook;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::{Row, safe};

/// Columns of the labels, and between columns.
const LABEL: usize = 15;
const GAP: usize = 2;
/// An end's column is at least and at most so wide.
const LEAST: usize = 19;
const MOST: usize = 34;
/// So many columns the meanings need, and so many the ends' columns beside them.
const GLOSS: usize = 38;
const GLOSSED: usize = 28;
/// Half-open connections that are listed.
const LISTED: usize = 5;

/// The picture in at most so many rows, where that is bounded: then what is needed least is left
/// out.
pub fn picture(shown: &Shown, most: Option<usize>, look: Look) -> String {
    match shown {
        Shown::Connection { number, ends } => connection(*number, ends, most, look),
        Shown::Listener(listener) => queues(listener, most, look),
    }
}

/// Lines of text, cut to a number.
fn cut(mut lines: Vec<Row>, most: Option<usize>, look: Look) -> String {
    if let Some(most) = most {
        lines.truncate(most.max(1));
    }
    lines.into_iter().map(|row| row.cut(look.width, look).line(look)).collect()
}

fn connection(number: Option<u32>, ends: &[End], most: Option<usize>, look: Look) -> String {
    let mut lines = title(number, ends, look);
    let width = ends.iter().map(|end| safe(&end.name, look).width()).max().unwrap_or(0);
    for (place, end) in ends.iter().enumerate() {
        let peer = ends.iter().enumerate().find(|(other, _)| *other != place);
        let peer = peer.map_or_else(|| end.peer.to_string(), |(_, peer)| safe(&peer.name, look));
        lines.extend(said(end, &next::sentence(end, &peer, look), width, look));
    }
    lines.push(Row::default());
    let side_by_side = look.width >= GAP + LABEL + 2 * (GAP + LEAST);
    if side_by_side {
        lines.extend(table(ends, most.map(|most| most.saturating_sub(lines.len())), look));
    } else {
        let share = most.map(|most| most.saturating_sub(lines.len()) / ends.len().max(1));
        for (place, end) in ends.chunks(1).enumerate() {
            if place > 0 {
                lines.push(Row::default());
            }
            lines.extend(table(end, share, look));
        }
    }
    cut(lines, most, look)
}

/// `connection 1 · client 127.0.0.1:40112 ⇄ conn 127.0.0.1:8899`
fn title(number: Option<u32>, ends: &[End], look: Look) -> Vec<Row> {
    let (dot, both) = if look.ascii { ("-", "<->") } else { ("·", "⇄") };
    let number = number.map(|number| format!("connection {number} {dot} "));
    let called = |end: &End| format!("{} {}", safe(&end.name, look), end.local);
    let [first, second] = match ends {
        [one, other] => [called(one), called(other)],
        [one] => [called(one), one.peer.to_string()],
        _ => [String::new(), String::new()],
    };
    let text = format!("{}{first} {both} {second}", number.unwrap_or_default());
    wrapped(&text, look, "  ").into_iter().map(|line| Row::of(Meaning::Plain, line)).collect()
}

/// A name and a sentence, on as many lines as it takes.
fn said(end: &End, sentence: &str, width: usize, look: Look) -> Vec<Row> {
    let indent = GAP + width + GAP;
    let room = Look { width: look.width.saturating_sub(indent).max(20), ..look };
    let lines = wrapped(&safe(sentence, look), room, "");
    let rows = lines.into_iter().enumerate().map(|(place, line)| {
        let mut row = Row::of(Meaning::Plain, " ".repeat(GAP));
        if place == 0 {
            row.put(Meaning::Name(end.side), safe(&end.name, look));
        }
        row.pad_to(indent);
        row.say(line);
        row
    });
    rows.collect()
}

fn wrapped(text: &str, look: Look, indent: &str) -> Vec<String> {
    let options = textwrap::Options::new(look.width.min(100))
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .subsequent_indent(indent);
    let text = glued(text);
    textwrap::wrap(&text, options).iter().map(|line| line.replace(GLUE, " ")).collect()
}

/// A space that no line is broken at.
const GLUE: char = '\u{a0}';

/// With numbers glued to their units: `340 ms` stays on one line.
fn glued(text: &str) -> String {
    let mut glued = String::with_capacity(text.len());
    for word in text.split(' ') {
        let unit = word.trim_end_matches(['.', ',', ';', ':', ')']);
        let is_unit = matches!(unit, "s" | "ms" | "us" | "µs" | "min" | "h");
        if is_unit && glued.ends_with(|c: char| c.is_ascii_digit()) {
            glued.push(GLUE);
        } else if !glued.is_empty() {
            glued.push(' ');
        }
        glued.push_str(word);
    }
    glued
}

/// The ends in columns beside each other, a row for each number.
fn table(ends: &[End], most: Option<usize>, look: Look) -> Vec<Row> {
    let mut lines = rows(ends, look);
    // The names take a line.
    while most.is_some_and(|most| lines.len() + 1 > most.max(2)) {
        let Some(least) = lines.iter().map(|line| line.rank).max().filter(|rank| *rank > 0) else {
            break;
        };
        lines.retain(|line| line.rank != least);
    }
    let room = look.width.saturating_sub(GAP + LABEL);
    let glossed = room >= ends.len() * (GAP + GLOSSED) + GAP + GLOSS;
    let room = if glossed { room - GAP - GLOSS } else { room };
    let column = (room / ends.len().max(1)).saturating_sub(GAP).clamp(1, MOST);
    let mut names = Row::of(Meaning::Plain, " ".repeat(GAP + LABEL));
    for end in ends {
        let start = names.width() + GAP;
        names.pad_to(start);
        let name = Row::of(Meaning::Name(end.side), safe(&end.name, look));
        names.append(name.cut(column, look));
        names.pad_to(start + column);
    }
    std::iter::once(names)
        .chain(lines.iter().map(|line| row(line, column, glossed, look)))
        .collect()
}

fn row(line: &Line, column: usize, glossed: bool, look: Look) -> Row {
    let mut row = Row::of(Meaning::Plain, " ".repeat(GAP));
    row.put(Meaning::Quiet, line.label);
    row.pad_to(GAP + LABEL);
    for cell in &line.cells {
        let start = row.width() + GAP;
        row.pad_to(start);
        let text = safe(cell.fitting(column), look);
        row.append(Row::of(cell.meaning.unwrap_or(Meaning::Plain), text).cut(column, look));
        row.pad_to(start + column);
    }
    if glossed {
        row.pad_to(row.width() + GAP);
        row.put(Meaning::Quiet, line.gloss);
    }
    row
}

/// A listener's queues.
fn queues(listener: &Listener, most: Option<usize>, look: Look) -> String {
    let name = safe(&listener.name, look);
    let mut title = Row::of(Meaning::Plain, name.as_str());
    title.say(format!(" {}  ", listener.local));
    title.put(Meaning::State, "LISTEN");
    let mut lines = vec![title];
    let room = Look { width: look.width.saturating_sub(GAP).max(20), ..look };
    let sentence = wrapped(&safe(&listens(listener), look), room, "");
    lines.extend(sentence.into_iter().map(|line| Row::of(Meaning::Plain, format!("  {line}"))));
    lines.push(Row::default());
    let (waiting, room) = listener.queue;
    let half = listener.half_open.len() as u32;
    for (label, count, most, words) in [
        ("accept queue", waiting, room, format!("{waiting} of {room}")),
        ("SYN queue", half, listener.backlog + 1, format!("{half}, backlog {}", listener.backlog)),
    ] {
        let mut row = Row::of(Meaning::Plain, " ".repeat(GAP));
        row.put(Meaning::Quiet, label);
        row.pad_to(GAP + LABEL + GAP);
        let count = std::time::Duration::from_secs(u64::from(count.min(most)));
        let most = std::time::Duration::from_secs(u64::from(most.max(1)));
        row.put(Meaning::Quiet, gauge(count, most, 20, look));
        row.say(format!("  {words}"));
        lines.push(row);
    }
    let listed = || listener.half_open.iter().take(LISTED);
    let names = listed().map(|half| safe(&half.peer, look).width()).max().unwrap_or(0);
    lines.extend(listed().map(|half| half_open(half, names, look)));
    if let Some(more) = listener.half_open.len().checked_sub(LISTED).filter(|more| *more > 0) {
        lines.push(Row::of(Meaning::Quiet, format!("  and {more} more")));
    }
    cut(lines, most, look)
}

/// What a listener waits for, in a sentence.
pub fn listens(listener: &Listener) -> String {
    let (waiting, room) = listener.queue;
    let name = &listener.name;
    match (waiting, listener.calls.first()) {
        (0, Some(call)) => format!("Nothing to accept: {call} waits for a connection."),
        (0, None) => "Nothing to accept: it waits for SYNs.".to_owned(),
        (waiting, _) if waiting >= room => format!(
            "The accept queue is full: SYNs are dropped without an answer until accept({name}) \
             makes room."
        ),
        (1, _) => format!("1 connection waits for accept({name})."),
        (waiting, _) => format!("{waiting} connections wait for accept({name})."),
    }
}

/// `client  SYN-RECEIVED  in 992 ms it sends its SYN,ACK again; …`
fn half_open(half: &HalfOpen, names: usize, look: Look) -> Row {
    let mut row = Row::of(Meaning::Plain, " ".repeat(GAP));
    row.say(safe(&half.peer, look));
    row.pad_to(GAP + names + GAP);
    row.put(Meaning::State, half.standing.state.name());
    let next = outlook(&half.standing).map(|next| next::half_open(&next, look));
    row.say(format!("  {}", next.unwrap_or_default()));
    row
}
