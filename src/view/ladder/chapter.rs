//! The moments of a story, sorted into the ladders that they belong on.

use std::collections::{HashMap, HashSet};

use super::conversation::{Conversation, Conversations};
use crate::story::{CallMoment, EndName, Moment, Side, Story, What};
use crate::trace::{CallId, Effect, EventId, SocketId, Time};

/// What one ladder, or one list, is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A conversation.
    Conversation(Conversation),
    /// Calls that are part of no conversation.
    Calls,
}

/// A part of the story that is drawn together.
#[derive(Debug)]
pub struct Chapter<'a> {
    /// What it is about.
    pub subject: Subject,
    /// What happened, in order of time.
    pub beats: Vec<Beat<'a>>,
}

impl Chapter<'_> {
    /// The sockets whose calls are at each side, if that is one socket.
    pub fn owners(&self) -> [Option<SocketId>; 2] {
        [Side::A, Side::B].map(|side| {
            let mut sockets =
                self.beats.iter().filter(|beat| beat.side == Some(side)).filter_map(|beat| {
                    match &beat.moment.what {
                        What::Call(call) => Some(call.socket),
                        _ => None,
                    }
                });
            let first = sockets.next()?;
            sockets.all(|socket| socket == first).then_some(first)
        })
    }
}

/// One thing that happened, and at which end: calls only.
#[derive(Debug, Clone, Copy)]
pub struct Beat<'a> {
    /// What.
    pub moment: &'a Moment,
    /// The end that a call was made at.
    pub side: Option<Side>,
}

/// The chapters of a story, in the order in which they began; only those of that socket if one is
/// given. Of a listener: those of the connections that came to it.
pub fn chapters(story: &Story, of: Option<SocketId>) -> Vec<Chapter<'_>> {
    let places = Places::find(story);
    let wanted = of.map(|socket| Wanted::new(socket, story, &places));
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut index: HashMap<Subject, usize> = HashMap::new();
    for moment in story.moments() {
        let call = match &moment.what {
            What::Call(call) => Some(call),
            What::Return(returned) => Some(&returned.call),
            What::Lost { .. } => {
                let begun = chapters.iter_mut().filter(|chapter| chapter.subject != Subject::Calls);
                begun.for_each(|chapter| chapter.beats.push(Beat { moment, side: None }));
                continue;
            }
            _ => None,
        };
        let place = call.and_then(|call| places.calls.get(&call.call));
        let subject = match (call, place) {
            (Some(_), Some((conversation, _))) => Subject::Conversation(*conversation),
            (Some(_), None) => Subject::Calls,
            (None, _) => match places.conversations.get(&moment.event) {
                Some(conversation) => Subject::Conversation(*conversation),
                None => continue,
            },
        };
        if wanted.as_ref().is_none_or(|wanted| wanted.has(subject, call)) {
            let place_in_book = *index.entry(subject).or_insert_with(|| {
                chapters.push(Chapter { subject, beats: Vec::new() });
                chapters.len() - 1
            });
            let side = place.map(|(_, side)| *side);
            chapters[place_in_book].beats.push(Beat { moment, side });
        }
    }
    for chapter in &mut chapters {
        let last = chapter.beats.iter().rposition(|b| !matches!(b.moment.what, What::Lost { .. }));
        chapter.beats.truncate(last.map_or(0, |last| last + 1));
    }
    chapters
}

/// Where everything belongs.
struct Places {
    conversations: HashMap<EventId, Conversation>,
    calls: HashMap<CallId, (Conversation, Side)>,
    sockets: HashMap<SocketId, Vec<Part>>,
}

/// A socket's part in a conversation.
#[derive(Clone, Copy)]
struct Part {
    conversation: Conversation,
    side: Side,
    since: Time,
}

impl Places {
    fn find(story: &Story) -> Places {
        let mut known = Conversations::new(story);
        let (conversations, calls, sockets) = Default::default();
        let mut places = Places { conversations, calls, sockets };
        for connection in story.connections() {
            for side in [Side::A, Side::B] {
                let conversation = Conversation::Connection(connection.id);
                places.takes_part(&connection.end(side).name, conversation, side, connection.first);
            }
        }
        let mut caused: HashMap<CallId, Conversation> = HashMap::new();
        for moment in story.moments() {
            let Some(conversation) = known.of(moment) else { continue };
            places.conversations.insert(moment.event, conversation);
            let (names, from, cause) = match &moment.what {
                What::Segment(m) => (&m.names, m.from, m.cause),
                What::Datagram(m) => (&m.names, conversation.side_of(m.datagram.src), m.cause),
                _ => continue,
            };
            places.takes_part(&names[0], conversation, from, moment.time);
            places.takes_part(&names[1], conversation, from.other(), moment.time);
            if let Some(call) = cause {
                caused.entry(call).or_insert(conversation);
            }
        }
        for moment in story.moments() {
            let (call, effect) = match &moment.what {
                What::Call(call) => (call, &Effect::None),
                What::Return(returned) => (&returned.call, &returned.effect),
                _ => continue,
            };
            let part = places.part(call, effect, caused.get(&call.call), moment.time);
            if let Some(part) = part {
                places.calls.insert(call.call, (part.conversation, part.side));
            }
        }
        places
    }

    fn takes_part(&mut self, end: &EndName, conversation: Conversation, side: Side, since: Time) {
        let Some(socket) = end.socket else { return };
        let parts = self.sockets.entry(socket).or_default();
        if !parts.iter().any(|part| part.conversation == conversation) {
            parts.push(Part { conversation, side, since });
        }
    }

    /// The conversation that a call is part of: the one that it caused segments of, the one that
    /// it accepted or heard from, else the latest that its socket had begun.
    fn part(
        &self,
        call: &CallMoment,
        effect: &Effect,
        caused: Option<&Conversation>,
        at: Time,
    ) -> Option<Part> {
        let parts_of = |socket: SocketId| self.sockets.get(&socket).map_or(&[][..], Vec::as_slice);
        if let Effect::Accepted { socket, .. } = effect {
            return parts_of(*socket).first().copied();
        }
        if call.function == "socket" {
            return None;
        }
        let parts = parts_of(call.socket);
        let heard = match effect {
            Effect::Received { from: Some(from), .. } => from.ip(),
            _ => None,
        };
        let from_there = |part: &&Part| match (part.conversation, heard) {
            (Conversation::Datagrams(left, right), Some(from)) => from == left || from == right,
            (Conversation::Datagrams(..) | Conversation::Connection(_), _) => false,
        };
        let by_cause = parts.iter().find(|part| Some(&part.conversation) == caused);
        let found = by_cause.or_else(|| parts.iter().find(from_there));
        let begun = || parts.iter().rev().find(|part| part.since <= at);
        found.or_else(begun).or(parts.first()).copied()
    }
}

/// What is to be shown of one socket.
struct Wanted {
    socket: SocketId,
    conversations: HashSet<Conversation>,
}

impl Wanted {
    fn new(socket: SocketId, story: &Story, places: &Places) -> Wanted {
        let accepted = story.sockets().into_iter().filter(|s| s.accepted_from == Some(socket));
        let sockets = accepted.map(|accepted| accepted.id).chain([socket]);
        let parts = sockets.filter_map(|socket| places.sockets.get(&socket)).flatten();
        let mut conversations: HashSet<Conversation> =
            parts.map(|part| part.conversation).collect();
        // A connection that nobody has accepted goes by the listener's name.
        let name = story.socket(socket).map(|socket| &socket.name);
        let queued = |end: &EndName| end.socket.is_none() && end.name.as_ref() == name;
        conversations.extend(
            story
                .connections()
                .iter()
                .filter(|connection| connection.ends.iter().any(|end| queued(&end.name)))
                .map(|connection| Conversation::Connection(connection.id)),
        );
        Wanted { socket, conversations }
    }

    fn has(&self, subject: Subject, call: Option<&CallMoment>) -> bool {
        match subject {
            Subject::Conversation(conversation) => self.conversations.contains(&conversation),
            // Of a socket that talks, the ladder says all but that it was made.
            Subject::Calls => call.is_some_and(|call| {
                let made = call.function == "socket" && !self.conversations.is_empty();
                call.socket == self.socket && !made
            }),
        }
    }
}
