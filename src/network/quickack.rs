//! Immediate ACKs on the private network, by the metric `quickack` of the routes to ourselves
//! (`ip-route(8)`): with it the kernel doesn't delay an ACK by up to 40 ms in the hope of data to
//! carry it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Network;

/// Why immediate ACKs could not be switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuickAckError {
    /// The lab is on the host's network.
    #[error("quickack is a route's metric on the host's network, which sockscope leaves alone")]
    HostNetwork,
    /// The kernel refused the route.
    #[error("the route can't be changed: {}", std::io::Error::from_raw_os_error(*.errno))]
    Refused {
        /// What the kernel said.
        errno: i32,
    },
}

/// Switches immediate ACKs on or off for all loopback addresses. Only on a private network; there
/// it starts off, as on any Linux. It holds from the next segment on, for open connections too.
pub fn quickack(network: &Network, on: bool) -> Result<(), QuickAckError> {
    if !network.is_private() {
        return Err(QuickAckError::HostNetwork);
    }
    replace_routes(on).map_err(|error| QuickAckError::Refused {
        errno: error.raw_os_error().unwrap_or(libc::EIO),
    })
}

/// A route of the kernel's own to addresses that are ours.
#[derive(Debug, Clone, Copy)]
struct LocalRoute {
    to: IpAddr,
    prefix: u8,
}

const ROUTES: [LocalRoute; 3] = [
    LocalRoute { to: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), prefix: 8 },
    LocalRoute { to: IpAddr::V4(Ipv4Addr::LOCALHOST), prefix: 32 },
    LocalRoute { to: IpAddr::V6(Ipv6Addr::LOCALHOST), prefix: 128 },
];

#[cfg(not(target_os = "linux"))]
fn replace_routes(_on: bool) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
fn replace_routes(on: bool) -> std::io::Result<()> {
    use super::rtnetlink;
    let lo = super::raw::device_index(c"lo")?;
    for route in ROUTES {
        match rtnetlink::request(&message::replace(route, lo, on)) {
            // No IPv6 here: then nothing to do for it.
            Err(error)
                if route.to.is_ipv6() && !matches!(error.raw_os_error(), Some(libc::EPERM)) => {}
            done => done?,
        }
        if route.to.is_ipv6() {
            // The kernel's own route to ::1 has metric 0, which nobody else may use: ours counts only
            // once that one is gone.
            let _ = rtnetlink::request(&message::delete_kernels(route, lo));
        }
    }
    Ok(())
}

/// Messages about routes.
#[cfg(target_os = "linux")]
mod message {
    use std::net::{IpAddr, Ipv4Addr};

    use super::LocalRoute;
    use crate::network::rtnetlink::{attribute, framed};

    /// `RTAX_QUICKACK` of `linux/rtnetlink.h`
    const RTAX_QUICKACK: u16 = 15;
    /// `RTA_METRICS` of `linux/rtnetlink.h`
    const RTA_METRICS: u16 = 8;

    /// `ip route replace local TO/PREFIX dev lo table local [quickack 1]`
    pub fn replace(route: LocalRoute, device: u32, quickack: bool) -> Vec<u8> {
        let mut attributes = common(route, device);
        // IPv4's takes the kernel's place; IPv6's stands beside it, told apart by its protocol.
        let protocol = match route.to {
            IpAddr::V4(_) => {
                attribute(&mut attributes, libc::RTA_PREFSRC, &Ipv4Addr::LOCALHOST.octets());
                libc::RTPROT_KERNEL
            }
            IpAddr::V6(_) => libc::RTPROT_STATIC,
        };
        if quickack {
            let mut metrics = Vec::new();
            attribute(&mut metrics, RTAX_QUICKACK, &1_u32.to_ne_bytes());
            attribute(&mut attributes, RTA_METRICS, &metrics);
        }
        let flags = libc::NLM_F_CREATE | libc::NLM_F_REPLACE;
        framed(libc::RTM_NEWROUTE, flags, &header(route, protocol), &attributes)
    }

    /// `ip route del local TO/PREFIX dev lo table local proto kernel`
    pub fn delete_kernels(route: LocalRoute, device: u32) -> Vec<u8> {
        let header = header(route, libc::RTPROT_KERNEL);
        framed(libc::RTM_DELROUTE, 0, &header, &common(route, device))
    }

    fn common(route: LocalRoute, device: u32) -> Vec<u8> {
        let mut attributes = Vec::new();
        match route.to {
            IpAddr::V4(to) => attribute(&mut attributes, libc::RTA_DST, &to.octets()),
            IpAddr::V6(to) => attribute(&mut attributes, libc::RTA_DST, &to.octets()),
        }
        attribute(&mut attributes, libc::RTA_OIF, &device.to_ne_bytes());
        attributes
    }

    /// `struct rtmsg`
    fn header(route: LocalRoute, protocol: u8) -> [u8; 12] {
        let (family, scope) = match route.to {
            IpAddr::V4(_) => (libc::AF_INET, libc::RT_SCOPE_HOST),
            IpAddr::V6(_) => (libc::AF_INET6, libc::RT_SCOPE_UNIVERSE),
        };
        let mut header = [0; 12];
        header[..2].copy_from_slice(&[family as u8, route.prefix]);
        header[4..8].copy_from_slice(&[libc::RT_TABLE_LOCAL, protocol, scope, libc::RTN_LOCAL]);
        header
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::network::testing::on_private_network;
    use crate::network::{Choice, enter};

    /// How long a second write waits for the ACK of the first, by Nagle's rule, on a connection
    /// on which the receiver has answered before and so expects to answer again.
    fn wait_for_ack(address: &str) -> Duration {
        let listener = TcpListener::bind(address).unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let mut byte = [0];
        for _ in 0..3 {
            client.write_all(b"?").unwrap();
            server.read_exact(&mut byte).unwrap();
            server.write_all(b"!").unwrap();
            client.read_exact(&mut byte).unwrap();
        }
        let start = Instant::now();
        client.write_all(b"1").unwrap();
        client.write_all(b"2").unwrap();
        server.read_exact(&mut byte).unwrap();
        server.read_exact(&mut byte).unwrap();
        start.elapsed()
    }

    #[test]
    fn with_quickack_no_ack_is_delayed_and_without_it_is_as_before() {
        on_private_network(|network| {
            for address in ["127.0.0.1:8899", "127.1.2.3:8899", "[::1]:8899"] {
                for on in [true, false, true] {
                    quickack(network, on).unwrap();
                    // The kernel's shortest delay of an ACK is 40 ms.
                    let waited = wait_for_ack(address);
                    assert_eq!(waited < Duration::from_millis(25), on, "{address}: {waited:?}");
                }
            }
        });
    }

    #[test]
    fn the_hosts_routes_are_left_alone() {
        crate::network::testing::in_child(|| {
            assert_eq!(quickack(&enter(Choice::Host), true), Err(QuickAckError::HostNetwork));
        });
    }
}
