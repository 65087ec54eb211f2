//! `save FILE`: the trace, in the format that the file's ending names.

use std::io::{self, Write};
use std::path::PathBuf;

use super::whole_file::atomically;
use super::{Session, Stop};
use crate::command::Spanned;
use crate::view::{self, Look};

/// Formats, by ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Pcapng,
    Pcap,
    Json,
    Txt,
}

const ENDINGS: [(&str, Ending); 4] = [
    ("pcapng", Ending::Pcapng),
    ("pcap", Ending::Pcap),
    ("json", Ending::Json),
    ("txt", Ending::Txt),
];

impl Session {
    /// `save FILE`
    pub(super) fn save(&mut self, text: &str, file: &Spanned<PathBuf>) -> Result<(), Stop> {
        let name = file.value.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let Some((_, ending)) = ENDINGS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))
        else {
            let known: Vec<String> = ENDINGS.iter().map(|(name, _)| format!(".{name}")).collect();
            let problem = format!("the ending says the format; one of {}", known.join(", "));
            self.fail(text, &file.span, &problem)?;
            return Err(Stop::Failed);
        };
        self.lab.refresh();
        self.show_new()?;
        let saved = atomically(&file.value, |out| self.write_as(*ending, out));
        self.or_fail(text, &file.span, saved)?;
        let trace = self.lab.trace();
        let kept = trace.frames() - trace.forgotten_frames();
        let missing = match trace.forgotten_frames() {
            0 => String::new(),
            gone => format!(" (the oldest {gone} are no longer kept)"),
        };
        let path = view::sanitize::escape(file.value.display().to_string().as_bytes(), false);
        self.say(&format!("  saved {path}: {kept} frames{missing}"))
    }

    fn write_as(&self, ending: Ending, out: &mut dyn Write) -> io::Result<()> {
        let (trace, story) = (self.lab.trace(), self.lab.story());
        let mut out = out;
        match ending {
            Ending::Pcapng => view::pcapng::write(&mut out, trace, story.moments()),
            Ending::Pcap => view::pcap::write(&mut out, trace),
            Ending::Json => {
                for line in story.moments().flat_map(view::json::lines) {
                    writeln!(out, "{line}")?;
                }
                Ok(())
            }
            Ending::Txt => {
                let look = Look { colour: false, ..self.settings.look };
                out.write_all(view::ladder::whole(story, None, look).as_bytes())
            }
        }
    }
}
