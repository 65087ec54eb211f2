//! A connection and its two ends, as far as the story has been told.

use std::net::SocketAddr;

use super::{Change, Confidence, ConnectionId, Contradiction, EndName, Side, Termination};
use crate::packet::SeqNumber;
use crate::tcp::State;
use crate::tcp::analysis::Found;
use crate::trace::{FrameNumber, Time};

/// One incarnation of a pair of endpoints.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Counted from 0 in order of first sight.
    pub id: ConnectionId,
    /// Wireshark's `tcp.stream`; `None` while nothing but forged segments passed.
    pub stream: Option<u32>,
    /// What Wireshark finds in its latest segment.
    pub found: Option<Found>,
    /// Both ends: `A`, the sender of the first segment seen, and `B`.
    pub ends: [End; 2],
    /// Who sent the first SYN; `None` if the capture began in mid-connection. Both for a
    /// simultaneous open is `A`, with [`Connection::simultaneous_open`] set.
    pub opener: Option<Side>,
    /// Both ends sent a SYN before they had one.
    pub simultaneous_open: bool,
    /// One end talks to itself: both addresses are the same.
    pub self_connected: bool,
    /// How it ended, if it has.
    pub termination: Termination,
    /// When its first segment passed.
    pub first: Time,
    /// When its latest segment passed.
    pub last: Time,
    /// How many segments it has had.
    pub segments: u64,
}

impl Connection {
    /// The end on that side.
    pub fn end(&self, side: Side) -> &End {
        &self.ends[side.index()]
    }
}

/// One end of a connection.
#[derive(Debug, Clone)]
pub struct End {
    /// Its address.
    pub address: SocketAddr,
    /// What the learner calls it.
    pub name: EndName,
    /// Its state now; `None` while it has said nothing and nobody has said for it.
    pub state: Option<State>,
    /// How sure that is.
    pub confidence: Confidence,
    /// What the kernel last said, when that is not what the segments say.
    pub kernel_differs: Option<Option<State>>,
    /// Every state it has been in, in order, each with the segment that brought it there (none:
    /// a call or a timer). Corrections are in it too: [`End::visited`] leaves out what they took
    /// back. At most 64 are kept.
    pub path: Vec<Step>,
    /// Its initial sequence number, if its SYN or the first acknowledgement of it was seen.
    pub isn: Option<SeqNumber>,
    /// The sequence number after the last that it has sent.
    pub next_seq: Option<SeqNumber>,
    /// The last acknowledgement number that it has sent.
    pub last_ack: Option<SeqNumber>,
    /// Its window in bytes, scaled, as it last said.
    pub window: u32,
    /// Bytes of data that it has sent, each counted once.
    pub bytes: u64,
    /// Segments that it has sent.
    pub segments: u64,
    /// Segments of its that were retransmissions.
    pub retransmissions: u64,
    /// Whether its FIN has been seen.
    pub fin_sent: bool,
}

/// One step on an end's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// From what to what, by which rule.
    pub change: Change,
    /// The segment that did it.
    pub frame: Option<FrameNumber>,
    /// When.
    pub time: Time,
    /// The rule by which this step takes back what was said before; `None` for a step forward.
    pub undoes: Option<Contradiction>,
}

/// Most steps that are kept of an end's path.
const STEPS: usize = 64;
/// Steps that there is room for at once: few ends take more.
const USUAL_STEPS: usize = 6;

impl Connection {
    pub(super) fn new(id: ConnectionId, addresses: [SocketAddr; 2], time: Time) -> Connection {
        Connection {
            id,
            stream: None,
            found: None,
            ends: addresses.map(End::new),
            opener: None,
            simultaneous_open: false,
            self_connected: addresses[0] == addresses[1],
            termination: Termination::Open,
            first: time,
            last: time,
            segments: 0,
        }
    }

    /// Whether no segment of it is to be expected: each end is closed, waits out its TIME-WAIT, or
    /// never was part of it.
    pub fn is_over(&self) -> bool {
        self.ends.iter().all(|end| match end.state {
            None | Some(State::Closed | State::Listen | State::TimeWait) => true,
            Some(
                State::SynSent
                | State::SynReceived
                | State::Established
                | State::FinWait1
                | State::FinWait2
                | State::CloseWait
                | State::Closing
                | State::LastAck,
            ) => false,
        })
    }
}

impl End {
    fn new(address: SocketAddr) -> End {
        End {
            address,
            name: EndName::default(),
            state: None,
            confidence: Confidence::Assumed,
            kernel_differs: None,
            path: Vec::new(),
            isn: None,
            next_seq: None,
            last_ack: None,
            window: 0,
            bytes: 0,
            segments: 0,
            retransmissions: 0,
            fin_sent: false,
        }
    }

    /// The states that it went through, as far as is known now: its path without what later
    /// segments disproved.
    pub fn visited(&self) -> Vec<State> {
        let mut visited: Vec<State> = Vec::new();
        for step in &self.path {
            let after = step.change.after;
            if step.undoes.is_some() {
                let known = visited.iter().rposition(|state| Some(*state) == after);
                visited.truncate(known.map_or(visited.len().saturating_sub(1), |at| at + 1));
                if known.is_some() {
                    continue;
                }
            }
            visited.extend(after);
        }
        visited
    }

    /// Moves it, and notes the step.
    pub(super) fn step(&mut self, step: Step) {
        self.state = step.change.after;
        self.confidence = step.change.confidence;
        if step.change.moved() {
            if self.path.is_empty() {
                self.path.reserve(USUAL_STEPS);
            }
            if self.path.len() == STEPS {
                self.path.remove(0);
            }
            self.path.push(step);
        }
    }
}
