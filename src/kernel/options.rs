//! What a socket's own options say of its patience.

use std::os::fd::AsFd;
use std::time::Duration;

/// The options of one TCP socket that bound its patience, each as it holds: where the learner has
/// set none, the kernel gives the setting of the network. `None` where it can't be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnLimits {
    /// `TCP_SYNCNT`
    pub syn_retries: Option<u32>,
    /// `TCP_KEEPIDLE`
    pub keepalive_idle: Option<Duration>,
    /// `TCP_KEEPINTVL`
    pub keepalive_interval: Option<Duration>,
    /// `TCP_KEEPCNT`
    pub keepalive_probes: Option<u32>,
    /// `TCP_USER_TIMEOUT`, if it is set.
    pub user_timeout: Option<Duration>,
    /// Whether `TCP_DEFER_ACCEPT` is set.
    pub defers: bool,
}

/// Asks an open TCP socket.
#[cfg(target_os = "linux")]
pub fn own_limits(fd: impl AsFd) -> OwnLimits {
    let get = |option| {
        let value = super::raw::tcp_option(fd.as_fd(), option).ok()?;
        u32::try_from(value).ok()
    };
    let seconds = |option| get(option).map(|value| Duration::from_secs(u64::from(value)));
    OwnLimits {
        syn_retries: get(libc::TCP_SYNCNT),
        keepalive_idle: seconds(libc::TCP_KEEPIDLE),
        keepalive_interval: seconds(libc::TCP_KEEPINTVL),
        keepalive_probes: get(libc::TCP_KEEPCNT),
        user_timeout: get(libc::TCP_USER_TIMEOUT)
            .filter(|millis| *millis > 0)
            .map(|millis| Duration::from_millis(u64::from(millis))),
        defers: get(libc::TCP_DEFER_ACCEPT).is_some_and(|seconds| seconds > 0),
    }
}

/// Nothing is known of them here.
#[cfg(not(target_os = "linux"))]
pub fn own_limits(_fd: impl AsFd) -> OwnLimits {
    OwnLimits::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sockets::bench::Bench;
    use crate::trace::SocketKind;

    #[test]
    fn what_was_set_is_told_and_otherwise_what_holds() {
        let mut bench = Bench::new();
        let socket = bench.socket("client", SocketKind::Tcp);
        let asked = own_limits(bench.sockets.get(socket).unwrap());
        assert!(asked.syn_retries > Some(0) && asked.user_timeout.is_none() && !asked.defers);
        bench.set(socket, "TCP_SYNCNT", "2");
        bench.set(socket, "TCP_KEEPIDLE", "10");
        bench.set(socket, "TCP_USER_TIMEOUT", "5s");
        bench.set(socket, "TCP_DEFER_ACCEPT", "5");
        let asked = own_limits(bench.sockets.get(socket).unwrap());
        assert_eq!((asked.syn_retries, asked.defers), (Some(2), true));
        assert_eq!(asked.keepalive_idle, Some(Duration::from_secs(10)));
        assert_eq!(asked.user_timeout, Some(Duration::from_secs(5)));
    }
}
