//! Connects that wait on one socket, and what else on it ends them. A connect that waits is made
//! anew to learn how it went; once the socket is free again, that would open a new connection.

use std::os::fd::AsFd;

use super::Request;
use super::calls::{Sockets, finish};
use super::raw;
use super::work::{Step, Wait, Work};
use crate::kernel::tcp_info;
use crate::trace::{Effect, Fact, Outcome, SocketId, Time, clock};

impl Sockets {
    /// What a call that has returned means for the connects that wait on its socket, as Linux 6.18
    /// has it. All that wait for the same handshake succeed with it. Where it fails, one call gets
    /// the error and the others EPIPE; EPIPE too after a connect to AF_UNSPEC; after a shutdown,
    /// what the socket says: ECONNRESET.
    pub(super) fn end_connects(
        &mut self,
        returned: &Request,
        succeeded: bool,
        sink: &mut impl FnMut(Time, Fact),
    ) {
        let Some(id) = returned.socket() else { return };
        if !self.pending.iter().any(|work| work.socket == id && work.waits_for_handshake()) {
            return;
        }
        let outcome = match returned {
            Request::Connect { .. } if succeeded => Outcome::Value(0),
            Request::Shutdown { .. } if self.is_closed(id) => Outcome::Errno(self.error_of(id)),
            Request::Connect { .. } | Request::Disconnect { .. } if self.is_closed(id) => {
                Outcome::Errno(libc::EPIPE)
            }
            _ => return,
        };
        let ended = |work: &&Work| work.socket == id && work.waits_for_handshake();
        while let Some(call) = self.pending.iter().find(ended).map(|work| work.call) {
            self.take(call);
            let now = clock::now();
            finish(call, now, now, Step::Returned(outcome.clone(), Effect::None), sink);
        }
    }

    /// Whether the TCP socket has no connection and tries none.
    fn is_closed(&self, id: SocketId) -> bool {
        let info = self.table.get(id).and_then(|socket| tcp_info(socket).ok());
        info.is_some_and(|info| info.is_closed())
    }

    /// The error that waits on the socket, as a call would have taken it.
    fn error_of(&self, id: SocketId) -> i32 {
        let pending = self.table.get(id).map_or(0, |socket| raw::take_error(socket.as_fd()));
        if pending == 0 { libc::ECONNABORTED } else { pending }
    }
}

impl Work {
    fn waits_for_handshake(&self) -> bool {
        self.waits == Wait::Answer && matches!(self.request, Request::Connect { .. })
    }
}
