//! The wire on real loopback, by every method that this kernel has.

use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use super::queue::Take;
use super::queue::rules::Rules;
use super::*;
use crate::network::Network;
use crate::network::testing::on_private_network;
use crate::packet::{Checksum, Packet, decode};
use crate::trace::LinkType;

mod boundaries;
mod injection;
mod overflow;
mod tcp;
mod verdicts;

const PATIENCE: Duration = Duration::from_secs(10);
const BOTH: [&str; 2] = ["127.0.0.1:0", "[::1]:0"];

/// Runs the test on a network of its own by each method. One that this kernel lacks must be missing
/// for that reason and no other; `methods_that_this_kernel_lacks_are_named` says which.
fn by_every_method(test: impl Fn(&Network, Interposer)) {
    for method in Method::ALL {
        on_private_network(|network| match Interposer::open_with(network, method) {
            Ok(wire) => test(network, wire),
            Err(obstacle) => assert_eq!(obstacle, absence(method)),
        });
    }
}

/// What a kernel says that was built without this method.
fn absence(method: Method) -> Obstacle {
    match method {
        Method::Queue => Obstacle { step: Step::QueueExpression, errno: libc::ENOENT },
        Method::Target => Obstacle { step: Step::QueueTarget, errno: libc::ENOENT },
        Method::Ingress => Obstacle { step: Step::Filter, errno: libc::ENOENT },
    }
}

/// How rules hand packets to the queue here; nothing if this kernel has no queue.
fn take_here() -> Option<Take> {
    [Take::Expression, Take::Target].into_iter().find(|take| Rules::prepare(*take).is_ok())
}

/// The next message.
fn next(wire: &Interposer) -> Message {
    wire.messages().recv_timeout(PATIENCE).unwrap()
}

/// The next packet.
fn taken(wire: &Interposer) -> Taken {
    match next(wire) {
        Message::Taken(taken) => taken,
        other => panic!("{other:?}"),
    }
}

/// All that has been taken by now.
fn all_taken(wire: &mut Interposer) -> Vec<Taken> {
    let fence = wire.fence().unwrap();
    let mut all = Vec::new();
    loop {
        match next(wire) {
            Message::Taken(taken) => all.push(taken),
            Message::Fence(number) if number == fence => return all,
            other => panic!("{other:?}"),
        }
    }
}

/// A packet in a few words; its checksum must be right.
fn words(taken: &Taken) -> String {
    const RAW: LinkType = LinkType(101);
    let packet = decode(RAW, &taken.bytes, taken.bytes.len() as u32);
    let (words, checksum) = match packet {
        Packet::Tcp(segment) => {
            let length = segment.payload.len;
            let length = if length > 0 { format!(" {length}") } else { String::new() };
            (format!("{}{length}", segment.flags), segment.checksum)
        }
        Packet::Udp(datagram) => {
            let payload = datagram.payload.of(&taken.bytes);
            (String::from_utf8_lossy(payload).into_owned(), datagram.checksum)
        }
        Packet::Icmp(message) => {
            (format!("ICMP {}/{}", message.kind, message.code), Checksum::Right)
        }
        Packet::Other(other) => (other.why.to_owned(), Checksum::Right),
    };
    assert_eq!(checksum, Checksum::Right, "{words}");
    words
}

/// A socket that sends to itself, never waits, and where it is.
fn datagram_socket(address: &str) -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_nonblocking(true).unwrap();
    let to = socket.local_addr().unwrap();
    (socket, to)
}

/// What a socket has received: one datagram, or nothing.
fn received(socket: &UdpSocket) -> Option<String> {
    let mut buffer = vec![0; 1 << 16];
    let length = socket.recv(&mut buffer).ok()?;
    Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

#[test]
fn one_method_works_here() {
    on_private_network(|network| {
        Interposer::open(network).unwrap();
    });
}

#[test]
fn methods_that_this_kernel_lacks_are_named() {
    for method in Method::ALL {
        on_private_network(|network| {
            if let Err(obstacle) = Interposer::open_with(network, method) {
                assert_eq!(obstacle, absence(method));
                // Not by eprintln!, which the harness keeps to itself.
                let _ = writeln!(std::io::stderr(), "NOT TESTED: {method}: {obstacle}");
            }
        });
    }
}

#[test]
fn a_probe_says_what_opening_would() {
    on_private_network(|network| {
        for (method, outcome) in probe(network) {
            let opened = Interposer::open_with(network, method).map(drop);
            assert_eq!(outcome, opened, "{method}");
        }
    });
}

#[test]
fn without_the_rights_it_says_which_step_failed() {
    on_private_network(|network| {
        caps::clear(None, caps::CapSet::Effective).unwrap();
        let why = Interposer::open(network).unwrap_err();
        assert_eq!(
            why.to_string(),
            "packets can't be taken: a packet socket on lo: EPERM, Operation not permitted"
        );
        assert_eq!(why.remedy(), "it takes CAP_NET_ADMIN and CAP_NET_RAW");
    });
}

#[test]
fn the_hosts_network_is_left_alone() {
    crate::network::testing::in_child(|| {
        let network = crate::network::enter(crate::network::Choice::Host);
        let why = Interposer::open(&network).unwrap_err();
        assert!(why.tried.iter().all(|(_, obstacle)| obstacle.step == Step::HostNetwork), "{why}");
    });
}
