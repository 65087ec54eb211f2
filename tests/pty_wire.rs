//! The wire at a prompt: what stands on the screen while packets wait, and how Ctrl-C ends what
//! takes long.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]
#![allow(dead_code, reason = "the terminal is shared with other tests")]

mod support {
    pub mod pty;
    mod raw;
}

use support::pty::{Terminal, last_line, sockscope};

const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// At a prompt on a tall screen, where the SYN waits.
fn held() -> Terminal {
    let mut terminal = sockscope(&["-q"]).size(60, 80).at_prompt();
    terminal.run("server = socket tcp; bind server 127.0.0.1:8899; listen server");
    terminal.run("client = socket tcp; step on");
    terminal.run("connect client server");
    assert_eq!(last_line(&terminal.screen()), "scope (1 job, 1 held)>");
    terminal
}

fn connected() -> Terminal {
    let mut terminal = sockscope(&["-q"]).size(60, 80).at_prompt();
    terminal.run("server = socket tcp; bind server 127.0.0.1:8899; listen server");
    terminal.run("client = socket tcp; connect client server; conn = accept server");
    terminal
}

/// It still obeys, and leaves the terminal as it was.
fn is_sane(mut terminal: Terminal) {
    assert!(terminal.wrapped_rows().is_empty(), "{}", terminal.screen());
    terminal.run("step off");
    terminal.run("sockets");
    assert_eq!(last_line(&terminal.screen()), "scope>");
    terminal.keys(CTRL_D);
    assert_eq!(terminal.end().code(), Some(0));
    assert!(terminal.is_cooked());
}

#[test]
fn the_prompt_counts_what_waits_and_each_step_shows_both_ends() {
    let mut terminal = held();
    terminal.run("next");
    assert!(terminal.since("scope (1 job, 1 held)> next").contains("SYN-RECEIVED"));
    terminal.run("next 2");
    let shown = terminal.since("scope (1 job, 1 held)> next 2");
    assert!(shown.contains("connect(client) returned now: both ends are ESTABLISHED."), "{shown}");
    assert_eq!(last_line(&terminal.screen()), "scope>");
    terminal.run("next");
    assert!(terminal.since("scope> next").contains("nothing is on the wire"));
    is_sane(terminal);
}

/// What is refused at the prompt is wrapped, as everything is.
#[test]
fn refusals_fit_the_screen() {
    let mut terminal = sockscope(&["-q", "--network", "host"]).size(24, 50).at_prompt();
    terminal.run("step on");
    assert!(terminal.since("scope> step on").contains("private"), "{}", terminal.screen());
    assert!(terminal.wrapped_rows().is_empty(), "{}", terminal.screen());
}

#[test]
fn ctrl_c_at_the_prompt_leaves_what_waits() {
    let mut terminal = held();
    terminal.keys("next 3");
    terminal.wait_for("> next 3");
    terminal.keys(CTRL_C);
    terminal.wait_until("a new prompt", |screen| last_line(screen) == "scope (1 job, 1 held)>");
    terminal.run("step");
    assert!(terminal.screen().contains("On the wire: #1 SYN client → server"));
    is_sane(terminal);
}

#[test]
fn ctrl_c_ends_the_wait_for_what_is_held() {
    let mut terminal = held();
    terminal.keys(&format!("set seq; wait{ENTER}"));
    terminal.wait_for("  set seq  ");
    terminal.keys(CTRL_C);
    terminal.wait_for("EINTR");
    terminal.wait_for_prompt();
    assert_eq!(last_line(&terminal.screen()), "scope (1 held)>");
    is_sane(terminal);
}

#[test]
fn ctrl_c_ends_a_long_flow_and_the_screen_stays_readable() {
    let mut terminal = connected();
    terminal.run("step on");
    terminal.run("recv conn 15000000 waitall &");
    terminal.run("send client #15000000 &");
    terminal.keys(&format!("set seq; flow{ENTER}"));
    terminal.wait_for("  set seq  ");
    terminal.keys(CTRL_C);
    terminal.wait_until("a prompt", |screen| last_line(screen).starts_with("scope (2 jobs, "));
    // What it shows starts below the ^C, and many rows are one.
    let shown = terminal.since("  set seq  ");
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.len() < 40, "{shown}");
    let echo = lines.iter().position(|line| line.contains("^C"));
    assert!(echo.is_none_or(|at| lines[at] == "^C"), "{shown}");
    // The rest of 15 MB would take its time.
    terminal.run("drop");
    terminal.keys(CTRL_D);
    assert_eq!(terminal.end().code(), Some(0));
    assert!(terminal.is_cooked());
}

#[test]
fn ctrl_c_ends_a_flow_that_waits_for_a_time() {
    let mut terminal = connected();
    terminal.run("wire delay 10m");
    terminal.run("send client \"x\"");
    terminal.keys(&format!("set seq; flow{ENTER}"));
    terminal.wait_for("  set seq  ");
    terminal.keys(CTRL_C);
    terminal.wait_for_prompt();
    terminal.run("wire clear");
    assert!(terminal.screen().contains("late: PSH,ACK"), "{}", terminal.screen());
    is_sane(terminal);
}

#[test]
fn copies_that_come_while_a_line_is_typed_stand_above_it() {
    let mut terminal = held();
    terminal.keys("nex");
    terminal.wait_until("the SYN again, above the line", |screen| {
        screen.contains("client sends SYN again; #1 still waits")
            && last_line(screen).starts_with("scope (1 job, 1 held)> nex")
    });
    terminal.keys(&format!("t{ENTER}"));
    terminal.wait_for("#3 ⏸─ SYN,ACK");
    terminal.wait_for_prompt();
    is_sane(terminal);
}

#[test]
fn it_ends_at_once_while_packets_wait() {
    for keys in [CTRL_D, "quit\r"] {
        let mut terminal = held();
        terminal.keys(keys);
        assert_eq!(terminal.end().code(), Some(0));
        assert!(terminal.is_cooked());
    }
    let mut terminal = held();
    terminal.close();
    terminal.end();
}
