//! Where each socket is, as the kernel last said: what a rule's `from NAME` means.

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::packet::Packet;
use crate::trace::{Address, SocketId};

/// The addresses of sockets, closed ones too: their connections may still speak.
#[derive(Debug, Default)]
pub(super) struct Places {
    places: HashMap<SocketId, Place>,
    connected: HashMap<(SocketAddr, SocketAddr), SocketId>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    local: SocketAddr,
    peer: Option<SocketAddr>,
}

impl Places {
    /// Most sockets that are remembered.
    const MOST: usize = 65_536;

    /// The kernel says where a socket is.
    pub fn note(&mut self, socket: SocketId, local: Option<&Address>, peer: Option<&Address>) {
        let Some(local) = local.and_then(Address::ip).map(canonical) else { return };
        let peer = peer.and_then(Address::ip).map(canonical);
        if self.places.len() >= Self::MOST {
            self.clear();
        }
        if let Some(peer) = peer {
            self.connected.insert((local, peer), socket);
        }
        self.places.insert(socket, Place { local, peer });
    }

    /// Whether that socket has an address.
    pub fn knows(&self, socket: SocketId) -> bool {
        self.places.contains_key(&socket)
    }

    /// The socket whose connection a segment is sent on.
    pub fn sender(&self, packet: &Packet) -> Option<SocketId> {
        let Packet::Tcp(segment) = packet else { return None };
        self.connected.get(&(segment.src, segment.dst)).copied()
    }

    /// Whether a packet comes from that socket. From a listener come the packets of those that
    /// it accepts too.
    pub fn is_from(&self, socket: SocketId, packet: &Packet) -> bool {
        let Some(place) = self.places.get(&socket) else { return false };
        let (src, dst) = match packet {
            Packet::Tcp(segment) => (segment.src, segment.dst),
            Packet::Udp(datagram) => (datagram.src, datagram.dst),
            Packet::Icmp(_) | Packet::Other(_) => return false,
        };
        let local = place.local;
        src.port() == local.port()
            && (local.ip().is_unspecified() || local.ip() == src.ip())
            && place.peer.is_none_or(|peer| peer == dst)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.places.clear();
        self.connected.clear();
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
