//! A packet in our hands, and what it repeats.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{PacketId, Tag, Taken};
use crate::packet::{Flags, Packet, Segment, decode};
use crate::trace::LinkType;

/// A packet that was taken and isn't decided yet.
#[derive(Debug)]
pub(super) struct Parcel {
    pub id: PacketId,
    /// Its number if we made it.
    pub tag: Option<Tag>,
    /// From the IP header on.
    pub bytes: Arc<[u8]>,
    /// What they mean.
    pub packet: Packet,
    /// Whether we changed a bit of it.
    pub corrupted: bool,
}

/// What tells one kind of segment from another.
const KINDS: [Flags; 4] = [Flags::SYN, Flags::FIN, Flags::RST, Flags::ACK];

/// From where to where: packets of one direction stay in order unless someone disturbs them.
pub(super) type Direction = (SocketAddr, SocketAddr);

impl Parcel {
    pub fn of(taken: Taken) -> Parcel {
        let Taken { id, tag, bytes } = taken;
        let packet = decode(LinkType::RAW, &bytes, bytes.len() as u32);
        Parcel { id, tag, bytes, packet, corrupted: false }
    }

    /// Its direction, if it has ports.
    pub fn direction(&self) -> Option<Direction> {
        match &self.packet {
            Packet::Tcp(segment) => Some((segment.src, segment.dst)),
            Packet::Udp(datagram) => Some((datagram.src, datagram.dst)),
            Packet::Icmp(_) | Packet::Other(_) => None,
        }
    }

    /// Whether it only repeats what `held` says: a retransmission; or another probe, if it
    /// `probes`.
    pub fn repeats(&self, held: &Parcel, probes: bool) -> bool {
        let (Packet::Tcp(new), Packet::Tcp(old)) = (&self.packet, &held.packet) else {
            return false;
        };
        let place = |s: &Segment| (s.src, s.dst, s.seq, s.payload.len);
        // A SYN,ACK is no copy of the SYN before it, as in a simultaneous open.
        let kinds = |s: &Segment| KINDS.map(|kind| s.flags.has(kind));
        let same = place(new) == place(old) && kinds(new) == kinds(old);
        same && !new.flags.has(Flags::RST) && (new.sequence_len() > 0 || probes)
    }

    /// Whether `held`, which comes the other way, is the answer to it already: then it only
    /// repeats what has arrived.
    pub fn is_answered_by(&self, held: &Parcel, probes: bool) -> bool {
        let (Packet::Tcp(new), Packet::Tcp(answer)) = (&self.packet, &held.packet) else {
            return false;
        };
        let back = (new.src, new.dst) == (answer.dst, answer.src);
        let asks = (new.sequence_len() > 0 || probes) && !new.flags.has(Flags::RST);
        let acknowledges = answer.flags.has(Flags::ACK)
            && !answer.flags.has(Flags::RST)
            && answer.ack.is_at_or_after(new.end());
        back && asks && acknowledges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::specimen::{CLIENT, SERVER, Sample};

    fn parcel(sample: Sample) -> Parcel {
        Parcel::of(Taken { id: PacketId(1), tag: None, bytes: sample.bytes().into() })
    }

    #[test]
    fn what_says_the_same_repeats_and_what_says_more_does_not() {
        let syn = Sample::tcp(CLIENT, SERVER).flags(Flags::SYN);
        assert!(parcel(syn).repeats(&parcel(syn), false));
        // RFC 9293, section 3.5, figure 7: the SYN,ACK of one whose SYN is on its way.
        let syn_ack = syn.flags(Flags::SYN.with(Flags::ACK));
        assert!(!parcel(syn_ack).repeats(&parcel(syn), false));
        let data = syn.flags(Flags::ACK).data(5);
        assert!(parcel(data.flags(Flags::ACK.with(Flags::PSH))).repeats(&parcel(data), false));
        assert!(!parcel(data.data(6)).repeats(&parcel(data), false));
        // An ACK alone takes no number: it is none that is sent again.
        let ack = syn.flags(Flags::ACK);
        assert!(!parcel(ack).repeats(&parcel(ack), false));
        assert!(parcel(ack).repeats(&parcel(ack), true));
    }
}
