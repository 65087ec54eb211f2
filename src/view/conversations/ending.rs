//! How a conversation ended, as far as a capture shows it.

use super::Recorded;
use super::opening::Opening;
use crate::story::{Connection, Side, Termination};
use crate::tcp::State;
use crate::view::ladder::closed_at_once;

/// How a conversation ended, or where it stood when the capture did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// FINs both ways, each acknowledged; this end's was first.
    Closed(Side),
    /// The two FINs crossed (RFC 9293, section 3.6).
    ClosedAtOnce,
    /// This end sent RST.
    Reset(Side),
    /// The SYN was answered by RST.
    Refused,
    /// Nothing answered the SYN.
    NoAnswer,
    /// Only this end has sent a FIN.
    HalfClosed(Side),
    /// Both ends have sent a FIN; an acknowledgement is missing.
    Closing,
    /// Neither end has closed.
    Open,
    /// It was let go of before its end, to make room.
    Cut,
}

impl Ending {
    /// Of that conversation.
    pub fn of(recorded: &Recorded<'_>) -> Ending {
        let connection = recorded.connection;
        match connection.termination {
            Termination::Refused => Ending::Refused,
            Termination::Reset(side) => Ending::Reset(side),
            Termination::Orderly(_) if closed_at_once(connection) => Ending::ClosedAtOnce,
            Termination::Orderly(first) => Ending::Closed(first),
            Termination::Open if recorded.is_cut => Ending::Cut,
            Termination::Open => unfinished(connection),
        }
    }

    /// The end that it is about.
    pub fn side(self) -> Option<Side> {
        match self {
            Ending::Closed(side) | Ending::Reset(side) | Ending::HalfClosed(side) => Some(side),
            Ending::ClosedAtOnce
            | Ending::Refused
            | Ending::NoAnswer
            | Ending::Closing
            | Ending::Open
            | Ending::Cut => None,
        }
    }

    /// Whether it went wrong.
    pub fn is_bad(self) -> bool {
        match self {
            Ending::Reset(_) | Ending::Refused | Ending::NoAnswer => true,
            Ending::Closed(_)
            | Ending::ClosedAtOnce
            | Ending::HalfClosed(_)
            | Ending::Closing
            | Ending::Open
            | Ending::Cut => false,
        }
    }

    /// In at most ten columns: `client FIN`.
    pub fn short(self, who: Who) -> String {
        match self {
            Ending::Closed(side) => format!("{} FIN", who.of(side)),
            Ending::ClosedAtOnce => "both FIN".to_owned(),
            Ending::Reset(side) => format!("{} RST", who.of(side)),
            Ending::Refused => "refused".to_owned(),
            Ending::NoAnswer => "no answer".to_owned(),
            Ending::HalfClosed(_) => "half-close".to_owned(),
            Ending::Closing => "closing".to_owned(),
            Ending::Open => "still open".to_owned(),
            Ending::Cut => "cut".to_owned(),
        }
    }

    /// Where there is room, in at most 21 columns: `client closed first`.
    pub fn long(self, who: Who) -> String {
        match self {
            Ending::Closed(side) => format!("{} closed first", who.of(side)),
            Ending::ClosedAtOnce => "both closed at once".to_owned(),
            Ending::Reset(side) => format!("reset by {}", who.of(side)),
            Ending::Refused => "refused by RST".to_owned(),
            Ending::NoAnswer => "no answer to SYN".to_owned(),
            Ending::HalfClosed(side) => format!("half-closed by {}", who.of(side)),
            Ending::Closing => "still closing".to_owned(),
            Ending::Open => "still open".to_owned(),
            Ending::Cut => "cut: too many at once".to_owned(),
        }
    }

    /// As `read --format jsonl` spells it.
    pub fn word(self) -> &'static str {
        match self {
            Ending::Closed(_) => "closed",
            Ending::ClosedAtOnce => "closed-at-once",
            Ending::Reset(_) => "reset",
            Ending::Refused => "refused",
            Ending::NoAnswer => "no-answer",
            Ending::HalfClosed(_) => "half-closed",
            Ending::Closing => "closing",
            Ending::Open => "open",
            Ending::Cut => "cut",
        }
    }
}

fn unfinished(connection: &Connection) -> Ending {
    let [a, b] = &connection.ends;
    let unanswered = |one: Side| {
        connection.end(one).state == Some(State::SynSent)
            && connection.end(one.other()).segments == 0
            && !connection.self_connected
    };
    match (a.fin_sent, b.fin_sent) {
        (true, true) => Ending::Closing,
        (true, false) => Ending::HalfClosed(Side::A),
        (false, true) => Ending::HalfClosed(Side::B),
        (false, false) if unanswered(Side::A) || unanswered(Side::B) => Ending::NoAnswer,
        (false, false) => Ending::Open,
    }
}

/// What the two ends are called: client and server where one opened, else by their ports.
#[derive(Debug, Clone, Copy)]
pub struct Who {
    opening: Opening,
    ports: [u16; 2],
}

impl Who {
    /// Of that conversation.
    pub fn new(connection: &Connection, opening: Opening) -> Who {
        let ports = connection.ends.each_ref().map(|end| end.address.port());
        Who { opening, ports }
    }

    fn of(self, side: Side) -> String {
        match self.opening.client() {
            Some(client) if client == side => "client".to_owned(),
            Some(_) => "server".to_owned(),
            None if self.opening == Opening::Itself => "itself".to_owned(),
            None if self.ports[0] != self.ports[1] => format!(":{}", self.ports[side.index()]),
            None => match side {
                Side::A => "first".to_owned(),
                Side::B => "second".to_owned(),
            },
        }
    }
}
