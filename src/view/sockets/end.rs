//! What there is to show of one connection, or of one listener: plain data.

use std::net::SocketAddr;
use std::time::Duration;

use crate::story::Side;
use crate::tcp::State;
use crate::tcp::outlook::{Outlook, Standing, outlook};

/// What `sockets NAME` shows.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A connection's ends, as many as are in the lab; the opener first.
    Connection {
        /// Its number, counted from 1; `None` if no segment of it was seen.
        number: Option<u32>,
        /// One or two.
        ends: Vec<End>,
    },
    /// A socket that listens.
    Listener(Listener),
}

/// One end of a connection.
#[derive(Debug, Clone)]
pub struct End {
    /// What the learner calls it; its listener's name if nobody has accepted it.
    pub name: String,
    /// Which of the two it is.
    pub side: Side,
    /// Its address.
    pub local: SocketAddr,
    /// The other end's.
    pub peer: SocketAddr,
    /// Its initial sequence number, as far as it was seen.
    pub isn: Option<u32>,
    /// Whether it has ever had a part in the connection.
    pub has_been: bool,
    /// What the kernel says of it; `None`: it knows of no such end.
    pub known: Option<Known>,
    /// The calls that wait on it: `recv(client)`.
    pub calls: Vec<String>,
}

/// What the kernel says of an end.
#[derive(Debug, Clone)]
pub struct Known {
    /// State, timer, and what is in flight.
    pub standing: Standing,
    /// Bytes that the program hasn't read.
    pub unread: u32,
    /// Bytes that the peer hasn't acknowledged, or that aren't sent yet.
    pub send_queue: u32,
    /// How full its buffers are, with the kernel's own bookkeeping.
    pub buffers: Option<Buffers>,
    /// What `TCP_INFO` says besides.
    pub numbers: Option<Numbers>,
    /// It has received what it hasn't acknowledged yet, and may hold the ACK back for so long.
    pub owes_ack: Option<Duration>,
}

/// The buffers of a socket, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Buffers {
    /// What isn't read takes so much.
    pub received: u32,
    /// Of so much.
    pub receive: u32,
    /// What isn't acknowledged takes so much.
    pub queued: u32,
    /// Of so much.
    pub send: u32,
}

/// Numbers of `TCP_INFO` that only inform.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// Variation of the round-trip time; zero before the first measurement.
    pub rtt_variation: Duration,
    /// Congestion window, in segments.
    pub cwnd: u32,
    /// Where slow start ends, in segments; `None` as long as nothing was lost.
    pub ssthresh: Option<u32>,
    /// The name of the congestion control.
    pub control: Option<String>,
    /// Segments that SACK has acknowledged.
    pub sacked: u32,
    /// Segments that are believed lost.
    pub lost: u32,
    /// Segments that are in flight again.
    pub resent: u32,
    /// This end's own window in bytes; `None` before Linux 6.2.
    pub own_window: Option<u32>,
    /// Bytes of data that the peer has acknowledged, as the kernel counts them: a SYN or FIN is
    /// one.
    pub acked: u64,
    /// Bytes that have come in order; a FIN is one.
    pub received: u64,
    /// Which of the bytes counted as acknowledged and as received are no data.
    pub uncounted: (u64, u64),
    /// The options that both agreed on: `ts`, `sack`, `ws`, `ecn`.
    pub options: Vec<&'static str>,
    /// The shifts of the peer's windows and of its own, with `ws`.
    pub scales: (u8, u8),
}

/// A listener.
#[derive(Debug, Clone)]
pub struct Listener {
    /// What the learner calls it.
    pub name: String,
    /// Its address.
    pub local: SocketAddr,
    /// Connections that wait for accept(), and how many may.
    pub queue: (u32, u32),
    /// The backlog that listen() got.
    pub backlog: u32,
    /// Half-open connections: who, and what comes next.
    pub half_open: Vec<HalfOpen>,
    /// The calls that wait on it: `accept(server)`.
    pub calls: Vec<String>,
}

/// A handshake that lacks its last step.
#[derive(Debug, Clone)]
pub struct HalfOpen {
    /// What the learner calls the other end, or its address.
    pub peer: String,
    /// What the listener will do.
    pub standing: Standing,
}

impl Known {
    /// Bytes of data that the program hasn't read: the kernel counts a FIN as one.
    pub fn unread_data(&self) -> u32 {
        let fin = match self.standing.state {
            State::CloseWait | State::LastAck | State::Closing | State::TimeWait => 1,
            State::Closed
            | State::Listen
            | State::SynSent
            | State::SynReceived
            | State::Established
            | State::FinWait1
            | State::FinWait2 => 0,
        };
        self.unread.saturating_sub(fin)
    }

    /// What it will do next by itself.
    pub fn outlook(&self) -> Option<Outlook> {
        outlook(&self.standing)
    }
}
