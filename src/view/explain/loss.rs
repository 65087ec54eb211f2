//! What a loss means: to the sender, who doesn't know of it, and to whoever waits for the packet.

use super::OnWire;
use super::evidence::{Evidence, called, is};
use crate::packet::Flags;
use crate::story::{Connection, Harm, Role, Roles, SegmentMoment, Side, Story, What};
use crate::trace::FrameNumber;

/// What a loss means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// A datagram: nobody will know.
    Datagram,
    /// A part of a datagram.
    Fragment,
    /// Something else that nobody sends again.
    Other,
    /// An RST, which its receiver knows nothing of.
    Reset { receiver: String },
    /// An ACK without news.
    Ack,
    /// An ACK that its receiver waits for.
    AckMissed { receiver: String },
    /// It was sent again by that frame; `fast` if duplicate ACKs told.
    Repaired { sender: String, again: u64, fast: bool },
    /// A SYN,ACK: both ends wait.
    SynAck { sender: String, receiver: String },
    /// What was sent behind it will tell.
    WillBeTold { sender: String },
    /// Nothing will tell.
    Silent { sender: String },
}

/// What it means that this frame is lost: by the learner's hand, or by a rule.
pub fn lost(story: &Story, frame: FrameNumber, by_hand: bool) -> OnWire {
    let loss = story.moments().rev().find_map(|moment| match &moment.what {
        What::Segment(segment) if segment.frame == frame => Some(of_segment(story, segment)),
        What::Datagram(datagram) if datagram.frame == frame => Some(Loss::Datagram),
        What::Undecoded { frame: other, what, .. } if *other == frame => {
            Some(if what.is_later_fragment() { Loss::Fragment } else { Loss::Other })
        }
        _ => None,
    });
    OnWire::Lost { frame: frame.0, by_hand, loss: loss.unwrap_or(Loss::Other) }
}

fn of_segment(story: &Story, lost: &SegmentMoment) -> Loss {
    let [sender, receiver] = names(story, lost);
    let flags = lost.segment.flags;
    if flags.has(Flags::RST) {
        return Loss::Reset { receiver };
    }
    if lost.segment.sequence_len() == 0 {
        return if is_missed(lost) { Loss::AckMissed { receiver } } else { Loss::Ack };
    }
    if let Some(again) = repair(story, lost) {
        let fast = is(again, Role::FastRetransmission);
        return Loss::Repaired { sender, again: again.frame.0, fast };
    }
    if flags.has(Flags::SYN.with(Flags::ACK)) {
        Loss::SynAck { sender, receiver }
    } else if is_followed(story, lost) {
        Loss::WillBeTold { sender }
    } else {
        Loss::Silent { sender }
    }
}

/// The names of both ends now: one may have got its own since.
fn names(story: &Story, segment: &SegmentMoment) -> [String; 2] {
    match story.connection(segment.connection) {
        Some(connection) => {
            [segment.from, segment.from.other()].map(|side| called(connection, side))
        }
        None => segment.names.each_ref().map(|name| name.text().to_owned()),
    }
}

/// Whether a pure ACK says what its receiver waits for.
fn is_missed(ack: &SegmentMoment) -> bool {
    const NO_NEWS: Roles =
        Roles::of(&[Role::DuplicateAck, Role::WindowUpdate, Role::ProbeAnswer, Role::ChallengeAck]);
    !ack.roles.has_any(NO_NEWS)
}

/// The first segment that brought the same again.
pub fn repair<'a>(story: &'a Story, lost: &SegmentMoment) -> Option<&'a SegmentMoment> {
    let start = lost.segment.seq;
    let covers = |later: &&SegmentMoment| {
        start.is_at_or_after(later.segment.seq) && later.segment.end().is_after(start)
    };
    behind(story, lost).filter(covers).last()
}

/// Whether its sender has sent more, which wasn't lost.
fn is_followed(story: &Story, lost: &SegmentMoment) -> bool {
    let end = lost.segment.end();
    behind(story, lost).any(|later| {
        !later.passage.lost && later.passage.is_sound() && later.segment.seq.is_at_or_after(end)
    })
}

/// What its sender has sent since that takes sequence numbers, the latest first.
fn behind<'a>(story: &'a Story, lost: &SegmentMoment) -> impl Iterator<Item = &'a SegmentMoment> {
    let (frame, id, from) = (lost.frame, lost.connection, lost.from);
    segments(story)
        .take_while(move |later| later.frame > frame)
        .filter(move |later| later.connection == id && later.from == from)
        .filter(|later| later.segment.sequence_len() > 0)
}

fn segments(story: &Story) -> impl Iterator<Item = &SegmentMoment> {
    story.moments().rev().filter_map(|moment| match &moment.what {
        What::Segment(segment) => Some(&**segment),
        _ => None,
    })
}

/// What an end has been sent and hasn't got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The frame.
    pub frame: u64,
    /// Its flags.
    pub flags: String,
    /// `lost` or `damaged`.
    pub fate: &'static str,
}

/// The first segment that this end waits for in vain: lost or damaged, and not yet sent again.
pub fn missing(evidence: &Evidence) -> Option<Missing> {
    let (connection, side) = evidence.end()?;
    let (own, peer) = (connection.end(side), connection.end(side.other()));
    let got = own.last_ack;
    if peer.next_seq.zip(got).is_some_and(|(next, got)| !next.is_after(got)) {
        return None;
    }
    let vain = segments(evidence.story)
        .filter(|sent| sent.connection == connection.id && sent.from == side.other())
        .filter(|sent| got.is_none_or(|got| sent.segment.end().is_after(got)))
        .filter(|sent| sent.segment.sequence_len() > 0)
        .filter(|sent| sent.passage.lost || !sent.passage.is_sound())
        .filter(|sent| repair(evidence.story, sent).is_none())
        .last()?;
    let damaged = vain.passage.harm == Some(Harm::Corrupted) && !vain.passage.lost;
    Some(Missing {
        frame: vain.frame.0,
        flags: vain.segment.flags.to_string(),
        fate: if damaged { "damaged" } else { "lost" },
    })
}

/// The number of the byte that this end waits for, if later ones have come.
pub fn gap(evidence: &Evidence) -> Option<u32> {
    let (connection, side) = evidence.end()?;
    let (own, peer) = (connection.end(side), connection.end(side.other()));
    let (got, first) = (own.last_ack?, peer.isn?);
    if !peer.next_seq?.is_after(got) {
        return None;
    }
    let beyond = segments(evidence.story)
        .filter(|sent| sent.connection == connection.id && sent.from == side.other())
        .filter(|sent| !sent.passage.lost && !sent.passage.in_flight && sent.passage.is_sound());
    let mut beyond = beyond.filter(|sent| sent.segment.payload.len > 0);
    beyond.any(|sent| sent.segment.seq.is_after(got)).then(|| got.relative_to(first))
}

/// Whether something that this side has sent is not acknowledged by what has come to it.
pub fn awaits_ack(story: &Story, connection: &Connection, side: Side) -> bool {
    let heard = segments(story).find(|sent| {
        let came = !sent.passage.lost && !sent.passage.in_flight && sent.passage.is_sound();
        let back = sent.connection == connection.id && sent.from == side.other();
        back && came && sent.segment.flags.has(Flags::ACK)
    });
    match (connection.end(side).next_seq, heard) {
        (Some(next), Some(ack)) => next.is_after(ack.segment.ack),
        (Some(_) | None, _) => false,
    }
}
