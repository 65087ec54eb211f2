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

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use caps::{CapSet, Capability};

    use super::*;
    use crate::network::testing::in_child;
    use crate::network::{Choice, enter};

    const NOBODY: u32 = 65534;

    /// As if `nobody` had typed `sudo sockscope`; then who we are, and what we may.
    fn after_sudo(choice: Choice) -> (u32, Vec<Capability>) {
        raw::set_environment("SUDO_UID", "65534".as_ref());
        raw::set_environment("SUDO_GID", "65534".as_ref());
        enter(choice);
        let mut permitted: Vec<_> =
            caps::read(None, CapSet::Permitted).unwrap().into_iter().collect();
        permitted.sort_by_key(Capability::index);
        (raw::effective_ids().0, permitted)
    }

    /// Who is no root stays who they are, whatever the environment says.
    fn nobody_or_myself() -> u32 {
        match raw::effective_ids().0 {
            0 => NOBODY,
            myself => myself,
        }
    }

    #[test]
    fn behind_sudo_a_private_network_belongs_to_the_user() {
        in_child(|| {
            let expected = nobody_or_myself();
            let (uid, permitted) = after_sudo(Choice::Private);
            assert_eq!(uid, expected);
            let lab = [
                Capability::CAP_NET_BIND_SERVICE,
                Capability::CAP_NET_ADMIN,
                Capability::CAP_NET_RAW,
            ];
            assert_eq!(permitted, lab);
        });
    }

    #[test]
    fn behind_sudo_only_the_right_to_capture_is_left_on_the_host() {
        in_child(|| {
            let (root, expected) = (raw::effective_ids().0 == 0, nobody_or_myself());
            let (uid, permitted) = after_sudo(Choice::Host);
            assert_eq!(uid, expected);
            assert_eq!(permitted, if root { vec![Capability::CAP_NET_RAW] } else { vec![] });
        });
    }
}
