//! How one end stands: what the kernel says of it, and what the segments tell of its flight.

use std::time::Duration;

use super::limits::limits;
use crate::kernel::{OwnLimits, Report, TcpInfo};
use crate::packet::Flags;
use crate::story::{Connection, Roles, SegmentMoment, Side, Story, What};
use crate::tcp::State;
use crate::tcp::outlook::{Congestion, Flight, Holder, Sender, Standing};
use crate::trace::{Origin, Time};
use crate::view::sockets::{Buffers, Known, Numbers};

/// `TCP_INFINITE_SSTHRESH`
const NO_THRESHOLD: u32 = 0x7fff_ffff;

/// Most moments that are looked through for what is in flight.
const MOST: usize = 20_000;

/// One end of a connection in the story.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub story: &'a Story,
    pub connection: &'a Connection,
    pub side: Side,
}

/// What there is to show of an end.
pub(super) fn known(
    report: &Report,
    place: Option<Place<'_>>,
    holder: Holder,
    own: OwnLimits,
    now: Time,
) -> Option<Known> {
    let state = State::from_kernel(report.state.0)?;
    let half_open = state == State::SynReceived && report.info.is_none();
    let flight = place.and_then(|place| flight(place, report, now));
    let sender = report.info.as_ref().map(|info| sender(info, report, flight.as_ref()));
    let opened = place.map_or(holder != Holder::Listener, |Place { connection, side, .. }| {
        connection.opener == Some(side) || connection.simultaneous_open
    });
    let standing = Standing {
        state,
        timer: report.timer,
        holder,
        half_open,
        answered: place.filter(|_| half_open).and_then(|place| answered(place, now)),
        deferred: half_open && own.defers && place.is_some_and(has_answered),
        sender,
        flight: flight.map(|flight| flight.0),
        limits: limits(own),
    };
    Some(Known {
        standing,
        unread: report.recv_queue,
        send_queue: report.send_queue,
        buffers: report.memory.map(|memory| Buffers {
            received: memory.received,
            receive: memory.receive_buffer,
            queued: memory.queued,
            send: memory.send_buffer,
        }),
        numbers: report.info.as_ref().map(|info| numbers(info, report, state, opened)),
        owes_ack: place.and_then(|place| owes_ack(place, report.info.as_ref()?)),
    })
}

fn sender(info: &TcpInfo, report: &Report, flight: Option<&(Flight, Duration)>) -> Sender {
    let since_sent = flight.map_or(info.last_data_sent, |(_, ago)| (*ago).min(info.last_data_sent));
    Sender {
        rto: info.rto,
        backoff: info.backoff,
        timeouts: info.retransmits,
        rtt: info.rtt,
        segments: info.unacked,
        in_flight: report.send_queue.saturating_sub(info.notsent_bytes),
        not_sent: info.notsent_bytes,
        mss: info.snd_mss,
        window: info.snd_wnd,
        sack: info.agreed_options().contains(&"sack"),
        congestion: Congestion::from_kernel(info.ca_state).unwrap_or(Congestion::Open),
        ever_resent: info.total_retrans,
        since_progress: since_sent.min(info.last_ack_recv),
        since_heard: info.last_data_recv.min(info.last_ack_recv),
    }
}

fn numbers(info: &TcpInfo, report: &Report, state: State, opened: bool) -> Numbers {
    let syn = opened && state != State::SynSent;
    let fin = matches!(state, State::FinWait2 | State::TimeWait);
    let peers_fin = matches!(state, State::CloseWait | State::LastAck | State::Closing);
    Numbers {
        rtt_variation: info.rttvar,
        cwnd: info.snd_cwnd,
        ssthresh: (info.snd_ssthresh < NO_THRESHOLD).then_some(info.snd_ssthresh),
        control: report.congestion.clone(),
        sacked: info.sacked,
        lost: info.lost,
        resent: info.retrans,
        own_window: info.rcv_wnd,
        acked: info.bytes_acked,
        received: info.bytes_received,
        uncounted: (u64::from(syn) + u64::from(fin), u64::from(peers_fin)),
        options: info.agreed_options(),
        scales: (info.snd_wscale, info.rcv_wscale),
    }
}

/// What the end has in flight, and how long ago it sent the latest of it. What it has sent is in
/// the story, how much of that is acknowledged the kernel knows: an acknowledgement that was seen
/// may not have arrived.
fn flight(place: Place<'_>, report: &Report, now: Time) -> Option<(Flight, Duration)> {
    let info = report.info.as_ref()?;
    let end = place.connection.end(place.side);
    let next = end.next_seq?.relative_to(end.isn?);
    let in_flight = report.send_queue.saturating_sub(info.notsent_bytes);
    let first = next.wrapping_sub(in_flight);
    let fin = end.fin_sent && in_flight > 0;
    let mut flight = Flight { first, next, last: first, fin, ..Flight::default() };
    let mut latest = None;
    let mut times_last = 0;
    for (time, segment) in segments(place).filter(|_| in_flight > 0) {
        let len = segment.segment.sequence_len();
        let ago = now.since(time);
        let end = segment.seq.wrapping_add(len);
        // Numbers from the first that isn't acknowledged on, whatever they have wrapped around.
        let (starts, ends) =
            (segment.seq.wrapping_sub(first) as i32, end.wrapping_sub(first) as i32);
        if len == 0 {
            continue;
        }
        if ends <= 0 {
            if is_again(segment) {
                continue;
            }
            break;
        }
        latest.get_or_insert(ago);
        if starts <= 0 {
            flight.sent.push(ago);
        }
        if end == next {
            flight.last = if starts < 0 { first } else { segment.seq };
            times_last += 1;
        }
    }
    flight.last_again = times_last > 1;
    Some((flight, latest.unwrap_or(Duration::MAX)))
}

/// The segments that the end's own stack has sent, the latest first.
fn segments(place: Place<'_>) -> impl Iterator<Item = (Time, &SegmentMoment)> {
    place.story.moments().rev().take(MOST).filter_map(move |moment| match &moment.what {
        What::Segment(segment)
            if segment.connection == place.connection.id
                && segment.from == place.side
                && segment.passage.origin == Origin::Stack =>
        {
            Some((moment.time, &**segment))
        }
        _ => None,
    })
}

fn is_again(segment: &SegmentMoment) -> bool {
    segment.roles.has_any(Roles::RESENT)
}

/// How long ago the end has answered the SYN last.
fn answered(place: Place<'_>, now: Time) -> Option<Duration> {
    let is_answer =
        |segment: &SegmentMoment| segment.segment.flags.has(Flags::SYN.with(Flags::ACK));
    let answer = segments(place).find(|(_, segment)| is_answer(segment));
    answer.map(|(time, _)| now.since(time))
}

/// Whether the other end's ACK of the handshake has arrived.
fn has_answered(place: Place<'_>) -> bool {
    let other = Place { side: place.side.other(), ..place };
    segments(other).any(|(_, segment)| {
        let arrived = !segment.passage.lost && !segment.passage.in_flight;
        segment.ack.is_some() && arrived && segment.passage.is_sound()
    })
}

/// How long the end may hold its ACK back, if it has received what it hasn't acknowledged.
fn owes_ack(place: Place<'_>, info: &TcpInfo) -> Option<Duration> {
    let end = place.connection.end(place.side);
    let peer = place.connection.end(place.side.other());
    let acknowledged = end.last_ack?.relative_to(peer.isn?);
    // The SYN is number 0.
    let expects = (info.bytes_received as u32).wrapping_add(1);
    (expects.wrapping_sub(acknowledged) as i32 > 0).then_some(info.ato)
}
