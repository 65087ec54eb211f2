//! The words that socket calls take as arguments.

/// Options of `send`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SendFlags {
    /// `MSG_OOB`
    pub oob: bool,
    /// `MSG_DONTWAIT`
    pub dontwait: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of recv(2)")]
/// Options of `recv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecvFlags {
    /// `MSG_PEEK`
    pub peek: bool,
    /// `MSG_WAITALL`
    pub waitall: bool,
    /// `MSG_OOB`
    pub oob: bool,
    /// `MSG_DONTWAIT`
    pub dontwait: bool,
}

/// The argument of `shutdown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowShut {
    /// `SHUT_RD`
    Rd,
    /// `SHUT_WR`
    Wr,
    /// `SHUT_RDWR`
    RdWr,
}

/// What `poll` waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollEvents {
    /// `POLLIN`
    In,
    /// `POLLOUT`
    Out,
}
