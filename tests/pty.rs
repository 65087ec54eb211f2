//! The prompt on a terminal: what a learner types, and what stands on the screen then.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]

mod support {
    pub mod pty;
    mod raw;
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::sys::signal::Signal;
use support::pty::{Home, Terminal, is_prompt, last_line, program, sockscope};

const ENTER: &str = "\r";
const TAB: &str = "\t";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const CTRL_R: &str = "\x12";
const CTRL_Z: &str = "\x1a";
const UP: &str = "\x1b[A";
const LEFT: &str = "\x1b[D";
const RIGHT: &str = "\x1b[C";

/// What `set seq` says at once: the commands behind it on the line run next.
const RUNS: &str = "  set seq  ";

/// Pastes, as a terminal does that knows bracketed paste.
fn paste(text: &str) -> String {
    format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r"))
}

/// A server that listens.
fn with_server(terminal: &mut Terminal, backlog: u32) {
    terminal.run("server = socket tcp");
    terminal.run("bind server 127.0.0.1:8899");
    terminal.run(&format!("listen server {backlog}"));
}

fn with_connection(terminal: &mut Terminal) {
    with_server(terminal, 5);
    terminal.run("client = socket tcp");
    terminal.run("connect client server");
}

#[test]
fn a_typed_command_runs_and_the_prompt_comes_back() {
    let mut terminal = sockscope(&[]).at_prompt();
    terminal.run("server = socket tcp");
    assert!(terminal.since("scope> server").contains("socket(tcp)"), "{}", terminal.screen());
    assert_eq!(last_line(&terminal.screen()), "scope>");
}

#[test]
fn the_banner_has_two_lines_at_most_and_none_if_quiet() {
    let lines = |terminal: Terminal| terminal.screen().lines().count();
    assert!(lines(sockscope(&[]).at_prompt()) <= 3);
    assert_eq!(lines(sockscope(&["-q"]).at_prompt()), 1);
}

#[test]
fn nothing_happens_on_an_empty_line() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.keys("\r  \r");
    terminal.wait_until("three prompts", |screen| screen.lines().count() == 3);
    assert!(terminal.screen().lines().all(is_prompt), "{}", terminal.screen());
}

#[test]
fn commands_sockets_and_options_are_completed() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.run("server = socket tcp");
    terminal.keys(&format!("sets{TAB}"));
    terminal.wait_until("the command", |s| last_line(s).starts_with("scope> setsockopt "));
    terminal.keys(&format!("se{TAB}"));
    terminal.wait_until("the socket", |s| last_line(s).starts_with("scope> setsockopt server "));
    terminal.keys(&format!("TCP_NOD{TAB}"));
    terminal.wait_until("the option", |s| {
        last_line(s).starts_with("scope> setsockopt server TCP_NODELAY")
    });
}

#[test]
fn what_could_be_meant_is_listed_with_what_it_does() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.keys(&format!("sock{TAB}"));
    terminal.wait_until("the list and the line", |s| {
        s.lines().any(|line| line.starts_with("sockets  ") && line.len() > "sockets  ".len())
            && last_line(s).starts_with("scope> socket")
    });
}

#[test]
fn a_dim_hint_tells_what_is_still_to_be_typed_and_is_no_part_of_the_line() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.keys("listen");
    terminal.wait_for("scope> listen NAME");
    terminal.wait_for_cursor(0, 13);
    terminal.keys(" x");
    terminal.keys(ENTER);
    terminal.wait_until("it has run", |s| s.lines().count() > 1 && is_prompt(last_line(s)));
    assert_eq!(terminal.screen().lines().next(), Some("scope> listen x"));
}

#[test]
fn the_right_arrow_takes_the_rest_of_the_word_from_the_hint() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.keys("conn");
    terminal.wait_for("scope> connect NAME");
    terminal.wait_for_cursor(0, 11);
    terminal.keys(RIGHT);
    terminal.wait_for_cursor(0, 14);
    terminal.keys(&format!(" x{ENTER}"));
    terminal.wait_for("scope> connect x");
}

#[test]
fn lines_are_there_again_in_the_next_session() {
    let home = Home::new();
    let mut first = sockscope(&["-q"]).home(&home).at_prompt();
    first.run("server = socket tcp");
    first.run("jobs");
    first.run("jobs");
    first.run(" client = socket tcp");
    first.keys(CTRL_D);
    assert!(first.end().success());
    assert_eq!(fs::read_to_string(home.history()).unwrap(), "server = socket tcp\njobs\n");
    assert_eq!(fs::metadata(home.history()).unwrap().permissions().mode() & 0o777, 0o600);

    let mut second = sockscope(&["-q"]).home(&home).at_prompt();
    second.keys(UP);
    second.wait_for("scope> jobs");
    second.keys(UP);
    second.wait_for("scope> server = socket tcp");
    second.keys(CTRL_C);
    second.wait_for_prompt();
    second.keys(&format!("{CTRL_R}job"));
    second.wait_until("the line is found", |s| last_line(s).ends_with("jobs"));
}

#[test]
fn a_session_that_is_killed_loses_no_line() {
    let home = Home::new();
    let mut terminal = sockscope(&["-q"]).home(&home).at_prompt();
    terminal.run("server = socket tcp");
    terminal.kill();
    assert_eq!(fs::read_to_string(home.history()).unwrap(), "server = socket tcp\n");
}

#[test]
fn a_history_that_cannot_be_kept_is_said_once() {
    let home = Home::new();
    // A file stands where its folder should be: that stops even root.
    fs::create_dir_all(home.path(".local/state")).unwrap();
    fs::write(home.path(".local/state/sockscope"), "").unwrap();
    let mut terminal = sockscope(&["-q"]).home(&home).at_prompt();
    terminal.run("jobs");
    terminal.run("server = socket tcp");
    let told = terminal.screen().to_lowercase().matches("history").count();
    assert!(terminal.screen().contains("istory"), "{}", terminal.screen());
    // The path and the sentence both say the word.
    assert!(told <= 2, "{}", terminal.screen());
    assert!(terminal.screen().contains("socket(tcp)"), "{}", terminal.screen());
}

#[test]
fn a_damaged_history_is_said_once_and_the_rest_of_it_kept() {
    let home = Home::new();
    fs::create_dir_all(home.history().parent().unwrap()).unwrap();
    fs::write(home.history(), b"jobs\n\xff\xfe\n").unwrap();
    let mut first = sockscope(&["-q"]).home(&home).at_prompt();
    assert!(first.screen().contains("damaged"), "{}", first.screen());
    first.keys(UP);
    first.wait_for("scope> jobs");
    let second = sockscope(&["-q"]).home(&home).at_prompt();
    assert!(!second.screen().contains("damaged"), "{}", second.screen());
}

#[test]
fn ctrl_c_interrupts_a_blocked_call_and_the_lab_lives_on() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    with_server(&mut terminal, 5);
    terminal.keys(&format!("set seq; accept server{ENTER}"));
    terminal.wait_for(RUNS);
    terminal.keys(CTRL_C);
    terminal.wait_for("EINTR");
    terminal.wait_for_prompt();
    assert_eq!(last_line(&terminal.screen()), "scope>");
    terminal.run("client = socket tcp");
    terminal.run("connect client server");
    assert!(terminal.since("scope> connect").contains("= 0"), "{}", terminal.screen());
}

#[test]
fn ctrl_c_interrupts_the_job_that_is_waited_for() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    with_server(&mut terminal, 5);
    terminal.run("accept server &");
    assert_eq!(last_line(&terminal.screen()), "scope (1 job)>");
    terminal.keys(&format!("set seq; wait; jobs{ENTER}"));
    terminal.wait_for(RUNS);
    terminal.keys(CTRL_C);
    terminal.wait_for("EINTR");
    terminal.wait_for_prompt();
    assert_eq!(last_line(&terminal.screen()), "scope>");
}

#[test]
fn ctrl_c_at_the_prompt_drops_the_line() {
    let home = Home::new();
    let mut terminal = sockscope(&["-q"]).home(&home).at_prompt();
    terminal.keys(&format!("server = socket tcp{CTRL_C}"));
    terminal.wait_until("a new prompt", |s| s.lines().count() == 2 && is_prompt(last_line(s)));
    terminal.run("sockets");
    assert!(!terminal.screen().contains("socket(tcp)"), "{}", terminal.screen());
    assert_eq!(fs::read_to_string(home.history()).unwrap(), "sockets\n");
}

#[test]
fn what_arrives_while_a_line_is_typed_appears_above_it() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    with_server(&mut terminal, 0);
    terminal.run("first = socket tcp; connect first server");
    terminal.run("second = socket tcp");
    // The queue is full: the SYN is dropped, and sent again after a second.
    terminal.run("connect second server");
    assert_eq!(last_line(&terminal.screen()), "scope (1 job)>");
    let seen = terminal.screen().matches("SYN ").count();
    terminal.keys("send first \"hel");
    terminal.keys(LEFT);
    terminal.wait_until("the SYN again, above the line", |s| {
        s.matches("SYN ").count() > seen && last_line(s) == "scope (1 job)> send first \"hel"
    });
    let row = u16::try_from(terminal.screen().lines().count() - 1).unwrap();
    terminal.wait_for_cursor(row, 29);
    terminal.keys(&format!("{RIGHT}lo\"{ENTER}"));
    terminal.wait_for("send(first, \"hello\") = 5");
    terminal.wait_for_prompt();
    assert_eq!(terminal.screen().matches("send first").count(), 1, "{}", terminal.screen());
}

#[test]
fn a_job_that_returns_while_a_line_is_typed_appears_above_it() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.run("a = socket udp");
    terminal.run("bind a 127.0.0.1:9000");
    terminal.run("timeout a 400ms");
    terminal.run("recvfrom a &");
    terminal.keys("sendto a :9000");
    terminal.wait_until("the return, above the line", |s| {
        s.contains("EAGAIN") && last_line(s).starts_with("scope (1 job)> sendto a :9000")
    });
}

#[test]
fn a_new_width_is_followed() {
    let mut terminal = sockscope(&["-q"]).size(24, 100).at_prompt();
    with_connection(&mut terminal);
    terminal.resize(40, 40);
    terminal.run("send client \"hello\"");
    assert!(terminal.since("scope> send").lines().all(|line| line.chars().count() <= 40));
    let answer = terminal.since("scope> send");
    let first = terminal.screen().lines().count() - answer.lines().count();
    let wrapped = terminal.wrapped_rows();
    assert!(wrapped.iter().all(|row| usize::from(*row) < first), "{wrapped:?}\n{answer}");
}

#[test]
fn a_paste_runs_line_by_line_and_shows_each() {
    let home = Home::new();
    let mut terminal = sockscope(&["-q"]).home(&home).size(40, 80).at_prompt();
    terminal.keys(&paste("server = socket tcp\n\nbind server :8899\nlisten server\n"));
    terminal.wait_for("listen server");
    assert!(!terminal.screen().contains("socket(tcp)"), "it waits for Enter");
    terminal.keys(ENTER);
    terminal.wait_for("listen(");
    terminal.wait_for_prompt();
    let screen = terminal.screen();
    let at = |text: &str| screen.rfind(text).unwrap_or_else(|| panic!("no {text}\n{screen}"));
    let order = [
        at("scope> server = socket tcp"),
        at("socket(tcp)"),
        at("scope> bind server :8899"),
        at("bind(server"),
        at("scope> listen server"),
        at("listen(server"),
    ];
    assert!(order.is_sorted(), "{order:?}\n{screen}");
    let entered = fs::read_to_string(home.history()).unwrap();
    assert_eq!(entered, "server = socket tcp\nbind server :8899\nlisten server\n");
}

#[test]
fn ctrl_c_drops_the_rest_of_a_paste() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.keys(&paste("set seq; sleep 60s\nserver = socket tcp"));
    terminal.wait_for("server = socket tcp");
    terminal.keys(ENTER);
    terminal.wait_for(RUNS);
    terminal.keys(CTRL_C);
    terminal.wait_for_prompt();
    terminal.run("mark");
    assert!(!terminal.screen().contains("socket(tcp)"), "{}", terminal.screen());
}

#[test]
fn an_open_quote_goes_on_in_the_next_line() {
    let mut terminal = sockscope(&["-q"]).size(40, 80).at_prompt();
    with_connection(&mut terminal);
    terminal.keys(&format!("send client \"a{ENTER}"));
    terminal.wait_until("it goes on", |s| last_line(s).contains("quote"));
    terminal.keys(&format!("b\"{ENTER}"));
    terminal.wait_for(r#"send(client, "a\nb") = 3"#);
    terminal.wait_for_prompt();
}

#[test]
fn ctrl_d_on_an_empty_line_and_quit_end_with_success_and_restore_the_terminal() {
    for keys in [CTRL_D, "quit\r", "exit\r"] {
        let mut terminal = sockscope(&[]).at_prompt();
        assert!(!terminal.is_cooked());
        terminal.keys(keys);
        assert_eq!(terminal.end().code(), Some(0), "{keys:?}");
        assert!(terminal.is_cooked(), "{keys:?}");
        // What the shell says next starts a line.
        assert!(terminal.bytes().ends_with(b"\n"), "{keys:?}");
    }
}

#[test]
fn told_to_end_it_leaves_the_terminal_as_it_was() {
    use std::os::unix::process::ExitStatusExt;

    let mut terminal = sockscope(&[]).at_prompt();
    terminal.signal(Signal::SIGTERM);
    assert_eq!(terminal.end().signal(), Some(Signal::SIGTERM as i32));
    assert!(terminal.is_cooked());
}

#[test]
fn ctrl_d_on_a_line_with_text_ends_nothing() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.keys(&format!("jobs{CTRL_D}{ENTER}"));
    terminal.wait_until("it has run", |s| s.lines().count() > 1 && is_prompt(last_line(s)));
}

#[test]
fn it_ends_when_its_terminal_is_closed() {
    let mut terminal = sockscope(&[]).at_prompt();
    with_server(&mut terminal, 5);
    terminal.run("accept server &");
    terminal.keys("send conn");
    terminal.wait_for("send conn");
    terminal.close();
    terminal.end();
}

#[test]
fn it_ends_when_its_terminal_is_closed_even_if_it_ignores_the_hang_up() {
    let shell = Path::new("/bin/sh");
    let command = format!("trap '' HUP; exec {} -q", env!("CARGO_BIN_EXE_sockscope"));
    let mut terminal = program(shell, &["-c", &command]).at_prompt();
    terminal.run("server = socket tcp");
    terminal.close();
    terminal.end();
}

/// A process without a controlling terminal is sent no SIGHUP.
#[test]
fn it_ends_when_its_terminal_vanishes_in_the_middle_of_a_wait() {
    let setsid = Path::new("/usr/bin/setsid");
    let program_itself = env!("CARGO_BIN_EXE_sockscope");
    let mut terminal = program(setsid, &["--fork", "--wait", program_itself, "-q"]).at_prompt();
    with_server(&mut terminal, 5);
    terminal.keys("accept server &\r");
    terminal.wait_for("(1 job)>");
    terminal.keys("wait\r");
    terminal.wait_until("the terminal is cooked", |screen| last_line(screen).ends_with("wait"));
    terminal.close();
    terminal.end();
}

#[test]
fn ctrl_z_suspends_it_and_it_comes_back_as_it_was() {
    let command = format!(
        "set -m; {} -q; echo suspended; fg >/dev/null; echo ended with $?",
        env!("CARGO_BIN_EXE_sockscope")
    );
    let mut terminal = program(Path::new("/bin/sh"), &["-c", &command]).at_prompt();
    terminal.run("server = socket tcp");
    terminal.keys(&format!("close ser{CTRL_Z}"));
    terminal.wait_for("suspended");
    terminal
        .wait_until("the line is there again", |s| last_line(s).starts_with("scope> close ser"));
    terminal.keys(&format!("ver{ENTER}"));
    terminal.wait_for("close(server) = 0");
    terminal.wait_for_prompt();
    terminal.keys(CTRL_D);
    terminal.wait_for("ended with 0");
}

#[test]
fn vi_keys_are_there_on_request() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.run("set editor vi");
    // In vi's keys, Ctrl-D enters the line; in Emacs' it deletes a character.
    terminal.keys(&format!("server = socket tcp{CTRL_D}"));
    terminal.wait_for("socket(tcp)");
    terminal.wait_for_prompt();
}

#[test]
fn there_is_no_colour_if_it_is_not_wanted() {
    let is_coloured = |terminal: &Terminal| {
        let text = String::from_utf8_lossy(terminal.bytes());
        text.split("\x1b[").skip(1).any(|code| {
            code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
        })
    };
    let mut coloured = sockscope(&[]).at_prompt();
    coloured.run("server = socket tcp");
    assert!(is_coloured(&coloured));
    for setup in [sockscope(&[]).env("NO_COLOR", "1"), sockscope(&["--color", "never"])] {
        let mut plain = setup.at_prompt();
        with_connection(&mut plain);
        plain.run("conect client server");
        plain.keys(&format!("so{TAB}"));
        plain.wait_for("sockets");
        assert!(!is_coloured(&plain), "{}", plain.screen());
    }
    let mut forced = sockscope(&["--color", "always"]).env("NO_COLOR", "1").at_prompt();
    forced.run("server = socket tcp");
    assert!(is_coloured(&forced));
    forced.run("set color off");
    let before = forced.bytes().len();
    forced.run("server2 = socket tcp");
    assert!(!String::from_utf8_lossy(&forced.bytes()[before..]).contains("\x1b[3"));
}

#[test]
fn a_dumb_terminal_gets_no_escape_sequence() {
    let mut terminal = sockscope(&[]).env("TERM", "dumb").start();
    terminal.wait_until("a prompt is there", |s| is_prompt(last_line(s)));
    terminal.run("server = socket tcp");
    assert!(terminal.screen().contains("socket(tcp)"));
    terminal.keys(CTRL_D);
    assert!(terminal.end().success());
    assert!(!terminal.bytes().contains(&0x1b), "{:?}", String::from_utf8_lossy(terminal.bytes()));
}

#[test]
fn forty_columns_and_eighty_are_enough() {
    for columns in [40, 80] {
        let mut terminal = sockscope(&[]).size(60, columns).at_prompt();
        with_connection(&mut terminal);
        terminal.run("conn = accept server");
        terminal.run("send client \"hello\"");
        terminal.run("recv conn");
        terminal.run("close client");
        assert!(terminal.wrapped_rows().is_empty(), "{columns} columns\n{}", terminal.screen());
    }
}

#[test]
fn ascii_is_nothing_else() {
    let mut terminal = sockscope(&["--ascii"]).at_prompt();
    with_connection(&mut terminal);
    terminal.run("close client");
    terminal.run("trace");
    terminal.keys(&format!("so{TAB}"));
    terminal.wait_for("sockets");
    let foreign = terminal.screen().chars().find(|character| !character.is_ascii());
    assert_eq!(foreign, None, "{}", terminal.screen());
    assert!(terminal.bytes().is_ascii());
}

#[test]
fn the_start_up_file_is_run_unless_it_is_not_wanted() {
    let home = Home::new();
    fs::create_dir_all(home.path(".config/sockscope")).unwrap();
    fs::write(home.path(".config/sockscope/rc"), "server = socket tcp\nnonsense\n").unwrap();
    let with = sockscope(&[]).home(&home).at_prompt();
    assert!(with.screen().contains("socket(tcp)"), "{}", with.screen());
    assert!(with.screen().contains("rc:2:1:"), "{}", with.screen());
    let without = sockscope(&["--no-rc"]).home(&home).at_prompt();
    assert!(!without.screen().contains("socket(tcp)"), "{}", without.screen());
}

#[test]
fn an_interrupt_from_outside_at_the_prompt_ends_nothing() {
    let mut terminal = sockscope(&["-q"]).at_prompt();
    terminal.keys("jobs");
    terminal.wait_for("scope> jobs");
    terminal.signal(Signal::SIGINT);
    terminal.wait_until("a new prompt", |s| s.lines().count() == 2 && is_prompt(last_line(s)));
    terminal.run("server = socket tcp");
    assert!(terminal.screen().contains("socket(tcp)"));
}
