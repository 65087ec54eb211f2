//! What stands on an arrow: as much of it as there is room for, the most telling first.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use crate::packet::{Flags, TcpOption};
use crate::story::{DatagramMoment, Harm, IcmpMoment, Passage, Role, Roles, SegmentMoment};
use crate::trace::Origin;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::Row;
use crate::view::sack::Sack;
use crate::view::{data, icmp};

/// The words on one arrow.
#[derive(Debug, Clone, Default)]
pub struct Label {
    parts: Vec<Part>,
    data: Option<Data>,
    behind: Vec<Part>,
    /// Columns that the flags take where the whole label fits, so that labels line up.
    flags_width: usize,
}

/// One word; those of the highest rank are left out first.
#[derive(Debug, Clone)]
struct Part {
    rank: u8,
    meaning: Meaning,
    text: String,
}

#[derive(Debug, Clone)]
struct Data {
    bytes: Arc<[u8]>,
    len: usize,
}

impl Data {
    /// `None` if there is none, or a capture's snap length has cut it all off.
    fn captured(preview: &Arc<[u8]>, len: u32) -> Option<Data> {
        (!preview.is_empty()).then(|| Data { bytes: preview.clone(), len: len as usize })
    }
}

mod rank {
    pub const FLAGS: u8 = 0;
    pub const NOTE: u8 = 1;
    pub const ESSENCE: u8 = 2;
    pub const LEN: u8 = 3;
    pub const DATA: u8 = 4;
    pub const SEQ: u8 = 5;
    pub const ACK: u8 = 6;
    pub const SACK: u8 = 7;
    pub const REMARK: u8 = 8;
    pub const MSS: u8 = 9;
    pub const SCALE: u8 = 10;
    pub const SACK_PERMITTED: u8 = 11;
    pub const WINDOW: u8 = 12;
    pub const TIMESTAMPS: u8 = 13;
}

/// Fewest columns for data: less says nothing.
const LEAST_DATA: usize = 8;
/// Labels with more room than this may say what is rarely asked for.
const PLENTY: usize = 40;
/// `SYN,ACK`
const FLAGS_WIDTH: usize = 7;

impl Label {
    /// A TCP segment's.
    pub fn of_segment(moment: &SegmentMoment, look: Look) -> Label {
        let segment = &moment.segment;
        let (flags, len) = (segment.flags, segment.payload.len);
        let (seq, ack) = if look.raw_seq {
            (segment.seq.0, moment.ack.map(|_| segment.ack.0))
        } else {
            (moment.seq, moment.ack)
        };
        let mut label = Label { flags_width: FLAGS_WIDTH, ..Label::default() };
        let sack = Sack::of(moment, look.raw_seq);
        // One that reports a gap may open the window besides: the gap is its news. A socket that
        // calls itself isn't two that open.
        let role = surprise(moment.roles)
            .filter(|role| *role != Role::WindowUpdate || sack.is_none())
            .filter(|role| *role != Role::SimultaneousOpen || segment.src != segment.dst);
        if let Some(note) = role.and_then(word) {
            label.put(rank::NOTE, Meaning::Warning, format!("{note}:"));
            label.flags_width = 0;
        }
        let reset = flags.has(Flags::RST);
        let meaning = if reset { Meaning::Reset } else { Meaning::Flag };
        label.put(rank::FLAGS, meaning, flags.to_string());
        // A pure ACK says one number; the point of what was sent again, and of a probe, is that
        // its own has been.
        let repeats = moment.roles.iter().any(repeats);
        let (seq_rank, ack_rank) = match (repeats, segment.is_pure_ack()) {
            (true, _) => (Some(rank::ESSENCE), rank::ACK),
            (false, true) => (None, rank::ESSENCE),
            (false, false) => (Some(rank::SEQ), rank::ACK),
        };
        if let Some(rank) = seq_rank {
            label.put(rank, Meaning::Plain, format!("seq={seq}"));
        }
        if let Some(ack) = ack {
            label.put(ack_rank, Meaning::Plain, format!("ack={ack}"));
        }
        if moment.roles.contains(Role::AckOfFin) {
            label.put(rank::REMARK, Meaning::Quiet, "of FIN");
        }
        if flags.has(Flags::URG) {
            label.put(rank::ESSENCE, Meaning::Warning, format!("urg={}", segment.urgent));
        }
        if len > 0 {
            let rank = if repeats { rank::LEN } else { rank::ESSENCE };
            label.put(rank, Meaning::Plain, format!("len={len}"));
            label.data = Data::captured(&moment.preview, len);
        }
        if let Some(sack) = sack {
            label.put(rank::SACK, Meaning::Quiet, sack.words('=', '-'));
        }
        let closed = moment.window == 0 && !flags.has_any(Flags::SYN.with(Flags::RST));
        if closed || role.is_some_and(is_of_the_window) {
            label.put(rank::ESSENCE, Meaning::Warning, format!("win={}", moment.window));
        } else if !reset {
            label.put_behind(rank::WINDOW, format!("win={}", moment.window));
        }
        for (option, _) in segment.options.iter() {
            if let Some((rank, text)) = option_words(&option, moment) {
                label.put_behind(rank, text);
            }
        }
        label.behind.sort_by_key(|part| part.rank);
        label
    }

    /// A UDP datagram's.
    pub fn of_datagram(moment: &DatagramMoment) -> Label {
        let len = moment.datagram.payload.len;
        let mut label = Label::default();
        if matches!(moment.passage.origin, Origin::Copy { .. }) {
            label.put(rank::NOTE, Meaning::Warning, "copy:");
        }
        label.put(rank::FLAGS, Meaning::Flag, "UDP");
        label.put(rank::ESSENCE, Meaning::Plain, format!("len={len}"));
        label.data = Data::captured(&moment.preview, len);
        label
    }

    /// An ICMP message's.
    pub fn of_icmp(moment: &IcmpMoment) -> Label {
        let mut label = Label::default();
        if matches!(moment.passage.origin, Origin::Copy { .. }) {
            label.put(rank::NOTE, Meaning::Warning, "copy:");
        }
        let name = if moment.message.is_v6() { "ICMPv6" } else { "ICMP" };
        label.put(rank::FLAGS, Meaning::Flag, name);
        label.put(rank::NOTE, Meaning::Warning, icmp::words(&moment.message));
        if let Some(frame) = moment.about_frame {
            label.put_behind(rank::WINDOW, format!("about frame {}", frame.0));
        }
        label
    }

    /// The same of a frame that arrives only now, or arrives harmed.
    #[must_use]
    pub fn arriving(mut self, passage: &Passage) -> Label {
        let note = match passage.harm {
            Some(Harm::Corrupted) => "damaged:",
            Some(Harm::Reordered) => "overtaken:",
            Some(Harm::Delayed) => "late:",
            Some(Harm::Duplicated) | None => return self,
        };
        self.parts
            .insert(0, Part { rank: rank::NOTE, meaning: Meaning::Warning, text: note.into() });
        self.flags_width = 0;
        self
    }

    fn put(&mut self, rank: u8, meaning: Meaning, text: impl Into<String>) {
        self.parts.push(Part { rank, meaning, text: text.into() });
    }

    fn put_behind(&mut self, rank: u8, text: impl Into<String>) {
        self.behind.push(Part { rank, meaning: Meaning::Quiet, text: text.into() });
    }

    /// The label in at most so many columns: all that fits, left out by rank.
    pub fn fit(&self, room: usize, look: Look) -> Row {
        let most = if room > PLENTY { u8::MAX } else { rank::SCALE };
        let all = self.parts.iter().chain(&self.behind);
        let mut ranks: Vec<u8> = all.map(|part| part.rank).chain([rank::DATA]).collect();
        ranks.retain(|rank| *rank <= most);
        ranks.sort_unstable();
        ranks.dedup();
        // All of the data is worth more than numbers, its beginning less than where it lies; and
        // numbers fit where data doesn't.
        let least = if self.shows_all_data(room, look) { rank::DATA } else { rank::SEQ };
        let with_data = ranks.iter().rev().filter(|rank| **rank >= least).map(|r| (*r, true));
        let without = ranks.iter().rev().map(|rank| (*rank, false));
        for (rank, data) in with_data.chain(without) {
            let aligned = self.up_to(rank, data, self.flags_width, room, look);
            if aligned.width() <= room {
                return aligned;
            }
            let loose = self.up_to(rank, data, 0, room, look);
            if (rank <= rank::SEQ || rank == rank::SACK) && loose.width() <= room {
                return loose;
            }
        }
        self.up_to(rank::FLAGS, false, 0, room, look).cut(room, look)
    }

    /// Whether there is room for all of the data, beside the words that go before it.
    fn shows_all_data(&self, room: usize, look: Look) -> bool {
        self.data.as_ref().is_some_and(|Data { bytes, len }| {
            let words = self.up_to(rank::LEN, false, 0, room, look).width();
            let all = data::quote(bytes, *len, usize::MAX, look.ascii);
            bytes.len() == *len && words + 1 + all.width() <= room
        })
    }

    /// The words up to that rank; too wide where they don't fit.
    fn up_to(&self, rank: u8, data: bool, flags_width: usize, room: usize, look: Look) -> Row {
        let mut row = Row::default();
        let mut column = 0;
        for part in self.parts.iter().filter(|part| part.rank <= rank) {
            row.pad_to(column);
            part.behind(&mut row);
            if part.rank == rank::FLAGS {
                column = row.width() + flags_width.saturating_sub(part.text.width());
            }
        }
        if let Some(Data { bytes, len }) = self.data.as_ref().filter(|_| data) {
            let left = room.saturating_sub(row.width() + 1).max(LEAST_DATA);
            let quoted = data::quote(bytes, *len, left, look.ascii);
            // Quotes around nothing say that there is nothing.
            if !quoted.starts_with("\"\"") {
                row.say(" ");
                row.put(Meaning::Data, quoted);
            }
        }
        for part in self.behind.iter().filter(|part| part.rank <= rank) {
            row.pad_to(column);
            part.behind(&mut row);
        }
        row
    }
}

impl Part {
    fn behind(&self, row: &mut Row) {
        if !row.is_empty() {
            row.say(" ");
        }
        row.put(self.meaning, self.text.clone());
    }
}

/// What is most out of the ordinary about a segment.
fn surprise(roles: Roles) -> Option<Role> {
    const BY_WEIGHT: [Role; 20] = [
        Role::Forged,
        Role::Copied,
        Role::Refusal,
        Role::NotTaken,
        Role::CaptureDuplicate,
        Role::HalfOpen,
        Role::SpuriousRetransmission,
        Role::FastRetransmission,
        Role::Retransmission,
        Role::SimultaneousOpen,
        Role::ZeroWindowProbe,
        Role::ZeroWindow,
        Role::KeepAlive,
        Role::ProbeAnswer,
        Role::ChallengeAck,
        Role::DuplicateAck,
        Role::OutOfOrder,
        Role::WindowUpdate,
        Role::WindowFull,
        Role::FastOpen,
    ];
    BY_WEIGHT.into_iter().find(|role| roles.contains(*role) && word(*role).is_some())
}

/// The word for a role that the flags and numbers don't show; `None` for what is in order.
fn word(role: Role) -> Option<&'static str> {
    match role {
        Role::Syn
        | Role::SynAck
        | Role::HandshakeAck
        | Role::Data
        | Role::Ack
        | Role::Fin
        | Role::AckOfFin
        | Role::Reset
        | Role::Urgent => None,
        Role::Refusal => Some("refused"),
        Role::Retransmission => Some("again"),
        Role::FastRetransmission => Some("again, fast"),
        Role::SpuriousRetransmission => Some("again, needlessly"),
        Role::DuplicateAck => Some("duplicate"),
        Role::WindowUpdate => Some("window update"),
        Role::ZeroWindow => Some("zero window"),
        Role::ZeroWindowProbe => Some("window probe"),
        Role::WindowFull => Some("fills window"),
        Role::KeepAlive => Some("keep-alive"),
        Role::HalfOpen => Some("half-open"),
        Role::ProbeAnswer => Some("answer to probe"),
        Role::ChallengeAck => Some("challenge"),
        Role::SimultaneousOpen => Some("both open"),
        Role::OutOfOrder => Some("ahead of a gap"),
        Role::CaptureDuplicate => Some("captured twice"),
        Role::FastOpen => Some("fast open"),
        Role::NotTaken => Some("dropped"),
        Role::Copied => Some("copy"),
        Role::Forged => Some("forged"),
    }
}

/// Whether a segment of this role should be told from the ordinary run of data.
pub fn is_surprising(role: Role) -> bool {
    role != Role::WindowUpdate && (word(role).is_some() || role == Role::Urgent)
}

fn is_of_the_window(role: Role) -> bool {
    matches!(role, Role::ZeroWindow | Role::WindowUpdate)
}

/// Whether a segment of this role has a sequence number that was there before.
fn repeats(role: Role) -> bool {
    matches!(
        role,
        Role::ZeroWindowProbe
            | Role::KeepAlive
            | Role::Retransmission
            | Role::FastRetransmission
            | Role::SpuriousRetransmission
    )
}

/// An option's word and rank; `None` for those that say nothing to a learner.
fn option_words(option: &TcpOption, moment: &SegmentMoment) -> Option<(u8, String)> {
    let syn = moment.segment.flags.has(Flags::SYN);
    Some(match option {
        TcpOption::MaximumSegmentSize(mss) => (rank::MSS, format!("mss={mss}")),
        TcpOption::WindowScale(shift) => (rank::SCALE, format!("ws={shift}")),
        TcpOption::SackPermitted => (rank::SACK_PERMITTED, "sackok".to_owned()),
        // Their numbers are for round-trip times; to a learner it matters that they were agreed.
        TcpOption::Timestamps { .. } if syn => (rank::TIMESTAMPS, "ts".to_owned()),
        TcpOption::FastOpenCookie(cookie) if syn && cookie.is_empty() => {
            (rank::REMARK, "tfo?".to_owned())
        }
        TcpOption::FastOpenCookie(_) => (rank::REMARK, "tfo".to_owned()),
        TcpOption::Other { .. } => match (option.name(), option.mptcp_subtype()) {
            ("mptcp", Some(subtype)) => (rank::TIMESTAMPS, subtype.to_lowercase()),
            (name @ ("mptcp" | "md5" | "ao" | "tfo"), _) => (rank::TIMESTAMPS, name.to_owned()),
            _ => return None,
        },
        TcpOption::UserTimeout(seconds) => (rank::TIMESTAMPS, format!("uto={seconds}s")),
        // Told by `Sack`.
        TcpOption::Sack(_)
        | TcpOption::Timestamps { .. }
        | TcpOption::EndOfList
        | TcpOption::NoOperation
        | TcpOption::Malformed { .. } => return None,
    })
}
