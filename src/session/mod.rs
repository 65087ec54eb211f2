//! One learner at work: a line comes in, its commands run, the lab settles, and what happened is
//! shown. The prompt, scripts and the demo all use it.

mod answers;
mod calls;
mod columns;
mod counters;
mod dissect;
mod ends;
mod expect;
mod explaining;
mod kernel_word;
mod lessons;
mod limits;
mod looks;
mod measure;
mod near_file;
mod read;
mod reset_connection;
mod resolve;
mod save;
pub mod script;
mod serve;
mod settings;
mod show;
mod standing;
mod state_file;
mod sysctls;
mod tables;
#[cfg(test)]
mod tests;
mod watch;
mod whole_file;
mod wire;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::never;

use crate::command::{self, Command, Statement, SyntaxError};
use crate::kernel::Counters;
use crate::lab::{Lab, Woken};
use crate::tcp::State;
use crate::trace::{CallId, SocketId, Time, clock};
use crate::view::explain::Told;

pub use columns::{columns, columns_if_any, rows};
pub use lessons::{Fault, Lessons, NoLesson, Pace, Rehearsed, Taken, Whereabouts};
pub use near_file::near_file;
pub use serve::{Request, Served, serve};
pub use settings::{Format, Settings};
pub use show::{Keys, Screen};
pub use state_file::state_file;
pub use watch::KeyPress;

/// Where a line comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The script's name; `None` at the prompt.
    pub source: Option<Arc<str>>,
    /// Its line, counted from 1.
    pub line: usize,
}

/// What comes after a line that went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// The next one.
    On,
    /// The end: `quit`.
    Quit,
}

/// Why a line did not go well. The learner has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A command or an expectation failed.
    Failed,
    /// The line could not be read.
    Syntax,
    /// The environment lacks something that the command needs.
    Environment,
    /// Ctrl-C: the rest of the line is not run.
    Interrupted,
    /// Nobody reads what is shown any more.
    Closed,
    /// What is shown can't be written: a full disk.
    Unwritable,
}

/// One learner at work.
pub struct Session {
    lab: Lab,
    screen: Screen,
    settings: Settings,
    told: Told,
    /// Moments up to here have been shown.
    shown: u64,
    /// Expectations on segments count from here.
    mark: u64,
    /// The call that was typed last, and the moments before it.
    typed: Option<Typed>,
    place: Place,
    /// Scripts that run each other, to stop at a circle.
    depth: usize,
    /// A script goes on after a failure, and so do those that it runs.
    keep_going: bool,
    history: Vec<String>,
    /// Without a capture: what the kernel last said of each socket.
    kernel_states: HashMap<SocketId, State>,
    /// What the kernel had counted at the last mark.
    counted: Counters,
    /// `conn1` up to this one have been names of sockets.
    conns: u32,
    lessons: Lessons,
}

/// The call that was typed last.
#[derive(Debug, Clone, Copy)]
struct Typed {
    call: CallId,
    since: u64,
}

impl Session {
    /// A call that hasn't returned after this long becomes a job.
    const PATIENCE: Duration = Duration::from_millis(300);

    /// A session in that lab, shown on that screen.
    pub fn new(lab: Lab, screen: Screen, settings: Settings) -> Session {
        Session {
            counted: Session::counted_before(&lab),
            lab,
            screen,
            settings,
            told: Told::default(),
            shown: 0,
            mark: 0,
            typed: None,
            place: Place::default(),
            depth: 0,
            keep_going: false,
            history: Vec::new(),
            kernel_states: HashMap::new(),
            conns: 0,
            lessons: Lessons::default(),
        }
    }

    /// What the learner has set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// From now on everything is shown on that screen.
    pub fn show_on(&mut self, screen: Screen) {
        self.screen = screen;
    }

    /// Runs one line: one or more commands. What went wrong has been shown when this returns.
    pub fn run(&mut self, place: &Place, text: &str) -> Result<Flow, Stop> {
        self.follow_width();
        if self.lesson_takes(text)? {
            return Ok(Flow::On);
        }
        let parsed = command::parse(text);
        // What is no command may answer a lesson's question.
        if parsed.is_err() && self.lesson_answer(text, false)? {
            return Ok(Flow::On);
        }
        let result = self.run_parsed(place, text, &parsed);
        if !matches!(result, Ok(Flow::Quit) | Err(Stop::Closed | Stop::Unwritable)) {
            self.lesson_after(parsed.as_deref().unwrap_or_default(), result.is_ok())?;
        }
        result
    }

    /// Runs one line of the lab's own.
    fn run_typed(&mut self, place: &Place, text: &str) -> Result<Flow, Stop> {
        self.run_parsed(place, text, &command::parse(text))
    }

    fn run_parsed(
        &mut self,
        place: &Place,
        text: &str,
        parsed: &Result<Vec<Statement>, SyntaxError>,
    ) -> Result<Flow, Stop> {
        self.place = place.clone();
        let statements = match parsed {
            Ok(statements) => statements,
            Err(error) => {
                self.show_syntax_error(place, text, error)?;
                return Err(Stop::Syntax);
            }
        };
        for statement in statements {
            match self.statement(text, statement) {
                Ok(Flow::On) => {}
                Ok(Flow::Quit) => return Ok(Flow::Quit),
                Err(stop) => return Err(stop),
            }
        }
        Ok(Flow::On)
    }

    fn statement(&mut self, text: &str, statement: &Statement) -> Result<Flow, Stop> {
        match &statement.command {
            Command::Quit => return Ok(Flow::Quit),
            Command::Expect { what, within } => self.expect(text, statement, what, *within)?,
            Command::Wait { job, timeout } => self.wait_for_job(text, statement, *job, *timeout)?,
            Command::Interrupt { job } => self.interrupt_job(text, statement, *job)?,
            Command::Sleep { time } => self.sleep(clock::now().after(*time))?,
            Command::Mark => {
                self.lab.mark();
                self.show_new()?;
                self.mark = self.lab.story().cursor();
                self.counted = Counters::read().unwrap_or_default();
            }
            Command::Reset => self.reset()?,
            Command::Source { file } => return self.source(text, file),
            Command::Lesson { what } => self.on_lesson(text, statement, what)?,
            Command::Timeout { socket, after } => self.timeout(text, socket, *after)?,
            command => match self.request(text, command)? {
                Some(request) => self.call(request, statement.background)?,
                None => self.look(text, statement)?,
            },
        }
        Ok(Flow::On)
    }

    /// Waits until then, showing what happens.
    fn sleep(&mut self, until: Time) -> Result<(), Stop> {
        loop {
            match self.lab.wait(until, &never::<()>()) {
                Woken::Fact => self.catch_up()?,
                Woken::Interrupt => return Err(Stop::Interrupted),
                Woken::Deadline | Woken::Door => return Ok(()),
            }
        }
    }

    /// Shows what has happened without a command: late segments, jobs that return.
    fn catch_up(&mut self) -> Result<(), Stop> {
        self.follow_width();
        self.lab.settle(self.shown, None);
        self.show_new()?;
        self.show_troubles()
    }

    /// A terminal may have changed its width since.
    fn follow_width(&mut self) {
        if let Some(columns) = self.screen.columns() {
            self.settings.look.width = columns;
        }
    }

    fn reset(&mut self) -> Result<(), Stop> {
        self.lab.reset();
        self.forget();
        self.say("Everything is closed and forgotten.")
    }

    /// Begins anew, as the lab has.
    fn forget(&mut self) {
        self.shown = 0;
        self.mark = 0;
        self.counted = Counters::read().unwrap_or_default();
        self.typed = None;
        self.conns = 0;
        self.kernel_states.clear();
        self.told = Told::default();
        self.lesson_counts_anew();
    }
}
