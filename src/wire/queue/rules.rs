//! The nftables rules that hand packets to the queue, without the `nft` program.
//!
//! ```text
//!  chain gate (hook prerouting)             chain take
//!    mark 0xdd           accept
//!    tcp, udp, icmp(v6)  jump take    ─────►  queue 0
//! ```
//!
//! In `prerouting`, not `input`: there fragments of IPv4 come one by one, as the capture sees them.
//! To release, the rules go and the chain stays: the kernel throws away all packets that are queued
//! when a chain loses its hook.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::nft::{
    Batch, Comparison, Family, JUMP, META_MARK, META_PROTOCOL, compare, expression,
    load_first_byte_of_transport, load_meta, verdict,
};
use crate::wire::netlink::Writer;
use crate::wire::obstacle::{Obstacle, Step};
use crate::wire::{EXEMPT, ICMPV6_ECHO_REPLY, raw};

/// How a rule hands a packet to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// The expression `queue` (`CONFIG_NFT_QUEUE`).
    Expression,
    /// The target `NFQUEUE` of iptables (`CONFIG_NFT_COMPAT`, `CONFIG_NETFILTER_XT_TARGET_NFQUEUE`).
    Target,
}

/// The rules of one lab. Dropping it takes them away.
#[derive(Debug)]
pub struct Rules {
    socket: OwnedFd,
}

/// Each has a table. One of `inet` would do for both, but not every kernel lets it have targets of
/// iptables.
fn families() -> &'static [Family] {
    if Path::new("/proc/net/if_inet6").exists() { &[Family::V4, Family::V6] } else { &[Family::V4] }
}

const TABLE: &str = "sockscope";
const GATE: &str = "gate";
const TAKE: &str = "take";

impl Rules {
    /// Makes the table and the chain that takes. No packet comes there yet.
    pub fn prepare(take: Take) -> Result<Rules, Obstacle> {
        let at = |step| move |error: io::Error| Obstacle::new(step, &error);
        let socket =
            raw::netlink_socket(libc::NETLINK_NETFILTER).map_err(at(Step::NetfilterSocket))?;
        let rules = Rules { socket };
        for family in families() {
            let mut batch = Batch::about(TABLE);
            // The first two are for what a lab that was killed may have left on this network.
            batch.table(*family);
            batch.delete_table(*family);
            batch.table(*family);
            batch.chain(*family, TAKE);
            let rule = 4;
            batch.rule(*family, TAKE, |w| take.expression(w));
            batch.commit(&rules.socket).map_err(|refused| {
                let step = if refused.message == rule { take.step() } else { Step::Table };
                Obstacle { step, errno: refused.errno }
            })?;
        }
        Ok(rules)
    }

    /// From now on packets are taken.
    pub fn engage(&self) -> io::Result<()> {
        let mut batch = Batch::about(TABLE);
        for family in families() {
            batch.prerouting_chain(*family, GATE);
            batch.flush(*family, GATE);
            batch.rule(*family, GATE, |w| {
                load_meta(w, META_MARK);
                compare(w, Comparison::Equal, &EXEMPT.to_ne_bytes());
                verdict(w, libc::NF_ACCEPT as u32, None);
            });
            for protocol in [libc::IPPROTO_TCP, libc::IPPROTO_UDP] {
                batch.rule(*family, GATE, |w| {
                    load_meta(w, META_PROTOCOL);
                    compare(w, Comparison::Equal, &[protocol as u8]);
                    verdict(w, JUMP, Some(TAKE));
                });
            }
            batch.rule(*family, GATE, |w| {
                load_meta(w, META_PROTOCOL);
                match family {
                    Family::V4 => compare(w, Comparison::Equal, &[libc::IPPROTO_ICMP as u8]),
                    Family::V6 => {
                        compare(w, Comparison::Equal, &[libc::IPPROTO_ICMPV6 as u8]);
                        load_first_byte_of_transport(w);
                        compare(w, Comparison::AtMost, &[ICMPV6_ECHO_REPLY]);
                    }
                }
                verdict(w, JUMP, Some(TAKE));
            });
        }
        Ok(batch.commit(&self.socket)?)
    }

    /// From now on packets pass by. Those in the queue stay there.
    pub fn release(&self) -> io::Result<()> {
        let mut batch = Batch::about(TABLE);
        for family in families() {
            batch.flush(*family, GATE);
        }
        Ok(batch.commit(&self.socket)?)
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        for family in families() {
            let mut batch = Batch::about(TABLE);
            batch.delete_table(*family);
            // Nothing can be done about a table that stays; it is gone with the network.
            let _ = batch.commit(&self.socket);
        }
    }
}

impl Take {
    fn step(self) -> Step {
        match self {
            Take::Expression => Step::QueueExpression,
            Take::Target => Step::QueueTarget,
        }
    }

    /// Queue 0; where nobody reads it, packets pass by.
    fn expression(self, w: &mut Writer) {
        match self {
            Take::Expression => expression(w, "queue", |w| {
                w.attribute(QUEUE_NUMBER, &0_u16.to_be_bytes());
                w.attribute(QUEUE_TOTAL, &1_u16.to_be_bytes());
                w.attribute(QUEUE_FLAGS, &QUEUE_BYPASS.to_be_bytes());
            }),
            Take::Target => expression(w, "target", |w| {
                w.text(TARGET_NAME, "NFQUEUE");
                w.big_endian(TARGET_REVISION, 2);
                // struct xt_NFQ_info_v2: queue number, number of queues, bypass; aligned to eight.
                let info = [0_u16, 1, 1, 0].map(u16::to_ne_bytes).concat();
                w.attribute(TARGET_INFO, &info);
            }),
        }
    }
}

// Numbers of `linux/netfilter/nf_tables.h`, by the names that they have there after `NFTA_`.
const QUEUE_NUMBER: u16 = 1;
const QUEUE_TOTAL: u16 = 2;
const QUEUE_FLAGS: u16 = 3;
const TARGET_NAME: u16 = 1;
const TARGET_REVISION: u16 = 2;
const TARGET_INFO: u16 = 3;
/// `NFT_QUEUE_FLAG_BYPASS`
const QUEUE_BYPASS: u16 = 1;
