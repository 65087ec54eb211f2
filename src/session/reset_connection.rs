//! `reset-connection NAME`: its connection is aborted from outside.

use super::kernel_word::report_of;
use super::{Session, Stop, Typed};
use crate::command::Name;
use crate::kernel::Report;
use crate::story::SocketStory;
use crate::tcp::State;
use crate::trace::Address;

/// Whom a reset was about, and how its end stood before.
struct Aborted<'a> {
    name: &'a str,
    peer: &'a str,
    state: Option<State>,
    /// It was a socket, not only what the kernel keeps of one.
    whole: bool,
}

impl Session {
    /// `reset-connection NAME`
    pub(super) fn reset_connection(&mut self, text: &str, name: &Name) -> Result<(), Stop> {
        let id = self.named(text, name)?;
        if !self.lab.network().is_private() {
            let problem = "reset-connection needs the private network: on the host's it takes \
                           rights that the lab doesn't have";
            self.fail(text, &name.span, problem)?;
            return Err(Stop::Environment);
        }
        let Some(socket) = self.lab.story().socket(id).cloned() else { return Ok(()) };
        self.lab.refresh();
        self.show_new()?;
        let report = report_of(&mut self.lab, &socket);
        let place = report.as_ref().and_then(|report| Some((report.local, report.peer?)));
        let (Some(report), Some(place)) = (&report, place) else {
            let problem = why_not(&socket, report.as_ref().is_some_and(Report::listens));
            self.fail(text, &name.span, &problem)?;
            return Err(Stop::Failed);
        };
        let since = self.lab.story().cursor();
        let peer = self.peer_name(&socket);
        let (call, result) = self.lab.reset_connection(&socket, place.0, place.1);
        self.typed = Some(Typed { call, since });
        self.lab.settle(since, Some(id));
        self.show_new()?;
        if let Err(error) = result {
            self.fail(text, &name.span, &format!("the kernel refused: {error}"))?;
            return Err(Stop::Environment);
        }
        let state = State::from_kernel(report.state.0);
        let aborted =
            Aborted { name: &socket.name, peer: &peer, state, whole: report.info.is_some() };
        self.explain(&words(&aborted))
    }

    /// What the other end of its connection is called.
    fn peer_name(&self, socket: &SocketStory) -> String {
        let story = self.lab.story();
        let end = socket.connection.and_then(|(id, side)| {
            story
                .connection(id)
                .and_then(|connection| connection.end(side.other()).name.name.clone())
        });
        match (end, socket.peer.as_ref().and_then(Address::ip)) {
            (Some(name), _) => name.to_string(),
            (None, Some(peer)) => peer.to_string(),
            (None, None) => "the other end".to_owned(),
        }
    }
}

/// Why a socket has no connection to reset.
fn why_not(socket: &SocketStory, listens: bool) -> String {
    let name = &socket.name;
    if !socket.kind.is_tcp() {
        format!("{name} is a {} socket: it has no connection", socket.kind.word())
    } else if listens {
        format!(
            "{name} listens: it has no connection of its own; name one that it has accepted, \
                 or the client, or `close {name}`"
        )
    } else if socket.peer.is_none() {
        format!("{name} has no connection")
    } else {
        format!("{name}'s connection is over already: the kernel knows nothing of it any more")
    }
}

/// What it did (`tcp_abort()` in net/ipv4/tcp.c): RST only from states in which the other end
/// would otherwise not know.
fn words(aborted: &Aborted<'_>) -> String {
    let Aborted { name, peer, state, whole } = aborted;
    match state {
        Some(State::Established | State::CloseWait | State::FinWait1 | State::FinWait2)
            if *whole =>
        {
            format!(
                "The kernel dropped {name}'s end and sent {peer} an RST. Calls on {name} that \
                 wait return ECONNABORTED."
            )
        }
        Some(State::FinWait2) => format!(
            "The kernel forgot this orphan and sent nothing. What {peer} sends next is answered \
             with RST."
        ),
        Some(State::TimeWait) => "TIME-WAIT is over before its 60 s. Nothing is sent.".to_owned(),
        Some(State::SynSent) => format!(
            "Nobody has answered {name}'s SYN, so nobody need be told: no RST. connect() returns \
             ECONNABORTED."
        ),
        Some(State::SynReceived) => format!(
            "The half-open connection is forgotten. {peer} isn't told: what it sends next is \
             answered with RST."
        ),
        Some(State::LastAck | State::Closing) => {
            format!("Both ends have said FIN, so Linux sends no RST: it only forgot {name}'s end.")
        }
        Some(
            State::Established | State::CloseWait | State::FinWait1 | State::Closed | State::Listen,
        )
        | None => "The kernel dropped it.".to_owned(),
    }
}
