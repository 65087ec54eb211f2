//! Calls that wait.

use super::{Entry, Group, Makes, maybe, one};
use crate::command::Command;
use crate::command::argument::Kind;

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "jobs",
        group: Group::Jobs,
        makes: Makes::Nothing,
        arguments: &[],
        help: "the calls that still wait, and what for",
        more: "A call that has not returned after 300 ms becomes a job, and the prompt comes back. \
               A trailing & makes it one at once. Jobs are numbered from 1.",
        example: "jobs",
        manual: None,
        rfc: None,
        build: |_| Some(Command::Jobs),
    },
    Entry {
        name: "wait",
        group: Group::Jobs,
        makes: Makes::Nothing,
        arguments: &[maybe("JOB", Kind::Job), maybe("2s", Kind::Duration)],
        help: "wait until a job, or every job, has returned",
        more: "With a time, at most so long. Ctrl-C ends the wait.",
        example: "wait 1 2s",
        manual: None,
        rfc: None,
        build: |v| Some(Command::Wait { job: v.take()?, timeout: v.take()? }),
    },
    Entry {
        name: "interrupt",
        group: Group::Jobs,
        makes: Makes::Nothing,
        arguments: &[one("JOB", Kind::Job)],
        help: "make a waiting call return EINTR",
        more: "As a signal does to a program that waits in a call.",
        example: "interrupt 1",
        manual: Some("signal(7)"),
        rfc: None,
        build: |v| Some(Command::Interrupt { job: v.take()? }),
    },
];
