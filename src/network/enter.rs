//! Which network we get.

use super::fallback::{Failure, Fallback, Step, error_words};
use super::invoker::{Invoker, Keep};
use super::namespace::{self, Way};
use super::settings;

/// Which network was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A network of our own; the host's where that can't be had.
    Private,
    /// The host's.
    Host,
}

/// Which network we are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A network namespace of our own: nothing but `lo`, and nobody else on it.
    Private,
    /// The network on which the program was started.
    Host,
}

/// The network we are on, and what did not go as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Which.
    pub kind: Kind,
    /// Why it is the host's although a private one was asked for.
    pub fallback: Option<Fallback>,
    /// Settings that the lab relies on and that the kernel refused, such as where `/proc/sys` is
    /// read-only. Empty on the host's network, whose settings are left alone.
    pub refused: Vec<settings::Refused>,
}

impl Network {
    /// Whether the network is our own.
    pub fn is_private(&self) -> bool {
        match self.kind {
            Kind::Private => true,
            Kind::Host => false,
        }
    }

    /// What the learner should be told about it: nothing if all is as asked for.
    pub fn notices(&self) -> Vec<String> {
        let fallback = self.fallback.iter().flat_map(|fallback| {
            let which = match self.kind {
                Kind::Private => "The private network is incomplete",
                Kind::Host => "No private network",
            };
            [format!("{which}: {}.", fallback.reason()), format!("  Help: {}", fallback.remedy())]
        });
        let refused = self.refused.first().map(|first| {
            let why = error_words(first.errno);
            let others = match self.refused.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            format!(
                "The kernel's settings stay as the host has them: {}{others}: {why}.",
                first.name
            )
        });
        fallback.chain(refused).collect()
    }
}

/// Enters the network that was asked for. Must be called before the process starts a thread.
///
/// Started by `sudo`, the process first becomes the user behind it again. On the host's network it
/// then keeps only `CAP_NET_RAW`, for the capture; on a private one, what the lab needs there.
/// A real root stays root.
pub fn enter(choice: Choice) -> Network {
    let invoker = Invoker::behind_sudo();
    let fallback = match choice {
        Choice::Host => None,
        Choice::Private => match first_that_works(invoker.as_ref()) {
            Ok(way) => match namespace::build(way, invoker.as_ref()) {
                Ok(()) => return private(invoker.as_ref()),
                Err(failure) => Some(Fallback::of(failure)),
            },
            Err(failure) => Some(Fallback::of(failure)),
        },
    };
    let stepped_down = invoker
        .map_or(Ok(()), |invoker| invoker.become_user(Keep::Capture).map(|()| invoker.take_home()));
    let still_root = |error| Fallback::of(Failure::new(Step::User, &error));
    let fallback = fallback.or(stepped_down.err().map(still_root));
    Network { kind: Kind::Host, fallback, refused: Vec::new() }
}

fn private(invoker: Option<&Invoker>) -> Network {
    if let Some(invoker) = invoker {
        invoker.take_home();
    }
    Network { kind: Kind::Private, fallback: None, refused: settings::apply_defaults() }
}

/// The first way that works in a child; the last way's failure if none does.
fn first_that_works(invoker: Option<&Invoker>) -> Result<Way, Failure> {
    let (first, others) = Way::possible(invoker.is_some());
    let rehearse = |way| namespace::rehearse(way, invoker).map(|()| way);
    others.iter().fold(rehearse(first), |outcome, other| outcome.or_else(|_| rehearse(*other)))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::network::raw;
    use crate::network::testing::{in_child, on_private_network};

    /// A user namespace without rights in which no other may be made.
    #[cfg(target_os = "linux")]
    fn without_user_namespaces() {
        if raw::effective_ids().0 == 0 {
            raw::set_ids(65534, 65534, None).unwrap();
        }
        namespace::user_namespace().unwrap();
        std::fs::write("/proc/sys/user/max_user_namespaces", "0").unwrap();
        namespace::keep_only(Keep::Nothing).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn where_it_is_refused_the_host_s_network_still_works_and_the_notice_says_why() {
        in_child(|| {
            without_user_namespaces();
            let network = enter(Choice::Private);
            assert_eq!(network.kind, Kind::Host);
            assert_eq!(
                network.notices(),
                [
                    "No private network: unshare: ENOSPC, No space left on device: \
                     user.max_user_namespaces allows no more.",
                    "  Help: sudo sysctl user.max_user_namespaces=10000",
                ]
            );
        });
    }

    #[test]
    fn asked_for_the_host_s_network_it_has_nothing_to_say() {
        in_child(|| {
            let network = enter(Choice::Host);
            assert_eq!((network.kind, network.notices()), (Kind::Host, Vec::new()));
        });
    }

    #[test]
    fn settings_that_were_refused_are_counted_in_one_line() {
        let refused = |name| settings::Refused { name, errno: libc::EROFS };
        let network = Network {
            kind: Kind::Private,
            fallback: None,
            refused: vec![refused("tcp_sack"), refused("tcp_dsack"), refused("tcp_ecn")],
        };
        assert_eq!(
            network.notices(),
            ["The kernel's settings stay as the host has them: tcp_sack and 2 more: \
              EROFS, Read-only file system."]
        );
    }

    #[test]
    fn on_a_private_network_every_port_is_ours() {
        on_private_network(|network| {
            assert_eq!(network.refused, []);
            for address in ["127.0.0.1:80", "127.9.8.7:1", "[::1]:443"] {
                let server = TcpListener::bind(address).unwrap();
                TcpStream::connect(address).unwrap();
                drop(server);
            }
        });
    }

    #[test]
    fn files_still_belong_to_the_user() {
        on_private_network(|_| {
            use std::os::unix::fs::MetadataExt;
            let file = tempfile::NamedTempFile::new().unwrap();
            assert_eq!(file.as_file().metadata().unwrap().uid(), raw::effective_ids().0);
        });
    }

    #[test]
    fn what_the_lab_needs_is_passed_on_to_its_programs() {
        on_private_network(|_| {
            let status = std::process::Command::new("cat").arg("/proc/self/status").output();
            let status = String::from_utf8(status.unwrap().stdout).unwrap();
            let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:\t")).unwrap();
            let effective = u64::from_str_radix(effective, 16).unwrap();
            let (bind, admin, raw) = (1 << 10, 1 << 12, 1 << 13);
            assert_eq!(effective & (bind | admin | raw), bind | admin | raw);
        });
    }

    #[test]
    fn once_a_thread_runs_an_unprivileged_process_falls_back_and_says_so() {
        in_child(|| {
            let root = raw::effective_ids().0 == 0;
            let thread = std::thread::spawn(std::thread::park);
            // Root needs no user namespace, so threads don't hinder it.
            let network = enter(Choice::Private);
            assert_eq!(network.is_private(), root);
            if let Some(fallback) = &network.fallback {
                assert!(fallback.reason().contains("threads"), "{}", fallback.reason());
            }
            thread.thread().unpark();
            thread.join().unwrap();
        });
    }
}
