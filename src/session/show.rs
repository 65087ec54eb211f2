//! What has happened, shown: as ladders and sentences, or as JSON Lines. The only place that
//! writes for the learner.

use std::io::{self, Write};

use super::{Format, KeyPress, Place, Session, Stop, columns, rows};
use crate::command::{Span, SyntaxError, render, render_typed};
use crate::story::{Moment, ReturnMoment, What};
use crate::trace::{CallId, Time, clock};
use crate::view;
use crate::view::explain;

/// Where text goes.
type Sink = Box<dyn FnMut(&str) -> io::Result<()> + Send>;

/// The learner's screen, or what stands for it.
pub struct Screen {
    format: Format,
    out: Sink,
    complaints: Sink,
    /// Tells its columns, where they can change.
    columns: Option<fn() -> usize>,
    /// Listens for a key, where someone can press one.
    keys: Option<Keys>,
    /// Whether nothing is shown for now.
    hushed: bool,
}

/// Begins to listen for a key.
pub type Keys = Box<dyn Fn() -> io::Result<KeyPress> + Send>;

impl Screen {
    /// Standard output, and standard error for complaints.
    pub fn standard(format: Format) -> Screen {
        Screen {
            format,
            out: Box::new(|text| {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes())?;
                out.flush()
            }),
            complaints: Box::new(|text| io::stderr().lock().write_all(text.as_bytes())),
            columns: None,
            keys: None,
            hushed: false,
        }
    }

    /// What is shown is gathered: nobody looks.
    pub fn gathering(format: Format, into: std::sync::Arc<std::sync::Mutex<String>>) -> Screen {
        let gather = move |text: &str| {
            into.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push_str(text);
            Ok(())
        };
        Screen {
            format,
            out: Box::new(gather.clone()),
            complaints: Box::new(gather),
            columns: None,
            keys: None,
            hushed: false,
        }
    }

    /// A prompt: everything goes through its printer, which writes at once while a command runs,
    /// and otherwise keeps the line that is being typed. `keys` is for commands that end by a key;
    /// `None` where the cursor can't be moved.
    pub fn prompt(
        printer: impl Fn(&str) -> io::Result<()> + Send + Clone + 'static,
        keys: Option<Keys>,
    ) -> Screen {
        let complaints = printer.clone();
        Screen {
            format: Format::Human,
            out: Box::new(move |text| printer(text)),
            complaints: Box::new(move |text| complaints(text)),
            columns: Some(columns),
            keys,
            hushed: false,
        }
    }

    /// How wide it is now, if that can change.
    pub(super) fn columns(&self) -> Option<usize> {
        self.columns.map(|columns| columns())
    }

    /// How many rows it has now, if that is known.
    pub(super) fn rows(&self) -> Option<usize> {
        self.columns.and_then(|_| rows())
    }

    /// Listens for a key; `None` where nobody can press one.
    pub(super) fn listen_for_key(&self) -> Option<KeyPress> {
        self.keys.as_ref().and_then(|listen| listen().ok())
    }

    /// Whether it takes JSON Lines.
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Below the `^C` that a terminal has echoed.
    pub(super) fn end_echo(&mut self) -> Result<(), Stop> {
        if self.columns.is_some() { self.write("\n") } else { Ok(()) }
    }

    /// Whether it is a prompt's, where somebody types.
    pub(super) fn is_prompt(&self) -> bool {
        self.columns.is_some()
    }

    /// From now on nothing is shown, or again something; what it was before.
    pub(super) fn hush(&mut self, hushed: bool) -> bool {
        std::mem::replace(&mut self.hushed, hushed)
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), Stop> {
        if self.hushed {
            return Ok(());
        }
        (self.out)(text).map_err(|error| {
            // The pipe's reader, the terminal or the prompt is gone.
            if matches!(error.raw_os_error(), None | Some(libc::EPIPE | libc::EIO)) {
                return Stop::Closed;
            }
            self.complain(&format!("sockscope: can't write: {error}\n"));
            Stop::Unwritable
        })
    }

    /// A complaint that nobody hears changes nothing: the exit status still tells.
    fn complain(&mut self, text: &str) {
        if self.hushed {
            return;
        }
        let _ = (self.complaints)(text);
    }
}

impl Session {
    /// Shows every moment that hasn't been.
    pub(super) fn show_new(&mut self) -> Result<(), Stop> {
        let from = self.shown;
        self.shown = self.lab.story().cursor();
        let story = self.lab.story();
        let moments: Vec<&Moment> = story.since(from).collect();
        if moments.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        match self.screen.format {
            Format::Json => {
                for moment in moments {
                    for line in view::json::lines(moment) {
                        text.push_str(&line);
                        text.push('\n');
                    }
                }
            }
            Format::Human => {
                text = view::ladder::live(moments.iter().copied(), story, self.settings.look);
                if self.settings.explain {
                    let lines = self.explanations(from);
                    text.push_str(&explain::lines(&lines, self.settings.look));
                }
            }
        }
        self.screen.write(&text)
    }

    /// Shows a return that has been shown before: what `wait` waited for.
    pub(super) fn show_return_again(&mut self, call: CallId) -> Result<(), Stop> {
        if self.screen.is_json() {
            return Ok(());
        }
        let Some((at, returned)) = self.returned(call) else { return Ok(()) };
        let line = view::ladder::return_line(returned, at, self.settings.look);
        self.screen.write(&line)
    }

    /// The return of that call, if it has and is still kept.
    pub(super) fn returned(&self, call: CallId) -> Option<(Time, &ReturnMoment)> {
        self.lab.story().moments().rev().find_map(|moment| match &moment.what {
            What::Return(returned) if returned.call.call == call => Some((moment.time, returned)),
            _ => None,
        })
    }

    /// Says something in answer to a command. JSON has no room for it.
    pub fn say(&mut self, text: &str) -> Result<(), Stop> {
        match self.screen.format {
            Format::Json => Ok(()),
            Format::Human => self.screen.write(&ended(text)),
        }
    }

    /// Says `text`, or `otherwise` if there is none.
    pub(super) fn say_or(&mut self, text: &str, otherwise: &str) -> Result<(), Stop> {
        self.say(if text.is_empty() { otherwise } else { text })
    }

    /// Says something that the learner may not want to be told.
    pub(super) fn explain(&mut self, text: &str) -> Result<(), Stop> {
        if self.settings.explain {
            let wrapped = explain::lines(&[text], self.settings.look);
            return self.say(&wrapped);
        }
        Ok(())
    }

    /// Says one line of a told session, and what is typed next.
    pub fn narrate(&mut self, line: &str, command: &str) -> Result<(), Stop> {
        let prompt = if command.is_empty() { String::new() } else { format!("scope> {command}\n") };
        self.say(&format!("\n{line}\n{prompt}"))
    }

    /// Leaves the screen to be read, showing what happens.
    pub fn pause(&mut self, time: std::time::Duration) -> Result<(), Stop> {
        self.sleep(clock::now().after(time))
    }

    /// Complains about a place in a script's text. Column 1 is the first character.
    pub fn report(&mut self, place: &Place, column: usize, message: &str) {
        if self.screen.is_json() {
            let line = view::json::error(place.line, column, message);
            let _ = self.screen.write(&(line + "\n"));
        }
        let text = match &place.source {
            Some(source) => format!("{source}:{}:{column}: {message}", place.line),
            None => message.to_owned(),
        };
        let text = view::row::safe(&text, self.settings.look) + "\n";
        self.screen.complain(&text);
    }

    /// Complains about a part of the line, on standard error only: JSON has said it already.
    pub(super) fn complain(&mut self, text: &str, span: &Span, message: &str) {
        let error = SyntaxError::new(span.clone(), message);
        let rendered = self.rendered(&self.place, text, &error);
        self.screen.complain(&ended(&rendered));
    }

    /// Complains about a part of the line that is being run.
    pub(super) fn fail(&mut self, text: &str, span: &Span, message: &str) -> Result<(), Stop> {
        let error = SyntaxError::new(span.clone(), message);
        let place = self.place.clone();
        self.show_syntax_error(&place, text, &error)
    }

    /// As [`Session::fail`] if the result is an error.
    pub(super) fn or_fail<T, E: std::fmt::Display>(
        &mut self,
        text: &str,
        span: &Span,
        result: Result<T, E>,
    ) -> Result<T, Stop> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => {
                self.fail(text, span, &error.to_string())?;
                Err(Stop::Failed)
            }
        }
    }

    /// Shows an error with its place and a caret.
    pub(super) fn show_syntax_error(
        &mut self,
        place: &Place,
        text: &str,
        error: &SyntaxError,
    ) -> Result<(), Stop> {
        if self.screen.is_json() {
            let (line, column) = error.position(text, place.line);
            let json = view::json::error(line, column, &error.message);
            self.screen.write(&(json + "\n"))?;
        }
        let rendered = self.rendered(place, text, error);
        self.screen.complain(&ended(&rendered));
        Ok(())
    }

    fn rendered(&self, place: &Place, text: &str, error: &SyntaxError) -> String {
        match &place.source {
            Some(source) => render(source, place.line, text, error),
            None => render_typed(text, error, self.settings.look.width),
        }
    }
}

fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}
