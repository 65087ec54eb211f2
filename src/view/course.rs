//! The map of the lessons.

use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::paint::{Meaning, paint};

/// A lesson on the map.
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How far it is done, in words.
    pub status: String,
    /// Whether it is done.
    pub done: bool,
    /// Whether it comes next.
    pub next: bool,
}

/// Titles have at least so many columns, or none.
const NARROWEST: usize = 16;

/// The lessons, one a line: sign, number, name, title, status.
pub fn map(lines: &[Line], look: Look) -> String {
    let widest = |of: fn(&Line) -> &str| lines.iter().map(|line| of(line).width()).max();
    let name = widest(|line| &line.name).unwrap_or(0);
    let status = widest(|line| &line.status).unwrap_or(0);
    // Sign, number and the gaps. What would be left of titles on a narrow screen says nothing.
    let room = look.width.saturating_sub(6 + name + 2 + status + 2 + 1);
    let room = if room < NARROWEST { 0 } else { room };
    let mut text = String::new();
    for line in lines {
        let sign = match (line.done, line.next, look.ascii) {
            (_, true, false) => "▸",
            (_, true, true) => ">",
            (true, false, false) => "✓",
            (true, false, true) => "x",
            (false, false, _) => " ",
        };
        let (title, padding) = fitted(&line.title, room, look.ascii);
        let meaning = match (line.done, line.next) {
            (_, true) => Meaning::Command,
            (true, false) => Meaning::Quiet,
            (false, false) => Meaning::Plain,
        };
        let name_gap = " ".repeat(name - line.name.width() + 2);
        let row = format!(
            "{sign} {:>2}  {}{name_gap}{title}{padding}  {}",
            line.number, line.name, line.status
        );
        text.push_str(&paint(meaning, row.trim_end(), look));
        text.push('\n');
    }
    text
}

/// A lesson's title, with what belongs to its right.
pub fn title(title: &str, right: &str, look: Look) -> String {
    let width = look.width.min(80);
    let room = width.saturating_sub(title.width() + right.width());
    let rule = if look.ascii { "=" } else { "━" };
    let gap = if room > 1 { " ".repeat(room) } else { "\n".to_owned() };
    let head = paint(Meaning::State, title, look);
    let right = paint(Meaning::Quiet, right, look);
    let text = format!("{head}{gap}{right}");
    format!("\n{}\n{}", text.trim_end(), rule.repeat(width))
}

/// As much of a text as has room, and what fills the rest.
fn fitted(text: &str, room: usize, ascii: bool) -> (String, String) {
    if room == 0 {
        return (String::new(), String::new());
    }
    if text.width() <= room {
        return (text.to_owned(), " ".repeat(room - text.width()));
    }
    let ellipsis = if ascii { "..." } else { "…" };
    let mut cut = String::new();
    for c in text.chars() {
        let with = cut.width() + unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if with + ellipsis.width() > room {
            break;
        }
        cut.push(c);
    }
    cut = cut.trim_end().to_owned() + ellipsis;
    let padding = " ".repeat(room.saturating_sub(cut.width()));
    (cut, padding)
}
