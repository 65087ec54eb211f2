//! Lessons on the command line: the course is sound, and what teachers and scripts rely on.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]

mod support {
    pub mod run;
}

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::run::{Ended, sockscope};

/// A lesson of two steps: a task with a likely mistake, then a prediction on the stepped wire.
const LESSON: &str = r#"+++
title = "Two steps"
minutes = 5
+++
## Listen
Let `server` listen on port 8899.
```try
server = socket tcp
bind server :8899
listen server
```
```expect
state server LISTEN
sockname server *:8899
```
```wrong
server = socket tcp
listen server
when state server LISTEN
=> The kernel chose the port.
```
## Predict
```lab
client = socket tcp
step on
connect client server
```
```ask segment
What comes back?
= SYN,ACK seq=0 ack=1 len=0
! SYN => It must acknowledge, too.
> next
```
"#;

const SOLUTION: &str = "server = socket tcp\nbind server :8899\nlisten server\n";

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        desk.write("two.md", LESSON);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// `sockscope lesson ARGUMENTS < LINES`, at home in this folder.
    fn lesson(&self, arguments: &[&str], lines: &str) -> Ended {
        let home = self.folder.path().display().to_string();
        let all = [&["lesson"], arguments].concat();
        sockscope(&all).env("HOME", &home).current_dir(self.folder.path()).input(lines).run()
    }

    fn two(&self, arguments: &[&str], lines: &str) -> Ended {
        self.lesson(&[&["./two.md"], arguments].concat(), lines)
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(name)).unwrap()).unwrap()
    }

    fn progress(&self) -> PathBuf {
        self.path(".local/state/sockscope/progress.json")
    }
}

#[test]
fn every_lesson_is_sound_and_the_course_is_complete() {
    let lessons = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let files = fs::read_dir(&lessons).unwrap().chain(fs::read_dir(lessons.join("zh")).unwrap());
    let files: Vec<String> = files
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "md"))
        .map(|file| file.display().to_string())
        .collect();
    let mut arguments = vec!["check", "--complete"];
    arguments.extend(files.iter().map(String::as_str));
    let ended = sockscope(&arguments).run();
    assert_eq!(ended.status, Some(0), "{}{}", ended.out, ended.err);
    ended.says("all sound").says("(example)");
}

#[test]
fn a_lesson_is_taken_step_by_step_and_graded() {
    let desk = Desk::new();
    desk.two(&["--grade"], &format!("{SOLUTION}SYN,ACK seq=0 ack=1 len=0\n"))
        .status(0)
        .says("Step 1 of 2 · Listen")
        .says("✓ Done.")
        .says("Step 2 of 2 · Predict")
        .says("✓ Right.")
        .says("This lesson is done")
        .says("two: passed, 2 of 2 steps.");
    desk.two(&["--grade"], SOLUTION).status(1).says("two: not passed, 1 of 2 steps.");
    desk.two(&["--grade"], "").status(1).says("Your turn");
    // Who doesn't ask for a grade is not failed for stopping.
    desk.two(&[], "").status(0);
}

#[test]
fn another_way_to_the_same_state_passes_and_anything_may_be_typed_in_between() {
    let desk = Desk::new();
    let other = "x = socket udp\nsockets\nconect\nserver = socket tcp\ngetsockname server\n\
                 setsockopt server SO_REUSEADDR 1\nbind server 0.0.0.0:8899\nlisten server 0\n";
    desk.two(&["--grade"], &format!("{other}answer SYN,ACK seq=0 ack=1 len=0\n")).status(0);
}

#[test]
fn after_a_reset_of_the_learners_own_the_task_can_still_be_done() {
    let desk = Desk::new();
    let lines = format!("server = socket udp\nreset\n{SOLUTION}reset\nSYN,ACK seq=0 ack=1 len=0\n");
    desk.two(&["--grade"], &lines).status(0);
    desk.write(
        "calls.md",
        "+++\ntitle = \"T\"\n+++\n## S\n```lab quiet\nx = socket tcp\n```\n```try\n\
         y = socket tcp\nconnect y 127.0.0.1:7\n```\n```expect\nsees y>* SYN\n\
         errno ECONNREFUSED by connect y\n```\n",
    );
    let lines = "sockets\nreset\ny = socket tcp\nconnect y 127.0.0.1:7\n";
    desk.lesson(&["./calls.md", "--grade"], lines).status(0);
}

#[test]
fn a_likely_mistake_is_told_its_feedback_and_again_gives_a_fresh_start() {
    let desk = Desk::new();
    let lines =
        format!("server = socket tcp\nlisten server\nagain\n{SOLUTION}SYN,ACK seq=0 ack=1 len=0\n");
    let ended = desk.two(&["--grade"], &lines).status(0).says("The kernel chose the port.");
    assert_eq!(ended.out.matches("Step 1 of 2").count(), 2, "{}", ended.out);
}

#[test]
fn a_wrong_prediction_is_graded_by_field_with_reasons_and_stands_until_it_is_right() {
    let desk = Desk::new();
    let lines = format!("{SOLUTION}SYN seq=0 ack=0 len=0\nACK seq=0 ack=1 len=0\n");
    let ended = desk
        .two(&["--report", "report.json"], &lines)
        .status(0)
        .says("flags: you said SYN; it is SYN,ACK. It answers the SYN")
        .says("seq: right")
        .says("ack: you said 0; it is 1. 0 of frame 1 + 1 for the SYN = 1")
        .says("It must acknowledge, too.")
        .says("answer as it was");
    // What was predicted happens once.
    assert_eq!(ended.out.matches("scope> next").count(), 1);
    let report = desk.json("report.json");
    let deed = &report["steps"][1]["deeds"][0];
    assert_eq!(deed["answers"].as_array().unwrap().len(), 2);
    assert_eq!((&deed["first_right"], &deed["done"]), (&false.into(), &false.into()));
}

#[test]
fn what_is_done_before_a_prediction_is_undone_so_that_it_is_about_what_was_asked() {
    let desk = Desk::new();
    let lines = format!("{SOLUTION}next\nnext\nnext\nstep off\nSYN,ACK seq=0 ack=1 len=0\n");
    desk.two(&["--grade"], &lines).status(0).says("since the question is undone");
    // So is what was done to the wire alone, in any of the ways in which that can be answered.
    let wire = format!("{SOLUTION}step off\nanswer ack-syn seq 0 ack 1 len 0\n");
    desk.two(&["--grade"], &wire).status(0).says("since the question is undone");
    // Whoever has only looked has undone nothing.
    let looks = format!("{SOLUTION}sockets\npackets\nSYN,ACK seq=0 ack=1 len=0\n");
    let ended = desk.two(&["--grade"], &looks).status(0);
    assert!(!ended.out.contains("is undone"), "{}", ended.out);
}

#[test]
fn what_really_happened_is_told_of_states_returns_and_numbers_too() {
    let desk = Desk::new();
    let step = |words: &str, body: &str| {
        format!(
            "## Step\n```lab quiet\nreset\nx = socket tcp\n```\n```ask {words}\nWhat?\n{body}\n```\n"
        )
    };
    let text = [
        step("return", "= ECONNREFUSED\n> connect x 127.0.0.1:7"),
        step("state x", "= LISTEN\n> bind x :8899\n> listen x"),
        step("number of segments", "= 2\n> connect x 127.0.0.1:7"),
        step("flags", "= SYN\n> connect x 127.0.0.1:7"),
        step("number", "= 6"),
    ];
    desk.write("asks.md", &format!("+++\ntitle = \"T\"\n+++\n{}", text.concat()));
    let lines = "0\nECONNREFUSED\nclosed\nlisten\n3\n2\nRST\nSYN\n5\n6\n";
    let ended = desk
        .lesson(&["./asks.md", "--grade"], lines)
        .status(0)
        .says("You said 0; it is ECONNREFUSED.")
        .says("You said CLOSED; it is LISTEN.")
        .says("You said 3; it is 2.")
        .says("You said RST; it is SYN. x opens");
    // What can still be found is not given away.
    assert!(ended.out.contains("Not so.") && !ended.out.contains("it is 6"), "{}", ended.out);
}

#[test]
fn the_report_tells_of_attempts_hints_mistakes_and_skips() {
    let desk = Desk::new();
    let lines = "hint\nserver = socket tcp\nlisten server\nsolution\nskip\nskip\n";
    desk.two(&["--report", "report.json", "--grade"], lines).status(1).says("Skipped");
    let report = desk.json("report.json");
    assert_eq!((&report["finished"], &report["passed"]), (&true.into(), &false.into()));
    let step = &report["steps"][0];
    assert_eq!((&step["skipped"], &step["done"]), (&true.into(), &false.into()));
    let deed = &step["deeds"][0];
    assert_eq!((&deed["kind"], &deed["line"]), (&"task".into(), &7.into()));
    assert_eq!((&deed["mistakes"], &deed["solution"]), (&1.into(), &true.into()));
    // A call is an attempt; what is said to the lesson is none.
    assert_eq!(&deed["attempts"], &Value::from(2));
}

#[test]
fn a_report_that_cannot_be_written_is_told_of_and_the_lesson_goes_on() {
    let desk = Desk::new();
    let lines = format!("{SOLUTION}SYN,ACK seq=0 ack=1 len=0\n");
    desk.two(&["--grade", "--report", "no/such/folder/r.json"], &lines)
        .status(0)
        .complains("the report can't be written");
}

#[test]
fn a_test_can_forbid_skipping_and_solutions() {
    let desk = Desk::new();
    let strict = LESSON.replace("minutes = 5", "skip = false\nsolution = false");
    desk.write("strict.md", &strict);
    let ended = desk.lesson(&["./strict.md", "--grade"], "skip\nsolution\n").status(1);
    let ended = ended.says("no step can be skipped").says("doesn't show its solutions");
    assert!(!ended.out.contains("Skipped") && !ended.out.contains("bind server"), "{}", ended.out);
}

#[test]
fn the_learner_is_told_when_the_sockets_that_a_step_needs_are_closed() {
    let desk = Desk::new();
    desk.write(
        "needs.md",
        "+++\ntitle = \"T\"\n+++\n## S\n```lab quiet\nserver = socket tcp\nbind server :8899\n\
         listen server\n```\n```try\nclient = socket tcp\nconnect client server\n```\n\
         ```expect\nstate client ESTABLISHED\n```\n",
    );
    let lines = "close server\nagain\nclient = socket tcp\nconnect client server\n";
    desk.lesson(&["./needs.md", "--grade"], lines).status(0).says("made with server open");
}

#[test]
fn what_can_come_true_no_more_is_told() {
    let desk = Desk::new();
    desk.write(
        "once.md",
        "+++\ntitle = \"T\"\n+++\n## S\n```lab quiet\nserver = socket tcp\nbind server :8899\n\
         listen server\nclient = socket tcp\n```\n```try\nconnect client server\nclose client\n```\n\
         ```expect\ncount SYN 1\nstate client FIN-WAIT-2\n```\n",
    );
    let lines = "other = socket tcp\nconnect other server\nconnect client server\n";
    desk.lesson(&["./once.md"], lines).status(0).says("can't come true any more: count SYN 1");
}

#[test]
fn a_lesson_that_is_not_there_or_broken_ends_with_status_2_and_says_where() {
    let desk = Desk::new();
    desk.lesson(&["telefone"], "").status(2).complains("did you mean `telephone`?");
    desk.lesson(&["./no.md"], "").status(2).complains("can't read ./no.md");
    desk.write("broken.md", &LESSON.replace("listen server\n```", "lisen server\n```"));
    desk.lesson(&["./broken.md"], "")
        .status(2)
        .complains("./broken.md:10:1: unknown command `lisen`")
        .complains("did you mean `listen`?");
    let file = desk.path("broken.md").display().to_string();
    sockscope(&["check", &file]).run().status(2).complains(":10:1: unknown command");
    desk.lesson(&["--lang", "xx", "telephone"], "").status(2).complains("there are: en, zh");
}

#[test]
fn what_is_unsound_is_found() {
    let desk = Desk::new();
    let faults = [
        (
            "easy",
            "state server LISTEN\nsockname server *:8899",
            "never RST",
            "before anything is typed",
        ),
        ("hard", "state server LISTEN", "state server SYN-SENT", "the solution doesn't pass"),
        ("slack", "sockname server *:8899\n", "\n", "this mistake passes"),
        ("blind", "when state server LISTEN", "when errno EPIPE", "it isn't known by its `when`"),
        ("false", "= SYN,ACK seq=0", "= ACK seq=0", "isn't taken: really it was `SYN,ACK"),
        ("fine", "! SYN =>", "! SYN,ACK =>", "is foreseen as wrong, and passes"),
    ];
    for (name, from, to, says) in faults {
        let text = LESSON.replace(from, to);
        assert_ne!(text, LESSON, "{name}");
        desk.write("unsound.md", &text);
        let file = desk.path("unsound.md").display().to_string();
        sockscope(&["check", &file]).run().status(1).says("NOT SOUND").says(says);
    }
}

#[test]
fn progress_is_kept_and_lesson_alone_goes_on() {
    let desk = Desk::new();
    desk.lesson(&["telephone"], "server = socket tcp\n").status(0).says("Step 2 of");
    desk.lesson(&[], "").status(0).says("You were here before").says("Step 2 of");
    let home = desk.folder.path().display().to_string();
    let map = sockscope(&["lessons"]).env("HOME", &home).run().status(0);
    let line = map.out.lines().find(|line| line.contains("telephone")).unwrap();
    assert!(line.starts_with('▸') && line.contains("step 2 of"), "{line}");
    // A lesson from elsewhere leaves no trace in it.
    desk.two(&[], SOLUTION).status(0);
    desk.lesson(&[], "").status(0).says("Step 2 of");
}

#[test]
fn a_damaged_progress_file_is_kept_aside_and_one_that_cannot_be_written_is_told_of() {
    let desk = Desk::new();
    fs::create_dir_all(desk.progress().parent().unwrap()).unwrap();
    fs::write(desk.progress(), "{\"lessons\": [").unwrap();
    desk.lesson(&["telephone"], "server = socket tcp\n").status(0).says("was damaged");
    let aside = desk.path(".local/state/sockscope/progress.damaged-1.json");
    assert_eq!(fs::read_to_string(aside).unwrap(), "{\"lessons\": [");
    assert_eq!(
        serde_json::from_str::<Value>(&fs::read_to_string(desk.progress()).unwrap()).unwrap()["current"],
        "telephone"
    );
    let nowhere = Desk::new();
    fs::write(nowhere.path(".local"), "no folder").unwrap();
    let ended = nowhere.lesson(&["telephone"], "server = socket tcp\n").status(0);
    assert_eq!(ended.says("can't be kept").out.matches("can't be kept").count(), 1);
}

#[test]
fn the_first_lessons_are_chinese_where_the_locale_is() {
    let desk = Desk::new();
    let home = desk.folder.path().display().to_string();
    for name in ["telephone", "ports-and-addresses", "handshake"] {
        let run = sockscope(&["lesson", name]).env("HOME", &home).env("LANG", "zh_CN.UTF-8");
        run.input("").run().status(0).says("第 1/").says("分钟");
    }
    let lang = sockscope(&["lesson", "--lang", "zh", "telephone"]).env("HOME", &home);
    lang.input("").run().status(0).says("轮到你");
    // What isn't translated is English, within the same sentences around it.
    let other = sockscope(&["lesson", "teardown"]).env("HOME", &home).env("LC_ALL", "zh_CN.UTF-8");
    other.input("").run().status(0).says("步");
}

#[test]
fn with_ascii_all_that_the_program_adds_is_ascii_and_letters_stay() {
    let desk = Desk::new();
    let lines = format!("hint\nprogress\n{SOLUTION}ACK seq=9 ack=9 len=9\nleave\nlessons\n");
    let plain = desk.two(&["--ascii"], &lines).status(0);
    assert!(plain.out.is_ascii(), "{:?}", plain.out.chars().find(|c| !c.is_ascii()));
    // As in a locale whose characters aren't UTF-8.
    let lines = "hint\nprogress\nserver = socket tcp\nlesson\nleave\nlessons\n";
    let chinese = desk.lesson(&["--ascii", "--lang", "zh", "telephone"], lines).status(0);
    assert!(!chinese.out.contains("\\u{"), "{}", chinese.out);
}

#[test]
fn nothing_of_a_lessons_file_reaches_the_terminal_unescaped() {
    let desk = Desk::new();
    let hostile = LESSON
        .replace("Let `server`", "\u{1b}[31mLet \u{202e}`server`")
        .replace("title = \"Two steps\"", "title = \"Two \\u001b[2Jsteps\"")
        .replace("client = socket tcp\n", "client = socket tcp # \u{1b}[32m\n")
        .replace("listen server\n```\n```expect", "listen server # \u{1b}[33m\n```\n```expect")
        .replace("## Predict", "## Pre\u{1b}[34mdict")
        .replace("=> The kernel", "=> \u{1b}]0;x\u{7}The kernel");
    desk.write("hostile.md", &hostile);
    let helps = "progress\nsolution\nhint\nlesson\n";
    let lines = format!(
        "{helps}server = socket tcp\nlisten server\n{helps}again\nserver = socket tcp\n\
         bind server :8899\n{helps}listen server\n{helps}SYN\nagain\nskip\n"
    );
    let ended = desk.lesson(&["./hostile.md"], &lines).status(0);
    let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!ended.out.contains(bad) && !ended.err.contains(bad), "{:?}", ended.out);
}
