//! `sockets`: every socket, where it is bound and connected, its state and its queues.

use std::time::Duration;

use super::look::Look;
use super::paint::Meaning;
use super::row::{Row as Line, safe};
use super::table::{Column, fits, table};
use crate::tcp::State;
use crate::trace::{Address, SocketKind};

/// Widest cell: longer paths are cut.
const WIDEST_CELL: usize = 30;

/// One socket, as the story and the kernel tell.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its file descriptor; of no meaning once closed.
    pub fd: i32,
    /// The learner's name for it.
    pub name: String,
    /// What it is.
    pub kind: SocketKind,
    /// Where it is bound.
    pub local: Option<Address>,
    /// Where it is connected to.
    pub peer: Option<Address>,
    /// Its state in the kernel; `None` where there is none, or the kernel knows of none.
    pub state: Option<State>,
    /// Bytes that were received and not read, if the kernel told.
    pub recv_queue: Option<u64>,
    /// Bytes that were sent and not acknowledged, if the kernel told.
    pub send_queue: Option<u64>,
    /// Of a listener: how many connections wait to be accepted, and how many can.
    pub queue: Option<(u32, u32)>,
    /// How long the kernel will keep it: TIME-WAIT, or FIN-WAIT-2 without a program.
    pub expires: Option<Duration>,
    /// Whether `close()` has been called: the kernel may keep its end of the connection.
    pub closed: bool,
}

impl Row {
    /// Whether the kernel still has it.
    fn is_alive(&self) -> bool {
        !self.closed || !matches!(self.state, None | Some(State::Closed))
    }

    /// `     5      0`, `queue 1 of 6`, `58 s left`
    fn queues(&self) -> String {
        let number = |queue: Option<u64>| queue.map_or_else(String::new, |queue| queue.to_string());
        match (self.queue, self.expires) {
            (Some((waiting, most)), _) => format!("queue {waiting} of {most}"),
            (None, Some(left)) => format!("{} s left", left.as_millis().div_ceil(1000)),
            (None, None) if self.recv_queue.or(self.send_queue).is_none() => String::new(),
            (None, None) => {
                let (recv, send) = (number(self.recv_queue), number(self.send_queue));
                format!("{recv:>6} {send:>6}")
            }
        }
    }
}

/// The table. Closed sockets are in it while the kernel keeps their end of a connection.
pub fn sockets(rows: &[Row], look: Look) -> String {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.is_alive()).collect();
    if rows.is_empty() {
        return Line::of(Meaning::Quiet, "no sockets").line(look);
    }
    let whole = columns(&rows, address, look);
    if fits(&whole, look) { table(whole, look) } else { table(columns(&rows, port, look), look) }
}

/// The columns, with addresses written so.
fn columns(rows: &[&Row], address: fn(&Address) -> String, look: Look) -> Vec<Column> {
    let column = |heading, numbers, rank, meaning, cell: &dyn Fn(&Row) -> String| {
        let cells = rows.iter().map(|row| {
            let text = Line::of(Meaning::Plain, safe(&cell(row), look));
            (meaning, text.cut(WIDEST_CELL, look).text())
        });
        Column { heading, numbers, rank, cells: cells.collect() }
    };
    let place = |at: &Option<Address>| at.as_ref().map_or_else(String::new, address);
    vec![
        column("fd", true, 3, Meaning::Plain, &|row| {
            if row.closed { "-".to_owned() } else { row.fd.to_string() }
        }),
        column("name", false, 0, Meaning::Call, &|row| row.name.clone()),
        column("kind", false, 4, Meaning::Quiet, &|row| row.kind.word().to_owned()),
        column("local", false, 1, Meaning::Plain, &|row| place(&row.local)),
        column("peer", false, 2, Meaning::Plain, &|row| place(&row.peer)),
        column("state", false, 0, Meaning::State, &|row| {
            row.state.map_or_else(String::new, |state| state.name().to_owned())
        }),
        column("Recv-Q Send-Q", false, 1, Meaning::Plain, &Row::queues),
    ]
}

fn address(address: &Address) -> String {
    address.to_string()
}

/// Where all are on one host, the port says most; of a path, its last part.
fn port(address: &Address) -> String {
    match address {
        Address::Ip(ip) => format!(":{}", ip.port()),
        Address::Path(path) => path
            .file_name()
            .map_or_else(|| address.to_string(), |name| name.to_string_lossy().into_owned()),
        Address::Unnamed => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ladder::test_moments::LOOK;
    use unicode_width::UnicodeWidthStr;

    fn row(fd: i32, name: &str, ports: [u16; 2], state: Option<State>) -> Row {
        let at = |port: u16| {
            (port > 0).then(|| Address::Ip(std::net::SocketAddr::from(([127, 0, 0, 1], port))))
        };
        Row {
            fd,
            name: name.to_owned(),
            kind: SocketKind::Tcp,
            local: at(ports[0]),
            peer: at(ports[1]),
            state,
            recv_queue: Some(0),
            send_queue: Some(0),
            queue: None,
            expires: None,
            closed: false,
        }
    }

    fn session() -> Vec<Row> {
        let server =
            Row { queue: Some((1, 6)), ..row(3, "server", [8899, 0], Some(State::Listen)) };
        let client = row(4, "client", [40112, 8899], Some(State::Established));
        let conn =
            Row { recv_queue: Some(5), ..row(5, "conn", [8899, 40112], Some(State::CloseWait)) };
        let waits = Row {
            closed: true,
            recv_queue: None,
            send_queue: None,
            expires: Some(Duration::from_millis(57_400)),
            ..row(6, "old", [40090, 8899], Some(State::TimeWait))
        };
        let gone = Row { closed: true, ..row(7, "gone", [40091, 8899], None) };
        let path = Row {
            kind: SocketKind::UnixDgram,
            local: Some(Address::Path("/tmp/a/rather/long/path/to/a/socket".into())),
            recv_queue: None,
            send_queue: None,
            ..row(8, "path", [0, 0], None)
        };
        vec![server, client, conn, waits, gone, path]
    }

    #[test]
    fn the_table_has_what_the_kernel_says() {
        insta::assert_snapshot!(sockets(&session(), Look { width: 110, ..LOOK }), @r"
        fd  name    kind        local                           peer             state        Recv-Q Send-Q
         3  server  tcp         127.0.0.1:8899                                   LISTEN       queue 1 of 6
         4  client  tcp         127.0.0.1:40112                 127.0.0.1:8899   ESTABLISHED       0      0
         5  conn    tcp         127.0.0.1:8899                  127.0.0.1:40112  CLOSE-WAIT        5      0
         -  old     tcp         127.0.0.1:40090                 127.0.0.1:8899   TIME-WAIT    58 s left
         8  path    unix-dgram  /tmp/a/rather/long/path/to/a/…
        ");
        insta::assert_snapshot!(sockets(&session()[..4], LOOK), @r"
        fd  name    kind  local            peer             state        Recv-Q Send-Q
         3  server  tcp   127.0.0.1:8899                    LISTEN       queue 1 of 6
         4  client  tcp   127.0.0.1:40112  127.0.0.1:8899   ESTABLISHED       0      0
         5  conn    tcp   127.0.0.1:8899   127.0.0.1:40112  CLOSE-WAIT        5      0
         -  old     tcp   127.0.0.1:40090  127.0.0.1:8899   TIME-WAIT    58 s left
        ");
    }

    #[test]
    fn narrow_screens_have_fewer_columns() {
        insta::assert_snapshot!(sockets(&session(), Look { width: 50, ascii: true, ..LOOK }), @r"
        fd name   local  peer   state       Recv-Q Send-Q
         3 server :8899         LISTEN      queue 1 of 6
         4 client :40112 :8899  ESTABLISHED      0      0
         5 conn   :8899  :40112 CLOSE-WAIT       5      0
         - old    :40090 :8899  TIME-WAIT   58 s left
         8 path   socket
        ");
        for width in 40..120 {
            let shown = sockets(&session(), Look { width, ..LOOK });
            assert!(shown.lines().all(|line| line.width() <= width), "{width}:\n{shown}");
        }
    }

    #[test]
    fn no_sockets_is_said() {
        insta::assert_snapshot!(sockets(&[], LOOK), @r"
        no sockets
        ");
    }
}
