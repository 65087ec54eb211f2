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
    pub rest: &'static [Argument],
    /// What is wrong.
    pub error: Option<SyntaxError>,
}

/// Lays `tokens`, which follow the command's name and end at `end`, along its pattern.
pub(super) fn fill(entry: &'static Entry, tokens: &[Token], end: usize) -> Filled {
    let mut filled = Filled { rest: entry.arguments, ..Filled::default() };
    let mut tokens = Tokens { all: tokens, at: 0 };
    for (index, argument) in entry.arguments.iter().enumerate() {
        let at = tokens.at;
        let was_there = filled.take(argument, &entry.arguments[index + 1..], &mut tokens);
        if tokens.at > at {
            filled.rest = &entry.arguments[index + 1..];
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
    let kinds: Vec<String> = next.iter().map(|argument| argument.kind.wanted()).collect();
    alternatives(&kinds)
}
