//! Questions to `sock_diag(7)`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use super::netlink::{
    Family, Id, Messages, SOCK_DESTROY, SOCK_DIAG_BY_FAMILY, error_code, request,
};
use super::{Report, raw};

/// The kernel answers while it is being asked; this is only so that nothing can hang.
const PATIENCE: Duration = Duration::from_millis(500);
/// The kernel puts no more than 32 KiB into one answer.
const ROOM: usize = 64 << 10;

/// `TCP_TIME_WAIT` of include/net/tcp_states.h.
const TIME_WAIT: u8 = 6;
/// FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, LAST-ACK, CLOSING: its program has closed it.
const CLOSING: [u8; 5] = [4, 5, TIME_WAIT, 9, 11];
/// `TCP_SYN_RECV` and `TCP_NEW_SYN_RECV`, by which a question means request sockets.
const SYN_RECEIVED: u8 = 3;
const NEW_SYN_RECEIVED: u8 = 12;

/// The kernel's word on the TCP sockets of one network namespace. Needs no capability, except to
/// destroy.
#[derive(Debug)]
pub struct Kernel {
    netlink: OwnedFd,
    buffer: Vec<u8>,
    sequence: u32,
}

impl Kernel {
    /// Opens a way to ask about the network namespace that the calling thread is in.
    pub fn open() -> io::Result<Kernel> {
        Ok(Kernel { netlink: raw::sock_diag(PATIENCE)?, buffer: vec![0; ROOM], sequence: 0 })
    }

    /// The end of a connection with these addresses, mapped IPv4 or not; `None` when the kernel
    /// knows of no such socket.
    pub fn end(&mut self, local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Report>> {
        let (local, peer) = (canonical(local), canonical(peer));
        let found = self.one(&Id::of(local, peer))?;
        // Where there is no such connection the kernel offers the listener on the port.
        let is_it = |report: &Report| {
            report.peer.is_some_and(|found| same(found, peer)) && same(report.local, local)
        };
        Ok(found.filter(is_it))
    }

    /// The listener that would answer a SYN to this address.
    pub fn listener(&mut self, local: SocketAddr) -> io::Result<Option<Report>> {
        let local = canonical(local);
        let nobody = SocketAddr::new(unspecified(local), 0);
        Ok(self.one(&Id::of(local, nobody))?.filter(Report::listens))
    }

    /// The half-open connections of a listener: SYNs that it has answered and that wait for the
    /// last step of the handshake.
    pub fn half_open(&mut self, listener: &Report) -> io::Result<Vec<Report>> {
        let mut found = Vec::new();
        for family in [Family::V4, Family::V6] {
            found.extend(self.matching(family, 1 << SYN_RECEIVED | 1 << NEW_SYN_RECEIVED)?);
        }
        let at = listener.local;
        found.retain(|one| {
            let reaches = at.ip().is_unspecified() || one.local.ip() == at.ip();
            one.local.port() == at.port() && reaches
        });
        Ok(found)
    }

    /// Every TCP socket of that family: listeners, half-open and unaccepted connections, orphans
    /// and TIME-WAITs too.
    pub fn dump(&mut self, family: Family) -> io::Result<Vec<Report>> {
        self.matching(family, u32::MAX)
    }

    /// Ends the connection with these addresses (`tcp_abort()`): ESTABLISHED, CLOSE-WAIT,
    /// FIN-WAIT-1 and FIN-WAIT-2 by RST, an orphan's FIN-WAIT-2 and every other state quietly. The
    /// program's calls then fail with ECONNABORTED. False if there is none. Needs `CAP_NET_ADMIN` over the network namespace.
    pub fn destroy(&mut self, local: SocketAddr, peer: SocketAddr) -> io::Result<bool> {
        match self.end(local, peer)? {
            Some(report) => self.destroy_reported(&report),
            None => Ok(false),
        }
    }

    /// Ends every TIME-WAIT of the network namespace, orphans in FIN-WAIT-2 apart; how many.
    pub fn expire_time_waits(&mut self) -> io::Result<usize> {
        let mut ended = 0;
        for family in [Family::V4, Family::V6] {
            for report in self.matching(family, 1 << TIME_WAIT)? {
                // The kernel keeps both TIME-WAIT and an orphan's FIN-WAIT-2 in one table.
                if report.state.0 == TIME_WAIT && self.destroy_reported(&report)? {
                    ended += 1;
                }
            }
        }
        Ok(ended)
    }

    /// Ends what goes on of connections that the programs have closed, by RST or quietly: the
    /// TIME-WAITs, and orphans that wait for their FIN's acknowledgement or the peer's FIN.
    pub fn end_closed(&mut self) -> io::Result<()> {
        for family in [Family::V4, Family::V6] {
            for report in self.dump(family)? {
                if report.inode == 0 && CLOSING.contains(&report.state.0) {
                    self.destroy_reported(&report)?;
                }
            }
        }
        Ok(())
    }

    /// By its cookie: between question and order the socket may have gone, and the listener on its
    /// port would be destroyed in its place.
    fn destroy_reported(&mut self, report: &Report) -> io::Result<bool> {
        let Some(peer) = report.peer else { return Ok(false) };
        let mut id = Id::of(report.local, peer);
        id.interface = report.interface;
        id.cookie = report.cookie;
        let flags = libc::NLM_F_REQUEST | libc::NLM_F_ACK;
        match self.ask(SOCK_DESTROY, flags, id.family, u32::MAX, &id) {
            Ok(_) => Ok(true),
            Err(error) if gone(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn one(&mut self, id: &Id) -> io::Result<Option<Report>> {
        match self.ask(SOCK_DIAG_BY_FAMILY, libc::NLM_F_REQUEST, id.family, u32::MAX, id) {
            Ok(found) => Ok(found.into_iter().next()),
            Err(error) if gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn matching(&mut self, family: Family, states: u32) -> io::Result<Vec<Report>> {
        let flags = libc::NLM_F_REQUEST | libc::NLM_F_DUMP;
        self.ask(SOCK_DIAG_BY_FAMILY, flags, family, states, &Id::any(family))
    }

    /// Sends a request and gathers the answers to it.
    fn ask(
        &mut self,
        kind: u16,
        flags: i32,
        family: Family,
        states: u32,
        id: &Id,
    ) -> io::Result<Vec<Report>> {
        self.sequence = self.sequence.wrapping_add(1);
        raw::send(self.netlink.as_fd(), &request(kind, flags, self.sequence, family, states, id))?;
        let many = flags & libc::NLM_F_DUMP == libc::NLM_F_DUMP;
        let mut reports = Vec::new();
        loop {
            let len = match raw::recv(self.netlink.as_fd(), &mut self.buffer) {
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(error) => return Err(error),
            };
            for message in Messages(&self.buffer[..len]) {
                // An answer to a question that was given up.
                if message.sequence != self.sequence {
                    continue;
                }
                match i32::from(message.kind) {
                    libc::NLMSG_DONE => return Ok(reports),
                    libc::NLMSG_ERROR => {
                        return match error_code(message.body) {
                            0 => Ok(reports),
                            code => Err(io::Error::from_raw_os_error(code.wrapping_neg())),
                        };
                    }
                    _ => reports.extend(Report::from_bytes(message.body)),
                }
                if !many {
                    return Ok(reports);
                }
            }
        }
    }
}

/// No such socket, or another one by now.
fn gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ESTALE))
}

fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}

fn unspecified(like: SocketAddr) -> IpAddr {
    match like {
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// The same address, whatever is said of scope and flow.
fn same(one: SocketAddr, other: SocketAddr) -> bool {
    one.ip() == other.ip() && one.port() == other.port()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::tcp_info;
    use crate::sockets::Request;
    use crate::sockets::bench::{Bench, recv, send};
    use crate::tcp::outlook::TimerKind;
    use crate::trace::{Address, HowShut, KernelCode, SocketId, SocketKind, clock};

    const ESTABLISHED: KernelCode = KernelCode(1);
    const SYN_RECEIVED: KernelCode = KernelCode(super::SYN_RECEIVED);
    const FIN_WAIT_2: KernelCode = KernelCode(5);

    /// Asks until there is an answer: an acknowledgement may be delayed.
    fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
        let end = clock::now().after(Duration::from_secs(5));
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            assert!(clock::now() < end, "asked in vain");
            std::thread::yield_now();
        }
    }

    fn close(bench: &mut Bench, socket: SocketId) {
        bench.value(Request::Close { socket });
    }

    #[test]
    fn a_listener_tells_its_queue_and_backlog() {
        let mut bench = Bench::new();
        let (_, address) = bench.listener(SocketKind::Tcp, 5);
        let client = bench.socket("client", SocketKind::Tcp);
        bench.value(Request::Connect { socket: client, address: address.clone() });
        let report = Kernel::open().unwrap().listener(address.ip().unwrap()).unwrap().unwrap();
        assert!(report.listens());
        assert_eq!((report.recv_queue, report.send_queue), (1, 5));
        assert_eq!((report.peer, report.fact().expires_ms), (None, None));
        assert_eq!(report.info.unwrap().queue(), Some((1, 5)));
    }

    #[test]
    fn both_ends_are_found_accepted_or_not_over_ipv4_and_ipv6() {
        for kind in [SocketKind::Tcp, SocketKind::Tcp6] {
            let mut bench = Bench::new();
            let mut kernel = Kernel::open().unwrap();
            let (server, address) = bench.listener(kind, 5);
            let client = bench.socket("client", kind);
            bench.value(Request::Connect { socket: client, address: address.clone() });
            let (near, far) = (bench.local(client), address.ip().unwrap());
            let this = kernel.end(near, far).unwrap().unwrap();
            assert_eq!((this.state, this.local, this.peer), (ESTABLISHED, near, Some(far)));
            assert!(this.inode != 0 && this.info.unwrap().segs_out >= 2);
            let other = kernel.end(far, near).unwrap().unwrap();
            assert_eq!((other.state, other.inode), (ESTABLISHED, 0));
            bench.value(send(client, b"hello"));
            assert_eq!(kernel.end(far, near).unwrap().unwrap().recv_queue, 5);
            let conn = bench.accept(server);
            assert!(kernel.end(far, near).unwrap().unwrap().inode != 0);
            let info = tcp_info(bench.sockets.get(conn).unwrap()).unwrap();
            assert_eq!((info.code(), info.bytes_received), (ESTABLISHED, 5));
        }
    }

    #[test]
    fn a_listener_on_the_port_isnt_taken_for_a_connection() {
        let mut bench = Bench::new();
        let (_, address) = bench.listener(SocketKind::Tcp, 5);
        let local = address.ip().unwrap();
        let end = Kernel::open().unwrap().end(local, "127.0.0.1:1".parse().unwrap()).unwrap();
        assert_eq!(end, None);
    }

    #[test]
    fn mapped_addresses_are_found_both_ways() {
        let mut bench = Bench::new();
        let mut kernel = Kernel::open().unwrap();
        let server = bench.socket("server", SocketKind::Tcp6);
        let any = Address::Ip("[::]:0".parse().unwrap());
        bench.value(Request::Bind { socket: server, address: any });
        bench.value(Request::Listen { socket: server, backlog: 5 });
        let port = bench.local(server).port();
        let client = bench.socket("client", SocketKind::Tcp);
        let far: SocketAddr = ([127, 0, 0, 1], port).into();
        bench.value(Request::Connect { socket: client, address: Address::Ip(far) });
        let near = bench.local(client);
        let mapped = |address: SocketAddr| match address.ip() {
            IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
            IpAddr::V6(_) => address,
        };
        let plain = kernel.end(far, near).unwrap().unwrap();
        assert_eq!((plain.local, plain.peer, plain.ipv6), (far, Some(near), true));
        let by_mapped = kernel.end(mapped(far), mapped(near)).unwrap().unwrap();
        assert_eq!(by_mapped.cookie, plain.cookie);
        assert!(kernel.listener(far).unwrap().unwrap().ipv6);
        let all = kernel.dump(Family::V6).unwrap();
        assert!(all.iter().any(|one| one.local == far && one.peer == Some(near)));
    }

    #[test]
    fn time_wait_is_found_with_the_time_it_has_left() {
        let mut bench = Bench::new();
        let mut kernel = Kernel::open().unwrap();
        let (server, client, conn) = bench.connection(SocketKind::Tcp);
        let (near, far) = (bench.local(client), bench.local(server));
        close(&mut bench, client);
        assert_eq!(bench.finish(recv(conn, 1)).0, crate::trace::Outcome::Value(0));
        let orphan = until(|| kernel.end(near, far).unwrap().filter(|one| one.state == FIN_WAIT_2));
        assert_eq!((orphan.inode, orphan.fact().state), (0, Some(FIN_WAIT_2)));
        assert!(orphan.expires().is_some());
        close(&mut bench, conn);
        let in_time_wait = |report: &Report| report.state.0 == TIME_WAIT;
        let report = until(|| kernel.end(near, far).unwrap().filter(in_time_wait));
        assert_eq!(report.timer.unwrap().kind, TimerKind::TimeWait);
        let left = report.expires().unwrap();
        assert!((50_001..=60_000).contains(&left.as_millis()), "{left:?}");
        // The other end is gone once it has had the last ACK.
        until(|| kernel.end(far, near).unwrap().is_none().then_some(()));
        let all = kernel.dump(Family::V4).unwrap();
        assert!(all.iter().any(|one| one.local == near && one.state.0 == TIME_WAIT));
    }

    #[test]
    fn a_handshake_that_waits_for_its_last_step_is_syn_received() {
        let mut bench = Bench::new();
        let mut kernel = Kernel::open().unwrap();
        let (server, address) = bench.listener(SocketKind::Tcp, 5);
        // A deferring listener leaves the handshake half open until data comes.
        let (option, value) = ("TCP_DEFER_ACCEPT".into(), "5".into());
        bench.value(Request::SetSockOpt { socket: server, option, value });
        let client = bench.socket("client", SocketKind::Tcp);
        bench.value(Request::Connect { socket: client, address: address.clone() });
        let (near, far) = (bench.local(client), address.ip().unwrap());
        assert_eq!(kernel.end(far, near).unwrap().unwrap().state, SYN_RECEIVED);
        let all = kernel.dump(Family::V4).unwrap();
        let half = all.iter().find(|one| one.local == far && one.peer == Some(near)).unwrap();
        assert_eq!((half.state, half.inode), (SYN_RECEIVED, 0));
        let listener = kernel.listener(far).unwrap().unwrap();
        let waiting = kernel.half_open(&listener).unwrap();
        assert_eq!(waiting.iter().map(|one| one.peer).collect::<Vec<_>>(), [Some(near)]);
        bench.value(Request::Shutdown { socket: client, how: HowShut::RdWr });
    }

    #[test]
    fn only_who_has_the_right_destroys_a_socket() {
        let mut bench = Bench::new();
        let mut kernel = Kernel::open().unwrap();
        let (server, client, conn) = bench.connection(SocketKind::Tcp);
        let (near, far) = (bench.local(client), bench.local(server));
        close(&mut bench, client);
        assert_eq!(bench.finish(recv(conn, 1)).0, crate::trace::Outcome::Value(0));
        close(&mut bench, conn);
        let may = caps::has_cap(None, caps::CapSet::Effective, caps::Capability::CAP_NET_ADMIN);
        if may.unwrap() {
            assert!(kernel.destroy(near, far).unwrap());
            assert_eq!(kernel.end(near, far).unwrap(), None);
            assert!(!kernel.destroy(near, far).unwrap());
            assert!(kernel.listener(far).unwrap().is_some(), "the listener was destroyed instead");
        } else {
            let refused = kernel.destroy(near, far).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        }
    }

    #[test]
    fn every_time_wait_of_a_network_can_be_ended_and_nothing_else() {
        crate::network::testing::on_private_network(|_| {
            let mut bench = Bench::new();
            let mut kernel = Kernel::open().unwrap();
            let mut closed = Vec::new();
            for kind in [SocketKind::Tcp, SocketKind::Tcp, SocketKind::Tcp6] {
                let (server, client, conn) = bench.connection(kind);
                closed.push((bench.local(client), bench.local(server)));
                close(&mut bench, client);
                assert_eq!(bench.finish(recv(conn, 1)).0, crate::trace::Outcome::Value(0));
                close(&mut bench, conn);
            }
            let (_, alive, _) = bench.connection(SocketKind::Tcp);
            assert_eq!(kernel.expire_time_waits().unwrap(), 3);
            for (near, far) in closed {
                assert_eq!(kernel.end(near, far).unwrap(), None);
                assert!(kernel.listener(far).unwrap().is_some());
            }
            assert_eq!(kernel.expire_time_waits().unwrap(), 0);
            bench.value(send(alive, b"still here"));
        });
    }
}
