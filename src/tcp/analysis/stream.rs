//! One stream: what each end has sent so far, and what both make together.

use super::completeness::{Completeness, opens};
use super::direction::{Direction, Greeting, Past, Step};
use super::options::Heard;
use super::{Finding, Found, Known};
use crate::packet::{Flags, Segment, SeqNumber};
use crate::trace::Time;

/// One stream. Wireshark takes a time of 0 for "none yet", and so does this.
#[derive(Debug)]
pub(super) struct Stream {
    pub number: u32,
    directions: [Direction; 2],
    /// When the latest SYN without ACK passed.
    syn: Time,
    /// Nanoseconds from that SYN to the first ACK without SYN.
    initial_rtt: i64,
    completeness: Completeness,
    /// What Multipath TCP's options did so far, if there were any.
    multipath: Option<u8>,
    /// Any segment was seen before.
    begun: bool,
}

impl Stream {
    pub fn new(number: u32) -> Stream {
        let directions = [Direction::default(), Direction::default()];
        let completeness = Completeness::default();
        Stream {
            number,
            directions,
            syn: Time(0),
            initial_rtt: 0,
            completeness,
            multipath: None,
            begun: false,
        }
    }

    /// One between endpoints that had a connection before.
    pub fn reusing(number: u32) -> Stream {
        let stream = Stream::new(number);
        Stream { completeness: Completeness::REUSED, begun: true, ..stream }
    }

    /// Whether this is another connection between the same endpoints.
    pub fn is_reused_by(&self, from: usize, segment: &Segment) -> bool {
        opens(segment.flags) && self.directions[from].counts_from_elsewhere(segment.seq)
    }

    /// Whether its segments say that nothing more is to come.
    pub fn is_over(&self) -> bool {
        self.completeness.has_ended()
    }

    /// What the numbers of that end are counted from.
    pub fn base(&self, of: usize) -> SeqNumber {
        self.directions[of].base()
    }

    /// Judges a segment, then takes note of it. `has_room` is whether it would be kept in the list
    /// of what isn't acknowledged.
    pub fn segment(&mut self, sent: Sent<'_>, has_room: bool) -> (Found, Step) {
        let Sent { from, segment, time, known } = sent;
        let past =
            Past { time, initial_rtt: self.initial_rtt, multipath: self.multipath, has_room };
        let (sender, receiver) = ends(&mut self.directions, from);
        let greeting = sender.greet(segment);
        let mut step = match known {
            Known::All | Known::NoFlags => sender.send(receiver, segment, past),
            Known::NoLength => Step::none(segment),
        };
        step.is_noted |= greeting != Greeting::Ordinary;
        if greeting == Greeting::Elsewhere {
            step.findings.add(Finding::ReusedPorts);
        }
        let mut found = Found {
            stream: self.number,
            findings: step.findings,
            seq: segment.seq.0,
            ack: segment.ack.0,
            window: u32::from(segment.window),
            completeness: self.completeness,
            completeness_after: self.completeness,
            initial_rtt: None,
        };
        if known != Known::NoLength {
            found.seq = segment.seq.relative_to(sender.base());
            if segment.flags.has(Flags::ACK) {
                found.ack = segment.ack.relative_to(receiver.base());
            }
            found.window = sender.window_of(segment);
        }
        match known {
            Known::All => self.go_on(from, segment, segment.payload.len, time),
            Known::NoLength => self.go_on(from, segment, 0, time),
            Known::NoFlags => self.begun = true,
        }
        found.completeness_after = self.completeness;
        found.initial_rtt = Some(self.initial_rtt).filter(|rtt| *rtt != 0);
        (found, step)
    }

    /// What a segment changes whether or not it was judged.
    fn go_on(&mut self, from: usize, segment: &Segment, len: u32, time: Time) {
        if self.begun {
            self.completeness.go_on(segment, len);
        } else {
            self.completeness.begin(segment, len);
            self.begun = true;
        }
        if opens(segment.flags) {
            self.syn = time;
        }
        let is_answer = segment.flags.has(Flags::ACK) && !segment.flags.has(Flags::SYN);
        if is_answer && self.syn.0 != 0 && self.initial_rtt == 0 {
            self.initial_rtt = time.0.wrapping_sub(self.syn.0) as i64;
        }
        let (sender, receiver) = ends(&mut self.directions, from);
        let heard = Heard::of(&segment.options);
        sender.scale_windows(receiver, segment, heard.window_scale);
        if let Some(done) = heard.multipath {
            self.multipath = Some(self.multipath.unwrap_or(0) | done);
        }
    }
}

/// A segment that one end of the stream has sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent<'a> {
    pub from: usize,
    pub segment: &'a Segment,
    pub time: Time,
    pub known: Known,
}

fn ends(directions: &mut [Direction; 2], from: usize) -> (&mut Direction, &mut Direction) {
    let [one, other] = directions;
    if from == 0 { (one, other) } else { (other, one) }
}
