//! Reads one argument of a given kind off the tokens.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::argument::{Choice, Kind, Value};
use super::duration::{self, NoDuration};
use super::error::{nearest, quoted};
use super::lexer::{Lexeme, Token};
use super::{
    AddressArg, FlagPattern, INFO_FIELDS, SegmentPattern, Spanned, SyntaxError, address, bytes,
    caller, flags, name, number,
};
use crate::packet::{Flags, Selection};
use crate::tcp::{Role, State};
use crate::trace::{SocketKind, errno};

/// Why an argument could not be read.
#[derive(Debug)]
pub(super) enum Refusal {
    /// What stands there is no such thing, or nothing stands there.
    Other,
    /// It is one, but not a right one.
    Bad(SyntaxError),
}

impl From<SyntaxError> for Refusal {
    fn from(error: SyntaxError) -> Refusal {
        Refusal::Bad(error)
    }
}

/// The tokens of a command, and how far they have been read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'t, 'a> {
    pub all: &'t [Token<'a>],
    pub at: usize,
}

impl<'t, 'a> Tokens<'t, 'a> {
    pub fn peek(&self) -> Option<&'t Token<'a>> {
        self.all.get(self.at)
    }

    pub fn next(&mut self) -> Option<&'t Token<'a>> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    pub fn word(&mut self) -> Result<&'t Token<'a>, Refusal> {
        self.next().filter(|token| token.lexeme == Lexeme::Word).ok_or(Refusal::Other)
    }
}

/// Reads an argument. After a refusal `tokens` stands anywhere: the caller keeps a copy.
pub(super) fn read(kind: &Kind, tokens: &mut Tokens) -> Result<Value, Refusal> {
    match kind {
        Kind::SocketName => {
            let token = tokens.word()?;
            let fits = name::is_valid(token.text);
            if fits { Ok(Value::Word(spanned(token, token.text))) } else { Err(Refusal::Other) }
        }
        Kind::Address => read_address(tokens),
        Kind::Bytes => read_bytes(tokens),
        Kind::Option | Kind::Setting | Kind::Sysctl | Kind::Counter => {
            let token = tokens.word()?;
            Ok(Value::Word(spanned(token, token.text)))
        }
        Kind::OptionValue | Kind::SettingValue | Kind::Lesson => {
            let token = tokens.next().ok_or(Refusal::Other)?;
            Ok(Value::Word(spanned(token, &*text(token)?)))
        }
        Kind::Rest | Kind::Topic => read_rest(tokens),
        Kind::File => {
            let token = tokens.next().ok_or(Refusal::Other)?;
            let path = match &token.lexeme {
                Lexeme::Text(bytes) => OsString::from_vec(bytes.clone()).into(),
                Lexeme::Word | Lexeme::Equals | Lexeme::Background | Lexeme::Separator => {
                    token.text.into()
                }
            };
            Ok(Value::Path(Spanned { value: path, span: token.span.clone() }))
        }
        Kind::State => {
            let token = tokens.word()?;
            State::from_name(token.text).map(Value::State).ok_or(Refusal::Other)
        }
        Kind::Errno => {
            let token = tokens.word()?;
            let number = errno::from_name(token.text).ok_or(Refusal::Other)?;
            Ok(Value::Errno { number, name: token.text.to_ascii_uppercase() })
        }
        Kind::Caller => caller::read(tokens),
        Kind::Direction => {
            let token = tokens.word()?;
            if !token.text.contains('>') {
                return Err(Refusal::Other);
            }
            Ok(Value::Direction(flags::parse_direction(token.text, &token.span)?))
        }
        Kind::Role => {
            let token = tokens.word()?;
            Role::from_word(token.text).map(Value::Role).ok_or(Refusal::Other)
        }
        Kind::InfoField => {
            let word = tokens.word()?.text;
            let word = word.strip_prefix("tcpi_").unwrap_or(word);
            find(&INFO_FIELDS, word).map(Value::Choice).ok_or(Refusal::Other)
        }
        Kind::Amount => number::amount(kind, tokens),
        Kind::Flags => Ok(Value::Segments(vec![read_segment(tokens, false)?.0])),
        Kind::FlagsList => read_segments(tokens),
        Kind::Duration => read_duration(tokens),
        Kind::DurationOrOff => match tokens.peek() {
            Some(token) if token.text == "off" => {
                tokens.next();
                Ok(Value::Absent)
            }
            _ => read_duration(tokens),
        },
        Kind::FlagSet => read_flag_set(tokens),
        Kind::Selection => read_selection(tokens),
        Kind::Percent => number::percent(kind, tokens),
        Kind::Offset => number::offset(kind, tokens),
        Kind::Word(word) => match tokens.word()?.text {
            text if text == word.word => Ok(Value::Choice(word.word)),
            _ => Err(Refusal::Other),
        },
        Kind::After(word, kind) => {
            if tokens.word()?.text != word.word {
                return Err(Refusal::Other);
            }
            let mut ahead = *tokens;
            let read = read(kind, &mut ahead);
            let end = tokens.all.last().map_or(0, |last| last.span.end);
            let place = tokens.peek().map_or(end..end, |token| token.span.clone());
            *tokens = ahead;
            read.map_err(|refusal| match refusal {
                Refusal::Bad(error) => Refusal::Bad(error),
                Refusal::Other => {
                    let message = format!("`{}` takes {}", word.word, kind.noun());
                    SyntaxError::new(place, message).expected(kind.wanted()).into()
                }
            })
        }
        Kind::Number(least, most) => number::whole(kind, tokens, *least, *most),
        Kind::Job => number::whole(kind, tokens, 1, i64::from(u32::MAX)),
        Kind::Frame | Kind::Held => number::whole(kind, tokens, 1, i64::MAX),
        Kind::Switch => match tokens.word()?.text {
            "on" => Ok(Value::Switch(true)),
            "off" => Ok(Value::Switch(false)),
            _ => Err(Refusal::Other),
        },
        Kind::SocketKind => {
            let token = tokens.word()?;
            let found = SocketKind::ALL.into_iter().find(|kind| kind.word() == token.text);
            found.map(Value::SocketKind).ok_or(Refusal::Other)
        }
        Kind::Choice(choices) => {
            let token = tokens.word()?;
            find(choices, token.text).map(Value::Choice).ok_or(Refusal::Other)
        }
        Kind::Marks(choices) => read_marks(tokens, choices),
    }
}

fn spanned<T: Into<String>>(token: &Token, value: T) -> Spanned<String> {
    Spanned { value: value.into(), span: token.span.clone() }
}

/// A word, or a string that is text.
fn text(token: &Token) -> Result<String, Refusal> {
    match &token.lexeme {
        Lexeme::Text(bytes) => String::from_utf8(bytes.clone())
            .map_err(|_| SyntaxError::new(token.span.clone(), "this string is not UTF-8").into()),
        Lexeme::Word => Ok(token.text.to_owned()),
        Lexeme::Equals | Lexeme::Background | Lexeme::Separator => Err(Refusal::Other),
    }
}

fn find(choices: &'static [Choice], word: &str) -> Option<&'static str> {
    choices.iter().map(|choice| choice.word).find(|choice| *choice == word)
}

fn read_address(tokens: &mut Tokens) -> Result<Value, Refusal> {
    let token = tokens.next().ok_or(Refusal::Other)?;
    let value = match &token.lexeme {
        Lexeme::Text(bytes) => AddressArg::Path(OsString::from_vec(bytes.clone()).into()),
        Lexeme::Word => address::parse(token.text, &token.span)?,
        Lexeme::Equals | Lexeme::Background | Lexeme::Separator => return Err(Refusal::Other),
    };
    Ok(Value::Address(Spanned { value, span: token.span.clone() }))
}

fn read_bytes(tokens: &mut Tokens) -> Result<Value, Refusal> {
    let token = tokens.next().ok_or(Refusal::Other)?;
    if let Lexeme::Text(bytes) = &token.lexeme {
        return Ok(Value::Bytes(bytes.clone()));
    }
    let error = |message: &str| SyntaxError::new(token.span.clone(), message);
    bytes::parse(token.text).map(Value::Bytes).map_err(|no| match no {
        bytes::NoBytes::Other => {
            let meant = meant(token.text, &tokens.all[tokens.at..]);
            error("data is a string in quotes").expected(Kind::Bytes.wanted()).suggest(meant).into()
        }
        bytes::NoBytes::BadHex => {
            error("after `0x` come pairs of hexadecimal digits").expected("bytes as 0x00ff").into()
        }
        bytes::NoBytes::TooMany => {
            error("too much data for one call").expected(format!("at most #{}", bytes::MOST)).into()
        }
    })
}

/// Words without quotes as the string that they were probably meant to be.
fn meant(first: &str, rest: &[Token]) -> Option<String> {
    let words = rest.iter().map(|token| token.text);
    let words = words.take_while(|word| !matches!(*word, "oob" | "dontwait" | "&"));
    let text = [first].into_iter().chain(words).collect::<Vec<_>>().join(" ");
    let inner = text.strip_prefix('\'').map(|text| text.strip_suffix('\'').unwrap_or(text));
    (text.len() <= 64).then(|| bytes::quote(inner.unwrap_or(&text).as_bytes()))
}

fn read_rest(tokens: &mut Tokens) -> Result<Value, Refusal> {
    let first = tokens.peek().ok_or(Refusal::Other)?;
    let mut words = Vec::new();
    let mut span = first.span.clone();
    while let Some(token) = tokens.next() {
        span.end = token.span.end;
        words.push(text(token)?);
    }
    Ok(Value::Word(Spanned { value: words.join(" "), span }))
}

fn read_duration(tokens: &mut Tokens) -> Result<Value, Refusal> {
    let token = tokens.word()?;
    let error = |message: String| {
        SyntaxError::new(token.span.clone(), message).expected(Kind::Duration.wanted())
    };
    duration::parse(token.text).map(Value::Duration).map_err(|no| match no {
        NoDuration::Other => Refusal::Other,
        NoDuration::NoUnit => error(format!("{} has no unit", quoted(token.text)))
            .suggest((token.text.len() < 20).then(|| format!("{}s", token.text)))
            .into(),
        NoDuration::TooLong => error("longer than a day".to_owned()).into(),
    })
}

/// Reads the flags of one segment.
fn read_flag_set(tokens: &mut Tokens) -> Result<Value, Refusal> {
    let token = tokens.word()?;
    let FlagPattern { flags, at_least } = flags::parse(token.text, &token.span)?;
    if at_least {
        let message = "a segment has the flags that it has: no + here";
        return Err(SyntaxError::new(token.span.clone(), message)
            .expected(Kind::FlagSet.wanted())
            .into());
    }
    Ok(Value::Flags(flags))
}

/// Reads which packets a rule is about; refuses what no kernel sends.
fn read_selection(tokens: &mut Tokens) -> Result<Value, Refusal> {
    let token = tokens.word()?;
    let word = token.text;
    if word.eq_ignore_ascii_case("any") {
        return Ok(Value::Selection(Selection::Any));
    }
    if word.eq_ignore_ascii_case("data") {
        return Ok(Value::Selection(Selection::Data));
    }
    // A word with no flag in it is no mistyped flag: it may belong elsewhere.
    let upper = word.get(..word.len().min(64)).unwrap_or_default().to_ascii_uppercase();
    if !Flags::NAMES.iter().any(|(_, name)| upper.contains(name)) {
        return Err(Refusal::Other);
    }
    let FlagPattern { flags, at_least } = flags::parse(word, &token.span)?;
    let what = Selection::Flags { flags, at_least };
    let Some(why) = what.why_never() else { return Ok(Value::Selection(what)) };
    let meant = Selection::Flags { flags: flags.with(Flags::ACK), at_least };
    Err(SyntaxError::new(token.span.clone(), format!("this could never match: {why}"))
        .expected(Kind::Selection.wanted())
        .suggest(meant.why_never().is_none().then(|| meant.to_string()))
        .into())
}

fn read_marks(tokens: &mut Tokens, choices: &'static [Choice]) -> Result<Value, Refusal> {
    let mut marks = Vec::new();
    while let Some(token) = tokens.peek() {
        let Some(mark) = find(choices, token.text) else { break };
        if marks.contains(&mark) {
            let message = format!("`{mark}` is there already");
            return Err(SyntaxError::new(token.span.clone(), message).into());
        }
        marks.push(mark);
        tokens.next();
    }
    Ok(Value::Marks(marks))
}

/// Reads `[A>B] FLAGS`, and whether a comma follows it.
fn read_segment(tokens: &mut Tokens, list: bool) -> Result<(SegmentPattern, bool), Refusal> {
    let mut token = tokens.word()?;
    let mut direction = None;
    if token.text.contains('>') {
        direction = Some(flags::parse_direction(token.text, &token.span)?);
        let end = token.span.end;
        token = tokens.word().map_err(|_| {
            SyntaxError::new(end..end, "a direction needs flags after it")
                .expected(Kind::Flags.wanted())
        })?;
    }
    let (word, comma) = match token.text.strip_suffix(',').filter(|_| list) {
        Some(word) => (word, true),
        None => (token.text, false),
    };
    let flags = flags::parse(word, &token.span)?;
    if list && direction.is_none() {
        return Err(SyntaxError::new(token.span.clone(), "these flags have no direction")
            .expected("client>server or *>* before them; flags have no spaces inside")
            .into());
    }
    Ok((SegmentPattern { direction, flags }, comma))
}

fn read_segments(tokens: &mut Tokens) -> Result<Value, Refusal> {
    let mut segments = Vec::new();
    loop {
        let (segment, mut comma) = read_segment(tokens, true)?;
        segments.push(segment);
        if tokens.peek().is_some_and(|token| !comma && token.text == ",") {
            tokens.next();
            comma = true;
        }
        match tokens.peek() {
            None if comma => {
                let end = tokens.all.last().map_or(0, |last| last.span.end);
                return Err(SyntaxError::new(end..end, "a segment is missing after the comma")
                    .expected(Kind::FlagsList.wanted())
                    .into());
            }
            Some(token) if !comma && token.text.contains('>') => {
                return Err(SyntaxError::new(token.span.clone(), "a comma is missing before this")
                    .expected("a comma and a space between segments")
                    .into());
            }
            _ if comma => {}
            _ => return Ok(Value::Segments(segments)),
        }
    }
}

/// What was probably meant by a word where one of these kinds was expected.
pub(super) fn suggestion<'k>(
    word: &str,
    kinds: impl Iterator<Item = &'k Kind>,
) -> Option<&'static str> {
    let words: Vec<_> = kinds.flat_map(Kind::choices).map(|(word, _)| word).collect();
    nearest(word, words)
}
