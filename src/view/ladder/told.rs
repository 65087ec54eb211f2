//! Moments of one conversation → rungs.

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::Duration;

use super::conversation::{Conversation, name};
use super::copies;
use super::duration::duration;
use super::fold::Run;
use super::glyph::Glyphs;
use super::label::Label;
use super::rung::{Arrow, Head, Middle, Rung, come_from, come_to, state_words};
use crate::packet::Flags;
use crate::story::{
    CallMoment, Change, Confidence, Connection, ConnectionId, EndName, Harm, KernelMoment, Moment,
    Passage, Role, SegmentMoment, Side, StateCause, StateMoment, Story, What, WireMoment,
};
use crate::tcp::State;
use crate::trace::{CallId, Deed, FrameNumber, Time};
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::Row;

/// Tells one conversation, moment by moment.
pub struct Teller<'a> {
    conversation: Conversation,
    story: &'a Story,
    /// Of a recording, whose story isn't kept.
    connection: Option<&'a Connection>,
    moments: &'a [&'a Moment],
    clock: Clock,
    look: Look,
    still: bool,
    /// Frames that arrived before anything else was told: one arrow shows it all.
    joined: HashSet<FrameNumber>,
}

/// What times count from.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// All from one moment: `+9 µs`.
    Since(Time),
    /// From the first moment, and after a silence from what broke it: `4.20 s`, then `+9 µs`.
    Resumed {
        /// The first.
        zero: Time,
        /// What broke the silence.
        anchor: Time,
    },
}

impl<'a> Teller<'a> {
    /// For a conversation whose times are read off that clock.
    pub fn new(
        conversation: Conversation,
        story: &'a Story,
        moments: &'a [&'a Moment],
        clock: Clock,
        look: Look,
    ) -> Teller<'a> {
        let joined = moments.windows(2).filter_map(|pair| joins(pair[0], pair[1])).collect();
        let connection = None;
        Teller { conversation, story, connection, moments, clock, look, still: false, joined }
    }

    /// The same, of a connection that the story doesn't hold.
    #[must_use]
    pub fn about(self, connection: &'a Connection) -> Teller<'a> {
        Teller { connection: Some(connection), ..self }
    }

    fn connection(&self, id: ConnectionId) -> Option<&'a Connection> {
        self.connection.filter(|known| known.id == id).or_else(|| self.story.connection(id))
    }

    /// The row before the first segment: both ends' states before it. None if that moves neither:
    /// then its own row shows them.
    pub fn opening(&mut self) -> Option<Rung> {
        let first = self.moments.iter().find_map(|moment| match &moment.what {
            What::Segment(segment) => Some(segment),
            _ => None,
        })?;
        let mut changes = by_side(first);
        let quiet;
        let alone = self.connection(first.connection).is_some_and(|c| c.self_connected);
        if alone || first.passage.waits() && !self.joined.contains(&first.frame) {
            // Its receiver knows nothing of it yet.
            let to = changes[first.from.other().index()];
            let before = self
                .known_first(first.connection, first.from.other())
                .map_or(to.before, |change| change.before);
            quiet = Change { before, after: before, rfc: None, ..*to };
            changes[first.from.other().index()] = &quiet;
        }
        self.still = !changes.iter().any(|change| change.moved());
        (!self.still && !self.begins_with_arrival())
            .then(|| Rung { states: changes.map(come_from), ..Rung::default() })
    }

    /// Whether the first row is an arrival: it shows both states by itself.
    fn begins_with_arrival(&self) -> bool {
        let first = self.moments.iter().find_map(|moment| match &moment.what {
            What::Segment(_) => Some(false),
            What::Wire(wire) => Some(wire.states.is_some() && !self.joined.contains(&wire.frame)),
            _ => None,
        });
        first == Some(true)
    }

    /// The first that is told of that end.
    fn known_first(&self, connection: ConnectionId, side: Side) -> Option<Change> {
        let alone = self.connection(connection).is_some_and(|c| c.self_connected);
        self.moments.iter().find_map(|moment| match &moment.what {
            What::Segment(segment) if segment.connection == connection => {
                let arrives = !segment.passage.waits() || self.joined.contains(&segment.frame);
                let own = segment.from == side || alone;
                let change = if own { &segment.states.from } else { &segment.states.to };
                (own || arrives).then_some(*change)
            }
            What::Wire(wire) => {
                let (states, (id, from)) = (wire.states?, wire.connection?);
                let change = if from == side { states.from } else { states.to };
                (id == connection).then_some(change)
            }
            _ => None,
        })
    }

    /// A time as it stands in its column.
    pub fn time(&self, at: Time) -> String {
        let since = |start: Time| duration(at.since(start), self.look);
        match self.clock {
            Clock::Resumed { zero, anchor } if zero == anchor || at == anchor => since(zero),
            Clock::Since(start) | Clock::Resumed { anchor: start, .. } => {
                format!("+{}", since(start))
            }
        }
    }

    /// A silence has been broken.
    pub fn resume(&mut self, at: Time) {
        if let Clock::Resumed { anchor, .. } = &mut self.clock {
            *anchor = at;
        }
    }

    /// The rungs of one moment: none for what isn't part of a conversation.
    pub fn tell(&mut self, moment: &Moment) -> Vec<Rung> {
        match &moment.what {
            What::Segment(segment) => self.segment(segment, moment.time),
            What::Datagram(_) | What::Icmp(_) => {
                let Some((from, label, passage)) = self.sketch(moment) else { return Vec::new() };
                let Some(frame) = frame_of(moment) else { return Vec::new() };
                let head = self.head(frame, passage);
                let comes = matches!(head, Head::Arrives | Head::Crossed);
                let label = if comes { label.arriving(passage) } else { label };
                vec![self.arrow(from, label, head, moment.time)]
            }
            What::Wire(wire) => Vec::from_iter(self.wire(wire, moment.time)),
            What::State(state) => Vec::from_iter(self.state(state, moment.time)),
            What::Kernel(kernel) => vec![self.kernel(kernel, moment.time)],
            What::Call(_)
            | What::Blocked(_)
            | What::Return(_)
            | What::Undecoded { .. }
            | What::Lost { .. }
            | What::CaptureUnavailable { .. }
            | What::Interposed { .. }
            | What::Mark => Vec::new(),
        }
    }

    /// Which end sent a frame, what stands on its arrow, and how it fared.
    fn sketch<'m>(&self, moment: &'m Moment) -> Option<(Side, Label, &'m Passage)> {
        let (from, label) = match &moment.what {
            What::Segment(segment) => (segment.from, Label::of_segment(segment, self.look)),
            What::Datagram(datagram) => {
                let from = self.conversation.side_of(datagram.datagram.src);
                (from, Label::of_datagram(datagram))
            }
            What::Icmp(icmp) => {
                // Whoever couldn't deliver the packet answers its sender.
                let about = icmp.message.about.as_ref();
                let to = about.map_or(Side::A, |about| self.side_of_connected(about.src));
                (to.other(), Label::of_icmp(icmp))
            }
            _ => return None,
        };
        Some((from, label, moment.passage()?))
    }

    /// How the arrow of a frame ends where it is sent.
    fn head(&self, frame: FrameNumber, passage: &Passage) -> Head {
        let joined = self.joined.contains(&frame);
        match passage.harm {
            _ if passage.held && !joined => Head::Held(format!("#{}", frame.0)),
            Some(Harm::Delayed | Harm::Reordered) if !joined => Head::Later,
            _ if passage.lost => Head::Lost,
            Some(Harm::Corrupted) => Head::Crossed,
            Some(Harm::Delayed | Harm::Reordered | Harm::Duplicated) | None => Head::Arrives,
        }
    }

    /// A frame that had waited arrives, or is lost after all.
    fn wire(&self, wire: &WireMoment, at: Time) -> Option<Rung> {
        if self.joined.contains(&wire.frame) {
            return None;
        }
        let moment = self.story.at(wire.moment)?;
        let (from, label, passage) = self.sketch(moment)?;
        let head = match wire.deed {
            Deed::Dropped | Deed::Absorbed { .. } => Head::Lost,
            _ if !passage.is_sound() || is_refused(moment) => Head::Crossed,
            _ if is_reset(moment) => Head::Crossed,
            _ => Head::Arrives,
        };
        let mut rung = self.arrow(from, label.arriving(passage), head, at);
        if let Middle::Arrow(arrow) = &mut rung.middle {
            arrow.waited = true;
        }
        if let Some(states) = &wire.states {
            rung.states[from.index()] = come_to(&states.from);
            rung.states[from.other().index()] = come_to(&states.to);
        }
        Some(rung)
    }

    /// What stands in place of a folded run.
    pub fn run(&self, run: &Run) -> Row {
        let words = format!("{} {}", Glyphs::of(self.look).skip, run.words());
        Row::of(Meaning::Quiet, words)
    }

    fn arrow(&self, from: Side, label: Label, head: Head, at: Time) -> Rung {
        let middle = Middle::Arrow(Box::new(Arrow { from, label, head, waited: false }));
        Rung { middle, time: self.time(at), ..Rung::default() }
    }

    fn segment(&mut self, moment: &SegmentMoment, at: Time) -> Vec<Rung> {
        let mut rungs = Vec::new();
        let changes = by_side(moment);
        for (side, change) in &moment.corrections {
            rungs.push(correction(*side, change));
        }
        let still = std::mem::take(&mut self.still);
        if let Some(of) = moment.passage.absorbed_by {
            let words = copies::beside(moment.segment.flags, of);
            let row = words.map(|words| Row::of(Meaning::Quiet, words));
            rungs.extend(row.map(|row| beside(moment.from, None, row)));
            return rungs;
        }
        let crossed = moment.segment.flags.has(Flags::RST) || moment.roles.contains(Role::NotTaken);
        let head = match self.head(moment.frame, &moment.passage) {
            Head::Arrives if crossed => Head::Crossed,
            head => head,
        };
        let arrives = matches!(head, Head::Arrives | Head::Crossed);
        let label = if arrives {
            Label::of_segment(moment, self.look).arriving(&moment.passage)
        } else {
            Label::of_segment(&on_its_way(moment), self.look)
        };
        let mut states = changes
            .map(|change| if change.moved() || still { come_to(change) } else { Row::default() });
        if !arrives && changes[moment.from.other().index()].moved() {
            states[moment.from.other().index()] = Row::default();
        }
        rungs.push(Rung { states, ..self.arrow(moment.from, label, head, at) });
        if self.look.arithmetic {
            rungs.extend(self.sum(moment));
        }
        rungs
    }

    fn state(&self, moment: &StateMoment, at: Time) -> Option<Rung> {
        let (_, side) = moment.connection?;
        let words = match moment.because {
            StateCause::Kernel => Row::of(Meaning::Quiet, "says the kernel"),
            StateCause::SynCookie => Row::of(Meaning::Quiet, "a SYN cookie: nothing is kept"),
            StateCause::Call(call) => {
                let function = find_call(call, self.story).map(|(_, call)| call.function);
                let words = function.map(|function| format!("by {function}()"));
                Row::of(Meaning::Quiet, words.unwrap_or_default())
            }
        };
        let rung = beside(side, Some(&moment.change), words);
        Some(Rung { time: self.time(at), ..rung })
    }

    fn kernel(&self, moment: &KernelMoment, at: Time) -> Rung {
        let words = kernel_words(moment, self.look);
        Rung { time: self.time(at), ..beside(moment.side, None, words) }
    }

    /// `ack 6 = seq 1 + 5 bytes`: from which segment an acknowledgement's number comes.
    fn sum(&self, moment: &SegmentMoment) -> Option<Rung> {
        let acknowledged = self.find(moment.acknowledges?)?;
        let ack = moment.ack?;
        let segment = &acknowledged.segment;
        if acknowledged.from == moment.from || segment.end() != moment.segment.ack {
            return None;
        }
        let (ack, seq) = if self.look.raw_seq {
            (moment.segment.ack.0, segment.seq.0)
        } else {
            (ack, acknowledged.seq)
        };
        let mut words = format!("ack {ack} = seq {seq}");
        if segment.flags.has(Flags::SYN) {
            words += " + 1 (SYN)";
        }
        match segment.payload.len {
            0 => {}
            1 => words += " + 1 byte",
            bytes => words = format!("{words} + {bytes} bytes"),
        }
        if segment.flags.has(Flags::FIN) {
            words += " + 1 (FIN)";
        }
        Some(Rung::words(Some(Side::A), Row::of(Meaning::Quiet, format!(" {words}"))))
    }

    fn find(&self, frame: FrameNumber) -> Option<&'a SegmentMoment> {
        let here = self.moments.iter().rev().copied();
        here.chain(self.story.moments().rev()).find_map(|moment| match &moment.what {
            What::Segment(segment) if segment.frame == frame => Some(&**segment),
            _ => None,
        })
    }

    /// The end that this address is, for a packet that an ICMP message quotes.
    fn side_of_connected(&self, address: std::net::SocketAddr) -> Side {
        let Conversation::Connection(id) = self.conversation else {
            return self.conversation.side_of(address);
        };
        match self.connection(id) {
            Some(connection) if connection.end(Side::B).address == address => Side::B,
            Some(_) | None => Side::A,
        }
    }
}

/// A segment before it is known that nobody will take it.
fn on_its_way(moment: &SegmentMoment) -> Cow<'_, SegmentMoment> {
    if !moment.roles.contains(Role::NotTaken) {
        return Cow::Borrowed(moment);
    }
    let mut moment = moment.clone();
    moment.roles.remove(Role::NotTaken);
    Cow::Owned(moment)
}

/// The frame that is sent by the one moment and arrives, to the eye at once, by the next.
fn joins(sent: &Moment, next: &Moment) -> Option<FrameNumber> {
    const AT_ONCE: Duration = Duration::from_millis(20);
    let delayed = sent.passage().is_some_and(|passage| passage.harm == Some(Harm::Delayed));
    match &next.what {
        What::Wire(WireMoment { frame, deed: Deed::Delivered, .. })
            if !delayed && next.time.since(sent.time) < AT_ONCE =>
        {
            frame_of(sent).filter(|sent| sent == frame)
        }
        _ => None,
    }
}

fn frame_of(moment: &Moment) -> Option<FrameNumber> {
    match &moment.what {
        What::Segment(segment) => Some(segment.frame),
        What::Datagram(datagram) => Some(datagram.frame),
        What::Icmp(icmp) => Some(icmp.frame),
        _ => None,
    }
}

fn is_refused(moment: &Moment) -> bool {
    matches!(&moment.what, What::Segment(segment) if segment.roles.contains(Role::NotTaken))
}

fn is_reset(moment: &Moment) -> bool {
    matches!(&moment.what, What::Segment(segment) if segment.segment.flags.has(Flags::RST))
}

/// A state that this segment has shown to be wrong.
fn correction(side: Side, change: &Change) -> Rung {
    let words = format!("not {} after all", state_words(change.before, Confidence::Inferred));
    beside(side, Some(change), Row::of(Meaning::Warning, words))
}

/// Words beside an end, and the state that it came to.
fn beside(side: Side, change: Option<&Change>, words: Row) -> Rung {
    let mut rung = Rung::words(Some(side), words);
    if let Some(change) = change {
        rung.states[side.index()] = come_to(change);
    }
    rung
}

/// A segment's changes, by side.
fn by_side(moment: &SegmentMoment) -> [&Change; 2] {
    match moment.from {
        Side::A => [&moment.states.from, &moment.states.to],
        Side::B => [&moment.states.to, &moment.states.from],
    }
}

/// When that call began, and how, if it is still kept.
pub fn find_call(call: CallId, story: &Story) -> Option<(Time, &CallMoment)> {
    story.moments().rev().find_map(|moment| match &moment.what {
        What::Call(begun) if begun.call == call => Some((moment.time, begun)),
        _ => None,
    })
}

/// What the kernel says where it was asked: `kernel: client is CLOSED`.
pub fn kernel_words(moment: &KernelMoment, look: Look) -> Row {
    let end = name(&moment.end, look);
    // A socket that the kernel has forgotten is CLOSED: RFC 9293, section 3.3.2.
    let kernel = moment.kernel.unwrap_or(State::Closed);
    if moment.inferred == Some(kernel) {
        return Row::of(Meaning::Quiet, format!("the kernel agrees: {end} is {kernel}"));
    }
    Row::of(Meaning::Warning, format!("kernel: {end} is {kernel}"))
}

/// `client: TIME-WAIT → CLOSED`, outside a ladder.
pub fn state_line(end: &EndName, change: &Change, because: StateCause, look: Look) -> Row {
    let arrow = Glyphs::of(look).arrow;
    let mut row = Row::of(Meaning::Plain, format!("{}: ", name(end, look)));
    row.append(come_from(change));
    row.say(format!(" {arrow} "));
    row.append(come_to(change));
    if matches!(because, StateCause::Kernel | StateCause::SynCookie) {
        row.put(Meaning::Quiet, ", says the kernel");
    }
    row
}
