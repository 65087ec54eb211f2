//! What Wireshark's analysis says of each segment, so that learners can move on to it: the fifteen
//! flags of `tcp.analysis` and the numbers beside them, with the meaning that tshark 4.0 gives
//! them, misleading ones included. What a segment really is, its role says.
//!
//! [`Streams`] is enough for the flags, and keeps the same few bytes of each stream however long it
//! lives. [`Ledgers`] keeps what isn't acknowledged as well, and so knows what is in flight and
//! which frame a segment acknowledges or repeats.

mod circle;
mod completeness;
mod direction;
mod exclusion;
mod finding;
mod ledger;
mod options;
mod stream;
mod table;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use crate::packet::{Counted, Header, Packet, Segment};
use crate::trace::{FrameNumber, Time};
pub use completeness::Completeness;
pub use exclusion::{Excluded, Exclusion};
pub use finding::{Finding, Findings};
use ledger::{Ledger, Posting, Sending};
use stream::Sent;
use table::Table;

/// Every stream of a capture: one incarnation of a pair of endpoints each.
#[derive(Debug, Default)]
pub struct Streams {
    table: Table<()>,
}

/// What is found in one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// `tcp.stream`: counted from 0 in order of first sight.
    pub stream: u32,
    /// The flags that it shows.
    pub findings: Findings,
    /// `tcp.seq`: counted from the initial sequence number, or from the number before the first
    /// that was seen.
    pub seq: u32,
    /// `tcp.ack`: counted likewise; without ACK the field as it is.
    pub ack: u32,
    /// `tcp.window_size` in bytes: scaled as far as that is known.
    pub window: u32,
    /// `tcp.completeness` of the stream before this segment, as Wireshark shows it at first sight.
    pub completeness: Completeness,
    /// The same after it; the last one of a stream is what Wireshark shows at second sight.
    pub completeness_after: Completeness,
    /// Nanoseconds from the SYN to the first ACK without SYN, once that was seen; negative where
    /// time runs backwards. `tcp.analysis.initial_rtt` shows it where it shows anything.
    pub initial_rtt: Option<i64>,
}

/// How much Wireshark knows of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Known {
    /// All there is.
    #[default]
    All,
    /// Not its length, because it is the first fragment of a packet that isn't whole, because its
    /// header claims to be longer than the packet, or because an ICMP error quotes it: numbers and
    /// window are shown as they are, and nothing is judged.
    NoLength,
    /// Nothing after the length of its header, which is less than a header has: it is judged, but
    /// has no effect beyond that.
    NoFlags,
}

impl Known {
    /// What is known of a header that Wireshark counts though it is no whole segment's.
    pub fn of(counted: &Counted) -> Known {
        match counted.header {
            _ if !counted.length_is_known() => Known::NoLength,
            _ if !counted.has_flags() => Known::NoFlags,
            Header::Whole
            | Header::Cut
            | Header::OffsetTooSmall
            | Header::OffsetBeyond
            | Header::FirstFragment => Known::All,
        }
    }
}

impl Streams {
    /// Looks at the capture's next packet. What is found in it, if it is a whole segment; of what
    /// else has a TCP header Wireshark takes note as well.
    pub fn packet(&mut self, packet: &Packet, time: Time) -> Option<Found> {
        if let Packet::Tcp(segment) = packet {
            return Some(self.segment(segment, time));
        }
        if let Some(counted) = packet.counted() {
            self.part(&counted.segment, time, Known::of(counted));
        }
        None
    }

    /// Looks at the next segment of the capture, in the order of its frames.
    pub fn segment(&mut self, segment: &Segment, time: Time) -> Found {
        self.part(segment, time, Known::All)
    }

    /// The same of a segment of which not everything may be known.
    pub fn part(&mut self, segment: &Segment, time: Time, known: Known) -> Found {
        let place = self.table.find(segment.src, segment.dst);
        let reused = self.table.at(place).stream.is_reused_by(place.from, segment);
        if reused {
            self.table.renew(place);
        }
        let sent = Sent { from: place.from, segment, time, known };
        let (mut found, _) = self.table.at(place).stream.segment(sent, true);
        if reused {
            found.findings.add(Finding::ReusedPorts);
        }
        found
    }

    /// How many streams there have been.
    pub fn count(&self) -> u32 {
        self.table.count()
    }

    /// How many streams were forgotten because there were too many to keep: their later segments,
    /// if any came, counted as new streams.
    pub fn forgotten(&self) -> u64 {
        self.table.forgotten
    }
}

/// As [`Streams`], with what isn't acknowledged.
#[derive(Debug, Default)]
pub struct Ledgers {
    table: Table<[Ledger; 2]>,
    /// How many segments are kept that aren't acknowledged.
    kept: usize,
}

/// What is said of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Analysis {
    /// What its stream alone tells.
    pub found: Found,
    /// How much of the segment is shown.
    pub known: Known,
    /// Nanoseconds, `tcp.analysis.initial_rtt`: shown where anything else is.
    pub initial_rtt: Option<i64>,
    /// `tcp.analysis.bytes_in_flight` after it.
    pub bytes_in_flight: Option<u32>,
    /// `tcp.analysis.acks_frame`: the frame whose last byte it acknowledges.
    pub acks_frame: Option<FrameNumber>,
    /// `tcp.analysis.rto_frame`: the frame since which a retransmission was waited for.
    pub rto_frame: Option<FrameNumber>,
    /// Which duplicate it is, and of which frame's acknowledgement.
    pub duplicate: Option<Duplicate>,
}

/// A duplicate acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    /// `tcp.analysis.duplicate_ack_num`: counted from 1.
    pub number: u32,
    /// `tcp.analysis.duplicate_ack_frame`: the first with this acknowledgement.
    pub of: FrameNumber,
}

/// Most segments that are kept of all streams because they aren't acknowledged. When there are
/// more, the lists of the streams that have been silent longest go, until half as many are left:
/// a segment that comes on such a stream after all finds nothing that it could acknowledge.
const MOST: usize = 1 << 20;

impl Ledgers {
    /// Looks at the capture's next packet. Of what has a TCP header, quoted ones apart, the header,
    /// the addresses that Wireshark shows if it is in a tunnel, and what is said of it.
    pub fn packet<'a>(
        &mut self,
        frame: FrameNumber,
        packet: &'a Packet,
        time: Time,
    ) -> Option<(&'a Segment, Option<[IpAddr; 2]>, Analysis)> {
        if let Packet::Tcp(segment) = packet {
            return Some((segment, None, self.segment(frame, segment, time)));
        }
        let counted = packet.counted()?;
        let analysis = self.part(frame, &counted.segment, time, Known::of(counted));
        (!counted.quoted).then_some((&counted.segment, counted.outer, analysis))
    }

    /// Looks at the next segment of the capture, in the order of its frames.
    pub fn segment(&mut self, frame: FrameNumber, segment: &Segment, time: Time) -> Analysis {
        self.part(frame, segment, time, Known::All)
    }

    /// The same of a segment of which not everything may be known.
    pub fn part(
        &mut self,
        frame: FrameNumber,
        segment: &Segment,
        time: Time,
        known: Known,
    ) -> Analysis {
        if self.kept > MOST {
            self.forget();
        }
        let place = self.table.find(segment.src, segment.dst);
        let reused = self.table.at(place).stream.is_reused_by(place.from, segment);
        if reused {
            self.kept -= kept(&self.table.at(place).more);
            self.table.renew(place);
        }
        let entry = self.table.at(place);
        let [one, other] = &mut entry.more;
        let (sender, receiver) = if place.from == 0 { (one, other) } else { (other, one) };
        let before = sender.len() + receiver.len();
        let sent = Sent { from: place.from, segment, time, known };
        let (mut found, step) = entry.stream.segment(sent, sender.has_room());
        let base = entry.stream.base(place.from);
        let sending = Sending { segment, frame, time, base };
        let mut posting = match known {
            Known::All | Known::NoFlags => sender.enter(receiver, sending, &step),
            Known::NoLength => Posting::default(),
        };
        sender.sack(&segment.options);
        self.kept = self.kept + sender.len() + receiver.len() - before;
        if reused {
            found.findings.add(Finding::ReusedPorts);
        }
        let mut is_noted = reused || step.is_noted || posting.is_noted();
        if known == Known::NoFlags || segment.options_are_cut() {
            // What is shown last isn't reached.
            (found.findings, posting, is_noted) = Default::default();
        }
        let duplicate = |of| Duplicate { number: step.duplicates, of };
        Analysis {
            found,
            known,
            initial_rtt: found.initial_rtt.filter(|_| is_noted),
            bytes_in_flight: posting.bytes_in_flight,
            acks_frame: posting.acks_frame,
            rto_frame: posting.rto_frame,
            duplicate: posting.duplicate_of.map(duplicate),
        }
    }

    /// How many streams were forgotten because there were too many to keep.
    pub fn forgotten(&self) -> u64 {
        self.table.forgotten
    }

    fn forget(&mut self) {
        let mut left = self.kept;
        for entry in self.table.by_silence() {
            if left <= MOST / 2 {
                break;
            }
            left -= kept(&entry.more);
            entry.more.iter_mut().for_each(Ledger::clear);
        }
        self.kept = left;
    }
}

fn kept(ledgers: &[Ledger; 2]) -> usize {
    ledgers.iter().map(Ledger::len).sum()
}
