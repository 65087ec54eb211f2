//! What a file says beside its frames.

use super::names::Names;

/// All of it, each part bounded.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub names: Names,
    pub comments: Comments,
}

/// How many are kept, and how many bytes of each.
const MOST: usize = 64;
const LONGEST: usize = 4096;

/// What someone has noted on whole sections (draft-ietf-opsawg-pcapng, section 3.5, `opt_comment`), in the file's order: 64 of 4096 bytes each, the rest is left out.
#[derive(Debug, Default)]
pub(super) struct Comments(Vec<String>);

impl Comments {
    /// One more.
    pub fn take(&mut self, comment: &[u8]) {
        if self.0.len() < MOST {
            let comment = &comment[..comment.len().min(LONGEST)];
            self.0.push(String::from_utf8_lossy(comment).into_owned());
        }
    }

    /// All of them.
    pub fn all(&self) -> &[String] {
        &self.0
    }
}
