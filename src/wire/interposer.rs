//! The interposer: takes packets, holds them, decides.

use std::io;
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use crossbeam_channel::{Receiver, unbounded};

use super::ingress::Ingress;
use super::inject::{self, Injector};
use super::message::{Message, PacketId, Verdict};
use super::method::Method;
use super::obstacle::{Obstacle, Step, Unavailable};
use super::queue::{Queue, Take, protocol};
use super::raw;
use super::reader::Reader;
use super::tag::{FrameTag, Tag};
use crate::network::Network;

/// Most packets that wait for their verdicts. More pass by, and are [missed](Message::Missed).
const MOST_UNDECIDED: usize = 54_000;

// What waits and what was not read yet must not reach the kernel's limit, where packets pass by and
// nobody says so.
const _: () = assert!(
    MOST_UNDECIDED as u32 + 2 * protocol::RECEIVE_BUFFER / protocol::LEAST_MESSAGE
        < protocol::KERNELS_LIMIT
);

/// Takes packets off lo, between the capture's tap and the receiver's stack. Dropping it takes its
/// rules away; packets that are not decided then are lost.
#[derive(Debug)]
pub struct Interposer {
    // In this order they are dropped: first the rules, so that nothing comes any more.
    machinery: Machinery,
    reader: Reader,
    injector: Injector,
    /// Whether IPv4 accepts what is injected.
    let_in: Result<(), Obstacle>,
    messages: Receiver<Message>,
    method: Method,
    engaged: bool,
    fences: u64,
    /// Held against another lab on this network; free again when the process ends.
    _lock: UnixDatagram,
}

#[derive(Debug)]
enum Machinery {
    Queue(Queue),
    Ingress(Ingress),
}

impl Interposer {
    /// Gets ready to take packets, by the first method that works here. Takes none yet.
    pub fn open(network: &Network) -> Result<Interposer, Unavailable> {
        Interposer::open_first(network, &Method::ALL)
    }

    /// The same by the first of these methods.
    pub fn open_first(network: &Network, methods: &[Method]) -> Result<Interposer, Unavailable> {
        let mut tried = Vec::new();
        for &method in methods {
            match Interposer::open_with(network, method) {
                Ok(interposer) => return Ok(interposer),
                Err(obstacle) => tried.push((method, obstacle)),
            }
        }
        Err(Unavailable { tried })
    }

    /// The same by this method and no other.
    pub fn open_with(network: &Network, method: Method) -> Result<Interposer, Obstacle> {
        if !network.is_private() {
            return Err(Obstacle { step: Step::HostNetwork, errno: libc::EPERM });
        }
        // An abstract name belongs to the network (`unix(7)`).
        let lock = SocketAddr::from_abstract_name("sockscope wire")
            .and_then(|name| UnixDatagram::bind_addr(&name))
            .map_err(|error| Obstacle::new(Step::Lock, &error))?;
        let injector = Injector::open()?;
        let let_in = inject::let_in().map_err(|error| Obstacle::new(Step::Settings, &error));
        let (sender, messages) = unbounded();
        let (machinery, reader) = match method {
            Method::Queue | Method::Target => {
                let take = if method == Method::Queue { Take::Expression } else { Take::Target };
                let (queue, reading) = Queue::open(take, MOST_UNDECIDED)?;
                (Machinery::Queue(queue), Reader::start(reading, sender))
            }
            Method::Ingress => {
                let (ingress, reading) = Ingress::open(MOST_UNDECIDED)?;
                (Machinery::Ingress(ingress), Reader::start(reading, sender))
            }
        };
        let reader = reader.map_err(|error| Obstacle::new(Step::Thread, &error))?;
        Ok(Interposer {
            machinery,
            reader,
            injector,
            let_in,
            messages,
            method,
            engaged: false,
            fences: 0,
            _lock: lock,
        })
    }

    /// How packets are taken.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Where taken packets arrive, in the order in which they were taken.
    pub fn messages(&self) -> &Receiver<Message> {
        &self.messages
    }

    /// Whether packets are taken now.
    pub fn is_engaged(&self) -> bool {
        self.engaged
    }

    /// From now on every TCP, UDP and ICMP packet on lo is taken, of IPv4 and IPv6, unless its
    /// socket is [exempt]. Neighbour discovery is left alone. Fragments come one by one.
    ///
    /// With [`Method::Ingress`], a packet within the microseconds in which it is switched on or off
    /// may both be taken and arrive by itself.
    ///
    /// [exempt]: super::exempt
    pub fn engage(&mut self) -> io::Result<()> {
        if !self.engaged {
            match &self.machinery {
                Machinery::Queue(queue) => queue.engage(),
                Machinery::Ingress(ingress) => ingress.engage(),
            }?;
            self.engaged = true;
        }
        Ok(())
    }

    /// From now on no packet is taken. Those that were wait for their verdicts.
    pub fn release(&mut self) -> io::Result<()> {
        if self.engaged {
            match &self.machinery {
                Machinery::Queue(queue) => queue.release(),
                Machinery::Ingress(ingress) => ingress.release(),
            }?;
            self.engaged = false;
        }
        Ok(())
    }

    /// Decides a packet that was taken. When this returns, its receiver's kernel has heard it and
    /// what that kernel said in answer has been taken in turn; unless the kernel puts off such work,
    /// as with many packets to do or with receive packet steering.
    ///
    /// `ENOENT` if it isn't there: never taken, decided already, or [gone](Message::Gone).
    /// `EMSGSIZE` if its replacement is longer than a packet can be.
    pub fn decide(&self, id: PacketId, verdict: Verdict<'_>) -> io::Result<()> {
        match &self.machinery {
            Machinery::Queue(queue) => queue.decide(id, verdict),
            Machinery::Ingress(ingress) => ingress.decide(id, verdict),
        }
    }

    /// Puts an IP packet on lo as if it came from a socket, with this serial number. Its checksums
    /// are left as they are. While the wire is engaged it is taken like any other.
    ///
    /// `EMSGSIZE` if it is longer than lo's MTU; `InvalidInput` if it is neither IPv4 nor IPv6;
    /// an error that says so if lo's settings can't be changed so that IPv4 accepts it.
    pub fn inject(&mut self, packet: &[u8], tag: Tag) -> io::Result<()> {
        if let (Err(obstacle), Some(4)) = (self.let_in, packet.first().map(|first| first >> 4)) {
            return Err(io::Error::other(obstacle.to_string()));
        }
        self.injector.send(packet, FrameTag::Ours(tag))
    }

    /// Asks for a [`Message::Fence`], and says which: when that comes, everything that had been
    /// taken by now has come.
    pub fn fence(&mut self) -> io::Result<u64> {
        self.fences += 1;
        self.reader.fence(self.fences)?;
        Ok(self.fences)
    }
}

/// Lets the packets of a socket pass by the wire (`SO_MARK` of `socket(7)`).
pub fn exempt(socket: impl AsFd) -> io::Result<()> {
    raw::set_mark(socket.as_fd(), super::EXEMPT)
}
