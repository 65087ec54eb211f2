//! What a program took.
#![expect(unsafe_code, reason = "wait4(2) alone tells of one child's memory")]

use std::process::Child;

/// Waits for a child; the most bytes that it, or one of its own children, had resident at once.
#[expect(clippy::needless_pass_by_value, reason = "it is gone afterwards")]
pub fn peak_memory_of(child: Child) -> u64 {
    let id = i32::try_from(child.id()).expect("a process id");
    let mut status = 0;
    // SAFETY: `rusage` is plain numbers, for which zeros are right.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both are ours and live on; the child is ours and nobody else waits for it.
    let ended = unsafe { libc::wait4(id, &raw mut status, 0, &raw mut usage) };
    assert_eq!(ended, id, "{}", std::io::Error::last_os_error());
    let kilobytes = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(usage.ru_maxrss).unwrap_or(0) * kilobytes
}
