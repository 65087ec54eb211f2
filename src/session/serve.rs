//! The session at a prompt: it has a thread of its own, so that what happens while the learner
//! types is shown when it happens.

use crossbeam_channel::{Receiver, Sender};

use super::{Flow, Place, Session, Settings, Stop, Whereabouts};
use crate::command::World;
use crate::lab::Woken;
use crate::lesson::Report;
use crate::wire::Wire;

/// What the prompt asks of the session.
pub enum Request {
    /// Run this line.
    Run {
        /// What was typed.
        line: String,
        /// Where the answer goes.
        reply: Sender<Served>,
    },
    /// What completion and hints need to know.
    World {
        /// Where the answer goes.
        reply: Sender<World>,
    },
}

/// A line has run.
#[derive(Debug, Clone)]
pub struct Served {
    /// How it went.
    pub result: Result<Flow, Stop>,
    /// How many jobs wait: the prompt shows it.
    pub waiting: usize,
    /// How many packets wait on the wire for the learner.
    pub held: usize,
    /// What the learner has set.
    pub settings: Settings,
    /// Where the learner is in a lesson, if one runs.
    pub whereabouts: Option<Whereabouts>,
    /// What is to stand on the next line, to be changed or entered.
    pub on_line: Option<String>,
}

/// Serves requests until the prompt is gone, and shows what happens in between. Gives the report
/// of the lesson that ran last.
pub fn serve(mut session: Session, requests: &Receiver<Request>) -> Option<Report> {
    serve_all(&mut session, requests);
    session.tidy_up();
    session.lesson_report().cloned()
}

fn serve_all(session: &mut Session, requests: &Receiver<Request>) {
    loop {
        match session.lab.wait(session.next_glance(), requests) {
            Woken::Fact => {
                if session.catch_up().is_err() || looks(session).is_err() {
                    return;
                }
            }
            Woken::Deadline => {
                if looks(session).is_err() {
                    return;
                }
            }
            Woken::Interrupt => {}
            Woken::Door => match requests.try_recv() {
                Ok(Request::Run { line, reply }) => {
                    session.remember(&line);
                    let result = session.run(&Place::default(), &line);
                    let _ = reply.send(Served {
                        result,
                        waiting: session.lab.jobs().waiting().count(),
                        held: session.lab.wire().map_or(0, Wire::held_len),
                        settings: session.settings,
                        whereabouts: session.whereabouts(),
                        on_line: session.take_line(),
                    });
                    if matches!(result, Ok(Flow::Quit) | Err(Stop::Closed | Stop::Unwritable)) {
                        return;
                    }
                }
                Ok(Request::World { reply }) => {
                    let _ = reply.send(session.world());
                }
                Err(crossbeam_channel::TryRecvError::Empty) => {}
                Err(crossbeam_channel::TryRecvError::Disconnected) => return,
            },
        }
    }
}

/// A lesson's task may be done by what has happened without a line. Ctrl-C only ends what the
/// lesson was about to do.
fn looks(session: &mut Session) -> Result<(), Stop> {
    match session.lesson_looks() {
        Err(stop @ (Stop::Closed | Stop::Unwritable)) => Err(stop),
        Ok(_) | Err(Stop::Failed | Stop::Syntax | Stop::Environment | Stop::Interrupted) => Ok(()),
    }
}

impl Session {
    /// What `history` lists: as the editor's own, without lines that start with a space.
    fn remember(&mut self, line: &str) {
        let is_secret = line.starts_with(char::is_whitespace);
        if !line.is_empty() && !is_secret && self.history.last().is_none_or(|last| last != line) {
            self.history.push(line.to_owned());
        }
    }
}
