//! The same script with the same seed loses the same segments.
//!
//! A rule's chance goes by what a packet says and how often that was said: data from this sequence
//! number on, for the second time. That has the same fate in every run, whatever else happens. Which
//! packets there are is TCP's affair, and TCP has clocks:
//!
//! - Without SACK only the retransmission timeout counts, 200 ms or more.
//! - With SACK, RACK and its tail loss probes (RFC 8985) go by the measured round-trip time. Where
//!   there are rules a packet takes half a millisecond, and that is enough for every run to be the same,
//!   segment by segment, unless the lab is kept from running for about as long as a probe waits,
//!   some 10 ms. Without probes (`tcp_early_retrans 0`) that doesn't matter.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

const RUNS: usize = 20;
/// More would keep the labs waiting for a processor.
const AT_ONCE: usize = 4;

/// What a learner sees of one packet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    /// Whether the one who connected sent it.
    there: bool,
    flags: String,
    seq: Value,
    ack: Value,
    len: Value,
    fate: String,
}

fn run(script: &str) -> Vec<Seen> {
    let mut lab = Command::new(env!("CARGO_BIN_EXE_sockscope"))
        .args(["--json", "-"])
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sockscope runs");
    let mut input = lab.stdin.take().expect("a pipe");
    input.write_all(script.as_bytes()).expect("it reads");
    drop(input);
    let output = lab.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{:?}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines
        .filter(|line| line["event"] == "segment" || line["event"] == "datagram")
        .map(|line| Seen {
            there: word(&line["dst"]).ends_with(":8899"),
            flags: word(&line["flags"]),
            seq: line["seq"].clone(),
            ack: line["ack"].clone(),
            len: line["len"].clone(),
            fate: word(&line["fate"]),
        })
        .collect()
}

/// The script, run so often.
fn runs(script: &str) -> Vec<Vec<Seen>> {
    let (started, seen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while started.fetch_add(1, Ordering::Relaxed) < RUNS {
                    let one = run(script);
                    seen.lock().expect("no run failed").push(one);
                }
            });
        }
    });
    seen.into_inner().expect("no run failed")
}

/// 20 kB, with every fifth segment lost both ways.
fn transfer(settings: &str, seed: u32) -> String {
    format!(
        "{settings}
         server = socket tcp
         bind server 127.0.0.1:8899
         listen server
         client = socket tcp
         connect client server
         conn = accept server
         wire loss 20% seed {seed}
         send client #20000
         recv conn 20000 waitall
         expect return 20000 within 30s"
    )
}

/// Which packets of a direction were lost.
fn fates(run: &[Seen], there: bool) -> Vec<bool> {
    run.iter().filter(|seen| seen.there == there).map(|seen| seen.fate == "dropped").collect()
}

#[test]
fn a_lossy_transfer_is_the_same_each_time() {
    same_each_time("kernel tcp_early_retrans 0");
}

#[test]
fn a_lossy_transfer_without_sack_is_the_same_each_time() {
    same_each_time("kernel tcp_sack 0");
}

fn same_each_time(settings: &str) {
    let runs = runs(&transfer(settings, 7));
    for there in [true, false] {
        assert!(fates(&runs[0], there).contains(&true), "nothing was lost: {:#?}", runs[0]);
    }
    for other in &runs[1..] {
        assert_eq!(*other, runs[0]);
    }
    assert_ne!(run(&transfer(settings, 8)), runs[0]);
}

/// What a segment says, and how often its end has said it by then.
type Said = (bool, &'static str, String, usize);

/// What became of each thing that was said.
fn fates_by_what_is_said(run: &[Seen]) -> HashMap<Said, &str> {
    let mut fates = HashMap::new();
    for seen in run {
        let takes_numbers =
            seen.len != 0 || seen.flags.contains("SYN") || seen.flags.contains("FIN");
        let (says, number) = if seen.flags.contains("RST") {
            ("RST", String::new())
        } else if takes_numbers {
            ("from", seen.seq.to_string())
        } else {
            ("has all before", seen.ack.to_string())
        };
        let mut times = 1..=run.len();
        let times = times.find(|n| !fates.contains_key(&(seen.there, says, number.clone(), *n)));
        fates.insert((seen.there, says, number, times.expect("a number")), &*seen.fate);
    }
    fates
}

#[test]
fn what_is_said_for_the_nth_time_has_the_same_fate_each_time() {
    let runs = runs(&transfer("", 7));
    let first = fates_by_what_is_said(&runs[0]);
    assert!(first.values().any(|fate| *fate == "dropped"));
    for other in &runs[1..] {
        for (said, fate) in fates_by_what_is_said(other) {
            let before = first.get(&said);
            assert!(before.is_none_or(|before| *before == fate), "{said:?}: {before:?}, {fate}");
        }
    }
}

#[test]
fn the_same_datagrams_are_lost_each_time() {
    let sends: Vec<String> = (1..=50).map(|n| format!("send right #{n}\nsend left #{n}")).collect();
    let runs = runs(&format!(
        "left = socket udp
         bind left 127.0.0.1:8899
         right = socket udp
         bind right 127.0.0.1:7001
         connect left right
         connect right left
         wire loss 20% seed 7
         {}",
        sends.join("\n")
    ));
    for there in [true, false] {
        let fates = fates(&runs[0], there);
        assert_eq!(fates.len(), 50);
        assert!(fates.contains(&true) && fates.contains(&false));
    }
    for other in &runs[1..] {
        assert_eq!(*other, runs[0]);
    }
}
