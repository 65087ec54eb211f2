//! The nftables rules that hand packets to the queue, without the `nft` program.
//!
//! ```text
//!  chain gate (hook prerouting)             chain take
//!    mark 0xdd           accept               counter
//!    tcp, udp, icmp(v6)  jump take    ─────►  queue 0
//! ```
//!
//! In `prerouting`, not `input`: there fragments of IPv4 come one by one, as the capture sees them.
//! To release, the rules go and the chain stays: the kernel throws away all packets that are queued
//! when a chain loses its hook.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use super::netlink::{Messages, Writer};
use super::obstacle::{Obstacle, Step};
use super::{EXEMPT, raw};

/// How a rule hands a packet to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// The expression `queue` (`CONFIG_NFT_QUEUE`).
    Expression,
    /// The target `NFQUEUE` of iptables (`CONFIG_NFT_COMPAT`, `CONFIG_NETFILTER_XT_TARGET_NFQUEUE`).
    Target,
}

/// The rules of one lab. Dropping it takes them away.
#[derive(Debug)]
pub(super) struct Rules {
    socket: OwnedFd,
    families: &'static [Family],
}

/// A family of tables. One table of `inet` would do for both, but not every kernel lets it have
/// targets of iptables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    /// `NFPROTO_IPV4`, `NFPROTO_IPV6`
    fn number(self) -> u8 {
        match self {
            Family::V4 => 2,
            Family::V6 => 10,
        }
    }

    fn here() -> &'static [Family] {
        if Path::new("/proc/net/if_inet6").exists() {
            &[Family::V4, Family::V6]
        } else {
            &[Family::V4]
        }
    }
}

const TABLE: &str = "sockscope";
const GATE: &str = "gate";
const TAKE: &str = "take";

const CREATE: i32 = libc::NLM_F_ACK | libc::NLM_F_CREATE;
const APPEND: i32 = CREATE | libc::NLM_F_APPEND;

impl Rules {
    /// Makes the table and the chain that takes. No packet comes there yet.
    pub fn prepare(take: Take) -> Result<Rules, Obstacle> {
        let at = |step| move |error: io::Error| Obstacle::new(step, &error);
        let socket =
            raw::netlink_socket(libc::NETLINK_NETFILTER).map_err(at(Step::NetfilterSocket))?;
        let rules = Rules { socket, families: Family::here() };
        for family in rules.families {
            let steps = [Step::Table, Step::Table, take.step()];
            let mut batch = Batch::default();
            batch.message(*family, libc::NFT_MSG_NEWTABLE, CREATE, |w| w.text(TABLE_NAME, TABLE));
            batch.message(*family, libc::NFT_MSG_NEWCHAIN, CREATE, |w| {
                w.text(CHAIN_TABLE, TABLE);
                w.text(CHAIN_NAME, TAKE);
            });
            batch.rule(*family, TAKE, |w| {
                expression(w, "counter", |_| {});
                take.expression(w);
            });
            batch.commit(&rules.socket).map_err(|refused| {
                let step = steps.get(refused.message).copied().unwrap_or(Step::Table);
                Obstacle { step, errno: refused.errno }
            })?;
        }
        Ok(rules)
    }

    /// From now on packets are taken.
    pub fn engage(&self) -> io::Result<()> {
        let mut batch = Batch::default();
        for family in self.families {
            batch.message(*family, libc::NFT_MSG_NEWCHAIN, CREATE, |w| {
                w.text(CHAIN_TABLE, TABLE);
                w.text(CHAIN_NAME, GATE);
                w.nested(CHAIN_HOOK, |w| {
                    w.big_endian(HOOK_NUMBER, PREROUTING);
                    w.big_endian(HOOK_PRIORITY, 0);
                });
                w.text(CHAIN_TYPE, "filter");
            });
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
                        compare(w, Comparison::AtMost, &[super::ICMPV6_ECHO_REPLY]);
                    }
                }
                verdict(w, JUMP, Some(TAKE));
            });
        }
        Ok(batch.commit(&self.socket)?)
    }

    /// From now on packets pass by. Those in the queue stay there.
    pub fn release(&self) -> io::Result<()> {
        let mut batch = Batch::default();
        for family in self.families {
            batch.flush(*family, GATE);
        }
        Ok(batch.commit(&self.socket)?)
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        for family in self.families {
            let mut batch = Batch::default();
            batch.message(*family, libc::NFT_MSG_DELTABLE, libc::NLM_F_ACK, |w| {
                w.text(TABLE_NAME, TABLE);
            });
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

/// A message of a batch that the kernel refused; then it did nothing of the batch.
#[derive(Debug)]
struct Refused {
    /// Which message, counted from 0.
    message: usize,
    errno: i32,
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> io::Error {
        io::Error::from_raw_os_error(refused.errno)
    }
}

/// Messages that the kernel follows all or none of.
#[derive(Debug, Default)]
struct Batch {
    messages: Vec<Writer>,
}

impl Batch {
    fn message(
        &mut self,
        family: Family,
        kind: i32,
        flags: i32,
        attributes: impl FnOnce(&mut Writer),
    ) {
        let mut writer = Writer::default();
        let kind = (libc::NFNL_SUBSYS_NFTABLES << 8 | kind) as u16;
        writer.message(kind, flags, self.messages.len() as u32 + 1, |w| {
            w.netfilter_header(family.number(), 0);
            attributes(w);
        });
        self.messages.push(writer);
    }

    fn rule(&mut self, family: Family, chain: &str, expressions: impl FnOnce(&mut Writer)) {
        self.message(family, libc::NFT_MSG_NEWRULE, APPEND, |w| {
            w.text(RULE_TABLE, TABLE);
            w.text(RULE_CHAIN, chain);
            w.nested(RULE_EXPRESSIONS, expressions);
        });
    }

    /// Takes all rules out of a chain.
    fn flush(&mut self, family: Family, chain: &str) {
        self.message(family, libc::NFT_MSG_DELRULE, libc::NLM_F_ACK, |w| {
            w.text(RULE_TABLE, TABLE);
            w.text(RULE_CHAIN, chain);
        });
    }

    fn commit(self, socket: &OwnedFd) -> Result<(), Refused> {
        let last = self.messages.len();
        let at = |message| {
            move |error: io::Error| Refused {
                message,
                errno: error.raw_os_error().unwrap_or(libc::EIO),
            }
        };
        let mut all = Writer::default();
        let bound = |w: &mut Writer| w.netfilter_header(0, libc::NFNL_SUBSYS_NFTABLES as u16);
        all.message(libc::NFNL_MSG_BATCH_BEGIN as u16, 0, 0, bound);
        for message in self.messages {
            all.raw(message.bytes());
        }
        all.message(libc::NFNL_MSG_BATCH_END as u16, 0, last as u32 + 1, bound);
        raw::send(socket.as_fd(), all.bytes()).map_err(at(0))?;
        // The kernel has done it, or not, when the write returns: its answers wait.
        let mut answers = vec![0; 16 << 10];
        let mut outcome = Err(Refused { message: last.saturating_sub(1), errno: libc::EBADMSG });
        while let Some(length) = raw::receive(socket.as_fd(), &mut answers).map_err(at(0))? {
            for answer in Messages(answers.get(..length).unwrap_or_default()) {
                let message = (answer.sequence as usize).saturating_sub(1);
                match (answer.verdict(), &outcome) {
                    (Some(0), Err(none)) if none.errno == libc::EBADMSG => outcome = Ok(()),
                    (Some(errno), Ok(())) if errno != 0 => {
                        outcome = Err(Refused { message, errno });
                    }
                    (Some(errno), Err(none)) if errno != 0 && none.errno == libc::EBADMSG => {
                        outcome = Err(Refused { message, errno });
                    }
                    (Some(_) | None, Ok(()) | Err(_)) => {}
                }
            }
        }
        outcome
    }
}

/// One expression of a rule.
fn expression(w: &mut Writer, name: &str, data: impl FnOnce(&mut Writer)) {
    w.nested(LIST_ELEMENT, |w| {
        w.text(EXPRESSION_NAME, name);
        w.nested(EXPRESSION_DATA, data);
    });
}

/// Something that is known of a packet → register 1.
fn load_meta(w: &mut Writer, key: u32) {
    expression(w, "meta", |w| {
        w.big_endian(META_TO_REGISTER, 1);
        w.big_endian(META_KEY, key);
    });
}

/// The first byte of the transport header → register 1: an ICMP message's type.
fn load_first_byte_of_transport(w: &mut Writer) {
    expression(w, "payload", |w| {
        w.big_endian(PAYLOAD_TO_REGISTER, 1);
        w.big_endian(PAYLOAD_BASE, TRANSPORT_HEADER);
        w.big_endian(PAYLOAD_OFFSET, 0);
        w.big_endian(PAYLOAD_LENGTH, 1);
    });
}

/// `enum nft_cmp_ops`
#[derive(Debug, Clone, Copy)]
enum Comparison {
    Equal = 0,
    AtMost = 3,
}

/// Register 1 must compare so, or the rule ends here.
fn compare(w: &mut Writer, comparison: Comparison, with: &[u8]) {
    expression(w, "cmp", |w| {
        w.big_endian(COMPARE_REGISTER, 1);
        w.big_endian(COMPARE_OPERATION, comparison as u32);
        w.nested(COMPARE_DATA, |w| w.attribute(DATA_VALUE, with));
    });
}

/// Ends the rule with a verdict, or a jump to that chain.
fn verdict(w: &mut Writer, code: u32, chain: Option<&str>) {
    expression(w, "immediate", |w| {
        w.big_endian(IMMEDIATE_REGISTER, 0);
        w.nested(IMMEDIATE_DATA, |w| {
            w.nested(DATA_VERDICT, |w| {
                w.big_endian(VERDICT_CODE, code);
                if let Some(chain) = chain {
                    w.text(VERDICT_CHAIN, chain);
                }
            });
        });
    });
}

// Numbers of `linux/netfilter/nf_tables.h`, by the names that they have there after `NFTA_`.
const TABLE_NAME: u16 = 1;
const CHAIN_TABLE: u16 = 1;
const CHAIN_NAME: u16 = 3;
const CHAIN_HOOK: u16 = 4;
const CHAIN_TYPE: u16 = 7;
const HOOK_NUMBER: u16 = 1;
const HOOK_PRIORITY: u16 = 2;
const RULE_TABLE: u16 = 1;
const RULE_CHAIN: u16 = 2;
const RULE_EXPRESSIONS: u16 = 4;
const LIST_ELEMENT: u16 = 1;
const EXPRESSION_NAME: u16 = 1;
const EXPRESSION_DATA: u16 = 2;
const DATA_VALUE: u16 = 1;
const DATA_VERDICT: u16 = 2;
const VERDICT_CODE: u16 = 1;
const VERDICT_CHAIN: u16 = 2;
const IMMEDIATE_REGISTER: u16 = 1;
const IMMEDIATE_DATA: u16 = 2;
const META_TO_REGISTER: u16 = 1;
const META_KEY: u16 = 2;
const PAYLOAD_TO_REGISTER: u16 = 1;
const PAYLOAD_BASE: u16 = 2;
const PAYLOAD_OFFSET: u16 = 3;
const PAYLOAD_LENGTH: u16 = 4;
const COMPARE_REGISTER: u16 = 1;
const COMPARE_OPERATION: u16 = 2;
const COMPARE_DATA: u16 = 3;
const QUEUE_NUMBER: u16 = 1;
const QUEUE_TOTAL: u16 = 2;
const QUEUE_FLAGS: u16 = 3;
const TARGET_NAME: u16 = 1;
const TARGET_REVISION: u16 = 2;
const TARGET_INFO: u16 = 3;

/// `NFT_QUEUE_FLAG_BYPASS`
const QUEUE_BYPASS: u16 = 1;
/// `NFT_META_MARK`
const META_MARK: u32 = 3;
/// `NFT_META_L4PROTO`
const META_PROTOCOL: u32 = 16;
/// `NFT_PAYLOAD_TRANSPORT_HEADER`
const TRANSPORT_HEADER: u32 = 2;
/// `NFT_JUMP`
const JUMP: u32 = -3_i32 as u32;
/// `NF_INET_PRE_ROUTING`
const PREROUTING: u32 = 0;
