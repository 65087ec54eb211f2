//! The tokens of one statement: what stands before `=`, the command, its arguments, the `&`.

use super::argument::{Value, Values, alternatives};
use super::catalogue::{self, Entry, Found, Group, Makes};
use super::error::{nearest, quoted};
use super::lexer::{Lexeme, Token};
use super::pattern::{Filled, fill};
use super::{Command, Spanned, Statement, SyntaxError, name, print};

/// The tokens of one statement, its parts told apart.
#[derive(Debug)]
pub(super) struct Phrase<'t, 'a> {
    /// `NAME` of `NAME =`.
    pub name: Option<&'t Token<'a>>,
    /// The command and its arguments.
    pub words: &'t [Token<'a>],
    /// The trailing `&`.
    pub background: Option<&'t Token<'a>>,
    /// Where the whole ends.
    pub end: usize,
    start: usize,
}

impl<'t, 'a> Phrase<'t, 'a> {
    /// Tells the parts of a statement's tokens apart.
    pub fn of(tokens: &'t [Token<'a>]) -> Phrase<'t, 'a> {
        let start = tokens.first().map_or(0, |token| token.span.start);
        let end = tokens.last().map_or(0, |token| token.span.end);
        let mut phrase = Phrase { name: None, words: tokens, background: None, end, start };
        if let [name, Token { lexeme: Lexeme::Equals, .. }, rest @ ..] = tokens {
            phrase.name = Some(name);
            phrase.words = rest;
        }
        if let [rest @ .., last @ Token { lexeme: Lexeme::Background, .. }] = phrase.words {
            phrase.background = Some(last);
            phrase.words = rest;
        }
        phrase
    }

    /// Its command and the tokens that follow the command's name.
    pub fn entry(&self) -> Result<(&'static Entry, &'t [Token<'a>]), SyntaxError> {
        let Some(first) = self.words.first() else {
            let error = SyntaxError::new(self.end..self.end, "a command is missing here");
            return Err(match self.name {
                Some(_) => error.expected("`socket` or `accept`"),
                None => error,
            });
        };
        if first.lexeme != Lexeme::Word {
            return Err(match first.lexeme {
                Lexeme::Background => stray_ampersand(first),
                _ => SyntaxError::new(first.span.clone(), "a command does not start like this"),
            }
            .expected("a command; `help` lists them"));
        }
        let second = self.words.get(1);
        let (found, words) = catalogue::find(first.text, second.map(|token| token.text));
        match found {
            Found::One(entry) => Ok((entry, &self.words[words..])),
            Found::Several(names) => {
                let token = &self.words[words - 1];
                let message = format!("{} is not clear", quoted(token.text));
                Err(SyntaxError::new(token.span.clone(), message).expected(alternatives(&names)))
            }
            Found::Incomplete(word) => {
                Err(SyntaxError::new(self.end..self.end, format!("{word} what?"))
                    .expected(alternatives(&catalogue::second_words(word))))
            }
            Found::Nothing { after: Some(word) } => {
                let token = second.unwrap_or(first);
                let words = catalogue::second_words(word);
                let message = format!("`{word}` knows no {}", quoted(token.text));
                Err(SyntaxError::new(token.span.clone(), message)
                    .expected(alternatives(&words))
                    .suggest(nearest(token.text, words)))
            }
            Found::Nothing { after: None } => Err(unknown(first)),
        }
    }

    /// Lays its arguments along the command's pattern.
    pub fn fill(&self, entry: &'static Entry, arguments: &[Token]) -> Filled {
        let end = arguments.last().or(self.words.last()).map_or(self.end, |last| last.span.end);
        fill(entry, arguments, end)
    }

    /// What the whole means.
    pub fn statement(&self) -> Result<Statement, SyntaxError> {
        let (entry, arguments) = self.entry()?;
        let span = self.start..self.end;
        if let Some(asked) = arguments.first().filter(|token| is_help(token.text)) {
            let word = Spanned { value: entry.name.to_owned(), span: asked.span.clone() };
            let command = Command::Help { word: Some(word) };
            return Ok(Statement { command, background: false, span });
        }
        if let Some(stray) = self.words.iter().find(|token| token.lexeme == Lexeme::Background) {
            return Err(stray_ampersand(stray));
        }
        let mut values = self.made_name(entry)?;
        let filled = self.fill(entry, arguments);
        if let Some(error) = filled.error {
            return Err(error);
        }
        if let Some(token) = self.background.filter(|_| entry.group != Group::Calls) {
            let message = format!("`{}` is no socket call, so it cannot be a job", entry.name);
            return Err(SyntaxError::new(token.span.clone(), message));
        }
        values.extend(filled.values);
        let command = (entry.build)(&mut Values::new(values)).ok_or_else(|| {
            SyntaxError::new(span.clone(), "this cannot be read").expected(print::usage(entry))
        })?;
        Ok(Statement { command, background: self.background.is_some(), span })
    }

    /// The name before `=` as the first of the command's values, where the command takes one.
    fn made_name(&self, entry: &Entry) -> Result<Vec<Value>, SyntaxError> {
        let Some(token) = self.name else {
            return match entry.makes {
                Makes::Nothing => Ok(vec![]),
                Makes::Socket => Ok(vec![Value::Absent]),
                Makes::NamedSocket => {
                    let span = self.words.first().map_or(0..0, |first| first.span.clone());
                    Err(SyntaxError::new(
                        span,
                        format!("`{}` needs a name for what it makes", entry.name),
                    )
                    .expected(print::usage(entry)))
                }
            };
        };
        if entry.makes == Makes::Nothing {
            let message = format!("`{}` makes no socket that could have a name", entry.name);
            return Err(SyntaxError::new(token.span.clone(), message).expected(print::usage(entry)));
        }
        name::check_new(token.text, &token.span)?;
        let name = Spanned { value: token.text.to_owned(), span: token.span.clone() };
        Ok(vec![Value::Word(name)])
    }
}

fn is_help(word: &str) -> bool {
    matches!(word, "--help" | "-h")
}

fn stray_ampersand(token: &Token) -> SyntaxError {
    SyntaxError::new(token.span.clone(), "`&` stands at the end of a command")
        .expected("`;` or a new line between commands")
}

fn unknown(token: &Token) -> SyntaxError {
    let error =
        SyntaxError::new(token.span.clone(), format!("unknown command {}", quoted(token.text)))
            .expected("a command; `help` lists them");
    match as_command(token.text) {
        Some(command) => error.suggest(Some(command)),
        None => error.suggest(nearest(token.text, catalogue::first_words())),
    }
}

/// A call as Python or C writes it, as a command: `recv conn 5` for `conn.recv(5)`.
fn as_command(word: &str) -> Option<String> {
    let (head, arguments) = word.split_once('(').filter(|_| word.len() <= 80)?;
    let (name, call) = match head.rsplit_once('.') {
        Some((name, call)) => (Some(name).filter(|name| name::is_valid(name)), call),
        None => (None, head),
    };
    if call == "socket" {
        return Some("socket tcp".to_owned());
    }
    catalogue::first_words().into_iter().find(|first| *first == call)?;
    let arguments = arguments.split([',', ')']).filter(|argument| !argument.is_empty());
    let words: Vec<&str> = [Some(call), name].into_iter().flatten().chain(arguments).collect();
    Some(words.join(" "))
}
