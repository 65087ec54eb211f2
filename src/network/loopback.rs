//! `lo` as on an Ethernet: up, MTU 1500, and no segments larger than that.

use std::{fs, io};

use super::fallback::{Failure, Step};
use super::{raw, rtnetlink};

/// Bytes: as on Ethernet, so that 1448 bytes of data make a segment.
const MTU: i32 = 1500;

/// Commands of `linux/ethtool.h` that switch off the offloads which make one huge packet of many
/// segments.
const OFFLOADS: [u32; 3] = [ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO];
const ETHTOOL_STSO: u32 = 0x1f;
const ETHTOOL_SGSO: u32 = 0x24;
const ETHTOOL_SGRO: u32 = 0x2c;

/// Sets up `lo` of the network namespace that this process is in.
pub fn set_up() -> Result<(), Failure> {
    let at = |step| move |error: io::Error| Failure::new(step, &error);
    raw::set_mtu("lo", MTU).map_err(at(Step::Mtu))?;
    for command in OFFLOADS {
        raw::ethtool_set("lo", command, 0).map_err(at(Step::Offloads))?;
    }
    // Kernels before 4.16 can't; there a PSH may stand in the middle of what one send() sent.
    let _ = one_segment_at_a_time();
    for whose in ["all", "lo"] {
        // A host that has switched IPv6 off must not take ::1 from the lab.
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{whose}/disable_ipv6"), "0");
    }
    raw::link_up("lo").map_err(at(Step::LinkUp))
}

/// TCP hands each segment over by itself. It puts several together even where the device has no
/// offloads, for the kernel to cut them apart behind TCP: as many as suit the measured round-trip
/// time, with a PSH on the last (`tcp_tso_autosize()` and `__tcp_transmit_skb()` in
/// `net/ipv4/tcp_output.c`). Then the flags would depend on how fast the lab was.
fn one_segment_at_a_time() -> io::Result<()> {
    /// Of `linux/if_link.h`.
    const IFLA_GSO_MAX_SEGS: u16 = 40;
    let lo = raw::device_index(c"lo")?;
    let mut attributes = Vec::new();
    rtnetlink::attribute(&mut attributes, IFLA_GSO_MAX_SEGS, &1_u32.to_ne_bytes());
    // `struct ifinfomsg`: only its index counts here.
    let mut about = [0; 16];
    about[4..8].copy_from_slice(&lo.to_ne_bytes());
    rtnetlink::request(&rtnetlink::framed(libc::RTM_NEWLINK, 0, &about, &attributes))
}
