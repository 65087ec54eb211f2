//! Lessons.

use super::{Entry, Group, Makes, maybe, one};
use crate::command::argument::Kind;
use crate::command::{Command, LessonArg};

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "lessons",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[],
        help: "list the lessons, what is done and what comes next",
        more: "The lessons build on each other, from the first socket to reading a trace.",
        example: "lessons",
        manual: None,
        rfc: None,
        build: |_| lesson(LessonArg::List),
    },
    Entry {
        name: "lesson",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[maybe("NAME", Kind::Lesson), maybe("STEP", Kind::Number(1, u32::MAX as i64))],
        help: "take a lesson, or see again what is asked",
        more: "Without NAME it goes on where you are; in a lesson it shows the task again and what \
               is still missing. NAME may be a number, or the path of a lesson's file. Starting a \
               lesson closes every socket.",
        example: "lesson telephone",
        manual: None,
        rfc: None,
        build: |v| lesson(LessonArg::Take { name: v.take()?, step: v.take()? }),
    },
    Entry {
        name: "answer",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[one("ANSWER", Kind::Rest)],
        help: "answer a lesson's question",
        more: "The answer alone does as well, where it is no command.",
        example: "answer SYN,ACK",
        manual: None,
        rfc: None,
        build: |v| lesson(LessonArg::Answer { text: v.take()? }),
    },
    Entry {
        name: "hint",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[],
        help: "get a hint; the next one says more",
        more: "Hints go from vague to plain.",
        example: "hint",
        manual: None,
        rfc: None,
        build: |_| lesson(LessonArg::Hint),
    },
    Entry {
        name: "solution",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[],
        help: "put the next command of a solution on the line",
        more: "It is not run: Enter does that, and you may change it before.",
        example: "solution",
        manual: None,
        rfc: None,
        build: |_| lesson(LessonArg::Solution),
    },
    Entry {
        name: "again",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[],
        help: "start the step afresh",
        more: "Every socket is closed, and the lab is brought to where the step began.",
        example: "again",
        manual: None,
        rfc: None,
        build: |_| lesson(LessonArg::Again),
    },
    Entry {
        name: "skip",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[],
        help: "pass over the step, and see how it goes",
        more: "Its solution is typed for you, and the next step begins.",
        example: "skip",
        manual: None,
        rfc: None,
        build: |_| lesson(LessonArg::Skip),
    },
    Entry {
        name: "leave",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[],
        help: "leave the lesson; `lesson` comes back to it",
        more: "Sockets stay as they are.",
        example: "leave",
        manual: None,
        rfc: None,
        build: |_| lesson(LessonArg::Leave),
    },
    Entry {
        name: "progress",
        group: Group::Lessons,
        makes: Makes::Nothing,
        arguments: &[],
        help: "how far you are in this lesson",
        more: "`lessons` shows all of them.",
        example: "progress",
        manual: None,
        rfc: None,
        build: |_| lesson(LessonArg::Progress),
    },
];

#[expect(clippy::unnecessary_wraps, reason = "as every entry's builder")]
fn lesson(what: LessonArg) -> Option<Command> {
    Some(Command::Lesson { what })
}
