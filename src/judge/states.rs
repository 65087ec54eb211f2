//! Expectations on states.

use super::{Evidence, Holds, Verdict};
use crate::story::{End, Story};
use crate::tcp::State;

/// Whether an end of that name is in that state: by the kernel where it has said something else
/// than the segments, or where there are none.
pub(super) fn state(evidence: &Evidence, name: &str, wanted: State) -> Verdict {
    let states = match &evidence.asked.unseen[..] {
        [] => states_of(evidence.story, name),
        said => said.iter().copied().map(Some).collect(),
    };
    let holds = if states.contains(&Some(wanted)) { Holds::Yes } else { Holds::NotYet };
    let found = if states.is_empty() {
        match evidence.story.socket_named(name) {
            Some(socket) => {
                format!("{name} is a {} socket, which has no TCP state", socket.kind.word())
            }
            None => format!("nobody is called {name}"),
        }
    } else {
        let names: Vec<&str> = states.iter().map(|s| s.map_or("?", State::name)).collect();
        names.join(", ")
    };
    Verdict::new(holds, found)
}

/// The states of whoever goes by that name, none for what isn't TCP; the likeliest meaning first: the latest socket of the
/// name, then the ends of a listener that nobody has accepted, or that were accepted from it.
pub fn states_of(story: &Story, name: &str) -> Vec<Option<State>> {
    let mut states = Vec::new();
    let socket = story.socket_named(name);
    if let Some(socket) = socket.filter(|socket| socket.kind.is_tcp()) {
        let end = socket.connection.and_then(|(id, side)| Some(story.connection(id)?.end(side)));
        states.push(match end {
            Some(end) => state_of(end),
            None if socket.backlog.is_some() && !socket.closed => Some(State::Listen),
            None => Some(State::Closed),
        });
    }
    let is_connected = socket.is_some_and(|socket| socket.connection.is_some());
    if !is_connected {
        let others = story.connections().iter().flat_map(|connection| &connection.ends);
        let named = others.filter(|end| name != "*" && end.name.answers_to(name));
        states.extend(named.map(state_of));
    }
    states
}

/// By the kernel where it has said something else than the segments. A socket that it doesn't know
/// is CLOSED: a state without a TCB (RFC 9293, section 3.3.2).
fn state_of(end: &End) -> Option<State> {
    end.kernel_differs.map_or(end.state, |said| Some(said.unwrap_or(State::Closed)))
}
