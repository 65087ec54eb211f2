//! From exec to the first prompt, network namespace included, on a pseudo-terminal:
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
    let mut times: Vec<f64> = (0..starts)
        .map(|_| {
            let start = Instant::now();
            let terminal = pty::sockscope(&["--no-rc"]).home(&home).at_prompt();
            let elapsed = start.elapsed().as_secs_f64() * 1e3;
            drop(terminal);
            elapsed
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{starts} starts, from exec to the prompt on the screen, ms:");
    println!(
        "  min {:.1}   median {:.1}   p90 {:.1}   max {:.1}",
        at(0.0),
        at(0.5),
        at(0.9),
        at(1.0)
    );
}
