//! The marker: a datagram to ourselves over loopback. Once the capture has shown it, it has shown
//! everything that was sent before.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use crate::wire::exempt;

/// A UDP socket that talks only to itself.
#[derive(Debug)]
pub(super) struct Marker {
    socket: UdpSocket,
    address: SocketAddr,
    nonce: u64,
}

impl Marker {
    /// Opens it on a port of the kernel's choice. On a private network it passes by the wire.
    pub(super) fn open(private: bool) -> io::Result<Marker> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = socket.local_addr()?;
        socket.connect(address)?;
        socket.set_nonblocking(true)?;
        if private {
            // A kernel that refuses has no wire either.
            let _ = exempt(&socket);
        }
        Ok(Marker { socket, address, nonce: 0 })
    }

    /// Sends the next marker and returns its number.
    pub(super) fn send(&mut self) -> io::Result<u64> {
        self.nonce += 1;
        let mut drained = [0; 8];
        while self.socket.recv(&mut drained).is_ok() {}
        self.socket.send(&self.nonce.to_be_bytes())?;
        Ok(self.nonce)
    }

    /// The number in a captured frame, if it is a marker of ours. The frame is Ethernet's, the
    /// packet IPv4's without options, for we sent it.
    pub(super) fn number_in(&self, frame: &[u8]) -> Option<u64> {
        const UDP: usize = 14 + 20;
        let port = self.address.port().to_be_bytes();
        let is_ours = frame.len() >= UDP + 16
            && frame.get(12..14)? == [0x08, 0x00]
            && frame.get(14)? == &0x45
            && frame.get(23)? == &17
            && frame.get(UDP..UDP + 2)? == port
            && frame.get(UDP + 2..UDP + 4)? == port;
        let number = frame.get(UDP + 8..UDP + 16).filter(|_| is_ours)?;
        Some(u64::from_be_bytes(number.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_someone_else_is_no_marker() {
        let marker = Marker::open(false).unwrap();
        assert_eq!(marker.number_in(&[0; 60]), None);
        assert_eq!(marker.number_in(&[]), None);
    }

    #[test]
    fn a_marker_carries_its_number() {
        let marker = Marker::open(false).unwrap();
        let mut frame = vec![0; 14 + 20 + 8];
        frame[12] = 0x08;
        frame[14] = 0x45;
        frame[23] = 17;
        frame[34..36].copy_from_slice(&marker.address.port().to_be_bytes());
        frame[36..38].copy_from_slice(&marker.address.port().to_be_bytes());
        frame.extend(77u64.to_be_bytes());
        assert_eq!(marker.number_in(&frame), Some(77));
    }
}
