//! What a learner answers, read from what was typed.

use std::fmt;

use super::Asked;
use crate::packet::Flags;
use crate::tcp::State;
use crate::trace::{Outcome, errno};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The choice of that index, from 0.
    Choice(usize),
    /// A number.
    Number(i64),
    /// TCP flags.
    Flags(Flags),
    /// A state.
    State(State),
    /// Some of what makes a segment.
    Segment(Fields),
    /// What a call returns.
    Returned(Returned),
}

/// What makes a segment; `None` for what isn't asked, or isn't told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// Its flags.
    pub flags: Option<Flags>,
    /// Its relative sequence number.
    pub seq: Option<u32>,
    /// Its relative acknowledgement number; the inner `None` is that it has none.
    pub ack: Option<Option<u32>>,
    /// Its length: bytes of data.
    pub len: Option<u32>,
}

/// What a call returns, if it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returned {
    /// A value, or −1 and an errno.
    With(Outcome),
    /// It blocks.
    Not,
}

/// What was typed is no answer to the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What an answer looks like.
    pub wanted: String,
}

impl Answer {
    /// Reads one to that kind of question.
    ///
    /// # Errors
    /// What was typed is none.
    pub fn read(asked: &Asked, text: &str) -> Result<Answer, Unreadable> {
        let text = text.trim();
        let read = match asked {
            Asked::Choice(choices) => choice(text, choices.len()).map(Answer::Choice),
            Asked::Number(_) => number(text).map(Answer::Number),
            Asked::Flags => flags(text).map(Answer::Flags),
            Asked::State(_) => state(text).map(Answer::State),
            Asked::Segment(_) => fields(text).map(Answer::Segment),
            Asked::Return => returned(text).map(Answer::Returned),
        };
        read.ok_or_else(|| Unreadable { wanted: wanted(asked) })
    }

    /// Whether whoever gives `other` has made this mistake: for segments all that is told here is
    /// told there too.
    pub fn is_part_of(&self, other: &Answer) -> bool {
        fn agrees<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_none_or(|one| other == Some(one))
        }
        match (self, other) {
            (Answer::Segment(one), Answer::Segment(other)) => {
                agrees(one.flags.as_ref(), other.flags.as_ref())
                    && agrees(one.seq.as_ref(), other.seq.as_ref())
                    && agrees(one.ack.as_ref(), other.ack.as_ref())
                    && agrees(one.len.as_ref(), other.len.as_ref())
            }
            (one, other) => one == other,
        }
    }
}

impl Fields {
    /// Those of them that `asked` has.
    #[must_use]
    pub fn only(self, asked: &Fields) -> Fields {
        Fields {
            flags: self.flags.filter(|_| asked.flags.is_some()),
            seq: self.seq.filter(|_| asked.seq.is_some()),
            ack: self.ack.filter(|_| asked.ack.is_some()),
            len: self.len.filter(|_| asked.len.is_some()),
        }
    }

    /// What isn't told here, as it is in `others`.
    #[must_use]
    pub fn or(self, others: &Fields) -> Fields {
        Fields {
            flags: self.flags.or(others.flags),
            seq: self.seq.or(others.seq),
            ack: self.ack.or(others.ack),
            len: self.len.or(others.len),
        }
    }

    /// The names of what is told.
    pub fn names(&self) -> Vec<&'static str> {
        let told = [
            (self.flags.is_some(), "flags"),
            (self.seq.is_some(), "seq"),
            (self.ack.is_some(), "ack"),
            (self.len.is_some(), "len"),
        ];
        told.into_iter().filter(|(is_told, _)| *is_told).map(|(_, name)| name).collect()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Choice(index) => {
                let letter = u8::try_from(*index).unwrap_or(0).saturating_add(b'a');
                write!(f, "{}", char::from(letter))
            }
            Answer::Number(number) => number.fmt(f),
            Answer::Flags(flags) => flags.fmt(f),
            Answer::State(state) => state.fmt(f),
            Answer::Segment(fields) => fields.fmt(f),
            Answer::Returned(returned) => returned.fmt(f),
        }
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            self.flags.map(|flags| flags.to_string()),
            self.seq.map(|seq| format!("seq={seq}")),
            self.ack.map(|ack| ack.map_or("ack=none".to_owned(), |ack| format!("ack={ack}"))),
            self.len.map(|len| format!("len={len}")),
        ];
        f.write_str(&words.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Returned::With(Outcome::Value(value)) => value.fmt(f),
            Returned::With(Outcome::Errno(number)) => f.write_str(&errno::name(*number)),
            Returned::Not => f.write_str("blocks"),
        }
    }
}

/// What an answer looks like, by example.
fn wanted(asked: &Asked) -> String {
    match asked {
        Asked::Choice(choices) => {
            let last = Answer::Choice(choices.len().saturating_sub(1));
            format!("a letter from a to {last}")
        }
        Asked::Number(_) => "a whole number".to_owned(),
        Asked::Flags => "TCP flags, as SYN,ACK".to_owned(),
        Asked::State(_) => "a state, as ESTABLISHED".to_owned(),
        Asked::Segment(_) => "a segment, as PSH,ACK seq=1 ack=1 len=5".to_owned(),
        Asked::Return => "a number, an errno, or `blocks`".to_owned(),
    }
}

fn choice(text: &str, choices: usize) -> Option<usize> {
    let mut letters = text.trim_end_matches([')', '.']).chars();
    let (letter, None) = (letters.next()?, letters.next()) else { return None };
    let index = (letter.to_ascii_lowercase() as usize).checked_sub('a' as usize)?;
    (index < choices).then_some(index)
}

fn number(text: &str) -> Option<i64> {
    text.replace(['_', ','], "").parse().ok()
}

/// As people write them: `SYN,ACK`, `syn+ack`, `SYN-ACK`, `SYN/ACK`, `SYNACK`.
fn flags(text: &str) -> Option<Flags> {
    let upper = text.to_ascii_uppercase();
    let mut rest = upper.as_str();
    let mut flags = Flags::default();
    loop {
        rest = rest.trim_start_matches([',', '+', '-', '/', ' ']);
        if rest.is_empty() {
            return (flags != Flags::default()).then_some(flags);
        }
        let (flag, name) = Flags::NAMES.iter().find(|(_, name)| rest.starts_with(name))?;
        flags = flags.with(*flag);
        rest = &rest[name.len()..];
    }
}

/// As people write them: the kernel's short names too.
fn state(text: &str) -> Option<State> {
    let name = text.to_ascii_uppercase().replace([' ', '_'], "-");
    State::from_name(match &name[..] {
        "SYN-RCVD" | "SYN-RECV" => "SYN-RECEIVED",
        "ESTAB" => "ESTABLISHED",
        "FIN-WAIT1" => "FIN-WAIT-1",
        "FIN-WAIT2" => "FIN-WAIT-2",
        "CLOSE" => "CLOSED",
        name => name,
    })
}

fn fields(text: &str) -> Option<Fields> {
    let mut fields = Fields::default();
    let text = text.replace('=', " = ");
    let mut words = text.split_whitespace().filter(|word| *word != "=").peekable();
    while let Some(word) = words.next() {
        match word.to_ascii_lowercase().trim_matches(',') {
            "flags" => fields.flags = Some(flags(words.next()?)?),
            "seq" => fields.seq = Some(amount(words.next()?)?),
            "len" => fields.len = Some(amount(words.next()?)?),
            "ack" if words.peek().is_some_and(|next| is_amount(next)) => {
                let next = words.next()?;
                fields.ack = Some(if is_none(next) { None } else { Some(amount(next)?) });
            }
            word => fields.flags = Some(flags(word)?),
        }
    }
    (!fields.names().is_empty()).then_some(fields)
}

fn amount(word: &str) -> Option<u32> {
    word.trim_matches(',').parse().ok()
}

fn is_amount(word: &str) -> bool {
    is_none(word) || amount(word).is_some()
}

fn is_none(word: &str) -> bool {
    matches!(word.trim_matches(','), "none" | "-")
}

fn returned(text: &str) -> Option<Returned> {
    let text = text.trim_start_matches("-1 ").trim();
    if text.eq_ignore_ascii_case("blocks") || text.eq_ignore_ascii_case("block") {
        return Some(Returned::Not);
    }
    if let Some(value) = number(text) {
        return Some(Returned::With(Outcome::Value(value)));
    }
    errno::from_name(&text.to_ascii_uppercase()).map(|errno| Returned::With(Outcome::Errno(errno)))
}
