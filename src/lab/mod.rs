//! The lab: owns the trace and joins the parts. It makes calls, collects what the capture and the
//! kernel say, and knows when nothing is missing; it decides nothing and shows nothing.
//!
//! One thread owns a [`Lab`]. The capture and the wait for readiness have threads of their own,
//! which only send into channels; every socket call is made here, so calls never overlap and a
//! segment's time tells whose it is.

mod abort;
mod fence;
mod intake;
mod jobs;
mod marker;
mod places;
mod recording;
mod wire;

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, TryRecvError, never, unbounded};

use crate::capture::{self, Capture, Captured, Rights};
use crate::kernel::Kernel;
use crate::network::{self, Network, Patience, QuickAckError};
use crate::sockets::{Progress, Ready, Request, Reserve, Sockets};
use crate::story::{ConnectionId, Story};
use crate::tcp::State;
use crate::trace::{Address, Bounds, CallId, Fact, SocketId, Time, Trace, clock};
use crate::wire::{Message, Method, Wire};

pub use crate::capture::Recording;

pub use jobs::{Job, Jobs};
use marker::Marker;
use places::Places;
pub use recording::Cut;
pub use wire::{Flowed, NoWire};

/// Everything of one session, joined.
pub struct Lab {
    network: Network,
    patience: Option<Patience>,
    wire: Option<Wire>,
    /// The ways to take packets that are tried, in this order.
    methods: Vec<Method>,
    taken: Receiver<Message>,
    places: Places,
    troubles: Vec<String>,
    passed_told: u64,
    trace: Trace,
    story: Story,
    /// The time of the last frame of the recording that it shows.
    recorded: Option<Time>,
    sockets: Sockets,
    kernel: Option<Kernel>,
    jobs: Jobs,
    capturing: Capturing,
    captured: Receiver<Captured>,
    _capture: Capture,
    ready: Receiver<Ready>,
    interrupts: Receiver<()>,
    marker: Option<Marker>,
    last_marker: u64,
    own_ports: HashSet<u16>,
    calls: u64,
    reserve: Option<Reserve>,
}

/// Whether frames come.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Capturing {
    Opening,
    Yes,
    No(String),
}

/// What woke the lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something was observed.
    Fact,
    /// Ctrl-C.
    Interrupt,
    /// The deadline passed.
    Deadline,
    /// The door: something arrived at the channel that the caller gave.
    Door,
}

impl Lab {
    /// How long the capture may take to open before the lab goes on without it.
    const CAPTURE_OPENS: Duration = Duration::from_secs(5);

    /// Opens the lab in the network that was entered. The reserve's descriptor numbers are the
    /// learner's. To be called before any other thread is started: on the host's network the
    /// right to capture is given up here.
    pub fn open(network: Network, reserve: Reserve) -> std::io::Result<Lab> {
        let rights = if network.is_private() { Rights::Keep } else { Rights::GiveUp };
        let capture = capture::start(rights);
        let (ready_in, ready) = unbounded();
        Ok(Lab {
            captured: capture.messages().clone(),
            _capture: capture,
            trace: Trace::new(Bounds::default()),
            story: Story::default(),
            recorded: None,
            sockets: Sockets::new(ready_in)?,
            kernel: Kernel::open().ok(),
            jobs: Jobs::default(),
            capturing: Capturing::Opening,
            ready,
            interrupts: never(),
            marker: Marker::open(network.is_private()).ok(),
            last_marker: 0,
            own_ports: HashSet::new(),
            calls: 0,
            network,
            patience: None,
            wire: None,
            methods: Method::ALL.to_vec(),
            taken: never(),
            places: Places::default(),
            troubles: Vec::new(),
            passed_told: 0,
            reserve: Some(reserve),
        })
    }

    /// Ctrl-C comes from there.
    pub fn heed(&mut self, interrupts: Receiver<()>) {
        self.interrupts = interrupts;
    }

    /// Makes a socket call. Its facts are in the trace when this returns; its segments once
    /// [`Lab::settle`] has.
    pub fn call(&mut self, request: Request) -> (CallId, Progress) {
        self.await_capture();
        self.release_wire_if_idle();
        self.reserve = None;
        self.calls += 1;
        let call = CallId(self.calls);
        let (sockets, mut notes) = self.split();
        let progress = sockets.start(call, request, &mut |time, fact| notes.note(time, fact));
        (call, progress)
    }

    /// Makes the call a job. The learner goes on; it returns when it returns.
    pub fn park(&mut self, call: CallId) -> u32 {
        let waits = self.is_pending(call);
        if waits {
            self.note(clock::now(), Fact::Blocked { call });
        }
        self.jobs.add(call, !waits)
    }

    /// Ends a waiting call with `EINTR`; false if it doesn't wait.
    pub fn interrupt(&mut self, call: CallId) -> bool {
        let (sockets, mut notes) = self.split();
        sockets.interrupt(call, &mut |time, fact| notes.note(time, fact))
    }

    /// Whether the call still waits.
    pub fn is_pending(&self, call: CallId) -> bool {
        self.sockets.is_pending(call)
    }

    /// Puts the learner's `mark` into the trace.
    pub fn mark(&mut self) {
        let now = self.recorded.unwrap_or_else(clock::now);
        self.note(now, Fact::Mark);
        self.story.settle(now);
    }

    /// Waits until something was observed, Ctrl-C was pressed, `until` has come, or something is
    /// at the `door`, from which nothing is taken.
    pub fn wait<T>(&mut self, until: Time, door: &Receiver<T>) -> Woken {
        loop {
            match self.interrupts.try_recv() {
                Ok(()) => return Woken::Interrupt,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.interrupts = never(),
            }
            if !door.is_empty() {
                return Woken::Door;
            }
            if self.absorb() {
                return Woken::Fact;
            }
            let now = clock::now();
            if now >= until {
                return Woken::Deadline;
            }
            let due = self.next_deadline().map_or(until, |due| due.min(until));
            let mut select = Select::new();
            select.recv(&self.captured);
            select.recv(&self.taken);
            select.recv(&self.ready);
            select.recv(&self.interrupts);
            let at_door = select.recv(door);
            // A door that nobody can come through any more is always open.
            if select.ready_timeout(due.since(now)) == Ok(at_door) {
                return Woken::Door;
            }
        }
    }

    /// Tries every waiting call again. What is ready was ready before the readiness thread could
    /// say so.
    fn retry_pending(&mut self) {
        let (sockets, mut notes) = self.split();
        sockets.retry_pending(&mut |time, fact| notes.note(time, fact));
    }

    /// Waits until every segment that was caused up to now is in the story, and the kernel has
    /// been asked about both ends of each connection that has moved since `cursor`, or that the
    /// call belongs to.
    pub fn settle(&mut self, cursor: u64, call: Option<SocketId>) {
        let touched = self.complete(cursor, call, Self::DELAYED_ACK);
        self.ask_kernel(&touched);
    }

    /// The same without waiting for acknowledgements that the kernel delays: what the next call
    /// sends can then come before them, or carry them.
    pub fn settle_at_once(&mut self, cursor: u64, call: Option<SocketId>) {
        let touched = self.complete(cursor, call, Duration::ZERO);
        self.ask_kernel(&touched);
    }

    /// Asks the kernel about every connection that is not over: timers end without a segment.
    pub fn refresh(&mut self) {
        self.fence();
        let open: BTreeSet<ConnectionId> = self
            .story
            .connections()
            .iter()
            .filter(|c| c.ends.iter().any(|end| end.state != Some(State::Closed)))
            .map(|c| c.id)
            .collect();
        self.ask_kernel(&open);
    }

    /// Closes every socket, ends what the kernel still does about closed ones, and forgets what was
    /// observed.
    pub fn reset(&mut self) {
        self.recorded = None;
        self.reset_wire();
        self.sockets.close_all(&mut |_, _| {});
        self.fence();
        if self.network.is_private()
            && let Some(kernel) = &mut self.kernel
        {
            let _ = kernel.end_closed();
        }
        self.fence();
        self.trace = Trace::new(Bounds::default());
        self.story = Story::default();
        self.jobs = Jobs::default();
        self.own_ports.clear();
        self.places.clear();
    }

    /// What was observed.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// What it means.
    pub fn story(&self) -> &Story {
        &self.story
    }

    /// The learner's sockets.
    pub fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// The kernel's own word, where it can be had.
    pub fn kernel(&mut self) -> Option<&mut Kernel> {
        self.kernel.as_mut()
    }

    /// The network that the sockets live in.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Switches immediate ACKs, for open connections too.
    pub fn quickack(&mut self, on: bool) -> Result<(), QuickAckError> {
        network::quickack(&self.network, on)?;
        self.sockets.forget_routes();
        Ok(())
    }

    /// Limits that are raised while segments are held.
    pub fn patience(&mut self) -> &mut Option<Patience> {
        &mut self.patience
    }

    /// The jobs.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Why no frames come, if none do. Waits until the capture has opened or failed. A recording
    /// needs none.
    pub fn capture_missing(&mut self) -> Option<&str> {
        if self.is_recorded() {
            return None;
        }
        self.await_capture();
        match &self.capturing {
            Capturing::No(why) => Some(why),
            Capturing::Opening | Capturing::Yes => None,
        }
    }

    /// The calls' half and the notes' half, so that a call can write notes.
    fn split(&mut self) -> (&mut Sockets, Notes<'_>) {
        (
            &mut self.sockets,
            Notes {
                trace: &mut self.trace,
                story: &mut self.story,
                jobs: &mut self.jobs,
                own_ports: &mut self.own_ports,
                places: &mut self.places,
            },
        )
    }

    fn note(&mut self, time: Time, fact: Fact) {
        self.split().1.note(time, fact);
    }
}

/// Where facts go.
struct Notes<'lab> {
    trace: &'lab mut Trace,
    story: &'lab mut Story,
    jobs: &'lab mut Jobs,
    own_ports: &'lab mut HashSet<u16>,
    places: &'lab mut Places,
}

impl Notes<'_> {
    fn note(&mut self, time: Time, fact: Fact) {
        if let Fact::Addressed { socket, local, peer } = &fact {
            self.places.note(*socket, local.as_ref(), peer.as_ref());
        }
        match &fact {
            Fact::Returned { call, .. } => self.jobs.finish(*call),
            Fact::Addressed { local: Some(Address::Ip(address)), .. } => {
                self.own_ports.insert(address.port());
            }
            _ => {}
        }
        self.story.push(self.trace.append(time, fact));
    }
}
