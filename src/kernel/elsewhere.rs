//! Systems without sock_diag: it is never open, so it is never asked.

use std::io;
use std::net::SocketAddr;

use super::Report;

/// An internet address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `AF_INET`
    V4,
    /// `AF_INET6`
    V6,
}

/// The kernel's word on TCP sockets, which can't be had here.
#[derive(Debug)]
pub enum Kernel {}

impl Kernel {
    /// Says that it can't be had.
    pub fn open() -> io::Result<Kernel> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Never called.
    pub fn end(&mut self, _local: SocketAddr, _peer: SocketAddr) -> io::Result<Option<Report>> {
        match *self {}
    }

    /// Never called.
    pub fn listener(&mut self, _local: SocketAddr) -> io::Result<Option<Report>> {
        match *self {}
    }

    /// Never called.
    pub fn half_open(&mut self, _listener: &Report) -> io::Result<Vec<Report>> {
        match *self {}
    }

    /// Never called.
    pub fn dump(&mut self, _family: Family) -> io::Result<Vec<Report>> {
        match *self {}
    }

    /// Never called.
    pub fn destroy(&mut self, _local: SocketAddr, _peer: SocketAddr) -> io::Result<bool> {
        match *self {}
    }

    /// Never called.
    pub fn end_closed(&mut self) -> io::Result<()> {
        match *self {}
    }

    /// Never called.
    pub fn expire_time_waits(&mut self) -> io::Result<usize> {
        match *self {}
    }
}
