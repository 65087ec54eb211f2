//! The scripts beside this file, and those in which the wire is the learner's: they end well, and
//! what is inferred of both ends is what the kernel says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

/// Every script, run: its path, exit status, lines of JSON and complaints.
struct Run {
    script: PathBuf,
    status: Option<i32>,
    lines: Vec<Value>,
    complaints: String,
}

fn run(script: PathBuf) -> Run {
    // Unix sockets leave files behind.
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_sockscope"))
        .arg("--json")
        .arg(&script)
        .current_dir(&folder)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .output()
        .expect("sockscope runs");
    let text = String::from_utf8_lossy(&output.stdout);
    Run {
        script,
        status: output.status.code(),
        lines: text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(),
        complaints: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The scripts in a folder of `tests`.
fn scripts(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let files = std::fs::read_dir(folder).expect("the scripts' folder");
    let files = files.map(|file| file.expect("a script").path());
    let scripts: Vec<PathBuf> =
        files.filter(|p| p.extension().is_some_and(|e| e == "scope")).collect();
    assert!(!scripts.is_empty());
    scripts
}

/// Each script runs on a network of its own, so several may run at once: most of them mostly wait.
fn run_all(scripts: Vec<PathBuf>) -> Vec<Run> {
    const AT_ONCE: usize = 6;
    let (queue, runs) = (Mutex::new(scripts), Mutex::new(Vec::new()));
    let next = || queue.lock().expect("the scripts").pop();
    let work = || {
        while let Some(script) = next() {
            let run = run(script);
            runs.lock().expect("the runs").push(run);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    runs.into_inner().expect("the runs")
}

#[test]
fn every_script_ends_well_and_the_kernel_agrees() {
    must_end_well(scripts("scripts"));
}

#[test]
fn every_scenario_of_the_wire_ends_well_and_the_kernel_agrees() {
    must_end_well(scripts("scripts/wire"));
}

fn must_end_well(scripts: Vec<PathBuf>) {
    let mut wrong = Vec::new();
    for run in run_all(scripts) {
        let name = run.script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if run.status != Some(0) {
            wrong.push(format!("{name}: status {:?}\n{}", run.status, run.complaints));
        }
        wrong.extend(disagreements(&run.lines).map(|line| format!("{name}: {line}")));
        wrong.extend(unconfirmed(&run.lines).into_iter().map(|line| format!("{name}: {line}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the kernel said otherwise than the segments.
fn disagreements(lines: &[Value]) -> impl Iterator<Item = &Value> {
    lines.iter().filter(|line| line["event"] == "kernel" && line["inferred"] != line["kernel"])
}

/// The last state of each end, if it isn't the kernel's own word.
fn unconfirmed(lines: &[Value]) -> Vec<&Value> {
    let mut last: Vec<&Value> = Vec::new();
    for line in lines.iter().filter(|line| line["event"] == "state") {
        if line["connection"].is_null() {
            continue;
        }
        let end = |line: &Value| (line["connection"].clone(), line["endpoint"].clone());
        last.retain(|other| end(other) != end(line));
        last.push(line);
    }
    last.retain(|line| line["source"] != "kernel");
    last
}
