//! What traffic control is told (`rtnetlink(7)`, `tc-bpf(8)`, `linux/pkt_sched.h`).

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::filter::Instruction;
use crate::wire::netlink::{Messages, Writer};
use crate::wire::obstacle::{Obstacle, Step};
use crate::wire::raw;

/// What a filter returns for a packet to be dropped: `TC_ACT_SHOT`.
pub const DROP: u32 = 2;

/// The qdisc `clsact` on lo. Dropping it takes it away, its filter too.
#[derive(Debug)]
pub struct TrafficControl {
    socket: OwnedFd,
    device: u32,
}

impl TrafficControl {
    /// Adds the qdisc, and sees whether it takes a filter.
    pub fn open(device: u32) -> Result<TrafficControl, Obstacle> {
        let at = |step| move |error: io::Error| Obstacle::new(step, &error);
        let socket = raw::netlink_socket(libc::NETLINK_ROUTE).map_err(at(Step::Qdisc))?;
        let traffic_control = TrafficControl { socket, device };
        traffic_control
            .request(libc::RTM_NEWQDISC, libc::NLM_F_CREATE, QDISC, |w| w.text(KIND, "clsact"))
            .map_err(at(Step::Qdisc))?;
        traffic_control.filter(&super::filter::nothing()).map_err(at(Step::Filter))?;
        traffic_control.remove_filter().map_err(at(Step::Filter))?;
        Ok(traffic_control)
    }

    /// Lets this program decide about all packets on their way in.
    pub fn filter(&self, program: &[Instruction]) -> io::Result<()> {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_REPLACE;
        self.request(libc::RTM_NEWTFILTER, flags, FILTER, |w| {
            w.text(KIND, "bpf");
            w.nested(OPTIONS, |w| {
                w.attribute(BPF_LENGTH, &(program.len() as u16).to_ne_bytes());
                w.attribute(BPF_PROGRAM, &bytes(program));
                w.attribute(BPF_FLAGS, &PROGRAM_DECIDES.to_ne_bytes());
            });
        })
    }

    /// Lets all packets in.
    pub fn remove_filter(&self) -> io::Result<()> {
        self.request(libc::RTM_DELTFILTER, 0, FILTER, |_| {})
    }

    fn request(
        &self,
        kind: u16,
        flags: i32,
        about: Object,
        attributes: impl FnOnce(&mut Writer),
    ) -> io::Result<()> {
        let mut writer = Writer::default();
        writer.message(kind, flags | libc::NLM_F_ACK, 0, |w| {
            // struct tcmsg
            w.raw(&[0; 4]);
            w.raw(&self.device.to_ne_bytes());
            w.raw(&about.handle.to_ne_bytes());
            w.raw(&about.parent.to_ne_bytes());
            w.raw(&about.info.to_ne_bytes());
            attributes(w);
        });
        raw::send(self.socket.as_fd(), writer.bytes())?;
        let mut answer = vec![0; 8 << 10];
        let length = raw::receive(self.socket.as_fd(), &mut answer)?.unwrap_or(0);
        match Messages(answer.get(..length).unwrap_or_default()).find_map(|m| m.verdict()) {
            Some(0) => Ok(()),
            Some(errno) => Err(io::Error::from_raw_os_error(errno)),
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

impl Drop for TrafficControl {
    fn drop(&mut self) {
        // Nothing can be done about one that stays; it is gone with the network.
        let _ = self.request(libc::RTM_DELQDISC, 0, QDISC, |_| {});
    }
}

fn bytes(program: &[Instruction]) -> Vec<u8> {
    let one = |i: &Instruction| {
        let mut bytes = i.code.to_ne_bytes().to_vec();
        bytes.extend([i.jump_true, i.jump_false]);
        bytes.extend(i.operand.to_ne_bytes());
        bytes
    };
    program.iter().flat_map(one).collect()
}

/// What a message is about, in the words of `struct tcmsg`.
#[derive(Debug, Clone, Copy)]
struct Object {
    handle: u32,
    parent: u32,
    info: u32,
}

/// `TC_H_CLSACT`, which has a handle of its own.
const QDISC: Object = Object { handle: 0xffff_0000, parent: 0xffff_fff1, info: 0 };

/// The only filter at `TC_H_MIN_INGRESS`: priority 1, all protocols.
const FILTER: Object = Object {
    handle: 1,
    parent: 0xffff_fff2,
    info: 1 << 16 | (libc::ETH_P_ALL as u16).to_be() as u32,
};

/// `TCA_KIND`, `TCA_OPTIONS`
const KIND: u16 = 1;
const OPTIONS: u16 = 2;
/// `TCA_BPF_OPS_LEN`, `TCA_BPF_OPS`, `TCA_BPF_FLAGS`
const BPF_LENGTH: u16 = 4;
const BPF_PROGRAM: u16 = 5;
const BPF_FLAGS: u16 = 8;
/// `TCA_BPF_FLAG_ACT_DIRECT`: what the program returns is the verdict.
const PROGRAM_DECIDES: u32 = 1;
