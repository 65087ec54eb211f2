//! Where frames come from: a file, one that grows, standard input, an interface.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Read;
use crate::capture::{self, Captured, Reader, Rights};
use crate::cli::exit::Exit;
use crate::cli::{complain, signals};
use crate::reading::Source;
use crate::session::near_file;
use crate::view::sanitize::escape;

/// A source that is open.
pub(super) struct Opened {
    pub source: Source,
    /// As messages name it.
    pub name: String,
    /// Bytes, where that is known.
    pub len: Option<u64>,
    /// Frames come while somebody waits for them.
    pub is_live: bool,
}

/// How often a file that grows is looked at.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn open(wish: &Read) -> Result<Opened, Exit> {
    if let Some(interface) = &wish.interface {
        return live(interface);
    }
    let path = wish.file.clone().unwrap_or_else(|| PathBuf::from("-"));
    let is_input = path == Path::new("-");
    let name = if is_input { "standard input".to_owned() } else { shown(&path.to_string_lossy()) };
    let reader = if is_input {
        Reader::new(io::stdin())
    } else if wish.follow {
        let interrupts = signals::interrupts();
        // Ctrl-C is what ends it.
        Reader::follow(&path, move || interrupts.recv_timeout(LOOK).is_err())
    } else {
        Reader::open(&path)
    };
    let about = path.metadata().ok().filter(|about| about.is_file() && !is_input);
    let is_live = wish.follow || about.is_none();
    match reader {
        Ok(reader) => {
            let len = about.map(|about| about.len());
            Ok(Opened { source: Source::File(reader), name, len, is_live })
        }
        Err(why) => {
            let near = if is_input { String::new() } else { shown(&near_file(&path)) };
            complain(&format!("sockscope: {name}: {why}{near}"));
            Err(Exit::Environment)
        }
    }
}

/// A capture on an interface, once it is open.
fn live(interface: &str) -> Result<Opened, Exit> {
    let all = capture::interfaces();
    let capture = capture::start_on(interface, Rights::GiveUp);
    let name = shown(interface);
    match capture.messages().recv() {
        Ok(Captured::Unavailable { why }) => {
            complain(&format!("sockscope: {name}: {why}"));
            if !all.is_empty() && !all.iter().any(|known| known == interface) {
                complain(&format!("  interfaces here: {}", shown(&all.join(", "))));
            }
            Err(Exit::Environment)
        }
        // Ctrl-C ends it.
        Ok(Captured::Ready | Captured::Lost(_) | Captured::Frame { .. }) | Err(_) => {
            complain(&format!("reading {name}; Ctrl-C ends it"));
            let source = Source::Live(capture, signals::interrupts());
            Ok(Opened { source, name, len: None, is_live: true })
        }
    }
}

/// Somebody's word, as it may be shown.
pub(super) fn shown(word: &str) -> String {
    escape(word.as_bytes(), false)
}
