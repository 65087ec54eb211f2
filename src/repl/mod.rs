//! The prompt: reads a line, has the session run it, reads the next. What happens in between
//! appears above the line that is being typed.
//!
//! Two threads: this one owns the terminal's keys and the line, another owns the session. While
//! this one waits for an answer, no line is read and the session writes to the terminal itself.

mod editor;
mod helper;
mod history;
mod keys;
mod printer;
mod raw;
mod terminal;

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded, unbounded};

use crate::command::World;
use crate::lesson::Report;
use crate::session::{
    self, Flow, Keys, Request, Screen, Served, Session, Stop, Whereabouts, script,
};
use editor::{Editor, Read};

/// How often a terminal whose line is being run is looked at: is it still there?
const WATCH: Duration = Duration::from_millis(500);

const BANNER: &str =
    "sockscope: type socket calls, see every segment. `lesson` teaches, `help` lists.";

/// How a prompt is to begin.
#[derive(Debug, Default)]
pub struct Beginning<'a> {
    /// The file that is run first.
    pub rc: Option<&'a Path>,
    /// Whether the banner stays away.
    pub quiet: bool,
    /// A line that is run before the first one is read.
    pub line: Option<String>,
}

/// How a prompt has ended.
#[derive(Debug)]
pub struct Ended {
    /// How the last line went.
    pub result: Result<Flow, Stop>,
    /// How the lesson went that ran last.
    pub lesson: Option<Report>,
}

/// Runs the prompt until the learner leaves.
pub fn run(session: Session, beginning: &Beginning) -> Ended {
    let mut lesson = None;
    let result = run_until_left(session, beginning, &mut lesson);
    Ended { result, lesson }
}

fn run_until_left(
    mut session: Session,
    beginning: &Beginning,
    lesson: &mut Option<Report>,
) -> Result<Flow, Stop> {
    if let Some(rc) = beginning.rc
        && run_rc(&mut session, rc)? == Flow::Quit
    {
        return Ok(Flow::Quit);
    }
    let (ask, requests) = unbounded();
    if !beginning.quiet {
        session.say(&textwrap::fill(BANNER, session.settings().look.width))?;
    }
    let look = session.settings().look;
    let (mut editor, printer) = match Editor::open(&look, Box::new(world(ask.clone()))) {
        Ok(opened) => opened,
        Err(error) => {
            let message = format!("the terminal can't be used for typing: {error}");
            session.report(&session::Place::default(), 1, &message);
            return Err(Stop::Environment);
        }
    };
    terminal::restore_when_told_to_end();
    editor.use_vi(session.settings().vi);
    // A dumb terminal can't move its cursor: nothing can be drawn over.
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let keys: Option<Keys> = if is_dumb { None } else { Some(Box::new(keys::listen)) };
    session.show_on(Screen::prompt(move |text| printer.print(text), keys));
    let serving = std::thread::spawn(move || session::serve(session, &requests));
    let result = read_lines(&mut editor, &ask, beginning.line.clone());
    // Without anyone to ask it, the session closes its sockets and ends.
    drop((editor, ask));
    match serving.join() {
        Ok(report) => *lesson = report,
        Err(panic) => std::panic::resume_unwind(panic),
    }
    result
}

fn read_lines(
    editor: &mut Editor,
    ask: &Sender<Request>,
    mut first: Option<String>,
) -> Result<Flow, Stop> {
    let mut prompt = Prompt::default();
    let mut on_line: Option<String> = None;
    loop {
        let read = match first.take() {
            Some(line) => Ok(Read::Line(line)),
            None => editor.read(&prompt.to_string(), &on_line.take().unwrap_or_default()),
        };
        let line = match read {
            // At the end of a lesson's step Enter goes on.
            Ok(Read::Line(line)) if line.is_empty() && !prompt.takes_enter() => continue,
            Ok(Read::Line(line)) => line,
            Ok(Read::Interrupted) => continue,
            Ok(Read::End) => return Ok(Flow::Quit),
            // The terminal is gone.
            Err(_) => return Err(Stop::Closed),
        };
        let served = run_line(ask, line).ok_or(Stop::Closed)?;
        match served.result {
            Ok(Flow::Quit) => return Ok(Flow::Quit),
            Err(stop @ (Stop::Closed | Stop::Unwritable)) => return Err(stop),
            Err(Stop::Interrupted) => editor.drop_paste(),
            // The learner has been told.
            Ok(Flow::On) | Err(Stop::Failed | Stop::Syntax | Stop::Environment) => {}
        }
        prompt =
            Prompt { jobs: served.waiting, held: served.held, whereabouts: served.whereabouts };
        on_line = served.on_line;
        editor.use_vi(served.settings.vi);
        editor.set_look(served.settings.look);
    }
}

/// `scope telephone 2/6 (1 job, 2 held)> `: where the learner is in a lesson, how many calls wait,
/// and how many packets on the wire.
#[derive(Debug, Default)]
struct Prompt {
    jobs: usize,
    held: usize,
    whereabouts: Option<Whereabouts>,
}

impl Prompt {
    /// Whether Enter alone means something.
    fn takes_enter(&self) -> bool {
        self.whereabouts.as_ref().is_some_and(|whereabouts| whereabouts.pauses)
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("scope")?;
        if let Some(Whereabouts { lesson, step, steps, .. }) = &self.whereabouts {
            write!(f, " {lesson} {step}/{steps}")?;
        }
        let jobs = match self.jobs {
            0 => None,
            1 => Some("1 job".to_owned()),
            n => Some(format!("{n} jobs")),
        };
        let held = (self.held > 0).then(|| format!("{} held", self.held));
        let words: Vec<String> = jobs.into_iter().chain(held).collect();
        if !words.is_empty() {
            write!(f, " ({})", words.join(", "))?;
        }
        f.write_str("> ")
    }
}

fn run_line(ask: &Sender<Request>, line: String) -> Option<Served> {
    let (reply, answer) = bounded(1);
    ask.send(Request::Run { line, reply }).ok()?;
    loop {
        match answer.recv_timeout(WATCH) {
            Ok(served) => return Some(served),
            Err(RecvTimeoutError::Timeout) => terminal::end_if_gone(),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// What completion, hints and colours go by: asked of the session at each key. A session that is
/// busy does not keep the learner from typing; then it is what it was.
fn world(ask: Sender<Request>) -> impl Fn() -> World {
    const PATIENCE: Duration = Duration::from_millis(20);
    let last = RefCell::new(World::default());
    move || {
        let (reply, answer) = bounded(1);
        if ask.send(Request::World { reply }).is_ok()
            && let Ok(world) = answer.recv_timeout(PATIENCE)
        {
            last.replace(world);
        }
        last.borrow().clone()
    }
}

fn run_rc(session: &mut Session, rc: &Path) -> Result<Flow, Stop> {
    let name = rc.display().to_string();
    let mut file = match script::open(rc) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Flow::On),
        Err(error) => {
            let place = session::Place { source: Some(name.into()), line: 1 };
            session.report(&place, 1, &format!("can't read it: {error}"));
            return Ok(Flow::On);
        }
    };
    // A mistake in it has been shown; the prompt comes all the same.
    match script::run(session, &name, &mut file, false) {
        Err(stop @ (Stop::Closed | Stop::Unwritable)) => Err(stop),
        Ok(flow) => Ok(flow),
        Err(Stop::Failed | Stop::Syntax | Stop::Environment | Stop::Interrupted) => Ok(Flow::On),
    }
}

/// `$XDG_CONFIG_HOME/sockscope/rc`, or `~/.config/sockscope/rc`.
pub fn rc_file() -> Option<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?;
    Some(config.join("sockscope").join("rc"))
}
