//! What a capture file holds: how many packets of what kind, and a line for each connection.

use super::ladder::{duration, ended};
use super::look::Look;
use super::paint::Meaning;
use super::row::Row;
use super::table::{Cell, Column, table};
use crate::story::{Connection, Side, Story, What};
use crate::trace::Time;

/// Most connections that get a line.
const MOST: usize = 100;

/// As `trace` numbers them.
const COLUMNS: [Column; 5] = [
    Column { title: "no", right: true, rank: 0 },
    Column { title: "from", right: false, rank: 0 },
    Column { title: "to", right: false, rank: 0 },
    Column { title: "segments", right: true, rank: 1 },
    Column { title: "how it ended", right: false, rank: 0 },
];

/// The packets, then the connections.
pub fn recording(story: &Story, look: Look) -> String {
    let mut text = wrapped(&packets(story, look), look);
    let connections = story.connections();
    let rows: Vec<Vec<Cell>> =
        connections.iter().take(MOST).map(|connection| row(connection, look)).collect();
    text += &table(&COLUMNS, &rows, look);
    let more = connections.len().saturating_sub(MOST);
    if more > 0 {
        text += &wrapped(&format!("and {}", counted(more as u64, "more connection")), look);
    }
    let gone = seen(story).saturating_sub(connections.len() as u64);
    if gone > 0 {
        text += &wrapped(&format!("{gone} that came first are no longer kept"), look);
    }
    text
}

fn row(connection: &Connection, look: Look) -> Vec<Cell> {
    let [from, to] = connection.ends.each_ref().map(|end| end.address.to_string());
    let opening = match connection.opener {
        None => ", begun earlier",
        Some(_) => "",
    };
    vec![
        (Meaning::Quiet, (connection.id.0 + 1).to_string()),
        (Meaning::Name(Side::A), from),
        (Meaning::Name(Side::B), to),
        (Meaning::Plain, connection.segments.to_string()),
        (Meaning::Plain, ended(connection, look) + opening),
    ]
}

/// `34 packets in 4.2 s: 30 TCP segments of 3 connections, 4 datagrams`
fn packets(story: &Story, look: Look) -> String {
    let (mut segments, mut datagrams, mut icmp, mut fragments, mut others) = (0, 0, 0, 0, 0);
    let mut times: Option<(Time, Time)> = None;
    for moment in story.moments() {
        match &moment.what {
            What::Segment(_) => segments += 1,
            What::Datagram(_) => datagrams += 1,
            What::Icmp(_) => icmp += 1,
            What::Undecoded { what, .. } if what.is_fragment() => fragments += 1,
            What::Undecoded { .. } => others += 1,
            What::Call(_)
            | What::Blocked(_)
            | What::Return(_)
            | What::State(_)
            | What::Kernel(_)
            | What::Wire(_)
            | What::Interposed { .. }
            | What::Lost { .. }
            | What::CaptureUnavailable { .. }
            | What::Mark => continue,
        }
        times = Some(times.map_or((moment.time, moment.time), |(first, _)| (first, moment.time)));
    }
    let Some((first, last)) = times else { return "no packets".to_owned() };
    let of =
        format!("{} of {}", counted(segments, "TCP segment"), counted(seen(story), "connection"));
    let parts: Vec<String> = [
        (segments, of),
        (datagrams, counted(datagrams, "datagram")),
        (icmp, counted(icmp, "ICMP message")),
        (fragments, counted(fragments, "fragment")),
        (others, format!("{others} of other protocols")),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(_, words)| words)
    .collect();
    let all = counted(segments + datagrams + icmp + fragments + others, "packet");
    format!("{all} in {}: {}", duration(last.since(first), look), parts.join(", "))
}

/// How many connections there were, kept or not.
fn seen(story: &Story) -> u64 {
    story.connections().last().map_or(0, |last| u64::from(last.id.0) + 1)
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn wrapped(text: &str, look: Look) -> String {
    let options = textwrap::Options::new(look.width).initial_indent("  ").subsequent_indent("    ");
    let lines = textwrap::wrap(text, options);
    lines.iter().map(|line| Row::of(Meaning::Plain, line.as_ref()).line(look)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ladder::test_lab::{Lab, at};
    use crate::view::ladder::test_moments::{ACK, FIN_ACK, LOOK, RST_ACK, SYN, SYN_ACK};

    #[test]
    fn every_connection_has_a_line_and_what_is_none_is_counted() {
        let mut lab = Lab::new();
        let (there, back) = ((at(40112), at(8899)), (at(8899), at(40112)));
        lab.tcp(there, SYN, 0, 0, b"");
        lab.tcp(back, SYN_ACK, 0, 1, b"");
        lab.tcp(there, ACK, 1, 1, b"");
        lab.tcp(there, FIN_ACK, 1, 1, b"");
        lab.tcp((at(40113), at(7)), SYN, 0, 0, b"");
        lab.tcp((at(7), at(40113)), RST_ACK, 0, 1, b"");
        lab.tcp((at(5000), at(5001)), ACK, 900, 100, b"hello");
        let lost = lab.udp(at(4000), at(53), b"?");
        lab.port_unreachable(at(53), at(4000), &lost);
        insta::assert_snapshot!(recording(&lab.story, LOOK), @"
    9 packets in 40 µs: 7 TCP segments of 3 connections, 1 datagram, 1 ICMP
      message
    no  from             to              segments  how it ended
     1  127.0.0.1:40112  127.0.0.1:8899         4  open
     2  127.0.0.1:40113  127.0.0.1:7            2  refused
     3  127.0.0.1:5000   127.0.0.1:5001         1  open, begun earlier
    ");
        let narrow = Look { width: 40, ascii: true, ..LOOK };
        insta::assert_snapshot!(recording(&lab.story, narrow), @"
    9 packets in 40 us: 7 TCP segments of
      3 connections, 1 datagram, 1 ICMP
      message
    no  from             to            ...
     1  127.0.0.1:40112  127.0.0.1:8899...
     2  127.0.0.1:40113  127.0.0.1:7   ...
     3  127.0.0.1:5000   127.0.0.1:5001...
    ");
    }

    #[test]
    fn a_file_without_packets_says_so() {
        assert_eq!(recording(&Story::default(), LOOK), "  no packets\n");
    }

    #[test]
    fn so_many_that_nobody_reads_them_are_counted() {
        let mut lab = Lab::new();
        for port in 1..=103 {
            lab.tcp((at(port), at(8899)), SYN, 0, 0, b"");
        }
        let shown = recording(&lab.story, LOOK);
        assert!(shown.contains(":100 ") && !shown.contains(":101 "), "{shown}");
        assert!(shown.ends_with("  and 3 more connections\n"), "{shown}");
    }
}
