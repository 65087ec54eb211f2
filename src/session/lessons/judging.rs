//! The open task, judged on the trace and on the kernel's states.

use crossbeam_channel::never;

use super::playing::{Open, Since};
use super::{Session, Stop};
use crate::judge::{Holds, Verdict};
use crate::kernel::Counters;
use crate::lab::Woken;
use crate::lesson::{Expected, filled};
use crate::session::expect::{Returns, is_about_packets};
use crate::trace::{Time, clock};

/// How often the open task is looked at while nothing happens: some things no segment tells.
const GLANCE: std::time::Duration = std::time::Duration::from_millis(300);

impl Session {
    /// A verdict on each of these now, counted from there; `None` for what can't be judged, as
    /// there is no capture.
    pub(super) fn verdicts(&mut self, expects: &[Expected], since: &Since) -> Vec<Option<Verdict>> {
        let blind = self.lessons.playing.as_ref().is_some_and(|playing| playing.blind);
        let counted = std::mem::replace(&mut self.counted, since.counted.clone());
        let verdicts = expects
            .iter()
            .map(|expected| {
                let skipped = blind && is_about_packets(&expected.what);
                (!skipped).then(|| self.verdict_now(&expected.what, Returns::Since(since.cursor)))
            })
            .collect();
        self.counted = counted;
        verdicts
    }

    /// Whether all of these are so now.
    pub(super) fn all_hold(&mut self, expects: &[Expected], since: &Since) -> bool {
        let verdicts = self.verdicts(expects, since);
        verdicts.iter().flatten().all(|verdict| verdict.holds == Holds::Yes)
    }

    /// Remembers how much of the open task is so from the start: that is no news.
    pub(super) fn note_what_holds(&mut self) {
        let Some((task, since)) = self.open_task() else { return };
        let verdicts = self.verdicts(&task.expects, &since);
        let held = verdicts.iter().flatten().filter(|v| v.holds == Holds::Yes).count();
        if let Some(at) = self.lessons.at_task() {
            at.held = held;
        }
    }

    /// The open task, and from when on it counts.
    pub(super) fn open_task(&self) -> Option<(crate::lesson::Task, Since)> {
        let playing = self.lessons.playing.as_ref()?;
        let Open::Task(at) = &playing.open else { return None };
        Some((playing.task()?.clone(), at.since.clone()))
    }

    /// Waits until the open task is done, as long as it may take; what happens meanwhile is shown.
    /// A script types on only then.
    pub(in crate::session) fn await_task(&mut self) -> Result<(), Stop> {
        match self.open_task() {
            Some((task, since)) => self.await_all(&task.expects, &since),
            None => Ok(()),
        }
    }

    /// Waits until all of these are so, or their time is up.
    pub(super) fn await_all(&mut self, expects: &[Expected], since: &Since) -> Result<(), Stop> {
        let longest = expects.iter().map(|expected| expected.within).max();
        let deadline = clock::now().after(longest.unwrap_or_default());
        while !self.all_hold(expects, since) && clock::now() < deadline {
            let look = deadline.min(clock::now().after(Session::ASK_AGAIN));
            match self.lab.wait(look, &never::<()>()) {
                Woken::Fact => self.catch_up()?,
                Woken::Interrupt => return Err(Stop::Interrupted),
                Woken::Deadline | Woken::Door => {}
            }
        }
        Ok(())
    }

    /// Says, once, that there is no capture, so that segments can't be judged.
    pub(super) fn say_if_blind(&mut self) -> Result<(), Stop> {
        let Some(why) = self.lab.capture_missing().map(str::to_owned) else { return Ok(()) };
        let Some(playing) = &mut self.lessons.playing else { return Ok(()) };
        if std::mem::replace(&mut playing.blind, true) {
            return Ok(());
        }
        let told = filled(&self.lessons.messages.no_capture, &[("why", why)]);
        self.tell_sentence(&told)
    }

    /// Everything was forgotten: what is open counts from the beginning of the new story.
    pub(in crate::session) fn lesson_counts_anew(&mut self) {
        let counted = self.counted.clone();
        let since = match self.lessons.playing.as_mut().map(|playing| &mut playing.open) {
            Some(Open::Task(at)) => &mut at.since,
            Some(Open::Question(at)) => &mut at.since,
            Some(Open::Nothing | Open::Enter) | None => return,
        };
        (since.cursor, since.counted) = (0, counted);
    }

    /// What is counted from now on.
    pub(super) fn since_now(&self) -> Since {
        Since {
            cursor: self.lab.story().cursor(),
            counted: Counters::read().unwrap_or_default(),
            time: clock::now(),
        }
    }

    /// When to look at the open task again though nothing has happened: timers end, queues empty.
    pub(in crate::session) fn next_glance(&self) -> Time {
        match self.lessons.playing.as_ref().map(|playing| &playing.open) {
            Some(Open::Task(_)) => clock::now().after(GLANCE),
            Some(Open::Nothing | Open::Question(_) | Open::Enter) | None => Time(u64::MAX),
        }
    }
}
