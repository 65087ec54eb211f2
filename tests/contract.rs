//! The command line as scripts outside rely on it: exit statuses, streams, errors with their
//! place, JSON Lines.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]

mod support {
    pub mod run;
}

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::run::{Ended, sockscope};

const HANDSHAKE: &str = "server = socket tcp
bind server 127.0.0.1:8899
listen server 5
client = socket tcp
connect client server
";

#[test]
fn a_script_that_goes_well_ends_with_0() {
    sockscope(&[]).input(HANDSHAKE).run().status(0).says("SYN,ACK").says("= 0");
}

#[test]
fn without_a_terminal_there_is_no_prompt_no_banner_and_no_colour() {
    let ended = sockscope(&[]).input(HANDSHAKE).run().status(0);
    assert!(!ended.out.contains("scope>") && !ended.out.contains('\x1b'), "{}", ended.out);
    assert_eq!(ended.err, "");
}

#[test]
fn commands_come_from_the_command_line_too() {
    sockscope(&["-c", "s = socket tcp; bind s 127.0.0.1:80", "-c", "getsockname s"])
        .run()
        .status(0)
        .says("127.0.0.1:80");
}

#[test]
fn a_dash_is_standard_input() {
    sockscope(&["-"]).input("s = socket udp\n").run().status(0).says("socket(udp) = 3");
}

#[test]
fn an_errno_is_data_and_not_a_failure() {
    sockscope(&["-c", "c = socket tcp; connect c 127.0.0.1:9; expect errno ECONNREFUSED"])
        .run()
        .status(0);
}

#[test]
fn a_failed_expectation_ends_the_script_with_1_and_says_what_was_found() {
    let script = format!("{HANDSHAKE}expect state client LISTEN within 50ms\nsockets\n");
    sockscope(&[]).input(script).run().status(1).complains("-:6:1:").complains("found ESTABLISHED");
}

#[test]
fn keep_going_goes_on_and_still_ends_with_the_failure() {
    sockscope(&["--keep-going"])
        .input("expect eof within 10ms\nfrob\ns = socket udp\n")
        .run()
        .status(1)
        .says("socket(udp) = 3");
}

#[test]
fn an_unknown_command_is_a_syntax_error_with_its_place() {
    sockscope(&[])
        .input("# a comment\ns = socket tcp; lisen s\n")
        .run()
        .status(2)
        .complains("-:2:17:")
        .complains("did you mean")
        .complains("listen");
}

#[test]
fn an_unknown_socket_is_a_failure_that_knows_what_was_meant() {
    sockscope(&[])
        .input("server = socket tcp\nlisten sever\n")
        .run()
        .status(1)
        .complains("-:2:8:")
        .complains("server");
}

#[test]
fn a_name_in_use_is_refused_and_nothing_is_lost() {
    sockscope(&["--keep-going"])
        .input("s = socket tcp\ns = socket udp\ngetsockopt s SO_TYPE\n")
        .run()
        .status(1)
        .complains("open socket")
        .says("SO_TYPE = 1");
}

#[test]
fn bytes_that_are_no_text_are_named_with_their_place() {
    sockscope(&[])
        .input(b"s = socket tcp\n# ok\nbind s \xff\n")
        .run()
        .status(2)
        .complains("-:3:8:")
        .complains("0xff");
}

#[test]
fn a_line_of_a_megabyte_is_answered_shortly() {
    let ended = sockscope(&[]).input(vec![b'x'; 1 << 20]).run().status(2);
    assert!(ended.err.len() < 1000, "{} bytes of complaint", ended.err.len());
}

#[test]
fn usage_errors_end_with_2() {
    sockscope(&["--frob"]).run().status(2);
    sockscope(&["/nonexistent/script"]).run().status(2).complains("/nonexistent/script");
}

#[test]
fn a_mistyped_subcommand_is_told_from_a_script() {
    for (typed, meant) in [
        (&["reed", "queue.pcap"][..], "read"),
        (&["--ascii", "reed", "--ladder", "queue.pcap"], "read"),
        (&["leson", "3"], "lesson"),
        (&["chek"], "check"),
        (&["lesons"], "lessons"),
    ] {
        let meant = format!("did you mean `{meant}`?");
        let ended = sockscope(typed).run().status(2).complains(&meant);
        assert_eq!(ended.out, "");
    }
    let folder = tempfile::tempdir().unwrap();
    let here = |arguments: &[&str]| sockscope(arguments).current_dir(folder.path()).run();
    std::fs::write(folder.path().join("reed"), "s = socket tcp\n").unwrap();
    here(&["reed"]).status(0).says("socket(tcp) = 3");
    assert!(!here(&["reed", "queue.pcap"]).status(2).err.contains("did you mean"));
    here(&["red"]).status(2).complains("did you mean `read`?");
    here(&["./red"]).status(2).complains("did you mean ./reed?");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sockscope"))
        .args(["-c", HANDSHAKE, "-c", "trace", "-c", "sleep 20ms", "-c", "trace"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn json_lines_tell_calls_segments_states_and_returns() {
    let ended = sockscope(&["--json"]).input(HANDSHAKE).run().status(0);
    let events = ended.events();
    let flags: Vec<&str> = events
        .iter()
        .filter(|event| event["event"] == "segment")
        .map(|event| event["flags"].as_str().unwrap())
        .collect();
    assert_eq!(flags, ["SYN", "SYN,ACK", "ACK"]);
    let connect = events.iter().find(|e| e["event"] == "call" && e["call"] == "connect").unwrap();
    for segment in events.iter().filter(|event| event["event"] == "segment") {
        assert_eq!(segment["cause"], connect["id"], "{segment}");
        assert_eq!(segment["fate"], "delivered");
    }
    let last = events.iter().rfind(|event| event["event"] == "segment").unwrap();
    assert_eq!((&last["from"], &last["to"]), (&"client".into(), &"server".into()));
    assert_eq!(last["state"]["to"]["after"], "ESTABLISHED");
    assert_eq!(last["state"]["to"]["source"], "kernel");
    let time = last["time"].as_str().unwrap();
    assert_eq!(time.split('.').nth(1).map(str::len), Some(9), "{time}");
    let returned = events.iter().rfind(|event| event["event"] == "return").unwrap();
    assert_eq!((&returned["id"], &returned["value"]), (&connect["id"], &0.into()));
}

#[test]
fn json_lines_tell_of_both_ends_timers_and_windows() {
    let script = format!("{HANDSHAKE}\nsockets client\nwatch client\nsockets server\n");
    let script = format!("{script}close client\nsockets client\nreset-connection client\n");
    let events = sockscope(&["--json"]).input(script).run().status(0).events();
    let told: Vec<_> = events.iter().filter(|event| event["event"] == "socket").collect();
    let names: Vec<_> = told.iter().map(|told| told["socket"].as_str().unwrap()).collect();
    let both = ["client", "server"];
    assert_eq!(names, [&both[..], &both[..], &["server"], &both[..]].concat());
    let (client, listener, orphan) = (told[0], told[4], told[5]);
    assert_eq!((&client["state"], &client["timer"]), (&"ESTABLISHED".into(), &Value::Null));
    assert_eq!((&client["held_by"], &told[1]["held_by"]), (&"program".into(), &"listener".into()));
    assert!(client["rto"].as_f64() >= Some(0.2) && client["snd_wnd"].as_u64() > Some(60_000));
    assert_eq!(listener["queue"], serde_json::json!([1, 6]));
    assert_eq!((&orphan["state"], &orphan["held_by"]), (&"FIN-WAIT-2".into(), &"nobody".into()));
    assert_eq!(orphan["timer"]["kind"], "time-wait");
    assert_eq!(orphan["next"]["act"], "end-fin-wait-2");
    assert!(orphan["next"]["in"].as_f64() > Some(55.0));
    let last = events.iter().rfind(|event| event["event"] == "call").unwrap();
    assert_eq!(last["call"], "reset-connection");
}

#[test]
fn json_lines_tell_of_errors_and_expectations() {
    let ended = sockscope(&["--json", "--keep-going"])
        .input("s = socket tcp\nexpect return 3\nlisten zz\n")
        .run()
        .status(1);
    let events = ended.events();
    let expectation = events.iter().find(|event| event["event"] == "expect").unwrap();
    assert_eq!((&expectation["line"], &expectation["ok"]), (&2.into(), &true.into()));
    let error = events.iter().find(|event| event["event"] == "error").unwrap();
    assert_eq!((&error["line"], &error["column"]), (&3.into(), &8.into()));
}

#[test]
fn a_blocked_call_becomes_a_job_and_returns_later() {
    let script = "server = socket tcp
bind server 127.0.0.1:8899
listen server
conn = accept server
expect blocked server
client = socket tcp
connect client server
wait 1
expect state conn ESTABLISHED
";
    let events = sockscope(&["--json"]).input(script).run().status(0).events();
    let blocked = events.iter().position(|event| event["event"] == "blocked").unwrap();
    let id = &events[blocked]["id"];
    assert!(events[blocked..].iter().any(|e| e["event"] == "return" && &e["id"] == id));
}

#[test]
fn payload_never_reaches_the_terminal_unescaped() {
    let script = format!(
        "{HANDSHAKE}conn = accept server
send client \"\\x1b[2J\\x07\\x9b31m\"
recv conn
packets
dissect 4
trace
"
    );
    let ended = sockscope(&[]).input(script).run().status(0);
    let bad = ended.out.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(bad, None, "{}", ended.out);
}

#[test]
fn ascii_is_ascii() {
    let script = format!(
        "{HANDSHAKE}conn = accept server\nsend client \"é\"\ntrace\nstates client\npackets\nsockets\ndissect 4\n"
    );
    let ended = sockscope(&["--ascii"]).input(script).run().status(0);
    assert!(ended.out.is_ascii(), "{}", ended.out);
}

#[test]
fn two_thousand_sockets_are_not_too_many() {
    let script =
        (0..2000).fold(String::new(), |script, n| script + &format!("s{n} = socket udp\n"));
    let ended = sockscope(&["--json"]).input(script).run().status(0);
    let opened = ended.events().iter().filter(|event| event["value"].as_i64() > Some(2)).count();
    assert_eq!(opened, 2000);
}

#[test]
fn a_saved_file_is_there_whole_and_a_bad_ending_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.pcapng");
    let script = format!("{HANDSHAKE}save {}\n", path.display());
    sockscope(&[]).input(script).run().status(0).says("3 frames");
    assert_eq!(std::fs::read(&path).unwrap()[..4], [0x0a, 0x0d, 0x0d, 0x0a]);
    sockscope(&["-c", "save /tmp/t.svg"]).run().status(1).complains(".pcapng");
    sockscope(&["-c", "save /nonexistent/t.json"]).run().status(1).complains("/nonexistent");
}

#[test]
fn a_capture_that_was_saved_tells_the_same_when_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.pcap");
    let script = format!("{HANDSHAKE}close client\nsave {}\n", path.display());
    let live = sockscope(&["--json"]).input(script).run().status(0).events();
    let read = format!("read {}\nexpect count *>* SYN 1", path.display());
    let read = sockscope(&["--json"]).input(read).run().status(0).events();
    let segments = |events: &[Value]| -> Vec<Vec<Value>> {
        let keys = ["frame", "time", "src", "dst", "flags", "seq", "ack", "role"];
        let segments = events.iter().filter(|event| event["event"] == "segment");
        segments.map(|s| keys.iter().map(|key| s[*key].clone()).collect()).collect()
    };
    assert_eq!(segments(&read), segments(&live));
    assert_eq!(segments(&read).len(), 5);
    assert!(read.iter().all(|event| event["event"] != "kernel"), "{read:#?}");
    sockscope(&["-c", "read Cargo.toml"]).run().status(1).complains("-c:1:6: Cargo.toml: it is no");
    sockscope(&["-c", "read /nonexistent"]).run().status(1).complains("/nonexistent: can't read");
}

#[test]
fn sourced_scripts_name_their_own_place_and_circles_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.scope");
    std::fs::write(&path, "s = socket tcp\nfrob\n").unwrap();
    let source = format!("source {}", path.display());
    sockscope(&["-c", &source]).run().status(2).complains("a.scope:2:1:");
    std::fs::write(&path, &source).unwrap();
    sockscope(&["-c", &source]).run().status(1).complains("circle");
}

#[test]
fn the_manual_and_the_completions_come_from_the_program() {
    sockscope(&["man"]).run().status(0).says(".TH sockscope");
    sockscope(&["completions", "bash"]).run().status(0).says("sockscope");
    sockscope(&["--version"]).run().status(0).says("sockscope 0.");
}

#[test]
fn the_demo_tells_the_handshake_and_the_teardown() {
    sockscope(&["demo", "--fast"])
        .run()
        .status(0)
        .says("SYN,ACK")
        .says("TIME-WAIT")
        .says("\"hello\"");
}

/// In C a call that fails returns −1.
#[test]
fn a_call_that_fails_returns_minus_one() {
    sockscope(&["-c", "c = socket tcp; connect c 127.0.0.1:9; expect return -1"]).run().status(0);
}

#[test]
fn an_accept_that_fails_uses_up_no_name() {
    let script = "s = socket tcp; bind s :80; listen s; accept s &
nonblock s on; accept s; expect errno EAGAIN; interrupt 1
c = socket tcp; connect c s; accept s; expect state conn1 ESTABLISHED";
    sockscope(&["-c", script]).run().status(0);
}

#[test]
fn what_is_shown_on_a_full_disk_is_a_matter_of_the_environment() {
    for option in ["--json", "--quiet"] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockscope"));
        let command = command.args([option, "--keep-going", "-c", "s = socket tcp", "-c", "frob"]);
        let output = command.stdin(Stdio::null()).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
}

#[test]
fn while_input_is_awaited_what_happens_is_shown_and_ctrl_c_ends_it() {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(env!("CARGO_BIN_EXE_sockscope"))
        .arg("--json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"s = socket udp; timeout s 400ms; recv s &\n").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Nothing more is typed; the call's time runs out all the same.
    assert!(lines.any(|line| line.unwrap().contains("EAGAIN")));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}

/// On the host's network, without the capability to capture there.
fn without_capture(script: &str) -> Ended {
    use std::os::unix::fs::MetadataExt;
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let program = env!("CARGO_BIN_EXE_sockscope");
    let mut command = Command::new(if is_root { "setpriv" } else { program });
    if is_root {
        command.args(["--bounding-set=-all", "--inh-caps=-all", program]);
    }
    let command = command.args(["--network", "host", "--json", "-c", script]);
    Ended::of(&command.stdin(Stdio::null()).output().unwrap())
}

#[test]
fn without_capture_the_kernel_still_tells_the_states() {
    let script = "s = socket tcp; bind s 127.0.0.1:0; listen s; expect state s LISTEN
c = socket tcp; expect state c CLOSED; connect c s; expect state c ESTABLISHED
d = accept s; expect state d ESTABLISHED; expect state s ESTABLISHED
close c; expect state c FIN-WAIT-2; expect state d CLOSE-WAIT
close d; expect state c TIME-WAIT; expect state d CLOSED";
    let events = without_capture(script).status(0).events();
    let ends = without_capture(&format!("{script}; sockets c")).status(0).events();
    let end = ends.iter().find(|event| event["event"] == "socket").unwrap();
    assert_eq!((&end["socket"], &end["state"]), (&"c".into(), &"TIME-WAIT".into()));
    assert_eq!((&end["connection"], &end["next"]["act"]), (&Value::Null, &"end-time-wait".into()));
    let told = events.iter().find(|event| event["event"] == "unavailable").unwrap();
    assert!(told["why"].as_str().unwrap().contains("CAP_NET_RAW"), "{told}");
}

#[test]
fn without_capture_nothing_can_be_said_of_segments() {
    for wanted in ["sees *>* SYN", "exactly *>* SYN", "never RST", "count RST 0"] {
        let ended = without_capture(&format!("expect {wanted}")).status(3).complains("no capture");
        let events = ended.events();
        let verdict = events.iter().find(|event| event["event"] == "expect").unwrap();
        assert_eq!(verdict["ok"], false);
    }
    without_capture("kernel tcp_sack 0").status(3);
    without_capture("quickack on").status(3);
    without_capture("s = socket tcp; reset-connection s").status(3);
    without_capture("kernel tcp_frob 0").status(1);
}

#[test]
fn keep_going_is_for_the_scripts_that_a_script_runs_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.scope");
    std::fs::write(&path, "listen nobody\ns = socket udp\n").unwrap();
    let source = format!("source {}", path.display());
    let ended = sockscope(&["--keep-going", "-c", &source]).run().status(1);
    ended.says("socket(udp) = 3");
}

/// Only the contract's commands take names away from the learner.
#[test]
fn short_forms_of_commands_can_be_names() {
    sockscope(&["-c", "q = socket udp; h = socket udp; bind q :0; close h; exit = socket udp"])
        .run()
        .status(0);
}

/// What a script contains is as little to be trusted as what the network brings.
#[test]
fn no_complaint_and_no_verdict_reaches_the_terminal_unescaped() {
    let script = "expect data \"\x1b[31m\"
expect blocked \u{202e}
save \"/nonexistent/\x1b[31m.json\"
s = socket udp # \x1b
recv s dontwait; expect errno EAGAIN # \x1b[31m
frob\x1b[31m
send s \x1b[31m\n";
    let ended = sockscope(&["--keep-going"]).input(script).run().status(1);
    for text in [&ended.out, &ended.err] {
        let bad = text.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
        assert_eq!(bad, None, "{text}");
    }
    sockscope(&["/nonexistent/\x1b[31m"]).run().status(2).complains("\\x1b");
}

#[test]
fn never_within_a_time_watches_for_so_long() {
    let script = "s = socket tcp; bind s 127.0.0.1:8899; listen s 0
a = socket tcp; connect a s
b = socket tcp; connect b s &
mark; expect never SYN; expect never SYN within 2s";
    // The queue is full: the SYN is sent again after a second.
    sockscope(&["-c", script]).run().status(1).says("ok: never SYN\n").complains("b>s SYN");
}

#[test]
fn a_name_that_a_waiting_accept_was_given_is_taken() {
    let script = "s = socket tcp; bind s :80; listen s; x = accept s &\nx = socket tcp";
    sockscope(&["-c", script]).run().status(1).complains("-c:2:1:").complains("accept that waits");
}

#[test]
fn a_failure_that_nobody_hears_of_is_still_a_failure() {
    for (commands, status) in [("expect eof within 10ms", 1), ("frob", 2)] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockscope"));
        let command = command.args(["-c", commands]).stdin(Stdio::null()).stderr(full);
        assert_eq!(command.output().unwrap().status.code(), Some(status), "{commands}");
    }
}

/// `times` of a shell: what its children have cost.
#[test]
fn a_lab_without_a_capture_sleeps_when_nothing_happens() {
    use std::os::unix::fs::MetadataExt;
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let wrapper = if is_root { "setpriv --bounding-set=-all --inh-caps=-all" } else { "" };
    let program = env!("CARGO_BIN_EXE_sockscope");
    let script = format!("{wrapper} '{program}' --network host -c 'sleep 1s' >/dev/null; times");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let times = String::from_utf8(output.stdout).unwrap();
    let children = times.lines().nth(1).unwrap();
    let seconds = |word: &str| -> f64 {
        let (minutes, seconds) = word.trim_end_matches('s').split_once('m').unwrap();
        minutes.parse::<f64>().unwrap() * 60.0 + seconds.parse::<f64>().unwrap()
    };
    let cost: f64 = children.split_whitespace().map(seconds).sum();
    assert!(cost < 0.5, "a second of sleep cost {children}");
}
