//! Where what outlasts a session is kept.

use std::path::PathBuf;

/// `$XDG_STATE_HOME/sockscope/NAME`, or `~/.local/state/sockscope/NAME` (XDG Base Directory
/// Specification); `None` without a home.
pub fn state_file(name: &str) -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
    Some(state.join("sockscope").join(name))
}
