//! The user behind `sudo`: whom the lab works for, and whose files it writes.

use std::ffi::CString;
use std::io;
use std::path::PathBuf;

use super::{namespace, raw};

/// The user who typed `sudo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoker {
    uid: u32,
    gid: u32,
    account: Option<(CString, PathBuf)>,
}

/// What is kept of root's rights on becoming the user again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// `CAP_NET_RAW`: opening the capture.
    Capture,
    /// What the lab needs on a network of its own, for programs that it starts too.
    Lab,
}

impl Invoker {
    /// The user behind `sudo`, by `SUDO_UID` and `SUDO_GID`; `None` unless this process is root and
    /// was started so by somebody else.
    pub fn behind_sudo() -> Option<Invoker> {
        let number = |name| std::env::var(name).ok()?.parse::<u32>().ok();
        let (uid, gid) = (number("SUDO_UID")?, number("SUDO_GID")?);
        (raw::effective_ids().0 == 0 && uid != 0).then(|| Invoker {
            uid,
            gid,
            account: raw::account(uid),
        })
    }

    /// Becomes that user, for good.
    pub fn become_user(&self, keep: Keep) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if keep != Keep::Nothing {
            raw::keep_capabilities()?;
        }
        raw::set_ids(self.uid, self.gid, self.account.as_ref().map(|(name, _)| name.as_c_str()))?;
        #[cfg(target_os = "linux")]
        raw::set_dumpable();
        namespace::keep_only(keep)
    }

    /// Points the environment at the user's home: history and settings are theirs.
    pub fn take_home(&self) {
        if let Some((name, home)) = &self.account {
            raw::set_environment("HOME", home.as_os_str());
            if let Ok(name) = name.to_str() {
                raw::set_environment("USER", name.as_ref());
                raw::set_environment("LOGNAME", name.as_ref());
            }
        }
        for theirs in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            raw::remove_environment(theirs);
        }
    }
}
