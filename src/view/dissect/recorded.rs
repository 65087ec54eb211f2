//! One frame of a capture file: its headers, and above them what the file and the story say of it.

use super::{Context, PutTogether, dissected};
use crate::packet::Flags;
use crate::story::{Change, SegmentMoment};
use crate::tcp::State;
use crate::trace::{Frame, Time};
use crate::view::calendar::utc;
use crate::view::deviation;
use crate::view::ladder::state_words;
use crate::view::look::Look;
use crate::view::sanitize;

/// Most columns of a comment that are shown.
const MOST_COMMENT: usize = 2000;
/// Most comments that are shown.
const MOST_COMMENTS: usize = 8;

/// What is known of a recorded frame beyond its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recorded<'a> {
    /// What the story tells of it, if it is a TCP segment.
    pub segment: Option<&'a SegmentMoment>,
    /// The segment's stream, as Wireshark counts them.
    pub stream: Option<u32>,
    /// The packet comments that a pcapng file carries with it.
    pub comments: &'a [&'a [u8]],
    /// The packet that the frame completes, if that came in fragments.
    pub put_together: Option<&'a PutTogether>,
}

impl<'a> Context<'a> {
    /// What the story knows of a segment.
    pub fn of(segment: &'a SegmentMoment) -> Context<'a> {
        let is_scaled = !segment.segment.flags.has(Flags::SYN) && segment.segment.window > 0;
        Context {
            from: segment.names[0].name.as_deref(),
            to: segment.names[1].name.as_deref(),
            seq: Some(segment.seq),
            ack: segment.ack,
            window_scale: is_scaled.then(|| {
                (segment.window / u32::from(segment.segment.window)).trailing_zeros() as u8
            }),
            misleads: &[],
            put_together: None,
        }
    }
}

/// Takes a frame of a file apart, whatever it is, in lines of at most the look's width.
pub fn recorded(frame: &Frame, time: Time, known: &Recorded<'_>, look: Look) -> Vec<String> {
    let context = known.segment.map_or_else(Context::default, Context::of);
    let context = Context { put_together: known.put_together, ..context };
    let mut notes = vec![utc(time, 9)];
    if let Some(segment) = known.segment {
        notes.extend(story(segment, known.stream, look));
    }
    for comment in known.comments.iter().take(MOST_COMMENTS) {
        notes.push(format!("comment: \"{}\"", sanitize::text(comment, MOST_COMMENT, look.ascii)));
    }
    let more = known.comments.len().saturating_sub(MOST_COMMENTS);
    if more > 0 {
        notes.push(format!("and {more} more comments"));
    }
    dissected(frame, time, &context, &notes, (look.width, look.ascii))
}

/// `stream 3: retransmission (bytes, SYN or FIN that were sent before)`, what Wireshark calls it,
/// and what it did to both ends.
fn story(segment: &SegmentMoment, stream: Option<u32>, look: Look) -> Vec<String> {
    let roles: Vec<String> =
        segment.roles.iter().map(|role| format!("{} ({})", role.word(), role.help())).collect();
    let stream = stream.map_or_else(String::new, |stream| format!("stream {stream}: "));
    let mut notes = vec![format!("{stream}{}", roles.join(", "))];
    if !segment.analysis.is_empty() {
        notes.push(format!("Wireshark's analysis: {}", segment.analysis.join(", ")));
    }
    notes.extend(
        deviation::sentences(segment)
            .map(|(_, words)| sanitize::escape(words.as_bytes(), look.ascii)),
    );
    for (side, change) in &segment.corrections {
        let end = address(segment, *side == segment.from);
        let before = state_words(change.before, change.confidence);
        notes.push(format!("{end} was not {before} after all: {}", moved(change, look)));
    }
    for (is_sender, change) in [(true, &segment.states.from), (false, &segment.states.to)] {
        if change.after.is_none() {
            continue;
        }
        let rule = change.rfc.map_or_else(String::new, |rfc| format!(" (RFC 9293, {rfc})"));
        notes.push(format!("{} {}{rule}", address(segment, is_sender), moved(change, look)));
    }
    notes.retain(|note| !note.is_empty());
    notes
}

fn address(segment: &SegmentMoment, is_sender: bool) -> String {
    let address = if is_sender { segment.segment.src } else { segment.segment.dst };
    address.to_string()
}

/// `SYN-SENT → ESTABLISHED`, or the state that it stays in.
fn moved(change: &Change, look: Look) -> String {
    let after = state_words(change.after, change.confidence);
    if !change.moved() {
        return format!("stays {after}");
    }
    let arrow = if look.ascii { "->" } else { "→" };
    format!("{} {arrow} {after}", change.before.map_or("?", State::name))
}
