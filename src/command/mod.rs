//! The language that the learner types. One [catalogue] of commands, from which parsing, completion,
//! hints, highlighting and help all come.

mod address;
mod argument;
mod ast;
mod bytes;
pub mod catalogue;
mod complete;
mod duration;
mod error;
mod flags;
mod help;
mod highlight;
mod hint;
mod lexer;
mod name;
mod number;
mod parser;
mod pattern;
mod phrase;
mod print;
mod read;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod wire;
mod world;

pub use argument::{Argument, Choice, Kind, Need};
pub use ast::{
    AddressArg, Command, Direction, Expectation, FlagPattern, Name, RuleAction, RuleArg,
    SegmentPattern, Span, Spanned, Statement, WireArg,
};
pub use complete::{Candidate, complete};
pub use error::{SyntaxError, nearest, render, render_typed};
pub use help::{apropos, help};
pub use highlight::{TokenKind, highlight};
pub use hint::{Hint, hint};
pub use lexer::Joiner;
pub use parser::{is_unfinished, parse};
pub use print::{segments, usage};
pub use world::{Term, World};
