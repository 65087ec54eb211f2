//! One run of the program, told as a short story.
#![allow(dead_code, reason = "each of the tests that share this needs some of it")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A run to be.
pub struct Run {
    command: Command,
    input: Option<Vec<u8>>,
}

/// The program with these arguments, and nothing in its environment that a test did not put there.
pub fn sockscope(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockscope"));
    command.args(arguments).env_clear().env("LANG", "C.UTF-8").env("PATH", "/usr/bin:/bin");
    Run { command, input: None }
}

impl Run {
    /// With this in its environment.
    pub fn env(mut self, name: &str, value: &str) -> Run {
        self.command.env(name, value);
        self
    }

    /// In that folder.
    pub fn current_dir(mut self, folder: &Path) -> Run {
        self.command.current_dir(folder);
        self
    }

    /// What it reads.
    pub fn input(mut self, bytes: impl AsRef<[u8]>) -> Run {
        self.input = Some(bytes.as_ref().to_vec());
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Ended {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = self.input.unwrap_or_default();
        // A program that stops early closes its end: that is its right.
        let feeder = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        Ended::of(&output)
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(output: &Output) -> Ended {
        Ended {
            status: output.status.code(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    pub fn status(self, wanted: i32) -> Ended {
        assert_eq!(self.status, Some(wanted), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn says(self, part: &str) -> Ended {
        assert!(self.out.contains(part), "no {part:?} in {}", self.out);
        self
    }

    #[track_caller]
    pub fn complains(self, part: &str) -> Ended {
        assert!(self.err.contains(part), "no {part:?} in {}", self.err);
        self
    }

    /// Its lines, read as JSON.
    #[track_caller]
    pub fn events(&self) -> Vec<serde_json::Value> {
        let read = |line: &str| serde_json::from_str(line).expect("JSON");
        self.out.lines().map(read).collect()
    }
}
