//! `lo` as on an Ethernet: up, MTU 1500, and no segments larger than that.

use std::{fs, io};

use super::fallback::{Failure, Step};
use super::raw;

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
    for whose in ["all", "lo"] {
        // A host that has switched IPv6 off must not take ::1 from the lab.
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{whose}/disable_ipv6"), "0");
    }
    raw::link_up("lo").map_err(at(Step::LinkUp))
}
