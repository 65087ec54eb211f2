//! Building the private network, step by step.

use std::fs;
use std::io::{self, Read, Write};

use caps::{CapSet, Capability, CapsHashSet};

use super::fallback::{Failure, Step};
use super::invoker::{Invoker, Keep};
use super::{loopback, raw};

/// Rooms of the established-connections table: a dump by sock_diag walks all of it, so the host's
/// hundreds of thousands would cost half a millisecond each time.
const ESTABLISHED_TABLE: &str = "1024";

/// A way to a network of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A user namespace too: needs no rights.
    UserNamespace,
    /// A network namespace alone: needs root. Files of all users stay within root's reach.
    Root,
}

impl Way {
    /// The ways that this process can try, in order: the first, and the others.
    pub fn possible(sudo: bool) -> (Way, &'static [Way]) {
        match (raw::effective_ids().0 == 0, sudo) {
            (true, false) => (Way::Root, &[Way::UserNamespace]),
            (true, true) => (Way::UserNamespace, &[Way::Root]),
            (false, _) => (Way::UserNamespace, &[]),
        }
    }
}

/// Tries `way` in a forked child and says which step failed.
pub fn rehearse(way: Way, invoker: Option<&Invoker>) -> Result<(), Failure> {
    let forked = |error: io::Error| Failure::new(Step::Fork, &error);
    let (mut from_child, mut to_parent) = io::pipe().map_err(forked)?;
    let status = raw::in_child(|| match build(way, invoker) {
        Ok(()) => 0,
        Err(failure) => {
            let _ = to_parent.write_all(&failure.to_bytes());
            1
        }
    })
    .map_err(forked)?;
    drop(to_parent);
    let mut bytes = [0; 5];
    match (status, from_child.read_exact(&mut bytes)) {
        (0, _) => Ok(()),
        (_, Ok(())) => Err(Failure::from_bytes(bytes)),
        (_, Err(error)) => Err(forked(error)),
    }
}

/// Goes `way`, up to a network with `lo` up. Settings come after.
pub fn build(way: Way, invoker: Option<&Invoker>) -> Result<(), Failure> {
    match (way, invoker) {
        (Way::UserNamespace, invoker) => {
            if let Some(invoker) = invoker {
                let become_user = invoker.become_user(Keep::Nothing);
                become_user.map_err(|error| Failure::new(Step::User, &error))?;
            }
            user_namespace()?;
            small_tables()?;
            loopback::set_up()?;
            let kept = keep_only(Keep::Lab);
            kept.map_err(|error| Failure::new(Step::Capabilities, &error))
        }
        (Way::Root, invoker) => {
            unshare(raw::Anew::Network)?;
            small_tables()?;
            loopback::set_up()?;
            let become_user = invoker.map_or(Ok(()), |invoker| invoker.become_user(Keep::Lab));
            become_user.map_err(|error| Failure::new(Step::User, &error))
        }
    }
}

fn unshare(anew: raw::Anew) -> Result<(), Failure> {
    raw::unshare(anew).map_err(|error| Failure::new(Step::Unshare, &error))
}

/// A user namespace with our own ids mapped to themselves, and a network namespace that it owns.
/// Not to root: programs that drop root when they see it (tcpdump does) would fail.
pub(super) fn user_namespace() -> Result<(), Failure> {
    let (uid, gid) = raw::effective_ids();
    raw::set_dumpable();
    unshare(raw::Anew::UserAndNetwork)?;
    for (step, file, line) in [
        (Step::Setgroups, "/proc/self/setgroups", "deny".to_owned()),
        (Step::UidMap, "/proc/self/uid_map", format!("{uid} {uid} 1")),
        (Step::GidMap, "/proc/self/gid_map", format!("{gid} {gid} 1")),
    ] {
        fs::write(file, line).map_err(|error| Failure::new(step, &error))?;
    }
    Ok(())
}

/// Moves on to a network namespace with connection tables of its own, where the kernel has them
/// (Linux 6.1).
fn small_tables() -> Result<(), Failure> {
    match fs::write("/proc/sys/net/ipv4/tcp_child_ehash_entries", ESTABLISHED_TABLE) {
        Ok(()) => unshare(raw::Anew::Network),
        Err(_) => Ok(()),
    }
}

/// Gives up every capability but these; what the lab needs is passed on to programs it starts
/// (`capabilities(7)`, ambient). Root in its own user namespace stays root.
pub fn keep_only(keep: Keep) -> io::Result<()> {
    let (wanted, ambient): (&[Capability], bool) = match keep {
        Keep::Nothing => (&[], false),
        Keep::Capture => (&[Capability::CAP_NET_RAW], false),
        Keep::Lab => (
            &[Capability::CAP_NET_RAW, Capability::CAP_NET_ADMIN, Capability::CAP_NET_BIND_SERVICE],
            true,
        ),
    };
    if raw::effective_ids().0 == 0 {
        return Ok(());
    }
    let wanted: CapsHashSet = wanted.iter().copied().collect();
    let refused = |_| io::Error::last_os_error();
    let permitted = caps::read(None, CapSet::Permitted).map_err(refused)?;
    let wanted: CapsHashSet = wanted.intersection(&permitted).copied().collect();
    let inherited = if ambient { wanted.clone() } else { CapsHashSet::new() };
    caps::set(None, CapSet::Inheritable, &inherited).map_err(refused)?;
    caps::set(None, CapSet::Effective, &wanted).map_err(refused)?;
    caps::set(None, CapSet::Permitted, &wanted).map_err(refused)?;
    caps::set(None, CapSet::Ambient, &inherited).map_err(refused)
}
