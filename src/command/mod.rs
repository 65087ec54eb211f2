//! The language that the learner types. One [catalogue] of commands, from which parsing, completion,
//! hints, highlighting and help all come.

mod address;
mod argument;
mod ast;
mod bytes;
mod caller;
pub mod catalogue;
mod complete;
mod duration;
mod error;
mod flags;
mod help;
mod highlight;
mod hint;
mod info_fields;
mod lexer;
mod name;
mod number;
mod parser;
mod pattern;
mod phrase;
mod print;
mod quantity;
mod read;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod wire;
mod world;

pub use argument::{Argument, Choice, Kind, Need};
pub use ast::{
    AddressArg, AddressOf, Command, Direction, Expectation, FlagPattern, LessonArg, Name,
    RuleAction, RuleArg, SegmentPattern, Span, Spanned, Statement, WireArg,
};
pub use caller::Caller;
pub use complete::{Candidate, complete};
pub use error::{SyntaxError, nearest, render, render_typed};
pub use help::{apropos, help};
pub use highlight::{TokenKind, highlight};
pub use hint::{Hint, hint};
pub use info_fields::INFO_FIELDS;
pub use lexer::Joiner;
pub use parser::{is_unfinished, parse};
pub use print::{segments, usage};
pub use quantity::{Amount, Quantity};
pub use world::{Term, World};
