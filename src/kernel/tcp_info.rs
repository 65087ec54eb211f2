//! `TCP_INFO` (tcp(7)): what the kernel tells of one connection, typed.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use crate::trace::KernelCode;

/// `struct tcp_info` of include/uapi/linux/tcp.h. What an older kernel doesn't tell is zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TcpInfo {
    /// The state, as the kernel numbers it; 0 if it told nothing.
    pub state: u8,
    /// Congestion state: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss.
    pub ca_state: u8,
    /// Retransmission timeouts since the last acknowledgement.
    pub retransmits: u8,
    /// Window probes that have had no answer.
    pub probes: u8,
    /// Times that the retransmission timeout was doubled.
    pub backoff: u8,
    /// Options that both ends agreed on (`TCPI_OPT_`): 1 timestamps, 2 SACK, 4 window scale, 8 ECN.
    pub options: u8,
    /// Shift of the windows that the peer says.
    pub snd_wscale: u8,
    /// Shift of the windows that this end says.
    pub rcv_wscale: u8,
    /// Retransmission timeout.
    pub rto: Duration,
    /// Delayed-ACK timeout.
    pub ato: Duration,
    /// Largest segment that this end sends now, in bytes.
    pub snd_mss: u32,
    /// Largest segment that has come, as estimated, in bytes.
    pub rcv_mss: u32,
    /// Segments that are not yet acknowledged; of a listener, connections in its queue.
    pub unacked: u32,
    /// Segments that are selectively acknowledged; of a listener, its backlog.
    pub sacked: u32,
    /// Segments that are believed lost.
    pub lost: u32,
    /// Segments that are in flight for the second time.
    pub retrans: u32,
    /// Time since data was sent last.
    pub last_data_sent: Duration,
    /// Time since data came last.
    pub last_data_recv: Duration,
    /// Time since an acknowledgement came last.
    pub last_ack_recv: Duration,
    /// Path MTU in bytes.
    pub pmtu: u32,
    /// Limit of the window that this end says, in bytes.
    pub rcv_ssthresh: u32,
    /// Smoothed round-trip time.
    pub rtt: Duration,
    /// Its variation.
    pub rttvar: Duration,
    /// Slow start ends here, in segments.
    pub snd_ssthresh: u32,
    /// Congestion window in segments.
    pub snd_cwnd: u32,
    /// Largest segment that this end asked for, in bytes.
    pub advmss: u32,
    /// Reordering that is tolerated, in segments.
    pub reordering: u32,
    /// Round-trip time as the receiver sees it.
    pub rcv_rtt: Duration,
    /// Space that the receive buffer is tuned for, in bytes.
    pub rcv_space: u32,
    /// Segments that were retransmitted, in all.
    pub total_retrans: u32,
    /// Pacing rate in bytes per second; `u64::MAX` for none.
    pub pacing_rate: u64,
    /// Bytes that were acknowledged; a SYN or FIN counts as one.
    pub bytes_acked: u64,
    /// Bytes that came in order; a FIN counts as one.
    pub bytes_received: u64,
    /// Segments that this end has sent. The SYN,ACK of an accepted connection isn't in it.
    pub segs_out: u32,
    /// Segments that have come.
    pub segs_in: u32,
    /// Bytes that wait to be sent for the first time.
    pub notsent_bytes: u32,
    /// Smallest round-trip time.
    pub min_rtt: Duration,
    /// Segments with data that have come.
    pub data_segs_in: u32,
    /// Segments with data that were sent.
    pub data_segs_out: u32,
    /// Bytes of data that were sent, retransmissions too.
    pub bytes_sent: u64,
    /// Bytes of data that were retransmitted.
    pub bytes_retrans: u64,
    /// Duplicates that the peer reported (RFC 2883).
    pub dsack_dups: u32,
    /// Segments that came out of order.
    pub rcv_ooopack: u32,
    /// The peer's window in bytes; `None` before Linux 5.4.
    pub snd_wnd: Option<u32>,
    /// This end's window in bytes; `None` before Linux 6.2.
    pub rcv_wnd: Option<u32>,
}

/// Room for what kernels tell today and will tell tomorrow; they cut to what is asked for.
const ROOM: usize = 512;

/// What the kernel tells of a TCP socket (tcp(7), `TCP_INFO`).
#[cfg(target_os = "linux")]
pub fn tcp_info(fd: impl AsFd) -> io::Result<TcpInfo> {
    let mut buffer = [0; ROOM];
    let len = super::raw::tcp_info(fd.as_fd(), &mut buffer)?;
    Ok(TcpInfo::from_bytes(&buffer[..len]))
}

/// What the kernel tells of a TCP socket: nothing here.
#[cfg(not(target_os = "linux"))]
pub fn tcp_info(_fd: impl AsFd) -> io::Result<TcpInfo> {
    Err(io::ErrorKind::Unsupported.into())
}

impl TcpInfo {
    /// Reads the kernel's struct, or as much as there is of it.
    pub fn from_bytes(bytes: &[u8]) -> TcpInfo {
        let mut whole = [0; ROOM];
        let len = bytes.len().min(ROOM);
        whole[..len].copy_from_slice(&bytes[..len]);
        let u32_at = |at: usize| {
            u32::from_ne_bytes([whole[at], whole[at + 1], whole[at + 2], whole[at + 3]])
        };
        let u64_at = |at: usize| {
            let (mut eight, from) = ([0; 8], &whole[at..at + 8]);
            eight.copy_from_slice(from);
            u64::from_ne_bytes(eight)
        };
        let micros = |at| Duration::from_micros(u64::from(u32_at(at)));
        let millis = |at| Duration::from_millis(u64::from(u32_at(at)));
        let scales = if cfg!(target_endian = "little") {
            (whole[6] & 15, whole[6] >> 4)
        } else {
            (whole[6] >> 4, whole[6] & 15)
        };
        TcpInfo {
            state: whole[0],
            ca_state: whole[1],
            retransmits: whole[2],
            probes: whole[3],
            backoff: whole[4],
            options: whole[5],
            snd_wscale: scales.0,
            rcv_wscale: scales.1,
            rto: micros(8),
            ato: micros(12),
            snd_mss: u32_at(16),
            rcv_mss: u32_at(20),
            unacked: u32_at(24),
            sacked: u32_at(28),
            lost: u32_at(32),
            retrans: u32_at(36),
            last_data_sent: millis(44),
            last_data_recv: millis(52),
            last_ack_recv: millis(56),
            pmtu: u32_at(60),
            rcv_ssthresh: u32_at(64),
            rtt: micros(68),
            rttvar: micros(72),
            snd_ssthresh: u32_at(76),
            snd_cwnd: u32_at(80),
            advmss: u32_at(84),
            reordering: u32_at(88),
            rcv_rtt: micros(92),
            rcv_space: u32_at(96),
            total_retrans: u32_at(100),
            pacing_rate: u64_at(104),
            bytes_acked: u64_at(120),
            bytes_received: u64_at(128),
            segs_out: u32_at(136),
            segs_in: u32_at(140),
            notsent_bytes: u32_at(144),
            min_rtt: micros(148),
            data_segs_in: u32_at(152),
            data_segs_out: u32_at(156),
            bytes_sent: u64_at(200),
            bytes_retrans: u64_at(208),
            dsack_dups: u32_at(216),
            rcv_ooopack: u32_at(224),
            snd_wnd: (len >= 232).then(|| u32_at(228)),
            rcv_wnd: (len >= 236).then(|| u32_at(232)),
        }
    }

    /// The state in the type that facts carry.
    pub fn code(&self) -> KernelCode {
        KernelCode(self.state)
    }

    /// Whether the socket has no connection and tries none.
    pub fn is_closed(&self) -> bool {
        self.state == CLOSE
    }

    /// The options that both ends agreed on: `ts`, `sack`, `ws`, `ecn`.
    pub fn agreed_options(&self) -> Vec<&'static str> {
        let names = [(1, "ts"), (2, "sack"), (4, "ws"), (8, "ecn")];
        let agreed = names.into_iter().filter(|(bit, _)| self.options & bit != 0);
        agreed.map(|(_, name)| name).collect()
    }

    /// Connections that nobody has accepted yet, and how many the backlog allows; for a listener.
    pub fn queue(&self) -> Option<(u32, u32)> {
        (self.state == LISTEN).then_some((self.unacked, self.sacked))
    }
}

/// `TCP_CLOSE` and `TCP_LISTEN` of include/net/tcp_states.h.
const CLOSE: u8 = 7;
const LISTEN: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_struct_leaves_the_rest_zero() {
        let mut bytes = vec![0; 104];
        bytes[0] = 1;
        bytes[68..72].copy_from_slice(&123u32.to_ne_bytes());
        let info = TcpInfo::from_bytes(&bytes);
        assert_eq!((info.state, info.rtt), (1, Duration::from_micros(123)));
        assert_eq!((info.segs_out, info.snd_wnd), (0, None));
        for len in 0..bytes.len() {
            TcpInfo::from_bytes(&bytes[..len]);
        }
    }

    #[test]
    fn a_longer_struct_is_read_as_far_as_it_is_known() {
        assert_eq!(TcpInfo::from_bytes(&vec![0xff; 4096]).segs_out, u32::MAX);
    }
}
