//! What waits for a time: because a rule delays it, because another of its direction is to go
//! first, or because it is on its way.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::PacketId;
use super::parcel::{Direction, Parcel};
use crate::trace::Time;

/// How long a packet that no rule stops is on its way while there are rules. Loopback's own round
/// trip is some microseconds, and RACK (RFC 8985) tells loss from reordering by a quarter of that:
/// what is sent again would depend on how busy the machine is, and the same seed would not lose the
/// same segments.
const TRANSIT: Duration = Duration::from_micros(500);
/// A packet that waits for the next of its direction waits no longer than this: less than the
/// shortest time after which TCP sends again.
pub(super) const OVERTAKEN: Duration = Duration::from_millis(150);

/// What waits for a time.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// What waits until a time.
    timed: BTreeMap<(Time, u64), Parcel>,
    /// What waits until another of its direction has gone, or a time.
    overtaken: Vec<(Time, Parcel)>,
    /// What is on its way.
    transit: VecDeque<(Time, Parcel)>,
    counter: u64,
}

/// A packet whose time has come.
#[derive(Debug)]
pub(super) enum Due {
    /// It was on its way.
    Transit(Parcel),
    /// It was delayed.
    Timed(Parcel),
    /// Nothing has overtaken it: it is only late.
    Late(Parcel),
}

impl Waiting {
    /// It waits until that time.
    pub fn until(&mut self, due: Time, parcel: Parcel) {
        self.counter += 1;
        self.timed.insert((due, self.counter), parcel);
    }

    /// It waits until another of its direction has gone, but not for ever.
    pub fn until_overtaken(&mut self, now: Time, parcel: Parcel) {
        self.overtaken.push((now.after(OVERTAKEN), parcel));
    }

    /// It is on its way.
    pub fn on_its_way(&mut self, now: Time, parcel: Parcel) {
        self.transit.push_back((now.after(TRANSIT), parcel));
    }

    /// Whether any was made to wait.
    pub fn has_stopped(&self) -> bool {
        !self.timed.is_empty() || !self.overtaken.is_empty()
    }

    /// Whether any is on its way.
    pub fn is_in_transit(&self) -> bool {
        !self.transit.is_empty()
    }

    /// When something is due.
    pub fn next_deadline(&self) -> Option<Time> {
        let timed = self.timed.first_key_value().map(|((due, _), _)| *due);
        let transit = self.transit.front().map(|(due, _)| *due);
        self.overtaken.iter().map(|(due, _)| *due).chain(timed).chain(transit).min()
    }

    /// The next that is due, which waits no longer.
    pub fn due(&mut self, now: Time) -> Option<Due> {
        if let Some((_, parcel)) = self.transit.pop_front_if(|(due, _)| *due <= now) {
            return Some(Due::Transit(parcel));
        }
        if let Some(entry) = self.timed.first_entry().filter(|entry| entry.key().0 <= now) {
            return Some(Due::Timed(entry.remove()));
        }
        let place = self.overtaken.iter().position(|(due, _)| *due <= now)?;
        Some(Due::Late(self.overtaken.remove(place).1))
    }

    /// Those that one of that direction has overtaken, which wait no longer.
    pub fn overtaken_in(&mut self, direction: Option<Direction>) -> Vec<Parcel> {
        if direction.is_none() || self.overtaken.is_empty() {
            return Vec::new();
        }
        let (follow, wait): (Vec<_>, Vec<_>) =
            self.overtaken.drain(..).partition(|(_, parcel)| parcel.direction() == direction);
        self.overtaken = wait;
        follow.into_iter().map(|(_, parcel)| parcel).collect()
    }

    /// Those that were made to wait no longer do.
    pub fn take_stopped(&mut self) -> Vec<Parcel> {
        let timed = std::mem::take(&mut self.timed).into_values();
        timed.chain(self.overtaken.drain(..).map(|(_, parcel)| parcel)).collect()
    }

    /// Those that are on their way no longer are.
    pub fn take_transit(&mut self) -> Vec<Parcel> {
        self.transit.drain(..).map(|(_, parcel)| parcel).collect()
    }

    /// The kernel has thrown it away.
    pub fn forget(&mut self, id: PacketId) {
        self.timed.retain(|_, parcel| parcel.id != id);
        self.overtaken.retain(|(_, parcel)| parcel.id != id);
        self.transit.retain(|(_, parcel)| parcel.id != id);
    }
}
