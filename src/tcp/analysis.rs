//! What Wireshark's analysis says of each segment, so that learners can move on to it: the fifteen
//! flags of `tcp.analysis`, with the meaning that tshark 4.0 gives them, misleading ones included.
//! What a segment really is, its role says.

mod direction;
mod finding;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::packet::{Flags, Segment};
use crate::trace::Time;
use direction::{Direction, Past};
pub use finding::{Finding, Findings};

/// Every stream of a capture: one incarnation of a pair of endpoints each.
#[derive(Debug, Default)]
pub struct Streams {
    streams: HashMap<[SocketAddr; 2], Stream>,
    count: u32,
}

/// What is found in one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// `tcp.stream`: counted from 0 in order of first sight.
    pub stream: u32,
    /// The flags that it shows.
    pub findings: Findings,
}

impl Streams {
    /// Looks at the next segment of the capture, in the order of its frames.
    pub fn segment(&mut self, segment: &Segment, time: Time) -> Found {
        let ends = pair(segment.src, segment.dst);
        let count = &mut self.count;
        let stream = self.streams.entry(ends).or_insert_with(|| Stream::new(next(count)));
        let from = usize::from(segment.src != ends[0]);
        let reused = stream.is_reused_by(from, segment);
        if reused {
            *stream = Stream::new(next(count));
        }
        let mut findings = stream.segment(from, segment, time);
        if reused {
            findings.add(Finding::ReusedPorts);
        }
        Found { stream: stream.number, findings }
    }

    /// An ICMP error quotes a TCP header between these endpoints: Wireshark counts its stream too.
    pub fn quoted(&mut self, src: SocketAddr, dst: SocketAddr) {
        let count = &mut self.count;
        self.streams.entry(pair(src, dst)).or_insert_with(|| Stream::new(next(count)));
    }
}

/// The key of both directions.
fn pair(one: SocketAddr, other: SocketAddr) -> [SocketAddr; 2] {
    if one <= other { [one, other] } else { [other, one] }
}

fn next(count: &mut u32) -> u32 {
    let number = *count;
    *count += 1;
    number
}

/// One stream: what each end has sent so far.
#[derive(Debug)]
struct Stream {
    number: u32,
    directions: [Direction; 2],
    /// When the latest SYN without ACK passed.
    syn: Option<Time>,
    /// From that SYN to the first ACK without SYN; zero counts as not known.
    initial_rtt: Option<Duration>,
}

impl Stream {
    fn new(number: u32) -> Stream {
        let directions = [Direction::default(), Direction::default()];
        Stream { number, directions, syn: None, initial_rtt: None }
    }

    /// Whether this is another connection between the same endpoints.
    fn is_reused_by(&self, from: usize, segment: &Segment) -> bool {
        let opens = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
        opens && self.directions[from].base.is_some_and(|base| base != segment.seq)
    }

    fn segment(&mut self, from: usize, segment: &Segment, time: Time) -> Findings {
        let [one, other] = &mut self.directions;
        let (sender, receiver) = if from == 0 { (one, other) } else { (other, one) };
        let (syn, ack) = (segment.flags.has(Flags::SYN), segment.flags.has(Flags::ACK));
        let mut findings = sender.begin(receiver, segment);
        if syn && !ack {
            self.syn = Some(time);
        }
        if ack && !syn && self.initial_rtt.is_none() {
            let rtt = self.syn.map(|syn| time.since(syn));
            self.initial_rtt = rtt.filter(|rtt| !rtt.is_zero());
        }
        let past = Past { time, initial_rtt: self.initial_rtt };
        findings.merge(sender.send(receiver, segment, past));
        findings
    }
}
