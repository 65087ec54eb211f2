//! What stands below the last conversation: how much there was in all.

use crate::trace::Time;
use crate::view::calendar::utc;
use crate::view::ladder::duration;
use crate::view::look::Look;
use crate::view::paint::Meaning;
use crate::view::quantity::counted;
use crate::view::row::Row;

/// How much a recording held.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Conversations.
    pub conversations: u64,
    /// TCP segments of theirs.
    pub segments: u64,
    /// Frames that held no TCP segment.
    pub not_tcp: u64,
    /// When the first frame passed, and the last.
    pub times: Option<[Time; 2]>,
    /// What else is to be said, as `1 frame ends inside its TCP header`.
    pub remarks: Vec<String>,
}

impl Totals {
    /// `31 conversations, 458,972 segments, 2 frames not TCP · 4.20 s from 2023-11-14 22:13:20 UTC`
    pub fn text(&self, look: Look) -> String {
        let mut counts =
            vec![counted(self.conversations, "conversation"), counted(self.segments, "segment")];
        if self.not_tcp > 0 {
            counts.push(format!("{} not TCP", counted(self.not_tcp, "frame")));
        }
        if self.times.is_none() && self.conversations + self.not_tcp == 0 {
            counts = vec!["no frames".to_owned()];
        }
        let mut parts = vec![counts.join(", ")];
        parts.extend(self.remarks.iter().cloned());
        if let Some([first, last]) = self.times {
            parts.push(format!("{} from {}", duration(last.since(first), look), utc(first, 6)));
        }
        let text = parts.join(if look.ascii { "; " } else { " · " });
        let options =
            textwrap::Options::new(look.width).initial_indent("  ").subsequent_indent("    ");
        let lines = textwrap::wrap(&text, options);
        lines.iter().map(|line| Row::of(Meaning::Plain, line.as_ref()).line(look)).collect()
    }
}
