//! Socket calls: made, waited for, parked as jobs.

use std::time::Duration;

use crossbeam_channel::never;

use super::{Session, Stop, Typed};
use crate::command::{Name, Statement};
use crate::lab::{Job, Woken};
use crate::sockets::Request;
use crate::trace::{CallId, SocketId, clock};

impl Session {
    /// Makes a call, waits a little for its return, and shows what it caused.
    pub(super) fn call(&mut self, request: Request, background: bool) -> Result<(), Stop> {
        self.leave_recording()?;
        let since = self.lab.story().cursor();
        let socket = request.socket();
        let (call, _) = self.lab.call(request);
        self.typed = Some(Typed { call, since });
        let mut interrupted = false;
        if !background {
            // What waits on the wire won't come by waiting.
            let stepping = self.lab.is_stepping();
            let patience = if stepping { Duration::ZERO } else { Self::PATIENCE };
            let patience = clock::now().after(patience);
            interrupted = self.await_return(call, patience, since, socket);
            if interrupted {
                self.screen.end_echo()?;
            }
        }
        let parked = (background || self.lab.is_pending(call)).then(|| self.lab.park(call));
        if background {
            self.lab.settle_at_once(since, socket);
        } else {
            self.lab.settle(since, socket);
        }
        self.show_new()?;
        self.show_troubles()?;
        if let Some(socket) = socket
            && self.lab.capture_missing().is_some()
        {
            self.tell_kernel_state(socket)?;
        }
        if let Some(number) = parked {
            self.show_job(number, call)?;
        }
        if interrupted { Err(Stop::Interrupted) } else { Ok(()) }
    }

    /// `timeout NAME 2s|off`: what SO_RCVTIMEO and SO_SNDTIMEO do.
    pub(super) fn timeout(
        &mut self,
        text: &str,
        name: &Name,
        after: Option<Duration>,
    ) -> Result<(), Stop> {
        let socket = self.socket(text, name)?;
        let value = format!("{}us", after.unwrap_or_default().as_micros());
        for option in ["SO_RCVTIMEO", "SO_SNDTIMEO"] {
            let (option, value) = (option.to_owned(), value.clone());
            self.call(Request::SetSockOpt { socket, option, value }, false)?;
        }
        Ok(())
    }

    /// Waits for the call's return; Ctrl-C makes it return with `EINTR`. Whether that happened.
    fn await_return(
        &mut self,
        call: CallId,
        until: crate::trace::Time,
        since: u64,
        socket: Option<SocketId>,
    ) -> bool {
        while self.lab.is_pending(call) {
            match self.lab.wait(until, &never::<()>()) {
                Woken::Fact => {}
                Woken::Interrupt => {
                    self.lab.interrupt(call);
                    self.lab.settle(since, socket);
                    return true;
                }
                Woken::Deadline | Woken::Door => break,
            }
        }
        false
    }

    /// `wait [JOB] [TIME]`: until the job, or every job, has returned. Ctrl-C makes the call that
    /// is waited for return with `EINTR`.
    pub(super) fn wait_for_job(
        &mut self,
        text: &str,
        statement: &Statement,
        number: Option<u32>,
        timeout: Option<Duration>,
    ) -> Result<(), Stop> {
        let jobs: Vec<Job> = match number {
            Some(number) => match self.lab.jobs().get(number) {
                Some(job) => vec![job],
                None => return self.no_such_job(text, statement, number),
            },
            None => self.lab.jobs().waiting().collect(),
        };
        if jobs.is_empty() {
            return self.explain("No call waits.");
        }
        let now = clock::now();
        let until = timeout.map_or(crate::trace::Time(u64::MAX), |timeout| now.after(timeout));
        if let Some(job) = jobs.last() {
            let since = self.lab.story().cursor();
            self.typed = Some(Typed { call: job.call, since });
        }
        for job in &jobs {
            while self.lab.is_pending(job.call) {
                if timeout.is_none() {
                    self.warn_of_standstill()?;
                }
                match self.lab.wait(until, &never::<()>()) {
                    Woken::Fact => self.catch_up()?,
                    Woken::Interrupt => {
                        if self.lab.interrupt(job.call) {
                            self.screen.end_echo()?;
                            self.catch_up()?;
                        }
                        return Err(Stop::Interrupted);
                    }
                    Woken::Deadline | Woken::Door => {
                        let still = format!("Job {} still waits.", job.number);
                        self.fail(text, &statement.span, &still)?;
                        return Err(Stop::Failed);
                    }
                }
            }
            self.show_return_again(job.call)?;
        }
        Ok(())
    }

    /// `interrupt JOB`: its call returns with `EINTR`.
    pub(super) fn interrupt_job(
        &mut self,
        text: &str,
        statement: &Statement,
        number: u32,
    ) -> Result<(), Stop> {
        let Some(job) = self.lab.jobs().get(number) else {
            return self.no_such_job(text, statement, number);
        };
        if self.lab.interrupt(job.call) {
            let since = self.shown;
            self.typed = Some(Typed { call: job.call, since });
            self.lab.settle(since, None);
            self.show_new()
        } else {
            self.say(&format!("Job {number} has returned already."))
        }
    }

    fn no_such_job(&mut self, text: &str, statement: &Statement, number: u32) -> Result<(), Stop> {
        let known: Vec<String> = self.lab.jobs().waiting().map(|j| j.number.to_string()).collect();
        let next = if known.is_empty() {
            "no job waits".to_owned()
        } else {
            format!("waiting: {}", known.join(", "))
        };
        self.fail(text, &statement.span, &format!("there is no job {number}; {next}"))?;
        Err(Stop::Failed)
    }
}
