//! One end's sequence space (RFC 9293, section 3.3.1), as far as segments show it.

use super::Coverage;
use crate::packet::{Flags, Segment, SeqNumber};

/// What an end has said at most so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Spoken {
    /// Nothing.
    #[default]
    Nothing,
    /// SYN only.
    Syn,
    /// SYN-ACK.
    SynAck,
    /// More: it believes that it is synchronized.
    More,
}

/// The sequence variables of one end, by the RFC's names. What it has received is taken from what
/// was sent to it, and put right by what it acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Space {
    /// ISS: the number of its SYN, if that was seen.
    pub iss: Option<SeqNumber>,
    /// SND.UNA: the highest acknowledgement that has come back; `None` until its SYN is
    /// acknowledged.
    pub una: Option<SeqNumber>,
    /// What it has sent; its end is SND.NXT.
    pub sent: Option<Coverage>,
    /// The number that its FIN takes.
    pub fin: Option<SeqNumber>,
    /// What has come to it; RCV.NXT is the first gap.
    pub taken: Option<Coverage>,
    /// RCV.WND: the window that it last offered, in bytes.
    pub window: u32,
    /// The same, as the segment's field has it, unless that was a SYN.
    pub raw_window: Option<u16>,
    /// SND.WND: the window that has come to it last, as the segment's field has it; `None` until
    /// one has come that wasn't a SYN's.
    peer_raw_window: Option<u16>,
    /// SND.WL1: the number of the segment that this window came with.
    window_seq: Option<SeqNumber>,
    /// The number of the peer's FIN, once that has come in order.
    pub peer_fin: Option<SeqNumber>,
    /// The number of a FIN of the peer's that is still beyond a gap, or on its way.
    pub coming_fin: Option<SeqNumber>,
    /// The timestamp (TSval, RFC 7323) of the latest segment that came to it.
    pub peer_timestamp: Option<u32>,
    /// What it has said at most.
    pub spoken: Spoken,
    /// Whether it has sent a SYN of its own accord: an active open.
    pub active: bool,
    /// Frames were lost since it last spoke: gaps in what it has received prove nothing.
    pub unsure: bool,
}

/// What of a [`Space`] says what the next segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outline {
    /// ISS.
    pub iss: Option<SeqNumber>,
    /// SND.UNA.
    pub una: Option<SeqNumber>,
    /// SND.NXT.
    pub next: Option<SeqNumber>,
    /// The number of its FIN.
    pub fin: Option<SeqNumber>,
    /// RCV.WND, in bytes.
    pub window: u32,
    /// The same, as the segment's field had it, unless that was a SYN.
    pub raw_window: Option<u16>,
    /// Whether the peer's window is closed, as far as it has heard.
    pub sees_closed_window: bool,
    /// What it has said at most.
    pub spoken: Spoken,
    /// Whether it has sent a SYN of its own accord.
    pub active: bool,
}

impl Outline {
    /// Whether it has sent what isn't acknowledged.
    pub fn waits_for_ack(&self) -> bool {
        self.next.is_some_and(|next| self.una.is_none_or(|una| next.is_after(una)))
    }

    /// Whether `ack` covers its FIN.
    pub fn fin_is_acked_by(&self, ack: SeqNumber) -> bool {
        self.fin.is_some_and(|fin| ack.is_after(fin))
    }
}

impl Space {
    /// What of it says what the next segment is.
    pub fn outline(&self) -> Outline {
        Outline {
            iss: self.iss,
            una: self.una,
            next: self.next(),
            fin: self.fin,
            window: self.window,
            raw_window: self.raw_window,
            sees_closed_window: self.peer_raw_window == Some(0),
            spoken: self.spoken,
            active: self.active,
        }
    }

    /// SND.NXT: the number after the last that it has sent.
    pub fn next(&self) -> Option<SeqNumber> {
        self.sent.as_ref().map(Coverage::end)
    }

    /// RCV.NXT: the number that it expects.
    pub fn expects(&self) -> Option<SeqNumber> {
        self.taken.as_ref().map(Coverage::next)
    }

    /// Whether `ack` is for its SYN, and for nothing that it hasn't sent: what SYN-SENT asks for
    /// (RFC 9293, section 3.10.7.3).
    pub fn accepts_opening_ack(&self, ack: SeqNumber) -> bool {
        match (self.iss, self.next()) {
            (Some(iss), Some(next)) => ack.is_after(iss) && next.is_at_or_after(ack),
            _ => true,
        }
    }

    /// Whether `ack` is for its SYN or for anything after it. One for what it hasn't been seen to
    /// send passes too: the capture may have missed it.
    pub fn accepts_ack(&self, ack: SeqNumber) -> bool {
        match (self.iss, self.una) {
            (Some(iss), None) => ack.is_after(iss),
            _ => true,
        }
    }

    /// Whether `ack` covers its FIN.
    pub fn fin_is_acked_by(&self, ack: SeqNumber) -> bool {
        self.fin.is_some_and(|fin| ack.is_after(fin))
    }

    /// Whether an `ack` that it sends covers a FIN of the peer's that wasn't known to have come.
    pub fn hears_of_fin(&self, ack: SeqNumber) -> bool {
        self.coming_fin.is_some_and(|fin| ack.is_after(fin))
    }

    /// Whether this segment's coming gives it the peer's FIN in order: the segment's own, or one
    /// that waited for the gap to close. The same FIN again counts.
    pub fn takes_fin_of(&self, segment: &Segment) -> bool {
        let Some(fin) = fin_of(segment).or(self.coming_fin) else { return false };
        let Some(taken) = &self.taken else { return true };
        if self.unsure || self.peer_fin == Some(fin) {
            return true;
        }
        let (left, right) = data_of(segment);
        taken.next_after(left, right) == fin
    }

    /// Whether the peer's FIN, which crossed its own, must have come before this segment.
    pub fn fin_came_before(&self, segment: &Segment) -> bool {
        self.coming_fin.is_some_and(|fin| {
            self.expects() == Some(fin)
                && segment.seq.is_after(fin)
                && !segment.flags.has_any(Flags::SYN.with(Flags::RST))
        })
    }

    /// The peer's FIN has come.
    pub fn take_coming_fin(&mut self) {
        if let Some(fin) = self.coming_fin.take() {
            self.peer_fin = Some(fin);
            if let Some(taken) = &mut self.taken {
                taken.reach(fin.advance(1));
            }
        }
    }

    /// Notes that it sent this segment, and offers a window of so many bytes. Says how many bytes
    /// of data were new.
    pub fn send(&mut self, segment: &Segment, window: u32) -> u32 {
        let flags = segment.flags;
        if flags.has(Flags::RST) {
            return 0;
        }
        self.window = window;
        self.raw_window = (!flags.has(Flags::SYN)).then_some(segment.window);
        if flags.has(Flags::SYN) && self.iss != Some(segment.seq) {
            self.iss = Some(segment.seq);
            self.una = None;
            self.fin = None;
            self.sent = Some(Coverage::starting_at(segment.seq.advance(1)));
        }
        let (left, right) = data_of(segment);
        let sent = self.sent.get_or_insert_with(|| Coverage::starting_at(left));
        let new = sent.add(left, right);
        if let Some(fin) = fin_of(segment) {
            sent.add(fin, fin.advance(1));
            self.fin = Some(fin);
        }
        if flags.has(Flags::ACK) {
            self.acknowledge(segment);
        }
        let said = match (flags.has(Flags::SYN), flags.has(Flags::ACK)) {
            (true, false) => Spoken::Syn,
            (true, true) => Spoken::SynAck,
            (false, _) => Spoken::More,
        };
        self.active |= said == Spoken::Syn;
        self.spoken = self.spoken.max(said);
        new
    }

    /// What it acknowledges it has; what it acknowledges twice while more was sent is where its
    /// gap is.
    fn acknowledge(&mut self, segment: &Segment) {
        let ack = segment.ack;
        let taken = self.taken.get_or_insert_with(|| Coverage::starting_at(ack));
        if ack.is_after(taken.next()) {
            taken.reach(ack);
        } else if taken.next().is_after(ack) && self.peer_fin.is_none() {
            let blocks = segment.options.sack_blocks();
            if !blocks.is_empty() {
                taken.fall_back(ack, blocks.iter().map(|block| (block.left, block.right)));
            }
        }
        if let Some(fin) = self.coming_fin {
            if ack.is_after(fin) {
                self.peer_fin = Some(fin);
                self.coming_fin = None;
            } else if taken.next() == fin {
                self.coming_fin = None; // it spoke and hasn't got it: lost on its way
            }
        }
        self.unsure = false;
    }

    /// Notes that this segment came to it.
    pub fn receive(&mut self, segment: &Segment) {
        let flags = segment.flags;
        if flags.has(Flags::RST) {
            return;
        }
        if let Some((value, _)) = segment.options.timestamps() {
            self.peer_timestamp = Some(value);
        }
        if flags.has(Flags::SYN) {
            if self.una.is_none() && self.spoken != Spoken::More {
                let next = segment.seq.advance(1);
                if self.expects().is_none_or(|expects| expects != next) {
                    self.taken = Some(Coverage::starting_at(next));
                }
            }
        } else {
            self.hear_window(segment);
            let takes_fin = self.takes_fin_of(segment);
            let fin = fin_of(segment).or(self.coming_fin);
            let (left, right) = data_of(segment);
            let taken = self.taken.get_or_insert_with(|| Coverage::starting_at(left));
            taken.add(left, right);
            if let Some(fin) = fin {
                if takes_fin {
                    taken.reach(fin.advance(1));
                    self.peer_fin = Some(fin);
                    self.coming_fin = None;
                } else if self.peer_fin.is_none() {
                    self.coming_fin = Some(fin);
                }
            }
        }
        if flags.has(Flags::ACK) && self.accepts_ack(segment.ack) {
            self.una = Some(match self.una {
                Some(una) if !segment.ack.is_after(una) => una,
                _ => segment.ack,
            });
        }
    }

    /// Takes the window of a segment that came, unless a newer one overtook it (RFC 9293, section
    /// 3.10.7.4).
    fn hear_window(&mut self, segment: &Segment) {
        let Segment { seq, ack, .. } = *segment;
        let overtaken = self.window_seq.is_some_and(|latest| latest.is_after(seq))
            || self.una.is_some_and(|una| una.is_after(ack));
        if segment.flags.has(Flags::ACK) && !overtaken {
            self.peer_raw_window = Some(segment.window);
            self.window_seq = Some(seq);
        }
    }

    /// It turns out that nothing of the handshake's answer had come (rule K2).
    pub fn forget_answer(&mut self) {
        self.taken = None;
        self.una = None;
        self.peer_fin = None;
        self.coming_fin = None;
    }

    /// It turns out that nothing after the peer's SYN had come: `expects` is what it acknowledges
    /// (rule K3).
    pub fn forget_since_syn(&mut self, expects: SeqNumber) {
        self.forget_answer();
        self.taken = Some(Coverage::starting_at(expects));
    }

    /// It turns out that the peer's FIN hadn't come (rules K1, K4).
    pub fn forget_peers_fin(&mut self) {
        if let Some(fin) = self.peer_fin.take() {
            self.taken = Some(Coverage::starting_at(fin));
        }
    }

    /// It turns out that the acknowledgement of its FIN hadn't come (rule K4).
    pub fn forget_ack_of_fin(&mut self) {
        self.una = self.fin;
    }
}

/// The number that a segment's FIN takes, if it has one.
fn fin_of(segment: &Segment) -> Option<SeqNumber> {
    segment.flags.has(Flags::FIN).then(|| data_of(segment).1)
}

/// The numbers that a segment's data takes: the first, and the one after the last.
fn data_of(segment: &Segment) -> (SeqNumber, SeqNumber) {
    let left = segment.seq.advance(u32::from(segment.flags.has(Flags::SYN)));
    (left, left.advance(segment.payload.len))
}
