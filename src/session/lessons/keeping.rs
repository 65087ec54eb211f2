//! What outlasts the session: progress, and a teacher's report.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::{Lessons, Session, Stop};
use crate::lesson::{Folder, Progress, Report, filled};
use crate::session::whole_file::atomically;
use crate::view::row;

impl Lessons {
    /// Reads how far the learner has come. A damaged file is put aside; what went wrong, in words.
    pub fn load(&mut self) -> Option<String> {
        let path = self.kept.clone()?;
        match read(&path) {
            Ok(progress) => {
                self.progress = progress.unwrap_or_default();
                None
            }
            Err(Unread::Damaged) => Some(match put_aside(&path) {
                Ok(aside) => {
                    let words = [("path", aside.display().to_string())];
                    filled(&self.messages.progress_damaged, &words)
                }
                Err(why) => self.cannot_keep(&path, &why),
            }),
            Err(Unread::Io(why)) => {
                // Said once.
                self.kept = None;
                Some(self.cannot_keep(&path, &why))
            }
        }
    }

    fn cannot_keep(&self, path: &Path, why: &io::Error) -> String {
        let why = why.to_string();
        let path = path.display().to_string();
        let words = if why.contains(&path) { why } else { format!("{path}: {why}") };
        filled(&self.messages.progress_unwritable, &[("why", words)])
    }
}

impl Session {
    /// Reads how far the learner has come, and says what is wrong with it.
    pub(super) fn load_progress(&mut self) -> Result<(), Stop> {
        match self.lessons.load() {
            Some(trouble) => {
                let trouble = row::safe(&trouble, self.settings.look);
                self.tell_sentence(&trouble)
            }
            None => Ok(()),
        }
    }

    /// Notes where the learner is, and writes it down. A lesson from elsewhere leaves no trace.
    pub(super) fn keep_progress(&mut self) -> Result<(), Stop> {
        self.report_on();
        let Some(playing) = &self.lessons.playing else { return Ok(()) };
        if playing.folder != Folder::Built {
            return Ok(());
        }
        let name = playing.lesson.name.clone();
        let is_over = playing.is_over();
        let step = playing.step;
        let next = playing.step().map(|step| step.heading.clone()).unwrap_or_default();
        let note = |progress: &mut Progress| {
            let stand = progress.lessons.entry(name.clone()).or_default();
            stand.steps = step;
            stand.next = next;
            stand.done |= is_over;
            progress.current = Some(name.clone());
        };
        let Some(path) = self.lessons.kept.clone() else {
            note(&mut self.lessons.progress);
            return Ok(());
        };
        // Another session may have written meanwhile: only this lesson's part is ours.
        if let Ok(Some(progress)) = read(&path) {
            self.lessons.progress = progress;
        }
        note(&mut self.lessons.progress);
        let text = self.lessons.progress.text();
        if let Err(why) = write(&path, &text) {
            // Said once: the lesson goes on all the same.
            self.lessons.kept = None;
            let told = row::safe(&self.lessons.cannot_keep(&path, &why), self.settings.look);
            return self.tell_sentence(&told);
        }
        Ok(())
    }

    /// Writes the report of the lesson that runs.
    pub(super) fn report_on(&mut self) {
        if let Some(report) = self.lessons.playing.as_ref().map(|playing| playing.report.clone()) {
            self.write_report(&report);
        }
    }

    pub(super) fn write_report(&mut self, report: &Report) {
        let Some(path) = self.lessons.report.clone() else { return };
        let text = serde_json::to_string_pretty(report).unwrap_or_default() + "\n";
        if let Err(why) = atomically(&path, |out| out.write_all(text.as_bytes())) {
            self.lessons.report = None;
            let place = crate::session::Place::default();
            self.report(&place, 1, &format!("the report can't be written: {why}"));
        }
    }
}

/// Why there is no progress to go on with.
enum Unread {
    Damaged,
    Io(io::Error),
}

fn read(path: &Path) -> Result<Option<Progress>, Unread> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unread::Io(error)),
    };
    let about = file.metadata().map_err(Unread::Io)?;
    if !about.is_file() {
        // As /dev/null: somebody doesn't want it kept.
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let most = Progress::LONGEST;
    file.take(most + 1).read_to_end(&mut bytes).map_err(Unread::Io)?;
    if bytes.len() as u64 > most {
        return Err(Unread::Damaged);
    }
    let text = String::from_utf8(bytes).map_err(|_| Unread::Damaged)?;
    Progress::read(&text).map(Some).map_err(|_| Unread::Damaged)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    atomically(path, |out| out.write_all(text.as_bytes()))
}

/// Keeps a damaged file under another name that is free.
fn put_aside(path: &Path) -> io::Result<PathBuf> {
    const MOST: u32 = 1000;
    let name = |number: u32| path.with_extension(format!("damaged-{number}.json"));
    let free = (1..MOST).map(name).find(|aside| fs::symlink_metadata(aside).is_err());
    let aside = free.ok_or(io::ErrorKind::AlreadyExists)?;
    fs::rename(path, &aside)?;
    Ok(aside)
}
