//! Moments for tests of views: a connection between `client` and `server`, told by hand.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::packet::{Checksum, Flags, IpHeader, Options, Payload, Segment, SeqNumber, TcpOption};
use crate::story::{
    Change, Confidence, ConnectionId, EndName, Moment, SegmentMoment, Side, SideStates, What,
};
use crate::tcp::State;
use crate::trace::{CallId, EventId, FrameNumber, Time};

/// Where the specimen's times start.
pub const START: Time = Time(1_700_000_000_123_456_789);

/// The client's address.
pub fn client() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 40112))
}

/// The server's address.
pub fn server() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8899))
}

/// An end of that name.
pub fn end(name: &str) -> EndName {
    EndName { name: Some(Arc::from(name)), ..EndName::default() }
}

/// A change between two states, inferred.
pub fn change(before: State, after: State) -> Change {
    let rfc = (before != after).then_some("3.10.7.3");
    Change { before: Some(before), after: Some(after), confidence: Confidence::Inferred, rfc }
}

/// A segment from `from`, `micros` after the start, with sequence and acknowledgement numbers
/// counted from initial ones of 1000 and 5000; `ack` only with ACK.
pub fn segment(frame: u64, from: Side, micros: u64, flags: Flags, seq: u32, ack: u32) -> Moment {
    let (src, dst, names, isns) = match from {
        Side::A => (client(), server(), [end("client"), end("server")], [1000, 5000]),
        Side::B => (server(), client(), [end("server"), end("client")], [5000, 1000]),
    };
    let has_ack = flags.has(Flags::ACK);
    let ip = IpHeader {
        src: src.ip(),
        dst: dst.ip(),
        id: Some(frame as u32),
        ttl: 64,
        traffic_class: 0,
        offset: 14,
        header_len: 20,
        total_len: 40,
    };
    let segment = Segment {
        ip,
        src,
        dst,
        seq: SeqNumber(isns[0] + seq),
        ack: SeqNumber(if has_ack { isns[1] + ack } else { 0 }),
        flags,
        window: 512,
        urgent: 0,
        checksum: Checksum::Offloaded,
        options: Options::default(),
        offset: 34,
        header_len: 20,
        payload: Payload::default(),
    };
    let established = change(State::Established, State::Established);
    let moment = SegmentMoment {
        frame: FrameNumber(frame),
        segment,
        preview: Arc::from([]),
        connection: ConnectionId(0),
        from,
        names,
        seq,
        ack: has_ack.then_some(ack),
        window: 65536,
        roles: crate::story::Roles::NONE,
        analysis: Vec::new(),
        deviation: None,
        shows: None,
        cause: Some(CallId(3)),
        states: SideStates { from: established, to: established },
        corrections: Vec::new(),
        acknowledges: None,
        passage: crate::story::Passage::default(),
    };
    let time = Time(START.0 + micros * 1000);
    Moment { event: EventId(frame), time, what: What::Segment(Box::new(moment)) }
}

/// The same, changed as told.
pub fn with(mut moment: Moment, alter: impl FnOnce(&mut SegmentMoment)) -> Moment {
    if let What::Segment(segment) = &mut moment.what {
        alter(segment);
    }
    moment
}

/// Gives it data.
pub fn carry(moment: Moment, data: &[u8]) -> Moment {
    with(moment, |m| {
        m.preview = data.iter().copied().take(64).collect();
        m.segment.payload.len = data.len() as u32;
    })
}

/// The options of a Linux SYN on loopback.
pub fn syn_options() -> Options {
    Options::from_iter([
        TcpOption::MaximumSegmentSize(1460),
        TcpOption::SackPermitted,
        TcpOption::Timestamps { value: 77, echo: 0 },
        TcpOption::NoOperation,
        TcpOption::WindowScale(7),
    ])
}
