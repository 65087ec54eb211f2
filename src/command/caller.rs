//! `by CALL [NAME]`: whose results are meant.

use std::fmt;

use super::argument::{Argument, Choice, Kind, Need, Value};
use super::catalogue::{self, Entry};
use super::error::{nearest, quoted};
use super::lexer::Lexeme;
use super::read::{Refusal, Tokens};
use super::{Name, Spanned, SyntaxError, name};

/// Calls of one function.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The function, as section 2 of the manual calls it: `recv`.
    pub function: &'static str,
    /// Only on the socket of that name.
    pub socket: Option<Name>,
}

/// The word that it starts with.
pub(super) static BY: Choice = Choice { word: "by", help: "only what this function returned" };

/// What may follow a caller that names no socket.
pub(super) static ITS_SOCKET: Argument =
    Argument { label: "NAME", kind: Kind::SocketName, need: Need::Maybe };

/// The word that may follow a caller, and so is no socket's name there.
const WITHIN: &str = "within";

/// Reads `by CALL [NAME]`.
pub(super) fn read(tokens: &mut Tokens) -> Result<Value, Refusal> {
    let by = tokens.word()?;
    if by.text != BY.word {
        return Err(Refusal::Other);
    }
    let error = |span, message| {
        let expected = "a call's function, as recv, connect or fcntl";
        SyntaxError::new(span, message).expected(expected)
    };
    let Some(call) = tokens.next() else {
        let end = by.span.end;
        return Err(error(end..end, "`by` takes a call".to_owned()).into());
    };
    let functions = catalogue::functions();
    let Some(function) = functions.iter().find(|function| **function == call.text) else {
        // `nonblock` is a command; the function that it makes is fcntl().
        let made = catalogue::named(call.text).and_then(Entry::function);
        let meant = made.or_else(|| nearest(call.text, functions));
        let message = format!("{} is no function", quoted(call.text));
        return Err(error(call.span.clone(), message).suggest(meant).into());
    };
    let socket = tokens
        .peek()
        .filter(|token| token.lexeme == Lexeme::Word && token.text != WITHIN)
        .filter(|token| name::is_valid(token.text))
        .map(|token| Spanned { value: token.text.to_owned(), span: token.span.clone() });
    if socket.is_some() {
        tokens.next();
    }
    Ok(Value::Caller(Caller { function, socket }))
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", BY.word, self.function)?;
        self.socket.as_ref().map_or(Ok(()), |socket| write!(f, " {}", socket.value))
    }
}
