//! What `dissect N` shows: every header of one frame, field by field, and which bytes each field
//! is.
//!
//! Each field has a letter; the rule under the header's bytes carries the letter where the field
//! is. A line without indentation is a heading.

mod datagram;
mod header;
mod icmp;
mod ip;
mod layout;
mod link;
mod options;
mod put_together;
mod recorded;
mod segment;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::ops::Range;

use self::header::Header;
use self::layout::Page;
pub use self::put_together::PutTogether;
pub use self::recorded::{Recorded, recorded};
use crate::packet::{self, Checksum, Packet};
use crate::trace::{Frame, LinkType, Time};
use crate::view::{self, sanitize};

/// Most headers that are taken apart; what they carry is shown as bytes.
const MOST_HEADERS: usize = 16;
/// Most bytes of data that are shown.
const MOST_DATA: usize = 4096;

/// What is known of a TCP segment beyond its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// What the learner calls the sender.
    pub from: Option<&'a str>,
    /// What the learner calls the receiver.
    pub to: Option<&'a str>,
    /// Sequence number, counted from the sender's initial one.
    pub seq: Option<u32>,
    /// Acknowledgment number, counted from the receiver's initial one.
    pub ack: Option<u32>,
    /// The sender's window scale, if that applies to this segment.
    pub window_scale: Option<u8>,
    /// Where Wireshark's flags mislead: a sentence for each.
    pub misleads: &'a [String],
    /// The packet that it completes, if that came in fragments.
    pub put_together: Option<&'a PutTogether>,
}

/// Takes a frame apart, in lines of at most `width` columns (from 40 up); with `ascii`, of ASCII
/// only.
pub fn dissect(
    frame: &Frame,
    time: Time,
    context: &Context<'_>,
    width: usize,
    ascii: bool,
) -> Vec<String> {
    dissected(frame, time, context, &[], (width, ascii))
}

/// The same, with notes below its summary.
fn dissected(
    frame: &Frame,
    time: Time,
    context: &Context<'_>,
    notes: &[String],
    (width, ascii): (usize, bool),
) -> Vec<String> {
    let mut page = Page::new(&frame.bytes, width, ascii);
    let [from, to] = [context.from, context.to]
        .map(|name| name.map(|name| sanitize::escape(name.as_bytes(), ascii)));
    let context = &Context { from: from.as_deref(), to: to.as_deref(), ..*context };
    let whole = context.put_together;
    let packet = packet::decode(frame.link, &frame.bytes, frame.original_len);
    page.heading(&[&format!("Frame {}", frame.number.0), &size(frame), &format!("at {time} s")]);
    let told = whole.map_or(&packet, PutTogether::packet);
    page.text(&summary(told, context, page.arrow()));
    for sentence in context.misleads {
        page.text(&sanitize::escape(sentence.as_bytes(), ascii));
    }
    for note in notes {
        page.text(note);
    }
    let mut reader = Reader::of(frame, &packet, context);
    for section in reader.sections(Layer::Link(frame.link)) {
        page.section(&section);
    }
    let mut lines = page.finish();
    if let Some(whole) = whole
        && let Some((mut reader, layer)) = whole.reader(&reader)
    {
        let mut page = Page::new(whole.bytes(), width, ascii);
        page.break_off();
        let len = u32::try_from(whole.bytes().len()).unwrap_or(u32::MAX);
        page.heading(&["Put together", &bytes(len), "what all fragments of this packet carried"]);
        for section in reader.sections(layer) {
            page.section(&section);
        }
        lines.extend(page.finish());
    }
    lines
}

fn size(frame: &Frame) -> String {
    let captured = frame.bytes.len();
    if captured < frame.original_len as usize {
        format!("{captured} of {} bytes captured", frame.original_len)
    } else {
        format!("{captured} bytes")
    }
}

fn summary(packet: &Packet, context: &Context<'_>, arrow: &str) -> String {
    let end = |address: SocketAddr, name: Option<&str>| match name {
        Some(name) => format!("{name} {address}"),
        None => address.to_string(),
    };
    let ends = |src, dst| format!("{} {arrow} {}", end(src, context.from), end(dst, context.to));
    match packet {
        Packet::Tcp(tcp) => {
            format!("{}: {}, {}", ends(tcp.src, tcp.dst), tcp.flags, bytes(tcp.payload.len))
        }
        Packet::Udp(udp) => format!("{}: UDP, {}", ends(udp.src, udp.dst), bytes(udp.payload.len)),
        Packet::Icmp(icmp) => {
            let name = if icmp.is_v6() { "ICMPv6" } else { "ICMP" };
            let what = view::icmp::words(icmp);
            format!("{} {arrow} {}: {name}, {what}", icmp.ip.src, icmp.ip.dst)
        }
        Packet::Other(other) => format!("{}: {}", other.layer, other.why),
    }
}

/// `1 byte`, `2 bytes`.
fn bytes(count: u32) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

/// One header or run of bytes, ready to be laid out.
#[derive(Debug)]
struct Section {
    title: &'static str,
    /// Where it is described: `RFC 9293, section 3.1`.
    source: &'static str,
    /// Its bytes; beyond the captured ones if it was cut.
    range: Range<usize>,
    fields: Vec<header::Field>,
    /// A sentence about it.
    remark: String,
}

/// What comes next, and in which bytes of the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Next {
    layer: Layer,
    range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Link(LinkType),
    EtherType(u16),
    /// Either version: the first four bits say which.
    Ip,
    /// By IP protocol number.
    Protocol(u8),
    /// The start of the packet that an ICMP error is about.
    Quoted,
    /// What a TCP segment carries.
    SegmentData,
    /// Bytes with nothing more to take apart, and what is to be said of them.
    Data(&'static str),
}

/// What the headers' dissectors may know beyond their bytes.
#[derive(Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    /// Length on the wire, at least that of the bytes.
    len: usize,
    packet: &'a Packet,
    context: Context<'a>,
    /// Whether this is inside the packet that an ICMP error quotes.
    quoted: bool,
    v6: bool,
    /// The protocol of the packet of which this frame has a fragment.
    carried: Option<u8>,
}

impl<'a> Reader<'a> {
    fn of(frame: &'a Frame, packet: &'a Packet, context: &Context<'a>) -> Reader<'a> {
        Reader {
            bytes: &frame.bytes,
            len: frame.bytes.len().max(frame.original_len as usize),
            packet,
            context: *context,
            quoted: false,
            v6: false,
            carried: None,
        }
    }

    /// All that there is to show of the bytes, which begin with that layer.
    fn sections(&mut self, first: Layer) -> Vec<Section> {
        let bytes = self.bytes;
        let mut sections = Vec::new();
        let mut next = Some(Next { layer: first, range: 0..self.len });
        // Where the outermost packet ends: a frame may be padded beyond it.
        let mut end = None;
        while let Some(Next { layer, range }) = next.take().filter(|next| !next.range.is_empty()) {
            let layer = if sections.len() < MOST_HEADERS { layer } else { Layer::Data("") };
            let (section, inner) = self.read(layer, range.clone());
            sections.extend(section.map(|section| self.within(&range, section)));
            if layer == Layer::Ip && end.is_none() {
                end = inner.as_ref().map(|inner| inner.range.end);
            }
            self.quoted |= matches!(inner, Some(Next { layer: Layer::Quoted, .. }));
            // Beyond a header that was cut there is nothing to tell.
            next = inner.filter(|inner| inner.range.start <= bytes.len());
        }
        let told = sections.last().map_or(0, |section| section.range.end);
        let end = end.unwrap_or(bytes.len()).clamp(told, bytes.len().max(told));
        for (title, range, remark) in [
            ("Rest", told..end, "Beyond the length that the last header gives."),
            (
                "Padding",
                end..bytes.len(),
                "Beyond the packet: Ethernet fills short frames to 60 bytes.",
            ),
        ] {
            if !range.is_empty() {
                sections.push(raw(title, range, remark));
            }
        }
        sections
    }

    /// A fragment of a packet of that protocol: where it completes one, what that carries is shown
    /// put together.
    fn fragment(&mut self, is_later: bool, protocol: u8) -> Layer {
        if !self.quoted && self.context.put_together.is_some() {
            self.carried.get_or_insert(protocol);
            Layer::Data("A fragment: what it completes is below.")
        } else if is_later {
            Layer::Data("A later fragment: the transport header is in the first.")
        } else {
            Layer::Protocol(protocol)
        }
    }

    /// Reads one header: what to show of it, and what it carries.
    fn read(&mut self, layer: Layer, range: Range<usize>) -> (Option<Section>, Option<Next>) {
        match layer {
            Layer::Link(link) => link::first(self, link, range),
            Layer::EtherType(kind) => link::ether_type(self, kind, range),
            Layer::Ip => ip::either(self, range),
            Layer::Quoted => (None, Some(Next { layer: Layer::Ip, range })),
            Layer::Protocol(protocol) => ip::protocol(self, protocol, range),
            Layer::SegmentData => {
                let remark = segment::data_numbers(self, range.len());
                (Some(raw("Data", range, &remark)), None)
            }
            Layer::Data(remark) => (Some(raw("Data", range, remark)), None),
        }
    }

    /// A header at the start of a range of the frame; nothing is read beyond that.
    fn header(&self, range: &Range<usize>) -> Header<'_> {
        Header::new(&self.bytes[..range.end.min(self.bytes.len())], range.start)
    }

    /// The section as far as there are bytes for it in that range, and why if not.
    fn within(&self, range: &Range<usize>, mut section: Section) -> Section {
        let there = range.end.min(self.bytes.len()).max(section.range.start);
        if section.range.end > there {
            let missing = bytes(u32::try_from(section.range.end - there).unwrap_or(u32::MAX));
            let why = if range.end > self.bytes.len() {
                "not captured"
            } else if self.quoted {
                "not quoted"
            } else {
                "missing: malformed"
            };
            let remark = format!("{} {missing} more {why}.", section.remark);
            remark.trim().clone_into(&mut section.remark);
            section.range.end = there;
        }
        section
    }

    fn checksum(&self) -> Checksum {
        match self.packet {
            Packet::Tcp(segment) => segment.checksum,
            Packet::Udp(datagram) => datagram.checksum,
            Packet::Icmp(_) | Packet::Other(_) => Checksum::Unknown,
        }
    }
}

fn raw(title: &'static str, range: Range<usize>, remark: &str) -> Section {
    Section { title, source: "", range, fields: Vec::new(), remark: remark.to_owned() }
}
