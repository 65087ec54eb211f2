//! What waits on the wire, in words; its rules.

use std::net::SocketAddr;

use unicode_width::UnicodeWidthStr;

use crate::story::{EndName, Harm, Moment, Side, Story, What};
use crate::trace::{FrameNumber, Origin};
use crate::view::explain::{self, OnWire};
use crate::view::icmp;
use crate::view::ladder::duration;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::row::{Row, safe};

/// Most that are named; of the rest only the number is.
const NAMED: usize = 6;

/// `On the wire: #4 ACK client → server; #5 PSH,ACK …`: what is held, in the order in which it
/// would be delivered, with what its sender has sent again meanwhile.
pub fn held(story: &Story, held: &[FrameNumber], more: usize, look: Look) -> String {
    let mut words: Vec<String> = Vec::new();
    for frame in held.iter().take(NAMED) {
        let found = story.in_flight().find(|(other, _)| other == frame);
        let moment = found.and_then(|(_, number)| story.at(number));
        words.push(match moment {
            Some(moment) => described(*frame, moment, look),
            None => format!("#{}", frame.0),
        });
    }
    let unnamed = held.len().saturating_sub(NAMED) + more;
    if unnamed > 0 {
        words.push(format!("{unnamed} more"));
    }
    if words.is_empty() {
        return explain::lines(&[OnWire::NothingHeld.words()], look);
    }
    explain::lines(&[format!("On the wire: {}.", words.join("; "))], look)
}

fn described(frame: FrameNumber, moment: &Moment, look: Look) -> String {
    let arrow = if look.ascii { "->" } else { "→" };
    let called = |name: &EndName, address: SocketAddr| match &name.name {
        Some(name) => name.to_string(),
        None => address.to_string(),
    };
    let between = |names: &[EndName; 2], (src, dst): (SocketAddr, SocketAddr)| {
        format!("{} {arrow} {}", called(&names[0], src), called(&names[1], dst))
    };
    let mut words = match &moment.what {
        What::Segment(segment) => {
            let len = segment.segment.payload.len;
            let bytes = if len > 0 { format!(" len={len}") } else { String::new() };
            let ends = between(&segment.names, (segment.segment.src, segment.segment.dst));
            format!("#{} {}{bytes} {ends}", frame.0, segment.segment.flags)
        }
        What::Datagram(datagram) => {
            let len = datagram.datagram.payload.len;
            let ends = between(&datagram.names, (datagram.datagram.src, datagram.datagram.dst));
            format!("#{} UDP len={len} {ends}", frame.0)
        }
        What::Icmp(icmp) => {
            let to = icmp.about.as_ref().zip(icmp.message.about.as_ref());
            let to = to.map(|(names, about)| format!(" {arrow} {}", called(&names[0], about.src)));
            let words = icmp::words(&icmp.message);
            format!("#{} ICMP {words}{}", frame.0, to.unwrap_or_default())
        }
        What::Undecoded { what, .. } if what.is_later_fragment() => {
            format!("#{} later fragment", frame.0)
        }
        What::Undecoded { what, .. } => format!("#{} {}", frame.0, what.layer),
        _ => format!("#{} ICMP", frame.0),
    };
    let Some(passage) = moment.passage() else { return words };
    match passage.origin {
        Origin::Stack => {}
        Origin::Copy { of } => words = format!("{words}, a copy of #{}", of.0),
        Origin::Forged => words += ", forged",
    }
    if passage.harm == Some(Harm::Corrupted) {
        words += ", damaged";
    }
    if let Some((count, last)) = passage.absorbed {
        let ago = duration(last.since(moment.time), look);
        let copies = if count == 1 { "1 copy".to_owned() } else { format!("{count} copies") };
        words = format!("{words}, sent again after {ago} ({copies})");
    }
    words
}

/// One rule, as `wire` lists it.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its number.
    pub number: u32,
    /// What it does, as it is typed.
    pub rule: String,
    /// How far it has come.
    pub progress: String,
    /// Whether it does nothing any more.
    pub used_up: bool,
}

/// The rules, one a line.
pub fn rules(lines: &[Line], look: Look) -> String {
    let widest = lines.iter().map(|line| line.rule.width()).max().unwrap_or(0);
    let mut drawn = String::new();
    for line in lines {
        let ink = if line.used_up { Meaning::Quiet } else { Meaning::Plain };
        let mut row = Row::of(ink, format!("  {:>3}  ", line.number));
        let start = row.width();
        row.put(ink, safe(&line.rule, look));
        row.pad_to(start + widest + 2);
        row.put(Meaning::Quiet, line.progress.clone());
        drawn += &row.cut(look.width, look).line(look);
    }
    drawn
}

/// What to say of a call that returned because of what was delivered; `None` if it isn't TCP's.
pub fn returned(story: &Story, moment: &What) -> Option<OnWire> {
    let What::Return(returned) = moment else { return None };
    let (id, side) = story.socket(returned.call.socket)?.connection?;
    let connection = story.connection(id)?;
    let of = |side: Side| {
        let end = connection.end(side);
        end.state.map(|state| (end.name.text().to_owned(), state))
    };
    let call = returned.call.function;
    let peer = if connection.self_connected { None } else { of(side.other()) };
    Some(OnWire::ReturnedNow { call, own: of(side)?, peer })
}
