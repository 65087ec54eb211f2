//! The kernel's word on a socket that no segment tells of: there is no capture, or it lost frames.

use super::{Session, Stop};
use crate::command::Name;
use crate::judge::states_of;
use crate::kernel::Report;
use crate::lab::Lab;
use crate::story::SocketStory;
use crate::tcp::State;
use crate::trace::{Address, SocketId};

impl Session {
    /// What the kernel says of the sockets that a state is expected of, if no segment has told of
    /// them: there is no capture, or it lost the frames.
    pub(super) fn unseen(&mut self, socket: &Name) -> Vec<State> {
        let story = self.lab.story();
        let Some(named) = story.socket_named(&socket.value) else { return Vec::new() };
        if named.connection.is_some() || states_of(story, &socket.value).len() > 1 {
            return Vec::new();
        }
        let id = named.id;
        let accepted = story.sockets().into_iter().filter(|s| s.accepted_from == Some(id));
        let sockets: Vec<SocketStory> = std::iter::once(named).chain(accepted).cloned().collect();
        sockets.iter().filter_map(|socket| self.kernel_state(socket)).collect()
    }

    /// What the kernel says of a TCP socket, open or closed.
    fn kernel_state(&mut self, socket: &SocketStory) -> Option<State> {
        let report = report_of(&mut self.lab, socket);
        state_of(socket, report.as_ref())
    }

    /// Without a capture: the state that the call has left its socket in, if that is news.
    pub(super) fn tell_kernel_state(&mut self, socket: SocketId) -> Result<(), Stop> {
        let Some(socket) = self.lab.story().socket(socket).cloned() else { return Ok(()) };
        let Some(now) = self.kernel_state(&socket) else { return Ok(()) };
        let before = self.kernel_states.insert(socket.id, now).unwrap_or(State::Closed);
        if before == now || now == State::Listen {
            return Ok(());
        }
        let arrow = if self.settings.look.ascii { "->" } else { "→" };
        self.say(&format!("  {}: {before} {arrow} {now}, says the kernel", socket.name))
    }
}

/// What sock_diag says of a TCP socket, open or closed.
pub(super) fn report_of(lab: &mut Lab, socket: &SocketStory) -> Option<Report> {
    let local = socket.local.as_ref()?.ip().filter(|_| socket.kind.is_tcp())?;
    let kernel = lab.kernel()?;
    match socket.peer.as_ref().and_then(Address::ip) {
        Some(peer) => kernel.end(local, peer).ok()?,
        None if socket.closed => None,
        None => kernel.listener(local).ok()?,
    }
}

/// The kernel's word; a TCP socket that it has no word on is CLOSED.
pub(super) fn state_of(socket: &SocketStory, report: Option<&Report>) -> Option<State> {
    match report {
        Some(report) => State::from_kernel(report.state.0),
        None => socket.kind.is_tcp().then_some(State::Closed),
    }
}
