//! Why packets can't be taken, and what would help.

use std::fmt;
use std::io;

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
    pub(super) fn new(step: Step, error: &io::Error) -> Obstacle {
        Obstacle { step, errno: error.raw_os_error().unwrap_or(libc::EIO) }
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

fn one_line(tried: &[(Method, Obstacle)]) -> String {
    let each: Vec<_> = tried.iter().map(|(_, obstacle)| obstacle.to_string()).collect();
    each.join("; ")
}
