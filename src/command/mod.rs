//! The language that the learner types. One [catalogue] of commands, from which parsing, completion,
//! hints, highlighting and help all come.

mod ast;

pub use ast::{
    AddressArg, Command, Direction, Expectation, FlagPattern, Name, SegmentPattern, Span, Spanned,
    Statement,
};
