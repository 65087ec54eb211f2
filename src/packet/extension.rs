//! IPv6 extension headers (RFC 8200, section 4).

use std::net::Ipv6Addr;
use std::ops::Range;

use super::Undecoded;
use super::frame::Frame;
use super::ip::Fragment;

/// Where the extension headers end, and what they say.
pub(super) struct Extensions {
    /// What follows them.
    pub protocol: u8,
    /// Where that starts.
    pub start: usize,
    /// The fragment header's identification.
    pub id: Option<u32>,
    /// Which piece of a packet follows; none behind an atomic fragment (RFC 6946).
    pub fragment: Option<Fragment>,
    /// A routing header.
    pub route: Route,
}

/// Where a packet goes after the destination in its header (RFC 8200, section 4.4).
pub(super) enum Route {
    /// Nowhere: that is the last.
    Direct,
    /// To this address in the end: the checksum has it, and Wireshark's conversation, too.
    /// It is so many bytes of the header's destination and then the rest of these.
    Via(usize, Ipv6Addr),
    /// By a routing header that has no decoder.
    Unknown,
}

impl Route {
    /// The last address for a packet whose header has that one, if it is known.
    pub fn destination(&self, header: Ipv6Addr) -> Option<Ipv6Addr> {
        match self {
            Route::Direct => Some(header),
            Route::Via(shared, last) => {
                let mut octets = last.octets();
                octets[..*shared].copy_from_slice(&header.octets()[..*shared]);
                Some(Ipv6Addr::from(octets))
            }
            Route::Unknown => None,
        }
    }
}

/// Reads a routing header.
fn route(header: &[u8]) -> Route {
    let [_, _, kind, left, compression, padding, ..] = *header else { return Route::Unknown };
    if left == 0 {
        return Route::Direct;
    }
    let addresses = header.get(8..).unwrap_or_default();
    match kind {
        // Source route (RFC 2460, deprecated by RFC 5095): in the order of travel.
        0 => addresses.last_chunk().map_or(Route::Direct, |last| Route::Via(0, (*last).into())),
        // Mobile IPv6 (RFC 6275): the home address. Segment routing (RFC 8754): the last first.
        2 | 4 => {
            addresses.first_chunk().map_or(Route::Direct, |last| Route::Via(0, (*last).into()))
        }
        // RPL (RFC 6554): as source routes, without the bytes that are the destination's.
        3 => {
            let (shared, padding) = (usize::from(compression & 0x0f), usize::from(padding >> 4));
            let end = addresses.len().saturating_sub(padding);
            let Some(tail) = end.checked_sub(16 - shared).and_then(|at| addresses.get(at..end))
            else {
                return Route::Direct;
            };
            let mut last = [0; 16];
            last[shared..].copy_from_slice(tail);
            Route::Via(shared, last.into())
        }
        _ => Route::Unknown,
    }
}

/// Walks the extension headers of a packet, the first of which is of that kind. What follows a
/// fragment header of a piece is the middle of something: the walk ends there. So it does at an
/// authentication header, which has no decoder.
pub(super) fn walk(
    frame: &Frame<'_>,
    first: u8,
    range: Range<usize>,
) -> Result<Extensions, Undecoded> {
    let mut found = Extensions {
        protocol: first,
        start: range.start,
        id: None,
        fragment: None,
        route: Route::Direct,
    };
    loop {
        let at = found.start;
        let len = match found.protocol {
            // Hop-by-hop options, routing, destination options; the fragment header.
            0 | 43 | 60 => {
                let [_, len]: [u8; 2] = frame.array("ipv6", range.start, at)?;
                (usize::from(len) + 1) * 8
            }
            44 => 8,
            _ => return Ok(found),
        };
        if at + len > range.end {
            let why = "malformed: extension headers longer than the packet";
            return Err(Undecoded::new("ipv6", range.start, why));
        }
        if at + len > frame.bytes.len() {
            return Err(frame.short("ipv6", range.start));
        }
        let header: [u8; 8] = frame.array("ipv6", range.start, at)?;
        if found.protocol == 43 {
            found.route = route(frame.captured(at..at + len));
        }
        if found.protocol == 44 {
            let [_, _, high, low, a, b, c, d] = header;
            let field = u16::from_be_bytes([high, low]);
            found.id = Some(u32::from_be_bytes([a, b, c, d]));
            if field & 0xfff9 != 0 {
                let piece = Fragment { offset: usize::from(field & 0xfff8), more: field & 1 != 0 };
                found.fragment = Some(piece);
                (found.protocol, found.start) = (header[0], at + len);
                return Ok(found);
            }
        }
        (found.protocol, found.start) = (header[0], at + len);
    }
}

/// The payload length in bytes that a jumbogram's hop-by-hop option gives (RFC 2675, section 2):
/// more than the header's own field could.
pub(super) fn jumbo_len(frame: &Frame<'_>, first: u8, at: usize) -> Option<usize> {
    let len = usize::from(*frame.bytes.get(at + 1)?);
    let options = (first == 0).then(|| frame.bytes.get(at + 2..at + (len + 1) * 8))??;
    let mut rest = options;
    loop {
        rest = match *rest {
            [0, ref after @ ..] => after,
            [0xc2, 4, a, b, c, d, ..] => {
                let len = u32::from_be_bytes([a, b, c, d]);
                return (len > 0xffff).then_some(len as usize);
            }
            [_, len, ref after @ ..] => after.get(usize::from(len)..)?,
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use crate::packet::{Checksum, Packet, sample};

    #[test]
    fn a_jumbogram_is_as_long_as_its_option_says() {
        let mut frame = sample::frame(sample::tcp6().ack(1), b"");
        (frame[18], frame[19], frame[20]) = (0, 0, 0);
        let len = 8 + 20 + 70_000_u32;
        let [a, b, c, d] = len.to_be_bytes();
        frame.splice(54..54, [6, 0, 0xc2, 4, a, b, c, d]);
        frame.resize(54 + len as usize + 3, 7);
        assert_eq!(sample::segment(&frame).payload.len, 70_000);
        frame[58] = 0xff;
        assert_eq!(sample::segment(&frame).payload.len, 70_003, "no longer than the frame");
        frame[58..62].copy_from_slice(&[0, 0, 0xff, 0xff]);
        assert!(matches!(sample::whole(&frame), Packet::Other(other) if other.layer == "ipv6"));
        frame[56] = 0xc3;
        assert!(matches!(sample::whole(&frame), Packet::Other(other) if other.layer == "ipv6"));
    }

    #[test]
    fn an_extension_header_is_no_longer_than_its_packet() {
        let mut frame = sample::frame(sample::tcp6().ack(1), b"hello");
        (frame[20], frame[55]) = (60, 20);
        assert!(matches!(
            sample::whole(&frame),
            Packet::Other(other) if other.why.starts_with("malformed: extension headers")
        ));
    }

    /// The destination of a segment behind a routing header of that kind, to two addresses more.
    fn destination(kind: u8, left: u8, fields: [u8; 4], addresses: &[u8]) -> (String, Checksum) {
        let mut frame = sample::frame(sample::tcp6().ack(1), b"hello");
        let len = (addresses.len() / 8) as u8;
        (frame[20], frame[19]) = (43, frame[19] + 8 + addresses.len() as u8);
        let header = [&[6, len, kind, left][..], &fields, addresses].concat();
        frame.splice(54..54, header);
        let segment = sample::segment(&frame);
        assert_eq!(segment.ip.dst.to_string(), "::1");
        (segment.dst.ip().to_string(), segment.checksum)
    }

    #[test]
    fn a_routing_header_tells_the_last_destination() {
        let [a, b]: [Ipv6Addr; 2] = ["fe80::a".parse().unwrap(), "fe80::b".parse().unwrap()];
        let two = [a.octets(), b.octets()].concat();
        let last = |kind, left| destination(kind, left, [0; 4], &two);
        for kind in [0, 2, 3, 4, 5] {
            assert_eq!(last(kind, 0), ("::1".to_owned(), Checksum::Right));
        }
        // The sum in the sample is that of a packet to ::1.
        for (kind, wanted) in [(0, "fe80::b"), (2, "fe80::a"), (3, "fe80::b"), (4, "fe80::a")] {
            assert_eq!(last(kind, 1), (wanted.to_owned(), Checksum::Wrong));
        }
        assert_eq!(last(5, 1), ("::1".to_owned(), Checksum::Unknown));
        // RPL: of the last address two bytes, before six of padding; the others are ::1's.
        let compressed = [&[9; 8][..], &[0xab, 0xcd, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(destination(3, 1, [0x8e, 0x60, 0, 0], &compressed).0, "::abcd");
    }
}
