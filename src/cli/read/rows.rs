//! A row or a line per segment.

use std::io;

use super::Reading;
use crate::packet::Packet;
use crate::reading::Decoded;
use crate::story::{Connection, Moment, Story};
use crate::tcp::analysis::{Excluded, Ledgers};
use crate::view::conversations::Recorded;
use crate::view::{json, tsv};

/// What Wireshark says of each segment, as tab-separated rows.
pub(super) fn tsv(reading: &mut Reading) -> io::Result<()> {
    let mut ledgers = Ledgers::default();
    let mut excluded = Excluded::default();
    while let Some(batch) = reading.next() {
        for Decoded { number, time, packet, shown, .. } in &batch {
            excluded.note(*number, packet);
            match packet {
                Packet::Tcp(segment) => {
                    let analysis = ledgers.segment(*number, segment, *time);
                    if *shown && reading.wish.wants(analysis.found.stream) {
                        tsv::row(&mut reading.out.bytes, *number, *time, segment, &analysis);
                    }
                }
                Packet::Icmp(message) => {
                    if let Some(about) = message.about.as_ref().filter(|about| about.protocol == 6)
                    {
                        ledgers.quoted(about.src, about.dst);
                    }
                }
                Packet::Udp(_) | Packet::Other(_) => {}
            }
        }
        reading.settle()?;
    }
    reading.excluded(&excluded);
    Ok(())
}

/// Each segment, then each conversation, as JSON Lines.
pub(super) fn jsonl(reading: &mut Reading) -> io::Result<()> {
    let mut story = Story::of_recording(1);
    while let Some(batch) = reading.next() {
        for Decoded { number, time, packet, found, shown, raw } in batch {
            let (Packet::Tcp(segment), Some(found)) = (packet, found) else { continue };
            let Some(followed) = story.follow(number, time, &segment, found) else { continue };
            let raw = raw.filter(|_| shown && reading.wish.wants(found.stream));
            let Some(raw) = raw else { continue };
            story.tell_of(&raw.frame(number), time, segment, followed);
            if let Some(told) = story.moments().next_back().and_then(Moment::segment) {
                json::recorded_segment(&mut reading.out.bytes, time, told, found.stream);
            }
        }
        conversations(reading, &story.take_gone());
        reading.settle()?;
    }
    conversations(reading, story.connections());
    Ok(())
}

fn conversations(reading: &mut Reading, connections: &[Connection]) {
    for connection in connections {
        let stream = connection.stream.unwrap_or_default();
        if reading.wish.wants(stream) {
            json::conversation(&mut reading.out.bytes, &Recorded::new(connection, stream));
        }
    }
}
