//! What each rule says, in the field's words.

mod any;
mod flags;
mod numbers;

use super::*;
use crate::packet::{Flags, Options, SeqNumber, TcpOption, sample};

const ACK: Flags = Flags::ACK;
const SYN: Flags = Flags::SYN;
const FIN_ACK: Flags = Flags::FIN.with(ACK);
const SYN_ACK: Flags = SYN.with(ACK);

/// Segments between two ends, a millisecond apart unless told.
struct Wire {
    ledgers: Ledgers,
    frame: u64,
    time: u64,
    window: u16,
    options: Vec<TcpOption>,
}

impl Wire {
    /// Nothing yet. Windows are of 100 bytes, and SYNs offer a window scale of 0.
    fn new() -> Wire {
        Wire { ledgers: Ledgers::default(), frame: 0, time: 0, window: 100, options: Vec::new() }
    }

    /// After a handshake: A's next sequence number is 101, B's 501; three frames have passed.
    fn open() -> Wire {
        let mut wire = Wire::new();
        assert!(wire.a(SYN, 100, 0, 0).is_empty());
        assert!(wire.b(SYN_ACK, 500, 101, 0).is_empty());
        assert!(wire.a(ACK, 101, 501, 0).is_empty());
        wire
    }

    /// A sends; the flags that are shown.
    fn a(&mut self, flags: Flags, seq: u32, ack: u32, len: u32) -> Vec<&'static str> {
        self.a_sends(flags, seq, ack, len).found.findings.names()
    }

    /// B sends; the flags that are shown.
    fn b(&mut self, flags: Flags, seq: u32, ack: u32, len: u32) -> Vec<&'static str> {
        self.b_sends(flags, seq, ack, len).found.findings.names()
    }

    fn a_sends(&mut self, flags: Flags, seq: u32, ack: u32, len: u32) -> Analysis {
        self.send(false, flags, [seq, ack, len], Known::All)
    }

    fn b_sends(&mut self, flags: Flags, seq: u32, ack: u32, len: u32) -> Analysis {
        self.send(true, flags, [seq, ack, len], Known::All)
    }

    fn wait(&mut self, millis: u64) {
        self.time += millis * 1_000_000;
    }

    fn send(&mut self, back: bool, flags: Flags, numbers: [u32; 3], known: Known) -> Analysis {
        self.wait(1);
        self.frame += 1;
        let segment = segment(back, flags, numbers, self.window, &self.options);
        self.ledgers.part(FrameNumber(self.frame), &segment, Time(self.time), known)
    }
}

/// A segment of A, or back of B, with that sequence and acknowledgement number and length.
fn segment(
    back: bool,
    flags: Flags,
    [seq, ack, len]: [u32; 3],
    window: u16,
    options: &[TcpOption],
) -> Segment {
    let mut segment = sample::segment(&sample::syn());
    if back {
        std::mem::swap(&mut segment.src, &mut segment.dst);
    }
    (segment.seq, segment.ack, segment.flags) = (SeqNumber(seq), SeqNumber(ack), flags);
    segment.window = window;
    segment.payload.len = len;
    let scale = flags.has(SYN).then_some(TcpOption::WindowScale(0));
    segment.options = scale.into_iter().chain(options.iter().cloned()).collect();
    segment.header_len = 20 + segment.options.as_bytes().len();
    segment
}
