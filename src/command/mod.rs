//! The language that the learner types. One [catalogue] of commands, from which parsing, completion,
//! hints, highlighting and help all come.

mod address;
mod argument;
mod ast;
mod bytes;
pub mod catalogue;
mod duration;
mod error;
mod flags;
mod lexer;
mod name;
mod parser;
mod pattern;
mod print;
mod read;

pub use argument::{Argument, Choice, Kind, Need};
pub use ast::{
    AddressArg, Command, Direction, Expectation, FlagPattern, Name, SegmentPattern, Span, Spanned,
    Statement,
};
pub use error::{NotUtf8, SyntaxError, nearest, render, script_text};
pub use parser::parse;
pub use print::{segments, usage};
