//! `sockets`: every socket, and every closed one's end that the kernel still keeps; `sockets NAME`:
//! one connection's timers, windows and queues.

mod end;
#[cfg(test)]
mod gallery;
mod next;
mod picture;
mod rows;

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

pub use end::{Buffers, End, HalfOpen, Known, Listener, Numbers, Shown};
pub use next::sentence;
pub use picture::{listens, picture};

use super::look::Look;
use super::paint::Meaning;
use super::sanitize::escape;
use super::table::{Cell, Column, table};
use crate::tcp::State;

/// One line of the table.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// The descriptor; `None` once it is closed.
    pub fd: Option<i32>,
    /// The learner's name for it; empty for one that nobody has accepted.
    pub name: String,
    /// `tcp`, `udp6`, …
    pub kind: &'static str,
    /// Where it is bound.
    pub local: Option<String>,
    /// Where it is connected to.
    pub peer: Option<String>,
    /// Its TCP state, as the kernel says.
    pub state: Option<State>,
    /// Bytes that the program hasn't read.
    pub recv_queue: Option<u32>,
    /// Bytes that the peer hasn't acknowledged.
    pub send_queue: Option<u32>,
    /// Of a listener: connections that wait for accept(), and how many may.
    pub accept_queue: Option<(u32, u32)>,
    /// How long until the kernel forgets it.
    pub expires: Option<Duration>,
    /// Whether the learner made it nonblocking.
    pub nonblocking: bool,
}

const COLUMNS: [Column; 9] = [
    Column { title: "fd", right: true, rank: 6 },
    Column { title: "name", right: false, rank: 0 },
    Column { title: "kind", right: false, rank: 7 },
    Column { title: "local", right: false, rank: 1 },
    Column { title: "peer", right: false, rank: 2 },
    Column { title: "state", right: false, rank: 0 },
    Column { title: "Recv-Q", right: true, rank: 4 },
    Column { title: "Send-Q", right: true, rank: 5 },
    Column { title: "", right: false, rank: 3 },
];

/// A screen that has fewer columns has no room for peers.
const PEERS: usize = 50;

/// How much is left out of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Nothing.
    Whole,
    /// An address on 127.0.0.1 is only its port, as on the ladder.
    Ports,
    /// What stood behind the rest finds a place in it, too: a listener's queue where others have a
    /// peer, the time left behind the state.
    Tight,
}

/// The table. Empty without sockets. Where there is no room for all, rows are written shorter;
/// then the least needed columns go.
pub fn sockets(lines: &[Line], look: Look) -> String {
    let rows =
        |fit: Fit| -> Vec<Vec<Cell>> { lines.iter().map(|line| row(line, fit, look)).collect() };
    let fits = |fit: &Fit| {
        let whole = Look { width: usize::MAX, colour: false, ..look };
        table(&COLUMNS, &rows(*fit), whole).lines().all(|line| line.width() <= look.width)
    };
    let fit = [Fit::Whole, Fit::Ports].into_iter().find(fits).unwrap_or(Fit::Tight);
    table(&COLUMNS, &rows(fit), look)
}

fn row(line: &Line, fit: Fit, look: Look) -> Vec<Cell> {
    let plain = |text: String| (Meaning::Plain, text);
    let quiet = |text: String| (Meaning::Quiet, text);
    let number = |n: Option<u32>| plain(n.map_or(String::new(), |n| n.to_string()));
    let address = |a: &Option<String>| {
        let text = a.as_deref().unwrap_or("-");
        let port = text.strip_prefix("127.0.0.1").filter(|_| fit != Fit::Whole);
        let text = port.unwrap_or(text);
        plain(escape(text.as_bytes(), look.ascii))
    };
    let name = if line.name.is_empty() { "(nobody's yet)" } else { &line.name };
    let queue = line.accept_queue.map(|(waiting, room)| format!("queue {waiting} of {room}"));
    let left = line.expires.map(|left| format!("{} s", left.as_secs()));
    let state = line.state.map_or(String::new(), |state| state.to_string());
    let (peer, state, notes) = if fit == Fit::Tight {
        // Without peers only the state is left for it.
        let (queue, left) = if look.width < PEERS { (None, queue.or(left)) } else { (queue, left) };
        let peer = queue.map_or_else(|| address(&line.peer), plain);
        let state = left.map_or_else(|| state.clone(), |left| format!("{state} {left}"));
        (peer, state, notes([None, None], line.nonblocking))
    } else {
        let left = left.map(|left| format!("{left} left"));
        (address(&line.peer), state, notes([queue, left], line.nonblocking))
    };
    vec![
        line.fd.map_or_else(|| quiet("-".to_owned()), |fd| plain(fd.to_string())),
        plain(escape(name.as_bytes(), look.ascii)),
        quiet(line.kind.to_owned()),
        address(&line.local),
        peer,
        (Meaning::State, state),
        number(line.recv_queue),
        number(line.send_queue),
        quiet(notes),
    ]
}

fn notes(notes: [Option<String>; 2], nonblocking: bool) -> String {
    let nonblocking = nonblocking.then(|| "nonblocking".to_owned());
    notes.into_iter().flatten().chain(nonblocking).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> [Line; 2] {
        [
            Line {
                fd: Some(5),
                name: "server".into(),
                kind: "tcp",
                local: Some("127.0.0.1:8899".into()),
                state: Some(State::Listen),
                accept_queue: Some((1, 6)),
                ..Line::default()
            },
            Line {
                name: "client".into(),
                kind: "tcp",
                local: Some("127.0.0.1:40112".into()),
                peer: Some("127.0.0.1:8899".into()),
                state: Some(State::TimeWait),
                recv_queue: Some(0),
                send_queue: Some(0),
                expires: Some(Duration::from_millis(58_400)),
                ..Line::default()
            },
        ]
    }

    fn shown(width: usize) -> String {
        sockets(
            &lines(),
            Look { width, ascii: false, raw_seq: false, arithmetic: false, colour: false },
        )
    }

    #[test]
    fn a_listener_shows_its_queue_and_a_closed_end_its_time() {
        insta::assert_snapshot!(shown(100), @r"
        fd  name    kind  local            peer            state      Recv-Q  Send-Q
         5  server  tcp   127.0.0.1:8899   -               LISTEN                     queue 1 of 6
         -  client  tcp   127.0.0.1:40112  127.0.0.1:8899  TIME-WAIT       0       0  58 s left
        ");
    }

    #[test]
    fn a_narrow_screen_keeps_the_queue_and_the_time() {
        insta::assert_snapshot!(shown(80), @r"
        fd  name    kind  local   peer   state      Recv-Q  Send-Q
         5  server  tcp   :8899   -      LISTEN                     queue 1 of 6
         -  client  tcp   :40112  :8899  TIME-WAIT       0       0  58 s left
        ");
        insta::assert_snapshot!(shown(60), @r"
        name    local   peer          state           Recv-Q
        server  :8899   queue 1 of 6  LISTEN
        client  :40112  :8899         TIME-WAIT 58 s       0
        ");
        insta::assert_snapshot!(shown(40), @r"
        name    local   state
        server  :8899   LISTEN queue 1 of 6
        client  :40112  TIME-WAIT 58 s
        ");
    }
}
