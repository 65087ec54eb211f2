//! Fragments, put together as Wireshark does it (RFC 791, section 3.2; RFC 8200, section 4.5).
//! Bounded: a file can't make it keep more than [`Reassembly::MOST_BYTES`].

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use super::ip::Inner;

/// Which packet a fragment is of. In IPv4 the protocol and, to Wireshark, the VLAN are part of that;
/// in IPv6 they aren't, and are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub id: u32,
    pub protocol: u8,
    pub vlan: u16,
}

impl Key {
    pub fn new(ip: &Inner, vlan: u16) -> Key {
        let (src, dst) = (ip.header.src, ip.header.dst);
        let (protocol, vlan) = if src.is_ipv4() { (ip.protocol, vlan) } else { (0, 0) };
        Key { src, dst, id: ip.header.id.unwrap_or_default(), protocol, vlan }
    }
}

/// The packets of which some fragments have come.
#[derive(Debug, Default)]
pub(super) struct Reassembly {
    pending: HashMap<Key, Pending>,
    /// The oldest first; those that are complete are still in it.
    order: VecDeque<(Key, u64)>,
    /// Bytes that are kept, with what each fragment costs.
    bytes: usize,
    count: u64,
}

#[derive(Debug)]
struct Pending {
    number: u64,
    /// By offset, then by arrival.
    pieces: Vec<(usize, Box<[u8]>)>,
    bytes: usize,
    /// The packet's length, by the first last fragment that came.
    len: Option<usize>,
}

impl Reassembly {
    /// Most bytes that are kept of all packets together; the oldest packet goes first.
    pub const MOST_BYTES: usize = 8 << 20;
    /// Most of one packet: the longest in the smallest fragments takes less.
    const MOST_OF_ONE: usize = 1 << 20;
    /// What a fragment costs besides its bytes.
    const COST: usize = 64;

    /// Adds a fragment; gives what the packet carries, if that makes it complete. Where fragments
    /// overlap, the one that starts first counts, and of those the one that came first; what is
    /// beyond the end that the first last fragment named doesn't count.
    pub fn add(&mut self, key: Key, offset: usize, more: bool, bytes: &[u8]) -> Option<Vec<u8>> {
        if bytes.is_empty() {
            return None;
        }
        let (count, order) = (&mut self.count, &mut self.order);
        let pending = self.pending.entry(key).or_insert_with(|| {
            *count += 1;
            order.push_back((key, *count));
            Pending { number: *count, pieces: Vec::new(), bytes: 0, len: None }
        });
        let at = pending.pieces.partition_point(|(start, _)| *start <= offset);
        pending.pieces.insert(at, (offset, bytes.into()));
        pending.bytes += bytes.len() + Self::COST;
        self.bytes += bytes.len() + Self::COST;
        if !more && pending.len.is_none() {
            pending.len = Some(offset + bytes.len());
        }
        let whole = pending.whole();
        if whole.is_some() || pending.bytes > Self::MOST_OF_ONE {
            self.forget(key);
        }
        while self.bytes > Self::MOST_BYTES
            && let Some((key, number)) = self.order.pop_front()
        {
            if self.pending.get(&key).is_some_and(|pending| pending.number == number) {
                self.forget(key);
            }
        }
        if self.order.len() > 2 * self.pending.len() + 64 {
            let is_pending = |(key, number): &(Key, u64)| {
                self.pending.get(key).is_some_and(|pending| pending.number == *number)
            };
            self.order.retain(is_pending);
        }
        whole
    }

    fn forget(&mut self, key: Key) {
        if let Some(pending) = self.pending.remove(&key) {
            self.bytes -= pending.bytes;
        }
    }
}

impl Pending {
    fn whole(&self) -> Option<Vec<u8>> {
        let len = self.len?;
        if self.bytes < len {
            return None;
        }
        let mut whole = Vec::with_capacity(len);
        for (start, bytes) in &self.pieces {
            if whole.len() >= len {
                break;
            }
            let known = whole.len().checked_sub(*start)?;
            whole.extend_from_slice(bytes.get(known..).unwrap_or_default());
        }
        whole.truncate(len);
        (whole.len() == len).then_some(whole)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn key(id: u32) -> Key {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Key { src: local, dst: local, id, protocol: 6, vlan: 0 }
    }

    #[test]
    fn the_end_is_where_the_first_last_fragment_says() {
        let mut reassembly = Reassembly::default();
        assert_eq!(reassembly.add(key(1), 8, false, b"89abcdef"), None);
        assert_eq!(reassembly.add(key(1), 16, false, b"beyond"), None);
        assert_eq!(reassembly.add(key(1), 40, false, b"far beyond"), None);
        assert_eq!(
            reassembly.add(key(1), 0, true, b"01234567"),
            Some(b"0123456789abcdef".to_vec())
        );
        assert_eq!((reassembly.bytes, reassembly.pending.len()), (0, 0));
    }

    #[test]
    fn where_fragments_overlap_the_one_that_starts_first_counts_then_the_one_that_came_first() {
        let mut reassembly = Reassembly::default();
        assert_eq!(reassembly.add(key(1), 8, false, b"ABCDEFGH"), None);
        assert_eq!(reassembly.add(key(1), 8, false, b"IJKLMNOP"), None);
        assert_eq!(
            reassembly.add(key(1), 0, true, b"0123456789"),
            Some(b"0123456789CDEFGH".to_vec())
        );
    }

    #[test]
    fn the_oldest_is_forgotten_first_and_what_is_kept_is_bounded() {
        let mut reassembly = Reassembly::default();
        let half = vec![7; 32768];
        for id in 0..1000 {
            assert_eq!(reassembly.add(key(id), 0, true, &half), None);
            assert!(reassembly.bytes <= Reassembly::MOST_BYTES);
        }
        assert!(reassembly.order.len() < 400);
        assert_eq!(reassembly.add(key(0), 32768, false, b"late"), None);
        assert!(reassembly.add(key(999), 32768, false, b"in time").is_some());
        for _ in 0..100_000 {
            reassembly.add(key(5), 8, true, b"again and again");
        }
        assert!(reassembly.bytes <= Reassembly::MOST_BYTES);
    }

    #[test]
    fn packets_that_were_completed_leave_nothing_behind() {
        let mut reassembly = Reassembly::default();
        for id in 0..10_000 {
            assert_eq!(reassembly.add(key(id), 0, true, b"01234567"), None);
            assert!(reassembly.add(key(id), 8, false, b"8").is_some());
        }
        assert!(reassembly.order.len() <= 65 && reassembly.bytes == 0);
    }

    proptest! {
        #[test]
        fn any_cut_in_any_order_comes_together(
            whole in prop::collection::vec(any::<u8>(), 1..400),
            cuts in prop::collection::vec(1..40usize, 0..8),
            seed: u64,
        ) {
            let mut pieces = Vec::new();
            let mut at = 0_usize;
            for cut in cuts.into_iter().map(|cut| cut * 8).chain([usize::MAX]) {
                let end = at.max(whole.len().min(at.saturating_add(cut)));
                if end > at {
                    pieces.push((at, end));
                }
                at = end;
            }
            pieces.sort_by_key(|(at, _)| (*at as u64).wrapping_mul(seed | 1));
            let mut reassembly = Reassembly::default();
            let last = pieces.len() - 1;
            for (n, (at, end)) in pieces.into_iter().enumerate() {
                let found = reassembly.add(key(1), at, end < whole.len(), &whole[at..end]);
                prop_assert_eq!(found, (n == last).then(|| whole.clone()));
            }
        }
    }
}
