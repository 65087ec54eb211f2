//! Real sockets on loopback. Nothing here sleeps: what must come is waited for.

mod blocking;
mod closing;
mod datagrams;
mod handshake;
mod streams;
