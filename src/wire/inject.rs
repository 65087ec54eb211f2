//! Putting packets on lo: with a packet socket (`packet(7)`), below IP.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::obstacle::{Obstacle, Step};
use super::raw;
use super::tag::{FrameTag, address_of};

/// Sends packets on lo.
#[derive(Debug)]
pub(super) struct Injector {
    socket: OwnedFd,
    device: u32,
}

impl Injector {
    pub fn open() -> Result<Injector, Obstacle> {
        let at = |step| move |error: io::Error| Obstacle::new(step, &error);
        let socket = raw::sending_packet_socket().map_err(at(Step::PacketSocket))?;
        let device = raw::loopback_index().map_err(at(Step::PacketSocket))?;
        Ok(Injector { socket, device })
    }

    /// Puts an IP packet on lo, as it is. The receiver's kernel has heard it when this returns,
    /// unless it is taken.
    pub fn send(&self, packet: &[u8], tag: FrameTag) -> io::Result<()> {
        let ethertype: u16 = match packet.first().map(|first| first >> 4) {
            Some(4) => 0x0800,
            Some(6) => 0x86dd,
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "not an IP packet")),
        };
        let mut frame = Vec::with_capacity(14 + packet.len());
        frame.extend([0; 6]);
        frame.extend(address_of(tag));
        frame.extend(ethertype.to_be_bytes());
        frame.extend(packet);
        raw::send_frame(self.socket.as_fd(), self.device, &frame)
    }
}

impl AsFd for Injector {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// A socket's packet on lo carries its route with it; one from a packet socket doesn't, and then
/// IPv4 distrusts addresses that are our own (`ip-sysctl.rst`). This makes it trust them on lo.
pub(super) fn let_in() -> io::Result<()> {
    for (setting, value) in [
        ("lo/route_localnet", "1"),
        ("lo/accept_local", "1"),
        // The higher of the two counts.
        ("lo/rp_filter", "0"),
        ("all/rp_filter", "0"),
    ] {
        let file = format!("/proc/sys/net/ipv4/conf/{setting}");
        if fs::read_to_string(&file)?.trim() != value {
            fs::write(&file, value)?;
        }
    }
    Ok(())
}
