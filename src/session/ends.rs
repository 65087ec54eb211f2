//! `sockets NAME`: one connection, or one listener, as its kernels see it.

use super::explaining::queue_of;
use super::kernel_word::report_of;
use super::standing::{Place, known};
use super::tables::unread;
use super::{Session, Stop};
use crate::command::Name;
use crate::kernel::{OwnLimits, Report, own_limits};
use crate::story::{Connection, Side, SocketStory};
use crate::tcp::outlook::Holder;
use crate::trace::{Address, SocketId, clock};
use crate::view;
use crate::view::sockets::{End, HalfOpen, Known, Listener, Shown, picture};

impl Session {
    /// `sockets NAME`
    pub(super) fn show_socket(&mut self, text: &str, name: &Name) -> Result<(), Stop> {
        let socket = self.named(text, name)?;
        self.lab.refresh();
        self.show_new()?;
        match self.shown_of(socket) {
            Ok(shown) => self.show_picture(&shown),
            Err(why) => self.say(&why),
        }
    }

    /// Shows it once, as a picture or as JSON.
    pub(super) fn show_picture(&mut self, shown: &Shown) -> Result<(), Stop> {
        if self.screen.is_json() {
            let lines = view::json::sockets(clock::now(), shown);
            let text: String = lines.into_iter().map(|line| line + "\n").collect();
            return self.screen.write(&text);
        }
        let text = picture(shown, None, self.settings.look);
        self.say(&text)
    }

    /// What its kernels say of the connection that the socket is an end of, or of the listener
    /// that it is; or why there is nothing to say.
    pub(super) fn shown_of(&mut self, id: SocketId) -> Result<Shown, String> {
        let Some(socket) = self.lab.story().socket(id).cloned() else {
            return Err("That socket is no longer known.".to_owned());
        };
        let name = &socket.name;
        if !socket.kind.is_tcp() {
            let kind = socket.kind.word();
            return Err(format!(
                "{name} is a {kind} socket: it has no connection, no timers and no windows. \
                 `sockets` shows the rest."
            ));
        }
        if self.lab.kernel().is_none() {
            return Err("This system's kernel can't be asked: it has no sock_diag.".to_owned());
        }
        if let Some(report) = report_of(&mut self.lab, &socket).filter(Report::listens) {
            return Ok(Shown::Listener(self.listener(&socket, &report)));
        }
        let Some(connection) = self.connection_of(&socket) else {
            let end = self.lone_end(&socket);
            return end
                .map(|end| Shown::Connection { number: None, ends: vec![end] })
                .ok_or_else(|| format!("{name} has no connection."));
        };
        let opener = connection.opener.unwrap_or(Side::A);
        let sides =
            if connection.self_connected { vec![opener] } else { vec![opener, opener.other()] };
        let ends = sides.into_iter().map(|side| self.end_of(&connection, side)).collect();
        Ok(Shown::Connection { number: Some(connection.id.0 + 1), ends })
    }

    /// The connection that the socket is, or was, an end of.
    pub(super) fn connection_of(&self, socket: &SocketStory) -> Option<Connection> {
        let (id, _) = socket.connection?;
        self.lab.story().connection(id).cloned()
    }

    fn end_of(&mut self, connection: &Connection, side: Side) -> End {
        let end = connection.end(side);
        let (local, peer) = (end.address, connection.end(side.other()).address);
        let report = self.lab.kernel().and_then(|kernel| kernel.end(local, peer).ok()?);
        let story = self.lab.story();
        let socket = end.name.socket.and_then(|id| story.socket(id)).cloned();
        let answers = end.name.listener.as_ref().or(end.name.name.as_ref());
        let own = match (&socket, answers.and_then(|name| story.socket_named(name))) {
            (Some(socket), _) => self.own_limits(socket.id),
            // Until it is accepted, it has its listener's options.
            (None, Some(listener)) => self.own_limits(listener.id),
            (None, None) => OwnLimits::default(),
        };
        let place = Place { story, connection, side };
        let open = socket.as_ref().and_then(|socket| self.lab.sockets().get(socket.id));
        let known = report.and_then(|report| {
            let holder = holder(socket.as_ref(), &report);
            let known = known(&report, Some(place), holder, own, clock::now())?;
            Some(Known { unread: unread(&report, open), ..known })
        });
        End {
            name: end.name.name.as_deref().map_or_else(|| "?".to_owned(), str::to_owned),
            side,
            local,
            peer,
            isn: end.isn.map(|isn| isn.0),
            has_been: end.segments > 0,
            known,
            calls: self.calls_on(socket.map(|socket| socket.id)),
        }
    }

    /// An end of a connection of which no segment was seen.
    fn lone_end(&mut self, socket: &SocketStory) -> Option<End> {
        let local = socket.local.as_ref().and_then(Address::ip)?;
        let peer = socket.peer.as_ref().and_then(Address::ip)?;
        let own = self.own_limits(socket.id);
        let report = report_of(&mut self.lab, socket);
        let known = report.and_then(|report| {
            known(&report, None, holder(Some(socket), &report), own, clock::now())
        });
        Some(End {
            name: socket.name.to_string(),
            side: Side::A,
            local,
            peer,
            isn: None,
            has_been: true,
            known,
            calls: self.calls_on(Some(socket.id)),
        })
    }

    fn listener(&mut self, socket: &SocketStory, report: &Report) -> Listener {
        let half_open = self.lab.kernel().and_then(|kernel| kernel.half_open(report).ok());
        let half_open = half_open.unwrap_or_default();
        Listener {
            name: socket.name.to_string(),
            local: report.local,
            queue: queue_of(report),
            backlog: report.send_queue,
            half_open: half_open.iter().filter_map(|half| self.half_open(socket, half)).collect(),
            calls: self.calls_on(Some(socket.id)),
        }
    }

    fn half_open(&self, listener: &SocketStory, half: &Report) -> Option<HalfOpen> {
        let peer = half.peer?;
        let story = self.lab.story();
        let connection = story.connection_between(half.local, peer);
        let place = connection.and_then(|connection| {
            let is_listener = |side: &Side| connection.end(*side).address == half.local;
            let side = [Side::A, Side::B].into_iter().find(is_listener)?;
            Some(Place { story, connection, side })
        });
        let name = place.and_then(|p| p.connection.end(p.side.other()).name.name.as_deref());
        let own = self.own_limits(listener.id);
        let known = known(half, place, Holder::Listener, own, clock::now())?;
        Some(HalfOpen {
            peer: name.map_or_else(|| peer.to_string(), str::to_owned),
            standing: known.standing,
        })
    }

    fn own_limits(&self, socket: SocketId) -> OwnLimits {
        self.lab.sockets().get(socket).map(own_limits).unwrap_or_default()
    }

    /// The calls that wait on a socket: `recv(client)`.
    fn calls_on(&self, socket: Option<SocketId>) -> Vec<String> {
        let Some(socket) = socket else { return Vec::new() };
        let pending = self.lab.sockets().pending();
        let on = pending.iter().filter(|call| call.sockets.contains(&socket));
        on.map(|call| self.call_words(call)).collect()
    }
}

/// Who holds it: a listener until it is accepted, nobody once it is closed.
fn holder(socket: Option<&SocketStory>, report: &Report) -> Holder {
    match socket {
        Some(socket) if socket.closed => Holder::Nobody,
        Some(_) => Holder::Program,
        None if report.inode != 0 => Holder::Program,
        None => Holder::Listener,
    }
}
