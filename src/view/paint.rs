//! Meaning → colour. Views say what a text is; only this file knows what that looks like, and
//! only it uses [`colored`].

use colored::Color;

use super::look::Look;
use crate::story::Side;

/// What a piece of text is. Colour only repeats what the text itself says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing in particular.
    Plain,
    /// A TCP state that an end has just come to.
    State,
    /// A socket call.
    Call,
    /// A segment's control bits.
    Flag,
    /// RST, and what it ended.
    Reset,
    /// Bytes that programs exchange.
    Data,
    /// It went well.
    Good,
    /// It failed.
    Bad,
    /// True, but not what the eye should meet first.
    Quiet,
    /// The name of an end.
    Name(Side),
    /// Something to look at twice: a retransmission, a disagreement.
    Warning,
    /// A word of the command language.
    Command,
    /// A quoted string.
    String,
    /// A number.
    Number,
    /// A mistake in what was typed.
    Error,
    /// What a part of a text is called.
    Heading,
    /// Words that matter more than those around them.
    Strong,
    /// Words that are said with a stress.
    Emphasis,
    /// What could be typed or is written in a program.
    Code,
}

/// The text, in its meaning's colour if the look welcomes colour.
pub fn paint(meaning: Meaning, text: &str, look: Look) -> String {
    match style(meaning) {
        Some(style) if look.colour && !text.trim().is_empty() => {
            format!("\x1b[{}m{text}\x1b[0m", style.codes())
        }
        Some(_) | None => text.to_owned(),
    }
}

/// Attributes of a terminal (ECMA-48, SGR). Only the sixteen colours that every theme defines.
#[derive(Clone, Copy)]
struct Style {
    colour: Option<Color>,
    bold: bool,
    dim: bool,
    underlined: bool,
}

impl Style {
    fn codes(self) -> String {
        let colour = self.colour.map(|colour| colour.to_fg_str().into_owned());
        let weight = self.bold.then(|| "1".to_owned()).or(self.dim.then(|| "2".to_owned()));
        let line = self.underlined.then(|| "4".to_owned());
        weight.into_iter().chain(line).chain(colour).collect::<Vec<_>>().join(";")
    }
}

fn style(meaning: Meaning) -> Option<Style> {
    let none = Style { colour: None, bold: false, dim: false, underlined: false };
    let plain = |colour| Some(Style { colour: Some(colour), ..none });
    let bold = |colour| Some(Style { colour: Some(colour), bold: true, ..none });
    match meaning {
        Meaning::Plain => None,
        Meaning::State | Meaning::Heading | Meaning::Strong => Some(Style { bold: true, ..none }),
        Meaning::Emphasis => Some(Style { underlined: true, ..none }),
        Meaning::Call | Meaning::Command | Meaning::Code => plain(Color::Blue),
        Meaning::Flag => plain(Color::Cyan),
        Meaning::Reset | Meaning::Error => bold(Color::Red),
        Meaning::Data | Meaning::Good | Meaning::String => plain(Color::Green),
        Meaning::Bad => plain(Color::Red),
        Meaning::Quiet => Some(Style { dim: true, ..none }),
        Meaning::Name(Side::A) => bold(Color::Cyan),
        Meaning::Name(Side::B) => bold(Color::Magenta),
        Meaning::Warning => plain(Color::Yellow),
        Meaning::Number => plain(Color::Magenta),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURED: Look =
        Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: true };

    #[test]
    fn colour_is_an_argument_and_nothing_else_decides() {
        assert_eq!(paint(Meaning::Reset, "RST", COLOURED), "\x1b[1;31mRST\x1b[0m");
        let plain = Look { colour: false, ..COLOURED };
        assert_eq!(paint(Meaning::Reset, "RST", plain), "RST");
    }

    #[test]
    fn what_has_no_meaning_or_no_ink_gets_no_colour() {
        assert_eq!(paint(Meaning::Plain, "x", COLOURED), "x");
        assert_eq!(paint(Meaning::Reset, "  ", COLOURED), "  ");
    }
}
