//! How a frame fared between the tap and its receiver.

use crate::trace::{FrameNumber, Origin, Time};

/// What became of a frame on its way. Without the wire in between it arrives as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passage {
    /// Who put it on the wire.
    pub origin: Origin,
    /// Whether it hasn't arrived yet and isn't lost.
    pub in_flight: bool,
    /// Whether the learner had, or has, to decide about it.
    pub held: bool,
    /// What was done to it besides: `None` for nothing.
    pub harm: Option<Harm>,
    /// Whether it was lost.
    pub lost: bool,
    /// When it arrived, if it had to wait.
    pub arrived: Option<Time>,
    /// How often its sender sent the same again while it was held, and when last.
    pub absorbed: Option<(u32, Time)>,
    /// The held frame that it was only a copy of.
    pub absorbed_by: Option<Absorber>,
}

/// A held frame whose sender sends the same again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absorber {
    /// Which.
    pub frame: FrameNumber,
    /// How many copies of it had come by then, that one included.
    pub copies: u32,
}

/// What the wire does to a frame besides holding or losing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// It came later than it was sent.
    Delayed,
    /// A copy of it followed.
    Duplicated,
    /// A bit of it was changed: its checksum is wrong, and its receiver drops it.
    Corrupted,
    /// One that was sent after it came before it.
    Reordered,
}

/// What became of a frame, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrived as it was sent.
    Delivered,
    /// It waits for the learner.
    Held,
    /// It was lost.
    Dropped,
    /// It was harmed, and has arrived or still will.
    Harmed(Harm),
}

impl Passage {
    /// That of a frame which arrives as it is sent.
    pub fn at_once(origin: Origin) -> Passage {
        Passage { origin, ..Passage::default() }
    }

    /// In one word.
    pub fn fate(&self) -> Fate {
        match self.harm {
            _ if self.lost => Fate::Dropped,
            _ if self.in_flight && self.held => Fate::Held,
            Some(harm) => Fate::Harmed(harm),
            None => Fate::Delivered,
        }
    }

    /// Whether its receiver can make anything of it once it comes.
    pub fn is_sound(&self) -> bool {
        self.harm != Some(Harm::Corrupted)
    }

    /// Whether it came, or will come, apart from its being sent.
    pub fn waits(&self) -> bool {
        self.held || matches!(self.harm, Some(Harm::Delayed | Harm::Reordered))
    }
}

impl Fate {
    /// As CONTRACT JSON spells it.
    pub fn word(self) -> &'static str {
        match self {
            Fate::Delivered => "delivered",
            Fate::Held => "held",
            Fate::Dropped => "dropped",
            Fate::Harmed(harm) => harm.word(),
        }
    }
}

impl Harm {
    /// As CONTRACT JSON spells it.
    pub fn word(self) -> &'static str {
        match self {
            Harm::Delayed => "delayed",
            Harm::Duplicated => "duplicated",
            Harm::Corrupted => "corrupted",
            Harm::Reordered => "reordered",
        }
    }
}
