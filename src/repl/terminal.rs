//! The terminal as it was before the prompt: it comes back even if the process is told to end
//! while a line is being typed.

use std::io;
use std::os::fd::AsFd;

use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, raise};

use super::raw;

/// Ends the process as SIGHUP would if its terminal is gone. Who has no controlling terminal is
/// not sent that signal.
pub(super) fn end_if_gone() {
    if raw::is_hung_up(io::stdin().as_fd()) {
        let _ = raise(SIGHUP);
    }
}

/// From now on SIGTERM and SIGHUP put the terminal's settings back before they end the process.
pub(super) fn restore_when_told_to_end() {
    let Ok(settings) = raw::terminal_settings(io::stdin().as_fd()) else { return };
    let Ok(mut signals) = Signals::new([SIGTERM, SIGHUP]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // A terminal that is gone needs no settings.
            let _ = raw::set_terminal(io::stdin().as_fd(), &settings);
            let _ = emulate_default_handler(signal);
        }
    });
}
