//! Why packets can't be taken, and what would help.

use std::fmt;

use super::Method;
use crate::trace::errno;

/// A step on the way to taking packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// This is not Linux.
    Platform,
    /// The lab is on the host's network.
    HostNetwork,
    /// A netlink socket to netfilter.
    NetfilterSocket,
    /// Becoming the reader of the packet queue.
    Queue,
    /// An nftables table and its chains.
    Table,
    /// The nftables expression `queue`.
    QueueExpression,
    /// The iptables target `NFQUEUE` within nftables.
    QueueTarget,
    /// A packet socket on `lo`.
    PacketSocket,
    /// Being the only one on this network that takes packets.
    Lock,
    /// The qdisc `clsact` on `lo`.
    Qdisc,
    /// Its classic BPF filter.
    Filter,
    /// The settings of `lo` with which the kernel accepts packets from a packet socket.
    Settings,
    /// The thread that reads.
    Thread,
}

/// A step that failed and the error it failed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obstacle {
    /// Which step.
    pub step: Step,
    /// Its errno.
    pub errno: i32,
}

impl Obstacle {
    #[cfg(target_os = "linux")]
    pub(super) fn new(step: Step, error: &std::io::Error) -> Obstacle {
        Obstacle { step, errno: error.raw_os_error().unwrap_or(libc::EIO) }
    }
}

impl Obstacle {
    /// One line: what would help.
    pub fn remedy(&self) -> &'static str {
        match (self.step, self.errno) {
            (Step::Platform, _) => "run it in a Linux virtual machine",
            (Step::HostNetwork, _) => "start sockscope without --network host",
            (Step::Lock, _) => "end the other sockscope on this network",
            (Step::Settings, _) => "make /proc/sys writable; in Docker: docker run --privileged",
            (Step::Thread, _) => "allow more threads: ulimit -u",
            (_, libc::EPERM | libc::EACCES) => "it takes CAP_NET_ADMIN and CAP_NET_RAW",
            (Step::NetfilterSocket, _) => "sudo modprobe nfnetlink",
            (Step::Queue, _) => "sudo modprobe nfnetlink_queue",
            (Step::Table, _) => "sudo modprobe nf_tables",
            (Step::QueueExpression, _) => "sudo modprobe nft_queue",
            (Step::QueueTarget, _) => "sudo modprobe -a nft_compat xt_NFQUEUE",
            (Step::PacketSocket, _) => "sudo modprobe af_packet",
            (Step::Qdisc, _) => "sudo modprobe sch_ingress",
            (Step::Filter, _) => "sudo modprobe cls_bpf",
        }
    }
}

/// One line: the step and its error.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Platform => return f.write_str("taking packets needs Linux"),
            Step::HostNetwork => {
                return f.write_str("on the host's network, whose packets sockscope leaves alone");
            }
            Step::NetfilterSocket => "a netlink socket to netfilter",
            Step::Queue => "netfilter's packet queue",
            Step::Table => "an nftables table",
            Step::QueueExpression => "nftables' expression `queue`",
            Step::QueueTarget => "the target NFQUEUE within nftables",
            Step::PacketSocket => "a packet socket on lo",
            Step::Lock => "being the only one who takes packets",
            Step::Qdisc => "the qdisc clsact on lo",
            Step::Filter => "its classic BPF filter",
            Step::Settings => "the settings of lo",
            Step::Thread => "a thread for it",
        };
        write!(f, "{step}: {}, {}", errno::name(self.errno), errno::text(self.errno))
    }
}

/// Why there is no way to take packets: each that was tried, and where it ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("packets can't be taken: {}", one_line(.tried))]
pub struct Unavailable {
    /// Each method, in the order in which they were tried.
    pub tried: Vec<(Method, Obstacle)>,
}

impl Unavailable {
    /// One line: what would help, one of these.
    pub fn remedy(&self) -> String {
        each_once(self.tried.iter().map(|(_, obstacle)| obstacle.remedy().to_owned())).join(" or ")
    }
}

fn one_line(tried: &[(Method, Obstacle)]) -> String {
    each_once(tried.iter().map(|(_, obstacle)| obstacle.to_string())).join("; ")
}

/// In their order.
fn each_once(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for line in lines {
        if !seen.contains(&line) {
            seen.push(line);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable(tried: [(Step, i32); 3]) -> Unavailable {
        let obstacles = tried.map(|(step, errno)| Obstacle { step, errno });
        Unavailable { tried: Method::ALL.into_iter().zip(obstacles).collect() }
    }

    #[test]
    fn each_methods_obstacle_is_named_and_what_would_help() {
        let why = unavailable([
            (Step::QueueExpression, libc::ENOENT),
            (Step::QueueTarget, libc::ENOENT),
            (Step::Qdisc, libc::EOPNOTSUPP),
        ]);
        assert_eq!(
            why.to_string(),
            "packets can't be taken: nftables' expression `queue`: ENOENT, No such file or \
             directory; the target NFQUEUE within nftables: ENOENT, No such file or directory; \
             the qdisc clsact on lo: EOPNOTSUPP, Operation not supported"
        );
        assert_eq!(
            why.remedy(),
            "sudo modprobe nft_queue or sudo modprobe -a nft_compat xt_NFQUEUE or \
             sudo modprobe sch_ingress"
        );
    }

    #[test]
    fn one_obstacle_for_all_is_said_once() {
        let why = unavailable([(Step::HostNetwork, libc::EPERM); 3]);
        assert_eq!(
            why.to_string(),
            "packets can't be taken: on the host's network, whose packets sockscope leaves alone"
        );
        assert_eq!(why.remedy(), "start sockscope without --network host");
    }
}
