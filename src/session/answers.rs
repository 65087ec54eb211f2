//! What the kernel answers now about an open socket: its addresses and its options.

use super::Session;
use super::expect::Unanswerable;
use crate::command::{AddressArg, AddressOf, Name, Spanned};
use crate::judge::Answer;
use crate::sockets::{OpenSocket, options};
use crate::trace::{Address, errno};

impl Session {
    /// Whether the socket's address, or its peer's, is that one.
    pub(super) fn address_now(
        &self,
        of: AddressOf,
        socket: &Name,
        address: &Spanned<AddressArg>,
    ) -> Result<Answer, Unanswerable> {
        let wanted = self
            .meant(socket, &address.value)
            .map_err(|why| Unanswerable { span: address.span.clone(), why })?;
        let found = self.open(socket).and_then(|open| match of {
            AddressOf::Socket => open.local().map_err(failed),
            AddressOf::Peer => open.peer().map_err(|number| match number {
                libc::ENOTCONN => format!("{} has no peer", socket.value),
                other => failed(other),
            }),
        });
        Ok(match found {
            Ok(found) => Answer { is_wanted: is_same(&found, &wanted), found: found.to_string() },
            Err(found) => Answer { is_wanted: false, found },
        })
    }

    /// Whether the socket's option has that value, in whatever spelling.
    pub(super) fn option_now(
        &self,
        socket: &Name,
        option: &Spanned<String>,
        value: &Spanned<String>,
    ) -> Result<Answer, Unanswerable> {
        let wrong = |span: &Spanned<String>, why| Unanswerable { span: span.span.clone(), why };
        let known = options::find(&option.value).map_err(|no| wrong(option, no.to_string()))?;
        if known.name == "SO_ERROR" {
            let why = "reading SO_ERROR clears it, and an expectation must not: use getsockopt";
            return Err(wrong(option, why.to_owned()));
        }
        let wanted = known.canonical(&value.value).map_err(|no| wrong(value, no.to_string()))?;
        let found = self.open(socket).and_then(|open| open.option(known).map_err(failed));
        Ok(match found {
            Ok(found) => Answer { is_wanted: found == wanted, found },
            Err(found) => Answer { is_wanted: false, found },
        })
    }

    /// The open socket of that name, or why there is none.
    pub(super) fn open(&self, name: &Name) -> Result<&OpenSocket, String> {
        let name = &name.value;
        let Some(socket) = self.lab.story().socket_named(name) else {
            return Err(format!("nobody is called {name}"));
        };
        let open = self.lab.sockets().get(socket.id).filter(|_| !socket.closed);
        open.ok_or_else(|| format!("{name} is closed"))
    }
}

fn failed(number: i32) -> String {
    errno::name(number).into_owned()
}

/// The same place, whatever is said of scope and flow; IPv4 in IPv6's clothes is IPv4.
fn is_same(one: &Address, other: &Address) -> bool {
    match (one.ip(), other.ip()) {
        (Some(one), Some(other)) => {
            one.ip().to_canonical() == other.ip().to_canonical() && one.port() == other.port()
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_by_what_they_mean() {
        let ip = |text: &str| Address::Ip(text.parse().unwrap());
        for (one, other, same) in [
            (ip("127.0.0.1:80"), ip("127.0.0.1:80"), true),
            (ip("[::ffff:127.0.0.1]:80"), ip("127.0.0.1:80"), true),
            (ip("[fe80::1%3]:80"), ip("[fe80::1]:80"), true),
            (ip("127.0.0.1:80"), ip("127.0.0.1:81"), false),
            (ip("0.0.0.0:80"), ip("[::]:80"), false),
            (Address::Path("/a".into()), Address::Path("/a".into()), true),
            (Address::Unnamed, ip("127.0.0.1:80"), false),
        ] {
            assert_eq!(is_same(&one, &other), same, "{one} {other}");
        }
    }
}
