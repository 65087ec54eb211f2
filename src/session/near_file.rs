//! The file that a mistyped name probably meant.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::nearest;

/// Most names in a folder that are looked at.
const MOST: usize = 10_000;

/// What to say after that a file isn't there: `; did you mean captures/queue.pcap?`, if one with
/// a name near to that is in the same folder, else nothing. Not yet escaped.
pub fn near_file(path: &Path) -> String {
    let is_missing = path.symlink_metadata().is_err();
    let near = is_missing.then(|| nearest_in_folder(path)).flatten();
    near.map_or_else(String::new, |near| format!("; did you mean {}?", near.display()))
}

fn nearest_in_folder(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let folder = match path.parent()? {
        here if here == Path::new("") => Path::new("."),
        folder => folder,
    };
    let files = fs::read_dir(folder).ok()?.take(MOST).filter_map(Result::ok);
    let files = files.filter(|file| file.file_type().is_ok_and(|kind| !kind.is_dir()));
    let mut names: Vec<String> =
        files.filter_map(|file| file.file_name().into_string().ok()).collect();
    // The system gives them in any order.
    names.sort_unstable();
    let near = nearest(name, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_same_folder_is_meant_whatever_its_case() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["queue.pcap", "Half.pcap", "notes.txt"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        fs::create_dir(folder.path().join("letters.pcap")).unwrap();
        let said = |name: &str| near_file(&folder.path().join(name));
        let meant = |name: &str| format!("; did you mean {}?", folder.path().join(name).display());
        assert_eq!(said("qeue.pcap"), meant("queue.pcap"));
        assert_eq!(said("queue.pcapng"), meant("queue.pcap"));
        assert_eq!(said("half.pcap"), meant("Half.pcap"));
        for name in ["queue.pcap", "letter.pcap", "tcp.pcap", "no/queue.pcap", ".."] {
            assert_eq!(said(name), "", "{name}");
        }
        assert_eq!(near_file(Path::new("/")), "");
        assert_eq!(near_file(Path::new("Cargo.tml")), "; did you mean Cargo.toml?");
    }
}
