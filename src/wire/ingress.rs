//! Where netfilter has no queue: the kernel drops the packets behind the tap, and those that are
//! accepted are sent again. A filter of `tc` on lo's way in (qdisc `clsact`) drops what a packet
//! socket has copied just before.

use std::io;
use std::sync::Arc;

use super::inject::{self, Injector};
use super::message::{PacketId, Verdict};
use super::obstacle::{Obstacle, Step};
use super::tag::FrameTag;
use super::undecided::Undecided;

mod checksum;
mod filter;
mod raw;
mod reading;
mod traffic_control;

pub(super) use reading::Reading;
use traffic_control::TrafficControl;

/// The filter, and what sends accepted packets on.
#[derive(Debug)]
pub(super) struct Ingress {
    traffic_control: TrafficControl,
    tap: raw::Tap,
    passer: Arc<Injector>,
    undecided: Undecided<Arc<[u8]>>,
}

impl Ingress {
    /// Also what reads the packets.
    pub fn open(room: usize) -> Result<(Ingress, Reading), Obstacle> {
        let at = |step| move |error: io::Error| Obstacle::new(step, &error);
        let device = super::raw::loopback_index().map_err(at(Step::PacketSocket))?;
        inject::let_in().map_err(at(Step::Settings))?;
        let passer = Arc::new(Injector::open()?);
        super::exempt(&*passer).map_err(at(Step::PacketSocket))?;
        let (ring, tap) = raw::open(device, &filter::nothing()).map_err(at(Step::PacketSocket))?;
        let traffic_control = TrafficControl::open(device)?;
        let undecided = Undecided::with_room(room);
        let reading = Reading::new(ring, Arc::clone(&passer), undecided.clone());
        Ok((Ingress { traffic_control, tap, passer, undecided }, reading))
    }

    /// First the copies, then the drops: a packet in between comes twice rather than never.
    pub fn engage(&self) -> io::Result<()> {
        self.tap.filter(&filter::taking(filter::COPY))?;
        self.traffic_control.filter(&filter::taking(traffic_control::DROP))
    }

    /// The other way round.
    pub fn release(&self) -> io::Result<()> {
        self.traffic_control.remove_filter()?;
        self.tap.filter(&filter::nothing())
    }

    pub fn decide(&self, id: PacketId, verdict: Verdict<'_>) -> io::Result<()> {
        let not_there = || io::Error::from_raw_os_error(libc::ENOENT);
        let taken = self.undecided.take(id).ok_or_else(not_there)?;
        let sent = match verdict {
            Verdict::Accept => self.passer.send(&taken, FrameTag::Passing),
            Verdict::Drop => Ok(()),
            Verdict::Replace(packet) => self.passer.send(packet, FrameTag::Passing),
        };
        if sent.is_err() {
            // There is room: it was there a moment ago.
            let _ = self.undecided.put(id, taken);
        }
        sent
    }
}
