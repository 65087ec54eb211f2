//! `sockscope demo`: a handshake, some data and a teardown, told in about twenty seconds.

use std::time::Duration;

use crate::session::{Place, Session, Stop};

/// What is said, what is then typed, and how long the screen is left to be read.
struct Step {
    line: &'static str,
    command: &'static str,
    pause: Duration,
}

const fn step(line: &'static str, command: &'static str, pause_ms: u64) -> Step {
    Step { line, command, pause: Duration::from_millis(pause_ms) }
}

const STEPS: [Step; 10] = [
    step("A server makes a socket: nothing is sent.", "server = socket tcp", 1000),
    step("It takes a port, so that it can be found.", "bind server 127.0.0.1:8899", 1000),
    step("It is ready for callers: LISTEN. Still nothing is sent.", "listen server 5", 1500),
    step("A client makes a socket of its own.", "client = socket tcp", 1000),
    step("It connects. Three segments: this is the handshake.", "connect client server", 4000),
    step("accept() takes the finished connection out of the queue.", "conn = accept server", 2000),
    step("Five bytes go over, and are acknowledged.", "send client \"hello\"", 2500),
    step("The server's program reads them.", "recv conn", 1500),
    step("The client closes: its FIN says that nothing more will come.", "close client", 3000),
    step("The server closes too. Both directions are shut.", "close conn", 2000),
];

/// Plays it.
pub(super) fn play(session: &mut Session, fast: bool) -> Result<(), Stop> {
    let place = Place { source: Some("demo".into()), line: 0 };
    for (number, step) in STEPS.iter().enumerate() {
        session.narrate(step.line, step.command)?;
        session.run(&Place { line: number + 1, ..place.clone() }, step.command)?;
        if !fast {
            session.pause(step.pause)?;
        }
    }
    session.narrate("Now type these yourself: run `sockscope`.", "")
}
