//! The line editor: rustyline, with the language's completion, the history, and a printer that
//! never spoils the line that is being typed.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustyline::config::{BellStyle, Configurer};
use rustyline::error::ReadlineError;
use rustyline::history::{History as _, MemHistory};
use rustyline::{ColorMode, CompletionType, Config, EditMode};
use unicode_width::UnicodeWidthStr;

use super::helper::Helper;
use super::history::History;
use super::printer::Printer;
use super::raw::duplicate_from;
use crate::command::{World, is_unfinished};
use crate::view::Look;

/// What came from the terminal.
#[derive(Debug)]
pub enum Read {
    /// A line, or several that belong together.
    Line(String),
    /// Ctrl-C: the line is dropped.
    Interrupted,
    /// Ctrl-D on an empty line, or the terminal is gone.
    End,
}

/// Reads lines from the terminal.
pub struct Editor {
    lines: rustyline::Editor<Helper, MemHistory>,
    printer: Printer,
    history: Option<History>,
    /// Lines that were pasted together with one that has been given out.
    pasted: VecDeque<String>,
    spare: Option<Spare>,
}

impl Editor {
    /// Opens it on standard input and output, which are terminals. `world` is what completion,
    /// hints and colours go by. The history is read; what is wrong with it is said.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn open(look: &Look, world: Box<dyn Fn() -> World>) -> io::Result<(Editor, Printer)> {
        let config = Config::builder()
            .max_history_size(History::MOST)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(as_io)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .bell_style(BellStyle::None)
            // The helper colours, or doesn't; its prompt is asked for all the same.
            .color_mode(ColorMode::Forced)
            .build();
        let history = MemHistory::with_config(&config);
        let mut lines = rustyline::Editor::with_history(config, history).map_err(as_io)?;
        let printer = Printer::new(lines.create_external_printer().ok());
        lines.set_helper(Some(Helper::new(printer.clone(), *look, world)));
        let history = History::of_user();
        let mut editor = Editor {
            lines,
            printer: printer.clone(),
            history,
            pasted: VecDeque::new(),
            spare: Spare::take(),
        };
        editor.load_history()?;
        Ok((editor, printer))
    }

    /// Reads the next line; `begun` stands on it already. Of lines that were pasted together each is
    /// given out alone, and shown before.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn read(&mut self, prompt: &str, begun: &str) -> io::Result<Read> {
        if let Some(line) = self.pasted.pop_front() {
            self.echo(prompt, &line)?;
            return Ok(Read::Line(line));
        }
        if let Some(helper) = self.lines.helper_mut() {
            helper.prompt_width.set(prompt.width());
        }
        self.spare = None;
        self.printer.begin_reading();
        let read = self.lines.readline_with_initial(prompt, (begun, ""));
        self.printer.end_reading()?;
        let read = match read {
            Ok(text) => self.enter(prompt, &text),
            Err(ReadlineError::Interrupted) => Ok(Read::Interrupted),
            Err(ReadlineError::Eof) => Ok(Read::End),
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                self.printer.print("That was not UTF-8; the line is dropped.")?;
                Ok(Read::Interrupted)
            }
            Err(error) => Err(as_io(error)),
        };
        self.spare = Spare::take();
        read
    }

    /// Whether keys are vi's, not Emacs'.
    pub fn use_vi(&mut self, vi: bool) {
        self.lines.set_edit_mode(if vi { EditMode::Vi } else { EditMode::Emacs });
    }

    /// Whether colour is welcome.
    pub fn set_look(&mut self, look: Look) {
        if let Some(helper) = self.lines.helper_mut() {
            helper.look = look;
        }
    }

    /// Forgets what was pasted and has not been run.
    pub fn drop_paste(&mut self) {
        self.pasted.clear();
    }

    fn enter(&mut self, prompt: &str, text: &str) -> io::Result<Read> {
        let mut commands = commands(text);
        for line in &commands {
            self.remember(line)?;
        }
        let Some(first) = commands.pop_front() else { return Ok(Read::Line(String::new())) };
        if !commands.is_empty() {
            self.echo(prompt, &first)?;
        }
        self.pasted = commands;
        Ok(Read::Line(first))
    }

    /// Shows a pasted line as if it had been typed now.
    fn echo(&self, prompt: &str, line: &str) -> io::Result<()> {
        let painted = self.lines.helper().map_or_else(|| line.to_owned(), |h| h.paint(line));
        self.printer.print(&format!("{prompt}{painted}\n"))
    }

    fn load_history(&mut self) -> io::Result<()> {
        let Some(history) = &self.history else { return Ok(()) };
        let path = history.path().display();
        match history.load() {
            Ok(entries) => {
                if entries.damaged > 0 {
                    self.printer.print(&format!(
                        "The history had {} damaged lines; the others are kept: {path}",
                        entries.damaged
                    ))?;
                }
                for line in entries.lines {
                    self.lines.history_mut().add_owned(line).map_err(as_io)?;
                }
                Ok(())
            }
            Err(error) => {
                let text = format!("No history of earlier sessions: {path}: {error}");
                self.history = None;
                self.printer.print(&text)
            }
        }
    }

    fn remember(&mut self, line: &str) -> io::Result<()> {
        let is_new = self.lines.history_mut().add(line).map_err(as_io)?;
        let Some(history) = self.history.as_ref().filter(|_| is_new) else { return Ok(()) };
        if let Err(error) = history.append(line) {
            let path = history.path().display();
            let text = format!("The history can't be written, so it ends here: {path}: {error}");
            self.history = None;
            return self.printer.print(&text);
        }
        Ok(())
    }
}

/// The commands of a text, which is a typed line or a paste: its lines, those together that belong
/// together. Empty ones are left out.
fn commands(text: &str) -> VecDeque<String> {
    let mut commands = VecDeque::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        let mut command = line.to_owned();
        while is_unfinished(&command) {
            let Some(more) = lines.next() else { break };
            command.push('\n');
            command.push_str(more);
        }
        if !command.trim().is_empty() {
            commands.push_back(command);
        }
    }
    commands
}

/// Two descriptors that rustyline needs for each line. With `select(2)` it can only wait for
/// numbers below 1024, and none of them is free once a thousand sockets are open: so two are kept
/// for it, as high as it can use them, out of the learner's way.
struct Spare {
    _descriptors: [OwnedFd; 2],
}

impl Spare {
    const LOWEST: i32 = 1000;

    fn take() -> Option<Spare> {
        let stdin = io::stdin();
        let take = || duplicate_from(stdin.as_fd(), Self::LOWEST).ok();
        Some(Spare { _descriptors: [take()?, take()?] })
    }
}

fn as_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        ReadlineError::Errno(errno) => errno.into(),
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_is_its_lines() {
        let pasted = "server = socket tcp\n\n  listen server 5\n# done\n";
        assert_eq!(commands(pasted), ["server = socket tcp", "  listen server 5", "# done"]);
    }

    #[test]
    fn an_open_quote_and_a_backslash_join_lines() {
        let text = "send c \"a\nb\"\nconnect c \\\n:80";
        assert_eq!(commands(text), ["send c \"a\nb\"", "connect c \\\n:80"]);
    }

    #[test]
    fn a_blank_line_is_no_command() {
        assert!(commands("").is_empty());
        assert!(commands("  ").is_empty());
    }
}
