//! Segments as rows of tab-separated columns, as tshark prints the fields of the same names, to
//! the byte. A row costs no allocation once the buffer has room.

use std::net::{IpAddr, Ipv6Addr};

use crate::packet::Segment;
use crate::tcp::analysis::{Analysis, Findings, Known};
use crate::trace::{FrameNumber, Time};

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
        decimal(out, frame.0);
        out.push(b'\t');
        seconds(out, time.0);
        tab_decimal(out, found.stream);
        let [src, dst] = outer.unwrap_or([segment.src.ip(), segment.dst.ip()]);
        for (address, port) in [(src, segment.src.port()), (dst, segment.dst.port())] {
            out.push(b'\t');
            endpoint(out, address, port);
        }
        out.push(b'\t');
        if has_flags {
            out.extend_from_slice(b"0x");
            hexadecimal(out, segment.flags.0);
        }
        tab_decimal(out, found.seq);
        tab_optional(out, has_flags.then_some(found.ack));
        tab_optional(out, len);
        tab_optional(out, has_flags.then_some(found.window));
        tab_decimal(out, found.completeness.0);
        out.push(b'\t');
        if let Some(rtt) = analysis.initial_rtt {
            if rtt < 0 {
                out.push(b'-');
            }
            seconds(out, rtt.unsigned_abs());
        }
        let duplicate = analysis.duplicate;
        tab_optional(out, analysis.bytes_in_flight);
        tab_optional(out, analysis.acks_frame.map(|frame| frame.0));
        tab_optional(out, analysis.rto_frame.map(|frame| frame.0));
        tab_optional(out, duplicate.map(|duplicate| duplicate.number));
        tab_optional(out, duplicate.map(|duplicate| duplicate.of.0));
        out.push(b'\t');
        findings(out, found.findings);
        out.push(b'\n');
    }
}

fn findings(out: &mut Vec<u8>, findings: Findings) {
    if findings.is_empty() {
        return;
    }
    for (at, finding) in findings.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(finding.name().as_bytes());
    }
}

fn tab_optional(out: &mut Vec<u8>, number: Option<impl Into<u64>>) {
    out.push(b'\t');
    if let Some(number) = number {
        decimal(out, number.into());
    }
}

fn tab_decimal(out: &mut Vec<u8>, number: impl Into<u64>) {
    out.push(b'\t');
    decimal(out, number.into());
}

/// All pairs of decimal digits, in order.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut number = 0;
    while number < 100 {
        pairs[number * 2] = b'0' + (number / 10) as u8;
        pairs[number * 2 + 1] = b'0' + (number % 10) as u8;
        number += 1;
    }
    pairs
};

fn decimal(out: &mut Vec<u8>, mut number: u64) {
    if number < 10 {
        out.push(b'0' + number as u8);
        return;
    }
    let mut digits = [0; 20];
    let mut start = digits.len();
    while number >= 10 {
        let pair = (number % 100) as usize * 2;
        number /= 100;
        start -= 2;
        digits[start..start + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if number > 0 {
        start -= 1;
        digits[start] = b'0' + number as u8;
    } else if digits[start] == b'0' {
        start += 1;
    }
    out.extend_from_slice(&digits[start..]);
}

/// Nanoseconds as seconds with nine decimals.
fn seconds(out: &mut Vec<u8>, nanoseconds: u64) {
    decimal(out, nanoseconds / 1_000_000_000);
    let mut rest = nanoseconds % 1_000_000_000;
    let mut digits = *b".000000000";
    for at in [8, 6, 4, 2] {
        let pair = (rest % 100) as usize * 2;
        rest /= 100;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    digits[1] = b'0' + rest as u8;
    out.extend_from_slice(&digits);
}

/// Four digits.
fn hexadecimal(out: &mut Vec<u8>, number: u16) {
    for shift in [12, 8, 4, 0] {
        out.push(b"0123456789abcdef"[usize::from(number >> shift & 15)]);
    }
}

fn endpoint(out: &mut Vec<u8>, address: IpAddr, port: u16) {
    match address {
        IpAddr::V4(address) => dotted(out, address.octets()),
        IpAddr::V6(address) => colons(out, address),
    }
    out.push(b':');
    decimal(out, port.into());
}

fn dotted(out: &mut Vec<u8>, octets: [u8; 4]) {
    for (at, octet) in octets.into_iter().enumerate() {
        if at > 0 {
            out.push(b'.');
        }
        decimal(out, octet.into());
    }
}

/// As RFC 5952, section 4, has it; the last four bytes as IPv4 if it is mapped or compatible
/// (section 5).
fn colons(out: &mut Vec<u8>, address: Ipv6Addr) {
    let groups = address.segments();
    let zeros = longest_zeros(groups);
    let is_embedded = zeros == (0..6) || (zeros == (0..5) && groups[5] == 0xffff);
    let end = if is_embedded { 6 } else { 8 };
    let mut at = 0;
    while at < end {
        if at == zeros.start && !zeros.is_empty() {
            out.extend_from_slice(b"::");
            at = zeros.end;
            continue;
        }
        short_hexadecimal(out, groups[at]);
        at += 1;
        if at < 8 && at != zeros.start {
            out.push(b':');
        }
    }
    if is_embedded {
        let [.., a, b, c, d] = address.octets();
        dotted(out, [a, b, c, d]);
    }
}

/// The first of the longest runs of at least two zeros; empty beyond the end if there is none.
fn longest_zeros(groups: [u16; 8]) -> std::ops::Range<usize> {
    let mut longest = 8..8;
    let mut start = 0;
    let ends = groups.into_iter().chain([1]).enumerate();
    for (at, _) in ends.filter(|(_, group)| *group != 0) {
        if at - start > longest.len().max(1) {
            longest = start..at;
        }
        start = at + 1;
    }
    longest
}

fn short_hexadecimal(out: &mut Vec<u8>, number: u16) {
    let digits = (4 - number.leading_zeros() / 4).max(1);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[usize::from(number >> (digit * 4) & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::{Flags, sample};
    use crate::tcp::analysis::Ledgers;

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
            "3\t1.600000000\t0\t127.0.0.1:40112\t127.0.0.1:8899\t0x0002\t0\t0\t0\t64240\t3\t\t\t\t2\t\t\t\
             retransmission\n"
        );
    }

    #[test]
    fn addresses_are_short_and_embedded_ones_dotted() {
        for (address, shown) in [
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("fe80::1:0:0:2", "fe80::1:0:0:2"),
            ("2001:0:0:1::1", "2001:0:0:1::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("::1.2.3.4", "::1.2.3.4"),
        ] {
            assert_eq!(said(|out| colons(out, address.parse().unwrap())), shown);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_standard_library(number: u64, small in 0..20_000u64, hex: u16) {
            prop_assert_eq!(said(|out| decimal(out, number)), number.to_string());
            prop_assert_eq!(said(|out| decimal(out, small)), small.to_string());
            prop_assert_eq!(said(|out| hexadecimal(out, hex)), format!("{hex:04x}"));
            prop_assert_eq!(said(|out| seconds(out, number)), Time(number).to_string());
        }

        #[test]
        fn any_address_reads_back(groups in prop::array::uniform8(prop_oneof![Just(0u16), any::<u16>()])) {
            let address = Ipv6Addr::from(groups);
            let shown = said(|out| colons(out, address));
            prop_assert_eq!(shown.parse::<Ipv6Addr>().unwrap(), address, "{}", shown);
        }
    }
}
