//! Stepping at a terminal.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]
#![allow(dead_code, reason = "the terminal is shared with other tests")]

mod support {
    pub mod pty;
    mod raw;
}

use support::pty;

const CONNECTED: [&str; 7] = [
    "set explain off",
    "server = socket tcp",
    "bind server 127.0.0.1:8899",
    "listen server 5",
    "client = socket tcp",
    "connect client server",
    "conn = accept server",
];

#[test]
fn ctrl_c_stops_a_flow_and_nothing_is_lost() {
    let mut terminal = pty::sockscope(&["-q"]).at_prompt();
    for line in CONNECTED {
        terminal.run(line);
    }
    terminal.run("step on");
    terminal.run("send client #6000000 &");
    terminal.run("recv conn 6000000 waitall &");
    terminal.keys("flow\r");
    terminal.wait_until("it flows", |screen| pty::last_line(screen).ends_with("flow"));
    terminal.keys("\x03");
    terminal.wait_for_prompt();
    terminal.run("step off");
    terminal.wait_for(") = 6000000");
}
