//! Calls and their returns, as C writes them.

use unicode_width::UnicodeWidthStr;

use super::duration::duration;
use super::shape::Shape;
use crate::story::{CallMoment, ReturnMoment};
use crate::trace::{Effect, Outcome, Time, errno};
use crate::view::data::quote;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::{Row, safe};

/// Columns that a call may take before what it returned has to be cut.
const CALL: usize = 24;

/// Columns that received data gets before anything else is shown behind it.
const LEAST_DATA: usize = 12;

/// `connect(client, 127.0.0.1:8899)`; a socket that is only being made has no place in it.
pub fn call_words(call: &CallMoment, look: Look) -> String {
    let (function, args) = (call.function, safe(&call.args, look));
    let name = safe(&call.name, look);
    match (function, args.as_str()) {
        ("socket", args) => format!("socket({args})"),
        (_, "") => format!("{function}({name})"),
        (_, args) => format!("{function}({name}, {args})"),
    }
}

/// `connect(127.0.0.1:8899)`: beside the socket's own lifeline, where its name would say nothing.
pub fn own_words(call: &CallMoment, look: Look) -> String {
    format!("{}({})", call.function, safe(&call.args, look))
}

/// The line below a command's ladder: the call, what it returned, how long it took. `at` is when
/// it returned. An answer of several lines stands below it.
pub fn return_line(moment: &ReturnMoment, at: Time, look: Look) -> String {
    let shape = Shape::live(look);
    let room = shape.width - shape.time;
    let mut row = Row::of(Meaning::Plain, "  ");
    row.append(returned(&call_words(&moment.call, look), moment, room - 2, look));
    if shape.time > 0 {
        let took = duration(at.since(moment.began), look);
        row.pad_to(shape.width - took.width());
        row.put(Meaning::Quiet, took);
    }
    let mut lines = row.line(look);
    if let Effect::Answer(answer) = &moment.effect
        && answer.contains('\n')
    {
        for line in answer.lines() {
            let row = Row::of(Meaning::Plain, format!("    {}", safe(line, look)));
            lines += &shape.fitted(row, look);
        }
    }
    lines
}

/// `recv(conn, 1024) = 5  "hello"` in at most so many columns; `call` is how the call is written.
/// The errno's text goes before anything of the call does.
pub fn returned(call: &str, moment: &ReturnMoment, room: usize, look: Look) -> Row {
    let brought = |room: usize| brought(&moment.effect, room, look);
    let wanted = call.width() + brought(usize::MAX).width();
    let whole = outcome(&moment.outcome, true);
    let value =
        if whole.width() + wanted <= room { whole } else { outcome(&moment.outcome, false) };
    let rest = room.saturating_sub(value.width());
    let call_room = rest.saturating_sub(brought(usize::MAX).width()).max(CALL.min(rest));
    let mut row = Row::of(Meaning::Call, call).cut(call_room, look);
    row.append(value);
    row.append(brought(room.saturating_sub(row.width())));
    row.cut(room, look)
}

/// ` = 5`, ` = -1 EPIPE (Broken pipe)`
fn outcome(outcome: &Outcome, text: bool) -> Row {
    let mut row = Row::of(Meaning::Plain, " = ");
    match outcome {
        Outcome::Value(value) => row.put(Meaning::Good, value.to_string()),
        Outcome::Errno(number) => {
            row.put(Meaning::Bad, format!("-1 {}", errno::name(*number)));
            if text {
                row.say(format!(" ({})", errno::text(*number)));
            }
        }
    }
    row
}

/// What the call brought besides its value, with a gap before it.
fn brought(effect: &Effect, room: usize, look: Look) -> Row {
    let mut row = Row::default();
    match effect {
        Effect::Sent { taken, asked, .. } if taken < asked => {
            row.put(Meaning::Warning, format!("  of {asked} bytes"));
        }
        Effect::None
        | Effect::Sent { .. }
        | Effect::Opened { .. }
        | Effect::Listening { .. }
        | Effect::ShutDown { .. }
        | Effect::Closed => {}
        Effect::Accepted { name, peer, .. } => {
            row.say("  ");
            row.say(safe(name, look));
            let from = peer.as_ref().map(|peer| safe(&format!(", from {peer}"), look));
            if let Some(from) = from.filter(|from| row.width() + from.width() <= room) {
                row.put(Meaning::Quiet, from);
            }
        }
        Effect::Received { data, from, truncated_from, .. } => {
            let quoted = |room| quote(data, data.len(), room, look.ascii);
            let whole =
                if data.is_empty() { String::new() } else { format!("  {}", quoted(usize::MAX)) };
            let mut least = whole.width().min(LEAST_DATA);
            let cut_off = truncated_from.map(|len| format!("  of {len} bytes"));
            let from = from.as_ref().map(|from| safe(&format!("  from {from}"), look));
            let behind: Vec<(Meaning, String)> =
                [(Meaning::Warning, cut_off), (Meaning::Quiet, from)]
                    .into_iter()
                    .filter_map(|(meaning, text)| {
                        let text = text.filter(|text| least + text.width() <= room)?;
                        least += text.width();
                        Some((meaning, text))
                    })
                    .collect();
            if !data.is_empty() {
                let taken: usize = behind.iter().map(|(_, text)| text.width()).sum();
                row.say("  ");
                row.put(Meaning::Data, quoted(room.saturating_sub(2 + taken)));
            }
            for (meaning, text) in behind {
                row.put(meaning, text);
            }
        }
        Effect::Answer(answer) if answer.contains('\n') => {}
        Effect::Answer(answer) => {
            row.say("  ");
            row.say(safe(answer, look));
        }
    }
    row
}
