//! Arguments, scripts, exit codes, doctor, demo.

mod arguments;
mod check;
mod demo;
pub mod doctor;
mod exit;
mod lesson;
mod look;
mod read;
mod signals;

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::lab::Lab;
use crate::network::{self, Choice, Network};
use crate::repl::{self, Beginning};
use crate::session::{Flow, Format, Screen, Session, Settings, Stop, near_file, script};
use crate::sockets::Reserve;
use crate::view::sanitize::escape;
use arguments::{Arguments, NetworkChoice, Sub};
use exit::Exit;

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::typed();
    let exit = match &arguments.subcommand {
        Some(Sub::Completions { shell }) => print(|out| {
            clap_complete::generate(*shell, &mut Arguments::command(), "sockscope", out);
            Ok(())
        }),
        Some(Sub::Man) => print(|out| clap_mangen::Man::new(Arguments::command()).render(out)),
        Some(Sub::Doctor) => doctor(&arguments),
        Some(Sub::Demo { fast }) => demo(&arguments, *fast),
        Some(Sub::Lesson { name, step, report, grade }) => {
            let wish = lesson::Wish { name, step: *step, report, grade: *grade };
            lesson::take(&arguments, &wish)
        }
        Some(Sub::Lessons) => lesson::list(&arguments),
        Some(Sub::Check { files, complete, rehearse }) => match rehearse {
            Some(pace) => check::rehearse(&arguments, files, *pace),
            None => check::check(&arguments, files, *complete),
        },
        Some(Sub::Read(wish)) => read::read(&arguments, wish),
        None => work(&arguments),
    };
    exit.into()
}

/// The prompt, or scripts.
fn work(arguments: &Arguments) -> Exit {
    let is_prompt = arguments.file.is_none()
        && arguments.commands.is_empty()
        && io::stdin().is_terminal()
        && io::stdout().is_terminal();
    let mut session = match open(arguments, true) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    match lesson::language(arguments.lang.as_deref()) {
        Ok(language) => session.attend(lesson::of_user(language)),
        Err(exit) => return exit,
    }
    if is_prompt {
        return prompt(session, arguments);
    }
    let result = run_scripts(&mut session, arguments);
    let is_well = matches!(result, Ok(Flow::On));
    if arguments.interactive && is_well && io::stdin().is_terminal() && io::stdout().is_terminal() {
        return prompt(session, arguments);
    }
    match result {
        Ok(_) => Exit::Success,
        Err(exit) => exit,
    }
}

fn prompt(session: Session, arguments: &Arguments) -> Exit {
    let rc = (!arguments.no_rc).then(repl::rc_file).flatten();
    let beginning = Beginning { rc: rc.as_deref(), quiet: arguments.quiet, line: None };
    match repl::run(session, &beginning).result {
        Ok(_) => Exit::Success,
        Err(stop) => stop.into(),
    }
}

fn run_scripts(session: &mut Session, arguments: &Arguments) -> Result<Flow, Exit> {
    let keep_going = arguments.keep_going;
    if !arguments.commands.is_empty() {
        let mut source = io::Cursor::new(arguments.commands.join("\n"));
        return script::run(session, "-c", &mut source, keep_going).map_err(Exit::from);
    }
    match arguments.file.as_deref() {
        None => run_stdin(session, keep_going),
        Some(file) if file == Path::new("-") => run_stdin(session, keep_going),
        Some(file) => {
            let name = file.display().to_string();
            match script::open(file) {
                Ok(mut opened) => {
                    script::run(session, &name, &mut opened, keep_going).map_err(Exit::from)
                }
                Err(error) => {
                    let near = match arguments::subcommand_meant_by(file) {
                        Some(command) => format!("; did you mean `{command}`?"),
                        None => near_file(file),
                    };
                    let [name, near] = [name, near].map(|text| escape(text.as_bytes(), false));
                    complain(&format!("sockscope: can't read {name}: {error}{near}"));
                    Err(Exit::Usage)
                }
            }
        }
    }
}

fn run_stdin(session: &mut Session, keep_going: bool) -> Result<Flow, Exit> {
    let stdin = || Box::new(io::stdin().lock()) as Box<dyn BufRead>;
    script::run_live(session, "-", stdin, keep_going).map_err(Exit::from)
}

/// Enters the network, before any thread, and opens the lab in it.
fn open(arguments: &Arguments, explain: bool) -> Result<Session, Exit> {
    let format = if arguments.json { Format::Json } else { Format::Human };
    open_on(arguments, Screen::standard(format), explain)
}

/// The same, shown on that screen.
fn open_on(arguments: &Arguments, screen: Screen, explain: bool) -> Result<Session, Exit> {
    let reserve = Reserve::take();
    let network = enter(arguments);
    let look = look::of_terminal(&arguments.screen);
    let mut lab = Lab::open(network, reserve).map_err(|error| {
        complain(&format!("sockscope: can't open the lab: {error}"));
        Exit::Environment
    })?;
    lab.heed(signals::interrupts());
    let settings = Settings { look, explain, vi: false };
    Ok(Session::new(lab, screen, settings))
}

fn enter(arguments: &Arguments) -> Network {
    let choice = match arguments.network {
        NetworkChoice::Private => Choice::Private,
        NetworkChoice::Host => Choice::Host,
    };
    let network = network::enter(choice);
    for notice in network.notices() {
        complain(&notice);
    }
    network
}

fn doctor(arguments: &Arguments) -> Exit {
    let look = look::of_terminal(&arguments.screen);
    let report = doctor::report();
    let shown = print(|out| out.write_all(doctor::render(&report, &look).as_bytes()));
    if shown == Exit::Success && !doctor::is_well(&report) { Exit::Environment } else { shown }
}

fn demo(arguments: &Arguments, fast: bool) -> Exit {
    // The story has its own line for each step.
    match open(arguments, false) {
        Ok(mut session) => match demo::play(&mut session, fast) {
            Ok(()) | Err(Stop::Closed) => Exit::Success,
            Err(stop) => stop.into(),
        },
        Err(exit) => exit,
    }
}

/// Writes to standard output; a closed one ends quietly.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Exit {
    let mut bytes = Vec::new();
    outcome(write(&mut bytes).and_then(|()| {
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    }))
}

/// How writing to standard output ended; a closed one ends quietly.
fn outcome(written: io::Result<()>) -> Exit {
    match written {
        Ok(()) => Exit::Success,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
        Err(error) => {
            complain(&format!("sockscope: can't write: {error}"));
            Exit::Environment
        }
    }
}

/// Says something on standard error.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
