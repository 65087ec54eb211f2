//! `sockets`, `jobs`: what the story, the sockets and the kernel say, put together.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::explaining::queue_of;
use super::kernel_word::{report_of, state_of};
use super::{Session, Stop};
use crate::kernel::Report;
use crate::lab::Lab;
use crate::sockets::{OpenSocket, PendingCall};
use crate::story::{Connection, Side, SocketStory};
use crate::tcp::State;
use crate::trace::{Address, SocketId, clock};
use crate::view::{jobs, sockets};

impl Session {
    /// `sockets`
    pub(super) fn show_sockets(&mut self) -> Result<(), Stop> {
        self.lab.refresh();
        self.show_new()?;
        let lines = socket_lines(&mut self.lab);
        let shown = sockets::sockets(&lines, self.settings.look);
        self.say_or(&shown, "No sockets yet. Try: server = socket tcp")
    }

    /// `jobs`
    pub(super) fn show_jobs(&mut self) -> Result<(), Stop> {
        let now = clock::now();
        let pending = self.lab.sockets().pending();
        let waiting: Vec<(u32, PendingCall)> = self
            .lab
            .jobs()
            .waiting()
            .filter_map(|job| {
                let call = pending.iter().find(|pending| pending.call == job.call)?;
                Some((job.number, call.clone()))
            })
            .collect();
        let mut lines = Vec::new();
        for (number, call) in waiting {
            lines.push(jobs::Line {
                number,
                call: self.call_words(&call),
                waited: now.since(call.since),
                because: self.waits_for(&call),
            });
        }
        let shown = jobs::jobs(&lines, self.settings.look);
        self.say_or(&shown, "No call waits.")
    }

    pub(super) fn call_words(&self, call: &PendingCall) -> String {
        let story = self.lab.story();
        let names: Vec<&str> =
            call.sockets.iter().filter_map(|socket| Some(&*story.socket(*socket)?.name)).collect();
        format!("{}({})", call.function, names.join(", "))
    }
}

/// Both addresses of a socket, as the kernel has them.
fn between(socket: &SocketStory) -> [Option<SocketAddr>; 2] {
    [&socket.local, &socket.peer].map(|address| address.as_ref().and_then(Address::ip))
}

/// Bytes that have come and can be received: sock_diag's count has the FIN in it, as `ss` shows it,
/// the socket itself leaves that out (`FIONREAD`, tcp(7)).
pub(super) fn unread(report: &Report, open: Option<&OpenSocket>) -> u32 {
    let unread = open.and_then(OpenSocket::unread);
    unread.and_then(|unread| u32::try_from(unread).ok()).unwrap_or(report.recv_queue)
}

/// The open sockets, the ends of closed ones that the kernel still keeps, and the ends that
/// nobody has accepted.
fn socket_lines(lab: &mut Lab) -> Vec<sockets::Line> {
    let mut lines = Vec::new();
    let all: Vec<SocketStory> = lab.story().sockets().into_iter().cloned().collect();
    // Of two sockets between the same addresses the kernel only knows the later one.
    let latest: HashMap<_, SocketId> =
        all.iter().map(|socket| (between(socket), socket.id)).collect();
    for socket in all {
        if socket.closed && latest.get(&between(&socket)) != Some(&socket.id) {
            continue;
        }
        let report = report_of(lab, &socket);
        if socket.closed && report.is_none() {
            continue;
        }
        let open = lab.sockets().get(socket.id);
        let listens = report.as_ref().is_some_and(Report::listens);
        lines.push(sockets::Line {
            fd: (!socket.closed).then_some(socket.fd),
            name: socket.name.to_string(),
            kind: socket.kind.word(),
            local: socket.local.as_ref().map(Address::to_string),
            peer: socket.peer.as_ref().map(Address::to_string),
            state: state_of(&socket, report.as_ref()),
            recv_queue: report.as_ref().filter(|_| !listens).map(|report| unread(report, open)),
            send_queue: report.as_ref().filter(|_| !listens).map(|report| report.send_queue),
            accept_queue: report.as_ref().filter(|_| listens).map(queue_of),
            expires: report.as_ref().and_then(Report::expires),
            nonblocking: open.is_some_and(OpenSocket::nonblocking),
        });
    }
    let unaccepted: Vec<(Connection, Side)> = lab
        .story()
        .connections()
        .iter()
        .filter(|connection| {
            let [one, other] = [Side::A, Side::B].map(|side| connection.end(side).address);
            let newest = lab.story().connection_between(one, other);
            newest.is_some_and(|newest| newest.id == connection.id)
        })
        .flat_map(|connection| [Side::A, Side::B].map(|side| (connection, side)))
        .filter(|(connection, side)| {
            let name = &connection.end(*side).name;
            name.socket.is_none() && name.name.is_some()
        })
        .map(|(connection, side)| (connection.clone(), side))
        .collect();
    for (connection, side) in unaccepted {
        let (end, peer) = (connection.end(side), connection.end(side.other()).address);
        let report = lab.kernel().and_then(|kernel| kernel.end(end.address, peer).ok()?);
        let Some(report) = report else { continue };
        lines.push(sockets::Line {
            kind: if report.ipv6 { "tcp6" } else { "tcp" },
            local: Some(report.local.to_string()),
            peer: report.peer.map(|peer| peer.to_string()),
            state: State::from_kernel(report.state.0),
            recv_queue: Some(report.recv_queue),
            send_queue: Some(report.send_queue),
            expires: report.expires(),
            ..sockets::Line::default()
        });
    }
    lines
}
