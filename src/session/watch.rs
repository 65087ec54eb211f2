//! `watch NAME`: what `sockets NAME` shows, drawn again until a key is pressed.

use std::any::Any;
use std::fmt::Write as _;
use std::time::Duration;

use crossbeam_channel::Receiver;
use unicode_width::UnicodeWidthStr;

use super::{Session, Stop};
use crate::command::Name;
use crate::lab::Woken;
use crate::tcp::State;
use crate::trace::{SocketId, clock};
use crate::view::Look;
use crate::view::paint::Meaning;
use crate::view::row::Row;
use crate::view::sockets::{Shown, picture};

/// A key is listened for as long as this lives.
pub struct KeyPress {
    /// Something is there once a key was pressed.
    pub pressed: Receiver<()>,
    /// Ends it.
    pub listening: Box<dyn Any + Send>,
}

/// Between two pictures.
const FRAME: Duration = Duration::from_millis(200);
/// Rows that a picture has on a terminal that doesn't say.
const ROWS: usize = 24;

/// The picture that stands on the screen.
#[derive(Default)]
struct Canvas {
    rows: usize,
    /// Columns of its widest row.
    widest: usize,
}

impl Session {
    /// `watch NAME`
    pub(super) fn watch(&mut self, text: &str, name: &Name) -> Result<(), Stop> {
        let socket = self.named(text, name)?;
        self.lab.refresh();
        self.show_new()?;
        let shown = match self.shown_of(socket) {
            Ok(shown) => shown,
            Err(why) => return self.say(&why),
        };
        let Some(keys) = self.screen.listen_for_key() else {
            self.show_picture(&shown)?;
            return self.explain("No key can be pressed here, so `watch` draws it once.");
        };
        let mut canvas = Canvas::default();
        let result = self.redraw(socket, shown, &keys.pressed, &mut canvas);
        drop(keys);
        result
    }

    fn redraw(
        &mut self,
        socket: SocketId,
        mut shown: Shown,
        keys: &Receiver<()>,
        canvas: &mut Canvas,
    ) -> Result<(), Stop> {
        loop {
            self.draw(&shown, true, canvas)?;
            let due = clock::now().after(FRAME);
            let ended = loop {
                match self.lab.wait(due, keys) {
                    Woken::Fact => {
                        self.lab.settle(self.shown, None);
                        if self.make_way(canvas)? {
                            break None;
                        }
                    }
                    Woken::Deadline => break None,
                    Woken::Door => break Some(Ok(())),
                    Woken::Interrupt => break Some(Err(Stop::Interrupted)),
                }
            };
            let before = states(&shown);
            match self.shown_of(socket) {
                Ok(now) => shown = now,
                Err(why) => {
                    self.make_way(canvas)?;
                    return self.say(&why);
                }
            }
            if let Some(result) = ended {
                self.draw(&shown, false, canvas)?;
                return result;
            }
            if states(&shown) != before {
                // A timer may have ended it: no segment tells.
                self.lab.refresh();
                self.make_way(canvas)?;
            }
        }
    }

    /// Draws it over the picture before.
    fn draw(&mut self, shown: &Shown, goes_on: bool, canvas: &mut Canvas) -> Result<(), Stop> {
        self.follow_width();
        let look = self.settings.look;
        // The row with the cursor stays free, and that which says how to end it.
        let room = self.screen.rows().unwrap_or(ROWS).saturating_sub(2).max(1);
        let mut text = picture(shown, Some(room), look);
        let plain = picture(shown, Some(room), Look { colour: false, ..look });
        if goes_on {
            text +=
                &Row::of(Meaning::Quiet, "  (any key ends this)").cut(look.width, look).line(look);
        }
        let lines: Vec<&str> = text.lines().collect();
        let mut out = String::new();
        // A narrower terminal has broken the rows before, who knows how: then below them.
        if canvas.rows > 0 && canvas.widest <= look.width {
            let _ = write!(out, "\x1b[{}A", canvas.rows);
        }
        for (place, line) in lines.iter().enumerate() {
            let clear = if place + 1 == lines.len() { "\x1b[J" } else { "\x1b[2K" };
            let _ = writeln!(out, "\r{clear}{line}");
        }
        *canvas = Canvas {
            rows: lines.len(),
            widest: plain.lines().map(UnicodeWidthStr::width).max().unwrap_or(0),
        };
        self.screen.write(&out)
    }

    /// Shows what has happened in the picture's place; whether anything has.
    fn make_way(&mut self, canvas: &mut Canvas) -> Result<bool, Stop> {
        if self.lab.story().cursor() == self.shown {
            return Ok(false);
        }
        if canvas.rows > 0 {
            // Up and down again at the end: what is written must end a line.
            self.screen.write(&format!("\x1b[{}A\r\x1b[J\x1b[A\n", canvas.rows))?;
        }
        *canvas = Canvas::default();
        self.show_new()?;
        self.show_troubles()?;
        Ok(true)
    }
}

fn states(shown: &Shown) -> Vec<Option<State>> {
    match shown {
        Shown::Listener(_) => Vec::new(),
        Shown::Connection { ends, .. } => {
            let state = |known: &crate::view::sockets::Known| known.standing.state;
            ends.iter().map(|end| end.known.as_ref().map(state)).collect()
        }
    }
}
