//! A terminal for tests: the program on a pseudo-terminal (`pty(7)`), a screen that shows what a
//! person would see, and waiting for facts on it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;

use super::raw;

/// How long a fact may take to become true. Only a failing test waits so long.
const DEADLINE: Duration = Duration::from_secs(20);

/// One terminal is started at a time.
static STARTS: Mutex<()> = Mutex::new(());

/// How a terminal is to be.
pub struct Setup {
    command: Command,
    rows: u16,
    columns: u16,
    home: Home,
}

/// A home directory of a test's own; it goes with the last terminal that uses it.
#[derive(Clone)]
pub struct Home(std::rc::Rc<tempfile::TempDir>);

impl Home {
    pub fn new() -> Home {
        Home(std::rc::Rc::new(tempfile::tempdir().unwrap()))
    }

    /// A path in it.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    /// Where the history lies.
    pub fn history(&self) -> PathBuf {
        self.path(".local/state/sockscope/history")
    }
}

/// `sockscope` with these arguments, on a terminal of 80 columns with nothing in its environment
/// that a test did not put there.
pub fn sockscope(arguments: &[&str]) -> Setup {
    program(Path::new(env!("CARGO_BIN_EXE_sockscope")), arguments)
}

/// Any program.
pub fn program(program: &Path, arguments: &[&str]) -> Setup {
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    command.env("LANG", "C.UTF-8").env("TERM", "xterm-256color").env("PATH", "/usr/bin:/bin");
    Setup { command, rows: 24, columns: 80, home: Home::new() }
}

impl Setup {
    /// In this home.
    pub fn home(mut self, home: &Home) -> Setup {
        self.home = home.clone();
        self
    }

    /// With this in the environment.
    pub fn env(mut self, name: &str, value: &str) -> Setup {
        self.command.env(name, value);
        self
    }

    /// On a terminal of this size.
    pub fn size(mut self, rows: u16, columns: u16) -> Setup {
        (self.rows, self.columns) = (rows, columns);
        self
    }

    /// Starts it and waits for its prompt.
    pub fn at_prompt(self) -> Terminal {
        let mut terminal = self.start();
        terminal.wait_for_prompt();
        terminal
    }

    /// Starts it.
    pub fn start(mut self) -> Terminal {
        // Another test's child must not inherit this terminal: it would keep it open.
        let _alone = STARTS.lock().unwrap_or_else(PoisonError::into_inner);
        let size = winsize(self.rows, self.columns);
        let pty = openpty(&size, None).unwrap();
        raw::close_on_exec(&pty.master);
        raw::close_on_exec(&pty.slave);
        let end = || Stdio::from(pty.slave.try_clone().unwrap());
        self.command.env("HOME", self.home.0.path()).current_dir(self.home.0.path());
        self.command.stdin(end()).stdout(end()).stderr(end());
        raw::on_own_terminal(&mut self.command);
        Terminal {
            child: self.command.spawn().unwrap(),
            // Its own end stays open here, so that it can be looked at after the program has ended.
            master: Some((File::from(pty.master), pty.slave)),
            screen: vt100::Parser::new(self.rows, self.columns, 0),
            bytes: Vec::new(),
            _home: self.home,
        }
    }
}

/// A running program and its screen.
pub struct Terminal {
    child: Child,
    master: Option<(File, OwnedFd)>,
    screen: vt100::Parser,
    bytes: Vec<u8>,
    _home: Home,
}

impl Terminal {
    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.master().write_all(keys.as_bytes()).unwrap();
    }

    /// Types a command and Enter, and waits until the prompt is back.
    pub fn run(&mut self, command: &str) {
        self.keys(command);
        self.wait_until("the command is typed", |screen| last_line(screen).contains(command));
        self.keys("\r");
        self.wait_until("it has run", |screen| !last_line(screen).contains(command));
        self.wait_for_prompt();
    }

    /// Waits until the last line is a prompt with nothing behind it.
    pub fn wait_for_prompt(&mut self) {
        self.wait_until("a prompt is there", |screen| is_prompt(last_line(screen)));
    }

    /// Waits until the text is on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    /// Waits until the cursor is there: row and column, from 0.
    pub fn wait_for_cursor(&mut self, row: u16, column: u16) {
        let start = Instant::now();
        while self.screen.screen().cursor_position() != (row, column) {
            let at = self.screen.screen().cursor_position();
            assert!(start.elapsed() < DEADLINE, "the cursor stays at {at:?}\n{}", self.screen());
            self.pump();
        }
    }

    /// Waits until it is so on the screen. `what` says what, should it never be.
    pub fn wait_until(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        let start = Instant::now();
        while !is_so(&self.screen()) {
            let screen = self.screen();
            assert!(start.elapsed() < DEADLINE, "never: {what}\n--- screen:\n{screen}\n---");
            if !self.pump() {
                let ended = self.child.try_wait().unwrap();
                assert!(ended.is_none(), "{ended:?} before: {what}\n--- screen:\n{screen}\n---");
            }
        }
    }

    /// Whether lines are edited and echoed by the kernel, as they were before the program started.
    pub fn is_cooked(&self) -> bool {
        let flags = tcgetattr(self.pair().0.as_fd()).unwrap().local_flags;
        flags.contains(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG)
    }

    /// What is on the screen, each line without the blanks at its end.
    pub fn screen(&self) -> String {
        let contents = self.screen.screen().contents();
        contents.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    /// The screen from the last line that starts like this: the answer to a command.
    pub fn since(&self, line: &str) -> String {
        let screen = self.screen();
        let lines: Vec<&str> = screen.lines().collect();
        let start = lines.iter().rposition(|one| one.starts_with(line));
        lines[start.unwrap_or_else(|| panic!("no {line}\n{screen}"))..].join("\n")
    }

    /// The rows that go on in the next one, because they were too long.
    pub fn wrapped_rows(&self) -> Vec<u16> {
        let screen = self.screen.screen();
        (0..screen.size().0).filter(|row| screen.row_wrapped(*row)).collect()
    }

    /// Everything that the program has written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Changes the size of the terminal; the program gets SIGWINCH.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        raw::set_size(self.pair().0.as_fd(), &winsize(rows, columns));
        self.screen.screen_mut().set_size(rows, columns);
    }

    /// Closes the terminal under the program, as a window that is closed.
    pub fn close(&mut self) {
        self.master = None;
    }

    /// Kills the program.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.child.wait().unwrap();
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Waits until the program has ended.
    pub fn end(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if self.master.is_some() {
                self.pump();
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                while self.master.is_some() && self.pump() {}
                return status;
            }
            assert!(start.elapsed() < DEADLINE, "it never ends\n{}", self.screen());
        }
    }

    /// Shows what the program has written, if it does within a moment.
    fn pump(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let length = {
            let mut master = self.master();
            let mut ready = [PollFd::new(master.as_fd(), PollFlags::POLLIN)];
            if poll(&mut ready, PollTimeout::from(20u8)).unwrap() == 0 {
                return false;
            }
            master.read(&mut bytes).unwrap_or(0)
        };
        self.screen.process(&bytes[..length]);
        self.bytes.extend(&bytes[..length]);
        length > 0
    }

    fn master(&self) -> &File {
        &self.pair().0
    }

    fn pair(&self) -> &(File, OwnedFd) {
        self.master.as_ref().expect("the terminal is closed")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last line of a screen.
pub fn last_line(screen: &str) -> &str {
    screen.lines().last().unwrap_or_default()
}

/// Whether a line is a prompt with nothing behind it.
pub fn is_prompt(line: &str) -> bool {
    line.starts_with("scope") && line.ends_with('>')
}

fn winsize(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
