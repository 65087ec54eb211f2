//! The lab's part of the wire: packets wait for the learner or go by rule, and the kernel is asked
//! about both ends before and after each that the learner lets go.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use crossbeam_channel::never;

use super::places::Places;
use super::{Capturing, Lab, Woken};
use crate::kernel::tcp_info;
use crate::network::Patience;
use crate::packet::{Packet, Selection};
use crate::sockets::{Reserve, Sockets};
use crate::story::{ConnectionId, Side};
use crate::tcp::State;
use crate::trace::{Fact, FrameNumber, SocketId, clock};
use crate::wire::{
    self, Action, Interposer, MOST_HELD, Refusal, RuleId, Sender, Senders, TooManyRules,
    Unavailable, Wire,
};

/// Why the wire can't be ours.
#[derive(Debug, thiserror::Error)]
pub enum NoWire {
    /// The sockets live on the host's network.
    #[error(
        "the wire is ours only on a private network; this session is on the host's, whose packets \
         aren't ours to stop. `sockscope doctor` says what a private network needs"
    )]
    HostNetwork,
    /// What can't be seen can't be stepped.
    #[error("without a capture there is nothing to see on the wire: {0}")]
    NoCapture(String),
    /// The kernel can't stop packets for us.
    #[error("{0}")]
    Unavailable(#[from] Unavailable),
    /// The kernel refused at the last moment.
    #[error("the kernel doesn't let us stop packets: {0}")]
    Kernel(#[from] io::Error),
}

/// How letting everything go ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flowed {
    /// Nothing is in flight any more.
    Done,
    /// Ctrl-C.
    Interrupted,
    /// It doesn't come to rest: after so many packets.
    Endless(u64),
}

impl Lab {
    /// Most packets that one `flow` lets go.
    const MOST_FLOWING: u64 = 1_000_000;
    /// Longer than anything that was taken is on its way to us.
    const FENCE: Duration = Duration::from_secs(1);

    /// The wire, once it was needed.
    pub fn wire(&self) -> Option<&Wire> {
        self.wire.as_ref()
    }

    /// Whether each packet waits for the learner.
    pub fn is_stepping(&self) -> bool {
        self.wire.as_ref().is_some_and(Wire::is_stepping)
    }

    /// Takes packets by that method and no other.
    #[cfg(test)]
    pub(crate) fn use_method(&mut self, method: wire::Method) {
        self.methods = vec![method];
    }

    /// Whether the wire can be ours at all: on the host's network it can't.
    pub fn may_have_wire(&self) -> Result<(), NoWire> {
        if self.network.is_private() { Ok(()) } else { Err(NoWire::HostNetwork) }
    }

    /// From now on each packet waits; or no longer.
    pub fn step(&mut self, on: bool) -> Result<(), NoWire> {
        if on {
            self.interpose()?;
            self.patience.get_or_insert_with(|| Patience::begin(&self.network));
        } else if let Some(patience) = self.patience.take() {
            patience.end();
        }
        if let Some(wire) = &mut self.wire {
            report(wire.step(on, clock::now), &mut self.troubles);
            self.note_wire();
        }
        self.stand_aside()
    }

    /// One rule more.
    pub fn add_rule(
        &mut self,
        action: Action,
        what: Selection,
        sender: Option<Sender>,
    ) -> Result<Result<RuleId, TooManyRules>, NoWire> {
        self.interpose()?;
        let added = match &mut self.wire {
            Some(wire) => wire.rules_mut().add(action, what, sender),
            None => Err(TooManyRules),
        };
        self.stand_aside()?;
        Ok(added)
    }

    /// Takes the wire away if its last rule is used up.
    pub(super) fn release_wire_if_idle(&mut self) {
        if let Err(why) = self.stand_aside() {
            self.troubles.push(why.to_string());
        }
    }

    /// Forgets every rule. What a rule holds back goes on.
    pub fn clear_rules(&mut self) -> Result<(), NoWire> {
        if let Some(wire) = &mut self.wire {
            report(wire.clear_rules(clock::now), &mut self.troubles);
            self.note_wire();
        }
        self.stand_aside()
    }

    /// Whether a socket has an address that packets could come from.
    pub fn has_address(&self, socket: SocketId) -> bool {
        self.places.knows(socket)
    }

    /// Delivers the packet that is next.
    pub fn deliver_next(&mut self) -> Result<Option<FrameNumber>, Refusal> {
        self.fence();
        let connection = self.next_connection();
        self.note_kernel_words(&connection);
        let wire = self.wire.as_mut().ok_or(Refusal::Nothing)?;
        let delivered = wire.deliver_next(clock::now());
        self.note_wire();
        self.note_kernel_words(&connection);
        delivered
    }

    /// Delivers one packet after the other until nothing is in flight.
    pub fn flow(&mut self) -> Result<Flowed, Refusal> {
        let cursor = self.story.cursor();
        for packets in 0..Self::MOST_FLOWING {
            if self.interrupts.try_recv().is_ok() {
                return Ok(Flowed::Interrupted);
            }
            if self.wire.as_ref().is_none_or(|wire| wire.held_len() == 0) {
                self.complete(cursor, None, Self::DELAYED_ACK);
                let Some(wire) = &self.wire else { return Ok(Flowed::Done) };
                match (wire.held_len(), wire.next_deadline()) {
                    (0, None) => return Ok(Flowed::Done),
                    (0, Some(due)) => match self.wait(due, &never::<()>()) {
                        Woken::Interrupt => return Ok(Flowed::Interrupted),
                        Woken::Fact | Woken::Deadline | Woken::Door => continue,
                    },
                    (_, _) => {}
                }
            }
            if packets + 1 < Self::MOST_FLOWING {
                self.deliver_next()?;
            }
        }
        Ok(Flowed::Endless(Self::MOST_FLOWING))
    }

    /// Does something to what is held, behind a fence.
    pub fn tamper<T>(
        &mut self,
        how: impl FnOnce(&mut Wire) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.fence();
        let done = how(self.wire.as_mut().ok_or(Refusal::Nothing)?);
        self.note_wire();
        done
    }

    /// Puts a packet of the learner's making on the wire.
    pub fn forge(&mut self, packet: &[u8]) -> Result<(), NoWire> {
        self.interpose()?;
        if let Some(wire) = &mut self.wire {
            wire.forge(packet)?;
        }
        self.fence();
        self.stand_aside()
    }

    /// What the learner should know of the wire that isn't a fact about a frame.
    pub fn wire_troubles(&mut self) -> Vec<String> {
        let Some(wire) = &mut self.wire else { return Vec::new() };
        let mut troubles = std::mem::take(&mut self.troubles);
        // A flood is told of when it begins, and at ten times as many.
        let passed = wire.passed();
        if passed.checked_ilog10() > self.passed_told.checked_ilog10() {
            self.passed_told = passed;
            let packets =
                if passed == 1 { "1 packet has" } else { &format!("{passed} packets have") };
            troubles.push(format!(
                "{packets} passed the wire without stopping: {MOST_HELD} wait already, or the \
                 kernel's queue was full"
            ));
        }
        match wire.lost_for_room() {
            0 => {}
            lost => troubles.push(format!(
                "{lost} packets were lost and no rule says so: they came faster than they could be \
                 taken"
            )),
        }
        if let Some(why) = wire.failed() {
            troubles.push(format!("the wire works no longer: {why}"));
        }
        troubles
    }

    /// Nothing is held, no rule is left.
    pub(super) fn reset_wire(&mut self) {
        if let Some(wire) = &mut self.wire {
            for done in [wire.clear_rules(clock::now), wire.step(false, clock::now)] {
                report(done, &mut self.troubles);
            }
            self.note_wire();
        }
        if let Some(patience) = self.patience.take() {
            patience.end();
        }
        if let Err(why) = self.stand_aside() {
            self.troubles.push(why.to_string());
        }
    }

    /// Puts the wire between the tap and the receivers.
    fn interpose(&mut self) -> Result<(), NoWire> {
        self.may_have_wire()?;
        self.await_capture();
        if let Capturing::No(why) = &self.capturing {
            return Err(NoWire::NoCapture(why.clone()));
        }
        if self.wire.is_none() {
            // The low numbers stay the learner's.
            let _numbers = Reserve::take();
            let interposer = Interposer::open_first(&self.network, &self.methods)?;
            self.taken = interposer.messages().clone();
            self.wire = Some(Wire::new(interposer));
        }
        if self.wire.as_ref().is_some_and(|wire| !wire.is_engaged()) {
            self.fence();
            // Said before it is so: what passes in between counts as not taken.
            self.note(clock::now(), Fact::Interposed { on: true });
            self.tell_wire_of_connections();
            if let Some(wire) = &mut self.wire
                && let Err(error) = wire.engage()
            {
                self.note(clock::now(), Fact::Interposed { on: false });
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// What each end will send next, of the connections that aren't over. The newest come first.
    fn tell_wire_of_connections(&mut self) {
        let Some(wire) = &mut self.wire else { return };
        for connection in self.story.connections().iter().rev() {
            for side in [Side::A, Side::B] {
                let (end, peer) = (connection.end(side), connection.end(side.other()));
                if let Some(next) = end.next_seq.filter(|_| end.state != Some(State::Closed)) {
                    wire.will_send(end.address, peer.address, next);
                }
            }
        }
    }

    /// Takes the wire away if nothing needs it.
    fn stand_aside(&mut self) -> Result<(), NoWire> {
        let Some(wire) = &mut self.wire else { return Ok(()) };
        if !wire.is_engaged() || wire.is_needed() {
            return Ok(());
        }
        wire.release()?;
        self.fence();
        if let Some(wire) = &mut self.wire {
            wire.has_released();
        }
        self.note(clock::now(), Fact::Interposed { on: false });
        self.story.settle(clock::now());
        Ok(())
    }

    /// Takes what the wire has to say. Whether there was anything.
    pub(super) fn absorb_wire(&mut self, most: usize) -> bool {
        /// Calls that are tried again at each packet.
        const MOST_RETRIED: usize = 16;
        let Some(wire) = &mut self.wire else { return false };
        let mut any = false;
        let senders = Known { places: &self.places, sockets: &self.sockets };
        for _ in 0..most {
            let Ok(message) = self.taken.try_recv() else { break };
            any = true;
            let done = wire.take(message, clock::now(), &senders);
            report(done, &mut self.troubles);
        }
        self.note_wire();
        for _ in 0..most {
            let Some(wire) = &mut self.wire else { break };
            match wire.expire(clock::now()) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => report(Err(error), &mut self.troubles),
            }
            any = true;
            self.note_wire();
            // A call goes on when what it waits for has come, not when somebody says so later:
            // what it sends has the same place in every run.
            if self.sockets.pending().len() <= MOST_RETRIED {
                self.retry_pending();
            }
        }
        any
    }

    /// What the wire did becomes facts.
    fn note_wire(&mut self) {
        let Some(wire) = &mut self.wire else { return };
        for wire::Note { time, frame, deed } in wire.notes() {
            self.note(time, Fact::Wire { frame, deed });
        }
    }

    /// Waits until everything that was taken by now has come. What was captured by now and not
    /// taken has arrived. Whether anything was decided meanwhile.
    pub(super) fn fence_wire(&mut self) -> bool {
        let last = FrameNumber(self.trace.frames());
        let Some(wire) = self.wire.as_mut().filter(|wire| wire.is_engaged()) else {
            return false;
        };
        let Ok(number) = wire.fence() else { return false };
        let decided = wire.decided();
        let deadline = clock::now().after(Self::FENCE);
        while self.wire.as_ref().is_some_and(|wire| !wire.has_fenced(number))
            && self.absorb_until(deadline)
        {}
        while self.wire.as_ref().is_some_and(Wire::is_in_transit) && self.absorb_until(deadline) {}
        let Some(wire) = &mut self.wire else { return false };
        wire.pass_untaken(last, clock::now());
        let decided = wire.decided() != decided;
        self.note_wire();
        decided
    }

    /// Whether waiting for an answer is in vain: what asks, or answers, is on the wire.
    pub(super) fn wire_keeps_waiting(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| wire.held_len() > 0 || wire.is_waiting_for_time())
    }

    /// The connection that the next packet belongs to.
    fn next_connection(&self) -> BTreeSet<ConnectionId> {
        let between: Option<(SocketAddr, SocketAddr)> =
            self.wire.as_ref().and_then(Wire::next).and_then(|(packet, _)| match packet {
                Packet::Tcp(segment) => Some((segment.src, segment.dst)),
                Packet::Udp(_) | Packet::Icmp(_) | Packet::Other(_) => None,
            });
        between
            .and_then(|(src, dst)| self.story.connection_between(src, dst))
            .map(|connection| connection.id)
            .into_iter()
            .collect()
    }

    fn note_kernel_words(&mut self, connections: &BTreeSet<ConnectionId>) {
        for word in self.kernel_words(connections) {
            self.note(clock::now(), Fact::KernelState(word));
        }
    }
}

/// The learner's sockets, as the wire knows them.
struct Known<'lab> {
    places: &'lab Places,
    sockets: &'lab Sockets,
}

impl Senders for Known<'_> {
    fn is_from(&self, sender: &Sender, packet: &Packet) -> bool {
        self.places.is_from(sender.socket, packet)
    }

    fn let_finish(&self, packet: &Packet) {
        // The kernel answers only when nobody is at work on the socket: it takes the same lock.
        if let Some(socket) = self.places.sender(packet).and_then(|id| self.sockets.get(id)) {
            let _ = tcp_info(socket.as_fd());
        }
    }
}

/// A packet that the kernel has thrown away meanwhile needs no verdict.
fn report(done: io::Result<()>, troubles: &mut Vec<String>) {
    const MOST: usize = 16;
    if let Err(error) = done
        && error.raw_os_error() != Some(libc::ENOENT)
        && troubles.len() < MOST
    {
        troubles.push(format!("the wire: {error}"));
    }
}
