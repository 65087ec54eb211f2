//! The settings that the lab relies on or that teach something, one line each.

use std::path::PathBuf;

/// One sysctl of the network namespace.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as `tcp(7)` has it.
    pub name: &'static str,
    /// The directory below `/proc/sys/net`.
    pub directory: &'static str,
    /// What the lab sets it to: Linux's own default, unless the line says otherwise.
    pub default: &'static str,
    /// Other values that show something.
    pub others: &'static [&'static str],
    /// What it does, in a line.
    pub about: &'static str,
}

impl Setting {
    /// Its file.
    pub fn path(&self) -> PathBuf {
        ["/proc/sys/net", self.directory, self.name].iter().collect()
    }
}

const fn ipv4(
    name: &'static str,
    default: &'static str,
    others: &'static [&'static str],
    about: &'static str,
) -> Setting {
    Setting { name, directory: "ipv4", default, others, about }
}

/// Every setting of the table, in the order in which help lists them.
pub const SETTINGS: &[Setting] = &[
    // The handshake.
    ipv4(
        "tcp_syn_retries",
        "6",
        &["1", "2"],
        "how long a SYN is tried: as so many doubling retries would take (1: 3 s, 6: 2 min)",
    ),
    ipv4(
        "tcp_syn_linear_timeouts",
        "4",
        &["0"],
        "the first so many SYN retries come a second apart; only then does the wait double",
    ),
    ipv4("tcp_synack_retries", "5", &["1", "2"], "how often an unanswered SYN,ACK is sent again"),
    ipv4(
        "tcp_max_syn_backlog",
        "4096",
        &["8", "128"],
        "half-open connections per listener without SYN cookies: three quarters of it, then SYNs drop",
    ),
    ipv4(
        "tcp_syncookies",
        "1",
        &["0", "2"],
        "1: when the SYN queue is full, remember nothing and encode it in the SYN,ACK's number; 2: always",
    ),
    Setting {
        name: "somaxconn",
        directory: "core",
        default: "4096",
        others: &["1", "128"],
        about: "the largest backlog that listen() gets",
    },
    ipv4(
        "tcp_abort_on_overflow",
        "0",
        &["1"],
        "a handshake's last ACK that finds the accept queue full: 0 is dropped, 1 is answered with RST",
    ),
    ipv4(
        "tcp_fastopen",
        "1",
        &["3", "0"],
        "1: clients may send data in the SYN; 2: servers may take it; 3: both",
    ),
    // Options that the SYN agrees on.
    ipv4("tcp_sack", "1", &["0"], "tell the sender which later bytes have come (RFC 2018)"),
    ipv4("tcp_dsack", "1", &["0"], "tell the sender which bytes came twice (RFC 2883)"),
    ipv4(
        "tcp_timestamps",
        "1",
        &["0"],
        "a clock in every segment, for round-trip times and PAWS (RFC 7323)",
    ),
    ipv4("tcp_window_scaling", "1", &["0"], "windows beyond 65535 bytes (RFC 7323)"),
    ipv4(
        "tcp_ecn",
        "2",
        &["1", "0"],
        "routers may mark instead of drop: 0 never, 1 ask for it, 2 when asked",
    ),
    // Loss and repair.
    ipv4("tcp_retries1", "3", &["1"], "after so many timeouts, ask IP for another route"),
    ipv4(
        "tcp_retries2",
        "15",
        &["3", "8"],
        "how long data is tried: as so many doubling timeouts would take (3: 3 s at least, 15: 15 min)",
    ),
    ipv4(
        "tcp_orphan_retries",
        "0",
        &["1", "3"],
        "the same for sockets that the program has closed; 0 means 8",
    ),
    ipv4(
        "tcp_early_retrans",
        "3",
        &["0"],
        "0 off, 3 or 4: send a tail loss probe before the timeout",
    ),
    // As documented in the kernel's ip-sysctl: "setting this bit to 0 has no effect" lately.
    ipv4(
        "tcp_recovery",
        "1",
        &["0"],
        "1: with SACK, find losses by time (RACK, RFC 8985); newer kernels do so even at 0",
    ),
    ipv4(
        "tcp_reordering",
        "3",
        &["1", "10"],
        "duplicate ACKs that mean loss rather than reordering",
    ),
    ipv4("tcp_frto", "2", &["0"], "detect a needless timeout and undo it (RFC 5682)"),
    ipv4(
        "tcp_rto_min_us",
        "200000",
        &["1000", "1000000"],
        "the shortest retransmission timeout, in microseconds",
    ),
    ipv4(
        "tcp_rto_max_ms",
        "120000",
        &["1000"],
        "the longest retransmission timeout, in milliseconds",
    ),
    ipv4(
        "tcp_thin_linear_timeouts",
        "0",
        &["1"],
        "1: no doubling for streams with few segments in flight",
    ),
    ipv4(
        "tcp_comp_sack_nr",
        "44",
        &["0"],
        "how many SACKs may be held back and sent as one; 0: none",
    ),
    // Sending and windows.
    ipv4(
        "tcp_congestion_control",
        "reno",
        &["cubic"],
        "who sets the pace; the lab takes reno: textbook, in every kernel, and it never delays a send",
    ),
    ipv4(
        "tcp_slow_start_after_idle",
        "1",
        &["0"],
        "1: an idle connection starts slowly again (RFC 2861)",
    ),
    ipv4(
        "tcp_autocorking",
        "1",
        &["0"],
        "collect small writes while a packet still waits to leave the host",
    ),
    ipv4(
        "tcp_notsent_lowat",
        "4294967295",
        &["16384"],
        "unsent bytes above which a socket isn't writable",
    ),
    ipv4("tcp_moderate_rcvbuf", "1", &["0"], "the receive buffer grows by itself with the traffic"),
    ipv4(
        "tcp_rmem",
        "4096 131072 6291456",
        &["4096 4096 4096"],
        "receive buffer in bytes: least, first, most",
    ),
    ipv4(
        "tcp_wmem",
        "4096 16384 4194304",
        &["4096 4096 4096"],
        "send buffer in bytes: least, first, most",
    ),
    ipv4(
        "tcp_adv_win_scale",
        "1",
        &["-2"],
        "the share of the receive buffer that is offered as window",
    ),
    ipv4(
        "tcp_mtu_probing",
        "0",
        &["1", "2"],
        "1: look for a smaller MTU when segments vanish; 2: always",
    ),
    ipv4(
        "tcp_no_metrics_save",
        "1",
        &["0"],
        "0: a new connection starts from what the last one measured; the lab says 1, each starts alike",
    ),
    // Silence and the end.
    ipv4(
        "tcp_keepalive_time",
        "7200",
        &["5"],
        "seconds of silence before the first keepalive probe",
    ),
    ipv4("tcp_keepalive_intvl", "75", &["1"], "seconds between keepalive probes"),
    ipv4(
        "tcp_keepalive_probes",
        "9",
        &["3"],
        "unanswered probes before the connection counts as dead",
    ),
    ipv4(
        "tcp_fin_timeout",
        "60",
        &["5"],
        "seconds in FIN-WAIT-2 after close(); not the length of TIME-WAIT",
    ),
    ipv4(
        "tcp_tw_reuse",
        "2",
        &["0", "1"],
        "may connect() take over a TIME-WAIT of its own: 0 no, 1 yes, 2 on loopback only",
    ),
    ipv4(
        "tcp_tw_reuse_delay",
        "1000",
        &["1"],
        "milliseconds of TIME-WAIT before it may be taken over",
    ),
    ipv4(
        "tcp_max_tw_buckets",
        "65536",
        &["0"],
        "TIME-WAITs that are kept; beyond, they end at once",
    ),
    ipv4("tcp_rfc1337", "0", &["1"], "1: TIME-WAIT ignores RST (RFC 1337); 0: an RST ends it"),
    ipv4("tcp_challenge_ack_limit", "2147483647", &["1"], "challenge ACKs a second (RFC 5961)"),
    ipv4(
        "tcp_invalid_ratelimit",
        "500",
        &["0"],
        "milliseconds between two answers to segments out of window",
    ),
    ipv4(
        "tcp_stdurg",
        "0",
        &["1"],
        "where the urgent pointer points: 0 past the byte, 1 at it (RFC 793)",
    ),
    // Ports, IP, and the other families.
    ipv4(
        "ip_local_port_range",
        "32768 60999",
        &["40000 40010"],
        "ports that connect() chooses from",
    ),
    ipv4(
        "ip_unprivileged_port_start",
        "0",
        &["1024"],
        "ports below it need a capability; Linux says 1024, the lab 0: bind to port 80 at will",
    ),
    ipv4("ip_default_ttl", "64", &["1"], "hops that a packet may live"),
    ipv4("ip_nonlocal_bind", "0", &["1"], "1: bind() takes addresses that this host doesn't have"),
    ipv4("ip_no_pmtu_disc", "0", &["1"], "0: set don't-fragment and learn the path's MTU"),
    Setting {
        name: "bindv6only",
        directory: "ipv6",
        default: "0",
        others: &["1"],
        about: "1: a tcp6 socket on [::] doesn't take IPv4 too (IPV6_V6ONLY's default)",
    },
    Setting {
        name: "max_dgram_qlen",
        directory: "unix",
        default: "10",
        others: &["1"],
        about: "datagrams that wait in a unix socket before send() blocks",
    },
];
