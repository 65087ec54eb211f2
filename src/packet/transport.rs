//! TCP and UDP headers.

use std::net::SocketAddr;
use std::ops::Range;

use super::decode::Frame;
use super::ip::Inner;
use super::{Checksum, Datagram, Flags, Options, Payload, Segment, SeqNumber, Undecoded, checksum};

/// Reads a TCP segment (RFC 9293, section 3.1). Options that the capture cut are left out; the
/// header's first 20 bytes are all there.
pub(super) fn segment(frame: &Frame<'_>, ip: &Inner, sum: bool) -> Result<Segment, Undecoded> {
    let start = ip.range.start;
    let malformed = |why| Undecoded { layer: "tcp", offset: start, why };
    if ip.range.len() < 20 {
        return Err(malformed("malformed: shorter than a header"));
    }
    let header: [u8; 20] = frame.array("tcp", start, start)?;
    let word = |at| u16::from_be_bytes([header[at], header[at + 1]]);
    let long = |at| (u32::from(word(at)) << 16) | u32::from(word(at + 2));
    let header_len = usize::from(header[12] >> 4) * 4;
    if header_len < 20 {
        return Err(malformed("malformed: data offset below 5"));
    }
    if header_len > ip.range.len() {
        return Err(malformed("malformed: data offset beyond the packet"));
    }
    Ok(Segment {
        ip: ip.header,
        src: SocketAddr::new(ip.header.src, word(0)),
        dst: SocketAddr::new(ip.header.dst, word(2)),
        seq: SeqNumber(long(4)),
        ack: SeqNumber(long(8)),
        flags: Flags(word(12) & 0x0fff),
        window: word(14),
        urgent: word(18),
        checksum: verdict(frame, ip, ip.range.clone(), word(16), sum),
        options: Options::from_bytes(frame.captured(start + 20..start + header_len)),
        offset: start,
        header_len,
        payload: payload(frame, start + header_len..ip.range.end),
    })
}

/// Reads a UDP datagram (RFC 768).
pub(super) fn datagram(frame: &Frame<'_>, ip: &Inner, sum: bool) -> Result<Datagram, Undecoded> {
    let start = ip.range.start;
    let malformed = |why| Undecoded { layer: "udp", offset: start, why };
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
        dst: SocketAddr::new(ip.header.dst, word(2)),
        checksum: verdict(frame, ip, whole.clone(), field, sum && field != 0),
        offset: start,
        payload: payload(frame, start + 8..whole.end),
    })
}

fn verdict(frame: &Frame<'_>, ip: &Inner, whole: Range<usize>, field: u16, sum: bool) -> Checksum {
    match frame.bytes.get(whole) {
        Some(bytes) if sum && ip.whole => checksum::verdict(&ip.header, ip.protocol, bytes, field),
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
