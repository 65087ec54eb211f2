//! `read FILE`: a capture file takes the lab's place.

use std::path::PathBuf;

use super::{Session, Stop, near_file};
use crate::command::Spanned;
use crate::lab::Recording;
use crate::view;
use crate::view::explain;

impl Session {
    /// `read FILE`. A file that is no capture leaves everything as it was.
    pub(super) fn read(&mut self, text: &str, file: &Spanned<PathBuf>) -> Result<(), Stop> {
        let name = view::sanitize::escape(file.value.display().to_string().as_bytes(), false);
        let (path, _copy) = self.located(&file.value);
        let opened = Recording::open(&path).map_err(|why| {
            let near = view::sanitize::escape(near_file(&path).as_bytes(), false);
            format!("{name}: {why}{near}")
        });
        let recording = self.or_fail(text, &file.span, opened)?;
        let cut = self.lab.take_recording(recording).map(|why| format!("{name}: {why}"));
        self.forget();
        if self.screen.is_json() {
            self.show_new()?;
            if let Some(why) = cut {
                self.complain(text, &file.span, &why);
            }
            return Ok(());
        }
        self.shown = self.lab.story().cursor();
        let look = self.settings.look;
        self.say(&view::recording::recording(self.lab.story(), look))?;
        if let Some(why) = cut {
            self.say(&explain::lines(&[why], look))?;
        }
        self.explain("`trace` tells it, `packets` lists it. A socket call begins afresh.")
    }

    /// Live and recorded times don't mix: before anything live, a recording is forgotten.
    pub(super) fn leave_recording(&mut self) -> Result<(), Stop> {
        if !self.lab.is_recorded() {
            return Ok(());
        }
        self.lab.reset();
        self.forget();
        self.say("  The recording is forgotten: live and recorded times don't mix.")
    }
}
