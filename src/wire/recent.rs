//! A map that others can make grow only so far.

use std::collections::HashMap;
use std::hash::Hash;

/// A map that forgets what was not asked for in a long time: half of what it holds, at most, is
/// newer than what it has forgotten.
#[derive(Debug, Clone)]
pub(super) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    /// Most entries of each of the two.
    most: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// An empty one, of at least `most` entries and at most twice as many.
    pub fn new(most: usize) -> Recent<K, V> {
        Recent { young: HashMap::new(), old: HashMap::new(), most }
    }

    /// The value of that key; a new one if there is none, or none any more.
    pub fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        if self.young.contains_key(&key) {
            return self.young.entry(key).or_insert_with(new);
        }
        let value = self.old.remove(&key).unwrap_or_else(new);
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.entry(key).or_insert(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_bounded() {
        let mut recent = Recent::new(10);
        *recent.entry(0, || 0) += 1;
        for key in 1..1000 {
            *recent.entry(0, || 0) += 1;
            recent.entry(key, || 0);
            assert!(recent.young.len() + recent.old.len() <= 20);
        }
        assert_eq!(*recent.entry(0, || 0), 1000);
        assert_eq!(*recent.entry(999, || 7), 0);
        assert_eq!(*recent.entry(1, || 7), 7, "forgotten");
    }
}
