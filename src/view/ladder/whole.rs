//! `trace`: whole conversations, with the calls on their own side of the ladder.

use std::time::Duration;

use super::call::{call_words, own_words, returned};
use super::chapter::{Beat, Chapter, Subject, chapters};
use super::conversation::Conversation;
use super::duration::duration;
use super::fold::{Item, fold, fold_recorded};
use super::glyph::Glyphs;
use super::lifelines::{Between, Lifeline, heading};
use super::rung::{Bracket, Middle, Rung, state_words};
use super::shape::{GAP, Shape};
use super::title;
use super::told::{Clock, Teller};
use crate::story::{CallMoment, Connection, Moment, ReturnMoment, Side, Story, What};
use crate::trace::{CallId, SocketId, Time};
use crate::view::conversations::Recorded;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::quantity::{Exact, counted};
use crate::view::row::Row;

/// After a silence from this on, a call starts the clock anew.
const PAUSE: Duration = Duration::from_millis(100);
/// The same of any segment in a recording: the microseconds behind it are worth reading.
const PAUSE_RECORDED: Duration = Duration::from_millis(10);

/// Draws every conversation of that socket, or of all, in the order in which they began, each with
/// its calls; calls that are part of none stand in a list. Of a listener: the connections that
/// came to it.
pub fn whole(story: &Story, of: Option<SocketId>, look: Look) -> String {
    let shape = Shape::whole(look);
    let drawn: Vec<String> = chapters(story, of)
        .iter()
        .map(|chapter| match chapter.subject {
            Subject::Conversation(conversation) => {
                Ladder::new(chapter, conversation, story, shape, look).draw()
            }
            Subject::Calls => calls(chapter, &shape, look),
        })
        .filter(|drawn| !drawn.is_empty())
        .collect();
    drawn.join("\n")
}

/// Calls that no ladder shows.
fn calls(chapter: &Chapter, shape: &Shape, look: Look) -> String {
    let mut drawn = Row::of(Meaning::Quiet, "calls without packets").line(look);
    let zero = chapter.beats[0].moment.time;
    for beat in &chapter.beats {
        let What::Return(ret) = &beat.moment.what else { continue };
        let room = shape.width - shape.time;
        let words = returned(&call_words(&ret.call, look), ret, room, look);
        let mut row = Row::default();
        if shape.time > 0 {
            let at = duration(ret.began.since(zero), look);
            row.put(Meaning::Quiet, super::rung::right_aligned(&at, shape.time - 1));
            row.pad_to(shape.time);
        }
        row.append(words);
        drawn += &shape.fitted(row, look);
    }
    drawn
}

/// One conversation being drawn.
pub(super) struct Ladder<'a> {
    chapter: &'a Chapter<'a>,
    conversation: Conversation,
    /// What it is told from, if that isn't the lab.
    recorded: Option<Recorded<'a>>,
    connection: Option<&'a Connection>,
    story: &'a Story,
    shape: Shape,
    look: Look,
    drawn: String,
    /// Whose lifelines these are: there a call needn't say on which socket it is.
    owners: [Option<SocketId>; 2],
    /// Calls that haven't returned yet, by side.
    running: [Vec<&'a CallMoment>; 2],
    last: Option<Time>,
}

impl<'a> Ladder<'a> {
    pub fn new(
        chapter: &'a Chapter<'a>,
        conversation: Conversation,
        story: &'a Story,
        shape: Shape,
        look: Look,
    ) -> Ladder<'a> {
        let connection = match conversation {
            Conversation::Connection(id) => story.connection(id),
            Conversation::Datagrams(..) => None,
        };
        let running = [Vec::new(), Vec::new()];
        let owners = connection.map_or_else(
            || chapter.owners(),
            |connection| connection.ends.each_ref().map(|end| end.name.socket),
        );
        Ladder {
            chapter,
            conversation,
            recorded: None,
            connection,
            story,
            shape,
            look,
            drawn: String::new(),
            owners,
            running,
            last: None,
        }
    }

    /// Of a conversation of a file, which no story keeps.
    pub fn recorded(self, recorded: Recorded<'a>) -> Ladder<'a> {
        Ladder { connection: Some(recorded.connection), recorded: Some(recorded), ..self }
    }

    /// The whole of it.
    pub fn draw(mut self) -> String {
        let moments: Vec<&Moment> = self.chapter.beats.iter().map(|beat| beat.moment).collect();
        let Some(ends) = self.conversation.lifelines(&moments, self.story, self.look) else {
            return String::new();
        };
        self.head(&ends, segments(&moments));
        let zero = moments[0].time;
        let clock = Clock::Resumed { zero, anchor: zero };
        let mut teller = Teller::new(self.conversation, self.story, &moments, clock, self.look);
        if let Some(recorded) = self.recorded {
            teller = teller.about(recorded.connection);
        }
        if let Some(rung) = teller.opening() {
            self.put(rung);
        }
        let items = if self.recorded.is_some() { fold_recorded(&moments) } else { fold(&moments) };
        let mut place = 0;
        for item in items {
            match item {
                Item::One(moment) => {
                    let beat = &self.chapter.beats[place];
                    let next = self.chapter.beats.get(place + 1);
                    let called = matches!(moment.what, What::Call(_));
                    self.silence(moment.time, called, &mut teller);
                    self.beat(beat, next, &mut teller);
                    place += 1;
                }
                Item::Run(run) => {
                    place += run.moments;
                    self.last = Some(moments[place - 1].time);
                    self.across(teller.run(&run));
                }
            }
        }
        self.still_running();
        self.not_shown(segments(&moments));
        self.now();
        self.drawn
    }

    /// Who they are, and what stands above the lifelines.
    fn head(&mut self, ends: &[Lifeline; 2], segments: u64) {
        let (title, forgotten) = match (self.recorded, self.connection) {
            (Some(recorded), _) => (title::recorded(&recorded, self.look), 0),
            (None, Some(connection)) => (
                title::connection(connection, self.look),
                connection.segments.saturating_sub(segments),
            ),
            (None, None) => (title::datagrams(ends, self.look), 0),
        };
        self.drawn += &title::wrapped(&title, &self.shape, self.look);
        if forgotten > 0 {
            let words = format!("the oldest {} segments are no longer kept", Exact(forgotten));
            self.drawn += &self.shape.fitted(Row::of(Meaning::Warning, words), self.look);
        }
        let (named, between) = match (self.recorded, self.connection) {
            // Nobody has named them.
            (Some(_), _) => (ends.clone(), Between::Addresses),
            (None, Some(connection)) => (title::lifelines(connection, self.look), Between::Nothing),
            (None, None) => (ends.clone(), Between::Nothing),
        };
        let head = heading(&named, between, &self.shape, self.look);
        self.drawn += &self.shape.fitted(head, self.look);
    }

    /// What a recording holds beyond what was asked for.
    fn not_shown(&mut self, segments: u64) {
        let Some(recorded) = self.recorded else { return };
        let more = recorded.connection.segments.saturating_sub(segments);
        if more > 0 {
            let skip = Glyphs::of(self.look).skip;
            let words = format!("{skip} {} not shown", counted(more, "more segment"));
            self.across(Row::of(Meaning::Quiet, words));
        }
    }

    /// Words in the middle; over the ends' columns too where they need them.
    fn across(&mut self, words: Row) {
        let free = self.running.iter().all(Vec::is_empty);
        if !free || words.width() <= self.shape.words_room() {
            return self.put(Rung::words(None, words));
        }
        let mut row = Row::default();
        row.pad_to(self.shape.width.saturating_sub(words.width()) / 2);
        row.append(words);
        self.drawn += &self.shape.fitted(row, self.look);
    }

    fn beat(&mut self, beat: &Beat<'a>, next: Option<&Beat<'a>>, teller: &mut Teller) {
        let time = teller.time(beat.moment.time);
        match (&beat.moment.what, beat.side) {
            (What::Call(call), Some(side)) => {
                // Nothing in between: its return says it all, on one row.
                let gap = next.map(|next| next.moment.time.since(beat.moment.time));
                let at_once = gap.is_some_and(|gap| gap < GAP);
                if !at_once || next.is_none_or(|next| !returns(next.moment, call.call)) {
                    let others = !self.running[side.index()].is_empty();
                    self.running[side.index()].push(call);
                    let bracket = if others { Bracket::Joins } else { Bracket::Opens };
                    let words = Row::of(Meaning::Call, self.own_words(call, side));
                    self.put_words(side, words, bracket, time);
                }
            }
            (What::Return(ret), Some(side)) => self.returned(ret, side, time, teller),
            (What::Lost { frames }, _) => {
                let words = format!("{} frames were lost here", Exact(*frames));
                self.put(Rung::words(None, Row::of(Meaning::Warning, words)));
            }
            (_, _) => {
                for rung in teller.tell(beat.moment) {
                    self.put(rung);
                }
            }
        }
    }

    fn returned(&mut self, ret: &ReturnMoment, side: Side, time: String, teller: &Teller) {
        let room = self.shape.words_room();
        let running = &mut self.running[side.index()];
        let place = running.iter().position(|call| call.call == ret.call.call);
        let begun = place.map(|place| running.remove(place)).is_some();
        let bracket = match (running.is_empty(), begun) {
            (true, true) => Bracket::Closes,
            (true, false) => Bracket::Alone,
            (false, _) => Bracket::Joins,
        };
        let (words, time) = if begun {
            (ret.call.function.to_owned(), time)
        } else {
            (self.own_words(&ret.call, side), teller.time(ret.began))
        };
        let words = returned(&words, ret, room, self.look);
        self.put_words(side, words, bracket, time);
    }

    /// A call beside its own lifeline: the socket's name is at the top of it.
    fn own_words(&self, call: &CallMoment, side: Side) -> String {
        let own = self.owners[side.index()] == Some(call.socket);
        if own { own_words(call, self.look) } else { call_words(call, self.look) }
    }

    fn put_words(&mut self, side: Side, words: Row, bracket: Bracket, time: String) {
        let mut rung = Rung::words(Some(side), words);
        rung.brackets[side.index()] = bracket;
        rung.time = time;
        self.put(rung);
    }

    /// One rung, with the brackets of the calls that are running.
    fn put(&mut self, mut rung: Rung) {
        for (bracket, running) in rung.brackets.iter_mut().zip(&self.running) {
            if *bracket == Bracket::None && !running.is_empty() {
                *bracket = Bracket::Runs;
            }
        }
        self.drawn += &self.shape.line(rung, self.look);
    }

    fn silence(&mut self, until: Time, called: bool, teller: &mut Teller) {
        let gap = until.since(self.last.replace(until).unwrap_or(until));
        let recorded = self.recorded.is_some() && gap >= PAUSE_RECORDED;
        if gap >= GAP || (called && gap >= PAUSE) || recorded {
            teller.resume(until);
        }
        if gap >= GAP {
            let skip = Glyphs::of(self.look).skip;
            let mut rung = Rung::default();
            let words = format!("{skip} {}", duration(gap, self.look));
            rung.states[0] = Row::of(Meaning::Quiet, words);
            self.put(rung);
        }
    }

    /// Calls that wait to this day.
    fn still_running(&mut self) {
        for side in [Side::A, Side::B] {
            while let Some(call) = self.running[side.index()].pop() {
                let words = format!("{} still waits", call.function);
                let none = self.running[side.index()].is_empty();
                let bracket = if none { Bracket::Closes } else { Bracket::Joins };
                self.put_words(side, Row::of(Meaning::Warning, words), bracket, String::new());
            }
        }
    }

    /// Where both ends are now, and who says so.
    fn now(&mut self) {
        let Some(connection) = self.connection else { return };
        let states = [Side::A, Side::B].map(|side| {
            let end = connection.end(side);
            Row::of(Meaning::State, state_words(end.state, end.confidence))
        });
        let sources = [Side::A, Side::B].map(|side| title::source(connection.end(side)));
        let room = self.shape.words_room();
        let [mut words, right] = sources.map(|source| Row::of(Meaning::Quiet, source));
        if words.width() + right.width() < room {
            words.pad_to(room - right.width());
            words.append(right);
        }
        let middle = Middle::Words { beside: Some(Side::A), words };
        // A recording's last word is as old as the recording.
        let time = if self.recorded.is_some() { "end" } else { "now" };
        self.put(Rung { states, middle, time: time.to_owned(), ..Rung::default() });
    }
}

fn returns(moment: &Moment, call: CallId) -> bool {
    matches!(&moment.what, What::Return(ret) if ret.call.call == call)
}

fn segments(moments: &[&Moment]) -> u64 {
    moments.iter().filter(|moment| matches!(moment.what, What::Segment(_))).count() as u64
}

#[cfg(test)]
mod tests {
    use super::super::test_lab::{Lab, at, connected};
    use super::super::test_moments::{ACK, FIN_ACK, LOOK, PSH_ACK};
    use super::*;
    use crate::trace::{Effect, Outcome};

    const THERE: fn() -> (std::net::SocketAddr, std::net::SocketAddr) = || (at(40112), at(8899));
    const BACK: fn() -> (std::net::SocketAddr, std::net::SocketAddr) = || (at(8899), at(40112));

    fn told() -> Lab {
        let (mut lab, client, conn) = connected();
        let recv = lab.call(conn, "recv", "1024");
        lab.wait(2_000_000);
        let send = lab.call(client, "send", "\"hello\"");
        lab.tcp(THERE(), PSH_ACK, 1, 1, b"hello");
        lab.tcp(BACK(), ACK, 1, 6, b"");
        lab.value(send, 5);
        let data = b"hello".as_slice().into();
        let effect = Effect::Received { data, from: None, peeked: false, truncated_from: None };
        lab.returns(recv, Outcome::Value(5), effect);
        let close = lab.call(client, "close", "");
        lab.tcp(THERE(), FIN_ACK, 6, 1, b"");
        lab.returns(close, Outcome::Value(0), Effect::Closed);
        lab.wait(300);
        let close = lab.call(conn, "close", "");
        lab.tcp(BACK(), FIN_ACK, 1, 7, b"");
        lab.tcp(THERE(), ACK, 7, 2, b"");
        lab.returns(close, Outcome::Value(0), Effect::Closed);
        lab
    }

    #[test]
    fn a_connection_is_told_from_connect_to_its_end() {
        insta::assert_snapshot!(whole(&told().story, None, LOOK), @r#"
        calls without packets
           0 µs socket(tcp) = 3
          10 µs bind(server, 127.0.0.1:8899) = 0
          25 µs listen(server, 5) = 0
          35 µs socket(tcp) = 4

        connection 1 · client 127.0.0.1:40112 → server 127.0.0.1:8899 · client opened ·
          client closed first, in order
                client                                                  conn (of server)
                CLOSED                                                     LISTEN
           0 µs              ┌ connect(127.0.0.1:8899)
          10 µs SYN-SENT     ├─ SYN     seq=0 mss=1460 ws=7 ─────────────▶ SYN-RECEIVED
          15 µs ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 ────────
          20 µs              ├─ ACK     ack=1 ───────────────────────────▶ ESTABLISHED
          25 µs              └ connect = 0
                ⋮ 4.20 s
         4.20 s                                 accept(server) = 5  conn ╴
         +15 µs                                               recv(1024) ┐
                ⋮ 2.00 s                                                 │
         6.20 s              ┌ send("hello")                             │
          +5 µs              ├─ PSH,ACK seq=1 ack=1 len=5 "hello" ───────▶
         +10 µs              ◀─ ACK     ack=6 ───────────────────────────┤
         +15 µs              └ send = 5                                  │
         +20 µs                                        recv = 5  "hello" ┘
         +25 µs              ┌ close()
         +30 µs FIN-WAIT-1   ├─ FIN,ACK seq=6 ack=1 ─────────────────────▶ CLOSE-WAIT
         +35 µs              └ close = 0
        +340 µs                                                  close() ┐
        +345 µs TIME-WAIT    ◀─ FIN,ACK seq=1 ack=7 of FIN ──────────────┤ LAST-ACK
        +350 µs              ── ACK     ack=2 of FIN ────────────────────▶ CLOSED
        +355 µs                                                close = 0 ┘
            now TIME-WAIT      inferred                         inferred   CLOSED
        "#);
    }

    #[test]
    fn ascii_and_narrow_screens_keep_the_shape() {
        let lab = told();
        let client = lab.story.socket_named("client").map(|s| s.id);
        insta::assert_snapshot!(whole(&lab.story, client, Look { ascii: true, ..LOOK }), @r#"
        connection 1 - client 127.0.0.1:40112 -> server 127.0.0.1:8899 - client opened -
          client closed first, in order
                client                                                  conn (of server)
                CLOSED                                                     LISTEN
           0 us              / connect(127.0.0.1:8899)
          10 us SYN-SENT     +- SYN     seq=0 mss=1460 ws=7 -------------> SYN-RECEIVED
          15 us ESTABLISHED  <- SYN,ACK seq=0 ack=1 mss=1460 ws=7 --------
          20 us              +- ACK     ack=1 ---------------------------> ESTABLISHED
          25 us              \ connect = 0
                : 4.20 s
         4.20 s                                 accept(server) = 5  conn -
         +15 us                                               recv(1024) \
                : 2.00 s                                                 |
         6.20 s              / send("hello")                             |
          +5 us              +- PSH,ACK seq=1 ack=1 len=5 "hello" ------->
         +10 us              <- ACK     ack=6 ---------------------------+
         +15 us              \ send = 5                                  |
         +20 us                                        recv = 5  "hello" /
         +25 us              / close()
         +30 us FIN-WAIT-1   +- FIN,ACK seq=6 ack=1 ---------------------> CLOSE-WAIT
         +35 us              \ close = 0
        +340 us                                                  close() \
        +345 us TIME-WAIT    <- FIN,ACK seq=1 ack=7 of FIN --------------+ LAST-ACK
        +350 us              -- ACK     ack=2 of FIN --------------------> CLOSED
        +355 us                                                close = 0 /
            now TIME-WAIT      inferred                         inferred   CLOSED
        "#);
        insta::assert_snapshot!(whole(&lab.story, client, Look { width: 50, ..LOOK }), @r#"
        connection 1 · client 127.0.0.1:40112 → server
          127.0.0.1:8899 · client opened · client closed
          first, in order
        client                            conn (of server)
        CLOSED                               LISTEN
                     ┌ connect(127.0.0.1:…
        SYN-SENT     ├ SYN     seq=0 ──────▶ SYN-RECEIVED
        ESTABLISHED  ◀ SYN,ACK seq=0 ───────
                     ├ ACK     ack=1 ──────▶ ESTABLISHED
                     └ connect = 0
        ⋮ 4.20 s
                       accept(server) = 5… ╴
                                recv(1024) ┐
        ⋮ 2.00 s                           │
                     ┌ send("hello")       │
                     ├ PSH,ACK len=5 ──────▶
                     ◀ ACK     ack=6 ──────┤
                     └ send = 5            │
                         recv = 5  "hello" ┘
                     ┌ close()
        FIN-WAIT-1   ├ FIN,ACK seq=6 ──────▶ CLOSE-WAIT
                     └ close = 0
                                   close() ┐
        TIME-WAIT    ◀ FIN,ACK seq=1 ──────┤ LAST-ACK
                     ─ ACK     ack=2 ──────▶ CLOSED
                                 close = 0 ┘
        TIME-WAIT      inferred   inferred   CLOSED
        "#);
    }
}
