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
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded, unbounded};

use crate::command::World;
use crate::session::{self, Flow, Keys, Request, Screen, Served, Session, Stop, script};
use editor::{Editor, Read};

/// How often a terminal whose line is being run is looked at: is it still there?
const WATCH: Duration = Duration::from_millis(500);

const BANNER: &str = "sockscope: type socket calls, see every segment. `help` lists them.";

/// Runs the prompt until the learner leaves. `rc` is run first.
pub fn run(mut session: Session, rc: Option<&Path>, quiet: bool) -> Result<Flow, Stop> {
    if let Some(rc) = rc
        && run_rc(&mut session, rc)? == Flow::Quit
    {
        return Ok(Flow::Quit);
    }
    let (ask, requests) = unbounded();
    if !quiet {
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
    let result = read_lines(&mut editor, &ask);
    // Without anyone to ask it, the session closes its sockets and ends.
    drop((editor, ask));
    if let Err(panic) = serving.join() {
        std::panic::resume_unwind(panic);
    }
    result
}

fn read_lines(editor: &mut Editor, ask: &Sender<Request>) -> Result<Flow, Stop> {
    let (mut waiting, mut held) = (0, 0);
    loop {
        let prompt = prompt(waiting, held);
        let line = match editor.read(&prompt) {
            Ok(Read::Line(line)) if line.is_empty() => continue,
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
        (waiting, held) = (served.waiting, served.held);
        editor.use_vi(served.settings.vi);
        editor.set_look(served.settings.look);
    }
}

/// `scope (1 job, 2 held)> `: how many calls wait, and how many packets on the wire.
fn prompt(waiting: usize, held: usize) -> String {
    let jobs = match waiting {
        0 => None,
        1 => Some("1 job".to_owned()),
        n => Some(format!("{n} jobs")),
    };
    let held = (held > 0).then(|| format!("{held} held"));
    let words: Vec<String> = jobs.into_iter().chain(held).collect();
    if words.is_empty() { "scope> ".to_owned() } else { format!("scope ({})> ", words.join(", ")) }
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
