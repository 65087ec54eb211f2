//! UDP datagrams, and ICMP messages about what was sent.

use std::net::SocketAddr;

use super::names::{Owner, Transport};
use super::segments::start_of;
use super::story::{At, Story};
use super::wire::Aloft;
use super::{DatagramMoment, EndName, IcmpMoment, What};
use crate::packet::{Datagram, IcmpMessage, Quoted};
use crate::trace::{CallId, Frame, FrameNumber};

/// IP's number for TCP.
const TCP: u8 = 6;

impl Story {
    pub(super) fn datagram(&mut self, at: At, frame: &Frame, datagram: Datagram) {
        let (src, dst) = (datagram.src, datagram.dst);
        let owners = self.owners(Transport::Udp, src, dst);
        let cause = self.causes.of_datagram(frame.number, (src, dst), [&owners[0], &owners[1]]);
        let moment = DatagramMoment {
            frame: frame.number,
            preview: start_of(datagram.payload.of(&frame.bytes)),
            names: owners.map(|owner| self.sockets.end_name(&owner)),
            cause,
            passage: self.in_flight.passage(frame.origin),
            datagram,
        };
        let number = self.add(at, What::Datagram(Box::new(moment)));
        self.in_flight.sent(frame.number, at.time, number, Aloft::Else);
    }

    pub(super) fn icmp(&mut self, at: At, frame: &Frame, message: IcmpMessage) {
        let about = message.about.as_ref().map(|quoted| self.names(quoted));
        let sent = message.about.as_ref().and_then(|quoted| self.sent_before(quoted));
        let moment = IcmpMoment {
            frame: frame.number,
            message,
            about,
            about_frame: sent.map(|(frame, _)| frame),
            cause: sent.and_then(|(_, cause)| cause),
            passage: self.in_flight.passage(frame.origin),
        };
        let number = self.add(at, What::Icmp(Box::new(moment)));
        self.in_flight.sent(frame.number, at.time, number, Aloft::Else);
    }

    /// The latest frame between the addresses that an ICMP message quotes, and its cause.
    fn sent_before(&mut self, quoted: &Quoted) -> Option<(FrameNumber, Option<CallId>)> {
        if quoted.protocol != TCP {
            return self.causes.datagram((quoted.src, quoted.dst));
        }
        let id = self.connections.newest(quoted.src, quoted.dst)?;
        let side = self.connections.side(id, quoted.src)?;
        let (_, inner) = self.connections.parts(id)?;
        inner.flights[side.index()].last()
    }

    /// The names of the two ends of a quoted packet, its sender's first.
    fn names(&self, quoted: &Quoted) -> [EndName; 2] {
        let transport = if quoted.protocol == TCP {
            let id = self.connections.newest(quoted.src, quoted.dst);
            let side = id.and_then(|id| self.connections.side(id, quoted.src));
            let connection = id.and_then(|id| self.connections.get(id));
            if let (Some(connection), Some(side)) = (connection, side) {
                return [side, side.other()].map(|side| connection.end(side).name.clone());
            }
            Transport::Tcp
        } else {
            Transport::Udp
        };
        self.owners(transport, quoted.src, quoted.dst).map(|owner| self.sockets.end_name(&owner))
    }

    fn owners(&self, transport: Transport, src: SocketAddr, dst: SocketAddr) -> [Owner; 2] {
        let (sender, _) = self.sockets.sender(transport, src, dst);
        let (receiver, _) = self.sockets.receiver(transport, dst, src);
        [sender, receiver]
    }
}
