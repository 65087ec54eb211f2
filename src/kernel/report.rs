//! What sock_diag says of one socket.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use super::TcpInfo;
use crate::tcp::outlook::{Timer, TimerKind};
use crate::trace::{KernelCode, KernelEnd};

/// `struct inet_diag_msg` of include/uapi/linux/inet_diag.h, typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// This end's address. An IPv4-mapped one is given as IPv4, which is what is on the wire.
    pub local: SocketAddr,
    /// The other end's; `None` for a listener.
    pub peer: Option<SocketAddr>,
    /// Whether the socket is of `AF_INET6`, even if it speaks IPv4.
    pub ipv6: bool,
    /// Its state.
    pub state: KernelCode,
    /// The timer that runs.
    pub timer: Option<Timer>,
    /// Bytes that the program hasn't read; of a listener, connections that nobody has accepted.
    pub recv_queue: u32,
    /// Bytes that the peer hasn't acknowledged; of a listener, its backlog.
    pub send_queue: u32,
    /// Who owns it.
    pub uid: u32,
    /// Its inode; 0 when no descriptor refers to it: nobody has accepted it, or it is closed.
    pub inode: u32,
    /// `TCP_INFO`, where the socket still has it.
    pub info: Option<TcpInfo>,
    /// The name of its congestion control.
    pub congestion: Option<String>,
    /// How full its buffers are.
    pub memory: Option<Memory>,
    /// Tells this socket from a later one with the same addresses.
    pub(super) cookie: [u8; 8],
    pub(super) interface: u32,
}

/// How full a socket's buffers are (sock_diag(7), `INET_DIAG_SKMEMINFO`): bytes, the kernel's own
/// bookkeeping included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// What has come and isn't read takes so much.
    pub received: u32,
    /// The receive buffer: `SO_RCVBUF`.
    pub receive_buffer: u32,
    /// What isn't acknowledged takes so much.
    pub queued: u32,
    /// The send buffer: `SO_SNDBUF`.
    pub send_buffer: u32,
}

const FIN_WAIT_2: u8 = 5;
const LISTEN: u8 = 10;

/// Length of `struct inet_diag_msg`.
const FIXED: usize = 72;
/// `INET_DIAG_INFO`, `INET_DIAG_CONG`, `INET_DIAG_SKMEMINFO`
const INFO: u16 = 2;
const CONGESTION: u16 = 4;
const MEMORY: u16 = 7;

/// What a question asks for besides: a bit for each attribute.
pub(super) const ASKED: u8 = (1 << (INFO - 1)) | (1 << (CONGESTION - 1)) | (1 << (MEMORY - 1));

impl Report {
    /// Whether it listens.
    pub fn listens(&self) -> bool {
        self.state.0 == LISTEN
    }

    /// How long until TIME-WAIT, or an orphan's FIN-WAIT-2, ends.
    pub fn expires(&self) -> Option<Duration> {
        let timer = self.timer?;
        match timer.kind {
            TimerKind::TimeWait => Some(timer.left),
            TimerKind::KeepAlive if self.inode == 0 && self.state.0 == FIN_WAIT_2 => {
                Some(timer.left)
            }
            TimerKind::KeepAlive | TimerKind::Retransmit | TimerKind::Persist => None,
        }
    }

    /// The fact that it is.
    pub fn fact(&self) -> KernelEnd {
        KernelEnd {
            local: self.local,
            peer: self.peer,
            state: Some(self.state),
            expires_ms: self
                .expires()
                .map(|left| u32::try_from(left.as_millis()).unwrap_or(u32::MAX)),
        }
    }

    /// Reads a message's body; `None` if it is cut short.
    pub(super) fn from_bytes(body: &[u8]) -> Option<Report> {
        let fixed = body.get(..FIXED)?;
        let ipv6 = i32::from(fixed[0]) == libc::AF_INET6;
        let interface = u32_at(fixed, 40)?;
        let address = |ip: usize, port: usize| {
            let port = u16::from_be_bytes([fixed[port], fixed[port + 1]]);
            address(fixed.get(ip..ip + 16)?, ipv6, port, interface)
        };
        let (local, peer) = (address(8, 4)?, address(24, 6)?);
        let left = Duration::from_millis(u64::from(u32_at(fixed, 52)?));
        let kind = match fixed[2] {
            1 => Some(TimerKind::Retransmit),
            2 => Some(TimerKind::KeepAlive),
            3 => Some(TimerKind::TimeWait),
            4 => Some(TimerKind::Persist),
            _ => None,
        };
        Some(Report {
            local,
            peer: (fixed[1] != LISTEN && peer.port() != 0).then_some(peer),
            ipv6,
            state: KernelCode(fixed[1]),
            timer: kind.map(|kind| Timer { kind, left, retransmits: fixed[3] }),
            recv_queue: u32_at(fixed, 56)?,
            send_queue: u32_at(fixed, 60)?,
            uid: u32_at(fixed, 64)?,
            inode: u32_at(fixed, 68)?,
            info: attribute(&body[FIXED..], INFO).map(TcpInfo::from_bytes),
            congestion: attribute(&body[FIXED..], CONGESTION).map(word),
            memory: attribute(&body[FIXED..], MEMORY).and_then(memory),
            cookie: fixed[44..52].try_into().ok()?,
            interface,
        })
    }
}

/// A name that ends with a zero byte.
fn word(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// `SK_MEMINFO_` of include/uapi/linux/sock_diag.h.
fn memory(bytes: &[u8]) -> Option<Memory> {
    Some(Memory {
        received: u32_at(bytes, 0)?,
        receive_buffer: u32_at(bytes, 4)?,
        send_buffer: u32_at(bytes, 12)?,
        queued: u32_at(bytes, 20)?,
    })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn address(bytes: &[u8], ipv6: bool, port: u16, interface: u32) -> Option<SocketAddr> {
    if !ipv6 {
        let four: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
        return Some((Ipv4Addr::from(four), port).into());
    }
    let sixteen: [u8; 16] = bytes.try_into().ok()?;
    let ip = Ipv6Addr::from(sixteen);
    Some(match IpAddr::V6(ip).to_canonical() {
        IpAddr::V4(v4) => (v4, port).into(),
        IpAddr::V6(_) => {
            let scope = if ip.is_unicast_link_local() { interface } else { 0 };
            SocketAddrV6::new(ip, port, 0, scope).into()
        }
    })
}

/// The payload of the netlink attribute of that type.
fn attribute(mut bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let len = usize::from(u16::from_ne_bytes([*bytes.first()?, *bytes.get(1)?]));
        let kind = u16::from_ne_bytes([*bytes.get(2)?, *bytes.get(3)?]);
        let payload = bytes.get(4..len)?;
        if kind == wanted {
            return Some(payload);
        }
        bytes = bytes.get(len.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Vec<u8> {
        let mut body = vec![0; FIXED];
        body[0] = libc::AF_INET6 as u8;
        body[1] = 6;
        body[2] = 3;
        body[4..8].copy_from_slice(&[0x22, 0xc3, 0x9c, 0x40]);
        body[18..24].copy_from_slice(&[0xff, 0xff, 127, 0, 0, 1]);
        body[34..40].copy_from_slice(&[0xff, 0xff, 127, 0, 0, 2]);
        body[52..56].copy_from_slice(&59_000u32.to_ne_bytes());
        let mut info = vec![0; 8];
        info[0..2].copy_from_slice(&8u16.to_ne_bytes());
        info[2..4].copy_from_slice(&INFO.to_ne_bytes());
        info[4] = 6;
        [body, info].concat()
    }

    #[test]
    fn mapped_addresses_are_told_as_ipv4() {
        let report = Report::from_bytes(&message()).unwrap();
        assert_eq!(report.local, "127.0.0.1:8899".parse().unwrap());
        assert_eq!(report.peer, Some("127.0.0.2:40000".parse().unwrap()));
        assert!(report.ipv6);
        assert_eq!(report.fact().expires_ms, Some(59_000));
        assert_eq!(report.info.unwrap().state, 6);
    }

    #[test]
    fn a_message_cut_short_anywhere_is_no_report_or_one_without_info() {
        let whole = message();
        for len in 0..whole.len() {
            let report = Report::from_bytes(&whole[..len]);
            assert_eq!(report.is_some(), len >= FIXED);
            assert!(report.is_none_or(|report| report.info.is_none()));
        }
    }

    #[test]
    fn an_attribute_of_length_zero_ends_the_search() {
        assert_eq!(attribute(&[0; 64], INFO), None);
    }
}
