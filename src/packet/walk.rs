//! The layers of one frame, peeled in turn.

use std::net::IpAddr;
use std::ops::Range;

use super::common::Common;
use super::decoder::Fragments;
use super::frame::Frame;
use super::ip::{self, Fragment, Inner, Speaks};
use super::link::{self, NO_DECODER};
use super::reassembly::Key;
use super::{Counted, Packet, Undecoded, extension, icmp, transport};
use crate::trace::LinkType;

/// How many IP headers within each other are read, quoted ones included.
const MOST_HEADERS: u8 = 64;
const IN_A_TUNNEL: &str = "a tunnel: what it carries is no segment between its ends";

/// How a frame is to be read.
pub(super) struct Walk<'r> {
    /// Whether to sum the bytes of segments and datagrams.
    pub sum: bool,
    /// Where fragments come together; without it, the first one stands for all.
    pub fragments: Option<&'r mut Fragments>,
    pub vlan: u16,
    /// IP headers so far.
    pub depth: u8,
}

impl<'r> Walk<'r> {
    #[inline]
    pub fn new(sum: bool, fragments: Option<&'r mut Fragments>) -> Walk<'r> {
        Walk { sum, fragments, vlan: 0, depth: 0 }
    }

    /// A whole frame.
    #[inline]
    pub fn frame(&mut self, link: LinkType, bytes: &[u8], original_len: u32) -> Packet {
        if link == LinkType::ETHERNET
            && let Some(common) = Common::of(bytes, bytes.len().max(original_len as usize))
        {
            return Packet::Tcp(common.segment(self.sum));
        }
        self.long_way(link, bytes, original_len)
    }

    /// A whole frame, layer by layer.
    pub fn long_way(&mut self, link: LinkType, bytes: &[u8], original_len: u32) -> Packet {
        let frame = Frame { bytes, wire: bytes.len().max(original_len as usize) };
        match link::place(link, &frame) {
            Ok(place) => {
                self.vlan = place.vlan;
                self.packet(&frame, place.range, place.speaks)
            }
            Err(undecoded) => Packet::Other(undecoded),
        }
    }

    /// The IP packet in that range.
    #[inline]
    pub fn packet(&mut self, frame: &Frame<'_>, range: Range<usize>, speaks: Speaks) -> Packet {
        match ip::read(frame, range, speaks) {
            Ok(inner) => self.inner(frame, &inner),
            Err(undecoded) => Packet::Other(undecoded),
        }
    }

    /// What an IP packet carries, whose header has been read.
    #[inline]
    pub fn inner(&mut self, frame: &Frame<'_>, ip: &Inner) -> Packet {
        match ip.fragment {
            None => self.carried(frame, ip),
            Some(fragment) => self.fragment(frame, ip, fragment),
        }
    }

    #[inline]
    fn carried(&mut self, frame: &Frame<'_>, ip: &Inner) -> Packet {
        let read = match ip.protocol {
            6 => transport::segment(frame, ip, self.sum).map(Packet::Tcp),
            17 => transport::datagram(frame, ip, self.sum).map(Packet::Udp),
            1 | 58 => icmp::message(self, frame, ip),
            4 => Err(self.tunnelled(frame, ip, Speaks::Four)),
            41 => Err(self.tunnelled(frame, ip, Speaks::Six)),
            protocol => Err(undecoded(protocol, ip)),
        };
        read.unwrap_or_else(Packet::Other)
    }

    /// A tunnel of IP in IP (RFC 2003, RFC 2473, RFC 4213): of what it carries only TCP counts.
    fn tunnelled(&mut self, frame: &Frame<'_>, ip: &Inner, speaks: Speaks) -> Undecoded {
        let mut undecoded = undecoded(ip.protocol, ip);
        let counted = self.within(|walk| walk.packet(frame, ip.range.clone(), speaks));
        undecoded.counted = counted.and_then(Packet::into_counted).map(|mut counted| {
            counted.outer = Some(shown(&counted, [ip.header.src, ip.header.dst]));
            counted
        });
        if undecoded.counted.is_some() {
            undecoded.why = IN_A_TUNNEL;
        }
        undecoded
    }

    /// Reads one IP header more, unless there have been too many.
    pub fn within<T>(&mut self, read: impl FnOnce(&mut Walk<'r>) -> T) -> Option<T> {
        if self.depth == MOST_HEADERS {
            return None;
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        Some(found)
    }

    /// A piece of a packet. Where it completes one, that is read.
    #[cold]
    fn fragment(&mut self, frame: &Frame<'_>, ip: &Inner, piece: Fragment) -> Packet {
        let layer = if ip.header.src.is_ipv4() { "ipv4" } else { "ipv6" };
        let other = |why| Packet::Other(Undecoded::new(layer, ip.header.offset, why));
        let Some(fragments) = self.fragments.as_deref_mut() else {
            if piece.offset > 0 {
                return other(Undecoded::LATER_FRAGMENT);
            }
            // Its extension headers, if any, are before the transport header.
            return match past_extensions(frame, ip, ip.protocol, ip.range.clone()) {
                Ok(inner) => self.carried(frame, &inner),
                Err(undecoded) => Packet::Other(undecoded),
            };
        };
        let is_all_there = ip.header.total_len == ip.range.end - ip.header.offset;
        let Some(bytes) = frame.bytes.get(ip.range.clone()).filter(|_| is_all_there) else {
            let first = piece.offset == 0 && layer == "ipv4";
            let mut what = Undecoded::new(layer, ip.header.offset, Undecoded::FRAGMENT);
            if first && ip.protocol == 6 {
                what.counted = transport::first_fragment(frame, ip);
            }
            return Packet::Other(what);
        };
        let key = Key::new(ip, self.vlan);
        let Some(whole) = fragments.reassembly.add(key, piece.offset, piece.more, bytes) else {
            return other(Undecoded::FRAGMENT);
        };
        let packet = {
            let frame = Frame { bytes: &whole, wire: whole.len() };
            match past_extensions(&frame, ip, ip.protocol, 0..whole.len()) {
                Ok(mut inner) => {
                    inner.whole = true;
                    self.carried(&frame, &inner)
                }
                Err(undecoded) => Packet::Other(undecoded),
            }
        };
        if let Some(fragments) = self.fragments.as_deref_mut() {
            fragments.whole = Some(whole);
        }
        packet
    }
}

/// What a packet carries in that range, past the extension headers that are part of it.
fn past_extensions(
    frame: &Frame<'_>,
    ip: &Inner,
    protocol: u8,
    range: Range<usize>,
) -> Result<Inner, Undecoded> {
    let (mut dst, mut protocol, mut start) = (ip.dst, protocol, range.start);
    if let IpAddr::V6(before) = dst {
        let found = extension::walk(frame, protocol, range.clone())?;
        (protocol, start) = (found.protocol, found.start);
        dst = IpAddr::V6(found.route.destination(before).unwrap_or(before));
    }
    let mut header = ip.header;
    header.header_len += start - range.start;
    header.total_len = header.header_len + (range.end - start);
    Ok(Inner { header, dst, protocol, range: start..range.end, whole: false, fragment: None })
}

fn undecoded(protocol: u8, ip: &Inner) -> Undecoded {
    let layer = ip::protocol_name(protocol).unwrap_or("ip payload");
    Undecoded::new(layer, ip.range.start, NO_DECODER)
}

/// Of the headers around a segment, the addresses of the outermost of version 4, or else of the
/// outermost; `around` is one more.
fn shown(counted: &Counted, around: [IpAddr; 2]) -> [IpAddr; 2] {
    let inner = counted.outer.unwrap_or([counted.segment.ip.src, counted.segment.ip.dst]);
    if around[0].is_ipv6() && inner[0].is_ipv4() { inner } else { around }
}
