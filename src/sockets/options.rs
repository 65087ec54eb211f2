//! The socket options that the lab knows: one table, from which getting, setting, help and
//! completion come.

mod table;

use std::os::fd::BorrowedFd;

use libc::c_int;

use super::raw::{self, Errno};
use super::value::Shape;
use table::ABSENT;
pub use table::ALL;

/// A socket option.
#[derive(Debug, Clone, Copy)]
pub struct SocketOption {
    /// Its C name.
    pub name: &'static str,
    /// What it does, in one line.
    pub explanation: &'static str,
    /// Values to offer, as they are typed; none if it can only be read.
    pub values: &'static [&'static str],
    level: c_int,
    number: c_int,
    shape: Shape,
}

/// Why an option can't be got or set. Found before a call is made; what the kernel refuses is an
/// errno.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No option of that name.
    #[error("no socket option is called {name}{}", did_you_mean(candidates))]
    Unknown {
        /// As typed.
        name: String,
        /// Names that are near, the nearest first.
        candidates: Vec<&'static str>,
    },
    /// The option exists, but not on this system.
    #[error("this system has no {name}")]
    NotHere {
        /// Its C name.
        name: &'static str,
    },
    /// The value doesn't read as what the option takes.
    #[error("{name} takes {wanted}{}; this is {found:?}", such_as(values))]
    Value {
        /// The option's C name.
        name: &'static str,
        /// What it takes, in words.
        wanted: &'static str,
        /// Some that read well.
        values: &'static [&'static str],
        /// As typed.
        found: String,
    },
}

fn did_you_mean(candidates: &[&str]) -> String {
    match candidates {
        [] => String::new(),
        some => format!("; did you mean {}?", some.join(" or ")),
    }
}

fn such_as(values: &[&str]) -> String {
    values.first().map_or_else(String::new, |value| format!(", such as {value}"))
}

/// The option of that C name, in upper or lower case.
pub fn find(name: &str) -> Result<&'static SocketOption, OptionError> {
    let Some(option) = ALL.iter().find(|option| option.name.eq_ignore_ascii_case(name)) else {
        return Err(OptionError::Unknown { name: name.into(), candidates: near(name) });
    };
    if option.number == ABSENT {
        return Err(OptionError::NotHere { name: option.name });
    }
    Ok(option)
}

impl SocketOption {
    /// Whether it can only be read.
    pub fn is_read_only(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether `value` reads as what the option takes.
    pub fn check(&self, value: &str) -> Result<(), OptionError> {
        self.encode(value).map(|_| ())
    }

    /// The value as [`OpenSocket::option`] would give it, if it reads as one that the option can
    /// have: `1 (on)` for `on`. Also for options that can only be read.
    ///
    /// [`OpenSocket::option`]: super::OpenSocket::option
    pub fn canonical(&self, value: &str) -> Result<String, OptionError> {
        self.shape.canonical(value).ok_or_else(|| OptionError::Value {
            name: self.name,
            wanted: self.shape.given(),
            values: self.values,
            found: value.to_owned(),
        })
    }

    fn encode(&self, value: &str) -> Result<Vec<u8>, OptionError> {
        let found = || value.to_owned();
        let (name, wanted, values) = (self.name, self.shape.wanted(), self.values);
        if self.is_read_only() {
            let wanted = "no value: it can only be read";
            return Err(OptionError::Value { name, wanted, values, found: found() });
        }
        let error = || OptionError::Value { name, wanted, values, found: found() };
        self.shape.encode(value).ok_or_else(error)
    }
}

/// `setsockopt(2)`. A name or value that [`find`] and [`SocketOption::check`] would have refused
/// gives what the kernel would say to it.
pub(super) fn set(fd: BorrowedFd<'_>, option: &str, value: &str) -> Result<(), Errno> {
    let option = find(option).map_err(|_| Errno(libc::ENOPROTOOPT))?;
    if option.is_read_only() {
        return Err(Errno(libc::ENOPROTOOPT));
    }
    let value = option.encode(value).map_err(|_| Errno(libc::EINVAL))?;
    raw::set_option(fd, option.level, option.number, &value)
}

/// `getsockopt(2)`, as text: `SO_RCVBUF = 131072 (bytes; Linux doubles what is set)`.
pub(super) fn get(fd: BorrowedFd<'_>, option: &str) -> Result<String, Errno> {
    let option = find(option).map_err(|_| Errno(libc::ENOPROTOOPT))?;
    let value = value(fd, option)?;
    Ok(match option.shape {
        Shape::Info => format!("{}\n{value}", option.name),
        _ => format!("{} = {value}", option.name),
    })
}

/// `getsockopt(2)`, the value alone: `131072 (bytes; Linux doubles what is set)`.
pub(super) fn value(fd: BorrowedFd<'_>, option: &SocketOption) -> Result<String, Errno> {
    let mut buffer = [0; 512];
    let room = match option.shape {
        Shape::Info => 512,
        Shape::Name | Shape::Timeval => 16,
        Shape::Linger => 8,
        Shape::Switch
        | Shape::Count(_)
        | Shape::Seconds
        | Shape::Millis
        | Shape::Errno
        | Shape::Type
        | Shape::Domain
        | Shape::Protocol => 4,
    };
    let bytes = raw::option(fd, option.level, option.number, &mut buffer[..room])?;
    Ok(option.shape.decode(bytes))
}

/// The names that look most like this one, at most three.
fn near(name: &str) -> Vec<&'static str> {
    let name = name.to_ascii_uppercase();
    let likeness = |option: &SocketOption| {
        let bare = option.name.split_once('_').map_or(option.name, |(_, bare)| bare);
        strsim::jaro_winkler(option.name, &name).max(strsim::jaro_winkler(bare, &name))
    };
    let mut found: Vec<_> = ALL
        .iter()
        .map(|option| (likeness(option), option.name))
        .filter(|(by, _)| *by > 0.85)
        .collect();
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::super::{Request, options};
    use super::*;
    use crate::trace::{Outcome, SocketId, SocketKind};

    fn get(bench: &mut Bench, socket: SocketId, option: &str) -> String {
        bench.answer(Request::GetSockOpt { socket, option: option.into() })
    }

    fn set(bench: &mut Bench, socket: SocketId, option: &str, value: &str) -> Outcome {
        let (option, value) = (option.into(), value.into());
        bench.run(Request::SetSockOpt { socket, option, value }).0
    }

    #[test]
    fn every_option_is_set_as_it_is_offered_and_then_read_back() {
        let mut bench = Bench::new();
        let (_, v4, _) = bench.connection(SocketKind::Tcp);
        for option in ALL {
            let kind =
                if option.level == libc::IPPROTO_IPV6 { SocketKind::Udp6 } else { SocketKind::Tcp };
            let fresh = bench.socket("fresh", kind);
            for value in option.values {
                assert_eq!(option.check(value), Ok(()), "{}", option.name);
                // What a connection allows while it stands differs; a fresh socket takes all.
                let outcome = set(&mut bench, fresh, option.name, value);
                let no_such_algorithm = option.name == "TCP_CONGESTION" && *value != "reno";
                assert!(
                    outcome == Outcome::Value(0) || no_such_algorithm,
                    "{} {value}: {outcome:?}",
                    option.name
                );
            }
            let socket = if option.level == libc::IPPROTO_IPV6 { fresh } else { v4 };
            let text = get(&mut bench, socket, option.name);
            assert!(text.starts_with(option.name), "{text}");
        }
    }

    #[test]
    fn values_read_back_as_they_were_set() {
        let mut bench = Bench::new();
        let tcp = bench.socket("a", SocketKind::Tcp);
        let cases = [
            ("SO_REUSEADDR", "on", "SO_REUSEADDR = 1 (on)"),
            ("SO_RCVBUF", "65536", "SO_RCVBUF = 131072 (bytes; Linux doubles what is set)"),
            ("SO_RCVTIMEO", "1.5s", "SO_RCVTIMEO = 1500ms"),
            (
                "SO_LINGER",
                "on:0",
                "SO_LINGER = on:0 (close sends RST and throws away what is unsent)",
            ),
            ("TCP_KEEPIDLE", "60s", "TCP_KEEPIDLE = 60 (seconds)"),
            ("TCP_USER_TIMEOUT", "5s", "TCP_USER_TIMEOUT = 5000 (milliseconds)"),
            ("TCP_CONGESTION", "reno", "TCP_CONGESTION = reno"),
            ("tcp_nodelay", "1", "TCP_NODELAY = 1 (on)"),
            ("IP_TTL", "0x20", "IP_TTL = 32 (hops)"),
        ];
        for (option, value, shown) in cases {
            assert_eq!(set(&mut bench, tcp, option, value), Outcome::Value(0), "{option}");
            assert_eq!(get(&mut bench, tcp, option), shown);
        }
        assert_eq!(get(&mut bench, tcp, "SO_TYPE"), "SO_TYPE = 1 (SOCK_STREAM)");
        assert_eq!(get(&mut bench, tcp, "SO_DOMAIN"), "SO_DOMAIN = 2 (AF_INET)");
        assert_eq!(get(&mut bench, tcp, "SO_PROTOCOL"), "SO_PROTOCOL = 6 (IPPROTO_TCP)");
        assert_eq!(get(&mut bench, tcp, "SO_ERROR"), "SO_ERROR = 0 (no error is pending)");
    }

    #[test]
    fn the_kernel_itself_refuses_what_only_it_can_judge() {
        let mut bench = Bench::new();
        let tcp = bench.socket("a", SocketKind::Tcp);
        let udp = bench.socket("b", SocketKind::Udp);
        assert_eq!(set(&mut bench, tcp, "TCP_CONGESTION", "nonsuch"), Outcome::Errno(libc::ENOENT));
        assert_eq!(set(&mut bench, tcp, "IP_TTL", "0"), Outcome::Errno(libc::EINVAL));
        assert_eq!(set(&mut bench, udp, "TCP_NODELAY", "on"), Outcome::Errno(libc::ENOPROTOOPT));
        assert_eq!(set(&mut bench, tcp, "SO_TYPE", "1"), Outcome::Errno(libc::ENOPROTOOPT));
    }

    #[test]
    fn a_value_in_any_spelling_is_what_the_kernel_gives() {
        let mut bench = Bench::new();
        let tcp = bench.socket("a", SocketKind::Tcp);
        set(&mut bench, tcp, "SO_LINGER", "on:0");
        set(&mut bench, tcp, "TCP_USER_TIMEOUT", "5s");
        for (option, values) in [
            ("SO_REUSEADDR", &["off", "0", "no"][..]),
            ("SO_LINGER", &["on:0", "1:0s"]),
            ("TCP_USER_TIMEOUT", &["5s", "5000"]),
            ("SO_RCVTIMEO", &["off", "0"]),
            ("SO_TYPE", &["1", "SOCK_STREAM", "sock_stream"]),
            ("SO_PROTOCOL", &["IPPROTO_TCP"]),
            ("SO_ACCEPTCONN", &["off"]),
            ("SO_ERROR", &["0"]),
        ] {
            let option = options::find(option).unwrap();
            let given = bench.sockets.get(tcp).unwrap().option(option).unwrap();
            for value in values {
                assert_eq!(option.canonical(value).as_ref(), Ok(&given), "{} {value}", option.name);
            }
        }
        let refused = options::find("SO_TYPE").unwrap().canonical("SOCK_RAW").unwrap_err();
        assert_eq!(
            refused.to_string(),
            r#"SO_TYPE takes a number or its C name; this is "SOCK_RAW""#
        );
        assert!(options::find("TCP_INFO").unwrap().canonical("1").is_err());
    }

    #[test]
    fn an_unknown_name_leads_to_near_ones() {
        let Err(OptionError::Unknown { candidates, .. }) = options::find("SO_REUSEADR") else {
            panic!("it was found")
        };
        assert_eq!(candidates.first(), Some(&"SO_REUSEADDR"));
        let error = options::find("nodelay").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no socket option is called nodelay; did you mean TCP_NODELAY?"
        );
        let error = options::find("SO_LINGER").unwrap().check("5").unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"SO_LINGER takes on:SECONDS or off, such as on:0; this is "5""#
        );
    }

    #[test]
    fn tcp_info_reads_as_a_table() {
        let mut bench = Bench::new();
        let (_, client, _) = bench.connection(SocketKind::Tcp);
        let table = get(&mut bench, client, "TCP_INFO");
        let state = table.lines().find(|line| line.contains("tcpi_state")).unwrap();
        assert!(state.contains("ESTABLISHED"), "{table}");
        assert!(
            table.lines().count() > 20 && table.lines().all(|line| line.len() <= 80),
            "{table}"
        );
    }
}
