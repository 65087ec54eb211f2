//! netfilter's packet queue: the kernel keeps the packets until they are decided.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use super::message::{PacketId, Verdict};
use super::obstacle::Obstacle;
use super::raw;
use super::undecided::Undecided;

mod nft;
pub(super) mod protocol;
mod reading;
pub(super) mod rules;
mod sequence;

pub(super) use reading::Reading;
pub(super) use rules::Take;

/// The queue and the rules that fill it.
#[derive(Debug)]
pub(super) struct Queue {
    rules: rules::Rules,
    socket: Arc<OwnedFd>,
    undecided: Undecided<()>,
}

impl Queue {
    /// Also what reads it.
    pub fn open(take: Take, room: usize) -> Result<(Queue, Reading), Obstacle> {
        let socket = Arc::new(protocol::open()?);
        let rules = rules::Rules::prepare(take)?;
        let undecided = Undecided::with_room(room);
        let reading = Reading::new(Arc::clone(&socket), undecided.clone());
        Ok((Queue { rules, socket, undecided }, reading))
    }

    pub fn engage(&self) -> io::Result<()> {
        self.rules.engage()
    }

    pub fn release(&self) -> io::Result<()> {
        self.rules.release()
    }

    pub fn decide(&self, id: PacketId, verdict: Verdict<'_>) -> io::Result<()> {
        let message = protocol::decision(id.0 as u32, verdict)?;
        match self.undecided.take(id) {
            Some(()) => raw::send(self.socket.as_fd(), message.bytes()),
            None => Err(io::Error::from_raw_os_error(libc::ENOENT)),
        }
    }
}
