//! The wire as scripts outside rely on it, and at a terminal.
#![allow(dead_code, reason = "the terminal and the runs are shared with other tests")]
#![expect(clippy::unwrap_used, reason = "a failed test says where")]

mod support {
    pub mod pty;
    mod raw;
    pub mod run;
}

use serde_json::Value;
use support::pty;
use support::run::sockscope;

const CONNECTED: &str = "set explain off
server = socket tcp
bind server 127.0.0.1:8899
listen server 5
client = socket tcp
connect client server
conn = accept server
";

fn fates(script: &str) -> Vec<(String, String)> {
    let ended = sockscope(&["--json"]).input(format!("{CONNECTED}mark\n{script}")).run().status(0);
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    ended
        .events()
        .into_iter()
        .skip_while(|line| line["event"] != "mark")
        .filter(|line| line["event"] == "segment")
        .map(|line| (word(&line["flags"]), word(&line["fate"])))
        .collect()
}

#[test]
fn what_a_rule_does_is_the_segments_fate() {
    for (rule, fate) in [
        ("drop next DATA", "dropped"),
        ("dup next DATA", "duplicated"),
        ("corrupt next DATA", "corrupted"),
        ("delay 30ms DATA", "delayed"),
    ] {
        let fates = fates(&format!("wire {rule}\nsend client \"x\"\n"));
        assert_eq!(fates[0], ("PSH,ACK".to_owned(), fate.to_owned()), "{rule}: {fates:?}");
    }
    let swapped = fates(
        "nonblock client on\nwire reorder next DATA\nsend client \"x\" &\nsend client \"y\"\n",
    );
    assert_eq!(swapped[0].1, "reordered", "{swapped:?}");
}

#[test]
fn what_is_held_says_so_and_a_copy_says_of_what() {
    let held = fates("step on\nsend client \"x\"\n");
    assert_eq!(held[0].1, "held");
    let script = format!("{CONNECTED}step on\nsend client \"x\"\ndup\nflow\nforge conn RST\n");
    let ended = sockscope(&["--json"]).input(script).run().status(0);
    assert!(ended.out.contains("\"copy_of\":4") && ended.out.contains("\"forged\":true"));
}

#[test]
fn with_nothing_held_the_command_fails_with_1_and_says_what_to_do() {
    for command in ["next", "drop", "dup", "swap", "corrupt", "hold 1s"] {
        sockscope(&["-c", command]).run().status(1).complains("`step on`");
        sockscope(&["-c", "step on", "-c", command]).run().status(1).complains("on the wire");
    }
    let held = "step on; c = socket tcp; connect c 127.0.0.1:9; drop 77";
    sockscope(&["-c", held]).run().status(1).complains("77");
}

#[test]
fn on_the_hosts_network_the_wire_is_not_ours() {
    for command in ["step on", "wire loss 10%", "wire drop next SYN"] {
        sockscope(&["--network", "host", "-c", command])
            .run()
            .status(3)
            .complains("private network");
    }
}

#[test]
fn a_rule_that_could_never_match_is_refused() {
    sockscope(&["-c", "wire drop next SYN,FIN"]).run().status(2);
    sockscope(&["-c", "wire drop next SYN from nobody"]).run().status(1).complains("nobody");
    sockscope(&["-c", "u = socket unix; wire drop next DATA from u"]).run().status(1);
    sockscope(&["-c", "wire loss 130%"]).run().status(2);
}

#[test]
fn a_script_may_end_with_segments_held() {
    let script = format!("{CONNECTED}step on\nsend client #100000 &\nclose conn\n");
    sockscope(&[]).input(script).run().status(0);
}

#[test]
fn ctrl_c_stops_a_flow_and_nothing_is_lost() {
    let mut terminal = pty::sockscope(&["-q"]).at_prompt();
    for line in CONNECTED.lines() {
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
