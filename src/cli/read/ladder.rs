//! Each conversation, drawn.

use std::collections::HashMap;
use std::io;

use super::Reading;
use crate::packet::Packet;
use crate::reading::over_since;
use crate::story::{Connection, ConnectionId, Later, Moment, Story, What};
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
            let is_wanted = decoded.shown && reading.wants(found.stream);
            let has_room = drawer.has_room(found.stream, reading.wish.first);
            if let Some(raw) = decoded.raw.filter(|_| is_wanted && has_room) {
                story.record(&raw.put_together(number), time, segment, found);
                drawer.note(found.stream, story.moments().next_back());
            } else {
                story.follow(number, time, &segment, found);
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
    for later in story.end() {
        drawer.show(&later);
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
    /// How many segments of each stream were noted.
    noted: HashMap<u32, usize>,
    waiting: usize,
    drawn: usize,
}

impl Drawer {
    /// Whether one more segment of that stream may wait, of so many at most.
    fn has_room(&self, stream: u32, most: usize) -> bool {
        let noted = self.noted.get(&stream).copied().unwrap_or(0);
        noted < most && self.waiting < MOST
    }

    fn note(&mut self, stream: u32, moment: Option<&Moment>) {
        let Some((moment, segment)) = moment.and_then(|m| Some((m, m.segment()?))) else { return };
        *self.noted.entry(stream).or_default() += 1;
        self.waiting += 1;
        if let Some(later) = segment.shows {
            self.show(&later);
        }
        self.moments.entry(segment.connection).or_default().push(moment.clone());
    }

    /// What became of an earlier segment is known now.
    fn show(&mut self, later: &Later) {
        let about = |moment: &&mut Moment| {
            moment.segment().is_some_and(|segment| segment.frame == later.frame)
        };
        let moment = self.moments.values_mut().flatten().find(about);
        if let Some(What::Segment(segment)) = moment.map(|moment| &mut moment.what) {
            segment.roles.insert(later.deviation.role);
            segment.deviation = Some(later.deviation);
        }
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
