//! The TCP header.

use std::ops::Range;

use super::{Layer, Next, Reader, Section, options};
use crate::packet::{Checksum, Flags, Packet, SeqNumber};

/// The control bits in the header's order, each with what it says.
const FLAGS: [(&str, Flags, &str); 8] = [
    ("CWR", Flags::CWR, "I have slowed down, as ECE asked"),
    ("ECE", Flags::ECE, "congestion was seen on the way (on a SYN: ECN is offered)"),
    ("URG", Flags::URG, "the urgent pointer counts"),
    ("ACK", Flags::ACK, "the acknowledgment number counts"),
    ("PSH", Flags::PSH, "hand the data to the program now"),
    ("RST", Flags::RST, "the connection is over, at once"),
    ("SYN", Flags::SYN, "my numbering starts here"),
    ("FIN", Flags::FIN, "no more data from me"),
];

/// A TCP segment (RFC 9293, section 3.1).
pub(super) fn segment(reader: &Reader<'_>, range: Range<usize>) -> (Option<Section>, Option<Next>) {
    let context = if reader.quoted { super::Context::default() } else { reader.context };
    let mut header = reader.header(&range);
    let flags = Flags(header.peek(100, 12).unwrap_or_default() as u16);
    let words = header.peek(96, 4).unwrap_or(5) as usize;
    let len = (words * 4).max(20);
    let data = range.len().saturating_sub(len);

    header.number("Source Port", 0, 16, |port| port_of(port, context.from));
    header.number("Destination Port", 16, 16, |port| port_of(port, context.to));
    header.number("Sequence Number", 32, 32, |seq| {
        format!("{}: {}", counted(seq, context.seq), numbered(flags, data))
    });
    header.number("Acknowledgment Number", 64, 32, |ack| {
        if flags.has(Flags::ACK) {
            format!("{}: I have all before it", counted(ack, context.ack))
        } else {
            format!("{ack}: no meaning without ACK")
        }
    });
    header.number("Data Offset", 96, 4, |words| match words {
        0..5 => format!("{words}: below 5, which cannot be"),
        _ => format!("{words}: words of 4 bytes, {} bytes", words * 4),
    });
    header.number("Reserved", 100, 4, |bits| bits.to_string());
    header.number("Flags", 104, 8, |bits| format!("{bits:#04x}: {flags}"));
    header.below(flag_table(flags), flag_notes(flags));
    header.number("Window", 112, 16, |window| match context.window_scale {
        _ if flags.has(Flags::RST) => format!("{window}: of no interest in a reset"),
        _ if flags.has(Flags::SYN) => format!("{window}: bytes that I can take; never scaled here"),
        Some(scale) => {
            format!("{window}: times 2^{scale}, {} bytes that I can take", window << scale)
        }
        None => format!("{window}: bytes that I can take, unless scaled (RFC 7323)"),
    });
    header.number("Checksum", 128, 16, |sum| {
        let verdict = if reader.quoted { "" } else { verdict(reader.checksum(), sum) };
        format!("{sum:#06x}{verdict}")
    });
    header.number("Urgent Pointer", 144, 16, |pointer| {
        if flags.has(Flags::URG) {
            format!("{pointer}: urgent data ends that far on")
        } else {
            format!("{pointer}: no meaning without URG")
        }
    });
    options::add(&mut header, len);
    let (title, layer) =
        if reader.quoted { ("TCP, quoted", Layer::Data("")) } else { ("TCP", Layer::SegmentData) };
    let section = header.section(title, "RFC 9293, section 3.1", len);
    let rest = (range.start + len).min(range.end)..range.end;
    (Some(section), Some(Next { layer, range: rest }))
}

/// Which sequence numbers so many bytes of data take.
pub(super) fn data_numbers(reader: &Reader<'_>, len: usize) -> String {
    let Packet::Tcp(segment) = reader.packet else { return String::new() };
    let seq = SeqNumber(reader.context.seq.unwrap_or(segment.seq.0));
    let first = seq.advance(u32::from(segment.flags.has(Flags::SYN)));
    let last = first.advance((len as u32).wrapping_sub(1));
    if first == last {
        format!("Sequence number {first}.")
    } else {
        format!("Sequence numbers {first} to {last}.")
    }
}

/// What a checksum's verdict is, after its value.
pub(super) fn verdict(checksum: Checksum, sum: u64) -> &'static str {
    match checksum {
        Checksum::Right => ": right",
        Checksum::Offloaded if sum == 0 => ": not the sum; left to the network card to fill in",
        Checksum::Offloaded => {
            ": only the pseudo-header is summed; the rest is left to the network card, \
             and on loopback to nobody"
        }
        Checksum::Wrong => ": wrong, so damaged on the way",
        Checksum::Unknown => ": not checked, for lack of bytes",
    }
}

/// A port, and the learner's name for whose it is.
pub(super) fn port_of(port: u64, name: Option<&str>) -> String {
    name.map_or_else(|| port.to_string(), |name| format!("{port}: {name}"))
}

/// The number from the initial one, and as it stands in the header.
fn counted(raw: u64, relative: Option<u32>) -> String {
    match relative {
        Some(relative) if u64::from(relative) != raw => format!("{relative} (raw {raw})"),
        _ => raw.to_string(),
    }
}

/// What the sequence number is the number of.
fn numbered(flags: Flags, data: usize) -> &'static str {
    if flags.has(Flags::SYN) {
        "the initial one; a SYN takes one number"
    } else if data > 0 {
        "that of the first byte of data"
    } else if flags.has(Flags::FIN) {
        "that of the FIN, which takes one"
    } else {
        "that of the next byte to be sent"
    }
}

/// Every control bit by name.
fn flag_table(flags: Flags) -> Vec<String> {
    let names: Vec<&str> = FLAGS.iter().map(|(name, ..)| *name).collect();
    let bits: Vec<&str> =
        FLAGS.iter().map(|(_, flag, _)| if flags.has(*flag) { " 1 " } else { " 0 " }).collect();
    vec![names.join(" "), bits.join(" ").trim_end().to_owned()]
}

/// What the control bits that are set say.
fn flag_notes(flags: Flags) -> Vec<String> {
    let set = FLAGS.iter().filter(|(_, flag, _)| flags.has(*flag));
    set.map(|(name, _, meaning)| format!("{name}: {meaning}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::packet::sample;
    use crate::trace::{Frame, FrameNumber, LinkType, Origin, Time};
    use crate::view::dissect::{Context, dissect};

    /// What is said of a SYN's checksum if it is that.
    fn said_of(checksum: u16) -> String {
        let mut bytes = sample::syn();
        bytes[50..52].copy_from_slice(&checksum.to_be_bytes());
        let frame = Frame {
            number: FrameNumber(1),
            link: LinkType::ETHERNET,
            original_len: bytes.len() as u32,
            bytes: bytes.into(),
            origin: Origin::Stack,
        };
        let lines = dissect(&frame, Time(0), &Context::default(), 150, false);
        let line = lines.into_iter().find(|line| line.starts_with("  i 50-51")).unwrap();
        line.split_once("0x").unwrap().1.to_owned()
    }

    #[test]
    fn a_checksum_that_was_not_filled_in_is_told_from_a_wrong_one() {
        assert_eq!(said_of(0xc396), "c396: right");
        assert_eq!(
            said_of(0xfe30),
            "fe30: only the pseudo-header is summed; the rest is left to the network card, and \
             on loopback to nobody"
        );
        assert_eq!(said_of(0), "0000: not the sum; left to the network card to fill in");
        assert_eq!(said_of(0xc397), "c397: wrong, so damaged on the way");
    }
}
