//! The kernel's own word on TCP connections: sock_diag, which needs no descriptor and tells of
//! sockets that nobody has accepted or that are closed already, and `TCP_INFO`, which tells more of
//! an open one.

mod counters;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod info_field;
mod info_table;
#[cfg(target_os = "linux")]
mod netlink;
mod options;
#[cfg(target_os = "linux")]
mod raw;
mod report;
#[cfg(target_os = "linux")]
mod sock_diag;
mod tcp_info;

pub use counters::{Counters, TELLING, Telling};
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Family, Kernel};
pub use options::{OwnLimits, own_limits};
pub use report::{Memory, Report};
pub use tcp_info::{TcpInfo, tcp_info};
#[cfg(target_os = "linux")]
pub use {netlink::Family, sock_diag::Kernel};
