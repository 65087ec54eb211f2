//! One row of a ladder, laid out: left end's state, arrow or words, right end's state, time.

use unicode_width::UnicodeWidthStr;

use super::glyph::Glyphs;
use super::label::Label;
use super::shape::{STATE, Shape};
use crate::story::{Change, Confidence, Side};
use crate::tcp::State;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::Row;

/// One row of a ladder.
#[derive(Debug, Clone, Default)]
pub struct Rung {
    /// Both ends' columns, by side.
    pub states: [Row; 2],
    /// What is between them.
    pub middle: Middle,
    /// The brackets that join calls with their returns, by side.
    pub brackets: [Bracket; 2],
    /// When, ready to read.
    pub time: String,
}

/// What is between the two ends.
#[derive(Debug, Clone, Default)]
pub enum Middle {
    /// Nothing.
    #[default]
    Nothing,
    /// A segment, datagram or message.
    Arrow(Box<Arrow>),
    /// Words beside an end, or in the middle.
    Words {
        /// The end that they are about.
        beside: Option<Side>,
        /// The words.
        words: Row,
    },
}

/// A segment, datagram or message on its way.
#[derive(Debug, Clone)]
pub struct Arrow {
    /// The end that sent it.
    pub from: Side,
    /// What it says.
    pub label: Label,
    /// How it ends.
    pub head: Head,
    /// Whether it has waited on the wire, and arrives now.
    pub waited: bool,
}

/// How an arrow ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// It arrives.
    Arrives,
    /// It ends the connection, or nobody takes it.
    Crossed,
    /// It is lost on its way.
    Lost,
    /// It waits for the learner; its number.
    Held(String),
    /// It comes later.
    Later,
}

impl Head {
    /// What stands at the point where it ends short of its receiver.
    fn short(&self, glyphs: &Glyphs) -> Option<(&'static str, String)> {
        match self {
            Head::Arrives | Head::Crossed => None,
            Head::Lost => Some((glyphs.cross, "lost".to_owned())),
            Head::Held(number) => Some((glyphs.held, number.clone())),
            Head::Later => Some((glyphs.later, String::new())),
        }
    }
}

/// What is drawn of a bracket on one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bracket {
    /// No call is running.
    #[default]
    None,
    /// A call begins.
    Opens,
    /// A call is running.
    Runs,
    /// A call begins or returns while another is running.
    Joins,
    /// The last running call returns.
    Closes,
    /// A call begins and returns.
    Alone,
}

/// A state as it stands in its column: `?` when nobody knows, `ESTABLISHED?` when it is supposed.
pub fn state_words(state: Option<State>, confidence: Confidence) -> String {
    let Some(state) = state else { return "?".to_owned() };
    match confidence {
        Confidence::Kernel | Confidence::Inferred => state.name().to_owned(),
        Confidence::Assumed => format!("{state}?"),
    }
}

/// The state that an end has come to.
pub fn come_to(change: &Change) -> Row {
    let meaning = match change.after {
        Some(State::Closed) if change.moved() => Meaning::Bad,
        Some(_) | None if change.moved() => Meaning::State,
        Some(_) | None => Meaning::Quiet,
    };
    Row::of(meaning, state_words(change.after, change.confidence))
}

/// The state that an end was in before.
pub fn come_from(change: &Change) -> Row {
    let confidence = if change.moved() { Confidence::Inferred } else { change.confidence };
    Row::of(Meaning::Quiet, state_words(change.before, confidence))
}

impl Rung {
    /// Words beside an end, or in the middle.
    pub fn words(beside: Option<Side>, words: Row) -> Rung {
        Rung { middle: Middle::Words { beside, words }, ..Rung::default() }
    }

    /// The row, laid out.
    pub fn row(self, shape: &Shape, look: Look) -> Row {
        let [left, right] = self.states;
        let mut row = Row::default();
        row.pad_to(shape.indent);
        if shape.time_first {
            row.put(Meaning::Quiet, right_aligned(&self.time, shape.time - 1));
            row.pad_to(shape.indent + shape.time);
        }
        row.append(left.cut(STATE, look));
        row.pad_to(shape.arrow_at());
        row.append(middle(&self.middle, self.brackets, shape, look));
        row.pad_to(shape.right_at());
        row.append(right.cut(STATE, look));
        if !shape.time_first && !self.time.is_empty() && shape.time > 0 {
            row.pad_to(shape.right_at() + STATE);
            row.put(Meaning::Quiet, right_aligned(&self.time, shape.time));
        }
        row
    }
}

/// Text against the right edge of so many columns.
pub fn right_aligned(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(text.width())))
}

/// The part between the two ends: always as wide as the shape's arrows.
fn middle(middle: &Middle, brackets: [Bracket; 2], shape: &Shape, look: Look) -> Row {
    let glyphs = Glyphs::of(look);
    match middle {
        Middle::Nothing => between_brackets(Row::default(), None, brackets, shape, look),
        Middle::Words { beside, words } => {
            between_brackets(words.clone(), *beside, brackets, shape, look)
        }
        Middle::Arrow(arrow) => {
            let leaves = |side: Side| match brackets[side.index()] {
                Bracket::None => glyphs.shaft,
                Bracket::Opens
                | Bracket::Runs
                | Bracket::Joins
                | Bracket::Closes
                | Bracket::Alone => glyphs.leaves[side.index()],
            };
            drawn(arrow, leaves(arrow.from), shape, look)
        }
    }
}

fn drawn(arrow: &Arrow, tail: &str, shape: &Shape, look: Look) -> Row {
    let glyphs = Glyphs::of(look);
    if let Some(short) = arrow.head.short(glyphs) {
        return drawn_short(arrow, short, tail, shape, look);
    }
    let crossed = arrow.head == Head::Crossed;
    let tail = if arrow.waited { glyphs.held } else { tail };
    let head = if crossed { glyphs.cross } else { glyphs.head_from(arrow.from) };
    let ink = if crossed { Meaning::Reset } else { Meaning::Plain };
    let label = arrow.label.fit(shape.label_room(), look);
    let before = shape.shaft_before();
    let after = shape.arrow - before - label.width() - 2;
    let (first, last) = match arrow.from {
        Side::A => (
            format!("{tail}{} ", glyphs.shaft.repeat(before - 1)),
            format!(" {}{head}", glyphs.shaft.repeat(after - 1)),
        ),
        Side::B => (
            format!("{head}{} ", glyphs.shaft.repeat(before - 1)),
            format!(" {}{tail}", glyphs.shaft.repeat(after - 1)),
        ),
    };
    let mut row = Row::of(ink, first);
    row.append(label);
    row.put(ink, last);
    row
}

/// An arrow that ends short of its receiver: `── SYN seq=0 ──⏸ #1`.
fn drawn_short(
    arrow: &Arrow,
    (point, words): (&str, String),
    tail: &str,
    shape: &Shape,
    look: Look,
) -> Row {
    let glyphs = Glyphs::of(look);
    let room = shape.label_room().saturating_sub(words.width() + 2);
    let label = arrow.label.fit(room, look);
    let before = glyphs.shaft.repeat(shape.shaft_before() - 1);
    let ink = if arrow.head == Head::Lost { Meaning::Bad } else { Meaning::Warning };
    let pad = shape.arrow.saturating_sub(before.width() + label.width() + words.width() + 6);
    let mut row = Row::default();
    match arrow.from {
        Side::A => {
            row.say(format!("{tail}{before} "));
            row.append(label);
            row.say(format!(" {}", glyphs.shaft));
            row.put(ink, format!("{point} {words}"));
        }
        Side::B => {
            row.pad_to(pad);
            row.put(ink, format!("{words} {point}"));
            row.say(format!("{} ", glyphs.shaft));
            row.append(label);
            row.say(format!(" {before}{tail}"));
        }
    }
    row
}

/// Words between the brackets of both sides, beside the end that they are about.
fn between_brackets(
    words: Row,
    beside: Option<Side>,
    brackets: [Bracket; 2],
    shape: &Shape,
    look: Look,
) -> Row {
    let edge = |side: Side| bracket(brackets[side.index()], side, look);
    let inner = shape.words_room();
    let words = words.cut(inner, look);
    let mut row = Row::of(Meaning::Call, edge(Side::A));
    row.pad_to(2);
    match beside {
        Some(Side::A) => {}
        Some(Side::B) => row.pad_to(2 + inner - words.width()),
        None => row.pad_to(2 + (inner - words.width()) / 2),
    }
    row.append(words);
    row.pad_to(shape.arrow - 1);
    row.put(Meaning::Call, edge(Side::B));
    row
}

fn bracket(bracket: Bracket, side: Side, look: Look) -> &'static str {
    let glyphs = Glyphs::of(look);
    match bracket {
        Bracket::None => " ",
        Bracket::Opens => glyphs.opens[side.index()],
        Bracket::Runs => glyphs.runs,
        Bracket::Joins => glyphs.leaves[side.index()],
        Bracket::Closes => glyphs.closes[side.index()],
        Bracket::Alone => glyphs.alone[side.index()],
    }
}
