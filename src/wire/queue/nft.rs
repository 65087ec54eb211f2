//! What nftables is told (`linux/netfilter/nf_tables.h`): batches of messages, and the expressions of
//! which rules consist.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::wire::netlink::{Messages, Writer};
use crate::wire::raw;

/// A family of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
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
}

/// A message of a batch that the kernel refused; then it did nothing of the batch.
#[derive(Debug)]
pub struct Refused {
    /// Which message, counted from 0.
    pub message: usize,
    pub errno: i32,
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> io::Error {
        io::Error::from_raw_os_error(refused.errno)
    }
}

const CREATE: i32 = libc::NLM_F_ACK | libc::NLM_F_CREATE;
const APPEND: i32 = CREATE | libc::NLM_F_APPEND;

/// Messages that the kernel follows all or none of.
#[derive(Debug)]
pub struct Batch {
    table: &'static str,
    messages: Vec<Writer>,
}

impl Batch {
    /// A batch about that table.
    pub fn about(table: &'static str) -> Batch {
        Batch { table, messages: Vec::new() }
    }

    fn message(
        &mut self,
        family: Family,
        kind: i32,
        flags: i32,
        attributes: impl FnOnce(&mut Writer),
    ) {
        let mut writer = Writer::default();
        let sequence = self.messages.len() as u32 + 1;
        writer.message(message_kind(kind), flags, sequence, |w| {
            w.netfilter_header(family.number(), 0);
            // NFTA_TABLE_NAME, NFTA_CHAIN_TABLE and NFTA_RULE_TABLE are one number.
            w.text(TABLE_NAME, self.table);
            attributes(w);
        });
        self.messages.push(writer);
    }

    /// The table, new or as it is.
    pub fn table(&mut self, family: Family) {
        self.message(family, libc::NFT_MSG_NEWTABLE, CREATE, |_| {});
    }

    /// Away with the table and all that is in it.
    pub fn delete_table(&mut self, family: Family) {
        self.message(family, libc::NFT_MSG_DELTABLE, libc::NLM_F_ACK, |_| {});
    }

    /// A chain, new or as it is.
    pub fn chain(&mut self, family: Family, name: &str) {
        self.message(family, libc::NFT_MSG_NEWCHAIN, CREATE, |w| w.text(CHAIN_NAME, name));
    }

    /// A chain, new or as it is, through which all packets go before they are routed.
    pub fn prerouting_chain(&mut self, family: Family, name: &str) {
        self.message(family, libc::NFT_MSG_NEWCHAIN, CREATE, |w| {
            w.text(CHAIN_NAME, name);
            w.nested(CHAIN_HOOK, |w| {
                w.big_endian(HOOK_NUMBER, PREROUTING);
                w.big_endian(HOOK_PRIORITY, 0);
            });
            w.text(CHAIN_TYPE, "filter");
        });
    }

    /// A rule at the end of a chain.
    pub fn rule(&mut self, family: Family, chain: &str, expressions: impl FnOnce(&mut Writer)) {
        self.message(family, libc::NFT_MSG_NEWRULE, APPEND, |w| {
            w.text(RULE_CHAIN, chain);
            w.nested(RULE_EXPRESSIONS, expressions);
        });
    }

    /// Takes all rules out of a chain.
    pub fn flush(&mut self, family: Family, chain: &str) {
        self.message(family, libc::NFT_MSG_DELRULE, libc::NLM_F_ACK, |w| {
            w.text(RULE_CHAIN, chain);
        });
    }

    /// Has the kernel do it.
    pub fn commit(self, socket: &OwnedFd) -> Result<(), Refused> {
        let failed = |error: io::Error| Refused {
            message: 0,
            errno: error.raw_os_error().unwrap_or(libc::EIO),
        };
        let mut all = Writer::default();
        let about = |w: &mut Writer| w.netfilter_header(0, libc::NFNL_SUBSYS_NFTABLES as u16);
        all.message(libc::NFNL_MSG_BATCH_BEGIN as u16, 0, 0, about);
        for message in &self.messages {
            all.raw(message.bytes());
        }
        let last = self.messages.len() as u32 + 1;
        all.message(libc::NFNL_MSG_BATCH_END as u16, 0, last, about);
        raw::send(socket.as_fd(), all.bytes()).map_err(failed)?;
        // The kernel has done it, or not, when the write returns: its answers wait.
        let mut buffer = vec![0; 16 << 10];
        let mut answered = false;
        let mut refused = None;
        while let Some(length) = raw::receive(socket.as_fd(), &mut buffer).map_err(failed)? {
            for answer in Messages(buffer.get(..length).unwrap_or_default()) {
                let Some(errno) = answer.verdict() else { continue };
                answered = true;
                if errno != 0 && refused.is_none() {
                    let message = (answer.sequence as usize).saturating_sub(1);
                    refused = Some(Refused { message, errno });
                }
            }
        }
        match refused {
            Some(refused) => Err(refused),
            None if answered => Ok(()),
            None => Err(Refused { message: 0, errno: libc::EBADMSG }),
        }
    }
}

fn message_kind(kind: i32) -> u16 {
    (libc::NFNL_SUBSYS_NFTABLES << 8 | kind) as u16
}

/// One expression of a rule.
pub fn expression(w: &mut Writer, name: &str, data: impl FnOnce(&mut Writer)) {
    w.nested(LIST_ELEMENT, |w| {
        w.text(EXPRESSION_NAME, name);
        w.nested(EXPRESSION_DATA, data);
    });
}

/// Something that is known of a packet → register 1.
pub fn load_meta(w: &mut Writer, key: u32) {
    expression(w, "meta", |w| {
        w.big_endian(META_TO_REGISTER, 1);
        w.big_endian(META_KEY, key);
    });
}

/// The first byte of the transport header → register 1: an ICMP message's type.
pub fn load_first_byte_of_transport(w: &mut Writer) {
    expression(w, "payload", |w| {
        w.big_endian(PAYLOAD_TO_REGISTER, 1);
        w.big_endian(PAYLOAD_BASE, TRANSPORT_HEADER);
        w.big_endian(PAYLOAD_OFFSET, 0);
        w.big_endian(PAYLOAD_LENGTH, 1);
    });
}

/// `enum nft_cmp_ops`
#[derive(Debug, Clone, Copy)]
pub enum Comparison {
    Equal = 0,
    AtMost = 3,
}

/// Register 1 must compare so, or the rule ends here.
pub fn compare(w: &mut Writer, comparison: Comparison, with: &[u8]) {
    expression(w, "cmp", |w| {
        w.big_endian(COMPARE_REGISTER, 1);
        w.big_endian(COMPARE_OPERATION, comparison as u32);
        w.nested(COMPARE_DATA, |w| w.attribute(DATA_VALUE, with));
    });
}

/// Ends the rule with a verdict, or a jump to that chain.
pub fn verdict(w: &mut Writer, code: u32, chain: Option<&str>) {
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
const CHAIN_NAME: u16 = 3;
const CHAIN_HOOK: u16 = 4;
const CHAIN_TYPE: u16 = 7;
const HOOK_NUMBER: u16 = 1;
const HOOK_PRIORITY: u16 = 2;
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

/// `NFT_META_MARK`
pub const META_MARK: u32 = 3;
/// `NFT_META_L4PROTO`
pub const META_PROTOCOL: u32 = 16;
/// `NFT_PAYLOAD_TRANSPORT_HEADER`
const TRANSPORT_HEADER: u32 = 2;
/// `NFT_JUMP`
pub const JUMP: u32 = -3_i32 as u32;
/// `NF_INET_PRE_ROUTING`
const PREROUTING: u32 = 0;
