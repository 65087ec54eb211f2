//! Any text is a lesson or an error with a place that can be drawn; what is read is shown without
//! a control character, and no typed answer is too strange for its questions.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::command::render;
use sockscope::lesson::{Answer, Item, read};
use sockscope::view::Look;
use sockscope::view::prose::prose;

const LOOK: Look =
    Look { width: 40, ascii: false, raw_seq: false, arithmetic: false, colour: false };

fuzz_target!(|texts: (&str, &str)| {
    let (body, typed) = texts;
    for text in [body.to_owned(), format!("+++\ntitle = \"x\"\n+++\n## s\n{body}")] {
        let lesson = match read("x.md", &text) {
            Ok(lesson) => lesson,
            Err(error) => {
                render("x.md", 1, &text, &error);
                continue;
            }
        };
        for item in lesson.steps.iter().flat_map(|step| &step.items) {
            match item {
                Item::Prose(markdown) => {
                    let shown = prose(markdown, LOOK);
                    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
                }
                Item::Ask(question) => {
                    if let Ok(answer) = Answer::read(&question.asked, typed) {
                        // What the program says of an answer, it also takes for that answer.
                        assert_eq!(Answer::read(&question.asked, &answer.to_string()), Ok(answer));
                    }
                }
                Item::Task(_) | Item::Code { .. } | Item::Lab { .. } => {}
            }
        }
    }
});
