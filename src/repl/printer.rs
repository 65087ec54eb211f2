//! Text at the prompt: written at once while no line is being read, above the line that is being
//! typed otherwise.
//!
//! One rule keeps every text whole, in order and shown once: whoever shows text takes it from the
//! stage under its lock. While no line is read, [`Printer::print`] writes to the terminal itself.
//! While one is, the text waits until the editor paints its prompt the next time, with the text
//! before it; a bell wakes the editor for that. What still waits when a line has been read is
//! written before anything else. So nothing lies in rustyline's own channel, which may keep a
//! message until the next prompt, and blocks whoever fills it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Sender, unbounded};
use rustyline::ExternalPrinter;

/// What rustyline prints when the bell rings, before it paints the prompt again: up and down
/// again, which moves nothing. A message ends with a newline, or it adds one.
const BELL: &str = "\x1b[A\n";

/// Writes to the terminal without spoiling the line that is being typed. Clones write to the same.
#[derive(Clone)]
pub struct Printer {
    stage: Arc<Mutex<Stage>>,
    /// Wakes the editor; `None` where it cannot be woken, as on a dumb terminal.
    bell: Option<Sender<()>>,
}

struct Stage {
    reading: bool,
    waiting: String,
    out: Box<dyn Write + Send>,
}

impl Printer {
    /// Prints on standard output. `external` wakes the editor.
    pub(super) fn new(external: Option<impl ExternalPrinter + Send + 'static>) -> Printer {
        let bell = external.and_then(hang_bell);
        Printer { stage: Arc::new(Mutex::new(Stage::on(Box::new(io::stdout())))), bell }
    }

    /// Shows the text, on lines of its own. Never waits for the line that is being typed.
    ///
    /// # Errors
    /// Those of the terminal, if it is written to at once.
    pub fn print(&self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let mut stage = self.stage();
        stage.waiting.push_str(text);
        if !text.ends_with('\n') {
            stage.waiting.push('\n');
        }
        match &self.bell {
            Some(bell) if stage.reading => {
                // It is heard as long as the editor lives.
                let _ = bell.send(());
                Ok(())
            }
            Some(_) | None => stage.write_waiting(),
        }
    }

    /// From now on a line is being read: text waits for [`Printer::take_waiting`].
    pub(super) fn begin_reading(&self) {
        self.stage().reading = true;
    }

    /// No line is being read any more: what waits is written.
    pub(super) fn end_reading(&self) -> io::Result<()> {
        let mut stage = self.stage();
        stage.reading = false;
        stage.write_waiting()
    }

    /// What is to be painted before the prompt.
    pub(super) fn take_waiting(&self) -> String {
        std::mem::take(&mut self.stage().waiting)
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    fn on(out: Box<dyn Write + Send>) -> Stage {
        Stage { reading: false, waiting: String::new(), out }
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.waiting);
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// A bell on a thread of its own: rustyline's printer may block until a line has been read.
fn hang_bell(mut external: impl ExternalPrinter + Send + 'static) -> Option<Sender<()>> {
    let (bell, rings) = unbounded();
    std::thread::Builder::new()
        .name("bell".into())
        .spawn(move || {
            while rings.recv().is_ok() {
                // Several rings before the editor could listen are one.
                while rings.try_recv().is_ok() {}
                if external.print(BELL.to_owned()).is_err() {
                    return;
                }
            }
        })
        .ok()?;
    Some(bell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Terminal(Arc<Mutex<Vec<u8>>>);

    impl Terminal {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Editor(Sender<String>);

    impl ExternalPrinter for Editor {
        fn print(&mut self, message: String) -> rustyline::Result<()> {
            self.0.send(message).map_err(|_| io::Error::other("gone").into())
        }
    }

    fn printer() -> (Printer, Terminal, crossbeam_channel::Receiver<String>) {
        let terminal = Terminal::default();
        let (heard_in, heard) = unbounded();
        let stage = Arc::new(Mutex::new(Stage::on(Box::new(terminal.clone()))));
        (Printer { stage, bell: hang_bell(Editor(heard_in)) }, terminal, heard)
    }

    #[test]
    fn text_is_written_at_once_while_no_line_is_read() {
        let (printer, terminal, _heard) = printer();
        printer.print("one\n").unwrap();
        printer.print("two").unwrap();
        assert_eq!(terminal.text(), "one\ntwo\n");
    }

    #[test]
    fn text_waits_for_the_prompt_while_a_line_is_read_and_rings() {
        let (printer, terminal, heard) = printer();
        printer.begin_reading();
        printer.print("late").unwrap();
        assert_eq!(heard.recv().unwrap(), BELL);
        assert_eq!(printer.take_waiting(), "late\n");
        assert_eq!(printer.take_waiting(), "");
        printer.end_reading().unwrap();
        assert_eq!(terminal.text(), "");
    }

    #[test]
    fn what_still_waits_when_the_line_has_been_read_comes_before_what_follows() {
        let (printer, terminal, _heard) = printer();
        printer.begin_reading();
        printer.print("late").unwrap();
        printer.end_reading().unwrap();
        printer.print("then").unwrap();
        assert_eq!(terminal.text(), "late\nthen\n");
    }

    #[test]
    fn without_a_bell_nothing_waits() {
        let (mut printer, terminal, _heard) = printer();
        printer.bell = None;
        printer.begin_reading();
        printer.print("late").unwrap();
        assert_eq!(terminal.text(), "late\n");
    }

    #[test]
    fn nothing_is_lost_shown_twice_or_out_of_order_however_reading_and_printing_meet() {
        const LINES: usize = 2000;
        let (printer, terminal, heard) = printer();
        let session = printer.clone();
        let prints = std::thread::spawn(move || {
            for number in 0..LINES {
                session.print(&format!("{number}")).unwrap();
            }
        });
        // The editor: reads, paints, has read. Its painting writes to the same terminal.
        let mut screen = terminal.clone();
        while !prints.is_finished() || !heard.is_empty() {
            printer.begin_reading();
            for _ in 0..3 {
                screen.write_all(printer.take_waiting().as_bytes()).unwrap();
            }
            printer.end_reading().unwrap();
            let _ = heard.try_recv();
        }
        prints.join().unwrap();
        let expected: Vec<String> = (0..LINES).map(|number| number.to_string()).collect();
        assert_eq!(terminal.text().lines().collect::<Vec<_>>(), expected);
    }
}
