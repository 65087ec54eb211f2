//! `states`: the RFC's state diagram with both ends of a connection at their places, and below it
//! the path that each has taken.

mod diagram;
mod path;

use super::look::Look;
use crate::story::{Connection, ConnectionId, End, SocketStory, Story};
use crate::tcp::State;
use diagram::{Mark, diagram};

/// The state diagram (RFC 9293, figure 5) with both ends of the last of these connections marked,
/// then the paths of both ends of each. Without a connection the diagram marks those who listen.
/// Where there are fewer than 80 columns, only the paths.
pub fn states(story: &Story, connections: &[ConnectionId], look: &Look) -> String {
    let connections: Vec<&Connection> =
        connections.iter().filter_map(|id| story.connection(*id)).collect();
    let marks: Vec<Mark> = match connections.last() {
        Some(connection) => connection.ends.iter().map(of_end).collect(),
        None => story.sockets().into_iter().filter_map(of_listener).collect(),
    };
    let mut out = String::new();
    if look.width >= diagram::WIDTH {
        out += &diagram(&marks, look);
        out.push('\n');
    }
    out + &path::paths(&connections, story.moments(), look)
}

fn of_end(end: &End) -> Mark {
    let began = end.path.first().and_then(|step| step.change.before);
    let mut been: Vec<State> = Vec::from_iter(began);
    been.extend(end.path.iter().filter_map(|step| step.change.after));
    if been.last().copied() != end.state {
        been.extend(end.state);
    }
    Mark { name: end.name.text().to_owned(), been }
}

fn of_listener(socket: &SocketStory) -> Option<Mark> {
    let listens = socket.kind.is_tcp() && socket.backlog.is_some() && !socket.closed;
    listens.then(|| Mark { name: socket.name.to_string(), been: vec![State::Listen] })
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{connection, segment, with};
    use super::*;
    use crate::packet::Flags;
    use crate::story::Side;
}
