//! `watch` on a terminal: what stands on the screen while it draws, and after it.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]
#![allow(dead_code, reason = "the terminal is shared with other tests")]

mod support {
    pub mod pty;
    mod raw;
}

use support::pty::{Terminal, is_prompt, last_line, sockscope};

const CTRL_C: &str = "\x03";
const ARROW: &str = "\x1b[A";
const FOOT: &str = "(any key ends this)";

fn with_connection(terminal: &mut Terminal) {
    terminal.run("server = socket tcp; bind server 127.0.0.1:8899; listen server 0");
    terminal.run("client = socket tcp; connect client server");
}

fn watch(terminal: &mut Terminal, name: &str) {
    terminal.keys(&format!("watch {name}\r"));
    terminal.wait_for(FOOT);
}

/// The row that says how much time is left.
fn left(screen: &str) -> Option<String> {
    screen.lines().find(|line| line.starts_with("  timer")).map(str::to_owned)
}

fn pictures(screen: &str) -> usize {
    screen.lines().filter(|line| line.trim_start().starts_with("timer  ")).count()
}

/// A connect() that nobody answers: its SYN is sent again each second.
fn with_unanswered_connect(terminal: &mut Terminal) {
    with_connection(terminal);
    terminal.run("set explain off; late = socket tcp");
    terminal.run("connect late server &");
}

#[test]
fn the_picture_is_drawn_in_place_until_a_key_is_pressed() {
    let mut terminal = sockscope(&["-q"]).size(40, 80).at_prompt();
    with_unanswered_connect(&mut terminal);
    watch(&mut terminal, "late");
    let first = left(&terminal.screen());
    terminal.wait_until("the time runs", |screen| left(screen) != first);
    assert_eq!(pictures(&terminal.screen()), 1, "{}", terminal.screen());
    terminal.keys("q");
    terminal.wait_for_prompt();
    let screen = terminal.screen();
    assert!(!screen.contains(FOOT) && pictures(&screen) == 1, "{screen}");
    assert_eq!(last_line(&screen), "scope (1 job)>");
}

#[test]
fn what_happens_meanwhile_stands_above_it() {
    let mut terminal = sockscope(&["-q"]).size(50, 80).at_prompt();
    with_unanswered_connect(&mut terminal);
    let before = terminal.screen().matches("dropped: SYN").count();
    watch(&mut terminal, "late");
    let syns = |screen: &str| screen.matches("dropped: SYN").count();
    terminal
        .wait_until("two more SYNs", |screen| syns(screen) >= before + 2 && screen.contains(FOOT));
    let screen = terminal.screen();
    assert_eq!(pictures(&screen), 1, "{screen}");
    let lines: Vec<&str> = screen.lines().collect();
    let picture = lines.iter().position(|line| line.starts_with("  timer")).unwrap();
    assert!(lines[picture..].iter().all(|line| !line.contains("dropped: SYN")), "{screen}");
    terminal.keys(" ");
    terminal.wait_for_prompt();
}

#[test]
fn an_arrow_is_one_key_and_what_is_typed_behind_it_is_kept() {
    let mut terminal = sockscope(&["-q"]).size(50, 80).at_prompt();
    with_connection(&mut terminal);
    watch(&mut terminal, "client");
    terminal.keys(ARROW);
    terminal.wait_for_prompt();
    watch(&mut terminal, "client");
    terminal.keys("xset seq\r");
    terminal.wait_until("the line has run", |screen| {
        screen.contains("set seq        relative") && is_prompt(last_line(screen))
    });
}

#[test]
fn ctrl_c_ends_it_and_the_terminal_is_as_before() {
    let mut terminal = sockscope(&["-q"]).size(50, 80).at_prompt();
    with_connection(&mut terminal);
    watch(&mut terminal, "client");
    terminal.keys(CTRL_C);
    terminal.wait_for_prompt();
    terminal.keys("sleep 10s\r");
    terminal.wait_until("it sleeps", |screen| last_line(screen).contains("sleep"));
    while !terminal.is_cooked() {
        std::thread::yield_now();
    }
    terminal.keys(CTRL_C);
    terminal.wait_for_prompt();
}

#[test]
fn a_short_terminal_shows_a_short_picture() {
    let mut terminal = sockscope(&["-q"]).size(12, 80).at_prompt();
    with_unanswered_connect(&mut terminal);
    watch(&mut terminal, "late");
    for _ in 0..3 {
        let before = left(&terminal.screen());
        terminal.wait_until("it is drawn again", |screen| left(screen) != before);
    }
    let screen = terminal.screen();
    assert_eq!(pictures(&screen), 1, "{screen}");
    assert_eq!(screen.matches(FOOT).count(), 1, "{screen}");
    terminal.keys("q");
    terminal.wait_for_prompt();
}

#[test]
fn a_terminal_that_becomes_narrower_gets_a_new_picture_below() {
    let mut terminal = sockscope(&["-q"]).size(60, 100).at_prompt();
    with_unanswered_connect(&mut terminal);
    watch(&mut terminal, "late");
    terminal.resize(60, 50);
    terminal.wait_until("a narrow picture", |screen| {
        let picture: Vec<&str> =
            screen.lines().rev().take_while(|line| !line.starts_with("connection 2")).collect();
        let fits = picture.iter().all(|line| line.chars().count() <= 50);
        fits && picture.len() > 10 && last_line(screen).contains(FOOT)
    });
    terminal.keys("q");
    terminal.wait_for_prompt();
}

#[test]
fn what_has_no_timers_says_so_at_once() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.run("u = socket udp");
    terminal.run("watch u");
    assert!(terminal.screen().contains("u is a udp socket"), "{}", terminal.screen());
}

#[test]
fn on_a_dumb_terminal_it_is_drawn_once() {
    let mut terminal = sockscope(&["-q"]).env("TERM", "dumb").at_prompt();
    terminal.keys("server = socket tcp; bind server 127.0.0.1:8899; listen server\r");
    terminal.wait_for("listen(server");
    terminal.keys("watch server\r");
    terminal.wait_for("`watch` draws it once");
}
