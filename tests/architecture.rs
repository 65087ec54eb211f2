//! The table of rooms: which may use which. It reads the `use` lines and every `crate::` path.
#![expect(clippy::unwrap_used, reason = "a failed test says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may use.
const ROOMS: [(&str, &[&str]); 18] = [
    ("trace", &[]),
    ("packet", &["trace"]),
    ("tcp", &["packet", "trace"]),
    ("story", &["trace", "packet", "tcp"]),
    ("view", &["story", "trace", "packet", "tcp"]),
    ("command", &["trace", "packet", "tcp"]),
    ("judge", &["story", "command", "trace", "packet", "tcp"]),
    ("lesson", &["story", "command", "trace", "packet", "tcp"]),
    ("sockets", &["trace", "kernel"]),
    ("capture", &["trace"]),
    ("reading", &["capture", "packet", "story", "tcp", "trace"]),
    ("network", &[]),
    ("kernel", &["trace", "tcp"]),
    ("wire", &["trace", "packet", "network"]),
    (
        "lab",
        &["capture", "kernel", "network", "packet", "sockets", "story", "tcp", "trace", "wire"],
    ),
    (
        "session",
        &[
            "command", "judge", "kernel", "lab", "lesson", "network", "packet", "sockets", "story",
            "tcp", "trace", "view", "wire",
        ],
    ),
    ("repl", &["command", "lesson", "session", "trace", "view"]),
    (
        "cli",
        &[
            "capture", "command", "kernel", "lab", "lesson", "network", "packet", "reading",
            "repl", "session", "sockets", "story", "tcp", "trace", "view", "wire",
        ],
    ),
];

#[test]
fn every_room_uses_only_what_the_map_allows() {
    let mut offences = Vec::new();
    for (room, allowed) in ROOMS {
        for (file, used) in uses_of(room) {
            for other in used {
                if other != room && !allowed.contains(&other.as_str()) {
                    offences.push(format!("{} uses {other}", file.display()));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let rooms: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    let declared: BTreeSet<String> = fs::read_to_string(source().join("lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned))
        .collect();
    assert_eq!(rooms, declared);
}

#[test]
fn only_the_clock_reads_the_clock() {
    let readers: Vec<PathBuf> = files(&source())
        .into_iter()
        .filter(|file| !file.ends_with("trace/clock.rs"))
        .filter(|file| {
            let text = code_of(file);
            ["SystemTime::now", "Instant::now", "clock_gettime"].iter().any(|c| text.contains(c))
        })
        .collect();
    assert!(readers.is_empty(), "{readers:?}");
}

#[test]
fn unsafe_code_lives_in_files_called_raw() {
    let others: Vec<PathBuf> = files(&source())
        .into_iter()
        .filter(|file| !file.ends_with("raw.rs"))
        .filter(|file| code_of(file).contains("unsafe {"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms that each file of this room uses, its tests left out.
fn uses_of(room: &str) -> BTreeMap<PathBuf, BTreeSet<String>> {
    let one_file = source().join(format!("{room}.rs"));
    let mut all = files(&source().join(room));
    if one_file.exists() {
        all.push(one_file);
    }
    assert!(!all.is_empty(), "no room {room}");
    all.into_iter().map(|file| (file.clone(), rooms_in(&code_of(&file)))).collect()
}

/// Every `crate::ROOM`, also in `use crate::{a, b::c}`.
fn rooms_in(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let name = |text: &str| -> String {
            text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        rooms.insert(name(&item));
                        item.clear();
                        continue;
                    }
                    _ => {}
                }
                item.push(c);
            }
            rooms.insert(name(&item));
        } else {
            rooms.insert(name(rest));
        }
    }
    rooms.retain(|room| !room.is_empty() && room.starts_with(|c: char| c.is_ascii_lowercase()));
    rooms
}

/// A file's code without its comments and its tests.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The source files of a folder; tests have files of their own only by these names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.ends_with("tests.rs") || path.ends_with("tests") {
            continue;
        }
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            all.push(path);
        }
    }
    all
}
