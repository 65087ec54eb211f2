//! What arrives at the lab: frames from the capture, packets from the wire, sockets that are ready,
//! what is due.

use crossbeam_channel::{Select, TryRecvError, never};

use super::{Capturing, Lab};
use crate::capture::Captured;
use crate::packet::{Packet, decode};
use crate::trace::{Fact, FrameNumber, LinkType, Origin, Time, clock};
use crate::wire::{FrameTag, Wire, tag_of};

impl Lab {
    /// The first call waits until the capture is open, so that none of its segments is missed.
    pub(super) fn await_capture(&mut self) {
        let deadline = clock::now().after(Self::CAPTURE_OPENS);
        while self.capturing == Capturing::Opening {
            if !self.absorb_until(deadline) {
                self.capture_failed("it didn't open in time".into());
            }
        }
    }

    fn capture_failed(&mut self, why: String) {
        if !self.is_recorded() {
            self.note(clock::now(), Fact::CaptureUnavailable { why: why.clone() });
        }
        self.capturing = Capturing::No(why);
    }

    /// Takes what has arrived; whether there was anything.
    pub(super) fn absorb(&mut self) -> bool {
        /// So many at once, so that a flood doesn't keep Ctrl-C out.
        const MOST: usize = 4096;
        let mut any = false;
        for _ in 0..MOST {
            match self.captured.try_recv() {
                Ok(captured) => {
                    any = true;
                    self.take_captured(captured);
                }
                Err(TryRecvError::Empty) => break,
                // A capture that has ended must not wake anyone again.
                Err(TryRecvError::Disconnected) => {
                    self.captured = never();
                    break;
                }
            }
        }
        any |= self.absorb_wire(MOST);
        for ready in self.ready.clone().try_iter().take(MOST) {
            any = true;
            let (sockets, mut notes) = self.split();
            sockets.ready(ready, &mut |time, fact| notes.note(time, fact));
        }
        let now = clock::now();
        if self.sockets.next_deadline().is_some_and(|due| due <= now) {
            any = true;
            let (sockets, mut notes) = self.split();
            sockets.expire(now, &mut |time, fact| notes.note(time, fact));
        }
        any
    }

    /// When something is due that nobody announces.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        let wire = self.wire.as_ref().and_then(Wire::next_deadline);
        self.sockets.next_deadline().into_iter().chain(wire).min()
    }

    /// Takes what arrives next; false if nothing did before the deadline.
    pub(super) fn absorb_until(&mut self, deadline: Time) -> bool {
        loop {
            if self.absorb() {
                return true;
            }
            let now = clock::now();
            if now >= deadline {
                return false;
            }
            let due = self.next_deadline().map_or(deadline, |due| due.min(deadline));
            let mut select = Select::new();
            select.recv(&self.captured);
            select.recv(&self.taken);
            select.recv(&self.ready);
            let _ = select.ready_timeout(due.since(now));
        }
    }

    fn take_captured(&mut self, captured: Captured) {
        match captured {
            Captured::Ready => self.capturing = Capturing::Yes,
            Captured::Unavailable { why } => self.capture_failed(why),
            // What is live doesn't belong to what was recorded.
            Captured::Lost(_) | Captured::Frame { .. } if self.is_recorded() => {}
            Captured::Lost(frames) => self.note(clock::now(), Fact::FramesLost { frames }),
            Captured::Frame { time, link, mut bytes, original_len } => {
                let tag = match self.wire.as_ref().map_or(FrameTag::None, |_| tag_of(&bytes)) {
                    FrameTag::None => None,
                    FrameTag::Ours(tag) => {
                        bytes = without_tag(&bytes);
                        Some(tag)
                    }
                    // It was captured before it was taken.
                    FrameTag::Passing => return,
                };
                let marker = self.marker.as_ref().and_then(|marker| marker.number_in(&bytes));
                if let Some(number) = marker {
                    self.last_marker = self.last_marker.max(number);
                } else if self.network.is_private() || self.is_own(link, &bytes, original_len) {
                    let origin = match (tag, &self.wire) {
                        (Some(tag), Some(wire)) => wire.origin(tag),
                        (_, _) => Origin::Stack,
                    };
                    let packet = bytes.clone();
                    let event = self.trace.append_frame_of(origin, time, link, bytes, original_len);
                    self.story.push(event);
                    let number = FrameNumber(self.trace.frames());
                    if let (Some(wire), Some(packet)) = (&mut self.wire, packet.get(ETHERNET..)) {
                        wire.captured(number, tag, packet);
                    }
                }
            }
        }
    }

    /// On the host's network other programs speak too: only what a socket of the learner's sends
    /// or is sent is ours.
    fn is_own(&self, link: LinkType, bytes: &[u8], original_len: u32) -> bool {
        let ports = match decode(link, bytes, original_len) {
            Packet::Tcp(segment) => (segment.src.port(), segment.dst.port()),
            Packet::Udp(datagram) => (datagram.src.port(), datagram.dst.port()),
            Packet::Icmp(message) => match message.about {
                Some(about) => (about.src.port(), about.dst.port()),
                None => return false,
            },
            Packet::Other(_) => return false,
        };
        self.own_ports.contains(&ports.0) || self.own_ports.contains(&ports.1)
    }
}

/// Length of an Ethernet header.
const ETHERNET: usize = 14;

/// A frame as loopback would have it: both addresses are zero.
fn without_tag(frame: &[u8]) -> std::sync::Arc<[u8]> {
    let mut frame = frame.to_vec();
    frame.iter_mut().take(ETHERNET - 2).for_each(|byte| *byte = 0);
    frame.into()
}
