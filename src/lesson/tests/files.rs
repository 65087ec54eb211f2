//! What is read of a lesson's file.

use std::time::Duration;

use proptest::prelude::*;

use super::with_step;
use crate::lesson::{Asked, Item, Row, read};

const TASK: &str = "```try\nclose s\n```\n```expect\nstate s CLOSED\n```\n";

#[test]
fn a_step_is_its_text_its_blocks_and_what_belongs_to_them_in_order() {
    let lesson = with_step(&format!(
        "Before.\n\n- a list\n```lab quiet\nreset\ns = socket tcp # a comment\n\n```\n\
         {TASK}```hint\nVague.\n```\n```hint\nPlain.\n```\nBehind.\n```code python\nx = 1\n```\n\
         ```text\nno block of ours\n```\n```ask\nWell?\n- [ ] no => because\n- [x] yes\n```\n"
    ));
    let [step] = &lesson.steps[..] else { panic!() };
    assert_eq!((&*step.heading, step.line), ("A step", 4));
    let kinds: Vec<&str> = step
        .items
        .iter()
        .map(|item| match item {
            Item::Prose(_) => "prose",
            Item::Code { .. } => "code",
            Item::Lab { quiet: true, .. } => "quiet lab",
            Item::Lab { quiet: false, .. } => "lab",
            Item::Task(_) => "task",
            Item::Ask(_) => "ask",
        })
        .collect();
    assert_eq!(kinds, ["prose", "quiet lab", "task", "prose", "code", "prose", "ask"]);
    let Item::Lab { lines, .. } = &step.items[1] else { panic!() };
    let lines: Vec<(&str, usize)> = lines.iter().map(|l| (&*l.text, l.number)).collect();
    assert_eq!(lines, [("reset", 9), ("s = socket tcp # a comment", 10)]);
    assert!(step.is_independent());
    assert_eq!(step.items[2].hints(), ["Vague.", "Plain."]);
    let Item::Prose(shown) = &step.items[5] else { panic!() };
    assert_eq!(shown, "```text\nno block of ours\n```");
}

#[test]
fn an_expectation_may_have_its_word_its_time_and_a_comment() {
    let lesson = with_step(
        "```try\nclose s\n```\n```expect\n# why\nexpect state s CLOSED within 3s\nerrno EPIPE\n```\n",
    );
    let Item::Task(task) = &lesson.steps[0].items[0] else { panic!() };
    let all: Vec<(&str, Duration)> =
        task.expects.iter().map(|expected| (&*expected.text, expected.within)).collect();
    let (one, three) = (Duration::from_secs(1), Duration::from_secs(3));
    assert_eq!(all, [("state s CLOSED", three), ("errno EPIPE", one)]);
}

#[test]
fn a_mistake_has_an_attempt_a_sign_and_feedback_of_several_lines() {
    let lesson = with_step(&format!(
        "{TASK}```wrong\nshutdown s rd\nclose s\nwhen state s CLOSED\nreturn 0 by close\n\
         => Not so,\nbut so.\n```\n"
    ));
    let Item::Task(task) = &lesson.steps[0].items[0] else { panic!() };
    let [wrong] = &task.wrongs[..] else { panic!() };
    assert_eq!((wrong.attempt.len(), wrong.when.len()), (2, 2));
    assert_eq!(wrong.feedback, "Not so,\nbut so.");
}

#[test]
fn what_a_step_teaches_is_noted_in_its_heading_or_below_it() {
    let head = "+++\ntitle = \"T\"\ncovers = [\"B4\"]\nmisconceptions = [24]\n+++\n";
    let text = format!("{head}## One <!-- B4 -->\n{TASK}## Two\n<!-- m24, A1 -->\n{TASK}");
    let lesson = read("x.md", &text).unwrap();
    let rows: Vec<String> = lesson.rows.iter().map(Row::to_string).collect();
    assert_eq!((rows, lesson.misconceptions), (vec!["A1".into(), "B4".into()], vec![24]));
    assert_eq!(lesson.steps[0].heading, "One");
}

#[test]
fn the_name_is_the_files_without_number_and_ending() {
    let name = |source: &str| read(source, &super::file(TASK)).unwrap().name;
    assert_eq!(name("lessons/03-handshake.md"), "handshake");
    assert_eq!(name("/a/b/my lesson.md"), "my lesson");
    assert_eq!(name("7.md"), "7");
}

#[test]
fn dashes_around_the_front_matter_do_too() {
    let text = super::file(TASK).replace("+++", "---");
    assert_eq!(read("x.md", &text).unwrap().title, "Example");
}

#[test]
fn questions_of_every_kind_are_read() {
    for (words, body) in [
        ("ask", "- [ ] a => no\n- [x] b"),
        ("ask number", "= 6\n! 5 => one more"),
        ("ask number of port s", ""),
        ("ask number of segments c>s SYN", "= 1\n> next"),
        ("ask flags", "= syn-ack"),
        ("ask state s", ""),
        ("ask segment from s", "= SYN,ACK seq=0 ack=1 len=0\n! ack=0 => the SYN counts\n> next"),
        ("ask return", "= ECONNREFUSED\n! 0 => no\n! blocks => no\n> connect c s"),
    ] {
        let lesson = with_step(&format!("```{words}\nWhat?\n{body}\n```\n"));
        let Item::Ask(question) = &lesson.steps[0].items[0] else { panic!("{words}") };
        assert_eq!(question.text, "What?", "{words}");
        assert_eq!(
            question.is_prediction(),
            body.contains('>') && body.contains("\n> "),
            "{words}"
        );
        if let Asked::Choice(choices) = &question.asked {
            assert_eq!(choices.len(), 2);
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,200}") {
        let _ = read("x.md", &text);
        let _ = read("x.md", &super::file(&text));
    }

    #[test]
    fn no_mixture_of_its_own_words_does(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "```", "try", "expect", "ask", "ask segment", "ask number of ", "hint", "wrong",
                "lab", "code", "\n", "\n", "## ", "+++\n", "=> ", "when ", "= ", "! ", "> ",
                "- [ ] ", "- [x] ", "state s LISTEN", "s = socket tcp", "SYN,ACK seq=0", "你好",
                "<!-- B4 m1 -->", "title = \"x\"\n", "\"", "\\", "é", "\r\n",
            ]),
            0..40,
        )
    ) {
        let text = parts.concat();
        for text in [text.clone(), super::file(&text)] {
            if let Err(error) = read("x.md", &text) {
                // Its place can be drawn, whatever it is.
                crate::command::render("x.md", 1, &text, &error);
            }
        }
    }
}
