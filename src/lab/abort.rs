//! A connection that is aborted from outside, as an administrator does (`ss --kill`).

use std::io;
use std::net::SocketAddr;

use super::Lab;
use crate::story::SocketStory;
use crate::trace::{CallId, Effect, Fact, Outcome, clock};

impl Lab {
    /// What the trace calls it, in place of a function of section 2.
    pub const RESET_CONNECTION: &'static str = "reset-connection";

    /// Has the kernel drop that end of the socket's connection (`SOCK_DESTROY`). It stands in the
    /// trace as a call on the socket, so that its RST has a cause; what it returns is whether there
    /// was such an end.
    ///
    /// # Errors
    /// Those of the kernel, in the trace too: EPERM without the right, EOPNOTSUPP where it can't.
    pub fn reset_connection(
        &mut self,
        socket: &SocketStory,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> (CallId, io::Result<()>) {
        self.await_capture();
        self.calls += 1;
        let call = CallId(self.calls);
        let entered = clock::now();
        self.note(
            entered,
            Fact::Called {
                call,
                socket: socket.id,
                name: socket.name.to_string(),
                function: Self::RESET_CONNECTION,
                args: String::new(),
            },
        );
        let destroyed = match &mut self.kernel {
            Some(kernel) => kernel.destroy(local, peer),
            None => Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP)),
        };
        let result = destroyed.and_then(|there_was| {
            if there_was { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ENOENT)) }
        });
        let outcome = match &result {
            Ok(()) => Outcome::Value(0),
            Err(error) => Outcome::Errno(error.raw_os_error().unwrap_or(libc::EIO)),
        };
        self.note(clock::now(), Fact::Returned { call, entered, outcome, effect: Effect::None });
        (call, result)
    }
}
