//! What can be counted or measured: `unread conn`.

use std::fmt;

use super::argument::{FromValue, Kind};
use super::error::{nearest, quoted};
use super::lexer::lex;
use super::read::{Refusal, Tokens, read, suggestion};
use super::{Direction, FlagPattern, Name, SyntaxError, argument, flags};

/// Something of which there is a number.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// `port NAME`: the port that it is bound to.
    Port {
        /// The socket.
        socket: Name,
    },
    /// `unread NAME`: bytes that have come and can be received.
    Unread {
        /// The socket.
        socket: Name,
    },
    /// `queue NAME`: connections that wait to be accepted.
    Queue {
        /// The listener.
        socket: Name,
    },
    /// `info NAME FIELD`: a number of `TCP_INFO`.
    Info {
        /// The socket.
        socket: Name,
        /// One of [`INFO_FIELDS`](super::INFO_FIELDS).
        field: &'static str,
    },
    /// `segments [A>B] [FLAGS]`: those that have passed since the mark.
    Segments {
        /// Between whom; `None` is anyone.
        direction: Option<Direction>,
        /// With which flags; `None` is any.
        flags: Option<FlagPattern>,
    },
    /// `datagrams [A>B]`: UDP's that have passed since the mark.
    Datagrams {
        /// Between whom; `None` is anyone.
        direction: Option<Direction>,
    },
}

/// A number to hold a quantity against: `5`, or `5+` for at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The number.
    pub number: u64,
    /// Whether more will do too.
    pub at_least: bool,
}

/// Each quantity's first word, and the whole.
const FORMS: [(&str, &str); 6] = [
    ("port", "port NAME"),
    ("unread", "unread NAME"),
    ("queue", "queue NAME"),
    ("info", "info NAME FIELD"),
    ("segments", "segments [A>B] [FLAGS]"),
    ("datagrams", "datagrams [A>B]"),
];

impl Quantity {
    /// Reads one. An error's place is in `text`.
    pub fn parse(text: &str) -> Result<Quantity, SyntaxError> {
        let lexed = lex(text);
        if let Some(error) = lexed.error {
            return Err(error);
        }
        let mut reader = Reader { form: "", tokens: Tokens { all: &lexed.tokens, at: 0 } };
        let Ok(first) = reader.tokens.word() else {
            return Err(SyntaxError::new(0..0, "a quantity is missing here").expected(forms()));
        };
        reader.form =
            FORMS.iter().find(|(word, _)| *word == first.text).map(|(_, form)| *form).ok_or_else(
                || {
                    let message = format!("{} is no quantity", quoted(first.text));
                    SyntaxError::new(first.span.clone(), message)
                        .expected(forms())
                        .suggest(nearest(first.text, FORMS.map(|(word, _)| word)))
                },
            )?;
        let quantity = match first.text {
            "port" => Quantity::Port { socket: reader.socket()? },
            "unread" => Quantity::Unread { socket: reader.socket()? },
            "queue" => Quantity::Queue { socket: reader.socket()? },
            "info" => {
                Quantity::Info { socket: reader.socket()?, field: reader.needed(&Kind::InfoField)? }
            }
            "segments" => {
                Quantity::Segments { direction: reader.direction()?, flags: reader.flags()? }
            }
            _ => Quantity::Datagrams { direction: reader.direction()? },
        };
        reader.end(quantity)
    }
}

fn forms() -> String {
    argument::alternatives(&FORMS.map(|(_, form)| form))
}

/// What is left of the text.
struct Reader<'t, 'a> {
    /// The whole form, to say what was expected.
    form: &'static str,
    tokens: Tokens<'t, 'a>,
}

impl Reader<'_, '_> {
    fn socket(&mut self) -> Result<Name, SyntaxError> {
        self.needed(&Kind::SocketName)
    }

    /// An argument that must be there.
    fn needed<T: FromValue>(&mut self, kind: &'static Kind) -> Result<T, SyntaxError> {
        let mut ahead = self.tokens;
        match read(kind, &mut ahead) {
            Ok(value) => {
                self.tokens = ahead;
                T::from_value(value).ok_or_else(|| self.misfit(kind))
            }
            Err(Refusal::Bad(error)) => Err(error),
            Err(Refusal::Other) => Err(self.misfit(kind)),
        }
    }

    fn misfit(&self, kind: &'static Kind) -> SyntaxError {
        let Some(token) = self.tokens.peek() else {
            let end = self.tokens.all.last().map_or(0, |last| last.span.end);
            return SyntaxError::new(end..end, format!("{} is missing here", kind.noun()))
                .expected(self.form);
        };
        let message = format!("{} is not {}", quoted(token.text), kind.noun());
        SyntaxError::new(token.span.clone(), message)
            .expected(kind.wanted())
            .suggest(suggestion(token.text, std::iter::once(kind)))
    }

    fn direction(&mut self) -> Result<Option<Direction>, SyntaxError> {
        match self.tokens.peek() {
            Some(token) if token.text.contains('>') => self.needed(&Kind::Direction).map(Some),
            _ => Ok(None),
        }
    }

    fn flags(&mut self) -> Result<Option<FlagPattern>, SyntaxError> {
        let Some(token) = self.tokens.next() else { return Ok(None) };
        flags::parse(token.text, &token.span).map(Some)
    }

    /// Nothing may follow.
    fn end(&self, quantity: Quantity) -> Result<Quantity, SyntaxError> {
        match self.tokens.peek() {
            None => Ok(quantity),
            Some(token) => {
                let message = format!("{} is too much", quoted(token.text));
                Err(SyntaxError::new(token.span.clone(), message).expected(self.form))
            }
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = |f: &mut fmt::Formatter<'_>, direction: &Option<Direction>| {
            direction.as_ref().map_or(Ok(()), |direction| write!(f, " {direction}"))
        };
        match self {
            Quantity::Port { socket } => write!(f, "port {}", socket.value),
            Quantity::Unread { socket } => write!(f, "unread {}", socket.value),
            Quantity::Queue { socket } => write!(f, "queue {}", socket.value),
            Quantity::Info { socket, field } => write!(f, "info {} {field}", socket.value),
            Quantity::Segments { direction, flags } => {
                f.write_str("segments")?;
                between(f, direction)?;
                flags.map_or(Ok(()), |flags| write!(f, " {flags}"))
            }
            Quantity::Datagrams { direction } => {
                f.write_str("datagrams")?;
                between(f, direction)
            }
        }
    }
}

impl Amount {
    /// Whether so many are so many as are wanted.
    pub fn admits(self, number: u64) -> bool {
        if self.at_least { number >= self.number } else { number == self.number }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, if self.at_least { "+" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> SyntaxError {
        Quantity::parse(text).expect_err(text)
    }

    #[test]
    fn every_quantity_is_read_and_written_the_same() {
        for text in [
            "port client",
            "unread conn",
            "queue server",
            "info client snd_cwnd",
            "segments",
            "segments client>server",
            "segments SYN+",
            "segments *>server FIN,ACK",
            "datagrams",
            "datagrams a>b",
        ] {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), text);
        }
        let long = Quantity::parse("  info client tcpi_rtt  # in us").unwrap();
        assert_eq!(long.to_string(), "info client rtt");
    }

    #[test]
    fn what_is_no_quantity_is_pointed_at() {
        for (text, span, message, suggestion) in [
            ("", 0..0, "a quantity is missing here", None),
            ("unraed c", 0..6, "`unraed` is no quantity", Some("unread")),
            ("port", 4..4, "the name of a socket is missing here", None),
            ("queue 5", 6..7, "`5` is not the name of a socket", None),
            ("info c snd_cwdn", 7..15, "`snd_cwdn` is not a field of TCP_INFO", Some("snd_cwnd")),
            ("info c", 6..6, "a field of TCP_INFO is missing here", None),
            ("segments a>", 9..11, "`a>` is no direction", None),
            ("segments SYM", 9..12, "`SYM` is no TCP flag", Some("SYN")),
            ("datagrams a>b c", 14..15, "`c` is too much", None),
            ("port a; port b", 6..7, "`;` is too much", None),
        ] {
            let error = error(text);
            assert_eq!((error.span.clone(), &*error.message), (span, message), "{text}");
            assert_eq!(error.suggestion.as_deref(), suggestion, "{text}");
            assert!(error.expected.is_some(), "{text}");
        }
    }

    #[test]
    fn an_amount_is_so_many_or_at_least_so_many() {
        let exact = Amount { number: 5, at_least: false };
        let least = Amount { number: 5, at_least: true };
        assert_eq!([4, 5, 6].map(|n| exact.admits(n)), [false, true, false]);
        assert_eq!([4, 5, 6].map(|n| least.admits(n)), [false, true, true]);
        assert_eq!((exact.to_string(), least.to_string()), ("5".into(), "5+".into()));
    }
}
