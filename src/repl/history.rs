//! The lines of earlier sessions: a file that only its owner can read, one line an entry. It is
//! appended to as lines are entered, so that a session that is killed loses none.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::session::state_file;

/// The file.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
}

/// What the file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// The newest [`History::MOST`], oldest first.
    pub lines: Vec<String>,
    /// How many are damaged and left out.
    pub damaged: usize,
}

impl History {
    /// So many entries are kept.
    pub const MOST: usize = 10_000;
    /// Longer entries are not written: bytes. A pasted megabyte is no line to come back to.
    const LONGEST: usize = 64 << 10;
    /// So much of a file is read, from its end: bytes.
    const READ: u64 = 16 << 20;

    /// `$XDG_STATE_HOME/sockscope/history`, or `~/.local/state/sockscope/history`; `None` without
    /// a home.
    pub fn of_user() -> Option<History> {
        Some(History { path: state_file("history")? })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it; a file that isn't there is empty. One that is damaged, too long, or readable for
    /// others is put in order.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn load(&self) -> io::Result<Entries> {
        let mut file =
            match OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&self.path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Entries::default());
                }
                Err(error) => return Err(error),
            };
        let about = file.metadata()?;
        if !about.is_file() {
            // As /dev/null: a history that someone wants to be empty.
            return Ok(Entries::default());
        }
        let start = about.len().saturating_sub(Self::READ);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(Self::READ).read_to_end(&mut bytes)?;
        let whole = if start == 0 {
            &bytes[..]
        } else {
            // The first line is cut.
            bytes.iter().position(|byte| *byte == b'\n').map_or(&[][..], |end| &bytes[end + 1..])
        };
        let mut entries = decode(whole);
        let surplus = entries.lines.len().saturating_sub(Self::MOST);
        entries.lines.drain(..surplus);
        let is_whole = whole.is_empty() || whole.ends_with(b"\n");
        if start > 0 || surplus > 0 || entries.damaged > 0 || !is_whole {
            self.rewrite(&entries.lines)?;
        } else if about.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(&self.path, Permissions::from_mode(0o600))?;
        }
        Ok(entries)
    }

    /// Writes one entry behind the others, in one step.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&self, line: &str) -> io::Result<()> {
        if line.len() > Self::LONGEST || line.chars().any(is_foreign) {
            return Ok(());
        }
        if let Some(folder) = self.path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(libc::O_NONBLOCK)
            .open(&self.path)?;
        file.write_all(encode(line).as_bytes())
    }

    /// Puts a new file in its place.
    fn rewrite(&self, lines: &[String]) -> io::Result<()> {
        let target = fs::canonicalize(&self.path)?;
        let folder = target.parent().unwrap_or(Path::new("/"));
        let mut new = tempfile::Builder::new()
            .prefix(".history-")
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(folder)?;
        let text: String = lines.iter().map(|line| encode(line)).collect();
        new.write_all(text.as_bytes())?;
        let _: File = new.persist(&target).map_err(|failed| failed.error)?;
        Ok(())
    }
}

/// An entry as a line of the file: line ends and backslashes are escaped.
fn encode(line: &str) -> String {
    line.replace('\\', "\\\\").replace('\n', "\\n") + "\n"
}

fn decode(bytes: &[u8]) -> Entries {
    let mut entries = Entries::default();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match std::str::from_utf8(line).ok().and_then(unescape) {
            Some(line) => entries.lines.push(line),
            None => entries.damaged += 1,
        }
    }
    entries
}

/// Whether no entry holds it: a control character could do anything to the terminal.
fn is_foreign(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t')
}

/// `None` if nothing that was typed is written like this.
fn unescape(line: &str) -> Option<String> {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next()? {
                'n' => '\n',
                '\\' => '\\',
                _ => return None,
            },
            character if is_foreign(character) => return None,
            character => character,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn history() -> (tempfile::TempDir, History) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state").join("history");
        (folder, History { path })
    }

    fn mode(history: &History) -> u32 {
        fs::metadata(&history.path).unwrap().permissions().mode() & 0o777
    }

    fn holding(bytes: &[u8]) -> (tempfile::TempDir, History) {
        let (folder, history) = history();
        fs::create_dir(history.path.parent().unwrap()).unwrap();
        fs::write(&history.path, bytes).unwrap();
        (folder, history)
    }

    #[test]
    fn a_missing_file_is_an_empty_history() {
        let (_folder, history) = history();
        assert_eq!(history.load().unwrap(), Entries::default());
    }

    #[test]
    fn what_is_appended_is_loaded_and_for_its_owner_only() {
        let (_folder, history) = history();
        history.append("jobs").unwrap();
        history.append("send c \"a\\\\\nb\"").unwrap();
        assert_eq!(history.load().unwrap().lines, ["jobs", "send c \"a\\\\\nb\""]);
        assert_eq!(mode(&history), 0o600);
    }

    #[test]
    fn a_file_that_others_can_read_is_closed_to_them() {
        let (_folder, history) = holding(b"jobs\n");
        fs::set_permissions(&history.path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(history.load().unwrap().lines, ["jobs"]);
        assert_eq!(mode(&history), 0o600);
    }

    #[test]
    fn damage_is_counted_once_and_what_is_whole_is_kept() {
        let (_folder, history) = holding(b"jobs\n\xff\xfe\n\0\0\0\0\nbad \\q\ntrace\nhal");
        let entries = history.load().unwrap();
        assert_eq!(
            (entries.damaged, entries.lines),
            (3, vec!["jobs".into(), "trace".into(), "hal".into()])
        );
        history.append("why").unwrap();
        let again = history.load().unwrap();
        assert_eq!((again.damaged, again.lines.len()), (0, 4));
        assert_eq!(again.lines[3], "why");
    }

    #[test]
    fn the_newest_entries_are_kept() {
        let lines: Vec<String> =
            (0..History::MOST + 5).map(|number| format!("mark {number}")).collect();
        let (_folder, history) = holding((lines.join("\n") + "\n").as_bytes());
        let entries = history.load().unwrap();
        assert_eq!((entries.lines.len(), &*entries.lines[0]), (History::MOST, "mark 5"));
        let kept = fs::read_to_string(&history.path).unwrap();
        assert_eq!(kept.lines().count(), History::MOST);
        assert_eq!(mode(&history), 0o600);
    }

    #[test]
    fn an_entry_of_a_megabyte_or_with_control_characters_is_not_written() {
        let (_folder, history) = history();
        history.append(&"x".repeat(1 << 20)).unwrap();
        history.append("mark \x1b[2J").unwrap();
        assert_eq!(history.load().unwrap(), Entries::default());
    }

    #[test]
    fn dev_null_is_an_empty_history_and_stays_as_it_is() {
        let history = History { path: "/dev/null".into() };
        let before = mode(&history);
        assert_eq!(history.load().unwrap(), Entries::default());
        assert_eq!(mode(&history), before);
    }

    #[test]
    fn a_folder_in_its_place_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let history = History { path: folder.path().to_owned() };
        assert!(history.append("jobs").is_err());
    }

    proptest! {
        #[test]
        fn every_line_that_can_be_typed_comes_back(line in "[^\\p{Cc}]{1,40}(\n[^\\p{Cc}]{0,40})?") {
            let encoded = encode(&line);
            prop_assert_eq!(decode(encoded.as_bytes()).lines, [line]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            decode(&bytes);
        }
    }
}
