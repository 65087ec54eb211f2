//! A row or a line per segment.

use std::io;

use super::Reading;
use crate::packet::Packet;
use crate::reading::Decoded;
use crate::story::{Connection, Story, What};
use crate::tcp::analysis::{Excluded, Ledgers};
use crate::trace::Frame;
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
                    if let Some(about) = message.about.filter(|about| about.protocol == 6) {
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
        for Decoded { number, time, packet, shown, raw } in batch {
            let Packet::Tcp(segment) = packet else {
                story.pass(&packet);
                continue;
            };
            let Some(followed) = story.follow(number, time, &segment) else { continue };
            let Some(raw) = raw.filter(|_| shown && reading.wish.wants(followed.found.stream))
            else {
                continue;
            };
            let frame = Frame {
                number,
                link: raw.link,
                bytes: raw.bytes,
                original_len: raw.original_len,
                origin: Origin::Stack,
            };
            let stream = followed.found.stream;
            story.tell_of(&frame, time, segment, followed);
            if let Some(moment) = story.moments().next_back()
                && let What::Segment(told) = &moment.what
            {
                json::recorded(&mut reading.out.bytes, time, told, stream);
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
