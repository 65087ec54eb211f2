//! Segments as rows of tab-separated columns, as tshark prints the fields of the same names, to
//! the byte. A row costs no allocation once the buffer has room.

mod line;

use std::net::IpAddr;

use crate::packet::Segment;
use crate::tcp::analysis::{Analysis, Findings, Known};
use crate::trace::{FrameNumber, Time};
use line::Line;

/// The columns' names in Wireshark's filters; the last one lists the flags that are set.
pub const COLUMNS: [&str; 18] = [
    "frame.number",
    "frame.time_epoch",
    "tcp.stream",
    "src",
    "dst",
    "tcp.flags",
    "tcp.seq",
    "tcp.ack",
    "tcp.len",
    "tcp.window_size",
    "tcp.completeness",
    "tcp.analysis.initial_rtt",
    "tcp.analysis.bytes_in_flight",
    "tcp.analysis.acks_frame",
    "tcp.analysis.rto_frame",
    "tcp.analysis.duplicate_ack_num",
    "tcp.analysis.duplicate_ack_frame",
    "tcp.analysis",
];

/// Writes the row of a segment that is in no tunnel, its line end included.
pub fn row(
    out: &mut Vec<u8>,
    frame: FrameNumber,
    time: Time,
    segment: &Segment,
    analysis: &Analysis,
) {
    Row { frame, time, segment, outer: None, analysis }.write(out);
}

/// What a row tells.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The frame's number in the capture, counted from 1.
    pub frame: FrameNumber,
    /// When it passed.
    pub time: Time,
    /// The segment in it.
    pub segment: &'a Segment,
    /// Source and destination of the packet around it, if it is in a tunnel: they are shown.
    pub outer: Option<[IpAddr; 2]>,
    /// What is said of it.
    pub analysis: &'a Analysis,
}

impl Row<'_> {
    /// Writes the row, its line end included.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Row { frame, time, segment, outer, analysis } = *self;
        let found = &analysis.found;
        let has_flags = analysis.known != Known::NoFlags;
        let len = Some(segment.payload.len).filter(|_| analysis.known != Known::NoLength);
        let mut line = Line::default();
        line.decimal(frame.0);
        line.byte(b'\t');
        line.seconds(time.0);
        line.column(Some(found.stream));
        let [src, dst] = outer.unwrap_or([segment.ip.src, segment.ip.dst]);
        for (address, port) in [(src, segment.src.port()), (dst, segment.dst.port())] {
            line.byte(b'\t');
            line.address(address);
            line.byte(b':');
            line.decimal(port.into());
        }
        line.byte(b'\t');
        if has_flags {
            line.byte(b'0');
            line.byte(b'x');
            line.hexadecimal(segment.flags.0, 4);
        }
        line.column(Some(found.seq));
        line.column(has_flags.then_some(found.ack));
        line.column(len);
        line.column(has_flags.then_some(found.window));
        line.column(Some(found.completeness.0));
        line.byte(b'\t');
        if let Some(rtt) = analysis.initial_rtt {
            if rtt < 0 {
                line.byte(b'-');
            }
            line.seconds(rtt.unsigned_abs());
        }
        let duplicate = analysis.duplicate;
        line.column(analysis.bytes_in_flight);
        line.column(analysis.acks_frame.map(|frame| frame.0));
        line.column(analysis.rto_frame.map(|frame| frame.0));
        line.column(duplicate.map(|duplicate| duplicate.number));
        line.column(duplicate.map(|duplicate| duplicate.of.0));
        line.byte(b'\t');
        out.extend_from_slice(line.text());
        if !found.findings.is_empty() {
            findings(out, found.findings);
        }
        out.push(b'\n');
    }
}

fn findings(out: &mut Vec<u8>, findings: Findings) {
    for (at, finding) in findings.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(finding.name().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Flags, sample};
    use crate::tcp::analysis::{Completeness, Duplicate, Found, Ledgers};

    fn said(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_segment_is_a_row() {
        let mut ledgers = Ledgers::default();
        let syn = sample::segment(&sample::syn());
        let mut row_of = |frame, time, segment: &Segment| {
            let (frame, time) = (FrameNumber(frame), Time(time));
            let analysis = ledgers.segment(frame, segment, time);
            said(|out| row(out, frame, time, segment, &analysis))
        };
        assert_eq!(
            row_of(1, 1_500_000_000, &syn),
            "1\t1.500000000\t0\t127.0.0.1:40112\t127.0.0.1:8899\t0x0002\t0\t0\t0\t64240\t0\t\t\t\t\t\t\t\n"
        );
        let mut answer = syn.clone();
        (answer.src, answer.dst) = (syn.dst, syn.src);
        (answer.flags, answer.ack) = (Flags::SYN.with(Flags::ACK), syn.end());
        assert_eq!(
            row_of(2, 1_500_000_009, &answer),
            "2\t1.500000009\t0\t127.0.0.1:8899\t127.0.0.1:40112\t0x0012\t0\t1\t0\t64240\t1\t\t\t1\t\t\t\t\n"
        );
        assert_eq!(
            row_of(3, 1_600_000_000, &syn),
            "3\t1.600000000\t0\t127.0.0.1:40112\t127.0.0.1:8899\t0x0002\t0\t0\t0\t64240\t3\t\t\t\t1\t\t\t\
             retransmission\n"
        );
    }

    #[test]
    fn the_longest_row_has_room() {
        let mut segment = sample::segment(&sample::syn());
        segment.src = "[1111:2222:3333:4444:5555:6666:7777:8888]:65535".parse().unwrap();
        segment.payload.len = u32::MAX;
        let most = FrameNumber(u64::MAX);
        let found = Found {
            stream: u32::MAX,
            findings: Findings::default(),
            seq: u32::MAX,
            ack: u32::MAX,
            window: u32::MAX,
            completeness: Completeness(255),
            completeness_after: Completeness(255),
            initial_rtt: Some(i64::MIN),
        };
        let analysis = Analysis {
            found,
            known: Known::All,
            initial_rtt: found.initial_rtt,
            bytes_in_flight: Some(u32::MAX),
            acks_frame: Some(most),
            rto_frame: Some(most),
            duplicate: Some(Duplicate { number: u32::MAX, of: most }),
        };
        let outer = Some([segment.src.ip(); 2]);
        let row = Row {
            frame: most,
            time: Time(u64::MAX),
            segment: &segment,
            outer,
            analysis: &analysis,
        };
        assert_eq!(said(|out| row.write(out)).split('\t').count(), COLUMNS.len());
    }
}
