//! Files of a lesson's own, as captures.

use std::fs;
use std::io::Write;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use super::Session;
use crate::trace::Address;

impl Session {
    /// Removes the files that unix sockets of this session were bound to: a lesson leaves nothing
    /// behind that would be in its own way (unix(7): the file stays when the socket is closed).
    pub(in crate::session) fn unlink_sockets(&self) {
        for socket in self.lab.story().sockets() {
            if let Some(Address::Path(path)) = &socket.local
                && fs::symlink_metadata(path).is_ok_and(|about| about.file_type().is_socket())
            {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Where the file of that name is: here, or, while a lesson runs that has one, a copy of the
    /// lesson's, which lives as long as what is returned with it.
    pub(in crate::session) fn located(&self, path: &Path) -> (PathBuf, Option<tempfile::TempPath>) {
        let here = (path.to_owned(), None);
        if path.is_absolute() || path.exists() {
            return here;
        }
        let Some(playing) = &self.lessons.playing else { return here };
        let bytes = path.to_str().and_then(|name| playing.folder.file(name));
        let Some(bytes) = bytes else { return here };
        let copy = tempfile::NamedTempFile::new().and_then(|mut file| {
            file.write_all(&bytes)?;
            Ok(file.into_temp_path())
        });
        copy.map_or(here, |copy| (copy.to_path_buf(), Some(copy)))
    }
}
