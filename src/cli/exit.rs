//! Exit statuses, as CONTRACT has them.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: all well.
    Success,
    /// 1: a command or an expectation failed.
    Failure,
    /// 2: usage or syntax.
    Usage,
    /// 3: the environment: no permission, no capture, no file.
    Environment,
    /// 130: interrupted.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Environment => 3,
            Exit::Interrupted => 130,
        })
    }
}

impl From<crate::session::Stop> for Exit {
    fn from(stop: crate::session::Stop) -> Exit {
        use crate::session::Stop;
        match stop {
            Stop::Failed => Exit::Failure,
            Stop::Syntax => Exit::Usage,
            Stop::Environment | Stop::Unwritable => Exit::Environment,
            Stop::Interrupted => Exit::Interrupted,
            // Nobody is left to tell.
            Stop::Closed => Exit::Success,
        }
    }
}
