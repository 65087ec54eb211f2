//! TCP and UDP headers.

use std::net::SocketAddr;
use std::ops::Range;

use super::frame::{CUT, Frame};
use super::ip::Inner;
use super::{
    Checksum, Counted, Datagram, Flags, Header, Options, Payload, Segment, SeqNumber, Undecoded,
    checksum,
};

/// So many bytes of a TCP header Wireshark asks for to count it: up to the window.
const COUNTED: usize = 16;

/// Reads a TCP segment (RFC 9293, section 3.1). Options that the capture cut are left out; the
/// header's first 20 bytes are all there. Where they aren't, or are bogus, the reason has what can
/// be read of them.
#[inline]
pub(super) fn segment(frame: &Frame<'_>, ip: &Inner, sum: bool) -> Result<Segment, Undecoded> {
    let start = ip.range.start;
    match frame.bytes.get(start..).and_then(|rest| rest.first_chunk::<20>()) {
        Some(header) if (20..=ip.range.len()).contains(&header_len(header)) => {
            let mut segment = read(frame, ip, header);
            if sum {
                let field = u16::from_be_bytes([header[16], header[17]]);
                segment.checksum = verdict(frame, ip, ip.range.clone(), field, sum);
            }
            Ok(segment)
        }
        _ => Err(damaged(frame, ip)),
    }
}

/// What the first fragment of a packet says that can't be put together.
pub(super) fn first_fragment(frame: &Frame<'_>, ip: &Inner) -> Option<Box<Counted>> {
    let mut counted = counted(frame, ip)?;
    counted.segment.payload = Payload::default();
    counted.header = Header::FirstFragment;
    Some(counted)
}

/// Why there is no segment, and what there is.
#[cold]
fn damaged(frame: &Frame<'_>, ip: &Inner) -> Undecoded {
    let start = ip.range.start;
    let because = |why| Undecoded::new("tcp", start, why);
    let counted = counted(frame, ip);
    let mut undecoded = match counted.as_ref().map(|counted| counted.header) {
        _ if ip.range.len() < 20 => because("malformed: shorter than a header"),
        Some(Header::OffsetTooSmall) => because("malformed: data offset below 5"),
        Some(Header::OffsetBeyond) => because("malformed: data offset beyond the packet"),
        Some(Header::Whole | Header::Cut | Header::FirstFragment) => because(CUT),
        None => frame.short("tcp", start),
    };
    undecoded.counted = counted;
    undecoded
}

/// What can be read of a TCP header of which a part is missing or bogus, if that is enough.
fn counted(frame: &Frame<'_>, ip: &Inner) -> Option<Box<Counted>> {
    let there = frame.captured(ip.range.clone());
    let there = there.get(..there.len().min(20)).filter(|there| there.len() >= COUNTED)?;
    let mut bytes = [0; 20];
    bytes[..there.len()].copy_from_slice(there);
    let mut segment = read(frame, ip, &bytes);
    let header = match segment.header_len {
        0..20 => Header::OffsetTooSmall,
        len if len > ip.range.len() => Header::OffsetBeyond,
        _ if there.len() < 20 => Header::Cut,
        _ => Header::Whole,
    };
    if header == Header::OffsetBeyond {
        segment.payload = Payload::default();
    }
    Some(Box::new(Counted { segment, header, outer: None, quoted: false }))
}

fn header_len(header: &[u8; 20]) -> usize {
    usize::from(header[12] >> 4) * 4
}

/// The segment with that header, its checksum not looked at.
#[inline]
fn read(frame: &Frame<'_>, ip: &Inner, header: &[u8; 20]) -> Segment {
    let start = ip.range.start;
    let word = |at| u16::from_be_bytes([header[at], header[at + 1]]);
    let long = |at| (u32::from(word(at)) << 16) | u32::from(word(at + 2));
    let header_len = header_len(header);
    let end = (start + header_len).min(ip.range.end);
    Segment {
        ip: ip.header,
        src: SocketAddr::new(ip.header.src, word(0)),
        dst: SocketAddr::new(ip.dst, word(2)),
        seq: SeqNumber(long(4)),
        ack: SeqNumber(long(8)),
        flags: Flags(word(12) & 0x0fff),
        window: word(14),
        urgent: word(18),
        checksum: Checksum::Unknown,
        options: Options::from_bytes(frame.captured(start + 20..end)),
        offset: start,
        header_len,
        payload: payload(frame, end..ip.range.end),
    }
}

/// Reads a UDP datagram (RFC 768).
pub(super) fn datagram(frame: &Frame<'_>, ip: &Inner, sum: bool) -> Result<Datagram, Undecoded> {
    let start = ip.range.start;
    let malformed = |why| Undecoded::new("udp", start, why);
    if ip.range.len() < 8 {
        return Err(malformed("malformed: shorter than a header"));
    }
    let header: [u8; 8] = frame.array("udp", start, start)?;
    let word = |at| u16::from_be_bytes([header[at], header[at + 1]]);
    let len = match usize::from(word(4)) {
        // A jumbogram's (RFC 2675), or left to the network card.
        0 => ip.range.len(),
        1..8 => return Err(malformed("malformed: length below its header's")),
        // The first fragment says the length of the whole.
        len => len.min(ip.range.len()),
    };
    let whole = start..start + len;
    let field = word(6);
    Ok(Datagram {
        ip: ip.header,
        src: SocketAddr::new(ip.header.src, word(0)),
        dst: SocketAddr::new(ip.dst, word(2)),
        checksum: verdict(frame, ip, whole.clone(), field, sum && field != 0),
        offset: start,
        payload: payload(frame, start + 8..whole.end),
    })
}

fn verdict(frame: &Frame<'_>, ip: &Inner, whole: Range<usize>, field: u16, sum: bool) -> Checksum {
    match frame.bytes.get(whole) {
        Some(bytes) if sum && ip.whole => {
            checksum::verdict([ip.header.src, ip.dst], ip.protocol, bytes, field)
        }
        _ => Checksum::Unknown,
    }
}

fn payload(frame: &Frame<'_>, range: Range<usize>) -> Payload {
    let captured = frame.bytes.len();
    Payload {
        range: range.start.min(captured)..range.end.min(captured),
        len: u32::try_from(range.len()).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use crate::packet::{Packet, sample};

    #[test]
    fn a_datagram_is_decoded() {
        let frame = sample::udp();
        let Packet::Udp(datagram) = sample::whole(&frame) else { panic!("no datagram") };
        assert_eq!(datagram.src, "127.0.0.1:5353".parse().unwrap());
        assert_eq!(datagram.dst, "127.0.0.1:9000".parse().unwrap());
        assert_eq!((datagram.offset, datagram.payload.len), (34, 5));
        assert_eq!(datagram.payload.of(&frame), b"hello");
    }

    #[test]
    fn a_datagram_ends_where_its_own_length_says() {
        let mut frame = sample::udp();
        frame[39] -= 2;
        let Packet::Udp(datagram) = sample::whole(&frame) else { panic!("no datagram") };
        assert_eq!(datagram.payload.of(&frame), b"hel");
        frame[39] = 7;
        assert!(matches!(sample::whole(&frame), Packet::Other(why) if why.layer == "udp"));
    }
}
