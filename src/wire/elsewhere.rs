//! Systems on which packets can't be taken: the wire is never open, so it is never asked.

use std::io;
use std::os::fd::AsFd;

use crossbeam_channel::Receiver;

use super::{Message, Method, Obstacle, PacketId, Step, Tag, Unavailable, Verdict};
use crate::network::Network;

/// Takes packets off lo, which can't be done here.
#[derive(Debug)]
pub enum Interposer {}

impl Interposer {
    /// Says that it can't be done.
    pub fn open(network: &Network) -> Result<Interposer, Unavailable> {
        Interposer::open_first(network, &Method::ALL)
    }

    /// Says that it can't be done.
    pub fn open_first(network: &Network, methods: &[Method]) -> Result<Interposer, Unavailable> {
        let try_it = |method: &Method| {
            Interposer::open_with(network, *method).err().map(|obstacle| (*method, obstacle))
        };
        Err(Unavailable { tried: methods.iter().filter_map(try_it).collect() })
    }

    /// Says that it can't be done.
    pub fn open_with(_network: &Network, _method: Method) -> Result<Interposer, Obstacle> {
        Err(Obstacle { step: Step::Platform, errno: libc::ENOSYS })
    }

    /// Never called.
    pub fn method(&self) -> Method {
        match *self {}
    }

    /// Never called.
    pub fn messages(&self) -> &Receiver<Message> {
        match *self {}
    }

    /// Never called.
    pub fn is_engaged(&self) -> bool {
        match *self {}
    }

    /// Never called.
    pub fn engage(&mut self) -> io::Result<()> {
        match *self {}
    }

    /// Never called.
    pub fn release(&mut self) -> io::Result<()> {
        match *self {}
    }

    /// Never called.
    pub fn decide(&self, _id: PacketId, _verdict: Verdict<'_>) -> io::Result<()> {
        match *self {}
    }

    /// Never called.
    pub fn inject(&mut self, _packet: &[u8], _tag: Tag) -> io::Result<()> {
        match *self {}
    }

    /// Never called.
    pub fn fence(&mut self) -> io::Result<u64> {
        match *self {}
    }
}

/// Does nothing: there is no wire to pass by.
pub fn exempt(_socket: impl AsFd) -> io::Result<()> {
    Ok(())
}
