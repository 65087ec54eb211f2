//! Text → tokens, each with its place.

use super::{Span, SyntaxError, catalogue};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lexeme {
    /// Anything without spaces: a command, a name, a number, an address.
    Word,
    /// A quoted string: the bytes that it stands for.
    Text(Vec<u8>),
    /// `=` after the first word.
    Equals,
    /// `&`
    Background,
    /// `;` or the end of a line.
    Separator,
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub lexeme: Lexeme,
    /// As typed.
    pub text: &'a str,
    pub span: Span,
}

/// What a text falls into.
#[derive(Debug, Default)]
pub(super) struct Lexed<'a> {
    pub tokens: Vec<Token<'a>>,
    /// Where comments stand.
    pub comments: Vec<Span>,
    /// The first thing that is no token; lexing went on after it.
    pub error: Option<SyntaxError>,
}

/// Cuts a text into tokens. Never fails: what is wrong is in [`Lexed::error`].
pub(super) fn lex(text: &str) -> Lexed<'_> {
    let mut lexer = Lexer { text, at: 0, statement: 0, lexed: Lexed::default() };
    lexer.run();
    lexer.lexed
}

struct Lexer<'a> {
    text: &'a str,
    /// How far the text has been read.
    at: usize,
    /// The first token of the statement at hand.
    statement: usize,
    lexed: Lexed<'a>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        while let Some(c) = self.peek() {
            let start = self.at;
            match c {
                '\n' | ';' => self.single(Lexeme::Separator),
                '&' => self.single(Lexeme::Background),
                '=' if self.words() == 1 => self.single(Lexeme::Equals),
                '"' => self.string(),
                '#' if !self.pattern_follows() => self.comment(),
                '\\' if self.line_ends_after_backslash() => self.continue_line(),
                _ if c.is_whitespace() => self.at += c.len_utf8(),
                _ => {
                    self.word();
                    self.push(Lexeme::Word, start);
                }
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// How many tokens the statement at hand has so far.
    fn words(&self) -> usize {
        self.lexed.tokens.len() - self.statement
    }

    fn push(&mut self, lexeme: Lexeme, start: usize) {
        let ends = lexeme == Lexeme::Separator;
        let span = start..self.at;
        self.lexed.tokens.push(Token { lexeme, text: &self.text[span.clone()], span });
        if ends {
            self.statement = self.lexed.tokens.len();
        }
    }

    fn single(&mut self, lexeme: Lexeme) {
        let start = self.at;
        self.at += 1;
        self.push(lexeme, start);
    }

    fn word(&mut self) {
        let first = self.words() == 0;
        let rest = self.rest();
        let end = rest
            .find(|c: char| {
                c.is_whitespace() || matches!(c, ';' | '"' | '&') || (first && c == '=')
            })
            .unwrap_or(rest.len());
        // A word that starts with what would end it is an `=` at the start of a statement.
        self.at += end.max(rest.chars().next().map_or(0, char::len_utf8));
    }

    fn comment(&mut self) {
        let start = self.at;
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        self.lexed.comments.push(start..self.at);
    }

    /// Whether `#` starts a number of bytes of pattern here, not a comment.
    fn pattern_follows(&self) -> bool {
        self.rest()[1..].starts_with(|c: char| c.is_ascii_digit())
            && catalogue::bytes_come_next(&self.lexed.tokens[self.statement..])
    }

    fn line_ends_after_backslash(&self) -> bool {
        matches!(&self.rest()[1..], "" | "\r")
            || self.rest()[1..].starts_with('\n')
            || self.rest()[1..].starts_with("\r\n")
    }

    fn continue_line(&mut self) {
        let start = self.at;
        if let Some(newline) = self.rest().find('\n') {
            self.at += newline + 1;
            return;
        }
        self.at = self.text.len();
        self.fail(SyntaxError {
            incomplete: true,
            ..SyntaxError::new(start..start + 1, "the line ends in a backslash")
                .expected("another line, which it continues on")
        });
    }

    fn string(&mut self) {
        let start = self.at;
        let mut bytes = Vec::new();
        self.at += 1;
        loop {
            let plain = self.rest().find(['"', '\\']).unwrap_or(self.rest().len());
            bytes.extend_from_slice(&self.rest().as_bytes()[..plain]);
            self.at += plain;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    break;
                }
                Some(_) => self.escape(&mut bytes),
                None => {
                    self.fail(SyntaxError {
                        incomplete: true,
                        ..SyntaxError::new(start..start + 1, "this quote is never closed")
                            .expected("a closing `\"`")
                    });
                    break;
                }
            }
        }
        self.push(Lexeme::Text(bytes), start);
    }

    /// Reads the escape that stands at a backslash inside a string.
    fn escape(&mut self, bytes: &mut Vec<u8>) {
        let start = self.at;
        let mut ahead = self.rest()[1..].chars();
        let escaped = ahead.next();
        self.at += 1 + escaped.map_or(0, char::len_utf8);
        match escaped {
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some(c @ ('\\' | '"')) => bytes.push(c as u8),
            Some('\n') | None => {}
            Some('\r') if ahead.as_str().starts_with('\n') => self.at += 1,
            Some('x') => {
                let digits = ahead.as_str().as_bytes();
                match (digits.first().copied().and_then(hex), digits.get(1).copied().and_then(hex))
                {
                    (Some(high), Some(low)) => {
                        bytes.push(high << 4 | low);
                        self.at += 2;
                    }
                    _ => self.fail(
                        SyntaxError::new(start..self.at, "`\\x` takes two hexadecimal digits")
                            .expected("a byte as \\x0a"),
                    ),
                }
            }
            Some(_) => self.fail(
                SyntaxError::new(start..self.at, "no such escape in a string")
                    .expected("\\n \\r \\t \\\\ \\\" or \\x and two hexadecimal digits"),
            ),
        }
    }

    fn fail(&mut self, error: SyntaxError) {
        self.lexed.error.get_or_insert(error);
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        lex(text).tokens.iter().map(|token| token.text).collect()
    }

    fn bytes(text: &str) -> Vec<u8> {
        match &lex(text).tokens[0].lexeme {
            Lexeme::Text(bytes) => bytes.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_are_split_at_spaces_and_keep_their_places() {
        let lexed = lex("  bind server :80");
        let spans: Vec<Span> = lexed.tokens.iter().map(|t| t.span.clone()).collect();
        assert_eq!(spans, [2..6, 7..13, 14..17]);
    }

    #[test]
    fn an_equals_sign_needs_no_spaces_and_is_special_only_after_the_first_word() {
        assert_eq!(texts("s=socket tcp"), ["s", "=", "socket", "tcp"]);
        assert_eq!(texts("s = socket tcp"), ["s", "=", "socket", "tcp"]);
        assert_eq!(texts("save a=b.txt"), ["save", "a=b.txt"]);
        assert_eq!(texts("= x"), ["=", "x"]);
    }

    #[test]
    fn a_hash_starts_a_comment_but_not_inside_a_word() {
        assert_eq!(texts("close c # done"), ["close", "c"]);
        assert_eq!(texts("save a#b.txt"), ["save", "a#b.txt"]);
        assert_eq!(lex("a #b").comments.first(), Some(&(2..4)));
    }

    #[test]
    fn a_hash_and_a_number_where_data_goes_is_a_pattern() {
        assert_eq!(texts("send c #1000"), ["send", "c", "#1000"]);
        assert_eq!(texts("sendt c :80 #1000"), ["sendt", "c", ":80", "#1000"]);
        assert_eq!(texts("send c \"x\" #1000"), ["send", "c", "\"x\""]);
        assert_eq!(texts("send #1000"), ["send"]);
        assert_eq!(texts("close c #1000"), ["close", "c"]);
        assert_eq!(texts("mark; send c #7"), ["mark", ";", "send", "c", "#7"]);
    }

    #[test]
    fn escapes_give_bytes() {
        assert_eq!(bytes(r#""a\n\r\t\\\"\x00\xFf""#), b"a\n\r\t\\\"\x00\xff");
        assert_eq!(bytes("\"a\\\nb\""), b"ab");
        assert_eq!(bytes("\"a\nb\""), b"a\nb");
    }

    #[test]
    fn an_unknown_escape_is_an_error_where_it_stands() {
        let error = lex(r#"send c "a\qb""#).error.unwrap();
        assert_eq!((error.span, error.incomplete), (9..11, false));
        assert_eq!(lex(r#""\xg0""#).error.unwrap().span, 1..3);
    }

    #[test]
    fn an_open_quote_and_a_trailing_backslash_wait_for_more() {
        for text in ["send c \"abc", "send c \"abc\\", "send c \\", "bind s \\\r"] {
            assert!(lex(text).error.unwrap().incomplete, "{text:?}");
        }
        assert_eq!(texts("send c \\\n\"x\""), ["send", "c", "\"x\""]);
        assert_eq!(texts("send c \\\r\n\"x\""), ["send", "c", "\"x\""]);
    }
}
