//! The messages of `sock_diag(7)`: questions written, answers taken apart.

use std::net::{IpAddr, SocketAddr};

use super::report::ASKED;

pub(super) const SOCK_DIAG_BY_FAMILY: u16 = 20;
pub(super) const SOCK_DESTROY: u16 = 21;

/// An internet address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `AF_INET`
    V4,
    /// `AF_INET6`: also sockets of this family that speak IPv4.
    V6,
}

impl Family {
    fn number(self) -> u8 {
        match self {
            Family::V4 => libc::AF_INET as u8,
            Family::V6 => libc::AF_INET6 as u8,
        }
    }
}

/// `struct inet_diag_sockid`
#[derive(Debug)]
pub(super) struct Id {
    pub family: Family,
    pub local: SocketAddr,
    pub peer: SocketAddr,
    pub interface: u32,
    pub cookie: [u8; 8],
}

/// `INET_DIAG_NOCOOKIE`
const NO_COOKIE: [u8; 8] = [0xff; 8];

impl Id {
    pub fn of(local: SocketAddr, peer: SocketAddr) -> Id {
        let (family, interface) = match local {
            SocketAddr::V4(_) => (Family::V4, 0),
            SocketAddr::V6(v6) => (Family::V6, v6.scope_id()),
        };
        Id { family, local, peer, interface, cookie: NO_COOKIE }
    }

    pub fn any(family: Family) -> Id {
        let any: SocketAddr = match family {
            Family::V4 => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
            Family::V6 => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        Id::of(any, any)
    }
}

/// A netlink header and `struct inet_diag_req_v2`.
pub(super) fn request(
    kind: u16,
    flags: i32,
    sequence: u32,
    family: Family,
    states: u32,
    id: &Id,
) -> Vec<u8> {
    const LEN: u32 = 72;
    let mut message = Vec::with_capacity(LEN as usize);
    message.extend(LEN.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((flags as u16).to_ne_bytes());
    message.extend(sequence.to_ne_bytes());
    message.extend(0u32.to_ne_bytes());
    message.extend([family.number(), libc::IPPROTO_TCP as u8, ASKED, 0]);
    message.extend(states.to_ne_bytes());
    message.extend(id.local.port().to_be_bytes());
    message.extend(id.peer.port().to_be_bytes());
    message.extend(sixteen(id.local.ip()));
    message.extend(sixteen(id.peer.ip()));
    message.extend(id.interface.to_ne_bytes());
    message.extend(id.cookie);
    message
}

fn sixteen(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(v4) => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&v4.octets());
            bytes
        }
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// One netlink message.
pub(super) struct Message<'a> {
    pub kind: u16,
    pub sequence: u32,
    pub body: &'a [u8],
}

/// The messages of one read; ends at one that is cut short.
pub(super) struct Messages<'a>(pub &'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        const HEADER: usize = 16;
        let header = self.0.get(..HEADER)?;
        let len = u32::from_ne_bytes(header[0..4].try_into().ok()?) as usize;
        let kind = u16::from_ne_bytes(header[4..6].try_into().ok()?);
        let sequence = u32::from_ne_bytes(header[8..12].try_into().ok()?);
        let body = self.0.get(HEADER..len)?;
        self.0 = self.0.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some(Message { kind, sequence, body })
    }
}

/// `struct nlmsgerr`: 0 or a negative errno.
pub(super) fn error_code(body: &[u8]) -> i32 {
    let code = body.first_chunk().copied().map(i32::from_ne_bytes);
    code.unwrap_or(-libc::EBADMSG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_cut_short_anywhere_end_the_reading() {
        let id = Id::any(Family::V4);
        let message = request(SOCK_DIAG_BY_FAMILY, 0, 7, Family::V4, 0, &id);
        let two = [message.clone(), message].concat();
        for len in 0..two.len() {
            assert_eq!(Messages(&two[..len]).count(), len / 72);
        }
        assert_eq!(Messages(&two).map(|message| message.sequence).collect::<Vec<_>>(), [7, 7]);
        assert_eq!(Messages(&[0; 64]).count(), 0);
    }
}
