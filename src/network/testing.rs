//! Tests that need a network of their own: each in a forked child, for the test harness has
//! threads, and a threaded process can't enter a user namespace.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Choice, Network, enter, raw};

/// Enters a private network in a child and runs `test` there; panics with its panic's message.
pub(crate) fn on_private_network(test: impl FnOnce(&Network)) {
    in_child(|| {
        let network = enter(Choice::Private);
        let why = network.fallback.as_ref().map(super::Fallback::reason);
        assert!(network.is_private(), "no private network: {}", why.unwrap_or_default());
        test(&network);
    });
}

/// Runs `test` in a child; panics with its panic's message.
pub(crate) fn in_child(test: impl FnOnce()) {
    let (mut from_child, mut to_parent) = std::io::pipe().unwrap();
    let status = raw::in_child(|| match catch_unwind(AssertUnwindSafe(test)) {
        Ok(()) => 0,
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("panicked");
            let _ = to_parent.write_all(message.as_bytes());
            1
        }
    })
    .unwrap();
    drop(to_parent);
    let mut message = String::new();
    from_child.read_to_string(&mut message).unwrap();
    assert!(status == 0, "in the child: {message} (status {status})");
}
