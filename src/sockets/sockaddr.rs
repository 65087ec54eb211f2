//! An address as the kernel holds it: `struct sockaddr_in`, `sockaddr_in6`, `sockaddr_un`, written
//! and read byte by byte.

use std::ffi::OsStr;
use std::mem::{offset_of, size_of};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use libc::{c_int, sa_family_t, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_un, socklen_t};

use crate::trace::Address;

const ROOM: usize = size_of::<libc::sockaddr_storage>();

/// An address, and how many of its bytes count.
#[derive(Debug)]
#[repr(C, align(8))]
pub(super) struct SockAddr {
    bytes: [u8; ROOM],
    pub len: socklen_t,
}

impl SockAddr {
    /// Room for the kernel to fill in.
    pub fn empty() -> SockAddr {
        SockAddr { bytes: [0; ROOM], len: ROOM as socklen_t }
    }

    pub fn as_ptr(&self) -> *const sockaddr {
        std::ptr::from_ref(self).cast()
    }

    pub fn as_mut_ptr(&mut self) -> *mut sockaddr {
        std::ptr::from_mut(self).cast()
    }

    /// `None` for a path that doesn't fit.
    pub fn of(address: &Address) -> Option<SockAddr> {
        let mut this = SockAddr::empty();
        let len = match address {
            Address::Ip(SocketAddr::V4(v4)) => {
                this.put_family(libc::AF_INET);
                this.put(offset_of!(sockaddr_in, sin_port), &v4.port().to_be_bytes());
                this.put(offset_of!(sockaddr_in, sin_addr), &v4.ip().octets());
                size_of::<sockaddr_in>()
            }
            Address::Ip(SocketAddr::V6(v6)) => {
                this.put_family(libc::AF_INET6);
                this.put(offset_of!(sockaddr_in6, sin6_port), &v6.port().to_be_bytes());
                this.put(offset_of!(sockaddr_in6, sin6_flowinfo), &v6.flowinfo().to_ne_bytes());
                this.put(offset_of!(sockaddr_in6, sin6_addr), &v6.ip().octets());
                this.put(offset_of!(sockaddr_in6, sin6_scope_id), &v6.scope_id().to_ne_bytes());
                size_of::<sockaddr_in6>()
            }
            Address::Path(path) => {
                let (path, at) = (path.as_os_str().as_bytes(), offset_of!(sockaddr_un, sun_path));
                if at + path.len() >= size_of::<sockaddr_un>() || path.contains(&0) {
                    return None;
                }
                this.put_family(libc::AF_UNIX);
                this.put(at, path);
                // The NUL counts.
                at + path.len() + 1
            }
            Address::Unnamed => {
                this.put_family(libc::AF_UNIX);
                offset_of!(sockaddr_un, sun_path)
            }
        };
        this.len = len as socklen_t;
        Some(this)
    }

    /// What the kernel filled in; `None` if that is nothing, or of another family.
    pub fn address(&self) -> Option<Address> {
        let bytes = self.bytes.get(..self.len as usize).unwrap_or(&self.bytes);
        match c_int::from(sa_family_t::from_ne_bytes(field(bytes, FAMILY)?)) {
            libc::AF_INET => {
                let ip: [u8; 4] = field(bytes, offset_of!(sockaddr_in, sin_addr))?;
                let port = u16::from_be_bytes(field(bytes, offset_of!(sockaddr_in, sin_port))?);
                Some(Address::Ip(SocketAddrV4::new(Ipv4Addr::from(ip), port).into()))
            }
            libc::AF_INET6 => {
                let ip: [u8; 16] = field(bytes, offset_of!(sockaddr_in6, sin6_addr))?;
                let v6 = SocketAddrV6::new(
                    Ipv6Addr::from(ip),
                    u16::from_be_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_port))?),
                    u32::from_ne_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_flowinfo))?),
                    u32::from_ne_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_scope_id))?),
                );
                Some(Address::Ip(v6.into()))
            }
            libc::AF_UNIX => {
                let path = bytes.get(offset_of!(sockaddr_un, sun_path)..);
                Some(unix_name(path.unwrap_or_default()))
            }
            _ => None,
        }
    }

    fn put(&mut self, at: usize, field: &[u8]) {
        self.bytes[at..at + field.len()].copy_from_slice(field);
    }

    fn put_family(&mut self, family: c_int) {
        self.put(FAMILY, &(family as sa_family_t).to_ne_bytes());
    }
}

const FAMILY: usize = offset_of!(sockaddr, sa_family);

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// `sun_path` as a name: nothing, a path that ends at a NUL, or an abstract name that begins with
/// one, which `unix(7)` writes with an `@`.
fn unix_name(path: &[u8]) -> Address {
    match path {
        [] => Address::Unnamed,
        [0, rest @ ..] if rest.iter().all(|byte| *byte == 0) => Address::Unnamed,
        [0, rest @ ..] => Address::Path(PathBuf::from(OsStr::from_bytes(&[b"@", rest].concat()))),
        path => {
            let name = path.split(|byte| *byte == 0).next().unwrap_or_default();
            Address::Path(PathBuf::from(OsStr::from_bytes(name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_scope_and_all() {
        let addresses = [
            Address::Ip("127.0.0.1:8899".parse().unwrap()),
            Address::Ip("[fe80::1%3]:80".parse().unwrap()),
            Address::Path("/tmp/a b".into()),
            Address::Unnamed,
        ];
        for address in addresses {
            assert_eq!(SockAddr::of(&address).unwrap().address(), Some(address));
        }
    }

    #[test]
    fn a_path_fits_with_its_nul_or_not_at_all() {
        let most = size_of::<sockaddr_un>() - offset_of!(sockaddr_un, sun_path) - 1;
        let path = |len: usize| Address::Path("x".repeat(len).into());
        assert_eq!(SockAddr::of(&path(most)).unwrap().address(), Some(path(most)));
        assert!(SockAddr::of(&path(most + 1)).is_none());
        assert!(SockAddr::of(&Address::Path("a\0b".into())).is_none());
    }

    #[test]
    fn what_is_cut_short_anywhere_is_no_address_of_ip() {
        for address in ["127.0.0.1:1", "[::1]:1"] {
            let mut name = SockAddr::of(&Address::Ip(address.parse().unwrap())).unwrap();
            let needed = if address.starts_with('[') { 28 } else { 8 };
            for len in 0..needed {
                name.len = len;
                assert_eq!(name.address(), None, "{address} cut to {len}");
            }
        }
    }
}
