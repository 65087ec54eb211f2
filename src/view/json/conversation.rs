//! The line that closes a conversation of a recording.

use serde::Serialize;

use super::line::Misleads;
use super::state;
use crate::story::{Deviation, End, Side, Unanswered};
use crate::tcp::State;
use crate::view::conversations::{Ending, Opening, Recorded};
use crate::view::deviation;
use crate::view::quantity::seconds;

/// Appends a conversation's line, with its line end. The client's end comes first where one is
/// known to have opened, else the one that was seen first.
pub fn conversation(out: &mut Vec<u8>, recorded: &Recorded<'_>) {
    let connection = recorded.connection;
    let opening = Opening::of(connection);
    let ending = Ending::of(recorded);
    let address = |side: Side| connection.end(side).address;
    let left = opening.left();
    super::append(
        out,
        &Line {
            event: "conversation",
            stream: recorded.stream,
            connection: connection.id.0,
            client: opening.client().map(|side| address(side).to_string()),
            opening: opening.word(),
            first: connection.first.to_string(),
            last: connection.last.to_string(),
            segments: connection.segments,
            ending: ending.word(),
            ended_by: ending.side().map(|side| address(side).to_string()),
            completeness: recorded.completeness,
            initial_rtt: recorded.initial_rtt.map(seconds),
            ends: [left, left.other()].map(|side| end(connection.end(side))),
            shows: recorded.undecided.map(|frame| {
                let fate = Unanswered::Unknown;
                let because = deviation::no_new_connection(fate);
                Misleads::new(Some(frame.0), &Deviation::of_reuse(fate), because)
            }),
        },
    );
}

/// The keys' order is the fields'.
#[derive(Serialize)]
struct Line {
    event: &'static str,
    stream: u32,
    connection: u32,
    /// Who opened, if that was one end and is known.
    client: Option<String>,
    opening: &'static str,
    first: String,
    last: String,
    segments: u64,
    ending: &'static str,
    ended_by: Option<String>,
    completeness: Option<u8>,
    /// Seconds with nine decimals.
    initial_rtt: Option<String>,
    ends: [EndOf; 2],
    /// Where Wireshark misleads in a segment of its, as only the recording's end shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    shows: Option<Misleads>,
}

#[derive(Serialize)]
struct EndOf {
    address: String,
    state: &'static str,
    source: &'static str,
    segments: u64,
    /// Each byte of data once.
    bytes: u64,
    retransmissions: u64,
    fin: bool,
    /// Every state that it has been in, without what later segments disproved.
    path: Vec<&'static str>,
}

fn end(end: &End) -> EndOf {
    EndOf {
        address: end.address.to_string(),
        state: state(end.state),
        source: end.confidence.word(),
        segments: end.segments,
        bytes: end.bytes,
        retransmissions: end.retransmissions,
        fin: end.fin_sent,
        path: end.visited().into_iter().map(State::name).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::view::ladder::test_lab::{Lab, at};
    use crate::view::ladder::test_moments::{ACK, FIN_ACK, SYN, SYN_ACK};

    fn line(recorded: &Recorded<'_>) -> String {
        let mut out = Vec::new();
        conversation(&mut out, recorded);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_conversation_says_who_opened_who_closed_and_where_both_ends_are() {
        let mut lab = Lab::new();
        let (there, back) = ((at(40112), at(8899)), (at(8899), at(40112)));
        lab.tcp(there, SYN, 0, 0, b"");
        lab.tcp(back, SYN_ACK, 0, 1, b"");
        lab.tcp(there, ACK, 1, 1, b"hello");
        lab.tcp(back, FIN_ACK, 1, 6, b"");
        let recorded = Recorded {
            completeness: Some(15),
            initial_rtt: Some(Duration::from_micros(10)),
            stream: 3,
            ..Recorded::new(&lab.story.connections()[0])
        };
        insta::assert_snapshot!(line(&recorded), @r#"{"event":"conversation","stream":3,"connection":0,"client":"127.0.0.1:40112","opening":"syn","first":"1700000000.123456789","last":"1700000000.123471789","segments":4,"ending":"half-closed","ended_by":"127.0.0.1:8899","completeness":15,"initial_rtt":"0.000010000","ends":[{"address":"127.0.0.1:40112","state":"CLOSE-WAIT","source":"inferred","segments":2,"bytes":5,"retransmissions":0,"fin":false,"path":["SYN-SENT","ESTABLISHED","CLOSE-WAIT"]},{"address":"127.0.0.1:8899","state":"FIN-WAIT-1","source":"inferred","segments":2,"bytes":0,"retransmissions":0,"fin":true,"path":["SYN-RECEIVED","ESTABLISHED","FIN-WAIT-1"]}]}"#);
    }

    #[test]
    fn what_is_not_known_is_null() {
        let mut lab = Lab::new();
        lab.tcp((at(40112), at(8899)), ACK, 100, 200, b"hello");
        insta::assert_snapshot!(line(&Recorded::new(&lab.story.connections()[0])), @r#"{"event":"conversation","stream":0,"connection":0,"client":null,"opening":"assumed","first":"1700000000.123456789","last":"1700000000.123456789","segments":1,"ending":"open","ended_by":null,"completeness":0,"initial_rtt":null,"ends":[{"address":"127.0.0.1:40112","state":"ESTABLISHED","source":"assumed","segments":1,"bytes":5,"retransmissions":0,"fin":false,"path":["ESTABLISHED"]},{"address":"127.0.0.1:8899","state":"ESTABLISHED","source":"assumed","segments":0,"bytes":0,"retransmissions":0,"fin":false,"path":["ESTABLISHED"]}]}"#);
    }
}
