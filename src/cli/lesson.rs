//! `sockscope lesson` and `sockscope lessons`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use super::arguments::Arguments;
use super::exit::Exit;
use super::{complain, look, open, print, run_stdin};
use crate::lesson::{Language, Messages, Report, filled};
use crate::repl::{self, Beginning};
use crate::session::{Lessons, Place, Session, Stop, state_file};
use crate::view::row;
use crate::view::sanitize::escape;

/// What `sockscope lesson` was asked for.
pub(super) struct Wish<'a> {
    pub name: &'a Option<String>,
    pub step: Option<u32>,
    pub report: &'a Option<PathBuf>,
    pub grade: bool,
}

/// The lessons of whoever runs the program: in that language, or the locale's; with their progress.
pub(super) fn of_user(language: Option<Language>) -> Lessons {
    let language = language.or_else(|| Language::of_locale(&messages_locale()));
    Lessons::new(language.unwrap_or_else(Language::english), state_file("progress.json"))
}

/// `sockscope lesson [NAME]`
pub(super) fn take(arguments: &Arguments, wish: &Wish) -> Exit {
    let language = match language(arguments.lang.as_deref()) {
        Ok(language) => language,
        Err(exit) => return exit,
    };
    let lessons = of_user(language).reporting(wish.report.clone());
    // What isn't there is said before a network is entered.
    if let Some(name) = wish.name
        && let Err(why) = lessons.find(name)
    {
        complain(&safe(arguments, &why.to_string()));
        return Exit::Usage;
    }
    let mut session = match open(arguments, true) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    session.attend(lessons);
    let name = wish.name.as_ref().map(|name| format!(" {}", quoted(name))).unwrap_or_default();
    let step = wish.step.map(|step| format!(" {step}")).unwrap_or_default();
    // With a blank before it, it is no line of the learner's.
    let line = format!(" lesson{name}{}", if name.is_empty() { "" } else { &step });
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        at_prompt(session, arguments, line, wish.grade)
    } else {
        by_script(session, &line, wish.grade)
    }
}

fn at_prompt(session: Session, arguments: &Arguments, line: String, grades: bool) -> Exit {
    let messages = session.lesson_messages().clone();
    let rc = (!arguments.no_rc).then(repl::rc_file).flatten();
    let beginning = Beginning { rc: rc.as_deref(), quiet: true, line: Some(line) };
    let ended = repl::run(session, &beginning);
    match ended.result {
        Ok(_) if grades => grade(ended.lesson.as_ref(), &messages),
        Ok(_) => Exit::Success,
        Err(stop) => stop.into(),
    }
}

/// The learner's lines come from standard input. A line that fails is no reason to stop: learners
/// make mistakes.
fn by_script(mut session: Session, line: &str, grades: bool) -> Exit {
    let place = Place { source: Some("lesson".into()), line: 1 };
    if let Err(stop) = session.run(&place, line) {
        return stop.into();
    }
    if let Err(exit @ (Exit::Interrupted | Exit::Environment)) = run_stdin(&mut session, true) {
        return exit;
    }
    match session.end_lines() {
        Err(stop @ (Stop::Interrupted | Stop::Unwritable)) => return stop.into(),
        Ok(()) | Err(Stop::Failed | Stop::Syntax | Stop::Environment | Stop::Closed) => {}
    }
    if !grades {
        return Exit::Success;
    }
    grade(session.lesson_report(), session.lesson_messages())
}

/// Says whether the lesson was passed; status 0 if it was.
fn grade(report: Option<&Report>, messages: &Messages) -> Exit {
    let Some(report) = report else { return Exit::Failure };
    let done = report.steps.iter().filter(|step| step.done && !step.skipped).count();
    let words = [
        ("name", escape(report.lesson.as_bytes(), false)),
        ("n", done.to_string()),
        ("all", report.all.to_string()),
    ];
    let sentence = if report.passed { &messages.grade_passed } else { &messages.grade_failed };
    let shown = print(|out| writeln!(out, "{}", filled(sentence, &words)));
    if report.passed { shown } else { Exit::Failure }
}

/// `sockscope lessons`
pub(super) fn list(arguments: &Arguments) -> Exit {
    let language = match language(arguments.lang.as_deref()) {
        Ok(language) => language,
        Err(exit) => return exit,
    };
    let mut lessons = of_user(language);
    if let Some(trouble) = lessons.load() {
        complain(&safe(arguments, &trouble));
    }
    let look = look::of_terminal(&arguments.screen);
    print(|out| out.write_all(lessons.map(look).as_bytes()))
}

/// The language that was asked for, if one was.
pub(super) fn language(lang: Option<&str>) -> Result<Option<Language>, Exit> {
    let Some(lang) = lang else { return Ok(None) };
    if let Some(language) = Language::of_locale(lang) {
        return Ok(Some(language));
    }
    let known: Vec<String> =
        Language::all().iter().map(|language| language.letters().to_owned()).collect();
    let known = known.join(", ");
    complain(&format!("sockscope: there are no lessons in {lang:?}; there are: {known}"));
    Err(Exit::Usage)
}

/// The locale of messages, as setlocale(3) would choose it.
fn messages_locale() -> String {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

/// A word of the command language for that name.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if name.chars().all(plain) && !name.starts_with('-') {
        return name.to_owned();
    }
    let escaped: String = name
        .chars()
        .flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            c => vec![c],
        })
        .collect();
    format!("\"{escaped}\"")
}

fn safe(arguments: &Arguments, text: &str) -> String {
    let look = look::of_terminal(&arguments.screen);
    text.lines().map(|line| row::safe(line, look)).collect::<Vec<_>>().join("\n")
}
