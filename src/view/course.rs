//! The map of the lessons.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::paint::{Meaning, paint};
use super::row::{self, Row};

/// How far something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It is done.
    Done,
    /// Here the learner is, or goes on.
    Here,
    /// It is still to come.
    Ahead,
}

impl Reached {
    fn sign(self, look: Look) -> &'static str {
        match (self, look.ascii) {
            (Reached::Done, false) => "✓",
            (Reached::Done, true) => "x",
            (Reached::Here, false) => "▸",
            (Reached::Here, true) => ">",
            (Reached::Ahead, _) => " ",
        }
    }

    fn meaning(self) -> Meaning {
        match self {
            Reached::Done => Meaning::Quiet,
            Reached::Here => Meaning::Command,
            Reached::Ahead => Meaning::Plain,
        }
    }
}

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
    /// How far it is done.
    pub reached: Reached,
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
        let (sign, number) = (line.reached.sign(look), line.number);
        let mut row = Row::of(Meaning::Plain, format!("{sign} {number:>2}  {}", line.name));
        row.pad_to(6 + name + 2);
        if room > 0 {
            row.append(Row::of(Meaning::Plain, letters(&line.title, look)).cut(room, look));
        }
        row.pad_to(6 + name + 2 + room + 2);
        row.say(&*line.status);
        text.push_str(&paint(line.reached.meaning(), row.text().trim_end(), look));
        text.push('\n');
    }
    text
}

/// A lesson's steps, one a line; `at` is the learner's, from 0.
pub fn steps<'a>(headings: impl Iterator<Item = &'a str>, at: usize, look: Look) -> String {
    let mut text = String::new();
    for (index, heading) in headings.enumerate() {
        let reached = match index.cmp(&at) {
            std::cmp::Ordering::Less => Reached::Done,
            std::cmp::Ordering::Equal => Reached::Here,
            std::cmp::Ordering::Greater => Reached::Ahead,
        };
        let _ =
            writeln!(text, "  {} {}  {}", reached.sign(look), index + 1, letters(heading, look));
    }
    text
}

/// A lesson's own words made harmless: with ASCII only, their letters stay.
pub fn letters(text: &str, look: Look) -> String {
    row::safe(text, Look { ascii: false, ..look })
}

/// A lesson's title, with what belongs to its right.
pub fn title(title: &str, right: &str, look: Look) -> String {
    let title = &letters(title, look);
    let width = look.width.min(80);
    let room = width.saturating_sub(title.width() + right.width());
    let rule = if look.ascii { "=" } else { "━" };
    let gap = if room > 1 { " ".repeat(room) } else { "\n".to_owned() };
    let head = paint(Meaning::State, title, look);
    let right = paint(Meaning::Quiet, right, look);
    let text = format!("{head}{gap}{right}");
    format!("\n{}\n{}", text.trim_end(), rule.repeat(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look =
        Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };

    fn lines() -> Vec<Line> {
        let line = |number, name: &str, title: &str, status: &str, reached| Line {
            number,
            name: name.to_owned(),
            title: title.to_owned(),
            status: status.to_owned(),
            reached,
        };
        vec![
            line(1, "telephone", "The telephone", "done", Reached::Done),
            line(2, "ports", "端口和地址，\u{1b}以及别的", "step 2 of 7", Reached::Here),
            line(10, "blocking", "Where programs stand still", "", Reached::Ahead),
        ]
    }

    #[test]
    fn the_map_has_a_line_for_each_lesson() {
        insta::assert_snapshot!(map(&lines(), Look { width: 60, ..LOOK }), @r"
        ✓  1  telephone  The telephone                  done
        ▸  2  ports      端口和地址，\u{1b}以及别的     step 2 of 7
          10  blocking   Where programs stand still
        ");
    }

    #[test]
    fn titles_are_cut_by_their_columns_and_left_out_where_there_is_no_room() {
        insta::assert_snapshot!(map(&lines(), Look { width: 48, ascii: true, ..LOOK }), @r"
        x  1  telephone  The telephone      done
        >  2  ports      端口和地址，\u...  step 2 of 7
          10  blocking   Where programs...
        ");
        insta::assert_snapshot!(map(&lines(), Look { width: 40, ..LOOK }), @"
        ✓  1  telephone    done
        ▸  2  ports        step 2 of 7
          10  blocking
        ");
    }

    #[test]
    fn the_steps_show_where_one_is() {
        insta::assert_snapshot!(steps(["One", "Two", "\u{1b}[31mThree"].into_iter(), 1, LOOK), @r"
        ✓ 1  One
        ▸ 2  Two
          3  \u{1b}[31mThree
        ");
    }
}
