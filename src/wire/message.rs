//! What the wire has to say, and what it is told.

use std::sync::Arc;

use super::Tag;

/// A packet that was taken. Every packet of an [`Interposer`](super::Interposer) has its own, and
/// later ones have greater ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(pub u64);

/// A packet that was taken between the capture's tap and its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Names it to [`decide`](super::Interposer::decide).
    pub id: PacketId,
    /// Its serial number if we injected it.
    pub tag: Option<Tag>,
    /// The IP packet, its checksums complete.
    pub bytes: Arc<[u8]>,
}

/// What the wire has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A packet was taken and waits for its verdict.
    Taken(Taken),
    /// This many packets went to their receivers without being taken, for there was no room.
    Missed(u64),
    /// This many packets were taken, but for want of room nobody has them: they are lost. Only with
    /// [`Method::Ingress`](super::Method::Ingress).
    Lost(u64),
    /// The kernel threw this packet away before it was decided, as when `lo` goes down.
    Gone(PacketId),
    /// Everything that was taken before the [`fence`](super::Interposer::fence) of that number has
    /// come.
    Fence(u64),
    /// No more packets are taken: why. The last message.
    Failed(String),
}

/// What becomes of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Its receiver gets it.
    Accept,
    /// Nobody gets it.
    Drop,
    /// Its receiver gets this IP packet in its place.
    Replace(&'a [u8]),
}
