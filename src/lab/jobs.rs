//! Jobs: calls that have not returned while the learner goes on.

use crate::trace::CallId;

/// One call that was started with `&`, or parked because it blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Counted from 1 in the order in which they were started or parked.
    pub number: u32,
    /// Its call.
    pub call: CallId,
    /// Whether the call has returned.
    pub done: bool,
}

/// Every job of the session.
#[derive(Debug, Default)]
pub struct Jobs {
    jobs: Vec<Job>,
}

impl Jobs {
    /// How many finished jobs are remembered, for a late `wait`.
    const KEPT: usize = 1000;

    /// Gives the call a number.
    pub(super) fn add(&mut self, call: CallId, done: bool) -> u32 {
        let number = self.jobs.last().map_or(1, |job| job.number + 1);
        self.jobs.push(Job { number, call, done });
        if self.jobs.len() > Self::KEPT
            && let Some(oldest) = self.jobs.iter().position(|job| job.done)
        {
            self.jobs.remove(oldest);
        }
        number
    }

    /// Notes that the call has returned.
    pub(super) fn finish(&mut self, call: CallId) {
        for job in self.jobs.iter_mut().filter(|job| job.call == call) {
            job.done = true;
        }
    }

    /// The job of that number.
    pub fn get(&self, number: u32) -> Option<Job> {
        self.jobs.iter().copied().find(|job| job.number == number)
    }

    /// The job of that call.
    pub fn of(&self, call: CallId) -> Option<Job> {
        self.jobs.iter().copied().find(|job| job.call == call)
    }

    /// Those that still wait, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = Job> + '_ {
        self.jobs.iter().copied().filter(|job| !job.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_numbered_from_one_and_never_again() {
        let mut jobs = Jobs::default();
        assert_eq!(jobs.add(CallId(10), false), 1);
        assert_eq!(jobs.add(CallId(11), false), 2);
        jobs.finish(CallId(10));
        assert_eq!(jobs.waiting().map(|job| job.number).collect::<Vec<_>>(), [2]);
        assert_eq!(jobs.add(CallId(12), true), 3);
        assert!(jobs.get(1).is_some_and(|job| job.done));
    }
}
