//! The numbers of `TCP_INFO`, by the kernel's names without their `tcpi_`.

use super::Choice;

const fn field(word: &'static str, help: &'static str) -> Choice {
    Choice { word, help }
}

/// Every field that is a number.
#[rustfmt::skip]
pub static INFO_FIELDS: [Choice; 41] = [
    field("retransmits", "timeouts since the last ACK"),
    field("probes", "window probes without an answer"),
    field("backoff", "times the timeout was doubled"),
    field("snd_wscale", "shift of the peer's windows"),
    field("rcv_wscale", "shift of this end's windows"),
    field("rto", "us: retransmission timeout"),
    field("ato", "us: delayed-ACK timeout"),
    field("snd_mss", "bytes: largest segment sent"),
    field("rcv_mss", "bytes: largest segment received, guessed"),
    field("unacked", "segments without an ACK yet; to accept, if it listens"),
    field("sacked", "segments that SACK has acknowledged; the backlog"),
    field("lost", "segments believed lost"),
    field("retrans", "segments in flight again"),
    field("last_data_sent", "ms: since data was sent"),
    field("last_data_recv", "ms: since data came"),
    field("last_ack_recv", "ms: since an ACK came"),
    field("pmtu", "bytes: path MTU"),
    field("rcv_ssthresh", "bytes: limit of this end's window"),
    field("rtt", "us: round-trip time, smoothed"),
    field("rttvar", "us: its variation"),
    field("snd_ssthresh", "segments: slow start ends here"),
    field("snd_cwnd", "segments: congestion window"),
    field("advmss", "bytes: largest segment asked for"),
    field("reordering", "segments: reordering tolerated"),
    field("rcv_rtt", "us: round-trip time as the receiver sees it"),
    field("rcv_space", "bytes: the receive buffer is tuned for"),
    field("total_retrans", "retransmissions in all"),
    field("bytes_acked", "bytes acknowledged by the peer"),
    field("bytes_received", "bytes received in order"),
    field("segs_out", "segments sent"),
    field("segs_in", "segments received"),
    field("notsent_bytes", "bytes waiting to be sent"),
    field("min_rtt", "us: smallest round-trip time"),
    field("data_segs_in", "segments received with data"),
    field("data_segs_out", "segments sent with data"),
    field("bytes_sent", "bytes sent, again ones too"),
    field("bytes_retrans", "bytes sent again"),
    field("dsack_dups", "duplicates the peer reported"),
    field("rcv_ooopack", "segments out of order"),
    field("snd_wnd", "bytes: the peer's window"),
    field("rcv_wnd", "bytes: this end's window"),
];
