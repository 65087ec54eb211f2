//! A lesson at a terminal: the prompt tells where one is, hints and solutions help, Enter goes on.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]

#[expect(dead_code, reason = "the other tests need more of it")]
mod support {
    pub mod pty;
    mod raw;
}

use std::fs;

use support::pty::{Home, Terminal, is_prompt, last_line, sockscope};

const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";

/// Two steps that need only calls, and a third whose task is done by a timer.
const LESSON: &str = r#"+++
title = "Three steps"
+++
A few words.

## Listen
Let `server` listen on port 8899.
```try
server = socket tcp
bind server :8899
listen server
```
```expect
state server LISTEN
```
```hint
Vague.
```
```hint
Plain.
```
## Connect
Connect `client`.
```try
client = socket tcp
connect client server
```
```expect
state client ESTABLISHED
```
Behind it.
## By itself
```lab quiet
reset
server = socket tcp
bind server :8899
listen server
client = socket tcp
wire drop next SYN
```
Connect again, and wait: the first SYN is lost.
```try
connect client server
```
```expect
state client ESTABLISHED within 3s
```
The end.
"#;

fn at_home(lesson: &str) -> Home {
    let home = Home::new();
    fs::write(home.path("three.md"), lesson).unwrap();
    home
}

fn take(home: &Home) -> Terminal {
    let mut terminal = sockscope(&["lesson", "./three.md"]).home(home).start();
    terminal.wait_until("the first step", |s| last_line(s) == "scope three 1/3>");
    terminal
}

/// Types a command, and waits until the prompt stands there, with nothing behind it.
fn types(terminal: &mut Terminal, command: &str, prompt: &str) {
    terminal.keys(command);
    terminal.wait_until("it is typed", |s| last_line(s).contains(command));
    terminal.keys(ENTER);
    let prompt = prompt.to_owned();
    terminal.wait_until("it has run", |s| last_line(s) == prompt);
}

fn listen(terminal: &mut Terminal) {
    types(terminal, "server = socket tcp", "scope three 1/3>");
    types(terminal, "bind server :8899", "scope three 1/3>");
    types(terminal, "listen server", "scope three 1/3>");
    terminal.wait_for("Enter goes on.");
}

#[test]
fn the_prompt_tells_the_step_and_enter_goes_on_to_the_next() {
    let home = at_home(LESSON);
    let mut terminal = take(&home);
    terminal.wait_for("A few words.");
    listen(&mut terminal);
    assert!(!terminal.screen().contains("Step 2 of 3"), "{}", terminal.screen());
    terminal.keys(ENTER);
    terminal.wait_until("the second step", |s| last_line(s) == "scope three 2/3>");
    assert!(terminal.screen().contains("Step 2 of 3 · Connect"), "{}", terminal.screen());
    // While a task is open, Enter alone is nothing.
    terminal.keys(ENTER);
    terminal.wait_until("one more prompt", |s| s.matches("scope three 2/3>").count() == 2);
}

#[test]
fn at_the_end_of_a_step_all_can_be_tried_and_what_solves_the_next_begins_it() {
    let home = at_home(LESSON);
    let mut terminal = take(&home);
    listen(&mut terminal);
    types(&mut terminal, "sockets", "scope three 1/3>");
    types(&mut terminal, "listen server 9", "scope three 1/3>");
    assert!(!terminal.screen().contains("Step 2 of 3"), "{}", terminal.screen());
    types(&mut terminal, "client = socket tcp", "scope three 2/3>");
    let screen = terminal.screen();
    let step = screen.find("Step 2 of 3").unwrap();
    assert!(screen[step..].contains("socket(tcp) = 4"), "{screen}");
}

#[test]
fn hints_go_from_vague_to_plain_and_a_solution_stands_on_the_line_without_running() {
    let home = at_home(LESSON);
    let mut terminal = take(&home);
    types(&mut terminal, "hint", "scope three 1/3>");
    terminal.wait_for("Hint 1 of 2: Vague.");
    types(&mut terminal, "hint", "scope three 1/3>");
    terminal.wait_for("Hint 2 of 2: Plain.");
    for line in ["server = socket tcp", "bind server :8899", "listen server"] {
        terminal.keys("solution\r");
        let on_line = format!("scope three 1/3> {line}");
        terminal.wait_until("it stands on the line", |s| last_line(s).starts_with(&on_line));
        assert!(!terminal.screen().contains("Done."), "{}", terminal.screen());
        terminal.keys(ENTER);
        terminal.wait_until("it has run", |s| is_prompt(last_line(s)));
    }
    terminal.wait_for("✓ Done.");
}

#[test]
fn a_task_is_done_by_what_happens_while_nobody_types() {
    let home = at_home(LESSON);
    let mut terminal = sockscope(&["lesson", "./three.md", "--step", "3"]).home(&home).start();
    terminal.wait_until("the third step", |s| last_line(s) == "scope three 3/3>");
    terminal.keys("connect client server\r");
    terminal.wait_for("The end.");
    terminal.wait_for("This lesson is done");
}

#[test]
fn again_begins_the_step_afresh_and_lesson_says_what_is_missing() {
    let home = at_home(LESSON);
    let mut terminal = take(&home);
    listen(&mut terminal);
    terminal.keys(ENTER);
    terminal.wait_until("the second step", |s| last_line(s) == "scope three 2/3>");
    types(&mut terminal, "close server", "scope three 2/3>");
    terminal.wait_for("made with server open");
    types(&mut terminal, "lesson", "scope three 2/3>");
    terminal.wait_for("Still to come true: state client ESTABLISHED");
    types(&mut terminal, "again", "scope three 2/3>");
    types(&mut terminal, "client = socket tcp", "scope three 2/3>");
    types(&mut terminal, "connect client server", "scope three 2/3>");
    terminal.wait_for("Behind it.");
}

#[test]
fn what_was_left_comes_back_in_another_terminal_even_after_a_crash() {
    let home = Home::new();
    let mut terminal = sockscope(&["lesson", "telephone"]).home(&home).start();
    terminal.wait_until("the first step", |s| last_line(s).starts_with("scope telephone 1/"));
    terminal.keys("server = socket tcp\r");
    terminal.wait_for("Enter goes on.");
    terminal.kill();
    let mut terminal = sockscope(&["-q"]).home(&home).at_prompt();
    terminal.keys("lesson\r");
    terminal.wait_until("the second step", |s| last_line(s).starts_with("scope telephone 2/"));
    terminal.wait_for("You were here before");
    // The lab is as it was then.
    terminal.keys("sockets\r");
    terminal.wait_for("server  tcp");
    terminal.keys("leave\r");
    terminal.wait_until("the plain prompt", |s| last_line(s) == "scope>");
    terminal.keys("lessons\r");
    terminal.wait_for("lesson` goes on");
}

#[test]
fn ctrl_c_ends_what_the_lab_does_and_the_step_can_be_begun_again() {
    let slow = LESSON.replace("```lab quiet\nreset\n", "```lab\nreset\nsleep 60s\n");
    let home = at_home(&slow);
    let mut terminal = sockscope(&["lesson", "./three.md", "--step", "3"]).home(&home).start();
    terminal.wait_for("sleep 60s");
    terminal.keys(CTRL_C);
    terminal.wait_for("The lab couldn't do its part");
    terminal.wait_until("the prompt", |s| is_prompt(last_line(s)));
    terminal.keys("again\r");
    terminal.wait_until("it sleeps again", |s| s.matches("sleep 60s").count() == 2);
    terminal.keys(CTRL_C);
    terminal.wait_until("the prompt", |s| is_prompt(last_line(s)));
}

#[test]
fn a_grade_is_the_exit_status() {
    let home = at_home(LESSON);
    let mut terminal = sockscope(&["lesson", "./three.md", "--grade"]).home(&home).start();
    terminal.wait_until("the first step", |s| last_line(s) == "scope three 1/3>");
    terminal.keys("quit\r");
    assert_eq!(terminal.end().code(), Some(1));
}

#[test]
fn chinese_fits_narrow_and_wide_screens() {
    for columns in [40, 80, 120] {
        let setup = sockscope(&["lesson", "--lang", "zh", "telephone"]).size(60, columns);
        let mut terminal = setup.start();
        terminal.wait_until("the first step", |s| last_line(s).starts_with("scope telephone 1/"));
        terminal.keys("hint\rserver = socket tcp\r");
        terminal.wait_until("the end of the step", |s| s.contains('✓') && is_prompt(last_line(s)));
        let wrapped = terminal.wrapped_rows();
        assert!(wrapped.is_empty(), "{columns}: {wrapped:?}\n{}", terminal.screen());
    }
}
