//! Who opened a conversation, and how a capture shows that.

use crate::story::{Connection, Side};
use crate::tcp::State;

/// How a conversation began, as far as the capture shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// This end's SYN was captured.
    Syn(Side),
    /// The answer to this end's SYN was captured, the SYN was not.
    SynAck(Side),
    /// Both ends sent a SYN before they had one (RFC 9293, section 3.5).
    Both,
    /// One socket was connected to itself.
    Itself,
    /// Neither was captured: it began before, or those segments are missing.
    NotSeen,
}

impl Opening {
    /// Of that conversation.
    pub fn of(connection: &Connection) -> Opening {
        match connection.opener {
            _ if connection.self_connected => Opening::Itself,
            _ if connection.simultaneous_open => Opening::Both,
            None => Opening::NotSeen,
            Some(side) if has_sent_syn(connection, side) => Opening::Syn(side),
            Some(side) => Opening::SynAck(side),
        }
    }

    /// The end that opened, where it is one: the client.
    pub fn client(self) -> Option<Side> {
        match self {
            Opening::Syn(side) | Opening::SynAck(side) => Some(side),
            Opening::Both | Opening::Itself | Opening::NotSeen => None,
        }
    }

    /// The end that is shown first: the client; of two equals, who was seen first.
    pub fn left(self) -> Side {
        self.client().unwrap_or(Side::A)
    }

    /// What was seen of it, in at most ten columns.
    pub fn short(self) -> &'static str {
        match self {
            Opening::Syn(_) => "SYN",
            Opening::SynAck(_) => "SYN,ACK",
            Opening::Both => "both SYN",
            Opening::Itself => "itself",
            Opening::NotSeen => "not seen",
        }
    }

    /// The same where there is room.
    pub fn long(self) -> &'static str {
        match self {
            Opening::Syn(_) => "SYN seen",
            Opening::SynAck(_) => "SYN,ACK seen",
            Opening::Both => "both at once",
            Opening::Itself => "by itself",
            Opening::NotSeen => "opening not seen",
        }
    }

    /// As `read --format jsonl` spells it: by what the opener is known.
    pub fn word(self) -> &'static str {
        match self {
            Opening::Syn(_) => "syn",
            Opening::SynAck(_) => "syn-ack",
            Opening::Both => "both",
            Opening::Itself => "self",
            Opening::NotSeen => "assumed",
        }
    }
}

/// Whether the opener's own SYN was captured. It is a conversation's first segment then: one that
/// comes after others begins another conversation.
fn has_sent_syn(connection: &Connection, opener: Side) -> bool {
    let end = connection.end(opener);
    opener == Side::A
        && end.segments > 0
        && end.path.first().is_none_or(|step| {
            step.time > connection.first || step.change.after == Some(State::SynSent)
        })
}
