//! Text → tokens, each with its place.

use super::{Span, SyntaxError, catalogue};

/// No word of the language is longer, in bytes.
const LONGEST_WORD: usize = 32;

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
    let mut lexer = Lexer::new(text, State::default());
    lexer.run();
    lexer.lexed
}

/// Tells, line by line, whether a command goes on in the next one: a quote is open, or the line
/// ends in a backslash. Reads each line once.
#[derive(Debug, Default)]
pub struct Joiner(State);

impl Joiner {
    /// Whether the command that this line belongs to goes on. `line` comes without its newline.
    pub fn goes_on(&mut self, line: &str) -> bool {
        let mut lexer = Lexer::new(line, std::mem::take(&mut self.0));
        lexer.run();
        let goes_on = lexer.lexed.error.is_some_and(|error| error.incomplete);
        if goes_on {
            self.0 = lexer.state;
        }
        goes_on
    }
}

/// What of a statement's beginning decides how it is read on.
#[derive(Debug, Default)]
struct State {
    /// Its first words, two at most.
    head: Vec<String>,
    /// How many tokens it has.
    tokens: usize,
    /// The last of them.
    last: String,
    /// Whether a quote is open.
    in_string: bool,
}

struct Lexer<'a> {
    text: &'a str,
    /// How far the text has been read.
    at: usize,
    state: State,
    lexed: Lexed<'a>,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, state: State) -> Lexer<'a> {
        Lexer { text, at: 0, state, lexed: Lexed::default() }
    }

    fn run(&mut self) {
        if self.state.in_string {
            self.string(0);
        } else if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        while let Some(c) = self.peek() {
            let start = self.at;
            match c {
                '\n' | ';' => self.single(Lexeme::Separator),
                '&' => self.single(Lexeme::Background),
                '=' if self.state.tokens == 1 => self.single(Lexeme::Equals),
                '"' => {
                    self.at += 1;
                    self.string(start);
                }
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

    fn push(&mut self, lexeme: Lexeme, start: usize) {
        let span = start..self.at;
        let text = &self.text[span.clone()];
        if lexeme == Lexeme::Separator {
            self.state = State::default();
        } else if !self.state.in_string {
            self.state.tokens += 1;
            self.state.last.clear();
            self.state.last.push_str(&text[..text.floor_char_boundary(LONGEST_WORD)]);
            if self.state.head.len() < 2 {
                self.state.head.push(text.to_owned());
            }
        }
        self.lexed.tokens.push(Token { lexeme, text, span });
    }

    fn single(&mut self, lexeme: Lexeme) {
        let start = self.at;
        self.at += 1;
        self.push(lexeme, start);
    }

    fn word(&mut self) {
        let first = self.state.tokens == 0;
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
            && catalogue::bytes_come_next(&self.state.head, self.state.tokens, &self.state.last)
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

    /// Reads a string whose opening quote, at `start`, has been read.
    fn string(&mut self, start: usize) {
        let mut bytes = Vec::new();
        self.state.in_string = true;
        loop {
            let plain = self.rest().find(['"', '\\']).unwrap_or(self.rest().len());
            bytes.extend_from_slice(&self.rest().as_bytes()[..plain]);
            self.at += plain;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    self.state.in_string = false;
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
    fn lines_are_joined_as_the_whole_text_would_be_read() {
        let mut joiner = Joiner::default();
        for (line, goes_on) in [
            ("send c \"abc", true),
            ("", true),
            ("d\\", true),
            ("\" \\", true),
            ("oob", false),
            ("expect \\", true),
            ("data \\", true),
            ("#12 \\", true),
            ("", false),
            ("mark \\", true),
            ("#12 \"", false),
            ("# \"", false),
            ("\"", true),
            ("\"", false),
        ] {
            assert_eq!(joiner.goes_on(line), goes_on, "{line}");
        }
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
