//! `states`: the RFC's state diagram with both ends of a connection at their places, and below it
//! the path that each has taken.

mod diagram;
mod path;

use super::lines::Lines;
use super::look::Look;
use super::paint::Meaning;
use super::row::Row;
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
    let mut legend = Vec::new();
    if look.width >= diagram::WIDTH {
        out += &diagram(&marks, look);
        out.push('\n');
        legend.push("Heavy boxes: an end has been there.");
    }
    if !connections.is_empty() {
        out += &path::paths(&connections, story.moments(), look);
        legend.push(if look.ascii { "sec.: RFC 9293." } else { "§: RFC 9293." });
    }
    if !marks.is_empty() {
        let mut lines = Lines::new(Row::default(), look);
        for words in legend {
            lines.put(Meaning::Quiet, words, 0);
        }
        out += &lines.finish();
    }
    out
}

fn of_end(connection: &Connection, side: Side) -> Mark {
    let end = connection.end(side);
    let began = end.path.first().and_then(|step| step.change.before);
    let mut been = Vec::from_iter(began);
    been.extend(end.visited());
    if been.last().copied() != end.state {
        been.extend(end.state);
    }
    let place = || format!(":{}", end.address.port());
    Mark { name: end.name.name.as_deref().map_or_else(place, str::to_owned), side, been }
}

fn of_listener(socket: &SocketStory) -> Option<Mark> {
    let listens = socket.kind.is_tcp() && socket.backlog.is_some() && !socket.closed;
    let name = socket.name.to_string();
    listens.then(|| Mark { name, side: Side::B, been: vec![State::Listen] })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

    use super::*;
    use crate::trace::{
        Address, CallId, Effect, Fact, LinkType, Outcome, SocketId, SocketKind, Time, Trace,
    };

    const LOOK: Look =
        Look { width: 79, ascii: false, raw_seq: false, arithmetic: false, colour: false };

    /// Facts, a microsecond apart.
    #[derive(Default)]
    struct Scene {
        trace: Trace,
        story: Story,
    }

    impl Scene {
        fn fact(&mut self, fact: Fact) -> &mut Scene {
            let time = Time(self.trace.events().count() as u64 * 1000);
            self.story.push(self.trace.append(time, fact));
            self
        }

        /// A call on socket 1, `client`, with what it brought.
        fn call(&mut self, id: u64, function: &'static str, effect: Effect) -> &mut Scene {
            let (call, name, args) = (CallId(id), "client".to_owned(), String::new());
            self.fact(Fact::Called { call, socket: SocketId(1), name, function, args });
            let entered = Time::default();
            self.fact(Fact::Returned { call, entered, outcome: Outcome::Value(0), effect })
        }

        fn frame(
            &mut self,
            ports: [u16; 2],
            seq: u32,
            build: impl FnOnce(PacketBuilderStep<TcpHeader>) -> PacketBuilderStep<TcpHeader>,
        ) -> &mut Scene {
            let lo = [127, 0, 0, 1];
            let ip = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4(lo, lo, 64);
            let mut bytes = Vec::new();
            let tcp = ip.tcp(ports[0], ports[1], seq, 512);
            build(tcp).write(&mut bytes, &[]).unwrap();
            let len = bytes.len() as u32;
            let time = Time(self.trace.events().count() as u64 * 1000);
            let bytes = Arc::from(bytes);
            self.story.push(self.trace.append_frame(time, LinkType::ETHERNET, bytes, len));
            self
        }

        fn shown(&mut self, look: &Look) -> String {
            self.story.settle(Time(u64::MAX));
            let all: Vec<ConnectionId> = self.story.connections().iter().map(|c| c.id).collect();
            states(&self.story, &all, look)
        }
    }

    fn half_closed() -> Scene {
        let (there, back) = ([40112, 8899], [8899, 40112]);
        let address = |port| Some(Address::Ip(([127, 0, 0, 1], port).into()));
        let opened = Effect::Opened { socket: SocketId(1), kind: SocketKind::Tcp, fd: 3 };
        let mut scene = Scene::default();
        scene.call(1, "socket", opened);
        let socket = SocketId(1);
        scene.fact(Fact::Addressed { socket, local: address(40112), peer: address(8899) });
        scene.frame(there, 100, PacketBuilderStep::syn);
        scene.frame(back, 900, |tcp| tcp.syn().ack(101));
        scene.frame(there, 101, |tcp| tcp.ack(901));
        scene.frame(there, 101, |tcp| tcp.fin().ack(901));
        scene.frame(back, 901, |tcp| tcp.ack(102));
        scene
    }

    #[test]
    fn each_end_has_its_path_with_segments_and_sections() {
        insta::assert_snapshot!(half_closed().shown(&LOOK));
    }

    #[test]
    fn a_narrow_screen_folds_the_path() {
        let shown = half_closed().shown(&Look { width: 40, ascii: true, ..LOOK });
        assert!(shown.is_ascii() && shown.lines().all(|line| line.len() <= 40), "{shown}");
    }

    #[test]
    fn without_a_connection_the_diagram_stands_alone() {
        let shown = states(&Story::default(), &[], &Look { width: 80, ..LOOK });
        assert!(shown.contains("│ ESTABLISHED │") && !shown.contains('['));
        assert_eq!(states(&Story::default(), &[], &LOOK), "");
    }
}
