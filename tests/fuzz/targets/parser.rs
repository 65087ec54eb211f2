//! Any text is a list of commands or a mistake at a place in it; a command written out reads as
//! itself; what helps with typing never fails.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::command::{World, complete, highlight, hint, is_unfinished, parse, render};

fuzz_target!(|text: &str| {
    let world = World::default();
    match parse(text) {
        Ok(statements) => {
            for statement in statements {
                assert!(text.get(statement.span.clone()).is_some());
                let written = statement.to_string();
                let again = parse(&written).expect("a command written out can be read");
                assert_eq!(again.len(), 1, "{written}");
                assert_eq!(again[0].to_string(), written);
            }
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some());
            let drawn = render("script", 1, text, &error);
            assert!(drawn.lines().all(|line| !line.chars().any(char::is_control)), "{drawn:?}");
        }
    }
    is_unfinished(text);
    let mut end = 0;
    for (span, _) in highlight(text, &world) {
        assert!(span.start >= end && text.get(span.clone()).is_some());
        end = span.end;
    }
    hint(text, &world);
    for cursor in [0, text.len() / 2, text.len()] {
        let (start, _) = complete(text, cursor, &world);
        assert!(start <= cursor && text.is_char_boundary(start));
    }
});
