//! What is done to held packets by hand: each to the next one, or to the one of that frame.

use std::io;
use std::time::Duration;

use super::Wire;
use crate::trace::{Deed, FrameNumber, Time};

/// Why something can't be done with what is held.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nothing waits.
    #[error("nothing is on the wire")]
    Nothing,
    /// That frame doesn't wait.
    #[error("frame {} isn't on the wire; {}", .frame.0, waiting(.held))]
    NotHeld {
        /// The one that was asked for.
        frame: FrameNumber,
        /// Those that wait.
        held: Vec<FrameNumber>,
    },
    /// Nothing is behind it that it could change places with.
    #[error("nothing is behind frame {} on the wire to change places with", .0.0)]
    Last(FrameNumber),
    /// It has no checksum that could tell.
    #[error("frame {} has no checksum of its own: its receiver couldn't tell", .0.0)]
    NoChecksum(FrameNumber),
    /// One of its bits is wrong already.
    #[error("frame {} is damaged already", .0.0)]
    Damaged(FrameNumber),
    /// The kernel said no.
    #[error("the kernel refuses: {0}")]
    Kernel(#[from] io::Error),
}

fn waiting(held: &[FrameNumber]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = held.iter().take(SHOWN).map(|frame| frame.0.to_string()).collect();
    let more = if held.len() > SHOWN { ", …" } else { "" };
    match held {
        [] => "nothing is".to_owned(),
        _ => format!("there are {}{more}", shown.join(", ")),
    }
}

impl Wire {
    /// Delivers the one that is next. Its frame, if that is known.
    pub fn deliver_next(&mut self, now: Time) -> Result<Option<FrameNumber>, Refusal> {
        let parcel = self.held.pop_front().ok_or(Refusal::Nothing)?;
        let frame = self.frames.of(parcel.id);
        self.deliver(&parcel, now)?;
        Ok(frame)
    }

    /// Loses a held packet: the next, or that one. Says which.
    pub fn drop(&mut self, frame: Option<FrameNumber>, now: Time) -> Result<FrameNumber, Refusal> {
        let (place, frame) = self.find(frame)?;
        if let Some(parcel) = self.held.remove(place) {
            self.lose(&parcel, now)?;
        }
        Ok(frame)
    }

    /// Puts a copy behind a held packet.
    pub fn duplicate(
        &mut self,
        frame: Option<FrameNumber>,
        now: Time,
    ) -> Result<FrameNumber, Refusal> {
        let (place, frame) = self.find(frame)?;
        self.frames.note(now, self.held[place].id, Deed::Duplicated);
        self.copy(place)?;
        Ok(frame)
    }

    /// Changes places with the one behind it. Says which two, in their new order.
    pub fn swap(
        &mut self,
        frame: Option<FrameNumber>,
        now: Time,
    ) -> Result<[FrameNumber; 2], Refusal> {
        let (place, frame) = self.find(frame)?;
        let behind = self.held.get(place + 1).and_then(|parcel| self.frames.of(parcel.id));
        let behind = behind.ok_or(Refusal::Last(frame))?;
        self.frames.note(now, self.held[place].id, Deed::Reordered);
        self.held.swap(place, place + 1);
        Ok([behind, frame])
    }

    /// Damages one bit of a held packet.
    pub fn corrupt(
        &mut self,
        frame: Option<FrameNumber>,
        now: Time,
    ) -> Result<FrameNumber, Refusal> {
        let (place, frame) = self.find(frame)?;
        if self.held[place].corrupted {
            // The same bit once more would mend it.
            return Err(Refusal::Damaged(frame));
        }
        let Some(mut parcel) = self.held.remove(place) else { return Err(Refusal::Nothing) };
        let damaged = self.damage(&mut parcel, now);
        self.held.insert(place, parcel);
        if damaged { Ok(frame) } else { Err(Refusal::NoChecksum(frame)) }
    }

    /// A held packet goes on by itself after so long.
    pub fn hold(
        &mut self,
        frame: Option<FrameNumber>,
        time: Duration,
        now: Time,
    ) -> Result<FrameNumber, Refusal> {
        let (place, frame) = self.find(frame)?;
        if let Some(parcel) = self.held.remove(place) {
            self.frames.note(now, parcel.id, Deed::Delayed(time));
            self.waiting.until(now.after(time), parcel);
        }
        Ok(frame)
    }

    /// Where a frame waits; without one, the next.
    fn find(&self, frame: Option<FrameNumber>) -> Result<(usize, FrameNumber), Refusal> {
        let mut held =
            self.held.iter().enumerate().filter_map(|(place, parcel)| {
                self.frames.of(parcel.id).map(|frame| (place, frame))
            });
        match frame {
            None => held.next().ok_or(Refusal::Nothing),
            Some(frame) => held
                .find(|(_, other)| *other == frame)
                .ok_or_else(|| Refusal::NotHeld { frame, held: self.held().collect() }),
        }
    }
}
