//! What the story shows about a call: the ground that explanations stand on.

use crate::packet::Flags;
use crate::story::{
    CallMoment, Connection, EndName, Fate, IcmpMoment, Moment, ReturnMoment, Role, SegmentMoment,
    Side, SocketStory, Story, What,
};
use crate::tcp::State;
use crate::trace::{Address, Effect, Outcome, SocketId, SocketKind, Time};

/// A call, what happened around it, and the story so far.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The call.
    pub call: &'a CallMoment,
    /// The moments that its command settled.
    pub moments: &'a [&'a Moment],
    /// All of it.
    pub story: &'a Story,
}

impl<'a> Evidence<'a> {
    /// The socket that the call was made on.
    pub fn socket(&self) -> Option<&'a SocketStory> {
        self.story.socket(self.call.socket)
    }

    /// What kind of socket that is.
    pub fn kind(&self) -> Option<SocketKind> {
        self.socket().map(|socket| socket.kind)
    }

    /// The learner's name of it.
    pub fn name(&self) -> String {
        self.call.name.to_string()
    }

    /// The connection that it is an end of, and which.
    pub fn end(&self) -> Option<(&'a Connection, Side)> {
        let (id, side) = self.socket()?.connection?;
        Some((self.story.connection(id)?, side))
    }

    /// The state of its end.
    pub fn state(&self) -> Option<State> {
        let (connection, side) = self.end()?;
        connection.end(side).state
    }

    /// What to call the other end: its name, or its address.
    pub fn peer(&self) -> String {
        match self.end() {
            Some((connection, side)) => called(connection, side.other()),
            None => "the peer".to_owned(),
        }
    }

    /// The segments that the call caused, at either end.
    pub fn caused(&self) -> impl Iterator<Item = &'a SegmentMoment> {
        let call = self.call.call;
        self.moments.iter().filter_map(move |moment| match &moment.what {
            What::Segment(segment) if segment.cause == Some(call) => Some(&**segment),
            _ => None,
        })
    }

    /// Those of them that its own end sent.
    pub fn sent(&self) -> impl Iterator<Item = &'a SegmentMoment> {
        let end = self.end().map(|(connection, side)| (connection.id, side));
        self.caused().filter(move |segment| Some((segment.connection, segment.from)) == end)
    }

    /// The segments of its connection that are on their way, the first sent first.
    pub fn in_flight(&self) -> impl Iterator<Item = &'a SegmentMoment> {
        let id = self.end().map(|(connection, _)| connection.id);
        let story = self.story;
        story.in_flight().filter_map(move |(_, number)| match &story.at(number)?.what {
            What::Segment(segment) if Some(segment.connection) == id => Some(&**segment),
            _ => None,
        })
    }

    /// Those of its segments that didn't arrive as they were sent.
    pub fn disturbed(&self) -> impl Iterator<Item = &'a SegmentMoment> {
        self.caused().filter(|segment| segment.passage.fate() != Fate::Delivered)
    }

    /// Those of them that came back.
    pub fn came_back(&self) -> impl Iterator<Item = &'a SegmentMoment> {
        let end = self.end().map(|(connection, side)| (connection.id, side.other()));
        self.caused().filter(move |segment| Some((segment.connection, segment.from)) == end)
    }

    /// The first segment of its connection by that side with that flag, in all that is kept.
    pub fn first_with(&self, from: Side, flag: Flags) -> Option<(Time, &'a SegmentMoment)> {
        let (connection, _) = self.end()?;
        let lifetime = self.story.moments().rev().take_while(|m| m.time >= connection.first);
        let with = lifetime.filter_map(|moment| match &moment.what {
            What::Segment(segment)
                if segment.connection == connection.id
                    && segment.from == from
                    && segment.segment.flags.has(flag) =>
            {
                Some((moment.time, &**segment))
            }
            _ => None,
        });
        with.last()
    }

    /// The RST by which the other end, or somebody in its name, has closed this one; where none has
    /// been seen to, the first that came.
    pub fn reset_by_peer(&self) -> Option<&'a SegmentMoment> {
        let (connection, side) = self.end()?;
        let resets = || {
            let heard = self.heard(connection, side);
            heard.filter(|segment| segment.segment.flags.has(Flags::RST))
        };
        let closes = |segment: &&SegmentMoment| {
            segment.states.to.moved() && segment.states.to.after == Some(State::Closed)
        };
        resets().find(closes).or_else(|| resets().last())
    }

    /// What has come to that end, the latest first.
    fn heard(
        &self,
        connection: &'a Connection,
        side: Side,
    ) -> impl Iterator<Item = &'a SegmentMoment> {
        self.of_connection(connection).filter(move |segment| {
            let passage = &segment.passage;
            segment.from != side && passage.is_sound() && !passage.lost && !passage.in_flight
        })
    }

    /// What its own end has sent since it last heard of the other, the latest first.
    pub fn unheeded(&self) -> impl Iterator<Item = &'a SegmentMoment> {
        let end = self.end();
        let heard = end
            .and_then(|(connection, side)| self.heard(connection, side).next())
            .map(|segment| segment.frame);
        let all = end.into_iter().flat_map(|(connection, side)| {
            self.of_connection(connection).filter(move |segment| segment.from == side)
        });
        all.take_while(move |segment| heard.is_none_or(|heard| segment.frame > heard))
    }

    /// The segments of that connection, the latest first.
    fn of_connection(
        &self,
        connection: &'a Connection,
    ) -> impl Iterator<Item = &'a SegmentMoment> + use<'a> {
        let lifetime = self.story.moments().rev().take_while(|m| m.time >= connection.first);
        lifetime.filter_map(move |moment| match &moment.what {
            What::Segment(segment) if segment.connection == connection.id => Some(&**segment),
            _ => None,
        })
    }

    /// The latest port-unreachable message about a datagram of this socket's.
    pub fn unreachable(&self) -> Option<&'a IcmpMoment> {
        let id = self.call.socket;
        self.story.moments().rev().find_map(|moment| match &moment.what {
            What::Icmp(icmp) => {
                let about = icmp.about.as_ref()?;
                let ours = about[0].socket == Some(id) && icmp.message.is_port_unreachable();
                ours.then_some(&**icmp)
            }
            _ => None,
        })
    }

    /// What calls on this socket have returned, the latest first, this one left out.
    pub fn earlier_returns(&self) -> impl Iterator<Item = &'a ReturnMoment> {
        let (socket, call) = (self.call.socket, self.call.call);
        let returns = self.story.moments().rev().filter_map(|moment| match &moment.what {
            What::Return(ret) => Some(ret),
            _ => None,
        });
        returns
            .take_while(move |ret| !makes(ret, socket))
            .filter(move |ret| ret.call.socket == socket && ret.call.call != call)
    }

    /// Whether that option was last switched on.
    pub fn has_set(&self, option: &str) -> bool {
        let set = self
            .earlier_returns()
            .filter(|ret| matches!(ret.outcome, Outcome::Value(_)))
            .filter(|ret| ret.call.function == "setsockopt")
            .find_map(|ret| ret.call.args.strip_prefix(option)?.strip_prefix(' '));
        set.is_some_and(|value| !matches!(value, "0" | "off" | "false" | "no"))
    }

    /// Whether an earlier `shutdown()` closed that direction.
    pub fn was_shut_down(&self, wanted: fn(read: bool, write: bool) -> bool) -> bool {
        self.earlier_returns().any(|ret| match ret.effect {
            Effect::ShutDown { read, write } => wanted(read, write),
            _ => false,
        })
    }

    /// Whether an earlier call reported that errno.
    pub fn reported(&self, errno: i32) -> bool {
        self.earlier_returns().any(|ret| ret.outcome == Outcome::Errno(errno))
    }

    /// The local IP address and port.
    pub fn local(&self) -> Option<std::net::SocketAddr> {
        self.socket()?.local.as_ref().and_then(Address::ip)
    }
}

/// Whether that call made the socket.
fn makes(ret: &ReturnMoment, made: SocketId) -> bool {
    match &ret.effect {
        Effect::Opened { socket, .. } | Effect::Accepted { socket, .. } => *socket == made,
        _ => false,
    }
}

/// What to call an end: its name, or its address.
pub fn called(connection: &Connection, side: Side) -> String {
    let end = connection.end(side);
    end.name.name.as_deref().map_or_else(|| end.address.to_string(), str::to_owned)
}

/// Whether an end is a listener's for lack of an `accept()`.
pub fn is_queued(end: &EndName) -> bool {
    end.socket.is_none() && end.name.is_some()
}

/// Whether a segment is of that role.
pub fn is(segment: &SegmentMoment, role: Role) -> bool {
    segment.roles.contains(role)
}
