//! What a delivery provokes. A segment that an end sends because one has just come to it (a fast
//! retransmission, the SYN,ACK of a simultaneous open) is news to the learner. One that it sends
//! because a timer ran out while the learner thought isn't. A fence tells them apart: what was
//! provoked comes before the first fence that was asked for after the delivery.

use std::collections::HashMap;

use super::parcel::Direction;

/// Most directions with a delivery that no fence has followed.
const MOST: usize = 4096;

/// The deliveries that no fence has followed.
#[derive(Debug, Default)]
pub(super) struct Provocations {
    /// The last fence that was asked for.
    asked: u64,
    /// The last that had been asked for when something was last delivered there.
    delivered: HashMap<Direction, u64>,
}

impl Provocations {
    /// A fence was asked for.
    pub fn asked(&mut self, fence: u64) {
        self.asked = self.asked.max(fence);
    }

    /// A fence has come.
    pub fn fenced(&mut self, fence: u64) {
        self.delivered.retain(|_, asked| *asked >= fence);
    }

    /// Something was delivered.
    pub fn delivered(&mut self, direction: Direction) {
        if self.delivered.len() < MOST || self.delivered.contains_key(&direction) {
            self.delivered.insert(direction, self.asked);
        }
    }

    /// Whether something that is sent in this direction may answer what was just delivered.
    pub fn may_answer(&self, (from, to): Direction) -> bool {
        self.delivered.contains_key(&(to, from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THERE: Direction = (
        std::net::SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 1)),
        std::net::SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 2)),
    );
    const BACK: Direction = (THERE.1, THERE.0);

    #[test]
    fn what_comes_before_the_next_fence_may_be_an_answer() {
        let mut provocations = Provocations::default();
        assert!(!provocations.may_answer(BACK));
        provocations.asked(1);
        provocations.delivered(THERE);
        // That one was asked for before the delivery: it says nothing of it.
        provocations.fenced(1);
        assert!(provocations.may_answer(BACK));
        assert!(!provocations.may_answer(THERE));
        provocations.asked(2);
        assert!(provocations.may_answer(BACK));
        provocations.fenced(2);
        assert!(!provocations.may_answer(BACK));
    }
}
