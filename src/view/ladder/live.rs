//! The ladder below a command: what it caused, and what it returned.

use super::call::{call_words, return_line};
use super::conversation::{Conversation, Conversations, name};
use super::copies;
use super::fold::{Item, fold};
use super::lifelines::{Between, heading};
use super::rung::Rung;
use super::shape::Shape;
use super::told::{Clock, Teller, find_call, kernel_words, state_line};
use crate::story::{CallMoment, Moment, Passage, Story, What};
use crate::trace::{CallId, Deed, Origin, Time};
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::Row;

/// Draws what happened since the last command was shown: one ladder for each conversation, then a
/// line for each call that returned. Segments that belong to a call which isn't among the moments
/// come first and say which: they are late. Empty if there is nothing to show.
pub fn live<'a>(
    moments: impl IntoIterator<Item = &'a Moment>,
    story: &Story,
    look: Look,
) -> String {
    let moments: Vec<&Moment> = moments.into_iter().collect();
    let shape = Shape::live(look);
    let began = moments.iter().find(|moment| matches!(moment.what, What::Call(_)));
    let zero = began.or(moments.first()).map(|moment| moment.time).unwrap_or_default();
    let (late, own): (Vec<_>, Vec<_>) =
        groups(&moments, story).into_iter().partition(|group| group.late);
    let mut drawn = String::new();
    for group in late.iter().chain(&own) {
        let block = group.draw(story, zero, &shape, look);
        // A ladder stands apart; lines about copies don't.
        let is_ladder = group.only_copies(&shape, look).is_none();
        drawn += if is_ladder && !drawn.is_empty() { "\n" } else { "" };
        drawn += &block;
    }
    for alike in moments.chunk_by(|one, next| unread(one).is_some() && unread(one) == unread(next))
    {
        drawn += &match (alike, unread(alike[0])) {
            ([first, .., last], Some((_, what))) => unread_run(first, last, what, &shape, look),
            (alike, _) => alike.iter().map(|moment| aside(moment, story, &shape, look)).collect(),
        };
    }
    for moment in moments {
        if let What::Return(returned) = &moment.what {
            drawn += &return_line(returned, moment.time, look);
        }
    }
    drawn
}

/// What one call caused in one conversation.
struct Group<'a> {
    conversation: Conversation,
    cause: Option<CallId>,
    late: bool,
    /// A job whose segments are among them too.
    job: Option<CallId>,
    moments: Vec<&'a Moment>,
}

fn groups<'a>(moments: &[&'a Moment], story: &Story) -> Vec<Group<'a>> {
    let mut conversations = Conversations::new(story);
    let mut groups: Vec<Group> = Vec::new();
    let calls = Calls::among(moments, story);
    for moment in moments {
        let Some(conversation) = conversations.of(moment) else { continue };
        let call = cause(moment, story);
        let told = call.map(|call| calls.told_as(call, moment.time));
        let begun = |group: &Group| group.conversation == conversation && !group.late;
        let (late, cause) = match told {
            Some(ToldAs::Own | ToldAs::Job) => (false, None),
            // What comes amid the command's own segments is part of their story.
            Some(ToldAs::Late) if groups.iter().any(begun) => (false, None),
            Some(ToldAs::Late) => (true, call),
            // What no call caused belongs with what is being shown of that conversation.
            None => match groups.iter().rev().find(|group| group.conversation == conversation) {
                Some(group) => (group.late, group.cause),
                None => (calls.began.is_empty() && !calls.stepped, None),
            },
        };
        let group = Group { conversation, cause, late, job: None, moments: Vec::new() };
        let place = groups.iter().position(|other| other.is_with(&group)).unwrap_or_else(|| {
            groups.push(group);
            groups.len() - 1
        });
        groups[place].moments.push(moment);
        if told == Some(ToldAs::Job) {
            groups[place].job = call;
        }
    }
    groups
}

/// The calls of a command.
struct Calls {
    /// Those that began among the moments, and when.
    began: Vec<(CallId, Time)>,
    /// Whether a frame that waited for the learner came or was lost, or one of the learner's making
    /// was sent.
    stepped: bool,
}

impl Calls {
    fn among(moments: &[&Moment], story: &Story) -> Calls {
        let began = moments
            .iter()
            .filter_map(|moment| called(moment).map(|call| (call.call, moment.time)))
            .collect();
        let stepped = moments.iter().any(|moment| {
            let (passage, by_hand): (_, fn(&Passage) -> bool) = match &moment.what {
                What::Wire(wire) => {
                    (story.at(wire.moment).and_then(Moment::passage), |passage| passage.held)
                }
                _ => (moment.passage(), |passage| passage.origin != Origin::Stack),
            };
            passage.is_some_and(by_hand)
        });
        Calls { began, stepped }
    }

    /// How what a call caused at that time is told.
    fn told_as(&self, call: CallId, at: Time) -> ToldAs {
        // What the learner lets go is this command's, whichever call sent it.
        if self.stepped || self.began.iter().any(|(began, _)| *began == call) {
            return ToldAs::Own;
        }
        let meanwhile = self.began.first().is_some_and(|(_, began)| *began <= at);
        if meanwhile { ToldAs::Job } else { ToldAs::Late }
    }
}

/// How segments are told, by their call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ToldAs {
    /// It is the command's.
    Own,
    /// It is an earlier one's, and passed while the command ran: what the two brought about is one
    /// story.
    Job,
    /// It is an earlier one's.
    Late,
}

impl Group<'_> {
    /// Whether both are drawn on one ladder.
    fn is_with(&self, other: &Group) -> bool {
        (self.conversation, self.late, self.cause) == (other.conversation, other.late, other.cause)
    }

    fn draw(&self, story: &Story, zero: Time, shape: &Shape, look: Look) -> String {
        if let Some(lines) = self.only_copies(shape, look) {
            return lines;
        }
        let Some(ends) = self.conversation.lifelines(&self.moments, story, look) else {
            return self.lines(shape, look);
        };
        let call = self.cause.and_then(|call| find_call(call, story));
        let zero = match (call, self.late) {
            (Some((began, _)), _) => began,
            (None, true) => self.moments[0].time,
            (None, false) => zero,
        };
        let between = if self.late {
            Between::Title(title(call.map(|(_, call)| call), look))
        } else {
            Between::Addresses
        };
        let mut drawn = heading(&ends, between, shape, look).line(look);
        if let Some((_, job)) = self.job.and_then(|job| find_call(job, story)) {
            let mut words = Row::of(Meaning::Quiet, "with ");
            words.put(Meaning::Call, call_words(job, look));
            drawn += &shape.line(Rung::words(None, words), look);
        }
        let mut teller =
            Teller::new(self.conversation, story, &self.moments, Clock::Since(zero), look);
        if let Some(rung) = teller.opening() {
            drawn += &shape.line(rung, look);
        }
        for item in fold(&self.moments) {
            match item {
                Item::One(moment) => {
                    for rung in teller.tell(moment) {
                        drawn += &shape.line(rung, look);
                    }
                }
                Item::Run(run) => drawn += &shape.line(Rung::words(None, teller.run(&run)), look),
            }
        }
        drawn
    }

    /// Copies of what is held that came meanwhile need no ladder, and not each a line.
    fn only_copies(&self, shape: &Shape, look: Look) -> Option<String> {
        let line = |moment: &&Moment| match &moment.what {
            What::Segment(segment) => {
                let of = segment.passage.absorbed_by?;
                let (flags, sender) = (segment.segment.flags, name(&segment.names[0], look));
                let words = copies::line(&sender, flags, of);
                let line = |words| indented(Row::of(Meaning::Quiet, words), shape, look);
                Some(words.map(line).unwrap_or_default())
            }
            _ => None,
        };
        self.moments.iter().map(line).collect()
    }

    /// States that changed without a segment need no ladder.
    fn lines(&self, shape: &Shape, look: Look) -> String {
        let rows = self.moments.iter().filter_map(|moment| match &moment.what {
            What::State(state) => Some(state_line(&state.end, &state.change, state.because, look)),
            What::Kernel(kernel) => Some(kernel_words(kernel, look)),
            _ => None,
        });
        rows.map(|row| indented(row, shape, look)).collect()
    }
}

fn title(call: Option<&CallMoment>, look: Look) -> Row {
    let Some(call) = call else { return Row::of(Meaning::Quiet, "not from a call") };
    let mut row = Row::of(Meaning::Quiet, "late, from ");
    row.put(Meaning::Call, call_words(call, look));
    row
}

/// The layer at which decoding a frame ended, and why.
fn unread(moment: &Moment) -> Option<(&'static str, &'static str)> {
    match &moment.what {
        What::Undecoded { what, .. } => Some((what.layer, what.why)),
        _ => None,
    }
}

/// `frames 3 to 42: ipv4, a later fragment`: what is so of many in a row is said once.
fn unread_run(first: &Moment, last: &Moment, why: &str, shape: &Shape, look: Look) -> String {
    let frame = |moment: &Moment| match &moment.what {
        What::Undecoded { frame, .. } => frame.0,
        _ => 0,
    };
    let words = format!("frames {} to {}: each {why}", frame(first), frame(last));
    indented(Row::of(Meaning::Quiet, words), shape, look)
}

/// What is said beside the ladders.
fn aside(moment: &Moment, story: &Story, shape: &Shape, look: Look) -> String {
    let row = match &moment.what {
        What::Wire(wire) => match story.at(wire.moment).map(|sent| &sent.what) {
            Some(What::Undecoded { frame, .. }) => {
                let fared = if wire.deed == Deed::Delivered { "arrives" } else { "is lost" };
                Row::of(Meaning::Quiet, format!("frame {} {fared}", frame.0))
            }
            _ => return String::new(),
        },
        What::State(state) if state.connection.is_none() => {
            state_line(&state.end, &state.change, state.because, look)
        }
        What::Lost { frames } => Row::of(
            Meaning::Warning,
            format!("{frames} frames were lost: the capture could not keep up"),
        ),
        What::CaptureUnavailable { why } => {
            return crate::view::explain::lines(&[format!("no capture: {why}")], look);
        }
        What::Undecoded { frame, what, .. } => {
            Row::of(Meaning::Quiet, format!("frame {}: {}, {}", frame.0, what.layer, what.why))
        }
        What::State(_)
        | What::Call(_)
        | What::Blocked(_)
        | What::Return(_)
        | What::Segment(_)
        | What::Datagram(_)
        | What::Icmp(_)
        | What::Kernel(_)
        | What::Interposed { .. }
        | What::Mark => return String::new(),
    };
    indented(row, shape, look)
}

fn indented(row: Row, shape: &Shape, look: Look) -> String {
    let mut line = Row::of(Meaning::Plain, "  ");
    line.append(row);
    shape.fitted(line, look)
}

fn called(moment: &Moment) -> Option<&CallMoment> {
    match &moment.what {
        What::Call(call) => Some(call),
        _ => None,
    }
}

/// The call that a moment is put down to: an arrival to that which caused the sending.
fn cause(moment: &Moment, story: &Story) -> Option<CallId> {
    match &moment.what {
        What::Wire(wire) => match story.at(wire.moment).map(|sent| &sent.what) {
            Some(What::Segment(segment)) => segment.cause,
            Some(What::Datagram(datagram)) => datagram.cause,
            Some(What::Icmp(icmp)) => icmp.cause,
            _ => None,
        },
        What::Segment(segment) => segment.cause,
        What::Datagram(datagram) => datagram.cause,
        What::Icmp(icmp) => icmp.cause,
        What::State(state) => match state.because {
            crate::story::StateCause::Call(call) => Some(call),
            crate::story::StateCause::Kernel | crate::story::StateCause::SynCookie => None,
        },
        What::Kernel(_)
        | What::Call(_)
        | What::Blocked(_)
        | What::Return(_)
        | What::Interposed { .. }
        | What::Undecoded { .. }
        | What::Lost { .. }
        | What::CaptureUnavailable { .. }
        | What::Mark => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_moments::*;
    use super::*;
    use crate::story::{Role, Side};
    use crate::tcp::State;
    use crate::trace::{Effect, FrameNumber, Outcome};

    fn drawn(scene: &Scene, look: Look) -> String {
        live(&scene.moments, &Story::default(), look)
    }

    #[test]
    fn a_handshake_is_three_arrows_and_its_states() {
        insta::assert_snapshot!(drawn(&handshake(), LOOK), @r"
        client :40112                                            server :8899
        CLOSED                                                   LISTEN
        SYN-SENT     ── SYN     seq=0 mss=1460 ws=7 ───────────▶ SYN-RECEIVED    +4 µs
        ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 ──────                +13 µs
                     ── ACK     ack=1 ─────────────────────────▶ ESTABLISHED    +18 µs
        connect(client, 127.0.0.1:8899) = 0                                      31 µs
        ");
    }

    #[test]
    fn narrow_screens_leave_out_options_then_numbers_then_times() {
        insta::assert_snapshot!(drawn(&handshake(), Look { width: 60, ..LOOK }), @r"
        client :40112                          server :8899
        CLOSED                                 LISTEN
        SYN-SENT     ── SYN     seq=0 ───────▶ SYN-RECEIVED    +4 µs
        ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 ──                +13 µs
                     ── ACK     ack=1 ───────▶ ESTABLISHED    +18 µs
          connect(client, 127.0.0.1:8899) = 0                  31 µs
        ");
        insta::assert_snapshot!(drawn(&handshake(), Look { width: 50, ..LOOK }), @r"
        client :40112                        server :8899
        CLOSED                               LISTEN
        SYN-SENT     ─ SYN     seq=0 ──────▶ SYN-RECEIVED
        ESTABLISHED  ◀ SYN,ACK seq=0 ───────
                     ─ ACK     ack=1 ──────▶ ESTABLISHED
          connect(client, 127.0.0.1:8899) = 0
        ");
        insta::assert_snapshot!(drawn(&handshake(), Look { width: 40, ..LOOK }), @r"
        client :40112              server :8899
        CLOSED                     LISTEN
        SYN-SENT     ─ SYN ──────▶ SYN-RECEIVED
        ESTABLISHED  ◀ SYN,ACK ───
                     ─ ACK ──────▶ ESTABLISHED
          connect(client, 127.0.0.1:8899) = 0
        ");
    }

    #[test]
    fn wide_screens_show_more() {
        insta::assert_snapshot!(drawn(&handshake(), Look { width: 130, ..LOOK }), @r"
        client 127.0.0.1:40112                                                                           server 127.0.0.1:8899
        CLOSED                                                                                           LISTEN
        SYN-SENT     ── SYN     seq=0 mss=1460 ws=7 sackok win=65536 ts ───────────────────────────────▶ SYN-RECEIVED    +4 µs
        ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 sackok win=65536 ts ──────────────────────────                +13 µs
                     ── ACK     ack=1 win=65536 ───────────────────────────────────────────────────────▶ ESTABLISHED    +18 µs
        connect(client, 127.0.0.1:8899) = 0                                                                              31 µs
        ");
    }

    #[test]
    fn ascii_has_the_same_shape() {
        insta::assert_snapshot!(drawn(&handshake(), Look { ascii: true, ..LOOK }), @r"
        client :40112                                            server :8899
        CLOSED                                                   LISTEN
        SYN-SENT     -- SYN     seq=0 mss=1460 ws=7 -----------> SYN-RECEIVED    +4 us
        ESTABLISHED  <- SYN,ACK seq=0 ack=1 mss=1460 ws=7 ------                +13 us
                     -- ACK     ack=1 -------------------------> ESTABLISHED    +18 us
        connect(client, 127.0.0.1:8899) = 0                                      31 us
        ");
    }

    #[test]
    fn data_on_an_open_connection_shows_the_states_beside_it() {
        let scene = Scene::connected()
            .call("client", "send", "\"hello\"")
            .passes_with(Side::A, 3, PSH_ACK, 1, 1, &[], carries(b"hello"))
            .passes_with(Side::B, 12, ACK, 1, 6, &[], |m| m.roles.insert(Role::Ack))
            .returns(20, Outcome::Value(5), Effect::None);
        insta::assert_snapshot!(drawn(&scene, LOOK), @r#"
        client :40112                                            server :8899
        ESTABLISHED  ── PSH,ACK seq=1 ack=1 len=5 "hello" ─────▶ ESTABLISHED     +3 µs
                     ◀─ ACK     ack=6 ──────────────────────────                +12 µs
        send(client, "hello") = 5                                                20 µs
        "#);
    }

    #[test]
    fn a_refusal_has_a_crossed_head() {
        let scene = Scene::new(Some(State::Closed), None)
            .call("client", "connect", "127.0.0.1:8899")
            .passes(Side::A, 4, SYN, 0, 0, &[(Side::A, State::SynSent)])
            .passes_with(
                Side::B,
                9,
                RST_ACK,
                0,
                1,
                &[(Side::A, State::Closed), (Side::B, State::Closed)],
                |m| {
                    m.roles.insert(Role::Refusal);
                },
            )
            .returns(21, Outcome::Errno(libc::ECONNREFUSED), Effect::None);
        insta::assert_snapshot!(drawn(&scene, LOOK), @r"
        client :40112                                            server :8899
        CLOSED                                                   ?
        SYN-SENT     ── SYN     seq=0 ─────────────────────────▶                 +4 µs
        CLOSED       ✗─ refused: RST,ACK seq=0 ack=1 ─────────── CLOSED          +9 µs
        connect(client, 127.0.0.1:8899) = -1 ECONNREFUSED (Connection refused)   21 µs
        ");
        insta::assert_snapshot!(drawn(&scene, Look { ascii: true, ..LOOK }), @r"
        client :40112                                            server :8899
        CLOSED                                                   ?
        SYN-SENT     -- SYN     seq=0 ------------------------->                 +4 us
        CLOSED       X- refused: RST,ACK seq=0 ack=1 ----------- CLOSED          +9 us
        connect(client, 127.0.0.1:8899) = -1 ECONNREFUSED (Connection refused)   21 us
        ");
    }

    #[test]
    fn the_fragments_of_a_long_datagram_take_one_line() {
        let why = crate::packet::Undecoded::LATER_FRAGMENT;
        let what = crate::packet::Undecoded::new("ipv4", 14, why);
        let moments: Vec<Moment> = (3..6)
            .map(|number| Moment {
                what: What::Undecoded {
                    frame: FrameNumber(number),
                    what: what.clone(),
                    passage: Passage::default(),
                },
                ..handshake().moments[0].clone()
            })
            .collect();
        insta::assert_snapshot!(live(&moments, &Story::default(), LOOK), @"  frames 3 to 5: each a later fragment: the transport header is in the first");
    }
}
