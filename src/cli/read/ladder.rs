//! Each conversation, drawn.

use std::collections::HashMap;
use std::io;

use super::Reading;
use crate::packet::Packet;
use crate::reading::over_since;
use crate::story::{ConnectionId, Later, Moment, Story, What};
use crate::tcp::analysis::Finding;
use crate::trace::FrameNumber;
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
                let followed = story.follow(number, time, &segment, found);
                drawer.show(followed.and_then(|followed| followed.shows));
            }
        }
        if let Some(latest) = latest.filter(|_| reading.wish.is_live) {
            // Nobody waits for the end.
            story.let_go(over_since(latest));
        }
        for connection in story.take_gone() {
            drawer.draw(reading, &Recorded::let_go(&connection))?;
        }
    }
    for (_, later) in story.end() {
        drawer.show(Some(later));
    }
    for connection in story.connections() {
        drawer.draw(reading, &Recorded::new(connection))?;
    }
    Ok(())
}

/// What is to be drawn once its conversation is over.
#[derive(Default)]
struct Drawer {
    moments: HashMap<ConnectionId, Vec<Moment>>,
    /// How many segments wait of each stream.
    noted: HashMap<u32, usize>,
    /// Where the SYNs are that reuse ports: what they were is known later.
    reuses: HashMap<FrameNumber, ConnectionId>,
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
        self.show(segment.shows);
        if segment.analysis.contains(&Finding::ReusedPorts.name()) {
            self.reuses.insert(segment.frame, segment.connection);
        }
        self.moments.entry(segment.connection).or_default().push(moment.clone());
    }

    /// What became of an earlier segment is known now.
    fn show(&mut self, later: Option<Later>) {
        let Some(Later { frame, deviation }) = later else { return };
        let connection = self.reuses.remove(&frame);
        let moments = connection.and_then(|connection| self.moments.get_mut(&connection));
        let about =
            |moment: &&mut Moment| moment.segment().is_some_and(|segment| segment.frame == frame);
        let moment = moments.and_then(|moments| moments.iter_mut().find(about));
        if let Some(What::Segment(segment)) = moment.map(|moment| &mut moment.what) {
            segment.roles.insert(deviation.role);
            segment.deviation = Some(deviation);
        }
    }

    fn draw(&mut self, reading: &mut Reading, recorded: &Recorded<'_>) -> io::Result<()> {
        let Some(moments) = self.moments.remove(&recorded.connection.id) else { return Ok(()) };
        self.waiting -= moments.len();
        self.noted.remove(&recorded.stream);
        for segment in moments.iter().filter_map(Moment::segment) {
            self.reuses.remove(&segment.frame);
        }
        if self.drawn > 0 {
            reading.out.bytes.push(b'\n');
        }
        self.drawn += 1;
        let picture = ladder::recorded(recorded, &moments, reading.look);
        reading.out.bytes.extend_from_slice(picture.as_bytes());
        reading.settle()
    }
}
