//! From exec to the first prompt and to the first step of a lesson, network namespace included, on a
//! pseudo-terminal:
//! `cargo bench --bench startup`, or `cargo bench --bench startup -- 100` for so many starts.
#![expect(clippy::print_stdout, reason = "a benchmark's table")]
#![expect(clippy::unwrap_used, reason = "a failed start says where")]

#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../support/pty.rs"]
mod pty;
#[path = "../support/raw.rs"]
mod raw;

use std::time::Instant;

fn main() {
    let starts = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(20);
    let home = pty::Home::new();
    let prompt = || drop(pty::sockscope(&["--no-rc"]).home(&home).at_prompt());
    table("to the prompt on the screen", &times(starts, prompt));
    let lesson = || {
        let start = ["lesson", "telephone", "--step", "1"];
        let mut terminal = pty::sockscope(&start).home(&home).start();
        terminal.wait_for("Your turn");
    };
    table("to the first step of a lesson", &times(starts, lesson));
    let mut terminal = pty::sockscope(&["--no-rc"]).home(&home).at_prompt();
    let within = || {
        terminal.keys("\x0clesson telephone 1\r");
        terminal.wait_until("the first step", |screen| screen.contains("Your turn"));
        terminal.keys("\x0c");
        terminal.wait_until("a clean screen", |screen| !screen.contains("Your turn"));
    };
    table("within a session, from Enter to the first step of a lesson", &times(starts, within));
}

/// How long each takes, in ms, the shortest first.
fn times(starts: usize, mut run: impl FnMut()) -> Vec<f64> {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1e3
    };
    let mut times: Vec<f64> = (0..starts).map(time).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn table(what: &str, times: &[f64]) {
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{} starts, {what}, ms:", times.len());
    println!(
        "  min {:.1}   median {:.1}   p90 {:.1}   max {:.1}",
        at(0.0),
        at(0.5),
        at(0.9),
        at(1.0)
    );
}
