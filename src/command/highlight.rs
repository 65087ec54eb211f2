//! What the parts of a line are, for colouring it.

use super::argument::Kind;
use super::caller::BY;
use super::catalogue;
use super::lexer::{Lexeme, Token, lex};
use super::phrase::Phrase;
use super::{Span, World};

/// What a part of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A command.
    Command,
    /// The name of a socket that there is, or that is being made.
    Name,
    /// The name of a socket that there isn't.
    UnknownName,
    /// A quoted string or bytes.
    String,
    /// A number or a duration.
    Number,
    /// An address.
    Address,
    /// A word that stands for itself: an option, flags, `rdwr`.
    Word,
    /// `=`, `&` or `;`.
    Sign,
    /// A comment.
    Comment,
    /// A mistake.
    Error,
}

/// The parts of a line that are something, in order; they don't overlap. The word at the line's
/// end is not a mistake yet: it may still be being typed.
pub fn highlight(line: &str, world: &World) -> Vec<(Span, TokenKind)> {
    let lexed = lex(line);
    let mut parts: Vec<(Span, TokenKind)> =
        lexed.comments.iter().map(|span| (span.clone(), TokenKind::Comment)).collect();
    for tokens in lexed.tokens.split_inclusive(|token| token.lexeme == Lexeme::Separator) {
        let kinds = kinds(tokens, world);
        parts.extend(tokens.iter().zip(kinds).filter_map(|(token, kind)| {
            let typing = token.span.end == line.len() && token.lexeme == Lexeme::Word;
            let kind = kind.filter(|kind| !(typing && is_mistake(*kind)))?;
            (token.text != "\n").then(|| (token.span.clone(), kind))
        }));
    }
    parts.sort_by_key(|(span, _)| span.start);
    parts
}

fn is_mistake(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Error | TokenKind::UnknownName)
}

/// What each token of a statement is, its separator included.
fn kinds(tokens: &[Token], world: &World) -> Vec<Option<TokenKind>> {
    let mut kinds: Vec<Option<TokenKind>> = tokens
        .iter()
        .map(|token| match token.lexeme {
            Lexeme::Word => None,
            Lexeme::Text(_) => Some(TokenKind::String),
            Lexeme::Equals | Lexeme::Background | Lexeme::Separator => Some(TokenKind::Sign),
        })
        .collect();
    let end = tokens.iter().take_while(|token| token.lexeme != Lexeme::Separator).count();
    let phrase = Phrase::of(&tokens[..end]);
    if phrase.name.is_some() {
        kinds[0] = Some(TokenKind::Name);
    }
    let first = if phrase.name.is_some() { 2 } else { 0 };
    let Ok((entry, arguments)) = phrase.entry() else {
        if first < end {
            kinds[first] = Some(TokenKind::Error);
        }
        return kinds;
    };
    let start = first + phrase.words.len() - arguments.len();
    kinds[first..start].fill(Some(TokenKind::Command));
    let filled = phrase.fill(entry, arguments);
    for (index, token) in arguments.iter().enumerate() {
        let role = filled.roles.get(index).map(|argument| &argument.kind);
        let wrong = filled.error.as_ref().is_some_and(|error| {
            error.span.start < token.span.end && token.span.start < error.span.end
        });
        kinds[start + index] = match role {
            _ if wrong => Some(TokenKind::Error),
            Some(kind) => Some(of_argument(kind, token, world)),
            None => kinds[start + index],
        };
    }
    kinds
}

fn of_argument(kind: &Kind, token: &Token, world: &World) -> TokenKind {
    match kind {
        _ if matches!(token.lexeme, Lexeme::Text(_)) => TokenKind::String,
        Kind::SocketName | Kind::Address | Kind::Caller if world.has_socket(token.text) => {
            TokenKind::Name
        }
        Kind::Caller if token.text == BY.word || is_function(token.text) => TokenKind::Word,
        Kind::SocketName | Kind::Caller => TokenKind::UnknownName,
        Kind::Address => TokenKind::Address,
        Kind::Bytes => TokenKind::String,
        Kind::Duration
        | Kind::Percent
        | Kind::Offset
        | Kind::Number(..)
        | Kind::Amount
        | Kind::Job
        | Kind::Frame
        | Kind::Held => TokenKind::Number,
        Kind::After(first, kind) if token.text != first.word => of_argument(kind, token, world),
        Kind::DurationOrOff | Kind::OptionValue | Kind::Rest | Kind::SettingValue
            if token.text.starts_with(|c: char| c.is_ascii_digit() || c == '-') =>
        {
            TokenKind::Number
        }
        Kind::Option
        | Kind::OptionValue
        | Kind::File
        | Kind::State
        | Kind::Errno
        | Kind::Direction
        | Kind::Role
        | Kind::InfoField
        | Kind::Flags
        | Kind::FlagsList
        | Kind::FlagSet
        | Kind::Selection
        | Kind::Word(_)
        | Kind::After(..)
        | Kind::DurationOrOff
        | Kind::Switch
        | Kind::SocketKind
        | Kind::Choice(_)
        | Kind::Marks(_)
        | Kind::Setting
        | Kind::SettingValue
        | Kind::Sysctl
        | Kind::Counter
        | Kind::Rest
        | Kind::Lesson
        | Kind::Topic => TokenKind::Word,
    }
}

fn is_function(word: &str) -> bool {
    catalogue::functions().contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn world() -> World {
        World { sockets: vec![("client".into(), "tcp".into())], ..World::default() }
    }

    fn parts(line: &str) -> Vec<(&str, TokenKind)> {
        highlight(line, &world()).into_iter().map(|(span, kind)| (&line[span], kind)).collect()
    }

    #[test]
    fn every_part_of_a_line_is_something() {
        use TokenKind::*;
        assert_eq!(
            parts("c = socket tcp; connect client :80 & # go"),
            [
                ("c", Name),
                ("=", Sign),
                ("socket", Command),
                ("tcp", Word),
                (";", Sign),
                ("connect", Command),
                ("client", Name),
                (":80", Address),
                ("&", Sign),
                ("# go", Comment),
            ]
        );
        assert_eq!(parts("send client \"x\" oob")[2..], [("\"x\"", String), ("oob", Word)]);
        assert_eq!(
            parts("expect count SYN 1 within 2s"),
            [
                ("expect", Command),
                ("count", Command),
                ("SYN", Word),
                ("1", Number),
                ("within", Word),
                ("2s", Number),
            ]
        );
    }

    #[test]
    fn a_rule_is_coloured_by_what_its_words_are() {
        use TokenKind::*;
        assert_eq!(
            parts("wire loss 5% from client seed 7 SYN; drop 3;"),
            [
                ("wire", Command),
                ("loss", Command),
                ("5%", Number),
                ("from", Word),
                ("client", Name),
                ("seed", Word),
                ("7", Number),
                ("SYN", Word),
                (";", Sign),
                ("drop", Command),
                ("3", Number),
                (";", Sign),
            ]
        );
        assert_eq!(parts("wire drop next SYN from nobody ")[5], ("nobody", UnknownName));
    }

    #[test]
    fn an_expectation_is_coloured_by_what_its_words_are() {
        use TokenKind::*;
        assert_eq!(
            parts("expect eof by recv client; expect eof by recv nobody; expect unread client 5+;")
                .iter()
                .filter(|(_, kind)| !matches!(kind, Command | Sign))
                .copied()
                .collect::<Vec<_>>(),
            [
                ("by", Word),
                ("recv", Word),
                ("client", Name),
                ("by", Word),
                ("recv", Word),
                ("nobody", UnknownName),
                ("client", Name),
                ("5+", Number),
            ]
        );
    }

    #[test]
    fn mistakes_show_but_not_in_the_word_that_is_being_typed() {
        use TokenKind::*;
        assert_eq!(parts("conect client"), [("conect", Error)]);
        assert_eq!(parts("conect"), []);
        assert_eq!(parts("close nobody "), [("close", Command), ("nobody", UnknownName)]);
        assert_eq!(parts("close nobo"), [("close", Command)]);
        assert_eq!(
            parts("bind client :99999 "),
            [("bind", Command), ("client", Name), (":99999", Error)]
        );
        assert_eq!(parts("close client now ")[2..], [("now", Error)]);
    }

    proptest! {
        #[test]
        fn parts_are_in_order_and_inside_the_line(line in ".*") {
            let mut end = 0;
            for (span, _) in highlight(&line, &world()) {
                prop_assert!(end <= span.start && span.end <= line.len());
                prop_assert!(line.is_char_boundary(span.start) && line.is_char_boundary(span.end));
                end = span.end;
            }
        }
    }
}
