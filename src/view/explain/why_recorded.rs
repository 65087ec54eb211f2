//! `why` after `read FILE`: how each connection came to where it stands, and where Wireshark
//! misleads.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::why::{now, read_on, segment_words};
use crate::story::{Connection, Moment, SegmentMoment, Story};
use crate::view::deviation;
use crate::view::ladder::ended;
use crate::view::look::Look;
use crate::view::quantity::counted;

/// Most connections that are told of.
const CONNECTIONS: usize = 4;
/// Most segments that are listed of each.
const SEGMENTS: usize = 10;

/// Tells of a recording: how each connection ended, the segments that brought its ends there, and
/// those of which Wireshark says something else. One string a line, not yet wrapped.
pub fn why_recorded(story: &Story, look: Look) -> Vec<String> {
    let connections = story.connections();
    if connections.is_empty() {
        return vec!["There is no TCP connection in this recording.".to_owned()];
    }
    let mut sections = BTreeSet::new();
    let mut lines = Vec::new();
    for connection in connections.iter().take(CONNECTIONS) {
        lines.extend(of(connection, story, look, &mut sections));
    }
    let more = connections.len().saturating_sub(CONNECTIONS);
    if more > 0 {
        let more = counted(more as u64, "more connection");
        lines.push(format!("and {more}: `trace` tells them, `states` their ends"));
    }
    lines.push(read_on(vec!["man 7 tcp".to_owned()], &sections));
    lines
}

fn of(
    connection: &Connection,
    story: &Story,
    look: Look,
    sections: &mut BTreeSet<&'static str>,
) -> Vec<String> {
    let mut lines =
        vec![format!("connection {}: {}", connection.id.0 + 1, ended(connection, look))];
    let segments = story.moments().filter_map(Moment::segment);
    let telling: Vec<&SegmentMoment> =
        segments.filter(|segment| segment.connection == connection.id && tells(segment)).collect();
    let left_out = telling.len().saturating_sub(SEGMENTS);
    if left_out > 0 {
        let left_out = counted(left_out as u64, "earlier segment");
        lines.push(format!("{left_out}: `packets` lists all"));
    }
    let names = names(connection);
    for segment in telling.into_iter().skip(left_out) {
        let ends = [segment.from, segment.from.other()].map(|side| &*names[side.index()]);
        lines.push(segment_words(segment, ends, sections));
        lines.extend(deviation::sentences(segment).map(|(_, words)| words));
    }
    lines.push(now(connection, names));
    lines
}

/// What its ends are called: by their ports, if these tell them apart.
fn names(connection: &Connection) -> [String; 2] {
    let [a, b] = connection.ends.each_ref().map(|end| end.address);
    let are_told_apart = a.port() != b.port();
    let of = |address: SocketAddr| {
        if are_told_apart { format!(":{}", address.port()) } else { address.to_string() }
    };
    [a, b].map(of)
}

/// Whether a segment moved an end, or says something else than Wireshark does.
fn tells(segment: &SegmentMoment) -> bool {
    let states = &segment.states;
    states.from.moved()
        || states.to.moved()
        || segment.deviation.is_some()
        || segment.shows.is_some()
}
