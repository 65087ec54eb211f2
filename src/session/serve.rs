//! The session at a prompt: it has a thread of its own, so that what happens while the learner
//! types is shown when it happens.

use crossbeam_channel::{Receiver, Sender};

use super::{Flow, Place, Session, Stop};
use crate::command::World;
use crate::lab::Woken;
use crate::trace::Time;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// How it went.
    pub result: Result<Flow, Stop>,
    /// How many jobs wait: the prompt shows it.
    pub waiting: usize,
    /// The editing mode that the learner has set.
    pub vi: bool,
}

/// Serves requests until the prompt is gone, and shows what happens in between.
pub fn serve(mut session: Session, requests: &Receiver<Request>) {
    loop {
        match session.lab.wait(Time(u64::MAX), requests) {
            Woken::Fact => {
                if session.catch_up() == Err(Stop::Closed) {
                    return;
                }
            }
            Woken::Interrupt | Woken::Deadline => {}
            Woken::Door => match requests.try_recv() {
                Ok(Request::Run { line, reply }) => {
                    session.history.push(line.clone());
                    let result = session.run(&Place::default(), &line);
                    let waiting = session.lab.jobs().waiting().count();
                    let _ = reply.send(Served { result, waiting, vi: session.settings.vi });
                    if result == Ok(Flow::Quit) || result == Err(Stop::Closed) {
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
