//! How an answer is graded: field by field against what really happened.

use super::{Answer, Fields, Messages, Returned, filled};
use crate::packet::Flags;
use crate::story::{ConnectionId, Role, Roles, SegmentMoment, Side, Story, What};
use crate::tcp::State;
use crate::trace::FrameNumber;

/// What is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// An answer that the file or the lab knows.
    Known(Answer),
    /// The states of those who go by the name that was asked for, the likeliest meaning first.
    State(Vec<State>),
    /// What makes a segment, and why each field is what it is.
    Segment(Segment),
    /// What a call returned, and the lab's words for it.
    Returned(Returned),
}

/// A segment that came, as far as predictions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    frame: FrameNumber,
    fields: Fields,
    /// Why: flags, seq, ack, len.
    reasons: [String; 4],
}

/// One field of an answer, graded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// `flags`, `seq`, `ack` or `len`; empty where an answer is one thing.
    pub field: &'static str,
    /// What was answered; empty if nothing was.
    pub given: String,
    /// What it is.
    pub really: String,
    /// Whether they are the same.
    pub right: bool,
    /// Why it is so; may be empty.
    pub reason: String,
}

impl Truth {
    /// That of a segment that came.
    pub fn of_segment(story: &Story, segment: &SegmentMoment, messages: &Messages) -> Truth {
        let fields = Fields {
            flags: Some(segment.segment.flags),
            seq: Some(segment.seq),
            ack: Some(segment.ack),
            len: Some(segment.segment.payload.len),
        };
        let why = Why { story, segment, messages };
        let reasons = [why.flags(), why.seq(), why.ack(), why.len()];
        Truth::Segment(Segment { frame: segment.frame, fields, reasons })
    }

    /// As the right answer to whoever asked for these fields.
    pub fn answer(&self, given: &Answer) -> Option<Answer> {
        match self {
            Truth::Known(answer) => Some(answer.clone()),
            Truth::State(states) => states.last().copied().map(Answer::State),
            Truth::Returned(returned) => Some(Answer::Returned(returned.clone())),
            Truth::Segment(segment) => match given {
                Answer::Flags(_) => segment.fields.flags.map(Answer::Flags),
                _ => Some(Answer::Segment(segment.fields.clone())),
            },
        }
    }
}

/// Grades an answer; `asked` are the fields that it should have, for a segment.
pub fn grade(given: &Answer, truth: &Truth, asked: &Fields) -> Vec<Mark> {
    match (given, truth) {
        (Answer::Segment(given), Truth::Segment(segment)) => {
            let really = &segment.fields;
            let [flags, seq, ack, len] = &segment.reasons;
            let marks = [
                mark("flags", given.flags.as_ref(), really.flags.as_ref(), flags),
                mark("seq", given.seq.as_ref(), really.seq.as_ref(), seq),
                mark("ack", given.ack.map(Ack).as_ref(), really.ack.map(Ack).as_ref(), ack),
                mark("len", given.len.as_ref(), really.len.as_ref(), len),
            ];
            let asked = asked.names();
            marks.into_iter().filter(|mark| asked.contains(&mark.field)).collect()
        }
        (Answer::Flags(given), Truth::Segment(segment)) => {
            vec![mark("", Some(given), segment.fields.flags.as_ref(), &segment.reasons[0])]
        }
        (given, truth) => {
            let really = truth.answer(given);
            let right = match (given, truth) {
                (Answer::State(given), Truth::State(states)) => states.contains(given),
                (given, _) => really.as_ref() == Some(given),
            };
            let really = really.map_or_else(|| "?".to_owned(), |really| really.to_string());
            let (field, reason) = ("", String::new());
            vec![Mark { field, given: given.to_string(), really, right, reason }]
        }
    }
}

/// An acknowledgement number, or none.
#[derive(PartialEq)]
struct Ack(Option<u32>);

impl std::fmt::Display for Ack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(number) => number.fmt(f),
            None => f.write_str("none"),
        }
    }
}

fn mark<T: std::fmt::Display + PartialEq>(
    field: &'static str,
    given: Option<&T>,
    really: Option<&T>,
    reason: &str,
) -> Mark {
    let words = |value: Option<&T>| value.map_or_else(String::new, ToString::to_string);
    Mark {
        field,
        given: words(given),
        really: words(really),
        right: given == really,
        reason: reason.to_owned(),
    }
}

/// Why a segment is as it is.
struct Why<'a> {
    story: &'a Story,
    segment: &'a SegmentMoment,
    messages: &'a Messages,
}

impl Why<'_> {
    fn flags(&self) -> String {
        let m = self.messages;
        let flags = self.segment.segment.flags;
        let [from, to] = &self.segment.names;
        let names = [("from", from.text().to_owned()), ("to", to.text().to_owned())];
        let answered = self.acknowledged().map_or(0, |other| other.frame.0);
        let text = match () {
            () if self.is(Role::Refusal) => &m.why_refusal,
            () if flags.has(Flags::RST) => &m.why_reset,
            () if flags.has(Flags::SYN.with(Flags::ACK)) => &m.why_syn_ack,
            () if flags.has(Flags::SYN) => &m.why_syn,
            () if flags.has(Flags::FIN) => &m.why_fin,
            () if self.is(Role::ZeroWindowProbe) || self.is(Role::KeepAlive) => &m.why_probe,
            () if self.is_again() => &m.why_again,
            () if self.segment.segment.payload.len > 0 => &m.why_data,
            () if answered > 0 => &m.why_ack_of,
            () => &m.why_ack_alone,
        };
        let frame = [("frame", answered.to_string())];
        filled(text, &[names.as_slice(), frame.as_slice()].concat())
    }

    fn seq(&self) -> String {
        let m = self.messages;
        let seq = self.segment.seq;
        let from = ("from", self.segment.names[0].text().to_owned());
        if self.segment.segment.flags.has(Flags::SYN) {
            return m.why_seq_syn.clone();
        }
        if self.is(Role::ZeroWindowProbe) || self.is(Role::KeepAlive) {
            return filled(&m.why_seq_probe, &[from]);
        }
        if self.is_again() {
            return filled(&m.why_seq_again, &[from]);
        }
        let fin = u32::from(self.fin_before());
        let bytes = seq.saturating_sub(1 + fin);
        let text = match (bytes, fin) {
            (0, 0) => &m.why_seq_first,
            (_, 0) => &m.why_seq_bytes,
            (0, _) => &m.why_seq_fin,
            (_, _) => &m.why_seq_bytes_fin,
        };
        filled(text, &[from, ("bytes", bytes.to_string()), ("seq", seq.to_string())])
    }

    fn ack(&self) -> String {
        let m = self.messages;
        let Some(ack) = self.segment.ack else { return m.why_ack_none.clone() };
        let to = ("to", self.segment.names[1].text().to_owned());
        let Some(other) = self.acknowledged() else {
            return filled(&m.why_ack_next, &[to, ("ack", ack.to_string())]);
        };
        let (seq, len) = (other.seq, other.segment.payload.len);
        let flags = other.segment.flags;
        let one = if flags.has(Flags::SYN) {
            "SYN"
        } else if flags.has(Flags::FIN) {
            "FIN"
        } else {
            ""
        };
        let text = match (len, one.is_empty()) {
            (_, true) => &m.why_ack_bytes,
            (0, false) => &m.why_ack_one,
            (_, false) => &m.why_ack_bytes_one,
        };
        filled(
            text,
            &[
                to,
                ("ack", ack.to_string()),
                ("frame", other.frame.0.to_string()),
                ("seq", seq.to_string()),
                ("len", len.to_string()),
                ("flag", one.to_owned()),
            ],
        )
    }

    fn len(&self) -> String {
        let m = self.messages;
        match self.segment.segment.payload.len {
            0 => m.why_len_none.clone(),
            len => filled(&m.why_len_bytes, &[("len", len.to_string())]),
        }
    }

    fn is(&self, role: Role) -> bool {
        self.segment.roles.contains(role)
    }

    fn is_again(&self) -> bool {
        self.segment.roles.has_any(Roles::RESENT)
    }

    /// The segment that it acknowledges first.
    fn acknowledged(&self) -> Option<&SegmentMoment> {
        let frame = self.segment.acknowledges?;
        self.of(self.segment.connection, None).find(|segment| segment.frame == frame)
    }

    /// Whether its sender has sent its FIN before.
    fn fin_before(&self) -> bool {
        self.of(self.segment.connection, Some(self.segment.from)).any(|segment| {
            segment.segment.flags.has(Flags::FIN)
                && segment.frame < self.segment.frame
                && segment.seq.wrapping_add(segment.segment.payload.len) < self.segment.seq
        })
    }

    fn of(
        &self,
        connection: ConnectionId,
        side: Option<Side>,
    ) -> impl Iterator<Item = &SegmentMoment> {
        self.story.moments().filter_map(move |moment| match &moment.what {
            What::Segment(segment)
                if segment.connection == connection
                    && side.is_none_or(|side| segment.from == side) =>
            {
                Some(&**segment)
            }
            _ => None,
        })
    }
}
