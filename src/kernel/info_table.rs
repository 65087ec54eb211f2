//! `TCP_INFO` as a table to read: C name, value, meaning.

use std::time::Duration;

use super::TcpInfo;
use crate::tcp::State;
use crate::tcp::outlook::Congestion;

impl TcpInfo {
    /// A line for each field: its C name, its value, what it means; at most 80 columns.
    pub fn table(&self) -> String {
        let lines: Vec<String> = self
            .rows()
            .into_iter()
            .map(|(name, value, meaning)| format!("  {name:<21} {value:>11}  {meaning}"))
            .collect();
        lines.join("\n")
    }

    fn rows(&self) -> Vec<(&'static str, String, &'static str)> {
        let listens = self.queue().is_some();
        let state = State::from_kernel(self.state).map_or("unknown", State::name);
        vec![
            ("tcpi_state", state.into(), "its state"),
            ("tcpi_ca_state", self.congestion_state().into(), "congestion state"),
            ("tcpi_retransmits", self.retransmits.to_string(), "timeouts since the last ACK"),
            ("tcpi_probes", self.probes.to_string(), "window probes without an answer"),
            ("tcpi_backoff", self.backoff.to_string(), "times the timeout was doubled"),
            ("tcpi_options", self.agreed(), "agreed options"),
            ("tcpi_snd_wscale", self.snd_wscale.to_string(), "shift of the peer's windows"),
            ("tcpi_rcv_wscale", self.rcv_wscale.to_string(), "shift of this end's windows"),
            ("tcpi_rto", time(self.rto), "retransmission timeout"),
            ("tcpi_ato", time(self.ato), "delayed-ACK timeout"),
            ("tcpi_snd_mss", self.snd_mss.to_string(), "bytes: largest segment sent"),
            ("tcpi_rcv_mss", self.rcv_mss.to_string(), "bytes: largest segment received, guessed"),
            (
                "tcpi_unacked",
                self.unacked.to_string(),
                if listens { "connections to accept" } else { "segments without an ACK yet" },
            ),
            (
                "tcpi_sacked",
                self.sacked.to_string(),
                if listens { "backlog" } else { "segments that SACK has acknowledged" },
            ),
            ("tcpi_lost", self.lost.to_string(), "segments believed lost"),
            ("tcpi_retrans", self.retrans.to_string(), "segments in flight again"),
            ("tcpi_last_data_sent", time(self.last_data_sent), "since data was sent"),
            ("tcpi_last_data_recv", time(self.last_data_recv), "since data came"),
            ("tcpi_last_ack_recv", time(self.last_ack_recv), "since an ACK came"),
            ("tcpi_pmtu", self.pmtu.to_string(), "bytes: path MTU"),
            (
                "tcpi_rcv_ssthresh",
                self.rcv_ssthresh.to_string(),
                "bytes: limit of this end's window",
            ),
            ("tcpi_rtt", time(self.rtt), "round-trip time, smoothed"),
            ("tcpi_rttvar", time(self.rttvar), "its variation"),
            ("tcpi_snd_ssthresh", self.slow_start_end(), "segments: slow start ends here"),
            ("tcpi_snd_cwnd", self.snd_cwnd.to_string(), "segments: congestion window"),
            ("tcpi_advmss", self.advmss.to_string(), "bytes: largest segment asked for"),
            ("tcpi_reordering", self.reordering.to_string(), "segments: reordering tolerated"),
            ("tcpi_rcv_rtt", time(self.rcv_rtt), "round-trip time as the receiver sees it"),
            (
                "tcpi_rcv_space",
                self.rcv_space.to_string(),
                "bytes: the receive buffer is tuned for",
            ),
            ("tcpi_total_retrans", self.total_retrans.to_string(), "retransmissions in all"),
            ("tcpi_bytes_acked", self.bytes_acked.to_string(), "bytes acknowledged by the peer"),
            ("tcpi_bytes_received", self.bytes_received.to_string(), "bytes received in order"),
            ("tcpi_segs_out", self.segs_out.to_string(), "segments sent"),
            ("tcpi_segs_in", self.segs_in.to_string(), "segments received"),
            ("tcpi_notsent_bytes", self.notsent_bytes.to_string(), "bytes waiting to be sent"),
            ("tcpi_min_rtt", self.least_rtt(), "smallest round-trip time"),
            ("tcpi_data_segs_in", self.data_segs_in.to_string(), "segments received with data"),
            ("tcpi_data_segs_out", self.data_segs_out.to_string(), "segments sent with data"),
            ("tcpi_bytes_sent", self.bytes_sent.to_string(), "bytes sent, again ones too"),
            ("tcpi_bytes_retrans", self.bytes_retrans.to_string(), "bytes sent again"),
            ("tcpi_dsack_dups", self.dsack_dups.to_string(), "duplicates the peer reported"),
            ("tcpi_rcv_ooopack", self.rcv_ooopack.to_string(), "segments out of order"),
            ("tcpi_snd_wnd", told(self.snd_wnd), "bytes: the peer's window"),
            ("tcpi_rcv_wnd", told(self.rcv_wnd), "bytes: this end's window"),
        ]
    }

    fn congestion_state(&self) -> &'static str {
        Congestion::from_kernel(self.ca_state).map_or("unknown", Congestion::name)
    }

    /// `TCPI_OPT_` bits that both ends agreed on.
    fn agreed(&self) -> String {
        let agreed = self.agreed_options();
        if agreed.is_empty() { "none".into() } else { agreed.join(",") }
    }

    /// The kernel starts with a limit that is never reached (`TCP_INFINITE_SSTHRESH`).
    fn slow_start_end(&self) -> String {
        match self.snd_ssthresh {
            0x7fff_ffff => "never".into(),
            segments => segments.to_string(),
        }
    }

    /// Before the first measurement it is all ones.
    fn least_rtt(&self) -> String {
        match u32::try_from(self.min_rtt.as_micros()) {
            Ok(u32::MAX) => "none".into(),
            _ => time(self.min_rtt),
        }
    }
}

fn told(bytes: Option<u32>) -> String {
    bytes.map_or_else(|| "untold".into(), |bytes| bytes.to_string())
}

fn time(time: Duration) -> String {
    let micros = time.as_micros();
    if micros < 1000 || !micros.is_multiple_of(1000) {
        format!("{micros} us")
    } else {
        format!("{} ms", micros / 1000)
    }
}
