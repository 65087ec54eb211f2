//! From what was typed to what is meant: names become sockets, addresses become numbers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Session, Stop};
use crate::command::{AddressArg, Command, Name, Spanned, nearest};
use crate::sockets::{Request, options};
use crate::story::SocketStory;
use crate::trace::{Address, SocketId};

/// Linux's own default in most programs' examples: `listen(fd, 5)`.
const DEFAULT_BACKLOG: i32 = 5;

impl Session {
    /// The socket call that a command means; `None` if it means none.
    pub(super) fn request(
        &mut self,
        text: &str,
        command: &Command,
    ) -> Result<Option<Request>, Stop> {
        let request = match command {
            Command::Socket { name, kind } => {
                self.check_is_new(text, name)?;
                Request::Socket { name: name.value.clone(), kind: *kind }
            }
            Command::Bind { socket, address } => Request::Bind {
                socket: self.socket(text, socket)?,
                address: self.address(text, socket, address)?,
            },
            Command::Listen { socket, backlog } => Request::Listen {
                socket: self.socket(text, socket)?,
                backlog: backlog.unwrap_or(DEFAULT_BACKLOG),
            },
            Command::Connect { socket, address } => Request::Connect {
                socket: self.socket(text, socket)?,
                address: self.address(text, socket, address)?,
            },
            Command::Disconnect { socket } => {
                Request::Disconnect { socket: self.socket(text, socket)? }
            }
            Command::Accept { name, socket } => {
                let socket = self.socket(text, socket)?;
                let name = match name {
                    Some(name) => {
                        self.check_is_new(text, name)?;
                        name.value.clone()
                    }
                    None => self.next_conn(),
                };
                Request::Accept { socket, name }
            }
            Command::Send { socket, data, flags } => Request::Send {
                socket: self.socket(text, socket)?,
                data: data.clone(),
                flags: *flags,
            },
            Command::SendTo { socket, address, data, flags } => Request::SendTo {
                socket: self.socket(text, socket)?,
                address: self.address(text, socket, address)?,
                data: data.clone(),
                flags: *flags,
            },
            Command::Recv { socket, len, flags } => {
                Request::Recv { socket: self.socket(text, socket)?, len: *len, flags: *flags }
            }
            Command::RecvFrom { socket, len, flags } => {
                Request::RecvFrom { socket: self.socket(text, socket)?, len: *len, flags: *flags }
            }
            Command::Shutdown { socket, how } => {
                Request::Shutdown { socket: self.socket(text, socket)?, how: *how }
            }
            Command::Close { socket } => Request::Close { socket: self.socket(text, socket)? },
            Command::SetSockOpt { socket, option, value } => {
                let socket = self.socket(text, socket)?;
                let found = self.or_fail(text, &option.span, options::find(&option.value))?;
                self.or_fail(text, &value.span, found.check(&value.value))?;
                Request::SetSockOpt {
                    socket,
                    option: option.value.clone(),
                    value: value.value.clone(),
                }
            }
            Command::GetSockOpt { socket, option } => {
                let socket = self.socket(text, socket)?;
                self.or_fail(text, &option.span, options::find(&option.value))?;
                Request::GetSockOpt { socket, option: option.value.clone() }
            }
            Command::GetSockName { socket } => {
                Request::GetSockName { socket: self.socket(text, socket)? }
            }
            Command::GetPeerName { socket } => {
                Request::GetPeerName { socket: self.socket(text, socket)? }
            }
            Command::NonBlock { socket, on } => {
                Request::NonBlock { socket: self.socket(text, socket)?, on: *on }
            }
            Command::Poll { sockets, events, timeout } => Request::Poll {
                sockets: sockets
                    .iter()
                    .map(|name| self.socket(text, name))
                    .collect::<Result<_, _>>()?,
                events: *events,
                timeout: *timeout,
            },
            Command::Timeout { .. }
            | Command::Jobs
            | Command::Wait { .. }
            | Command::Interrupt { .. }
            | Command::Sockets { .. }
            | Command::Watch { .. }
            | Command::Counters
            | Command::ResetConnection { .. }
            | Command::Trace { .. }
            | Command::Packets
            | Command::Dissect { .. }
            | Command::Why
            | Command::States { .. }
            | Command::Kernel { .. }
            | Command::QuickAck { .. }
            | Command::Expire
            | Command::Step { .. }
            | Command::Next { .. }
            | Command::Flow
            | Command::Drop { .. }
            | Command::Dup { .. }
            | Command::Swap { .. }
            | Command::Corrupt { .. }
            | Command::Hold { .. }
            | Command::Forge { .. }
            | Command::Wire { .. }
            | Command::Save { .. }
            | Command::Read { .. }
            | Command::Set { .. }
            | Command::Source { .. }
            | Command::Reset
            | Command::Mark
            | Command::Sleep { .. }
            | Command::Help { .. }
            | Command::Apropos { .. }
            | Command::History
            | Command::Lesson { .. }
            | Command::Quit
            | Command::Expect { .. } => return Ok(None),
        };
        Ok(Some(request))
    }

    /// The open socket of that name.
    pub(super) fn socket(&mut self, text: &str, name: &Name) -> Result<SocketId, Stop> {
        let story = self.lab.story();
        let problem = match story.socket_named(&name.value) {
            Some(socket) if !socket.closed => return Ok(socket.id),
            Some(_) => format!("{} is closed", name.value),
            None => {
                let open = open_sockets(&story.sockets());
                let hint = match nearest(&name.value, open.iter().map(AsRef::as_ref)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if open.is_empty() => {
                        format!("make one: {} = socket tcp", name.value)
                    }
                    None => format!("open: {}", open.join(", ")),
                };
                format!("there is no socket called `{}`; {hint}", name.value)
            }
        };
        self.fail(text, &name.span, &problem)?;
        Err(Stop::Failed)
    }

    /// The latest socket of that name, open or closed: what looking at it needs.
    pub(super) fn named(&mut self, text: &str, name: &Name) -> Result<SocketId, Stop> {
        match self.lab.story().socket_named(&name.value) {
            Some(socket) => Ok(socket.id),
            None => self.socket(text, name),
        }
    }

    /// A new socket's name must not be an open socket's.
    fn check_is_new(&mut self, text: &str, name: &Name) -> Result<(), Stop> {
        let is_open = self.lab.story().socket_named(&name.value).is_some_and(|s| !s.closed);
        let mut waiting = self.lab.sockets().pending().into_iter();
        let problem = if is_open {
            format!(
                "`{0}` is the name of an open socket; pick another name, or `close {0}` first",
                name.value
            )
        } else if waiting.any(|call| call.makes.as_ref() == Some(&name.value)) {
            format!("an accept that waits will make `{}`; pick another name", name.value)
        } else {
            return Ok(());
        };
        self.fail(text, &name.span, &problem)?;
        Err(Stop::Failed)
    }

    /// `conn1`, `conn2`, …: the first that no socket has had and no waiting accept has been given.
    fn next_conn(&mut self) -> String {
        let story = self.lab.story();
        let is_had = |number: u32| story.socket_named(&format!("conn{number}")).is_some();
        while is_had(self.conns + 1) {
            self.conns += 1;
        }
        let given: Vec<String> =
            self.lab.sockets().pending().into_iter().filter_map(|call| call.makes).collect();
        let mut number = self.conns + 1;
        while is_had(number) || given.contains(&format!("conn{number}")) {
            number += 1;
        }
        format!("conn{number}")
    }

    fn address(
        &mut self,
        text: &str,
        socket: &Name,
        address: &Spanned<AddressArg>,
    ) -> Result<Address, Stop> {
        let meant = self.meant(socket, &address.value);
        self.or_fail(text, &address.span, meant)
    }

    /// The address that is meant where it is typed for that socket, or why none is.
    pub(super) fn meant(&self, socket: &Name, address: &AddressArg) -> Result<Address, String> {
        let story = self.lab.story();
        let is_ipv6 = story.socket_named(&socket.value).is_some_and(|socket| socket.kind.is_ipv6());
        let either = |ipv6: Ipv6Addr, ipv4: Ipv4Addr| {
            if is_ipv6 { IpAddr::from(ipv6) } else { IpAddr::from(ipv4) }
        };
        match address {
            AddressArg::Ip(ip, port) => Ok(Address::Ip(SocketAddr::new(*ip, *port))),
            AddressArg::Localhost(port) => {
                let loopback = either(Ipv6Addr::LOCALHOST, Ipv4Addr::LOCALHOST);
                Ok(Address::Ip(SocketAddr::new(loopback, *port)))
            }
            AddressArg::Any(port) => {
                let wildcard = either(Ipv6Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED);
                Ok(Address::Ip(SocketAddr::new(wildcard, *port)))
            }
            AddressArg::Path(path) => Ok(Address::Path(path.clone())),
            AddressArg::Socket(name) => match story.socket_named(name) {
                Some(SocketStory { local: Some(Address::Ip(address)), .. }) => {
                    Ok(Address::Ip(reachable(*address, is_ipv6)))
                }
                Some(SocketStory { local: Some(local @ Address::Path(_)), .. }) => {
                    Ok(local.clone())
                }
                Some(_) => Err(format!("`{name}` has no address yet; bind it first")),
                None => Err(format!(
                    "`{name}` is neither an address nor a socket; write 127.0.0.1:8899, \
                     [::1]:8899, *:8899, a path, or the name of a bound socket"
                )),
            },
        }
    }
}

/// Where a socket of that family reaches one that is bound there: a wildcard over loopback, and
/// IPv4 from an IPv6 socket by mapped addresses. (An IPv6 wildcard takes IPv4 too, unless
/// `IPV6_V6ONLY` is set.)
fn reachable(bound: SocketAddr, from_ipv6: bool) -> SocketAddr {
    let ip = match (bound.ip(), from_ipv6) {
        (IpAddr::V6(ip), true) if ip.is_unspecified() => IpAddr::from(Ipv6Addr::LOCALHOST),
        (ip, false) if ip.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        (IpAddr::V4(ip), true) => {
            let ip = if ip.is_unspecified() { Ipv4Addr::LOCALHOST } else { ip };
            IpAddr::from(ip.to_ipv6_mapped())
        }
        (IpAddr::V6(ip), false) => ip.to_ipv4_mapped().map_or(IpAddr::from(ip), IpAddr::from),
        (ip, _) => ip,
    };
    SocketAddr::new(ip, bound.port())
}

fn open_sockets(sockets: &[&SocketStory]) -> Vec<String> {
    sockets.iter().filter(|s| !s.closed).map(|s| s.name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_the_address_that_the_callers_family_can_reach() {
        for (bound, from_ipv6, called) in [
            ("0.0.0.0:80", false, "127.0.0.1:80"),
            ("127.0.0.2:80", false, "127.0.0.2:80"),
            ("[::]:80", true, "[::1]:80"),
            ("[::]:80", false, "127.0.0.1:80"),
            ("0.0.0.0:80", true, "[::ffff:127.0.0.1]:80"),
            ("127.0.0.2:80", true, "[::ffff:127.0.0.2]:80"),
            ("[::ffff:127.0.0.1]:80", false, "127.0.0.1:80"),
            ("[::1]:80", false, "[::1]:80"),
        ] {
            let reached = reachable(bound.parse().unwrap(), from_ipv6);
            assert_eq!(reached.to_string(), called, "{bound} {from_ipv6}");
        }
    }
}
