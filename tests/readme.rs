//! Every example in the README runs here, and its screens are what the program shows.
//!
//! ```` ```console ```` blocks are one session: what follows `scope> ` is typed, the rest is what
//! must appear, but for times and for ports that the kernel chose. ```` ```capture ```` blocks are
//! what `./lab` shows of a capture, to the letter. ```` ```scope ```` blocks are scripts that must
//! succeed.

#![expect(clippy::unwrap_used, reason = "a failed test says where")]

use std::io::Write;
use std::process::{Command, Stdio};

#[test]
fn the_screens_are_the_programs() {
    let readme = readme();
    let lines: Vec<&str> = blocks(&readme, "console").into_iter().flat_map(str::lines).collect();
    assert!(!lines.is_empty());
    let typed: String =
        lines.iter().filter_map(|l| l.strip_prefix("scope> ")).flat_map(|l| [l, "\n"]).collect();
    let shown = run(&typed);
    let wanted: Vec<String> = lines
        .iter()
        .filter(|line| !line.starts_with("scope> ") && !line.is_empty())
        .map(|line| essence(line))
        .collect();
    let found: Vec<String> = shown.lines().filter(|line| !line.is_empty()).map(essence).collect();
    assert_eq!(found.join("\n"), wanted.join("\n"), "really:\n{shown}");
}

/// ```` ```lesson NAME STEP ```` blocks are screens of that lesson from that step on: what follows its
/// prompt is typed, the rest appears, one line behind the other.
#[test]
fn the_lessons_screens_are_the_programs() {
    let readme = readme();
    let blocks: Vec<&str> = readme.split("```lesson ").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let (words, rest) = block.split_once('\n').unwrap();
        let (name, step) = words.split_once(' ').unwrap();
        let screen = rest.split("```").next().unwrap();
        let prompt = format!("scope {name} ");
        let typed: String = screen
            .lines()
            .filter_map(|line| Some(line.strip_prefix(&prompt)?.split_once("> ")?.1))
            .flat_map(|line| [line, "\n"])
            .collect();
        let shown = run_with(&["lesson", name, "--step", step], &typed);
        let lines = |text: &str| -> String {
            let told = text.lines().filter(|l| !l.is_empty() && !l.starts_with(&prompt));
            told.map(|line| essence(line) + "\n").collect()
        };
        let (wanted, found) = (lines(screen), lines(&shown));
        assert!(found.contains(&wanted), "wanted:\n{wanted}\nreally:\n{shown}");
    }
}

#[test]
fn captures_are_told_to_the_letter() {
    let readme = readme();
    let blocks = blocks(&readme, "capture");
    assert!(!blocks.is_empty());
    for block in blocks {
        let mut shown = String::new();
        for line in block.lines().filter_map(|line| line.strip_prefix("$ ./lab ")) {
            let arguments: Vec<&str> = line.split(' ').collect();
            let output = Command::new(env!("CARGO_BIN_EXE_sockscope"))
                .args(&arguments)
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env_clear()
                .envs([("LANG", "C.UTF-8"), ("COLUMNS", "80")])
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            shown.extend(["$ ./lab ", line, "\n", str::from_utf8(&output.stdout).unwrap()]);
        }
        assert_eq!(shown, block);
    }
}

#[test]
fn the_scripts_succeed() {
    let readme = readme();
    let scripts = blocks(&readme, "scope");
    assert!(!scripts.is_empty());
    for script in scripts {
        run(script);
    }
}

#[test]
fn every_dependency_has_its_reason_and_no_other() {
    let manifest = include_str!("../Cargo.toml");
    let readme = readme();
    let mut section = "";
    let mut declared = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]")
            && let Some((name, _)) = line.split_once(" =")
        {
            declared.push(name);
        }
    }
    let mut explained: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |").map(|(name, _)| name))
        .filter(|name| !name.contains(' ') && !name.ends_with('/'))
        .collect();
    declared.sort_unstable();
    explained.sort_unstable();
    assert_eq!(explained, declared);
}

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// The fenced blocks of that language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(open.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[track_caller]
fn run(script: &str) -> String {
    run_with(&[], script)
}

#[track_caller]
fn run_with(arguments: &[&str], script: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sockscope"))
        .args(arguments)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{complaints}");
    String::from_utf8(output.stdout).unwrap()
}

/// A line without what differs from run to run: times, chosen ports, and the room they take.
fn essence(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let is_unit = ["µs", "ms", "s"].contains(&word);
        let is_amount =
            |word: &String| word.chars().all(|c| c.is_ascii_digit() || "+.".contains(c));
        if is_unit && words.last().is_some_and(is_amount) {
            words.pop();
            words.push("TIME".into());
            continue;
        }
        let word = match word.rsplit_once(':') {
            Some((before, port)) if is_chosen(port.trim_end_matches(',')) => {
                format!("{before}:PORT")
            }
            _ if is_chosen(word.trim_end_matches([':', '.'])) => "PORT".into(),
            _ => word.to_owned(),
        };
        // An arrow is as long as there is room.
        if !word.is_empty() && word.chars().all(|c| c == '─') {
            words.push("─".into());
        } else {
            words.push(word.replace("──", "─"));
        }
    }
    words.join(" ").replace("─▶", "▶").replace("── ", "─ ").replace('─', "")
}

fn is_chosen(port: &str) -> bool {
    port.parse::<u16>().is_ok_and(|port| (32768..=60999).contains(&port))
}
