//! Lays a command's tokens along its argument pattern. Parsing, completion, hints and highlighting
//! all see the result.

use super::argument::{Argument, Kind, Need, Value, alternatives};
use super::catalogue::Entry;
use super::error::quoted;
use super::lexer::Token;
use super::read::{Refusal, Tokens, read, suggestion};
use super::{SyntaxError, print};

/// A command's tokens, laid along its pattern.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// One value an argument, as far as they go.
    pub values: Vec<Value>,
    /// Which argument each token belongs to, as far as they go.
    pub roles: Vec<&'static Argument>,
    /// What could come next.
    pub next: Vec<&'static Argument>,
    /// The arguments after the last that was given.
    pub rest: Vec<&'static Argument>,
    /// What is wrong.
    pub error: Option<SyntaxError>,
}

/// Lays `tokens`, which follow the command's name and end at `end`, along its pattern.
pub(super) fn fill(entry: &'static Entry, tokens: &[Token], end: usize) -> Filled {
    let mut filled = Filled { rest: entry.arguments.iter().collect(), ..Filled::default() };
    let mut tokens = Tokens { all: tokens, at: 0 };
    let mut loose_until = 0;
    for (index, argument) in entry.arguments.iter().enumerate() {
        if index < loose_until {
            continue;
        }
        let at = tokens.at;
        if argument.need == Need::Loose {
            let (loose, later) = loose_and_later(&entry.arguments[index..]);
            loose_until = index + loose.len();
            filled.take_loose(loose, later, &mut tokens);
            if filled.error.is_some() {
                break;
            }
            continue;
        }
        let was_there = filled.take(argument, &entry.arguments[index + 1..], &mut tokens);
        if tokens.at > at {
            filled.rest = entry.arguments[index + 1..].iter().collect();
        }
        if !was_there {
            let missing = argument.need != Need::Maybe;
            filled.next.push(argument);
            if !missing {
                filled.values.push(Value::Absent);
                continue;
            }
            if filled.error.is_none() {
                filled.error = Some(missing_or_wrong(entry, index, &filled, tokens, end));
            }
            break;
        }
        if filled.error.is_some() {
            break;
        }
        if let Some(more) = filled.values.last().and_then(Value::goes_on) {
            filled.next.push(more);
            filled.rest.insert(0, more);
        }
    }
    if let (None, Some(token)) = (&filled.error, tokens.peek()) {
        filled.error = Some(left_over(entry, &filled.next, token));
    }
    filled
}

impl Filled {
    /// Reads an argument as often as it stands there. Whether it was there at all; a bad one is.
    fn take(
        &mut self,
        argument: &'static Argument,
        later: &'static [Argument],
        tokens: &mut Tokens,
    ) -> bool {
        let mut found = Vec::new();
        while let Some(token) = tokens.peek() {
            if !found.is_empty() && belongs_to(later, token.text) {
                break;
            }
            let mut ahead = *tokens;
            match read(&argument.kind, &mut ahead) {
                Ok(value) if ahead.at > tokens.at => {
                    self.roles.extend((tokens.at..ahead.at).map(|_| argument));
                    self.next.clear();
                    *tokens = ahead;
                    found.push(value);
                }
                Ok(_) | Err(Refusal::Other) => break,
                Err(Refusal::Bad(error)) => {
                    self.roles.extend((tokens.at..ahead.at).map(|_| argument));
                    if ahead.at == ahead.all.len() {
                        self.next = vec![argument];
                    }
                    self.error = Some(error);
                    return true;
                }
            }
            if argument.need != Need::Many {
                break;
            }
        }
        let was_there = !found.is_empty();
        match (argument.need, &argument.kind) {
            (Need::Many, _) if was_there => {
                let words = found.into_iter().filter_map(|value| match value {
                    Value::Word(word) => Some(word),
                    _ => None,
                });
                self.values.push(Value::Words(words.collect()));
                self.next.push(argument);
            }
            (_, Kind::Marks(_)) => {
                self.values.push(found.pop().unwrap_or(Value::Marks(Vec::new())));
                self.next.push(argument);
                return true;
            }
            (_, _) => self.values.extend(found),
        }
        was_there
    }

    /// Reads arguments in whatever order they stand there, each at most once.
    fn take_loose(
        &mut self,
        loose: &'static [Argument],
        later: &'static [Argument],
        tokens: &mut Tokens,
    ) {
        let mut values = vec![Value::Absent; loose.len()];
        let mut open: Vec<usize> = (0..loose.len()).collect();
        while let Some(place) =
            open.iter().position(|index| self.take(&loose[*index], later, tokens))
        {
            let index = open.remove(place);
            self.rest = open.iter().map(|index| &loose[*index]).chain(later).collect();
            if self.error.is_some() {
                return;
            }
            values[index] = self.values.pop().unwrap_or(Value::Absent);
        }
        if let Some(token) = tokens.peek()
            && let Some(given) = loose.iter().find(|argument| starts_with(argument, token.text))
        {
            let Kind::After(word, _) = given.kind else { return };
            let message = format!("`{}` is there already", word.word);
            self.error = Some(SyntaxError::new(token.span.clone(), message));
        }
        self.next.extend(open.iter().map(|index| &loose[*index]));
        self.values.extend(values);
    }
}

/// The loose arguments that these start with, and those after them.
fn loose_and_later(arguments: &'static [Argument]) -> (&'static [Argument], &'static [Argument]) {
    let count = arguments.iter().take_while(|argument| argument.need == Need::Loose).count();
    arguments.split_at(count)
}

/// Whether an argument starts with that word of its own.
fn starts_with(argument: &Argument, word: &str) -> bool {
    matches!(argument.kind, Kind::After(own, _) if own.word == word)
}

/// Whether a word belongs to an argument further on: `in` after the names of `poll`.
fn belongs_to(later: &[Argument], word: &str) -> bool {
    later.iter().flat_map(|argument| argument.kind.choices()).any(|(choice, _)| choice == word)
}

fn missing_or_wrong(
    entry: &Entry,
    index: usize,
    filled: &Filled,
    tokens: Tokens,
    end: usize,
) -> SyntaxError {
    let argument = &entry.arguments[index];
    let Some(token) = tokens.peek() else {
        let message = format!("`{}` needs {}", entry.name, argument.kind.wanted());
        return SyntaxError::new(end..end, message).expected(print::usage(entry));
    };
    if let Kind::Word(word) = argument.kind {
        let message = format!("`{}` is missing before {}", word.word, quoted(token.text));
        return SyntaxError::new(token.span.clone(), message).expected(print::usage(entry));
    }
    let message = format!("{} is not {}", quoted(token.text), argument.kind.noun());
    SyntaxError::new(token.span.clone(), message)
        .expected(wanted(&filled.next))
        .suggest(suggestion(token.text, filled.next.iter().map(|argument| &argument.kind)))
}

fn left_over(entry: &Entry, next: &[&'static Argument], token: &Token) -> SyntaxError {
    let error = |wrong| SyntaxError::new(token.span.clone(), quoted(token.text) + wrong);
    if next.is_empty() {
        return error(" is too much").expected(print::usage(entry));
    }
    error(" doesn't fit here")
        .expected(format!("{}, or nothing more", wanted(next)))
        .suggest(suggestion(token.text, next.iter().map(|argument| &argument.kind)))
}

fn wanted(next: &[&'static Argument]) -> String {
    if next.len() > 2 {
        return print::labels(next.iter().copied());
    }
    let kinds: Vec<String> = next.iter().map(|argument| argument.kind.wanted()).collect();
    alternatives(&kinds)
}
