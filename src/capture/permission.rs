//! May we capture, and if not, exactly what to do (`packet(7)`: `CAP_NET_RAW`).

use std::fmt;
use std::path::PathBuf;

#[cfg(target_os = "linux")]
use caps::{CapSet, Capability};

#[cfg(target_os = "linux")]
use super::raw;

/// We may not capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Even root may not: a container without the capability.
    pub root: bool,
    /// The program that would need the right.
    pub program: PathBuf,
}

/// Whether this thread may open a capture here.
#[cfg(target_os = "linux")]
pub fn check() -> Result<(), Denied> {
    match caps::has_cap(None, CapSet::Effective, Capability::CAP_NET_RAW) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(Denied {
            root: raw::effective_user() == 0,
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("sockscope")),
        }),
    }
}

/// Whether this thread may open a capture here: known only once it has been tried.
#[cfg(not(target_os = "linux"))]
pub fn check() -> Result<(), Denied> {
    Ok(())
}

impl Denied {
    /// One line: what to do.
    pub fn remedy(&self) -> String {
        if self.root {
            "in Docker: docker run --cap-add NET_RAW".to_owned()
        } else {
            let program = quoted(&self.program.display().to_string());
            format!("sudo setcap cap_net_raw=ep {program}, or start it with sudo")
        }
    }
}

/// Gives up this thread's capabilities, for good. Root stays root: what it writes is root's anyway.
pub fn give_up() {
    #[cfg(target_os = "linux")]
    if raw::effective_user() != 0 {
        for set in [CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
            // Nobody may be refused to give something up.
            let _ = caps::clear(None, set);
        }
    }
}

/// As a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no permission to capture (CAP_NET_RAW): {}", self.remedy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_can_be_pasted_into_a_shell() {
        let denied = |program: &str| Denied { root: false, program: program.into() };
        assert!(
            denied("/opt/sockscope")
                .remedy()
                .starts_with("sudo setcap cap_net_raw=ep /opt/sockscope,")
        );
        assert!(denied("/my tools/it's").remedy().contains(r"'/my tools/it'\''s'"));
    }

    #[test]
    fn root_without_the_capability_is_told_of_its_container() {
        let denied = Denied { root: true, program: "sockscope".into() };
        assert!(denied.to_string().contains("--cap-add NET_RAW"));
    }
}
