//! `packets`: one line a frame, as tcpdump has it, with the learner's names.

use std::fmt::Display;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use super::data::quote;
use super::deviation;
use super::icmp;
use super::lines::{GAP, Lines};
use super::look::Look;
use super::paint::Meaning;
use super::row::Row;
use super::sack::Sack;
use crate::packet::{Flags, Options, Undecoded};
use crate::story::{
    DatagramMoment, EndName, Fate, IcmpMoment, Moment, Passage, Role, Roles, SegmentMoment, Story,
    What,
};
use crate::trace::{FrameNumber, Origin};

/// One line for each frame that the story still keeps: number, seconds since the first of them, from whom
/// to whom, flags, sequence numbers, window, length, what is special about it, and how its data
/// begins. Empty if there is none.
pub fn packets(story: &Story, look: &Look) -> String {
    table(story.moments(), look)
}

fn table<'a>(moments: impl IntoIterator<Item = &'a Moment>, look: &Look) -> String {
    let rows = rows(moments, look);
    let layouts = [
        Layout::aligned(&rows, Ends::Addresses),
        Layout::aligned(&rows, Ends::Names),
        Layout::flowing(&rows),
    ];
    let fitting = layouts.into_iter().find(|layout| layout.fits(&rows, look.width));
    let layout = fitting.unwrap_or_else(|| Layout::folded(&rows));
    rows.iter().map(|row| row.lines(&layout, look)).collect()
}

/// One frame, in words.
struct Entry {
    frame: String,
    time: String,
    names: String,
    addresses: String,
    /// Flags, sequence number, acknowledgement, window: each in its column.
    fields: [String; 4],
    /// What the flags are.
    kind: Meaning,
    notes: Vec<(Meaning, String)>,
    data: Option<Data>,
}

impl Default for Entry {
    fn default() -> Entry {
        Entry {
            frame: String::new(),
            time: String::new(),
            names: String::new(),
            addresses: String::new(),
            fields: Default::default(),
            kind: Meaning::Flag,
            notes: Vec::new(),
            data: None,
        }
    }
}

struct Data {
    bytes: Arc<[u8]>,
    len: usize,
}

fn rows<'a>(moments: impl IntoIterator<Item = &'a Moment>, look: &Look) -> Vec<Entry> {
    let mut rows = Vec::new();
    let mut first = None;
    for moment in moments {
        let row = match &moment.what {
            What::Segment(segment) => of_segment(segment, look),
            What::Datagram(datagram) => of_datagram(datagram),
            What::Icmp(icmp) => of_icmp(icmp),
            What::Undecoded { frame, what, passage } => of_undecoded(*frame, what, passage),
            What::Lost { frames } => {
                rows.push(of_lost(*frames));
                continue;
            }
            What::Call(_)
            | What::Blocked(_)
            | What::Return(_)
            | What::State(_)
            | What::Kernel(_)
            | What::Wire(_)
            | What::Interposed { .. }
            | What::CaptureUnavailable { .. }
            | What::Mark => continue,
        };
        let start = *first.get_or_insert(moment.time);
        let time = format!("{:.6}", moment.time.since(start).as_secs_f64());
        rows.push(Entry { time, ..row });
    }
    rows
}

fn of_segment(moment: &SegmentMoment, look: &Look) -> Entry {
    let segment = &moment.segment;
    let (seq, ack) = if look.raw_seq {
        (segment.seq.0, moment.ack.map(|_| segment.ack.0))
    } else {
        (moment.seq, moment.ack)
    };
    let opens_or_ends = segment.flags.has_any(Flags::SYN.with(Flags::FIN).with(Flags::RST));
    // Of a probe it is the point that its number has been.
    let probes = moment.roles.has_any(Roles::of(&[Role::KeepAlive, Role::ZeroWindowProbe]));
    let seq = match segment.payload.len {
        0 if opens_or_ends || probes => format!("seq {seq}"),
        0 => String::new(),
        len => format!("seq {seq}:{}", seq.wrapping_add(len)),
    };
    let plain = |text: String| (Meaning::Plain, text);
    let mut notes = Vec::from_iter(length(segment.payload.len));
    notes.extend(moment.roles.iter().filter_map(note));
    notes.extend(moment.deviation.iter().map(|misleads| plain(deviation::note(misleads))));
    notes.extend(fate(&moment.passage));
    if segment.flags.has(Flags::SYN) {
        notes.extend(offers(&segment.options).map(plain));
    }
    notes.extend(Sack::of(moment, look.raw_seq).map(|sack| plain(sack.words(' ', ':'))));
    if segment.flags.has(Flags::URG) {
        notes.push(plain(format!("urg {}", segment.urgent)));
    }
    let reset = segment.flags.has(Flags::RST);
    Entry {
        fields: [
            letters(segment.flags),
            seq,
            ack.map(|ack| format!("ack {ack}")).unwrap_or_default(),
            format!("win {}", moment.window),
        ],
        kind: if reset { Meaning::Reset } else { Meaning::Flag },
        notes,
        data: data(&moment.preview, segment.payload.len),
        ..between(moment.frame, &moment.names, segment.src, segment.dst)
    }
}

fn of_datagram(moment: &DatagramMoment) -> Entry {
    let datagram = &moment.datagram;
    let mut notes = vec![(Meaning::Plain, format!("len {}", datagram.payload.len))];
    notes.extend(on_its_way(&moment.passage));
    Entry {
        fields: only("udp"),
        notes,
        data: data(&moment.preview, datagram.payload.len),
        ..between(moment.frame, &moment.names, datagram.src, datagram.dst)
    }
}

fn of_icmp(moment: &IcmpMoment) -> Entry {
    let message = &moment.message;
    let nobody = [EndName::default(), EndName::default()];
    let mut notes = vec![(Meaning::Warning, icmp::words(message))];
    if let Some(frame) = moment.about_frame {
        notes.push((Meaning::Plain, format!("about {}", frame.0)));
    } else if let Some(quoted) = &message.about {
        let about = between(moment.frame, &nobody, quoted.src, quoted.dst);
        notes.push((Meaning::Plain, format!("about {}", about.names)));
    }
    notes.extend(on_its_way(&moment.passage));
    Entry {
        fields: only("icmp"),
        notes,
        ..between(moment.frame, &nobody, message.ip.src, message.ip.dst)
    }
}

fn of_undecoded(frame: FrameNumber, what: &Undecoded, passage: &Passage) -> Entry {
    let mut notes = vec![(Meaning::Quiet, what.why.to_owned())];
    notes.extend(on_its_way(passage));
    Entry { frame: frame.0.to_string(), fields: only(what.layer), notes, ..Entry::default() }
}

fn of_lost(frames: u64) -> Entry {
    let note = format!("{frames} frames were lost here: the capture could not keep up");
    Entry { notes: vec![(Meaning::Warning, note)], ..Entry::default() }
}

fn between(
    frame: FrameNumber,
    names: &[EndName; 2],
    src: impl Display,
    dst: impl Display,
) -> Entry {
    let (from, to) = (names[0].name.as_deref(), names[1].name.as_deref());
    let short = |name: Option<&str>, address: &dyn Display| {
        name.map_or_else(|| address.to_string(), str::to_owned)
    };
    let long = |name: Option<&str>, address: &dyn Display| {
        name.map_or_else(|| address.to_string(), |name| format!("{name} {address}"))
    };
    Entry {
        frame: frame.0.to_string(),
        names: format!("{} > {}", short(from, &src), short(to, &dst)),
        addresses: format!("{} > {}", long(from, &src), long(to, &dst)),
        ..Entry::default()
    }
}

/// A protocol without the fields of TCP.
fn only(protocol: &str) -> [String; 4] {
    [protocol.to_owned(), String::new(), String::new(), String::new()]
}

fn length(bytes: u32) -> Option<(Meaning, String)> {
    (bytes > 0).then(|| (Meaning::Plain, format!("len {bytes}")))
}

fn data(preview: &Arc<[u8]>, len: u32) -> Option<Data> {
    (len > 0).then(|| Data { bytes: preview.clone(), len: len as usize })
}

/// tcpdump's letters: `[S.]`, a point for ACK.
fn letters(flags: Flags) -> String {
    const LETTERS: [(Flags, char); 8] = [
        (Flags::FIN, 'F'),
        (Flags::SYN, 'S'),
        (Flags::RST, 'R'),
        (Flags::PSH, 'P'),
        (Flags::ACK, '.'),
        (Flags::URG, 'U'),
        (Flags::ECE, 'E'),
        (Flags::CWR, 'W'),
    ];
    let set: String =
        LETTERS.iter().filter(|(flag, _)| flags.has(*flag)).map(|(_, letter)| letter).collect();
    if set.is_empty() { "[none]".to_owned() } else { format!("[{set}]") }
}

/// The role's word, unless flags and length already say it.
fn note(role: Role) -> Option<(Meaning, String)> {
    let meaning = match role {
        Role::Syn | Role::SynAck | Role::Data | Role::Ack | Role::Fin | Role::Reset => return None,
        Role::HandshakeAck
        | Role::AckOfFin
        | Role::WindowUpdate
        | Role::KeepAlive
        | Role::ProbeAnswer
        | Role::SimultaneousOpen
        | Role::CaptureDuplicate
        | Role::Urgent
        | Role::FastOpen => Meaning::Plain,
        Role::Refusal
        | Role::Retransmission
        | Role::FastRetransmission
        | Role::SpuriousRetransmission
        | Role::DuplicateAck
        | Role::ZeroWindow
        | Role::ZeroWindowProbe
        | Role::WindowFull
        | Role::ChallengeAck
        | Role::OutOfOrder
        | Role::HalfOpen
        | Role::Copied
        | Role::Forged
        | Role::NotTaken => Meaning::Warning,
    };
    Some((meaning, role.word().to_owned()))
}

/// What became of a frame, unless it just arrived.
fn fate(passage: &Passage) -> Option<(Meaning, String)> {
    let words = match (passage.absorbed_by, passage.fate()) {
        (Some(held), _) => format!("absorbed by {}", held.frame.0),
        (None, Fate::Delivered) => return None,
        (None, fate) => fate.word().to_owned(),
    };
    Some((Meaning::Warning, words))
}

/// Who put it on the wire, unless a socket did, and how it fared there. Of a segment, its roles say
/// who.
fn on_its_way(passage: &Passage) -> impl Iterator<Item = (Meaning, String)> {
    let role = match passage.origin {
        Origin::Stack => None,
        Origin::Copy { .. } => Some(Role::Copied),
        Origin::Forged => Some(Role::Forged),
    };
    role.and_then(note).into_iter().chain(fate(passage))
}

/// What a SYN says of its sender.
fn offers(options: &Options) -> impl Iterator<Item = String> {
    let mss = options.mss().map(|mss| format!("mss {mss}"));
    let scale = options.window_scale().map(|shift| format!("ws {shift}"));
    mss.into_iter().chain(scale)
}

/// How the two ends are written.
#[derive(Clone, Copy)]
enum Ends {
    /// `client 127.0.0.1:40112 > server 127.0.0.1:8899`
    Addresses,
    /// `client > server`
    Names,
}

/// The widths of the columns.
struct Layout {
    ends: Ends,
    frame: usize,
    time: usize,
    between: usize,
    fields: [usize; 4],
}

impl Layout {
    /// Every field below its like.
    fn aligned(rows: &[Entry], ends: Ends) -> Layout {
        let width = |text: &dyn Fn(&Entry) -> &str| rows.iter().map(|row| text(row).width()).max();
        Layout {
            ends,
            frame: width(&|row| &row.frame).unwrap_or(0),
            time: width(&|row| &row.time).unwrap_or(0),
            between: width(&|row| row.between(ends)).unwrap_or(0),
            fields: std::array::from_fn(|i| width(&|row| &row.fields[i]).unwrap_or(0)),
        }
    }

    /// Names and flags below their like, numbers as they come.
    fn flowing(rows: &[Entry]) -> Layout {
        let aligned = Layout::aligned(rows, Ends::Names);
        Layout { fields: [aligned.fields[0], 0, 0, 0], ..aligned }
    }

    /// As many words on a line as there is room for.
    fn folded(rows: &[Entry]) -> Layout {
        Layout { between: 0, fields: [0; 4], ..Layout::aligned(rows, Ends::Names) }
    }

    /// Whether there is room for the columns; addresses are luxury, so they must leave room for
    /// the notes, and numbers in columns must leave some.
    fn fits(&self, rows: &[Entry], width: usize) -> bool {
        const SOME: usize = 16;
        let fields = self.fields.iter().filter(|width| **width > 0);
        let head = self.frame + self.time + self.between + fields.clone().sum::<usize>();
        let head = head + GAP.len() * (2 + fields.count());
        let longest = rows.iter().map(Entry::tail).max().unwrap_or(0);
        match self.ends {
            Ends::Addresses => head + longest <= width,
            Ends::Names if self.fields[3] > 0 => head + longest.min(SOME) <= width,
            Ends::Names => head + SOME <= width,
        }
    }
}

impl Entry {
    fn between(&self, ends: Ends) -> &str {
        match ends {
            Ends::Addresses => &self.addresses,
            Ends::Names => &self.names,
        }
    }

    /// Columns that notes and data need behind the fields; a remark between frames needs none.
    fn tail(&self) -> usize {
        if self.frame.is_empty() {
            return 0;
        }
        let notes: usize = self.notes.iter().map(|(_, note)| GAP.len() + note.width()).sum();
        notes + self.data.as_ref().map_or(0, |_| GAP.len() + LEAST_DATA)
    }

    fn lines(&self, layout: &Layout, look: &Look) -> String {
        let &Layout { frame, time, .. } = layout;
        let start = format!("{:>frame$}{GAP}{:>time$}", self.frame, self.time);
        let mut lines = Lines::new(Row::of(Meaning::Quiet, start), look);
        lines.put(Meaning::Plain, self.between(layout.ends), layout.between);
        for (i, (field, width)) in self.fields.iter().zip(layout.fields).enumerate() {
            let meaning = if i == 0 { self.kind } else { Meaning::Plain };
            lines.put(meaning, field, width);
        }
        for (meaning, note) in &self.notes {
            lines.put(*meaning, note, 0);
        }
        if let Some(data) = &self.data {
            let quoted = |room| quote(&data.bytes, data.len, room, look.ascii);
            let room = lines.room(quoted(Look::WIDEST).width().min(LEAST_DATA));
            lines.put(Meaning::Data, &quoted(room), 0);
        }
        lines.finish()
    }
}

/// Least room for data, quotes included, before it goes on a line of its own.
const LEAST_DATA: usize = 12;

#[cfg(test)]
mod tests {
    use super::super::specimen::{carry, segment, syn_options, with};
    use super::*;
    use crate::story::Side;

    fn look(width: usize) -> Look {
        Look { width, ascii: false, raw_seq: false, arithmetic: false, colour: false }
    }

    fn conversation() -> Vec<Moment> {
        let syn = |m: &mut SegmentMoment| m.segment.options = syn_options();
        let (ack, push) = (Flags::ACK, Flags::PSH.with(Flags::ACK));
        let role = |role| move |m: &mut SegmentMoment| m.roles.insert(role);
        vec![
            with(segment(1, Side::A, 0, Flags::SYN, 0, 0), syn),
            with(segment(2, Side::B, 9, Flags::SYN.with(ack), 0, 1), syn),
            with(segment(3, Side::A, 14, ack, 1, 1), role(Role::HandshakeAck)),
            carry(segment(4, Side::A, 201_733, push, 1, 1), b"hello \x1b[31m"),
            with(
                carry(segment(5, Side::A, 402_000, push, 1, 1), b"hello \x1b[31m"),
                role(Role::Retransmission),
            ),
            with(segment(6, Side::B, 402_011, Flags::RST, 1, 0), role(Role::Reset)),
        ]
    }

    #[test]
    fn eighty_columns_have_names_flags_numbers_and_data() {
        insta::assert_snapshot!(table(&conversation(), &look(80)));
    }

    #[test]
    fn wide_screens_show_addresses_and_narrow_ones_fold() {
        insta::assert_snapshot!("wide", table(&conversation(), &look(140)));
        insta::assert_snapshot!("narrow", table(&conversation(), &look(40)));
    }

    #[test]
    fn raw_numbers_are_those_on_the_wire() {
        let raw = Look { raw_seq: true, ..look(80) };
        let shown = table(&conversation()[3..4], &raw);
        assert!(shown.contains("seq 1001:1012  ack 5001"), "{shown}");
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for width in 24..140 {
            let shown = table(&conversation(), &look(width));
            assert!(shown.lines().all(|line| line.width() <= width), "{width}:\n{shown}");
        }
    }
}
