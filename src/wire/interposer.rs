//! The interposer: takes packets, holds them, decides.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use crossbeam_channel::{Receiver, unbounded};

use super::inject::Injector;
use super::message::{Message, PacketId, Verdict};
use super::method::Method;
use super::obstacle::{Obstacle, Step, Unavailable};
use super::reader::{Reader, Undecided};
use super::rules::{Rules, Take};
use super::tag::{FrameTag, Tag};
use super::{queue, raw};
use crate::network::Network;

/// Most packets that wait for their verdicts. More pass by.
const MOST_UNDECIDED: usize = 128 << 10;

/// Takes packets off lo, between the capture's tap and the receiver's stack. Dropping it takes its
/// rules away; packets that are not decided then are lost.
#[derive(Debug)]
pub struct Interposer {
    // In this order they are dropped: first the rules, so that nothing comes any more.
    rules: Rules,
    reader: Reader,
    queue: Arc<OwnedFd>,
    undecided: Undecided,
    injector: Injector,
    messages: Receiver<Message>,
    method: Method,
    engaged: bool,
    fences: u64,
}

impl Interposer {
    /// Gets ready to take packets, by the first method that works here. Takes none yet.
    pub fn open(network: &Network) -> Result<Interposer, Unavailable> {
        let mut tried = Vec::new();
        for method in Method::ALL {
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
        let take = match method {
            Method::Queue => Take::Expression,
            Method::Target => Take::Target,
        };
        let injector = Injector::open()?;
        let queue = Arc::new(queue::open()?);
        let rules = Rules::prepare(take)?;
        let (sender, messages) = unbounded();
        let undecided = Undecided::with_room(MOST_UNDECIDED);
        let reader = Reader::start(Arc::clone(&queue), undecided.clone(), sender)
            .map_err(|error| Obstacle::new(Step::Thread, &error))?;
        Ok(Interposer {
            rules,
            reader,
            queue,
            undecided,
            injector,
            messages,
            method,
            engaged: false,
            fences: 0,
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
    /// socket is [exempt]. Neighbour discovery is left alone.
    ///
    /// [exempt]: super::exempt
    pub fn engage(&mut self) -> io::Result<()> {
        if !self.engaged {
            self.rules.engage()?;
            self.engaged = true;
        }
        Ok(())
    }

    /// From now on no packet is taken. Those that were wait for their verdicts.
    pub fn release(&mut self) -> io::Result<()> {
        if self.engaged {
            self.rules.release()?;
            self.engaged = false;
        }
        Ok(())
    }

    /// Decides a packet that was taken. Its receiver's kernel has heard it when this returns, and
    /// what that kernel said at once in answer has been taken in turn.
    ///
    /// `ENOENT` if it isn't there: never taken, decided already, or [gone](Message::Gone).
    /// `EMSGSIZE` if its replacement is longer than a packet can be.
    pub fn decide(&self, id: PacketId, verdict: Verdict<'_>) -> io::Result<()> {
        let message = queue::decision(id.0 as u32, verdict)?;
        if !self.undecided.remove(id) {
            return Err(io::Error::from_raw_os_error(libc::ENOENT));
        }
        raw::send(self.queue.as_fd(), message.bytes())
    }

    /// Puts an IP packet on lo as if it came from a socket, with this serial number. Its checksums
    /// are left as they are. While the wire is engaged it is taken like any other.
    pub fn inject(&mut self, packet: &[u8], tag: Tag) -> io::Result<()> {
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
