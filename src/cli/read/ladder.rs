//! Each conversation, drawn.

use std::collections::HashMap;
use std::io;

use super::Reading;
use crate::packet::Packet;
use crate::reading::over_since;
use crate::story::{Connection, ConnectionId, Moment, Story};
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
            let (Packet::Tcp(segment), Some(found)) = (decoded.packet, decoded.found) else {
                continue;
            };
            let (number, time) = (decoded.number, decoded.time);
            let Some(followed) = story.follow(number, time, &segment, found) else { continue };
            let is_wanted = decoded.shown && reading.wants(found.stream);
            if let Some(raw) = decoded.raw.filter(|_| is_wanted)
                && drawer.has_room(followed.connection, reading.wish.first)
            {
                let connection = followed.connection;
                story.tell_of(&raw.put_together(number), time, segment, followed);
                drawer.note(connection, story.moments().next_back());
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
    /// Whether one more segment of that conversation may wait, of so many at most.
    fn has_room(&self, connection: ConnectionId, most: usize) -> bool {
        let waiting = self.moments.get(&connection).map_or(0, Vec::len);
        waiting < most && self.waiting < MOST
    }

    fn note(&mut self, connection: ConnectionId, moment: Option<&Moment>) {
        self.moments.entry(connection).or_default().extend(moment.cloned());
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
