//! Chance that is the same each time: the same script with the same seed loses the same packets.

use super::place::{Place, Says};
use super::recent::Recent;

/// Most places that are remembered for certain, and most connections. More than a window of
/// segments: what is sent again is among them.
const PLACES: usize = 8192;

/// Draws numbers for packets. A draw depends on the seed, on which connection this is among those
/// that were [seen](Chance::see), on who sends the packet, on what it says, and on how often that
/// was said before: on nothing else. So neither the other direction nor a timer's extra ACK shifts
/// what becomes of the packets after it.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    start: u64,
    /// The connections, numbered anew by first sight.
    numbers: Recent<u64, u64>,
    count: u64,
    /// How often each place was drawn for.
    times: Recent<(u64, bool, Says), u64>,
}

impl Chance {
    /// From a seed; `stream` tells apart those that have the same.
    pub fn new(seed: u64, stream: u64) -> Chance {
        Chance {
            start: mixed(&[seed, stream]),
            numbers: Recent::new(PLACES),
            count: 0,
            times: Recent::new(PLACES),
        }
    }

    /// Which connection this is among those that were seen.
    pub fn see(&mut self, place: Place) -> u64 {
        let count = &mut self.count;
        *self.numbers.entry(place.connection, || {
            *count += 1;
            *count
        })
    }

    /// A number for that packet; all are equally likely.
    pub fn draw(&mut self, place: Place) -> u64 {
        let connection = self.see(place);
        let times = self.times.entry((connection, place.from_opener, place.says), || 0);
        *times += 1;
        let (kind, number) = match place.says {
            Says::From(number) => (0, number),
            Says::HasAll(number) => (1, number),
            Says::Reset => (2, 0),
            Says::Datagram => (3, 0),
        };
        let what = [connection, u64::from(place.from_opener), kind, u64::from(number), *times];
        mixed(&[self.start, mixed(&what)])
    }

    /// Whether what has this chance, between 0 and 1, happens to that packet.
    pub fn happens(&mut self, place: Place, chance: f64) -> bool {
        // The upper 53 bits: as many as an f64 holds.
        let drawn = (self.draw(place) >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < chance
    }
}

/// Numbers mixed into one of which every bit depends on every bit of theirs. It steps and mixes as
/// SplitMix64 does (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014, figure 17).
fn mixed(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |state: u64, number| {
        let mut z = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn data(connection: u64, number: u32) -> Place {
        Place { connection, from_opener: true, says: Says::From(number) }
    }

    #[test]
    fn it_mixes_as_splitmix64() {
        // The first number that SplitMix64 gives from the seed 0.
        assert_eq!(mixed(&[0]), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn it_happens_as_often_as_its_chance_says() {
        for seed in 0..20 {
            let mut chance = Chance::new(seed, 0);
            let hits = (0..10_000).filter(|n| chance.happens(data(0, n * 1448), 0.3)).count();
            // Five standard deviations: 5 × √(10,000 × 0.3 × 0.7).
            assert!(hits.abs_diff(3000) < 230, "{hits}");
            let again = (0..10_000).filter(|_| chance.happens(data(0, 7), 0.3)).count();
            assert!(again.abs_diff(3000) < 230, "{again} of one place");
        }
    }

    #[test]
    fn what_is_certain_always_happens() {
        let mut chance = Chance::new(1, 0);
        assert!((0..1000).all(|n| chance.happens(data(0, n), 1.0)));
    }

    #[test]
    fn connections_are_numbered_by_first_sight_not_by_what_came_before_them() {
        let draws = |connection: u64| {
            let mut chance = Chance::new(7, 0);
            (0..50).map(|n| chance.draw(data(connection, n))).collect::<Vec<_>>()
        };
        assert_eq!(draws(0), draws(1000));
        let mut chance = Chance::new(7, 0);
        let other: Vec<u64> =
            (0..50).map(|n| (chance.draw(data(0, n)), chance.draw(data(1, n))).1).collect();
        assert_ne!(draws(0), other);
    }

    proptest! {
        #[test]
        fn other_seeds_and_streams_draw_other_numbers(seed in any::<u64>(), place in 0..99_u32) {
            let draw = |seed, stream| Chance::new(seed, stream).draw(data(0, place));
            prop_assert_eq!(draw(seed, 0), draw(seed, 0));
            prop_assert_ne!(draw(seed, 0), draw(seed.wrapping_add(1), 0));
            prop_assert_ne!(draw(seed, 0), draw(seed, 1));
        }
    }
}
