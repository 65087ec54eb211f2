//! What is still to be typed, shown dim behind the cursor.

use super::World;
use super::catalogue::{self, Found};
use super::complete::complete;
use super::lexer::{Lexeme, lex};
use super::phrase::Phrase;
use super::print::labels;

/// Text to show behind the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The text.
    pub text: String,
    /// How many of its bytes may be taken over into the line: the rest of the word. What follows
    /// names arguments, and is only to be read.
    pub takes: usize,
}

/// The hint for a line whose cursor stands at its end.
pub fn hint(line: &str, world: &World) -> Option<Hint> {
    let lexed = lex(line);
    if lexed.error.is_some() || lexed.comments.last().is_some_and(|c| c.end == line.len()) {
        return None;
    }
    let tokens = lexed.tokens.rsplit(|token| token.lexeme == Lexeme::Separator).next()?;
    let last = tokens.last()?;
    if last.lexeme != Lexeme::Word || last.span.end < line.len() {
        return arguments(&Phrase::of(tokens)).filter(|rest| !rest.is_empty()).map(|text| {
            let space = if line.ends_with(' ') { "" } else { " " };
            Hint { text: format!("{space}{text}"), takes: 0 }
        });
    }
    let (_, candidates) = complete(line, line.len(), world);
    let rest_of_word = match &candidates[..] {
        [only] => only.text.trim_end().get(last.text.len()..).filter(|rest| !rest.is_empty()),
        _ => None,
    };
    // The arguments are those of the word as it would be when completed.
    let whole = format!("{line}{}", rest_of_word.unwrap_or_default());
    let lexed = lex(&whole);
    let tokens = lexed.tokens.rsplit(|token| token.lexeme == Lexeme::Separator).next()?;
    let mut text = rest_of_word.unwrap_or_default().to_owned();
    let takes = text.len();
    if let Some(rest) = arguments(&Phrase::of(tokens)).filter(|rest| !rest.is_empty()) {
        text = format!("{text} {rest}");
    }
    (!text.is_empty()).then_some(Hint { text, takes })
}

/// The labels of the arguments that are still to come; `None` if what is there is wrong.
fn arguments(phrase: &Phrase) -> Option<String> {
    if phrase.background.is_some() {
        return None;
    }
    let Ok((entry, tokens)) = phrase.entry() else {
        let first = phrase.words.first()?;
        let alone = phrase.words.len() == 1;
        return match catalogue::find(first.text, None).0 {
            Found::Incomplete(word) if alone => Some(catalogue::second_words(word).join("|")),
            _ => None,
        };
    };
    let seconds = catalogue::second_words(entry.name);
    if tokens.is_empty() && !seconds.is_empty() {
        return Some(format!("[{}]", seconds.join("|")));
    }
    let filled = phrase.fill(entry, tokens);
    let is_right = filled.error.is_none_or(|error| error.span.is_empty());
    is_right.then(|| labels(filled.rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(line: &str) -> String {
        let sockets = vec![("client".into(), "tcp".into()), ("server".into(), "tcp".into())];
        let world = World { sockets, ..World::default() };
        hint(line, &world)
            .map(|h| format!("{}|{}", &h.text[..h.takes], &h.text[h.takes..]))
            .unwrap_or_default()
    }

    #[test]
    fn a_command_shows_what_it_takes() {
        assert_eq!(shown("connect"), "| NAME ADDR");
        assert_eq!(shown("connect "), "|NAME ADDR");
        assert_eq!(shown("connect client "), "|ADDR");
        assert_eq!(shown("connect client server"), "");
        assert_eq!(shown("recv client "), "|[N] [peek] [waitall] [oob] [dontwait]");
        assert_eq!(shown("s = socket "), "|tcp|udp|tcp6|udp6|unix|unix-dgram");
        assert_eq!(shown("expect eof "), "|[by CALL [NAME]] [within T]");
        assert_eq!(shown("expect eof by recv "), "|[NAME] [within T]");
        assert_eq!(shown("expect eof by recv client "), "|[within T]");
        assert_eq!(shown("expect role "), "|[A>B] ROLE [N|N+] [within T]");
        assert_eq!(shown("expect unread client "), "|N|N+ [within T]");
    }

    #[test]
    fn what_may_stand_in_any_order_is_shown_until_it_is_given() {
        assert_eq!(shown("wire"), "| [drop|dup|reorder|corrupt|delay|loss|clear]");
        assert_eq!(shown("wire drop "), "|next [N] FLAGS [from NAME]");
        assert_eq!(shown("wire loss 5% "), "|[seed N] [FLAGS] [from NAME]");
        assert_eq!(shown("wire loss 5% from client "), "|[seed N] [FLAGS]");
        assert_eq!(shown("forge client RST data \"x\" "), "|[seq +N] [ack +N]");
    }

    #[test]
    fn the_rest_of_a_word_can_be_taken_over_what_follows_cannot() {
        assert_eq!(shown("conn"), "ect| NAME ADDR");
        assert_eq!(shown("connect cl"), "ient| ADDR");
        assert_eq!(shown("expect sees c"), "lient>|");
    }

    #[test]
    fn there_is_none_where_nothing_is_to_be_said() {
        for line in
            ["", " ", "# con", "send client \"he", "xyz", "xyz ", "close client now", "jobs"]
        {
            assert_eq!(shown(line), "", "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in ".*") {
            shown(&line);
        }
    }
}
