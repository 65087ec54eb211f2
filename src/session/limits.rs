//! What bounds an end's patience: the network's settings, and the socket's own options.

use std::time::Duration;

use crate::kernel::OwnLimits;
use crate::network::settings;
use crate::tcp::outlook::Limits;

/// The limits of a socket; those of the network where it has none of its own, Linux's where this
/// kernel tells none.
pub(super) fn limits(own: OwnLimits) -> Limits {
    let default = Limits::default();
    let get = |name| -> Option<u32> { settings::get(name).ok()?.parse().ok() };
    let or = |name, otherwise| get(name).unwrap_or(otherwise);
    let seconds = |name| get(name).map(|seconds| Duration::from_secs(u64::from(seconds)));
    let micros = |micros: u32| Duration::from_micros(u64::from(micros));
    let millis = |millis: u32| Duration::from_millis(u64::from(millis));
    let syn_retries = or("tcp_syn_retries", default.syn_retries);
    // TCP_SYNCNT of a listener is for its SYN,ACKs.
    let own_count = own.syn_retries.filter(|own| *own != syn_retries);
    Limits {
        syn_retries: own_count.unwrap_or(syn_retries),
        syn_linear: or("tcp_syn_linear_timeouts", 0),
        synack_retries: own_count
            .unwrap_or_else(|| or("tcp_synack_retries", default.synack_retries)),
        retries: or("tcp_retries2", default.retries),
        orphan_retries: or("tcp_orphan_retries", default.orphan_retries),
        probes_tail: matches!(get("tcp_early_retrans"), None | Some(3 | 4)),
        rto_min: get("tcp_rto_min_us").map_or(default.rto_min, micros),
        rto_max: get("tcp_rto_max_ms").map_or(default.rto_max, millis),
        fin_timeout: seconds("tcp_fin_timeout").unwrap_or(default.fin_timeout),
        keepalive_idle: own
            .keepalive_idle
            .or_else(|| seconds("tcp_keepalive_time"))
            .unwrap_or(default.keepalive_idle),
        keepalive_interval: own
            .keepalive_interval
            .or_else(|| seconds("tcp_keepalive_intvl"))
            .unwrap_or(default.keepalive_interval),
        keepalive_probes: own
            .keepalive_probes
            .unwrap_or_else(|| or("tcp_keepalive_probes", default.keepalive_probes)),
        user_timeout: own.user_timeout,
    }
}
