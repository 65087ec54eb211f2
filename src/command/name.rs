//! Names that the learner gives to sockets.

use super::error::quoted;
use super::{Span, SyntaxError, catalogue};

/// Longest name in characters: diagrams have columns.
const LONGEST: usize = 32;

/// Whether a socket can have this name: letters, digits, `_` and `-`, with a letter or `_` first.
pub(super) fn is_valid(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        && word.chars().nth(LONGEST).is_none()
}

/// Whether a new socket may be called so; if not, why.
pub(super) fn check_new(word: &str, span: &Span) -> Result<(), SyntaxError> {
    let error = |message: String| Err(SyntaxError::new(span.clone(), message));
    if catalogue::is_reserved(word) {
        return error(format!("{} is a command; pick another name", quoted(word)));
    }
    if word.chars().nth(LONGEST).is_some() {
        return error(format!("a name has at most {LONGEST} characters"));
    }
    if !is_valid(word) {
        return Err(SyntaxError::new(span.clone(), format!("{} is no name", quoted(word)))
            .expected("letters, digits, _ and -, with a letter first"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_digits_and_two_signs() {
        for word in ["c", "client", "conn1", "my-socket", "_x", "é", "客户"] {
            assert!(check_new(word, &(0..1)).is_ok(), "{word}");
        }
        for word in ["", "1st", "-x", "a.b", "a b", "a>b", "*", "\u{202e}x", &"x".repeat(33)] {
            assert!(check_new(word, &(0..1)).is_err(), "{word}");
        }
    }

    #[test]
    fn a_command_is_no_name() {
        let error = check_new("close", &(0..5)).unwrap_err();
        assert_eq!(error.message, "`close` is a command; pick another name");
        for word in ["step", "next", "flow", "drop", "hold", "swap", "forge", "wire"] {
            assert!(check_new(word, &(0..1)).is_err(), "{word}");
        }
        assert!(check_new("q", &(0..1)).is_ok(), "a short form may be one");
        assert!(check_new("clos", &(0..4)).is_ok());
    }
}
