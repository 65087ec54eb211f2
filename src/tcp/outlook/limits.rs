//! What bounds an end's patience: settings of its network, or of its socket.

use std::time::Duration;

/// The limits that hold for one end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `tcp_syn_retries`, or `TCP_SYNCNT`.
    pub syn_retries: u32,
    /// `tcp_syn_linear_timeouts`: 0 on kernels before 6.5.
    pub syn_linear: u32,
    /// `tcp_synack_retries`
    pub synack_retries: u32,
    /// `tcp_retries2`
    pub retries: u32,
    /// `tcp_orphan_retries`
    pub orphan_retries: u32,
    /// `tcp_early_retrans`: whether tails are probed.
    pub probes_tail: bool,
    /// `tcp_rto_min_us`
    pub rto_min: Duration,
    /// `tcp_rto_max_ms`
    pub rto_max: Duration,
    /// `tcp_fin_timeout`
    pub fin_timeout: Duration,
    /// `tcp_keepalive_time`, or `TCP_KEEPIDLE`.
    pub keepalive_idle: Duration,
    /// `tcp_keepalive_intvl`, or `TCP_KEEPINTVL`.
    pub keepalive_interval: Duration,
    /// `tcp_keepalive_probes`, or `TCP_KEEPCNT`.
    pub keepalive_probes: u32,
    /// `TCP_USER_TIMEOUT`, if it is set.
    pub user_timeout: Option<Duration>,
}

impl Default for Limits {
    /// Linux's own.
    fn default() -> Limits {
        Limits {
            syn_retries: 6,
            syn_linear: 4,
            synack_retries: 5,
            retries: 15,
            orphan_retries: 0,
            probes_tail: true,
            rto_min: Duration::from_millis(200),
            rto_max: Duration::from_mins(2),
            fin_timeout: Duration::from_mins(1),
            keepalive_idle: Duration::from_hours(2),
            keepalive_interval: Duration::from_secs(75),
            keepalive_probes: 9,
            user_timeout: None,
        }
    }
}

impl Limits {
    /// How long so many timeouts last in the kernel's model (`tcp_model_timeout()`): the first
    /// after `base`, each twice as long as the one before, none longer than the longest.
    pub(super) fn lasts(&self, timeouts: u32, base: Duration) -> Duration {
        let mut total = Duration::ZERO;
        let mut wait = base.max(Duration::from_millis(1));
        for _ in 0..=timeouts.min(255) {
            total += wait;
            wait = (wait * 2).min(self.rto_max.max(base));
        }
        total
    }
}
