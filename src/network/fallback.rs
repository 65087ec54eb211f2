//! Why there is no private network, and what would help.

use std::fmt;
use std::io;
use std::path::Path;

/// A step on the way to a private network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// This is not Linux.
    Platform,
    /// `fork(2)`, for the rehearsal.
    Fork,
    /// Becoming the user behind `sudo` again.
    User,
    /// `unshare(2)`
    Unshare,
    /// Writing `/proc/self/setgroups`.
    Setgroups,
    /// Writing `/proc/self/uid_map`.
    UidMap,
    /// Writing `/proc/self/gid_map`.
    GidMap,
    /// Setting the MTU of `lo`.
    Mtu,
    /// Switching off TSO, GSO and GRO on `lo`.
    Offloads,
    /// Setting `lo` up.
    LinkUp,
    /// Keeping the capabilities that the lab needs.
    Capabilities,
}

impl Step {
    const ALL: [Step; 11] = [
        Step::Platform,
        Step::Fork,
        Step::User,
        Step::Unshare,
        Step::Setgroups,
        Step::UidMap,
        Step::GidMap,
        Step::Mtu,
        Step::Offloads,
        Step::LinkUp,
        Step::Capabilities,
    ];
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Platform => "private networks need Linux",
            Step::Fork => "rehearsing in a child process",
            Step::User => "becoming the user behind sudo",
            Step::Unshare => "unshare",
            Step::Setgroups => "writing /proc/self/setgroups",
            Step::UidMap => "writing /proc/self/uid_map",
            Step::GidMap => "writing /proc/self/gid_map",
            Step::Mtu => "setting lo's MTU",
            Step::Offloads => "switching off lo's offloads",
            Step::LinkUp => "setting lo up",
            Step::Capabilities => "keeping capabilities",
        })
    }
}

/// A step that failed and the error it failed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub step: Step,
    pub errno: i32,
}

impl Failure {
    pub fn new(step: Step, error: &io::Error) -> Failure {
        Failure { step, errno: error.raw_os_error().unwrap_or(libc::EIO) }
    }

    /// For the pipe between the rehearsing child and its parent.
    pub fn to_bytes(self) -> [u8; 5] {
        let [a, b, c, d] = self.errno.to_ne_bytes();
        [self.step as u8, a, b, c, d]
    }

    /// The other way round.
    pub fn from_bytes([step, a, b, c, d]: [u8; 5]) -> Failure {
        let step = Step::ALL.get(usize::from(step)).copied().unwrap_or(Step::Fork);
        Failure { step, errno: i32::from_ne_bytes([a, b, c, d]) }
    }
}

/// Why the host's network was taken although a private one was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The step that failed.
    pub step: Step,
    /// Its errno.
    pub errno: i32,
    /// What the system says of user namespaces.
    pub clues: Clues,
}

impl Fallback {
    pub(super) fn of(failure: Failure) -> Fallback {
        Fallback { step: failure.step, errno: failure.errno, clues: Clues::read() }
    }

    /// One line: the step, its error, and the likely cause.
    pub fn reason(&self) -> String {
        if self.step == Step::Platform {
            return self.step.to_string();
        }
        let error = error_words(self.errno);
        match self.cause() {
            Some(cause) => format!("{}: {error}: {}", self.step, cause.words()),
            None => format!("{}: {error}", self.step),
        }
    }

    /// One line: what to do about it.
    pub fn remedy(&self) -> String {
        match self.cause() {
            Some(cause) => cause.remedy().to_owned(),
            None if self.step == Step::Platform => "run it in a Linux virtual machine".to_owned(),
            None => "start it with sudo, or outside of this container".to_owned(),
        }
    }

    fn cause(&self) -> Option<Cause> {
        let clues = &self.clues;
        match (self.step, self.errno) {
            (Step::Unshare, libc::ENOSPC) if clues.max_net_namespaces == Some(0) => {
                Some(Cause::NetLimit)
            }
            (Step::Unshare, libc::ENOSPC | libc::EUSERS) => Some(Cause::UserLimit),
            (Step::Unshare, libc::EINVAL) if clues.no_user_namespaces => Some(Cause::Kernel),
            (Step::Unshare, libc::EINVAL) => Some(Cause::Threads),
            (Step::Platform | Step::Fork | Step::User, _) => None,
            (_, libc::EPERM | libc::EACCES) if clues.unprivileged_clone == Some(false) => {
                Some(Cause::UnprivilegedClone)
            }
            (_, libc::EPERM | libc::EACCES) if clues.apparmor_restricts == Some(true) => {
                Some(Cause::AppArmor)
            }
            (Step::Unshare, libc::EPERM) if clues.seccomp => Some(Cause::Seccomp),
            _ => None,
        }
    }
}

/// The likely cause, told apart by step, errno and clues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    UserLimit,
    NetLimit,
    Kernel,
    Threads,
    UnprivilegedClone,
    AppArmor,
    Seccomp,
}

impl Cause {
    fn words(self) -> &'static str {
        match self {
            Cause::UserLimit => "user.max_user_namespaces allows no more",
            Cause::NetLimit => "user.max_net_namespaces allows no more",
            Cause::Kernel => "this kernel has no user namespaces",
            Cause::Threads => "the process already had threads",
            Cause::UnprivilegedClone => "kernel.unprivileged_userns_clone is 0",
            Cause::AppArmor => "AppArmor restricts user namespaces here",
            Cause::Seccomp => "a seccomp filter forbids it, as Docker's default one does",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Cause::UserLimit => "sudo sysctl user.max_user_namespaces=10000",
            Cause::NetLimit => "sudo sysctl user.max_net_namespaces=10000",
            Cause::Kernel => "start it with sudo, or use a kernel with CONFIG_USER_NS",
            Cause::Threads => "please report this: the network must be entered before any thread",
            Cause::UnprivilegedClone => "sudo sysctl kernel.unprivileged_userns_clone=1",
            Cause::AppArmor => "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
            Cause::Seccomp => "in Docker: docker run --security-opt seccomp=unconfined",
        }
    }
}

/// What the system says of user namespaces. `None` where it has no such setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clues {
    /// `user.max_user_namespaces`
    pub max_user_namespaces: Option<u64>,
    /// `user.max_net_namespaces`
    pub max_net_namespaces: Option<u64>,
    /// `kernel.unprivileged_userns_clone` (Debian's kernels)
    pub unprivileged_clone: Option<bool>,
    /// `kernel.apparmor_restrict_unprivileged_userns` (Ubuntu from 23.10)
    pub apparmor_restricts: Option<bool>,
    /// A seccomp filter is in force.
    pub seccomp: bool,
    /// The kernel was built without user namespaces.
    pub no_user_namespaces: bool,
}

impl Clues {
    /// Reads them from `/proc`.
    pub fn read() -> Clues {
        let number = |path| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
        let flag = |path| number(path).map(|value| value != 0);
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Clues {
            max_user_namespaces: number("/proc/sys/user/max_user_namespaces"),
            max_net_namespaces: number("/proc/sys/user/max_net_namespaces"),
            unprivileged_clone: flag("/proc/sys/kernel/unprivileged_userns_clone"),
            apparmor_restricts: flag("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            seccomp: status
                .lines()
                .filter_map(|line| line.strip_prefix("Seccomp:"))
                .any(|mode| mode.trim() == "2"),
            no_user_namespaces: !Path::new("/proc/self/ns/user").exists(),
        }
    }
}

/// An errno as words: `EPERM, Operation not permitted`.
pub(super) fn error_words(errno: i32) -> String {
    let message = io::Error::from_raw_os_error(errno).to_string();
    let message = message.split(" (os error").next().unwrap_or_default().to_owned();
    let name = match errno {
        libc::EPERM => "EPERM",
        libc::EACCES => "EACCES",
        libc::ENOSPC => "ENOSPC",
        libc::EUSERS => "EUSERS",
        libc::EINVAL => "EINVAL",
        libc::ENOSYS => "ENOSYS",
        libc::EROFS => "EROFS",
        libc::ENOENT => "ENOENT",
        libc::EAGAIN => "EAGAIN",
        libc::ENOMEM => "ENOMEM",
        _ => return format!("{message} (errno {errno})"),
    };
    format!("{name}, {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fallback(step: Step, errno: i32, clues: Clues) -> Fallback {
        Fallback { step, errno, clues }
    }

    #[test]
    fn a_failure_survives_the_pipe() {
        for step in Step::ALL {
            let failure = Failure { step, errno: libc::ENOSPC };
            assert_eq!(Failure::from_bytes(failure.to_bytes()), failure);
        }
    }

    #[test]
    fn no_namespaces_left_is_told_apart_by_its_limit() {
        let user = fallback(Step::Unshare, libc::ENOSPC, Clues::default());
        assert_eq!(
            user.reason(),
            "unshare: ENOSPC, No space left on device: user.max_user_namespaces allows no more"
        );
        assert_eq!(user.remedy(), "sudo sysctl user.max_user_namespaces=10000");
        let clues = Clues { max_net_namespaces: Some(0), ..Clues::default() };
        let net = fallback(Step::Unshare, libc::ENOSPC, clues);
        assert_eq!(net.remedy(), "sudo sysctl user.max_net_namespaces=10000");
    }

    #[test]
    fn ubuntus_apparmor_is_named_at_whichever_step_it_strikes() {
        let clues = Clues { apparmor_restricts: Some(true), ..Clues::default() };
        for (step, errno) in [
            (Step::Unshare, libc::EPERM),
            (Step::UidMap, libc::EACCES),
            (Step::LinkUp, libc::EPERM),
        ] {
            let fallback = fallback(step, errno, clues.clone());
            assert!(fallback.reason().contains("AppArmor"), "{}", fallback.reason());
            assert!(fallback.remedy().contains("apparmor_restrict_unprivileged_userns=0"));
        }
    }

    #[test]
    fn a_containers_seccomp_filter_is_named() {
        let clues = Clues { seccomp: true, ..Clues::default() };
        let fallback = fallback(Step::Unshare, libc::EPERM, clues);
        assert!(fallback.remedy().contains("seccomp=unconfined"));
    }

    #[test]
    fn an_unknown_cause_still_has_a_step_and_a_remedy() {
        let fallback = fallback(Step::GidMap, libc::EPERM, Clues::default());
        assert_eq!(fallback.reason(), "writing /proc/self/gid_map: EPERM, Operation not permitted");
        assert!(fallback.remedy().contains("sudo"));
    }
}
