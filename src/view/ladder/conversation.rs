//! Whose ladder a moment belongs on.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::lifelines::Lifeline;
use crate::story::{ConnectionId, EndName, Moment, Side, Story, What};
use crate::view::look::Look;
use crate::view::row::safe;

/// Two ends that talk to each other: one ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conversation {
    /// A TCP connection.
    Connection(ConnectionId),
    /// UDP between two addresses: the left end's, then the right end's.
    Datagrams(SocketAddr, SocketAddr),
}

/// Tells whose conversation a moment is part of.
pub struct Conversations<'a> {
    story: &'a Story,
    /// Who spoke first, by the two addresses in order.
    pairs: HashMap<[SocketAddr; 2], Conversation>,
}

impl<'a> Conversations<'a> {
    /// Of that story.
    pub fn new(story: &'a Story) -> Conversations<'a> {
        Conversations { story, pairs: HashMap::new() }
    }

    /// The conversation that this moment is part of.
    pub fn of(&mut self, moment: &Moment) -> Option<Conversation> {
        match &moment.what {
            What::Segment(segment) => Some(Conversation::Connection(segment.connection)),
            What::Datagram(datagram) => {
                Some(self.between(datagram.datagram.src, datagram.datagram.dst))
            }
            What::Icmp(icmp) => {
                let about = icmp.message.about.as_ref()?;
                match self.story.connection_between(about.src, about.dst) {
                    Some(connection) if about.protocol == TCP => {
                        Some(Conversation::Connection(connection.id))
                    }
                    Some(_) | None => Some(self.between(about.src, about.dst)),
                }
            }
            What::State(state) => state.connection.map(|(id, _)| Conversation::Connection(id)),
            What::Kernel(kernel) => Some(Conversation::Connection(kernel.connection)),
            What::Wire(wire) => self.of(self.story.at(wire.moment)?),
            What::Call(_)
            | What::Blocked(_)
            | What::Return(_)
            | What::Undecoded { .. }
            | What::Lost { .. }
            | What::CaptureUnavailable { .. }
            | What::Interposed { .. }
            | What::Mark => None,
        }
    }

    /// UDP between those two: on the left whoever spoke first, so that it stays there.
    fn between(&mut self, src: SocketAddr, dst: SocketAddr) -> Conversation {
        let pair = if src <= dst { [src, dst] } else { [dst, src] };
        let story = self.story;
        *self.pairs.entry(pair).or_insert_with(|| {
            let first = story.moments().find_map(|moment| match &moment.what {
                What::Datagram(datagram) => {
                    let ends = (datagram.datagram.src, datagram.datagram.dst);
                    (ends == (src, dst) || ends == (dst, src)).then_some(ends)
                }
                _ => None,
            });
            let (left, right) = first.unwrap_or((src, dst));
            Conversation::Datagrams(left, right)
        })
    }
}

impl Conversation {
    /// The end that this address is.
    pub fn side_of(self, address: SocketAddr) -> Side {
        match self {
            // One that sends to itself is on both sides: it speaks on the left.
            Conversation::Datagrams(left, right) if address == right && left != right => Side::B,
            Conversation::Datagrams(..) | Conversation::Connection(_) => Side::A,
        }
    }

    /// Both ends, as the latest of these moments knows them; `None` if none of them passed
    /// between the ends.
    pub fn lifelines(
        self,
        moments: &[&Moment],
        story: &Story,
        look: Look,
    ) -> Option<[Lifeline; 2]> {
        moments.iter().rev().find_map(|moment| {
            let moment = match &moment.what {
                What::Wire(wire) => story.at(wire.moment)?,
                _ => moment,
            };
            let (from, names, src, dst) = match &moment.what {
                What::Segment(m) => (m.from, &m.names, m.segment.src, m.segment.dst),
                What::Datagram(m) => {
                    (self.side_of(m.datagram.src), &m.names, m.datagram.src, m.datagram.dst)
                }
                What::Icmp(m) => {
                    let (about, names) = (m.message.about.as_ref()?, m.about.as_ref()?);
                    (self.side_of(about.src), names, about.src, about.dst)
                }
                What::Call(_)
                | What::Blocked(_)
                | What::Return(_)
                | What::State(_)
                | What::Kernel(_)
                | What::Undecoded { .. }
                | What::Lost { .. }
                | What::CaptureUnavailable { .. }
                | What::Wire(_)
                | What::Interposed { .. }
                | What::Mark => return None,
            };
            let sender = Lifeline::of(&names[0], src, look);
            let receiver = Lifeline::of(&names[1], dst, look);
            Some(match from {
                Side::A => [sender, receiver],
                Side::B => [receiver, sender],
            })
        })
    }
}

/// IP's number for TCP.
const TCP: u8 = 6;

/// What an end is called, safe to show.
pub fn name(end: &EndName, look: Look) -> String {
    safe(end.text(), look)
}
