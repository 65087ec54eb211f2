//! Ctrl-C becomes a message. At the prompt the line editor reads it as a key; while a command runs
//! it interrupts what is waited for.

use crossbeam_channel::{Receiver, bounded};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

/// A channel that brings each Ctrl-C.
pub(super) fn interrupts() -> Receiver<()> {
    let (send, receive) = bounded(16);
    if let Ok(mut signals) = Signals::new([SIGINT]) {
        std::thread::spawn(move || {
            for _ in signals.forever() {
                // A full channel holds enough of them.
                let _ = send.try_send(());
            }
        });
    }
    receive
}
