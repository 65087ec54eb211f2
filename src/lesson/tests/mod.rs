//! Lessons without a lab: what is read of a file, what is wrong with one, how answers are graded.

mod answers;
mod broken;
mod course;
mod files;
mod reasons;

use super::{Lesson, read};

/// A lesson of one step with this in it.
fn with_step(body: &str) -> Lesson {
    let text = file(body);
    read("01-example.md", &text)
        .unwrap_or_else(|error| panic!("{}", crate::command::render("x.md", 1, &text, &error)))
}

fn file(body: &str) -> String {
    format!("+++\ntitle = \"Example\"\n+++\n## A step\n{body}")
}
