//! `states`: the RFC's state diagram with both ends of a connection at their places, and below it
//! the path that each has taken.

mod diagram;
mod path;

use super::look::Look;
use crate::story::{Connection, ConnectionId, Side, SocketStory, Story};
use crate::tcp::State;
use diagram::{Mark, diagram};

/// The state diagram (RFC 9293, figure 5) with both ends of the last of these connections marked,
/// then the paths of both ends of each. Without a connection the diagram marks those who listen.
/// Where there are fewer than 80 columns, only the paths.
pub fn states(story: &Story, connections: &[ConnectionId], look: &Look) -> String {
    let connections: Vec<&Connection> =
        connections.iter().filter_map(|id| story.connection(*id)).collect();
    let marks: Vec<Mark> = match connections.last() {
        Some(connection) => [Side::A, Side::B].map(|side| of_end(connection, side)).into(),
        None => story.sockets().into_iter().filter_map(of_listener).collect(),
    };
    let mut out = String::new();
    if look.width >= diagram::WIDTH {
        out += &diagram(&marks, look);
        out.push('\n');
    }
    out + &path::paths(&connections, story.moments(), look)
}

fn of_end(connection: &Connection, side: Side) -> Mark {
    let end = connection.end(side);
    let began = end.path.first().and_then(|step| step.change.before);
    let mut been = Vec::from_iter(began);
    been.extend(end.visited());
    if been.last().copied() != end.state {
        been.extend(end.state);
    }
    Mark { name: end.name.text().to_owned(), side, been }
}

fn of_listener(socket: &SocketStory) -> Option<Mark> {
    let listens = socket.kind.is_tcp() && socket.backlog.is_some() && !socket.closed;
    let name = socket.name.to_string();
    listens.then(|| Mark { name, side: Side::B, been: vec![State::Listen] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_connection_the_diagram_stands_alone() {
        let look =
            Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };
        let shown = states(&Story::default(), &[], &look);
        assert!(shown.contains("│ ESTABLISHED │") && !shown.contains('['));
        assert_eq!(states(&Story::default(), &[], &Look { width: 79, ..look }), "");
    }
}
