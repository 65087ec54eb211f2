//! The wire on the command line: what is refused and with which status, what is held, lost and
//! changed by hand and by rule, and that nothing stays stuck.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]

mod support {
    pub mod run;
}

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::run::{Ended, sockscope};

/// Nothing here takes so long; what is stuck does.
const STUCK: Duration = Duration::from_secs(10);

const LISTENING: &str = "server = socket tcp
bind server 127.0.0.1:8899
listen server
client = socket tcp
";

/// The SYN waits.
const HELD: &str = "server = socket tcp
bind server 127.0.0.1:8899
listen server
client = socket tcp
step on
connect client server &
";

const CONNECTED: &str = "server = socket tcp
bind server 127.0.0.1:8899
listen server
client = socket tcp
connect client server
conn = accept server
";

fn script(before: &str, lines: &str) -> Ended {
    sockscope(&[]).input(format!("{before}{lines}\n")).run()
}

fn json(before: &str, lines: &str) -> Vec<Value> {
    sockscope(&["--json"]).input(format!("{before}{lines}\n")).run().status(0).events()
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

/// Of each frame: its number, and in one word how it fared.
fn fates(events: &[Value]) -> Vec<(u64, String)> {
    let frames = events
        .iter()
        .filter(|e| ["segment", "datagram", "icmp"].contains(&e["event"].as_str().unwrap()));
    frames.map(|e| (e["frame"].as_u64().unwrap(), e["fate"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn with_nothing_held_each_command_fails_with_1_and_says_what_to_do() {
    for command in
        ["next", "next 3", "drop", "drop 4", "dup", "swap", "corrupt", "hold 200ms", "hold 4 1s"]
    {
        sockscope(&["-c", command]).run().status(1).complains(
            "-c:1:1: nothing is on the wire: segments pass as they come. `step on` stops them",
        );
    }
    for command in ["next", "next 3", "drop", "dup", "swap", "corrupt", "hold 200ms"] {
        sockscope(&["-c", "step on", "-c", command])
            .run()
            .status(1)
            .complains("-c:2:1: nothing is on the wire; a call such as `send` or `connect`");
    }
    sockscope(&["-c", "flow"]).run().status(0).says("`step on` stops them");
    sockscope(&["-c", "step on; flow"]).run().status(0).says("Nothing is on the wire.");
}

/// Never captured, delivered already, lost already, passed before anything was held.
#[test]
fn a_frame_that_does_not_wait_is_refused_and_those_that_do_are_named() {
    for (lines, refused, there) in [
        ("drop 99", 99, "there are 1"),
        ("next\nswap 1", 1, "there are 2"),
        ("drop\ncorrupt 1", 1, "nothing is"),
        ("next 3\nsend client \"x\"\ndup 2", 2, "there are 4"),
        ("dup\nhold 3 1s", 3, "there are 1, 2"),
    ] {
        let problem = format!("frame {refused} isn't on the wire; {there}");
        script(HELD, lines).status(1).complains(&problem);
    }
    let problem = "nothing is behind frame 1 on the wire to change places with";
    script(HELD, "swap").status(1).complains(problem);
    script(HELD, "swap 1").status(1).complains(problem);
}

#[test]
fn numbers_out_of_range_are_syntax() {
    for command in [
        "next 0",
        "next 999999999999",
        "next -1",
        "drop 0",
        "hold",
        "hold -1s",
        "step maybe",
        "wire drop next 0 SYN",
        "wire drop next 99999999999 SYN",
        "wire drop SYN",
        "wire loss 0%",
        "wire loss 101%",
        "wire delay",
        "wire frob",
    ] {
        sockscope(&["-c", command]).run().status(2).complains("-c:1:").complains("expected");
    }
}

#[test]
fn next_delivers_what_there_is_and_says_if_that_was_less() {
    script(CONNECTED, "step on\nsend client \"x\"\nnext 3\nexpect state conn ESTABLISHED")
        .status(0)
        .says("Only 2 were on the wire.");
    script(HELD, "next 99\nexpect state client ESTABLISHED").status(0).says("Only 3 were");
}

/// Who has no wire is told so, and what would help.
#[test]
fn on_the_host_s_network_there_is_no_wire() {
    let on_host = |command: &str| sockscope(&["--network", "host", "-c", command]).run();
    for command in [
        "step on",
        "next",
        "flow",
        "drop 3",
        "dup",
        "swap",
        "corrupt",
        "hold 1s",
        "wire drop next SYN",
        "wire delay 1ms",
        "wire loss 1% from nobody",
        "forge nobody RST",
    ] {
        on_host(command)
            .status(3)
            .complains("the wire is ours only on a private network")
            .complains("`sockscope doctor`");
    }
    for command in ["step", "step off"] {
        on_host(command).status(0).says("aren't ours to stop");
    }
    for command in ["wire", "wire clear"] {
        on_host(command).status(0).says("No rules");
    }
}

#[test]
fn step_on_twice_is_once_and_step_off_lets_everything_arrive() {
    let ended = script(
        HELD,
        "step on\nsend client \"x\" dontwait\nstep off\nexpect return 0\nstep off
conn = accept server\nexpect state conn ESTABLISHED\nsend client \"hello\"\nrecv conn\nexpect data \"hello\"",
    );
    ended.status(0).says("Each segment waits already.").says("Segments pass as they come:");
}

#[test]
fn a_script_may_end_while_packets_wait() {
    for end in ["", "quit", "hold 10m", "wire delay 10m\nforge client RST"] {
        let start = Instant::now();
        script(HELD, end).status(0);
        assert!(start.elapsed() < STUCK, "{end:?}");
    }
    let start = Instant::now();
    script(HELD, "expect state client ESTABLISHED within 100ms").status(1);
    assert!(start.elapsed() < STUCK);
}

#[test]
fn a_script_that_is_sourced_steps_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steps.scope");
    fs::write(&path, "next\ndrop\nexpect state client SYN-SENT\nnext\n").unwrap();
    let source = format!("source {}", path.display());
    script(HELD, &source).status(1).complains("steps.scope:4:1: nothing is on the wire");
}

#[test]
fn reset_leaves_nothing_held_no_rule_and_the_settings_as_they_were() {
    let ended = script(
        HELD,
        "hold 10s\nkernel\nwire delay 1s\nwire loss 50%\nwire drop next 5 ANY\nreset
kernel\nwire\nstep\njobs\nsockets",
    );
    let ended = ended.status(0);
    let (before, after) = ended.out.split_once("Everything is closed and forgotten.").unwrap();
    for raised in [
        "tcp_syn_retries",
        "tcp_synack_retries",
        "tcp_retries2",
        "tcp_orphan_retries",
        "tcp_fin_timeout",
    ] {
        assert!(before.contains(raised), "{before}");
    }
    for words in [
        "Every setting is the lab's own.",
        "No rules",
        "`step on` stops them",
        "No call waits.",
        "No sockets",
    ] {
        assert!(after.contains(words), "{after}");
    }
    script(HELD, &format!("reset\n{LISTENING}connect client server\nexpect return 0")).status(0);
}

#[test]
fn two_hundred_connections_are_stepped_at_once() {
    let mut lines = String::from("step on\n");
    for n in 0..200 {
        lines = format!("{lines}c{n} = socket tcp\nnonblock c{n} on\nconnect c{n} server\n");
    }
    lines += "step\nnext 200\nflow\nmark\n";
    for n in 0..200 {
        lines = format!("{lines}send c{n} \"x\"\n");
    }
    lines += "drop\nflow\nexpect state c0 ESTABLISHED\nexpect state c199 ESTABLISHED\nstep off\n";
    let listening = "server = socket tcp\nbind server 127.0.0.1:8899\nlisten server 300\n";
    let events = json(listening, &lines);
    let disagree = |event: &&&Value| event["inferred"] != event["kernel"];
    assert_eq!(of(&events, "kernel").iter().find(disagree), None);
    let held = fates(&events).into_iter().filter(|(_, fate)| fate == "held").count();
    assert!(held >= 600, "{held} were held");
}

#[test]
fn a_rule_is_about_whom_it_names() {
    let two = "server = socket tcp\nbind server 127.0.0.1:8899\nlisten server
a = socket tcp\nconnect a server\nx = accept server\nb = socket tcp\nconnect b server\ny = accept server\n";
    let lost = |rule: &str| -> Vec<String> {
        let lines = format!("{rule}\nsend x \"x\"\nsend y \"y\"\nsend a \"a\"\nsend b \"b\"");
        let events = json(two, &lines);
        let lost = of(&events, "segment").into_iter().filter(|event| event["fate"] == "dropped");
        lost.map(|event| event["from"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(lost("wire drop next DATA"), ["x"]);
    assert_eq!(lost("wire drop next DATA from y"), ["y"]);
    assert_eq!(lost("wire drop next DATA from a"), ["a"]);
    // A listener stands for what is accepted from it.
    assert_eq!(lost("wire drop next 2 DATA from server"), ["x", "y"]);
    assert_eq!(lost("wire drop next FIN"), [""; 0]);
}

#[test]
fn a_rule_about_nobody_who_could_send_is_refused() {
    for (lines, problem) in [
        ("wire drop next SYN from zz", "there is no socket called `zz`"),
        ("s = socket unix\nwire drop next ANY from s", "s is a unix socket"),
        ("s = socket tcp\nclose s\nwire drop next ANY from s", "so this rule could never match"),
    ] {
        script("", lines).status(1).complains(problem);
    }
    // What was connected may still send, after it is closed.
    let rule = "wire drop next FIN from conn\nclose client\nclose conn\nwire drop next ANY from conn\nwire";
    script(CONNECTED, rule).status(0).says("drop next FIN from conn").says("1 of 1 done");
}

#[test]
fn used_up_rules_take_the_wire_away() {
    let lines = "wire drop next DATA\nwire dup next 2 ACK from conn\nsend client \"hello\"
sleep 300ms\nwire\nsend client \"more\"\nsend client \"and more\"\nmark\nsend client \"free\"";
    let events = json(CONNECTED, lines);
    let on: Vec<bool> =
        of(&events, "interposed").iter().map(|e| e["on"].as_bool().unwrap()).collect();
    assert_eq!(on, [true, false]);
    let place = |what: &dyn Fn(&Value) -> bool| events.iter().position(what).unwrap();
    let off = place(&|event| event["event"] == "interposed" && event["on"] == false);
    assert!(off < place(&|event| event["event"] == "mark"), "it is used up before");
    script(CONNECTED, lines).status(0).says("1 of 1 done").says("1 of 2 done");
}

#[test]
fn a_rule_that_never_matches_stays() {
    let lines = "wire drop next 3 URG,ACK from client\nsend client \"x\"\nwire\nclose client\nwire";
    let ended = script(CONNECTED, lines).status(0);
    assert_eq!(ended.out.matches("0 of 3 done").count(), 2, "{}", ended.out);
}

#[test]
fn each_deed_is_told_of_segments() {
    for (rule, wanted) in [
        ("wire drop next DATA", ["dropped", "delivered"]),
        ("wire dup next DATA", ["duplicated", "delivered"]),
        ("wire corrupt next DATA", ["corrupted", "delivered"]),
        ("wire delay 30ms from client", ["delayed", "delivered"]),
        ("wire reorder next DATA", ["reordered", "delivered"]),
    ] {
        let lines = format!(
            "{rule}\nmark\nsend client \"one\"\nsend client \"two\"\nsleep 400ms\nrecv conn 6 waitall\nexpect data \"onetwo\""
        );
        let events = json(&format!("{CONNECTED}setsockopt client TCP_NODELAY 1\n"), &lines);
        let sent: Vec<&str> = of(&events, "segment")
            .into_iter()
            .filter(|event| event["from"] == "client" && event["len"] == 3)
            .map(|event| event["fate"].as_str().unwrap())
            .collect();
        assert_eq!(sent[0], wanted[0], "{rule}: {sent:?}");
        assert!(sent.contains(&wanted[1]) || wanted[0] == "delayed", "{rule}: {sent:?}");
    }
    let events = json(CONNECTED, "step on\nsend client \"x\"");
    assert_eq!(fates(&events).last().unwrap().1, "held");
    let events = json(CONNECTED, "wire dup next DATA\nsend client \"x\"\nforge client RST seq +5");
    let copy = of(&events, "segment").into_iter().find(|event| event["copy_of"].is_u64()).unwrap();
    assert_eq!(copy["copy_of"], 4);
    let forged = of(&events, "segment").into_iter().find(|event| event["flags"] == "RST").unwrap();
    assert_eq!(forged["forged"], true);
}

#[test]
fn each_deed_is_done_to_datagrams_and_nobody_repairs_it() {
    let open = "a = socket udp\nbind a 127.0.0.1:9000\nb = socket udp\nconnect b 127.0.0.1:9000\n";
    for (rule, fate, came) in [
        ("wire drop next DATA", "dropped", &["two"][..]),
        ("wire dup next ANY", "duplicated", &["one", "one", "two"]),
        ("wire corrupt next ANY", "corrupted", &["two"]),
        ("wire delay 20ms from b", "delayed", &["one", "two"]),
        ("wire reorder next ANY from b", "reordered", &["two", "one"]),
    ] {
        let mut lines = format!("{rule}\nsend b \"one\"\nsend b \"two\"\nsleep 50ms\n");
        for data in came {
            lines = format!("{lines}recv a\nexpect data \"{data}\"\n");
        }
        lines += "recv a dontwait\nexpect errno EAGAIN\n";
        assert_eq!(fates(&json(open, &lines))[0].1, fate, "{rule}");
    }
}

#[test]
fn delayed_packets_go_when_the_rules_do() {
    let lines = "wire delay 10m\nsend client \"hello\"\nexpect count PSH,ACK 1\nwire clear
recv conn\nexpect data \"hello\"\nwire";
    let start = Instant::now();
    script(CONNECTED, lines).status(0).says("late: PSH,ACK").says("No rules");
    assert!(start.elapsed() < STUCK);
}

/// The times are those at which the segments came: a third of a second for three.
#[test]
fn a_delayed_handshake_takes_as_long_as_it_says() {
    let lines =
        "wire delay 120ms jitter 20ms seed 3\nconnect client server &\nwait 1\nexpect return 0
sleep 150ms\nexpect state server ESTABLISHED";
    let events = json(LISTENING, lines);
    let at = |event: &Value| event["time"].as_str().unwrap().parse::<f64>().unwrap();
    let sent = of(&events, "segment");
    let came = of(&events, "wire");
    assert_eq!((sent.len(), came.len()), (3, 3));
    for (sent, came) in sent.into_iter().zip(came) {
        assert_eq!((&sent["frame"], &sent["fate"]), (&came["frame"], &"delayed".into()));
        let took = at(came) - at(sent);
        assert!((0.1..0.2).contains(&took), "{took} s");
    }
}

#[test]
fn rules_work_together_and_beneath_the_learner_s_hand() {
    // The first that is about it decides; a delay only what no other does.
    let lines = "wire delay 20ms\nwire drop next DATA\nwire dup next DATA\nsend client \"one\"
sleep 20ms\nsend client \"two\"\nsleep 300ms\nwire";
    let ended = script(&format!("{CONNECTED}setsockopt client TCP_NODELAY 1\n"), lines).status(0);
    assert_eq!(ended.out.matches("1 of 1 done").count(), 2, "{}", ended.out);
    // What a rule spares waits; what it loses doesn't.
    let lines = "step on\nwire drop next DATA\nsend client \"one\"\nstep\nwire dup next FIN
close client\nstep\nwire";
    let ended = script(CONNECTED, lines).status(0);
    assert!(ended.out.contains("Nothing is on the wire."), "{}", ended.out);
    assert!(ended.out.contains("a copy of #"), "{}", ended.out);
}

#[test]
fn whatever_looks_and_saves_works_while_packets_wait_are_lost_damaged_and_forged() {
    let folder = tempfile::tempdir().unwrap();
    let mut looks = String::from(
        "trace\ntrace client\npackets\nstates\nstates server\nwhy\nsockets\nsockets client\njobs\nwire\nstep\ndissect 1\n",
    );
    for ending in ["pcapng", "pcap", "json", "txt"] {
        let file = folder.path().join(format!("t.{ending}"));
        looks = format!("{looks}save {}\n", file.display());
    }
    let steps = [
        "",
        "next\n",
        "dup\ncorrupt\n",
        "next\n",
        "drop\n",
        "flow\nconn = accept server\n",
        "send client \"hello\"\ncorrupt\ndup\nswap\n",
        "forge client RST seq +100\nforge conn FIN,ACK data \"evil\"\n",
        "hold 1ms\nnext 3\n",
        "reset-connection client\n",
        "drop\nclose client\nclose conn\n",
    ];
    let lines = steps.map(|step| format!("{step}{looks}")).concat();
    for arguments in
        [&["--keep-going"][..], &["--keep-going", "--json"], &["--keep-going", "--ascii"]]
    {
        let ended = sockscope(arguments).input(format!("{HELD}{lines}")).run();
        assert!(
            matches!(ended.status, Some(0 | 1)) && !ended.err.contains("panicked"),
            "{ended:#?}"
        );
        let pcap = fs::read(folder.path().join("t.pcap")).unwrap();
        assert_eq!(pcap[..4], 0xa1b2_3c4d_u32.to_ne_bytes());
        let saved = fs::read_to_string(folder.path().join("t.json")).unwrap();
        assert!(saved.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
        assert!(saved.contains("\"forged\":true"), "{saved}");
    }
}

#[test]
fn unix_sockets_are_not_stepped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let lines = format!(
        "step on\na = socket unix\nbind a {0}\nlisten a\nb = socket unix\nconnect b {0}\nc = accept a
send b \"hi\"\nrecv c\nexpect data \"hi\"\nstep",
        path.display()
    );
    script("", &lines).status(0).says("Nothing is on the wire.");
}

/// `| head -1`: it ends, and without a word.
#[test]
fn a_closed_pipe_during_flow_ends_quietly() {
    let lines = "step on\nrecv conn 2000000 waitall &\nsend client #2000000 &\nflow\ntrace\n";
    let mut child = start(&[]);
    child.stdin.take().unwrap().write_all(format!("{CONNECTED}{lines}").as_bytes()).unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_sockscope"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads until there is such a line.
fn read_to(out: &mut impl BufRead, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it ended before: {words}");
    }
}

#[test]
fn ctrl_c_ends_a_long_flow_and_the_script() {
    let lines = "step on\nrecv conn 9000000 waitall &\nsend client #9000000 &\njobs\nflow\ntrace\n";
    let mut child = start(&[]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{CONNECTED}{lines}").as_bytes()).unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    read_to(&mut out, "2  send(client");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let rest = out.lines().map_while(Result::ok).count();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest < 200, "{rest} lines of it were shown");
}

/// The network dies with its only process: no other has it, and a new session has its own.
#[test]
fn killed_while_packets_wait_it_leaves_nothing() {
    let mut child = start(&[]);
    child.stdin.as_mut().unwrap().write_all(HELD.as_bytes()).unwrap();
    read_to(&mut BufReader::new(child.stdout.take().unwrap()), "Job 1: connect(client) waits");
    let network = |pid: &str| fs::metadata(format!("/proc/{pid}/ns/net")).map(|net| net.ino());
    let its = network(&child.id().to_string()).unwrap();
    assert_ne!(its, network("self").unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().file_name());
    let survivors: Vec<_> = processes
        .filter(|pid| network(&pid.to_string_lossy()).is_ok_and(|net| net == its))
        .collect();
    assert!(survivors.is_empty(), "{survivors:?} still have it");
    script(HELD, "step off\nexpect return 0").status(0);
}

/// A person thinks: the SYN's copies, at 1 and at 2 seconds, and data's, are absorbed and counted.
#[test]
fn copies_of_what_is_held_are_absorbed_and_counted() {
    let held =
        sockscope(&[]).input(format!("{HELD}sleep 2500ms\nstep\nstep off\nexpect return 0\n"));
    let held = std::thread::spawn(move || held.run());
    let lines =
        "step on\nsend client \"hello\"\nsleep 2500ms\nstep\nexpect state client ESTABLISHED
step off\nrecv conn\nexpect data \"hello\"";
    let data = script(CONNECTED, lines).status(0);
    assert!(data.out.contains("#4 PSH,ACK len=5 client → conn, sent again after"), "{}", data.out);
    let syn = held.join().unwrap().status(0);
    assert!(syn.out.contains("#1 SYN client → server, sent again after 2."), "{}", syn.out);
    assert!(syn.out.contains("(2 copies)"), "{}", syn.out);
}
