//! Each conversation, drawn.

use std::collections::HashMap;
use std::io;

use super::Reading;
use crate::packet::{Packet, Segment};
use crate::reading::{Raw, over_since};
use crate::story::{Connection, ConnectionId, Followed, Moment, Story};
use crate::trace::{FrameNumber, Time};
use crate::view::conversations::Recorded;
use crate::view::ladder;

/// Most segments that wait to be drawn. Of conversations that are longer together the rest isn't.
const MOST: usize = 100_000;

pub(super) fn draw(reading: &mut Reading) -> io::Result<()> {
    let mut drawer = Drawer::default();
    let mut story = Story::of_recording(1);
    while let Some(batch) = reading.next() {
        let latest = batch.last().map(|decoded| decoded.time);
        for decoded in batch {
            let Packet::Tcp(segment) = decoded.packet else {
                story.pass(&decoded.packet);
                continue;
            };
            let (number, time) = (decoded.number, decoded.time);
            let Some(followed) = story.follow(number, time, &segment) else { continue };
            let raw = decoded.raw.filter(|_| decoded.shown);
            let wanted = raw.filter(|_| reading.wish.wants(followed.found.stream));
            if let Some(raw) = wanted {
                drawer.note(&mut story, number, time, segment, followed, raw, reading.wish.first);
            }
        }
        if let Some(latest) = latest.filter(|_| reading.wish.is_live) {
            // Nobody waits for the end.
            story.let_go(over_since(latest));
        }
        for connection in story.take_gone() {
            drawer.draw(reading, &connection)?;
        }
    }
    for connection in story.connections() {
        drawer.draw(reading, connection)?;
    }
    Ok(())
}

/// What is to be drawn once its conversation is over.
#[derive(Default)]
struct Drawer {
    moments: HashMap<ConnectionId, Vec<Moment>>,
    waiting: usize,
    drawn: usize,
}

impl Drawer {
    fn note(
        &mut self,
        story: &mut Story,
        number: FrameNumber,
        time: Time,
        segment: Segment,
        followed: Followed,
        raw: Raw,
        first: usize,
    ) {
        let moments = self.moments.entry(followed.connection).or_default();
        if moments.len() >= first || self.waiting >= MOST {
            return;
        }
        story.tell_of(&raw.frame(number), time, segment, followed);
        moments.extend(story.moments().next_back().cloned());
        self.waiting += 1;
    }

    fn draw(&mut self, reading: &mut Reading, connection: &Connection) -> io::Result<()> {
        let Some(moments) = self.moments.remove(&connection.id) else { return Ok(()) };
        self.waiting -= moments.len();
        if self.drawn > 0 {
            reading.out.bytes.push(b'\n');
        }
        self.drawn += 1;
        let recorded = Recorded::new(connection, connection.stream.unwrap_or_default());
        let picture = ladder::recorded(&recorded, &moments, reading.look);
        reading.out.bytes.extend_from_slice(picture.as_bytes());
        reading.settle()
    }
}
