//! A row or a line per segment.

use std::collections::HashMap;
use std::io;

use super::Reading;
use crate::packet::Packet;
use crate::reading::Decoded;
use crate::story::{Moment, Story};
use crate::tcp::analysis::Ledgers;
use crate::view::conversations::Recorded;
use crate::view::json;
use crate::view::tsv::Row;

/// What Wireshark says of each segment, as tab-separated rows.
pub(super) fn tsv(reading: &mut Reading) -> io::Result<()> {
    let mut ledgers = Ledgers::default();
    while let Some(batch) = reading.next() {
        for Decoded { number, time, packet, shown, .. } in &batch {
            let Some((segment, outer, analysis)) = ledgers.packet(*number, packet, *time) else {
                continue;
            };
            if *shown && reading.wants(analysis.found.stream) {
                let (frame, time, analysis) = (*number, *time, &analysis);
                let row = Row { frame, time, segment, outer, analysis };
                row.write(&mut reading.out.bytes);
            }
        }
        reading.settle()?;
    }
    Ok(())
}

/// Each segment, then each conversation, as JSON Lines.
pub(super) fn jsonl(reading: &mut Reading) -> io::Result<()> {
    let mut story = Story::of_recording(1);
    while let Some(batch) = reading.next() {
        for Decoded { number, time, packet, found, shown, raw } in batch {
            let (Packet::Tcp(segment), Some(found)) = (packet, found) else { continue };
            let Some(raw) = raw.filter(|_| shown && reading.wants(found.stream)) else {
                story.follow(number, time, &segment, found);
                continue;
            };
            story.record(&raw.put_together(number), time, segment, found);
            if let Some(told) = story.moments().next_back().and_then(Moment::segment) {
                json::recorded_segment(&mut reading.out.bytes, time, told, found.stream);
            }
        }
        for connection in story.take_gone() {
            conversation(reading, &Recorded::let_go(&connection));
        }
        reading.settle()?;
    }
    let undecided: HashMap<_, _> = story.end().into_iter().collect();
    for connection in story.connections() {
        let undecided = undecided.get(&connection.id).map(|later| later.frame);
        conversation(reading, &Recorded { undecided, ..Recorded::new(connection) });
    }
    Ok(())
}

fn conversation(reading: &mut Reading, recorded: &Recorded<'_>) {
    if reading.wants(recorded.stream) {
        json::conversation(&mut reading.out.bytes, recorded);
    }
}
