//! Which stream a segment belongs to: one lookup per segment, and a bound on how many are kept.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use foldhash::fast::RandomState;

use super::stream::Stream;

/// Most streams that are kept. When there are more, a quarter of them is forgotten: of those that
/// are over the ones that have been silent longest, then of the others. A segment of a forgotten
/// one would count as a new stream.
const MOST: usize = 1 << 17;

/// The streams by their endpoints, each with what else is kept of it.
#[derive(Debug)]
pub(super) struct Table<T> {
    narrow: HashMap<Narrow, u32, RandomState>,
    wide: HashMap<Wide, u32, RandomState>,
    entries: Vec<Entry<T>>,
    /// How many streams there have been.
    count: u32,
    /// How many segments there have been.
    segments: u64,
    /// How many streams were forgotten.
    pub forgotten: u64,
}

/// A stream. It begins a line of the processor's cache and, with nothing more, fills two.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Entry<T> {
    pub stream: Stream,
    /// What else is kept of it.
    pub more: T,
    /// The number of its latest segment.
    latest: u64,
}

/// Two IPv4 endpoints, the lower one first: addresses, then ports. With its place a quarter of a
/// line of the processor's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Narrow {
    addresses: [u32; 2],
    ports: u32,
}

impl Hash for Narrow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [low, high] = self.addresses;
        state.write_u64((u64::from(low) << 32) | u64::from(high));
        state.write_u32(self.ports);
    }
}

/// Two IPv6 endpoints, the lower one first: addresses, then ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Wide {
    addresses: [[u64; 2]; 2],
    ports: u32,
}

/// Where a stream stands in the table, and which of its ends sent the segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    index: usize,
    /// 0 for the lower endpoint.
    pub from: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table {
            narrow: HashMap::default(),
            wide: HashMap::default(),
            entries: Vec::new(),
            count: 0,
            segments: 0,
            forgotten: 0,
        }
    }
}

impl<T: Default> Table<T> {
    /// The stream between two endpoints; if there is none, a new one.
    pub fn find(&mut self, src: SocketAddr, dst: SocketAddr) -> Place {
        if self.entries.len() >= MOST {
            self.forget();
        }
        self.segments += 1;
        let next = self.entries.len() as u32;
        let (index, from) = match (src.ip(), dst.ip()) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                let (one, other) = (narrow(one, src.port()), narrow(other, dst.port()));
                let (low, high) = if one <= other { (one, other) } else { (other, one) };
                let ports = (u32::from(low as u16) << 16) | u32::from(high as u16);
                let key = Narrow { addresses: [low, high].map(|end| (end >> 16) as u32), ports };
                (*self.narrow.entry(key).or_insert(next), one > other)
            }
            (one, other) => {
                let one = (halves(one), src.port());
                let other = (halves(other), dst.port());
                let (low, high) = if one <= other { (one, other) } else { (other, one) };
                let ports = u32::from(low.1) << 16 | u32::from(high.1);
                let key = Wide { addresses: [low.0, high.0], ports };
                (*self.wide.entry(key).or_insert(next), one > other)
            }
        };
        if index == next {
            let stream = Stream::new(self.number());
            self.entries.push(Entry { stream, more: T::default(), latest: 0 });
        }
        let place = Place { index: index as usize, from: usize::from(from) };
        self.entries[place.index].latest = self.segments;
        place
    }

    /// The stream there.
    pub fn at(&mut self, place: Place) -> &mut Entry<T> {
        &mut self.entries[place.index]
    }

    /// Puts a new connection between the same endpoints in the old one's place.
    pub fn renew(&mut self, place: Place) {
        let stream = Stream::reusing(self.number());
        self.entries[place.index] = Entry { stream, more: T::default(), latest: self.segments };
    }

    /// How many streams there have been.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Those that are kept, the ones that have been silent longest first.
    pub fn by_silence(&mut self) -> impl Iterator<Item = &mut Entry<T>> {
        let mut entries: Vec<&mut Entry<T>> = self.entries.iter_mut().collect();
        entries.sort_by_key(|entry| entry.latest);
        entries.into_iter()
    }

    fn number(&mut self) -> u32 {
        let number = self.count;
        self.count = self.count.wrapping_add(1);
        number
    }

    fn forget(&mut self) {
        let rank = |entry: &Entry<T>| (!entry.stream.is_over(), entry.latest);
        let mut ranks: Vec<_> = self.entries.iter().map(rank).collect();
        let (_, limit, _) = ranks.select_nth_unstable(MOST / 4);
        let limit = *limit;
        let wanted: Vec<bool> = self.entries.iter().map(|entry| rank(entry) >= limit).collect();
        let before = self.entries.len();
        self.keep(&wanted);
        self.forgotten += (before - self.entries.len()) as u64;
    }

    /// Forgets the others.
    fn keep(&mut self, wanted: &[bool]) {
        let mut count = 0;
        let moved: Vec<Option<u32>> =
            wanted.iter().map(|wanted| wanted.then(|| (count, count += 1).0)).collect();
        let renumber = |index: &mut u32| match moved[*index as usize] {
            Some(new) => {
                *index = new;
                true
            }
            None => false,
        };
        self.narrow.retain(|_, index| renumber(index));
        self.wide.retain(|_, index| renumber(index));
        let mut wanted = wanted.iter();
        self.entries.retain(|_| wanted.next().copied().unwrap_or_default());
    }
}

fn narrow(address: Ipv4Addr, port: u16) -> u64 {
    u64::from(address.to_bits()) << 16 | u64::from(port)
}

fn halves(address: IpAddr) -> [u64; 2] {
    let bits = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    [(bits >> 64) as u64, bits as u64]
}
