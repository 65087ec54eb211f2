//! What the terminal can show, found out once.

use std::io::{self, IsTerminal};

use super::arguments::{Screen, When};
use crate::session::columns;
use crate::view::Look;

/// How things are to look here.
pub(super) fn of_terminal(screen: &Screen) -> Look {
    let colour = match screen.color {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    };
    Look {
        width: columns(),
        ascii: screen.ascii || !is_utf8(&locale()),
        raw_seq: false,
        arithmetic: false,
        colour,
    }
}

/// The locale of characters, as setlocale(3) would choose it.
pub(super) fn locale() -> String {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

/// Whether a locale's characters are UTF-8.
pub(super) fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
