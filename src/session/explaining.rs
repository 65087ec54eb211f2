//! Explanations: what the view can say of a call, given what only the lab knows.

use super::{Session, Stop};
use crate::kernel::Report;
use crate::sockets::PendingCall;
use crate::story::{CallMoment, Moment, ReturnMoment, What};
use crate::trace::{Address, CallId};
use crate::view::explain::{self, Last, Pending};

impl Session {
    /// What there is to learn from the calls that returned among these moments.
    pub(super) fn explanations(&mut self, from: u64) -> Vec<String> {
        let returns: Vec<ReturnMoment> = self
            .lab
            .story()
            .since(from)
            .filter_map(|moment| match &moment.what {
                What::Return(returned) => Some(returned.clone()),
                _ => None,
            })
            .collect();
        let mut lines = Vec::new();
        for returned in returns {
            let asked = match returned.call.function {
                "listen" => self
                    .lab
                    .story()
                    .socket(returned.call.socket)
                    .and_then(|socket| socket.local.clone()),
                _ => returned.peer.clone(),
            };
            let queue = self.accept_queue(returned.call.function, asked.as_ref());
            let story = self.lab.story();
            let moments: Vec<&Moment> = story.since(from).collect();
            lines.extend(explain::after(&returned, &moments, story, queue, &mut self.told));
        }
        let segments = self.lab.story().since(from).filter_map(|moment| match &moment.what {
            What::Segment(segment) => Some(&**segment),
            _ => None,
        });
        lines.extend(explain::misled(segments, &mut self.told));
        lines
    }

    /// Shows that a call has become a job, and what it waits for.
    pub(super) fn show_job(&mut self, number: u32, call: CallId) -> Result<(), Stop> {
        if self.screen.is_json() {
            return Ok(());
        }
        let Some(pending) = self.pending(call) else { return Ok(()) };
        let (call, queue) = self.facts_of(&pending);
        let Some(call) = call else { return Ok(()) };
        let words = explain::blocked(&view_of(&pending, &call, queue), self.lab.story());
        let text = explain::lines(&[format!("Job {number}: {words}")], self.settings.look);
        self.screen.write(&text)?;
        self.warn_of_standstill()
    }

    /// Says who waits for whom when nobody will ever speak.
    pub(super) fn warn_of_standstill(&mut self) -> Result<(), Stop> {
        if self.screen.is_json() || !self.settings.explain {
            return Ok(());
        }
        let waiting = self.lab.sockets().pending();
        let calls: Vec<(PendingCall, CallMoment)> =
            waiting.into_iter().filter_map(|p| Some((p.clone(), self.facts_of(&p).0?))).collect();
        let views: Vec<Pending> = calls.iter().map(|(p, call)| view_of(p, call, None)).collect();
        match explain::standstill(&views, self.lab.story()) {
            Some(words) => self.screen.write(&explain::lines(&[words], self.settings.look)),
            None => Ok(()),
        }
    }

    /// `why`: more about the last call's result; of a recording, how it came to where it stands.
    pub(super) fn why(&mut self) -> Result<(), Stop> {
        let look = self.settings.look;
        if self.lab.is_recorded() {
            let told = explain::why_recorded(self.lab.story(), look);
            return self.say(&explain::lines(&told, look));
        }
        let Some(typed) = self.typed else { return self.say("No call has been made yet.") };
        let lines = if let Some((_, returned)) = self.returned(typed.call) {
            explain::why(Last::Returned(returned), self.lab.story(), look)
        } else if let Some(pending) = self.pending(typed.call) {
            let (call, queue) = self.facts_of(&pending);
            let Some(call) = call else { return Ok(()) };
            explain::why(Last::Blocked(view_of(&pending, &call, queue)), self.lab.story(), look)
        } else {
            vec!["That call is no longer kept.".to_owned()]
        };
        let text = explain::lines(&lines, look);
        self.say(&text)
    }

    /// Why a call waits, in half a sentence.
    pub(super) fn waits_for(&mut self, pending: &PendingCall) -> String {
        let (call, queue) = self.facts_of(pending);
        call.map_or_else(String::new, |call| {
            explain::waits_for(&view_of(pending, &call, queue), self.lab.story())
        })
    }

    fn pending(&self, call: CallId) -> Option<PendingCall> {
        self.lab.sockets().pending().into_iter().find(|pending| pending.call == call)
    }

    /// The call as it was typed, and the queue that it stands before.
    fn facts_of(&mut self, pending: &PendingCall) -> (Option<CallMoment>, Option<(u32, u32)>) {
        let call = self.lab.story().moments().rev().find_map(|moment| match &moment.what {
            What::Call(call) if call.call == pending.call => Some(call.clone()),
            _ => None,
        });
        (call, self.accept_queue(pending.function, pending.target.as_ref()))
    }

    /// How many connections wait in the queue of the listener that a `connect` called, or that a
    /// `listen` has made, and how many may: a backlog of n holds n + 1 on Linux.
    fn accept_queue(&mut self, function: &str, at: Option<&Address>) -> Option<(u32, u32)> {
        let has_one = matches!(function, "connect" | "listen");
        let address = at.and_then(Address::ip).filter(|_| has_one)?;
        let report = self.lab.kernel()?.listener(address).ok()??;
        Some(queue_of(&report))
    }
}

/// How many wait to be accepted, and how many may.
pub(super) fn queue_of(listener: &Report) -> (u32, u32) {
    (listener.recv_queue, listener.send_queue.saturating_add(1))
}

fn view_of<'a>(
    pending: &PendingCall,
    call: &'a CallMoment,
    queue: Option<(u32, u32)>,
) -> Pending<'a> {
    let went = (pending.function.starts_with("send")).then_some((pending.moved, pending.asked));
    Pending { call, went, queue }
}
