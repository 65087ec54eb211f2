//! The network's settings: sysctls of the network namespace (`tcp(7)`, `ip(7)`, the kernel's
//! `ip-sysctl.rst`), set to Linux's own defaults whatever the host says, so that every lab behaves
//! alike.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::Network;
use super::fallback::error_words;

mod table;

pub use table::{SETTINGS, Setting};

/// A setting that the kernel would not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The setting's name.
    pub name: &'static str,
    /// What the kernel said.
    pub errno: i32,
}

/// Why a setting could not be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no setting of that name, but there are some like it.
    #[error("no setting is called {name}{}", did_you_mean(.candidates))]
    Unknown {
        /// As asked for.
        name: String,
        /// Names like it, best first.
        candidates: Vec<String>,
    },
    /// The lab knows it, this kernel doesn't.
    #[error("this kernel has no {name}: it is too old, or was built without it")]
    Absent {
        /// As asked for.
        name: String,
    },
    /// The lab is on the host's network.
    #[error("{name} is a setting of the host's network, which sockscope leaves alone")]
    HostNetwork {
        /// As asked for.
        name: String,
    },
    /// The kernel does not accept that value.
    #[error("{name} does not take {value:?}: it holds {holds:?}{}", allowed_here(.allowed))]
    Value {
        /// As asked for.
        name: String,
        /// As asked for.
        value: String,
        /// What it still holds.
        holds: String,
        /// All that it takes, where the kernel tells.
        allowed: Vec<String>,
    },
    /// The kernel lets nobody change it here.
    #[error("{name} can't be changed here: {}", error_words(*.errno))]
    Denied {
        /// As asked for.
        name: String,
        /// What the kernel said.
        errno: i32,
    },
}

fn did_you_mean(candidates: &[String]) -> String {
    match candidates {
        [] => String::new(),
        candidates => format!(": did you mean {}?", candidates.join(" or ")),
    }
}

fn allowed_here(allowed: &[String]) -> String {
    match allowed {
        [] => String::new(),
        allowed => format!("; allowed here: {}", allowed.join(", ")),
    }
}

/// A setting that differs from the lab's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub setting: &'static Setting,
    /// What it holds.
    pub value: String,
}

/// Looks a setting up in the table of those that teach.
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// What a setting holds, its numbers separated by single spaces. Any sysctl of the namespace may
/// be asked for: by its own name, or in full as in `net.ipv4.conf.lo.rp_filter`.
pub fn get(name: &str) -> Result<String, SettingError> {
    let path = path(name)?;
    let held = fs::read_to_string(path).map_err(|error| failed(name, &error))?;
    Ok(held.split_whitespace().collect::<Vec<_>>().join(" "))
}

const CONGESTION_CONTROL: &str = "tcp_congestion_control";

/// Which congestion controls may be used: up to the machine's modules and its administrator.
fn allowed_controls() -> Vec<String> {
    let allowed = get("tcp_allowed_congestion_control").unwrap_or_default();
    allowed.split_whitespace().map(str::to_owned).collect()
}

/// Values that a setting takes, for who asks what to type: its default first.
pub fn values(setting: &Setting) -> Vec<String> {
    let controls = allowed_controls();
    if setting.name == CONGESTION_CONTROL && !controls.is_empty() {
        return controls;
    }
    [&[setting.default], setting.others].concat().into_iter().map(str::to_owned).collect()
}

/// Changes a setting and returns what it held before. Only on a private network.
pub fn set(network: &Network, name: &str, value: &str) -> Result<String, SettingError> {
    let path = path(name)?;
    if !network.is_private() {
        return Err(SettingError::HostNetwork { name: name.to_owned() });
    }
    let before = get(name)?;
    let not_taken = || SettingError::Value {
        name: name.to_owned(),
        value: value.to_owned(),
        holds: before.clone(),
        allowed: if name == CONGESTION_CONTROL { allowed_controls() } else { Vec::new() },
    };
    if value.trim().is_empty() {
        return Err(not_taken());
    }
    fs::write(&path, value).map_err(|error| match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES | libc::EROFS) | None => failed(name, &error),
        Some(_) => {
            // Of several numbers the kernel may have taken the first.
            let _ = fs::write(&path, &before);
            not_taken()
        }
    })?;
    Ok(before)
}

/// Gives a setting what it held before: what the kernel took once, it takes again.
pub(super) fn put_back(name: &str, before: &str) {
    if let Ok(path) = path(name) {
        let _ = fs::write(path, before);
    }
}

/// The settings of the table that differ from the lab's defaults now: on a private network those
/// that were changed, on the host's those in which the host has its own mind.
pub fn changed() -> Vec<Changed> {
    let differs = |setting: &'static Setting| {
        let value = get(setting.name).ok().filter(|value| value != setting.default)?;
        Some(Changed { setting, value })
    };
    SETTINGS.iter().filter_map(differs).collect()
}

/// Sets every setting of the table to the lab's default. A setting that this kernel doesn't have
/// is passed over.
pub(super) fn apply_defaults() -> Vec<Refused> {
    let apply = |setting: &Setting| {
        let error = fs::write(setting.path(), setting.default).err()?;
        (error.kind() != io::ErrorKind::NotFound)
            .then(|| Refused { name: setting.name, errno: error.raw_os_error().unwrap_or(0) })
    };
    SETTINGS.iter().filter_map(apply).collect()
}

fn failed(name: &str, error: &io::Error) -> SettingError {
    let name = name.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => SettingError::Absent { name },
        _ => SettingError::Denied { name, errno: error.raw_os_error().unwrap_or(libc::EIO) },
    }
}

/// Where a setting's file is. Only below the directories that belong to a network namespace.
fn path(name: &str) -> Result<PathBuf, SettingError> {
    if let Some(setting) = find(name) {
        return Ok(setting.path());
    }
    let sound = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    let full = name.strip_prefix("net.").filter(|rest| {
        let mut words = rest.split('.');
        words.next().is_some_and(|word| DIRECTORIES.contains(&word)) && words.all(sound)
    });
    let candidates: Vec<PathBuf> = match full {
        Some(rest) => vec![rest.split('.').collect()],
        None if sound(name) => {
            DIRECTORIES.iter().map(|directory| PathBuf::from(directory).join(name)).collect()
        }
        None => Vec::new(),
    };
    candidates
        .into_iter()
        .map(|file| PathBuf::from(ROOT).join(file))
        .find(|path| path.is_file())
        .ok_or_else(|| SettingError::Unknown { name: name.to_owned(), candidates: like(name) })
}

const ROOT: &str = "/proc/sys/net";

/// Where the settings of a network namespace are.
const DIRECTORIES: [&str; 4] = ["ipv4", "core", "ipv6", "unix"];

/// Names of the table that look like this one, best first, at most three.
fn like(name: &str) -> Vec<String> {
    let mut close: Vec<_> = SETTINGS
        .iter()
        .map(|setting| (strsim::jaro_winkler(name, setting.name), setting.name))
        .filter(|(likeness, other)| *likeness > 0.85 || other.strip_prefix("tcp_") == Some(name))
        .collect();
    close.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    close.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::testing::{in_child, on_private_network};
    use crate::network::{Choice, enter};

    #[test]
    fn every_lab_starts_from_the_table() {
        on_private_network(|network| {
            assert_eq!((network.refused.clone(), changed()), (vec![], vec![]));
        });
    }

    #[test]
    fn what_is_set_is_read_back_and_listed_as_changed() {
        on_private_network(|network| {
            assert_eq!(set(network, "tcp_sack", "0").unwrap(), "1");
            assert_eq!(set(network, "ip_local_port_range", "40000 40010").unwrap(), "32768 60999");
            assert_eq!(get("ip_local_port_range").unwrap(), "40000 40010");
            let names: Vec<_> =
                changed().iter().map(|c| (c.setting.name, c.value.clone())).collect();
            assert_eq!(
                names,
                [("tcp_sack", "0".to_owned()), ("ip_local_port_range", "40000 40010".to_owned())]
            );
        });
    }

    #[test]
    fn the_kernel_takes_every_value_that_is_offered() {
        on_private_network(|network| {
            for setting in SETTINGS {
                assert_eq!(values(setting)[0], setting.default, "{}", setting.name);
                for value in values(setting) {
                    match set(network, setting.name, &value) {
                        Ok(_) => assert_eq!(get(setting.name).unwrap(), value, "{}", setting.name),
                        // Too old a kernel.
                        Err(SettingError::Absent { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        });
    }

    #[test]
    fn settings_outside_the_table_have_their_full_names_too() {
        on_private_network(|network| {
            assert_eq!(set(network, "net.ipv4.conf.lo.accept_local", "1").unwrap(), "0");
            assert_eq!(get("net.ipv4.conf.lo.accept_local").unwrap(), "1");
            assert_eq!(set(network, "tcp_base_mss", "1000").unwrap(), "1024");
        });
    }

    #[test]
    fn a_value_that_the_kernel_rejects_leaves_what_was_there() {
        on_private_network(|network| {
            for value in ["x", "", "-1", "99999999999999999999"] {
                let error = set(network, "tcp_syn_retries", value).unwrap_err();
                assert_eq!(
                    error.to_string(),
                    format!("tcp_syn_retries does not take {value:?}: it holds \"6\"")
                );
            }
            set(network, "tcp_rmem", "8192 much more").unwrap_err();
            assert_eq!(changed(), []);
        });
    }

    #[test]
    fn what_belongs_to_the_whole_machine_cannot_be_changed() {
        on_private_network(|network| {
            let error = set(network, "tcp_ehash_entries", "1").unwrap_err();
            assert!(matches!(error, SettingError::Denied { .. }), "{error}");
        });
    }

    #[test]
    fn the_hosts_settings_are_left_alone() {
        in_child(|| {
            let network = enter(Choice::Host);
            let error = set(&network, "tcp_sack", "0").unwrap_err();
            assert_eq!(error, SettingError::HostNetwork { name: "tcp_sack".to_owned() });
        });
    }

    #[test]
    fn a_mistyped_name_brings_the_likely_ones() {
        let error = get("tcp_sacks").unwrap_err().to_string();
        assert!(
            error.starts_with("no setting is called tcp_sacks: did you mean tcp_sack"),
            "{error}"
        );
        assert!(get("sack").unwrap_err().to_string().ends_with("did you mean tcp_sack?"));
        assert_eq!(get("weather").unwrap_err().to_string(), "no setting is called weather");
    }

    #[test]
    fn names_never_lead_out_of_the_networks_directories() {
        for name in ["../core/somaxconn", "net.kernel.hostname", "net.ipv4...x", "net.", "", "a/b"]
        {
            assert!(matches!(get(name), Err(SettingError::Unknown { .. })), "{name}");
        }
    }

    #[test]
    fn the_table_names_each_setting_once_and_briefly() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            assert!(SETTINGS[..index].iter().all(|other| other.name != setting.name));
            assert!(setting.about.len() <= 100, "{}: {}", setting.name, setting.about.len());
        }
    }
}
