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
    /// Frames that held a piece of a packet, and didn't complete it.
    pub fragments: u64,
    /// Frames in which a TCP header is cut, or can't be one.
    pub broken: u64,
    /// Frames that held something else.
    pub not_tcp: u64,
    /// When the first frame passed, and the last.
    pub times: Option<[Time; 2]>,
}

impl Totals {
    /// `31 conversations, 458,972 segments, 2 frames not TCP · 4.20 s from 2023-11-14 22:13:20 UTC`
    pub fn text(&self, look: Look) -> String {
        let mut counts =
            vec![counted(self.conversations, "conversation"), counted(self.segments, "segment")];
        if self.fragments > 0 {
            counts.push(counted(self.fragments, "fragment"));
        }
        if self.broken > 0 {
            counts.push(format!("{} cut or malformed", counted(self.broken, "TCP header")));
        }
        if self.not_tcp > 0 {
            counts.push(format!("{} not TCP", counted(self.not_tcp, "frame")));
        }
        let others = self.fragments + self.broken + self.not_tcp;
        if self.times.is_none() && self.conversations + others == 0 {
            counts = vec!["no frames".to_owned()];
        }
        let mut parts = vec![counts.join(", ")];
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
