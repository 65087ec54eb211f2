//! The ways to take packets.

use std::fmt;

use super::{Interposer, Obstacle};
use crate::network::Network;

/// A way to take packets off lo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// netfilter's packet queue, filled by nftables' expression `queue`.
    Queue,
    /// The same queue, filled by the target `NFQUEUE` of iptables within nftables.
    Target,
    /// No queue: what traffic control drops on lo's way in is copied before by a packet socket, and
    /// sent again when it is accepted.
    Ingress,
}

impl Method {
    /// All, the best first.
    pub const ALL: [Method; 3] = [Method::Queue, Method::Target, Method::Ingress];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Queue => "nftables queue",
            Method::Target => "nftables with NFQUEUE",
            Method::Ingress => "tc ingress",
        })
    }
}

/// Tries each method, and takes nothing. Fails while packets are being taken: there can be only one
/// on a network.
pub fn probe(network: &Network) -> Vec<(Method, Result<(), Obstacle>)> {
    let try_it = |method| (method, Interposer::open_with(network, method).map(drop));
    Method::ALL.into_iter().map(try_it).collect()
}
