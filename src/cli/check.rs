//! `sockscope check`: proves that lessons are sound. Each rehearsal runs in a process, and so in a
//! network, of its own; several at once, for they mostly wait.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::Receiver;
use serde::{Deserialize, Serialize};

use super::arguments::{Arguments, Pace as PaceArgument};
use super::exit::Exit;
use super::{complain, lesson, open_on, print, signals};
use crate::lesson::{Language, Lesson, Taught};
use crate::session::{Format, Lessons, Pace, Rehearsed, Screen, Taken};
use crate::trace::clock;

/// Rehearsals that run at once.
const AT_ONCE: usize = 16;

/// How each lesson is rehearsed.
const PACES: [&str; 3] = ["fast", "slow", "wrong"];

/// What a rehearsal's process writes: one line of JSON.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
struct Finding {
    faults: Vec<(usize, String)>,
    tried: usize,
    seconds: f64,
}

/// A lesson to be checked.
struct Case {
    /// What the rehearsal's process is given.
    word: PathBuf,
    /// As faults name it, and by how many lines it stands lower there.
    shown: String,
    lower: usize,
    lesson: Lesson,
    /// A lesson out of a guide has a file of its own for as long as it is checked.
    folder: Option<tempfile::TempDir>,
}

/// `sockscope check [FILE…]`
pub(super) fn check(arguments: &Arguments, files: &[PathBuf], complete: bool) -> Exit {
    let language = match lesson::language(arguments.lang.as_deref()) {
        Ok(language) => language.unwrap_or_else(Language::english),
        Err(exit) => return exit,
    };
    let lessons = Lessons::new(language.clone(), None);
    let cases = if files.is_empty() { built(&lessons) } else { given(&lessons, files) };
    let cases = match cases {
        Ok(cases) => cases,
        Err(exit) => return exit,
    };
    let start = clock::now();
    // Ctrl-C ends the rehearsals too; then what is theirs is cleared away.
    let interrupts = signals::interrupts();
    let findings = rehearse_all(&cases, &language, &interrupts);
    if !interrupts.is_empty() {
        return Exit::Interrupted;
    }
    let mut out = Vec::new();
    let Ok(faults) = report(&mut out, &cases, &findings) else { return Exit::Environment };
    let taught = Taught::by(cases.iter().map(|case| &case.lesson));
    let missing = taught.missing();
    let incomplete = (complete || files.is_empty()) && !missing.is_empty();
    let seconds = clock::now().since(start).as_secs_f64();
    let _ = tables(&mut out, &taught, &missing);
    let verdict = match (faults, incomplete) {
        (0, false) => "all sound".to_owned(),
        (0, true) => "sound, but not complete".to_owned(),
        (1, _) => "1 fault".to_owned(),
        (faults, _) => format!("{faults} faults"),
    };
    let _ = writeln!(out, "\n{} lessons, {verdict}, {seconds:.1} s", cases.len());
    let shown = print(|to| to.write_all(&out));
    if faults > 0 || incomplete { Exit::Failure } else { shown }
}

fn built(lessons: &Lessons) -> Result<Vec<Case>, Exit> {
    let taken = lessons.course().names().into_iter().map(|name| {
        let taken = lessons.find(name).map_err(|why| broken(&why.to_string()))?;
        Ok(case(PathBuf::from(name), &taken))
    });
    taken.collect()
}

fn given(lessons: &Lessons, files: &[PathBuf]) -> Result<Vec<Case>, Exit> {
    let mut cases = Vec::new();
    let mut failed = None;
    for file in files {
        let found = if is_guide(file) {
            in_guide(file)
        } else {
            // A name does, too, where no file has it.
            let name = file.to_str().filter(|_| !file.exists());
            let taken = name.map_or_else(|| Lessons::from_file(file), |name| lessons.find(name));
            match taken {
                Ok(taken) => Ok(vec![case(absolute(file), &taken)]),
                Err(why) => Err(broken(&why.to_string())),
            }
        };
        match found {
            Ok(found) => cases.extend(found),
            // Every broken file is told of.
            Err(exit) => failed = Some(exit),
        }
    }
    failed.map_or(Ok(cases), Err)
}

/// With its folder, so that no name of a lesson is meant.
fn absolute(file: &Path) -> PathBuf {
    fs::canonicalize(file).unwrap_or_else(|_| file.to_owned())
}

fn broken(why: &str) -> Exit {
    complain(why);
    Exit::Usage
}

fn case(word: PathBuf, taken: &Taken) -> Case {
    let lesson = taken.lesson().clone();
    Case { word, shown: lesson.source.clone(), lower: 0, lesson, folder: None }
}

/// A README is no lesson, but may show some.
fn is_guide(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.eq_ignore_ascii_case("README.md"))
}

/// The lessons that a guide shows, in blocks of four backticks: they are checked too.
fn in_guide(file: &Path) -> Result<Vec<Case>, Exit> {
    const FENCE: &str = "````markdown\n";
    let shown = file.display().to_string();
    let text = fs::read_to_string(file)
        .map_err(|error| broken(&format!("sockscope: can't read {shown}: {error}")))?;
    let mut cases = Vec::new();
    for (at, _) in text.match_indices(FENCE) {
        let body = &text[at + FENCE.len()..];
        let body = &body[..body.find("````").unwrap_or(body.len())];
        let folder = tempfile::tempdir().map_err(|error| broken(&error.to_string()))?;
        let word = folder.path().join("example.md");
        fs::write(&word, body).map_err(|error| broken(&error.to_string()))?;
        let taken = Lessons::from_file(&word).map_err(|why| broken(&why.to_string()))?;
        let lower = text[..at + FENCE.len()].matches('\n').count();
        let mut case = case(word, &taken);
        "(example)".clone_into(&mut case.lesson.name);
        (case.shown, case.lower, case.folder) = (shown.clone(), lower, Some(folder));
        cases.push(case);
    }
    Ok(cases)
}

/// What each rehearsal of each lesson has found, by their places in [`PACES`]; or why nothing.
type Findings = BTreeMap<(usize, usize), Result<Finding, String>>;

/// The longest begin first, so that none is left at the end: mistakes need many starts.
fn rehearse_all(cases: &[Case], language: &Language, interrupts: &Receiver<()>) -> Findings {
    let mut queue: Vec<(usize, usize)> =
        (0..PACES.len()).flat_map(|pace| (0..cases.len()).map(move |case| (case, pace))).collect();
    queue.sort_by_key(|(case, pace)| (*pace, cases[*case].lesson.steps.len()));
    let (queue, findings) = (Mutex::new(queue), Mutex::new(Findings::new()));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work = || {
        while let Some((case, pace)) = next().filter(|_| interrupts.is_empty()) {
            let found = in_child(&cases[case].word, PACES[pace], language);
            let mut findings = findings.lock().unwrap_or_else(PoisonError::into_inner);
            findings.insert((case, pace), found);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    findings.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn in_child(word: &Path, pace: &str, language: &Language) -> Result<Finding, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    // Unix sockets leave files behind.
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let output = Command::new(program)
        .current_dir(&folder)
        .args(["check", "--rehearse", pace, "--lang", language.letters()])
        .arg(word)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.trim())
        .map_err(|_| String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// `sockscope check --rehearse PACE FILE`: one rehearsal in this process.
pub(super) fn rehearse(arguments: &Arguments, files: &[PathBuf], pace: PaceArgument) -> Exit {
    let Some(word) = files.first().and_then(|file| file.to_str()) else { return Exit::Usage };
    let language =
        arguments.lang.as_deref().and_then(Language::of_locale).unwrap_or_else(Language::english);
    let lessons = Lessons::new(language, None);
    let taken = match lessons.find(word) {
        Ok(taken) => taken,
        Err(why) => return broken(&why.to_string()),
    };
    let shown = Arc::new(Mutex::new(String::new()));
    let screen = Screen::gathering(Format::Human, Arc::clone(&shown));
    let mut session = match open_on(arguments, screen, true) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    session.attend(lessons);
    let start = clock::now();
    let pace = match pace {
        PaceArgument::Fast => Pace::Fast,
        PaceArgument::Slow => Pace::Slow,
        PaceArgument::Wrong => Pace::Wrong,
    };
    match session.rehearse(&taken, pace) {
        Ok(Rehearsed { faults, tried }) => {
            let seconds = clock::now().since(start).as_secs_f64();
            let faults = faults.into_iter().map(|fault| (fault.line, fault.what)).collect();
            let finding = Finding { faults, tried, seconds };
            let line = serde_json::to_string(&finding).unwrap_or_default();
            print(|out| writeln!(out, "{line}"))
        }
        Err(stop) => {
            complain(&shown.lock().unwrap_or_else(PoisonError::into_inner));
            stop.into()
        }
    }
}

/// A line a lesson, then what is wrong with it. How many faults there are.
fn report(out: &mut dyn Write, cases: &[Case], findings: &Findings) -> io::Result<usize> {
    let name = cases.iter().map(|case| case.lesson.name.len()).max().unwrap_or(0);
    writeln!(out, "{:name$}  steps  mistakes   fast    slow", "lesson")?;
    let mut faults = 0;
    for (index, case) in cases.iter().enumerate() {
        let finding = |pace| findings.get(&(index, pace));
        let seconds = |pace| match finding(pace) {
            Some(Ok(finding)) => format!("{:.1} s", finding.seconds),
            Some(Err(_)) | None => "-".to_owned(),
        };
        let tried = match finding(2) {
            Some(Ok(finding)) => finding.tried,
            Some(Err(_)) | None => 0,
        };
        let steps = case.lesson.steps.len();
        let (fast, slow) = (seconds(0), seconds(1));
        let mut lines: Vec<String> = Vec::new();
        for (pace, when) in PACES.iter().enumerate() {
            match finding(pace) {
                Some(Ok(finding)) => lines.extend(finding.faults.iter().map(|(line, what)| {
                    format!("{}:{}: {when}: {what}", case.shown, line + case.lower)
                })),
                Some(Err(why)) => lines.push(format!("{}: {when}: {why}", case.shown)),
                None => {}
            }
        }
        let verdict = if lines.is_empty() { "sound" } else { "NOT SOUND" };
        writeln!(
            out,
            "{:name$}  {steps:>5}  {tried:>8}  {fast:>6}  {slow:>6}  {verdict}",
            case.lesson.name
        )?;
        faults += lines.len();
        for line in lines {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(faults)
}

/// Which lessons teach each row of the curriculum, and disprove each misconception.
fn tables(out: &mut dyn Write, taught: &Taught, missing: &[String]) -> io::Result<()> {
    writeln!(out, "\nrow  taught by")?;
    for (row, by) in &taught.rows {
        writeln!(out, "{row:<3}  {}", if by.is_empty() { "-".to_owned() } else { by.join(", ") })?;
    }
    writeln!(out, "\nmisconception  disproved by")?;
    for (number, by) in &taught.misconceptions {
        let by = if by.is_empty() { "-".to_owned() } else { by.join(", ") };
        writeln!(out, "{number:>13}  {by}")?;
    }
    if !missing.is_empty() {
        writeln!(out, "\nnot taught here: {}", missing.join(", "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::lesson::{Course, Language, Taught};

    #[test]
    fn every_row_and_every_misconception_is_taught() {
        let lessons = Course::new(Language::english()).lessons();
        assert_eq!(Taught::by(&lessons).missing(), Vec::<String>::new());
    }
}
