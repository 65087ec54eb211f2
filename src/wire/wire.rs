//! The wire: what it holds, what it does by rule, what it does when told.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;

use super::damage::flip_one_bit;
use super::frames::{Frames, Note};
use super::parcel::{Direction, Parcel};
use super::provoked::Provocations;
use super::rule::{Rules, Ruling, Sender};
use super::sent::Sent;
use super::waiting::{Due, OVERTAKEN, Waiting};
use super::{Interposer, Message, PacketId, Tag, Taken, Verdict};
use crate::packet::{Packet, SeqNumber};
use crate::trace::{Deed, FrameNumber, Origin, Time};

/// Most packets that wait at a time. What comes when there are so many passes. The kernel's queue
/// has room for 65,536.
pub const MOST_HELD: usize = 50_000;

/// What the wire asks about who sends packets.
pub trait Senders {
    /// Whether a packet comes from whom a rule names.
    fn is_from(&self, sender: &Sender, packet: &Packet) -> bool;

    /// Waits until its sender's kernel has sent all that it was sending. A timer may be at it on
    /// another processor: what is decided now must not mix with what comes of that.
    fn let_finish(&self, packet: &Packet);
}

/// What tells the time, where one command takes some.
pub type Clock = fn() -> Time;

/// What stands between the tap and the receivers.
#[derive(Debug)]
pub struct Wire {
    interposer: Interposer,
    rules: Rules,
    stepping: bool,
    engaged: bool,
    releasing: bool,
    /// What waits for the learner, first come first.
    pub(super) held: VecDeque<Parcel>,
    /// What waits for a time.
    pub(super) waiting: Waiting,
    pub(super) frames: Frames,
    /// The packets that we put on the wire.
    ours: HashMap<Tag, Ours>,
    tags: u32,
    /// What each direction has sent.
    sent: Sent,
    provoked: Provocations,
    passed: u64,
    /// Packets that were lost for want of room: not told yet, and not yet found among the frames.
    lost: u64,
    unnamed: u64,
    decided: u64,
    fenced: u64,
    failed: Option<String>,
}

/// A packet that we put on the wire.
#[derive(Debug, Clone, Copy, Default)]
struct Ours {
    /// Of which packet it is a copy, if of any.
    copy_of: Option<PacketId>,
    /// Whether that one was damaged when the copy was made.
    damaged: bool,
}

impl Wire {
    /// A wire that doesn't stand between anything yet.
    pub fn new(interposer: Interposer) -> Wire {
        Wire {
            interposer,
            rules: Rules::default(),
            stepping: false,
            engaged: false,
            releasing: false,
            held: VecDeque::new(),
            waiting: Waiting::default(),
            frames: Frames::default(),
            ours: HashMap::new(),
            tags: 0,
            sent: Sent::default(),
            provoked: Provocations::default(),
            passed: 0,
            lost: 0,
            unnamed: 0,
            decided: 0,
            fenced: 0,
            failed: None,
        }
    }

    /// How it takes packets.
    pub fn interposer(&self) -> &Interposer {
        &self.interposer
    }

    /// Whether packets are taken.
    pub fn is_engaged(&self) -> bool {
        self.engaged
    }

    /// Whether each packet waits for the learner.
    pub fn is_stepping(&self) -> bool {
        self.stepping
    }

    /// The rules, with what they have done.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Changes the rules.
    pub fn rules_mut(&mut self) -> &mut Rules {
        &mut self.rules
    }

    /// Whether it has to stand between: packets wait for the learner or for a rule.
    pub fn is_needed(&self) -> bool {
        self.stepping || self.rules.is_active() || self.is_waiting_for_time()
    }

    /// Takes packets from now on.
    pub fn engage(&mut self) -> io::Result<()> {
        self.interposer.engage()?;
        self.engaged = true;
        Ok(())
    }

    /// Takes no more packets. Those that are on their way here still come.
    pub fn release(&mut self) -> io::Result<()> {
        self.releasing = true;
        self.interposer.release()
    }

    /// All that was taken has come.
    pub fn has_released(&mut self) {
        self.engaged = false;
        self.releasing = false;
        // What is sent from here on isn't taken.
        self.sent = Sent::default();
    }

    /// How many packets have been decided.
    pub fn decided(&self) -> u64 {
        self.decided
    }

    /// Forgets every rule. What a rule holds back goes on.
    pub fn clear_rules(&mut self, clock: Clock) -> io::Result<()> {
        self.rules.clear();
        let waiting = self.waiting.take_stopped();
        self.deliver_all(waiting, clock)
    }

    /// From now on each packet waits; or no longer, and what waits goes, in order.
    pub fn step(&mut self, on: bool, clock: Clock) -> io::Result<()> {
        self.stepping = on;
        if on {
            return Ok(());
        }
        let mut all = self.waiting.take_transit();
        all.extend(self.held.drain(..));
        all.extend(self.waiting.take_stopped());
        self.deliver_all(all, clock)
    }

    /// Each at its own time: what one brings about comes before the next. All of them, even if one
    /// fails.
    fn deliver_all(&mut self, parcels: Vec<Parcel>, clock: Clock) -> io::Result<()> {
        let deliver = |parcel: Parcel| self.deliver(&parcel, clock());
        let done: Vec<io::Result<()>> = parcels.into_iter().map(deliver).collect();
        done.into_iter().collect()
    }

    /// The frames that wait for the learner, first come first. One whose capture was lost isn't
    /// among them.
    pub fn held(&self) -> impl Iterator<Item = FrameNumber> + '_ {
        self.held.iter().filter_map(|parcel| self.frames.of(parcel.id))
    }

    /// How many wait for the learner.
    pub fn held_len(&self) -> usize {
        self.held.len()
    }

    /// The packet that is next, and its frame.
    pub fn next(&self) -> Option<(&Packet, Option<FrameNumber>)> {
        self.held.front().map(|parcel| (&parcel.packet, self.frames.of(parcel.id)))
    }

    /// Whether anything waits for a time.
    pub fn is_waiting_for_time(&self) -> bool {
        self.waiting.has_stopped()
    }

    /// Whether anything is on its way that no rule stops.
    pub fn is_in_transit(&self) -> bool {
        self.waiting.is_in_transit()
    }

    /// When something is due.
    pub fn next_deadline(&self) -> Option<Time> {
        self.waiting.next_deadline()
    }

    /// The next that is due goes on. Whether there was one.
    pub fn expire(&mut self, now: Time) -> io::Result<bool> {
        match self.waiting.due(now) {
            None => return Ok(false),
            Some(Due::Transit(parcel)) => {
                let direction = parcel.direction();
                self.deliver(&parcel, now)?;
                self.overtake(direction, now)?;
            }
            Some(Due::Timed(parcel)) => self.deliver(&parcel, now)?,
            Some(Due::Late(parcel)) => {
                self.frames.note(now, parcel.id, Deed::Delayed(OVERTAKEN));
                self.deliver(&parcel, now)?;
            }
        }
        Ok(true)
    }

    /// Who put the frame with this tag on the wire.
    pub fn origin(&self, tag: Tag) -> Origin {
        match self.copied(tag).and_then(|id| self.frames.copied(id)) {
            Some(of) => Origin::Copy { of },
            None => Origin::Forged,
        }
    }

    /// A frame was captured; `packet` are its bytes from the IP header on.
    pub fn captured(&mut self, frame: FrameNumber, tag: Option<Tag>, packet: &[u8]) {
        if self.engaged {
            self.frames.captured(frame, tag, packet);
        }
    }

    /// Asks for a fence: once [`Wire::has_fenced`] it, everything that was taken before has come.
    pub fn fence(&mut self) -> io::Result<u64> {
        let number = self.interposer.fence()?;
        self.provoked.asked(number);
        Ok(number)
    }

    /// Whether that fence has come.
    pub fn has_fenced(&self, number: u64) -> bool {
        self.fenced >= number
    }

    /// What was captured up to that frame and not taken was never stopped: it has arrived. To
    /// be said behind a fence.
    pub fn pass_untaken(&mut self, up_to: FrameNumber, now: Time) {
        let (passed, lost) = self.frames.pass(up_to, now, self.unnamed);
        self.unnamed -= lost;
        if !self.releasing {
            self.passed += passed;
        }
    }

    /// What has become of frames since this was last asked.
    pub fn notes(&mut self) -> Vec<Note> {
        self.frames.notes()
    }

    /// How many packets were lost although nobody said so, since this was last asked: there was no
    /// room for them.
    pub fn lost_for_room(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// How many packets have passed by because the kernel's queue was full or too many waited.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Why it works no longer, once.
    pub fn failed(&mut self) -> Option<String> {
        self.failed.take()
    }

    /// Takes what the interposer has to say.
    pub fn take(&mut self, message: Message, now: Time, senders: &impl Senders) -> io::Result<()> {
        match message {
            Message::Taken(taken) => self.taken(taken, now, senders),
            // Their frames say so too.
            Message::Missed(_) => Ok(()),
            Message::Lost(packets) => {
                self.lost += packets;
                self.unnamed += packets;
                Ok(())
            }
            Message::Gone(id) => {
                self.forget(id, now);
                Ok(())
            }
            Message::Fence(number) => {
                self.fenced = self.fenced.max(number);
                self.provoked.fenced(number);
                Ok(())
            }
            Message::Failed(why) => {
                self.failed = Some(why);
                Ok(())
            }
        }
    }

    fn taken(&mut self, taken: Taken, now: Time, senders: &impl Senders) -> io::Result<()> {
        self.frames.taken(taken.id, taken.tag, &taken.bytes);
        let mut parcel = Parcel::of(taken);
        senders.let_finish(&parcel.packet);
        if parcel.tag.and_then(|tag| self.ours.get(&tag)).is_some_and(|ours| ours.damaged) {
            parcel.corrupted = true;
            self.frames.note(now, parcel.id, Deed::Corrupted);
        }
        let probes = self.sent.is_probe(&parcel);
        let ruling = match parcel.tag {
            Some(_) => Ruling::Pass,
            None if self.is_copy(&parcel, probes).is_some() => Ruling::Pass,
            None => {
                self.rules.decide(&parcel.packet, |sender| senders.is_from(sender, &parcel.packet))
            }
        };
        match ruling {
            Ruling::Drop(_) => {
                let direction = parcel.direction();
                self.lose(&parcel, now)?;
                self.overtake(direction, now)
            }
            Ruling::Corrupt(_) => {
                self.damage(&mut parcel, now);
                self.place(parcel, probes, now)
            }
            Ruling::Duplicate(_) => {
                let (id, bytes) = (parcel.id, parcel.bytes.clone());
                self.frames.note(now, id, Deed::Duplicated);
                self.frames.copy(id);
                self.place(parcel, probes, now)?;
                self.inject(Ours { copy_of: Some(id), damaged: false }, &bytes)
            }
            Ruling::Delay(_, by) if !self.stepping => {
                self.frames.note(now, parcel.id, Deed::Delayed(by));
                self.waiting.until(now.after(by), parcel);
                Ok(())
            }
            Ruling::Reorder(_) if !self.stepping => {
                self.frames.note(now, parcel.id, Deed::Reordered);
                self.waiting.until_overtaken(now, parcel);
                Ok(())
            }
            Ruling::Pass | Ruling::Delay(..) | Ruling::Reorder(_) => {
                self.place(parcel, probes, now)
            }
        }
    }

    /// Where a packet goes: on to its receiver, or to what waits for the learner.
    fn place(&mut self, parcel: Parcel, probes: bool, now: Time) -> io::Result<()> {
        if !self.stepping {
            self.waiting.on_its_way(now, parcel);
            return Ok(());
        }
        if let Some(held) = self.is_copy(&parcel, probes) {
            self.frames.note(now, parcel.id, Deed::Absorbed { held });
            return self.interposer.decide(parcel.id, Verdict::Drop);
        }
        if self.held.len() >= MOST_HELD {
            self.passed += 1;
            return self.deliver(&parcel, now);
        }
        self.frames.note(now, parcel.id, Deed::Held);
        let copied = parcel.tag.and_then(|tag| self.copied(tag));
        let original = copied.and_then(|id| self.held.iter().position(|held| held.id == id));
        match original {
            Some(place) => self.held.insert(place + 1, parcel),
            None => self.held.push_back(parcel),
        }
        Ok(())
    }

    /// What waited for the next of its direction follows it.
    fn overtake(&mut self, direction: Option<Direction>, now: Time) -> io::Result<()> {
        let follow = self.waiting.overtaken_in(direction);
        follow.into_iter().try_for_each(|parcel| self.deliver(&parcel, now))
    }

    pub(super) fn deliver(&mut self, parcel: &Parcel, now: Time) -> io::Result<()> {
        self.frames.note(now, parcel.id, Deed::Delivered);
        self.decided += 1;
        if let Some(direction) = parcel.direction().filter(|_| self.stepping) {
            self.provoked.delivered(direction);
        }
        let verdict =
            if parcel.corrupted { Verdict::Replace(&parcel.bytes) } else { Verdict::Accept };
        self.interposer.decide(parcel.id, verdict)
    }

    pub(super) fn lose(&mut self, parcel: &Parcel, now: Time) -> io::Result<()> {
        self.frames.note(now, parcel.id, Deed::Dropped);
        self.interposer.decide(parcel.id, Verdict::Drop)
    }

    /// Whether it could be damaged so that its receiver notices.
    pub(super) fn damage(&mut self, parcel: &mut Parcel, now: Time) -> bool {
        let mut bytes = parcel.bytes.to_vec();
        if !flip_one_bit(&mut bytes) {
            return false;
        }
        parcel.bytes = bytes.into();
        parcel.corrupted = true;
        self.frames.note(now, parcel.id, Deed::Corrupted);
        true
    }

    /// The kernel has thrown it away.
    fn forget(&mut self, id: PacketId, now: Time) {
        self.held.retain(|parcel| parcel.id != id);
        self.waiting.forget(id);
        self.frames.note(now, id, Deed::Dropped);
    }

    /// Puts a copy of a held packet on the wire, as it is now.
    pub(super) fn copy(&mut self, place: usize) -> io::Result<()> {
        let Some(held) = self.held.get(place) else { return Ok(()) };
        let ours = Ours { copy_of: Some(held.id), damaged: held.corrupted };
        let bytes = held.bytes.clone();
        self.frames.copy(held.id);
        self.inject(ours, &bytes)
    }

    /// Puts a packet of the learner's making on the wire.
    pub fn forge(&mut self, packet: &[u8]) -> io::Result<()> {
        self.inject(Ours::default(), packet)
    }

    fn inject(&mut self, ours: Ours, packet: &[u8]) -> io::Result<()> {
        self.tags = self.tags.wrapping_add(1);
        let tag = Tag(self.tags);
        self.ours.insert(tag, ours);
        self.interposer.inject(packet, tag)
    }

    /// The packet that the one with this tag is a copy of.
    fn copied(&self, tag: Tag) -> Option<PacketId> {
        self.ours.get(&tag)?.copy_of
    }

    /// What the one end will send the other next, as it is known before packets are taken: a probe
    /// is told by it. Of several that are told of one direction the first counts.
    pub fn will_send(&mut self, from: SocketAddr, to: SocketAddr, next: SeqNumber) {
        self.sent.begin((from, to), next);
    }

    /// The held frame of which this is only a copy, or which answers it already.
    fn is_copy(&self, parcel: &Parcel, probes: bool) -> Option<FrameNumber> {
        let is_tcp = matches!(parcel.packet, Packet::Tcp(_));
        if !self.stepping || parcel.tag.is_some() || !is_tcp {
            return None;
        }
        let provoked = parcel.direction().is_some_and(|there| self.provoked.may_answer(there));
        let held = self.held.iter().find(|held| {
            parcel.repeats(held, probes) || (!provoked && parcel.is_answered_by(held, probes))
        })?;
        self.frames.of(held.id)
    }
}
