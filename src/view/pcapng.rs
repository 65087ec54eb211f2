//! `save FILE.pcapng`: nanosecond times, and beside each packet a comment that says which call
//! caused it and what it did to both ends (draft-ietf-opsawg-pcapng).

use std::collections::HashMap;
use std::io::{self, Write};

use super::icmp;
use super::pcap::SNAP_LENGTH;
use crate::story::{CallMoment, Change, EndName, Fate, Moment, Passage, Role, SegmentMoment, What};
use crate::tcp::State;
use crate::trace::{CallId, Fact, Frame, FrameNumber, LinkType, Time, Trace};

/// Writes the trace's frames, in order of arrival, with comments from the moments of its story.
///
/// # Errors
/// Those of `out`.
pub fn write<'a>(
    out: &mut impl Write,
    trace: &Trace,
    moments: impl IntoIterator<Item = &'a Moment>,
) -> io::Result<()> {
    let comments = comments(moments);
    let links = links(trace);
    section(out)?;
    for link in &links {
        interface(out, *link)?;
    }
    for (time, frame) in trace.kept_frames() {
        let interface = links.iter().position(|link| *link == frame.link).unwrap_or(0);
        packet(out, interface as u32, time, frame, comments.get(&frame.number))?;
    }
    statistics(out, trace)
}

/// What is said of each frame: `connect(client, 127.0.0.1:8899) · client CLOSED → SYN-SENT ·
/// server LISTEN → SYN-RECEIVED · syn`.
fn comments<'a>(moments: impl IntoIterator<Item = &'a Moment>) -> HashMap<FrameNumber, String> {
    let mut calls: HashMap<CallId, &CallMoment> = HashMap::new();
    let mut comments = HashMap::new();
    for moment in moments {
        let (frame, cause, mut parts) = match &moment.what {
            What::Call(call) => {
                calls.insert(call.call, call);
                continue;
            }
            What::Segment(segment) => (segment.frame, segment.cause, of_segment(segment)),
            What::Datagram(datagram) => (datagram.frame, datagram.cause, Vec::new()),
            What::Icmp(message) => {
                let mut parts = vec![icmp::words(&message.message)];
                parts.extend(message.about_frame.map(|frame| format!("about frame {}", frame.0)));
                (message.frame, message.cause, parts)
            }
            What::Blocked(_)
            | What::Return(_)
            | What::State(_)
            | What::Kernel(_)
            | What::Undecoded { .. }
            | What::Wire(_)
            | What::Interposed { .. }
            | What::Lost { .. }
            | What::CaptureUnavailable { .. }
            | What::Mark => continue,
        };
        parts.extend(moment.passage().and_then(fate));
        if let Some(call) = cause.and_then(|id| calls.get(&id)) {
            parts.insert(0, called(call));
        }
        if !parts.is_empty() {
            comments.insert(frame, parts.join(" · "));
        }
    }
    comments
}

/// What became of a frame that did not just arrive: `delayed, arrived 0.200145 s later`.
fn fate(passage: &Passage) -> Option<String> {
    (passage.fate() != Fate::Delivered).then(|| passage.fate().word().to_owned())
}

fn of_segment(moment: &SegmentMoment) -> Vec<String> {
    let mut parts =
        vec![end(&moment.names[0], &moment.states.from), end(&moment.names[1], &moment.states.to)];
    if !moment.roles.is_empty() {
        let words: Vec<&str> = moment.roles.iter().map(Role::word).collect();
        parts.push(words.join(", "));
    }
    parts
}

fn end(name: &EndName, change: &Change) -> String {
    let state = |state: Option<State>| state.map_or("?", State::name);
    let (before, after) = (state(change.before), state(change.after));
    if change.moved() {
        format!("{} {before} → {after}", name.text())
    } else {
        format!("{} {after}", name.text())
    }
}

fn called(call: &CallMoment) -> String {
    const MOST: usize = 100;
    let args: String = call.args.chars().take(MOST).collect();
    let more = if args.len() < call.args.len() { "…" } else { "" };
    let comma = if args.is_empty() { "" } else { ", " };
    format!("{}({}{comma}{args}{more})", call.function, call.name)
}

/// The link types in order of first sight: each is an interface. One at least, so that an empty
/// capture is a capture.
fn links(trace: &Trace) -> Vec<LinkType> {
    let mut links = Vec::new();
    for (_, frame) in trace.kept_frames() {
        if !links.contains(&frame.link) {
            links.push(frame.link);
        }
    }
    if links.is_empty() { vec![LinkType::ETHERNET] } else { links }
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const NANOSECONDS: u8 = 9;

fn section(out: &mut impl Write) -> io::Result<()> {
    const USER_APPLICATION: u16 = 4;
    let name = concat!("sockscope ", env!("CARGO_PKG_VERSION"));
    Block::new(SECTION_HEADER)
        .number(BYTE_ORDER)
        .halves(1, 0)
        .bytes(&u64::MAX.to_le_bytes())
        .option(USER_APPLICATION, name.as_bytes())
        .write(out)
}

fn interface(out: &mut impl Write, link: LinkType) -> io::Result<()> {
    const NAME: u16 = 2;
    const TIME_RESOLUTION: u16 = 9;
    Block::new(INTERFACE_DESCRIPTION)
        .halves(link.0, 0)
        .number(SNAP_LENGTH)
        .option(NAME, b"lo")
        .option(TIME_RESOLUTION, &[NANOSECONDS])
        .write(out)
}

fn packet(
    out: &mut impl Write,
    interface: u32,
    time: Time,
    frame: &Frame,
    comment: Option<&String>,
) -> io::Result<()> {
    const COMMENT: u16 = 1;
    let mut block = Block::new(ENHANCED_PACKET)
        .number(interface)
        .time(time)
        .number(frame.bytes.len() as u32)
        .number(frame.original_len)
        .bytes(&frame.bytes);
    if let Some(comment) = comment {
        block = block.option(COMMENT, comment.as_bytes());
    }
    block.write(out)
}

/// How many frames came, and how many could not be kept up with.
fn statistics(out: &mut impl Write, trace: &Trace) -> io::Result<()> {
    const RECEIVED: u16 = 4;
    const DROPPED: u16 = 5;
    let dropped: u64 = trace
        .events()
        .map(|event| match event.fact {
            Fact::FramesLost { frames } => frames,
            _ => 0,
        })
        .sum();
    let last = trace.events().map(|event| event.time).max().unwrap_or_default();
    Block::new(INTERFACE_STATISTICS)
        .number(0)
        .time(last)
        .option(RECEIVED, &trace.frames().to_le_bytes())
        .option(DROPPED, &dropped.to_le_bytes())
        .write(out)
}

/// A block of the format: a type, a body, options, with its length before and behind.
struct Block {
    kind: u32,
    body: Vec<u8>,
    has_options: bool,
}

impl Block {
    fn new(kind: u32) -> Block {
        Block { kind, body: Vec::new(), has_options: false }
    }

    fn number(self, number: u32) -> Block {
        self.bytes(&number.to_le_bytes())
    }

    fn halves(self, first: u16, second: u16) -> Block {
        self.number(u32::from(second) << 16 | u32::from(first))
    }

    /// Upper half first, whatever the byte order.
    fn time(self, time: Time) -> Block {
        self.number((time.0 >> 32) as u32).number(time.0 as u32)
    }

    /// Padded to a multiple of four bytes, as everything is.
    fn bytes(mut self, bytes: &[u8]) -> Block {
        self.body.extend_from_slice(bytes);
        self.body.resize(self.body.len().next_multiple_of(4), 0);
        self
    }

    /// One option, cut to what its length field can say.
    fn option(mut self, code: u16, value: &[u8]) -> Block {
        let value = &value[..value.len().min(usize::from(u16::MAX))];
        self.has_options = true;
        self.halves(code, value.len() as u16).bytes(value)
    }

    fn write(mut self, out: &mut impl Write) -> io::Result<()> {
        const AROUND: usize = 12;
        if self.has_options {
            self = self.halves(0, 0);
        }
        let len = ((self.body.len() + AROUND) as u32).to_le_bytes();
        out.write_all(&self.kind.to_le_bytes())?;
        out.write_all(&len)?;
        out.write_all(&self.body)?;
        out.write_all(&len)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::specimen::{START, change, segment, with};
    use super::*;
    use crate::packet::Flags;
    use crate::story::Side;
    use crate::trace::{EventId, SocketId};

    /// A frame of a SYN on loopback.
    fn syn() -> Arc<[u8]> {
        let mut bytes = Vec::new();
        etherparse::PacketBuilder::ethernet2([0; 6], [0; 6])
            .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
            .tcp(40112, 8899, 1000, 64240)
            .syn()
            .write(&mut bytes, &[])
            .unwrap();
        bytes.into()
    }

    fn moments() -> Vec<Moment> {
        let call = CallMoment {
            call: CallId(3),
            socket: SocketId(1),
            name: Arc::from("client"),
            function: "connect",
            args: "127.0.0.1:8899".to_owned(),
        };
        let syn = with(segment(1, Side::A, 0, Flags::SYN, 0, 0), |m| {
            m.roles = Role::Syn.into();
            m.states.from = change(State::Closed, State::SynSent);
            m.states.to = change(State::Listen, State::SynReceived);
        });
        vec![Moment { event: EventId(0), time: START, what: What::Call(call) }, syn]
    }

    fn file() -> tempfile::NamedTempFile {
        let mut trace = Trace::default();
        trace.append_frame(START, LinkType::ETHERNET, syn(), 54);
        trace.append_frame(START, LinkType::NULL, Arc::from(&[2, 0, 0, 0, 1][..]), 5);
        let file = tempfile::Builder::new().suffix(".pcapng").tempfile().unwrap();
        write(&mut file.as_file(), &trace, &moments()).unwrap();
        file
    }

    #[test]
    fn the_comment_says_which_call_and_what_became_of_both_ends() {
        assert_eq!(
            comments(&moments())[&FrameNumber(1)],
            "connect(client, 127.0.0.1:8899) · client CLOSED → SYN-SENT · server LISTEN → \
             SYN-RECEIVED · syn"
        );
    }

    #[test]
    fn every_block_says_its_length_at_both_ends_and_is_a_multiple_of_four() {
        let bytes = std::fs::read(file().path()).unwrap();
        let mut rest = &bytes[..];
        let mut kinds = Vec::new();
        while !rest.is_empty() {
            let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            let len = word(4) as usize;
            assert_eq!((len % 4, word(len - 4) as usize), (0, len));
            kinds.push(word(0));
            rest = &rest[len..];
        }
        assert_eq!(kinds, [SECTION_HEADER, 1, 1, 6, 6, 5]);
    }

    #[test]
    #[ignore = "needs tshark"]
    fn wireshark_reads_comments_and_nanoseconds() {
        let said = std::process::Command::new("tshark")
            .args(["-n", "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.comment", "-r"])
            .arg(file().path())
            .output()
            .unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let first = said.lines().next().unwrap();
        assert!(first.starts_with("1700000000.123456789\tconnect(client, 127.0.0.1:8899) · "));
    }
}
