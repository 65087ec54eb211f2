//! The prompt: reads a line, has the session run it, reads the next. What happens in between
//! appears above the line that is being typed.

mod editor;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Sender, bounded, unbounded};

use crate::command::World;
use crate::session::{self, Flow, Request, Screen, Served, Session, Stop, script};
use editor::{Editor, Read};

/// Runs the prompt until the learner leaves. `rc` is run first.
pub fn run(mut session: Session, rc: Option<&Path>, quiet: bool) -> Result<Flow, Stop> {
    if let Some(rc) = rc
        && run_rc(&mut session, rc)? == Flow::Quit
    {
        return Ok(Flow::Quit);
    }
    let (ask, requests) = unbounded();
    let settings = *session.settings();
    let (mut editor, printer) = match Editor::open(&settings.look, Box::new(world(ask.clone()))) {
        Ok(opened) => opened,
        Err(error) => {
            session.report(&session::Place::default(), 1, &format!("no line editor: {error}"));
            return Err(Stop::Environment);
        }
    };
    if !quiet {
        session.say(BANNER)?;
    }
    session.show_on(Screen::prompt(printer));
    let serving = std::thread::spawn(move || session::serve(session, &requests));
    let result = read_lines(&mut editor, &ask);
    drop(ask);
    // The session closes its sockets and ends.
    let _ = serving.join();
    result
}

const BANNER: &str = "sockscope: type socket calls, see every segment. `help` lists them; Ctrl-D leaves.";

fn read_lines(editor: &mut Editor, ask: &Sender<Request>) -> Result<Flow, Stop> {
    let mut waiting = 0;
    loop {
        let prompt = match waiting {
            0 => "scope> ".to_owned(),
            1 => "scope (1 job)> ".to_owned(),
            n => format!("scope ({n} jobs)> "),
        };
        match editor.read(&prompt) {
            Read::Line(line) => {
                let Some(served) = run_line(ask, line) else { return Err(Stop::Closed) };
                if served.result == Ok(Flow::Quit) {
                    return Ok(Flow::Quit);
                }
                if served.result == Err(Stop::Closed) {
                    return Err(Stop::Closed);
                }
                waiting = served.waiting;
                editor.use_vi(served.vi);
            }
            Read::Interrupted => {}
            Read::End => return Ok(Flow::Quit),
        }
    }
}

fn run_line(ask: &Sender<Request>, line: String) -> Option<Served> {
    let (reply, answer) = bounded(1);
    ask.send(Request::Run { line, reply }).ok()?;
    answer.recv().ok()
}

/// What completion knows: asked of the session when Tab is pressed.
fn world(ask: Sender<Request>) -> impl Fn() -> World {
    move || {
        let (reply, answer) = bounded(1);
        if ask.send(Request::World { reply }).is_err() {
            return World::default();
        }
        answer.recv_timeout(Duration::from_millis(200)).unwrap_or_default()
    }
}

fn run_rc(session: &mut Session, rc: &Path) -> Result<Flow, Stop> {
    let Ok(file) = std::fs::File::open(rc) else { return Ok(Flow::On) };
    let name = rc.display().to_string();
    let result = script::run(session, &name, &mut std::io::BufReader::new(file), false);
    // A mistake in it has been shown; the prompt comes all the same.
    match result {
        Err(Stop::Closed) => Err(Stop::Closed),
        Ok(flow) => Ok(flow),
        Err(_) => Ok(Flow::On),
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
